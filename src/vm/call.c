/* Call: from the registers of a call site into a function's body.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/convert.h"
#include "vm/opcode.h"
#include "vm/run.h"

enum { CALL_STEPS = 2 };

static bool is_list_kind(unsigned kind)
{
    return kind >= TM_KIND_LIST_OF_ANY && kind <= TM_KIND_LIST_OF_TO_STRING;
}

/* What stands in *v becomes what the body sees: checked and coerced, or nil where the body asks
 * elsewhere. */
static bool ready(tm_vm *vm, const tm_argument *argument, tm_value *v)
{
    if (!tm_argument_is_value(argument)) {
        *v = tm_nil();
        return true;
    }
    if (argument->kind == TM_KIND_ANY || argument->is_literal || argument->tested)
        return true;
    if (is_list_kind(argument->kind) && !argument->written_list)
        return true; /* [..]*: a path or converter stood there; the body judges what it yields */
    return tm_value_fit(vm, argument->kind, v);
}

bool tm_call_run(tm_vm *vm, const tm_call_site *site, tm_value *result)
{
    tm_value *first = vm->r + site->first;
    bool done = tm_vm_charge(vm, CALL_STEPS);
    for (unsigned i = 0; i < site->arguments && done; i++)
        done = ready(vm, &site->argument[i], &first[i]);
    if (done) {
        tm_call c = {.vm = vm,
                     .arena = vm->arena,
                     .work = vm->work,
                     .site = site,
                     .arg = first,
                     .state = site->state};
        done = site->function->body(&c);
        tm_run_copy(result, &c.result);
    }
    return done || tm_vm_fail(vm, "%s: %.*s", site->function->name, TM_PRI(vm->error));
}

static __attribute__((noinline)) tm_match fail_match(tm_vm *vm)
{
    tm_vm_spent(vm);
    return TM_MATCH_BUDGET;
}

static tm_match match_text(tm_vm *vm, tm_text text, const tm_regex *regex)
{
    const tm_match found = tm_regex_test(regex, vm->matcher, vm->arena, text);
    return found == TM_MATCH_BUDGET ? fail_match(vm) : found;
}

static __attribute__((noinline)) tm_match match_form(tm_vm *vm, tm_value v, const tm_regex *regex)
{
    tm_value text;
    return tm_to_string(vm, v, &text) ? match_text(vm, tm_value_text(text), regex)
                                      : TM_MATCH_BUDGET;
}

tm_match tm_run_match(tm_vm *vm, tm_value v, const tm_regex *regex)
{
    if (v.type == TM_STRING)
        return match_text(vm, tm_value_text(v), regex);
    return v.type == TM_NIL ? TM_NO_MATCH : match_form(vm, v, regex);
}
