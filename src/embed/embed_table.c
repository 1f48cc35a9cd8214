/* Embed table: tables of spans, judged.
 * SPDX-License-Identifier: Apache-2.0 */
#include "embed/embed_table.h"

/* ---- columns -----------------------------------------------------------------------------------
 */

static tm_field_kind kind_of(tm_level level, unsigned field)
{
    static const tm_message messages[] = {TM_MESSAGE_RESOURCE, TM_MESSAGE_SCOPE, TM_MESSAGE_SPAN};
    if (field == tm_level_attributes(level))
        return TM_FIELD_ATTRIBUTE;
    return field == TM_STATUS_CODE ? TM_FIELD_ENUM
           : field == TM_STATUS_MESSAGE || field == TM_SCHEMA_URL
               ? TM_FIELD_STRING
               : (tm_field_kind)tm_field_find(messages[level], field)->kind;
}

tm_columns tm_columns_of(tm_arena *arena, const tm_needs *needs, tm_level level)
{
    const bool whole = needs->fields >> tm_level_attributes(level) & 1;
    tm_column *column = TM_NEW_ARRAY(arena, TM_FIELDS + needs->n, tm_column);
    uint32_t n = 0;
    for (unsigned field = 1; field < TM_FIELDS; field++)
        if (tm_need_is_field(needs, level, field))
            column[n++] = (tm_column){.field = field, .kind = kind_of(level, field)};
    for (uint32_t i = 0; i < needs->n; i++)
        column[n++] = (tm_column){
            .slot = i, .key = needs->key[i], .kind = TM_FIELD_ATTRIBUTE, .unread = whole};
    return (tm_columns){column, n};
}

void tm_columns_of_levels(tm_arena *arena, const tm_ruleset *ruleset, tm_columns columns[TM_EVENT])
{
    for (unsigned level = 0; level < TM_EVENT; level++)
        columns[level] = tm_columns_of(arena, ruleset->needs[level], (tm_level)level);
}

static bool same_needs(const tm_needs *a, const tm_needs *b, unsigned level)
{
    bool same = a->n == b->n;
    for (unsigned field = 1; same && field < TM_FIELDS; field++)
        same = tm_need_is_field(a, level, field) == tm_need_is_field(b, level, field);
    for (uint32_t i = 0; same && i < a->n; i++)
        same = tm_text_equal(a->key[i], b->key[i]);
    return same;
}

/* Whether a table for one has the columns of the other. */
static bool same_columns(const tamis_ruleset *a, const tamis_ruleset *b)
{
    bool same = true;
    for (unsigned level = 0; same && a != b && level < TM_EVENT; level++)
        same = same_needs(a->ruleset->needs[level], b->ruleset->needs[level], level);
    return same;
}

/* Events and links are in no table. */
static bool wants_whole_spans(const tm_ruleset *rs)
{
    bool wants = rs->needs[TM_SPAN]->fields & (1u << TM_SPAN_EVENTS | 1u << TM_SPAN_LINKS) ||
                 rs->needs[TM_EVENT]->fields || rs->needs[TM_EVENT]->n;
    for (uint32_t i = 0; i < rs->passes; i++)
        wants |= (rs->pass[i].levels | rs->pass[i].asks) >> TM_EVENT & 1;
    return wants;
}

static size_t columns_at(const tm_ruleset *rs, unsigned level)
{
    size_t n = rs->needs[level]->n;
    for (unsigned field = 1; field < TM_FIELDS; field++)
        n += tm_need_is_field(rs->needs[level], level, field);
    return n;
}

tamis_status tamis_ruleset_columns(const tamis_ruleset *ruleset, tamis_columns *columns)
{
    if (!TM_IS_TAGGED(ruleset, TM_TAG_RULESET) || !columns)
        return TAMIS_BAD_ARGUMENT;
    const tm_ruleset *rs = ruleset->ruleset;
    if (wants_whole_spans(rs))
        return TAMIS_WHOLE_SPANS;
    const tamis_columns own = {sizeof own, columns_at(rs, TM_RESOURCE), columns_at(rs, TM_SCOPE),
                               columns_at(rs, TM_SPAN)};
    return tm_embed_give(columns, &own, sizeof own) ? TAMIS_OK : TAMIS_BAD_ARGUMENT;
}

