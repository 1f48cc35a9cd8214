/* Collector VM: one request judged, with verdicts and counts brought along.
 * SPDX-License-Identifier: Apache-2.0 */
#include "collector_vm.h"

#include "_cgo_export.h"

#include <stdio.h>
#include <stdlib.h>

/* Called for each error of a rule; Go logs the first ones when the request is done. */
static void note_failure(void *owner, const char *rule, const char *message)
{
    collector_vm *vm = owner;
    if (vm->failures < COLLECTOR_FAILURES) {
        collector_failure *failure = &vm->failure[vm->failures];
        snprintf(failure->rule, sizeof failure->rule, "%s", rule);
        snprintf(failure->message, sizeof failure->message, "%s", message);
    }
    vm->failures++;
}

collector_vm *collector_vm_new(tamis_engine *engine)
{
    collector_vm *vm = calloc(1, sizeof *vm);
    if (!vm)
        return NULL;
    /* Texts that are no UTF-8 are the exporters' business here, as with the other processors. */
    const tamis_vm_options options = {.size = sizeof options,
                                      .utf8 = TAMIS_UTF8_PASS,
                                      .verdicts = true,
                                      .failed = note_failure,
                                      .owner = vm};
    if (tamis_vm_new(engine, &options, &vm->vm) == TAMIS_OK)
        return vm;
    free(vm);
    return NULL;
}

void collector_vm_free(collector_vm *vm)
{
    if (!vm)
        return;
    tamis_vm_free(vm->vm);
    free(vm->verdict);
    free(vm->count);
    free(vm);
}

/* Makes room for n elements; false without memory. */
static bool make_room(void *array, size_t *room, size_t n, size_t element_bytes)
{
    if (n <= *room)
        return true;
    void *grown = realloc(*(void **)array, n * element_bytes);
    if (!grown)
        return false;
    *(void **)array = grown;
    *room = n;
    return true;
}

static tamis_status take_verdicts(collector_vm *vm)
{
    if (!make_room(&vm->verdict, &vm->verdict_room, vm->result.spans_in, sizeof *vm->verdict))
        return TAMIS_OUT_OF_MEMORY;
    for (uint32_t i = 0; i < vm->result.spans_in; i++) {
        tamis_verdict v = {.size = sizeof v};
        const tamis_status status = tamis_vm_verdict(vm->vm, i, &v);
        if (status != TAMIS_OK)
            return status;
        vm->verdict[i] =
            (collector_verdict){v.fate, v.rule == TAMIS_NO_RULE ? UINT32_MAX : (uint32_t)v.rule};
    }
    vm->verdicts = vm->result.spans_in;
    return TAMIS_OK;
}

/* What the rules did, also of a request that was refused for one of them. */
static tamis_status take_counts(collector_vm *vm, const tamis_ruleset *ruleset, const bool *drops)
{
    const size_t rules = tamis_ruleset_rules(ruleset);
    if (!make_room(&vm->count, &vm->count_room, rules, sizeof *vm->count))
        return TAMIS_OUT_OF_MEMORY;
    for (size_t i = 0; i < rules; i++) {
        tamis_counts c = {.size = sizeof c};
        if (tamis_vm_counts(vm->vm, i, &c) != TAMIS_OK)
            continue;
        vm->edited |= c.matched && !drops[i];
        if (c.dropped_spans || c.errors || c.rejected_spans)
            vm->count[vm->counts++] = (collector_count){(uint32_t)i, (uint32_t)c.rejected_spans,
                                                        c.dropped_spans, c.errors};
    }
    return TAMIS_OK;
}

tamis_status collector_vm_filter(collector_vm *vm, tamis_ruleset *ruleset, const bool *drops,
                                 const void *bytes, size_t size_bytes, const char *address,
                                 const tamis_header *metadata, size_t metadatas)
{
    const tamis_request request = {.size = sizeof request,
                                   .bytes = bytes,
                                   .size_bytes = size_bytes,
                                   .address = address,
                                   .metadata = metadata,
                                   .metadatas = metadatas};
    vm->verdicts = vm->counts = vm->failures = 0;
    vm->edited = false;
    vm->result = (tamis_result){.size = sizeof vm->result};
    const tamis_status status = tamis_filter(vm->vm, ruleset, &request, &vm->result);
    const tamis_status counted = take_counts(vm, ruleset, drops);
    if (status != TAMIS_OK || counted != TAMIS_OK)
        return status != TAMIS_OK ? status : counted;
    return take_verdicts(vm);
}

static bool resolve(void *owner, const char *name, const char *from, tamis_source *found,
                    const char **why)
{
    const collector_compile *what = owner;
    return goResolve(what->imports, (char *)name, (char *)from, found, (char **)why);
}

tamis_status collector_vm_compile(tamis_engine *engine, const collector_compile *what,
                                  tamis_ruleset **ruleset, tamis_messages **messages)
{
    collector_compile own = *what;
    const tamis_compile_options options = {.size = sizeof options,
                                           .step = own.step,
                                           .steps = own.steps,
                                           .source = own.source,
                                           .sources = own.sources,
                                           .error_mode = own.error_mode,
                                           .resolve = resolve,
                                           .owner = &own};
    return tamis_compile(engine, &options, ruleset, messages);
}
