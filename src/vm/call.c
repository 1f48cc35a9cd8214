/* Call: from the registers of a call site into a function's body.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/convert.h"
#include "vm/memo.h"
#include "vm/opcode.h"
#include "vm/interpret.h"

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

static bool run_call(tm_vm *vm, const tm_call_site *site, tm_value *result)
{
    tm_value *first = vm->r + site->first;
    bool done = tm_vm_charge(vm, CALL_STEPS);
    /* Work: arguments of the rule */
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

static bool answer(tm_vm *vm, const tm_memo_row *row, tm_value *result)
{
    if (row->done)
        *result = row->result;
    else
        vm->error = row->error;
    return row->done;
}

/* Apart, so that other calls save nothing. */
static __attribute__((noinline)) bool run_remembered(tm_vm *vm, const tm_call_site *site,
                                                     tm_value *result)
{
    bool known;
    tm_value *first = vm->r + site->first;
    /* Work: arguments of the rule */
    for (unsigned i = 0; i < site->arguments; i++)
        if (!tm_argument_is_value(&site->argument[i]))
            first[i] = tm_nil();
    tm_memo_row *row = tm_memo_find(vm, site, first, site->arguments, &known);
    if (!row)
        return run_call(vm, site, result);
    if (known)
        return answer(vm, row, result);
    const bool done = run_call(vm, site, result);
    tm_memo_keep(vm, row, done, *result);
    return done;
}

/* Whether there is too little to the arguments, at a glance, for the answer to be remembered. */
static inline bool is_light(const tm_vm *vm, const tm_call_site *site)
{
    size_t bytes = 0;
    /* Work: arguments of the rule */
    for (unsigned i = 0; i < site->arguments; i++) {
        if (!tm_argument_is_value(&site->argument[i]))
            continue;
        const tm_value *v = &vm->r[site->first + i];
        if (v->type == TM_MAP || v->type == TM_LIST)
            return false;
        bytes += v->type == TM_STRING || v->type == TM_BYTES ? v->n : 0;
    }
    return bytes < vm->memo_least_bytes;
}

bool tm_call_run(tm_vm *vm, const tm_call_site *site, tm_value *result)
{
    return !site->of_values || !vm->memo || vm->depth || is_light(vm, site)
               ? run_call(vm, site, result)
               : run_remembered(vm, site, result);
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

static tm_match match_form(tm_vm *vm, tm_value v, const tm_regex *regex)
{
    tm_value text = v;
    if (v.type != TM_STRING && !tm_to_string(vm, v, &text))
        return TM_MATCH_BUDGET;
    return match_text(vm, tm_value_text(text), regex);
}

/* A long text or what is none. */
static __attribute__((noinline)) tm_match match_remembered(tm_vm *vm, tm_value v,
                                                           const tm_regex *regex)
{
    bool known;
    tm_value truth;
    tm_memo_row *row = vm->memo ? tm_memo_find(vm, regex, &v, 1, &known) : NULL;
    if (!row)
        return match_form(vm, v, regex);
    if (known)
        return !answer(vm, row, &truth) ? TM_MATCH_BUDGET : truth.truth ? TM_MATCH : TM_NO_MATCH;
    const tm_match found = match_form(vm, v, regex);
    tm_memo_keep(vm, row, found != TM_MATCH_BUDGET, tm_bool(found == TM_MATCH));
    return found;
}

tm_match tm_run_match(tm_vm *vm, tm_value v, const tm_regex *regex)
{
    if (v.type == TM_STRING && v.n < TM_MEMO_LEAST_BYTES)
        return match_text(vm, tm_value_text(v), regex);
    return v.type == TM_NIL ? TM_NO_MATCH : match_remembered(vm, v, regex);
}

tm_match tm_vm_match(tm_vm *vm, tm_text text, const tm_regex *regex)
{
    return tm_run_match(vm, tm_string(text), regex);
}