/* ---- what the host gave ------------------------------------------------------------------------
 */

tamis_status tm_table_take(const tamis_ruleset *ruleset, const tamis_table *given, tamis_table *own,
                           tamis_request *client)
{
    if (!given || !tm_embed_take(own, sizeof *own, given))
        return TAMIS_BAD_ARGUMENT;
    const tamis_request known = {.size = sizeof known,
                                 .address = own->address,
                                 .metadata = own->metadata,
                                 .metadatas = own->metadatas};
    if (!tm_request_take(client, &known) ||
        (own->ruleset &&
         (!TM_IS_TAGGED(own->ruleset, TM_TAG_RULESET) || !same_columns(own->ruleset, ruleset))))
        return TAMIS_BAD_ARGUMENT;
    return wants_whole_spans(ruleset->ruleset) ? TAMIS_WHOLE_SPANS : TAMIS_OK;
}

/* Rows of a level that name rows of the level above, each no earlier one than the row before. */
static bool are_in_order(const uint32_t *above, size_t n, size_t above_n)
{
    uint32_t before = 0;
    if (n && !above)
        return false;
    for (size_t i = 0; i < n; before = above[i++])
        if (above[i] < before || above[i] >= above_n)
            return false;
    return true;
}

static bool has_cells(const tamis_cell *cells, size_t rows, size_t columns)
{
    return (cells || !rows || !columns) && rows <= UINT32_MAX;
}

bool tm_table_has_shape(const tamis_table *t, const tm_columns columns[TM_EVENT])
{
    return has_cells(t->resource, t->resources, columns[TM_RESOURCE].n) &&
           has_cells(t->scope, t->scopes, columns[TM_SCOPE].n) &&
           has_cells(t->span, t->spans, columns[TM_SPAN].n) && (t->member || !t->members) &&
           are_in_order(t->resource_of_scope, t->scopes, t->resources) &&
           are_in_order(t->scope_of_span, t->spans, t->scopes);
}

/* ---- filtering ---------------------------------------------------------------------------------
 */

/* One call of tamis_filter_table. */
typedef struct tabling {
    tamis_vm *vm;
    const tm_ruleset *ruleset;
    tamis_table table;
    tamis_request request; /* what is known of the client */
    tamis_table_result result;
    tamis_status status;
} tabling;

static void take_rows(tabling *a)
{
    const tamis_vm *vm = a->vm;
    const size_t spans = a->table.spans;
    tamis_row *row = TM_NEW_ARRAY(vm->arena, spans, tamis_row);
    for (size_t i = 0; i < spans; i++) {
        const tm_span_verdict *v = &vm->verdicts.verdict[i];
        row[i] = v->rejected     ? (tamis_row){TAMIS_REJECTED, UINT32_MAX}
                 : v->dropped_by ? (tamis_row){TAMIS_DROPPED, v->dropped_by->number}
                 : v->edits      ? (tamis_row){TAMIS_EDITED, vm->verdicts.note[v->edits - 1].rule}
                                 : (tamis_row){TAMIS_KEPT, UINT32_MAX};
    }
    a->result.row = row;
}

static bool has_step(const tm_ruleset *rs, tm_step_kind kind)
{
    for (uint32_t i = 0; i < rs->passes; i++)
        for (uint32_t k = 0; k < rs->pass[i].steps; k++)
            if (rs->pass[i].step[k]->kind == kind)
                return true;
    return false;
}

static bool prunes(const tm_ruleset *rs)
{
    for (uint32_t i = 0; i < rs->passes; i++)
        if (rs->pass[i].prune)
            return true;
    return false;
}

