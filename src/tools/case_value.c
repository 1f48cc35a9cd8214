/* Case value: one program over one span.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/case_value.h"

#include "base/clock.h"
#include "otlp/event.h"
#include "otlp/request.h"

bool tm_case_value_compile(tm_arena *arena, tm_diags *diags, const tm_definitions *definitions,
                           const tm_source *source, bool noted, tm_case_value *value)
{
    const tm_definitions none = {0};
    tm_need_table needs = {.arena = arena};
    tm_compiler compiler = {.arena = arena,
                            .diags = diags,
                            .needs = &needs,
                            .transform = true,
                            .noted = noted,
                            .definitions = definitions};
    tm_tree *tree =
        tm_parse_body(arena, diags, source, (tm_place){.at = 0, .n = (uint32_t)source->text.n});
    if (!tree)
        return false;
    value->level = tm_definition_context(definitions ? definitions : &none, tree);
    if (value->level < TM_SPAN)
        value->level = TM_SPAN;
    value->program = tm_compile_tree(&compiler, tree, value->level, TM_PATHS_SPAN);
    for (unsigned level = 0; level < TM_LEVELS; level++)
        value->needs[level] = tm_need_finish(&needs, (tm_level)level);
    return value->program != NULL;
}

static bool run(tm_vm *vm, const tm_program *program, tm_value *result, tm_text *error)
{
    vm->cache = NULL;
    const bool ok = tm_vm_run(vm, program, result);
    *error = vm->error;
    return ok;
}

/* Until an event gives something else than false. */
static bool run_on_events(tm_vm *vm, const tm_case_value *value, tm_item *span, tm_value *result,
                          tm_text *error)
{
    tm_item *event = TM_NEW(vm->arena, tm_item);
    tm_slot *slots = TM_NEW_ARRAY(vm->arena, value->needs[TM_EVENT]->n + 1, tm_slot);
    tm_event_walk w = tm_event_walk_of(span, event, value->needs[TM_EVENT], slots, vm->arena);
    while (tm_event_walk_next(&w)) {
        vm->item[TM_EVENT] = w.event;
        if (!run(vm, value->program, result, error))
            return false;
        if (result->type != TM_BOOL || result->truth)
            break;
    }
    return true;
}

bool tm_case_value_ask(tm_arena *arena, const tm_case_value *value, tm_text bytes, tm_trace *trace,
                       tm_value *result, tm_text *error)
{
    tm_request *q = TM_NEW(arena, tm_request);
    tm_vm *vm = TM_NEW(arena, tm_vm);
    tm_slot *slots = TM_NEW_ARRAY(arena, tm_request_slots(value->needs) + 1, tm_slot);
    *result = tm_nil();
    tm_vm_init(vm, arena, arena, tm_clock_real());
    vm->trace = trace;
    tm_request_open(q, arena, value->needs, slots, bytes, false, TM_UTF8_KEEP);
    if (!tm_request_next_resource(q) || !tm_request_next_scope(q) || !tm_request_next_span(q))
        return true;
    for (unsigned level = 0; level <= TM_SPAN; level++)
        vm->item[level] = &q->item[level];
    return value->level == TM_EVENT ? run_on_events(vm, value, &q->item[TM_SPAN], result, error)
                                    : run(vm, value->program, result, error);
}
