/* Explain: the proof of a verdict, for the host.
 * SPDX-License-Identifier: Apache-2.0 */
#include "embed/embed_table.h"

#include "explain/explain_print.h"

/* One call of tamis_explain, or of tamis_explain_table. */
typedef struct explaining {
    tamis_vm *vm;
    const tm_ruleset *ruleset;
    tamis_request request; /* of a table: what is known of the client */
    bool has_table;
    tamis_table table;
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

static const tamis_cell *cells_of_row(const tamis_cell *cells, const tm_columns *columns,
                                      size_t row)
{
    return columns->n ? cells + row * columns->n : NULL;
}

/* The request that the row alone stands for, with its scope and resource. */
static tamis_status single_out_row(const explaining *e, tm_text *single)
{
    static const uint32_t first = 0;
    const tamis_table *t = &e->table;
    tm_columns columns[TM_EVENT];
    tm_columns_of_levels(e->vm->arena, e->ruleset, columns);
    if (!tm_table_has_shape(t, columns))
        return TAMIS_BAD_ARGUMENT;
    if (e->span >= t->spans)
        return TAMIS_NO_SUCH;
    const size_t scope = t->scope_of_span[e->span], resource = t->resource_of_scope[scope];
    tamis_table row = *t;
    row.resource = cells_of_row(t->resource, &columns[TM_RESOURCE], resource);
    row.scope = cells_of_row(t->scope, &columns[TM_SCOPE], scope);
    row.span = cells_of_row(t->span, &columns[TM_SPAN], e->span);
    row.resources = row.scopes = row.spans = 1;
    row.resource_of_scope = row.scope_of_span = &first;
    return tm_table_write(e->vm->arena, &row, columns, single) ? TAMIS_OK : TAMIS_BAD_ARGUMENT;
}

/* The protobuf of what is to be explained, and its client. */
static tamis_status read_single(explaining *e, tm_text *bytes, tm_client *client)
{
    tm_text reason;
    if (!tm_vm_read(e->vm, &e->request, bytes, client, &reason))
        return TAMIS_MALFORMED;
    return e->has_table ? single_out_row(e, bytes) : single_out(e, *bytes, bytes);
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
    tm_text bytes;
    e->status = read_single(e, &bytes, client);
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

static bool can_explain(const tamis_vm *vm, const tamis_ruleset *ruleset, unsigned how,
                        tamis_write write)
{
    return TM_IS_TAGGED(ruleset, TM_TAG_RULESET) && ruleset->engine == vm->engine &&
           ruleset->explained && write && how <= (TAMIS_EXPLAIN_JSON | TAMIS_EXPLAIN_CODE);
}

static tamis_status tell(explaining *e, tamis_write write, void *owner)
{
    if (!tm_arena_try(e->vm->arena, explain, e))
        return TAMIS_OUT_OF_MEMORY;
    if (e->status == TAMIS_OK)
        write(owner, e->out.p, e->out.n);
    return e->status;
}

tamis_status tamis_explain(tamis_vm *vm, tamis_ruleset *ruleset, const tamis_request *request,
                           size_t span, unsigned how, tamis_write write, void *owner)
{
    if (!TM_IS_TAGGED(vm, TM_TAG_VM))
        return TAMIS_BAD_ARGUMENT;
    tm_vm_forget(vm);
    explaining e = {.vm = vm, .span = span, .how = how, .out = {.arena = vm->arena}};
    if (!can_explain(vm, ruleset, how, write) || !tm_request_take(&e.request, request))
        return TAMIS_BAD_ARGUMENT;
    e.ruleset = ruleset->ruleset;
    return tell(&e, write, owner);
}

tamis_status tamis_explain_table(tamis_vm *vm, tamis_ruleset *ruleset, const tamis_table *table,
                                 size_t span, unsigned how, tamis_write write, void *owner)
{
    if (!TM_IS_TAGGED(vm, TM_TAG_VM))
        return TAMIS_BAD_ARGUMENT;
    tm_vm_forget(vm);
    explaining e = {
        .vm = vm, .has_table = true, .span = span, .how = how, .out = {.arena = vm->arena}};
    if (!can_explain(vm, ruleset, how, write))
        return TAMIS_BAD_ARGUMENT;
    const tamis_status taken = tm_table_take(ruleset, table, &e.table, &e.request);
    if (taken != TAMIS_OK)
        return taken;
    e.ruleset = ruleset->ruleset;
    return tell(&e, write, owner);
}