/* Judges what rows say as bytes. BAD_ARGUMENT: they cannot be written. */
static tamis_status judge_bytes(tabling *a, const tm_columns columns[TM_EVENT],
                                const tm_client *client, tm_text *bytes)
{
    return tm_table_write(a->vm->arena, &a->table, columns, bytes)
               ? tm_vm_judge(a->vm, a->ruleset, *bytes, client, &a->result.reason)
               : TAMIS_BAD_ARGUMENT;
}

static void compare(tabling *a, const tm_columns columns[TM_EVENT], tm_text bytes,
                    tm_table_changes *changes)
{
    tm_arena *arena = a->vm->arena;
    const tm_table_sides sides = {.needs = a->ruleset->needs,
                                  .table = &a->table,
                                  .columns = columns,
                                  .row = a->result.row,
                                  .prunes = prunes(a->ruleset),
                                  .came = bytes,
                                  .left = tm_pieces_joined(a->vm->outcome.out, arena)};
    *changes = (tm_table_changes){.arena = arena};
    tm_table_compare(changes, &sides);
}

/* Judges, and tells of what was judged. */
static void filter_table(void *argument)
{
    tabling *a = argument;
    tamis_vm *vm = a->vm;
    const tm_outcome *o = &vm->outcome;
    tm_columns columns[TM_EVENT];
    tm_client *client = TM_NEW(vm->arena, tm_client);
    tm_table_changes changes = {.n = 0};
    tm_text bytes, reason;
    tm_columns_of_levels(vm->arena, a->ruleset, columns);
    a->status = TAMIS_BAD_ARGUMENT;
    if (!tm_table_has_shape(&a->table, columns))
        return;
    tm_vm_read(vm, &a->request, &bytes, client, &reason);
    tm_judge_record(vm->judge, &vm->verdicts);
    const bool by_rows = tm_table_judge(vm, a->ruleset, &a->table, columns, client, &changes,
                                        &a->status, &a->result.reason);
    if (!by_rows)
        a->status = judge_bytes(a, columns, client, &bytes);
    a->result.steps = o->steps;
    if (a->status != TAMIS_OK)
        return;
    if (vm->verdicts.lost) {
        a->status = TAMIS_OUT_OF_MEMORY;
        return;
    }
    a->result.spans_in = o->spans_in;
    a->result.spans_out = o->spans_out;
    a->result.spans_rejected = o->spans_rejected;
    take_rows(a);
    if (!by_rows && has_step(a->ruleset, TM_STEP_EDIT))
        compare(a, columns, bytes, &changes);
    a->result.change = changes.change;
    a->result.changes = changes.n;
    a->result.member = changes.member;
}

static tamis_status end_table(tabling *a, bool done, tamis_table_result *result)
{
    tm_judge_record(a->vm->judge, a->vm->options.verdicts ? &a->vm->verdicts : NULL);
    if (!done || a->status == TAMIS_OUT_OF_MEMORY) {
        a->vm->counted = false;
        a->status = TAMIS_OUT_OF_MEMORY;
        a->result = (tamis_table_result){.reason = "out of memory"};
    }
    if (result && !tm_embed_give(result, &a->result, sizeof a->result))
        return TAMIS_BAD_ARGUMENT;
    return a->status;
}

tamis_status tamis_filter_table(tamis_vm *vm, tamis_ruleset *ruleset, const tamis_table *table,
                                tamis_table_result *result)
{
    tabling a = {.vm = vm, .status = TAMIS_OUT_OF_MEMORY};
    if (!TM_IS_TAGGED(vm, TM_TAG_VM))
        return TAMIS_BAD_ARGUMENT;
    tm_vm_forget(vm);
    if (!TM_IS_TAGGED(ruleset, TM_TAG_RULESET) || ruleset->engine != vm->engine)
        return TAMIS_BAD_ARGUMENT;
    const tamis_status taken = tm_table_take(ruleset, table, &a.table, &a.request);
    if (taken != TAMIS_OK)
        return taken;
    a.ruleset = ruleset->ruleset;
    vm->ruleset = ruleset;
    return end_table(&a, tm_arena_try(vm->arena, filter_table, &a), result);
}
