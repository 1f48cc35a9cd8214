/* Explain: the proof of a verdict, for the host.
 * SPDX-License-Identifier: Apache-2.0 */
#include "embed/embed.h"

#include "explain/explain_print.h"

/* One call of tamis_explain. */
typedef struct explaining {
    tamis_vm *vm;
    const tm_ruleset *ruleset;
    tamis_request request;
    size_t span;
    unsigned how;
    tamis_status status;
    tm_buf out;
} explaining;

/* The request without all other spans. */
static tamis_status single_out(explaining *e, tm_text bytes, tm_text *single)
{
    tm_arena *arena = e->vm->arena;
    const tm_needs *needs[TM_LEVELS];
    tm_request *q = TM_NEW(arena, tm_request);
    size_t number = 0;
    for (unsigned level = 0; level < TM_LEVELS; level++)
        needs[level] = tm_needs_new(arena, NULL, 0, 0);
    tm_request_open(q, arena, needs, NULL, bytes, true, TM_UTF8_KEEP);
    while (tm_request_next_resource(q))
        while (tm_request_next_scope(q))
            while (tm_request_next_span(q))
                if (number++ != e->span)
                    tm_request_drop_span(q);
    if (q->soundness == TM_MALFORMED)
        return TAMIS_MALFORMED;
    *single = tm_pieces_joined(tm_request_finish(q), arena);
    return e->span < number ? TAMIS_OK : TAMIS_NO_SUCH;
}

static void explain(void *argument)
{
    explaining *e = argument;
    tamis_vm *vm = e->vm;
    tm_client *client = TM_NEW(vm->arena, tm_client);
    const tm_explanation_ways ways = {.heap = tm_engine_heap(vm->engine),
                                      .clock = &vm->engine->clock,
                                      .client = client,
                                      .bounds = &vm->bounds,
                                      .utf8 = tm_vm_utf8(vm)};
    const tm_screen plain = {0};
    const bool code = e->how & TAMIS_EXPLAIN_CODE;
    tm_explanation *x = TM_NEW(vm->arena, tm_explanation);
    tm_text bytes, reason;
    e->status = TAMIS_MALFORMED;
    if (!tm_vm_read(vm, &e->request, &bytes, client, &reason))
        return;
    e->status = single_out(e, bytes, &bytes);
    if (e->status != TAMIS_OK)
        return;
    if (!tm_explanation_make(vm->arena, e->ruleset, bytes, &ways, x)) {
        e->status = TAMIS_OUT_OF_MEMORY;
        return;
    }
    if (e->how & TAMIS_EXPLAIN_JSON)
        tm_explain_json(&e->out, x, code);
    else
        tm_explain_print(&e->out, x, code, &plain);
}

tamis_status tamis_explain(tamis_vm *vm, tamis_ruleset *ruleset, const tamis_request *request,
                           size_t span, unsigned how, tamis_write write, void *owner)
{
    if (!TM_IS_TAGGED(vm, TM_TAG_VM))
        return TAMIS_BAD_ARGUMENT;
    tm_vm_forget(vm);
    explaining e = {.vm = vm, .span = span, .how = how, .out = {.arena = vm->arena}};
    if (!TM_IS_TAGGED(ruleset, TM_TAG_RULESET) || ruleset->engine != vm->engine ||
        !ruleset->explained || !write || how > (TAMIS_EXPLAIN_JSON | TAMIS_EXPLAIN_CODE) ||
        !tm_request_take(&e.request, request))
        return TAMIS_BAD_ARGUMENT;
    e.ruleset = ruleset->ruleset;
    if (!tm_arena_try(vm->arena, explain, &e))
        return TAMIS_OUT_OF_MEMORY;
    if (e.status == TAMIS_OK)
        write(owner, e.out.p, e.out.n);
    return e.status;
}
