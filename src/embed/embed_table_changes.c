/* Embed table: changed values as cells, and in order.
 * SPDX-License-Identifier: Apache-2.0 */
#include "embed/embed_table.h"

/* ---- values as cells ---------------------------------------------------------------------------
 */

/* The place of n members more. */
static size_t new_members(tm_table_changes *c, size_t n)
{
    const size_t place = c->members;
    if (c->member_room - place < n) {
        const size_t room = 2 * c->member_room + n;
        c->member =
            tm_arena_grow(c->arena, c->member, place * sizeof *c->member, room * sizeof *c->member);
        c->member_room = room;
    }
    c->members += n;
    return place;
}

static tamis_cell text_cell(tm_table_changes *c, tamis_type type, tm_text text)
{
    if (c->copies)
        text = tm_arena_copy(c->arena, text);
    return (tamis_cell){.type = type, .n = (uint32_t)text.n, .as.text = text.p};
}

static tamis_cell cell_of(tm_table_changes *c, tm_value v);

static tamis_cell map_cell(tm_table_changes *c, const tm_map *map)
{
    const size_t place = new_members(c, map->n);
    for (uint32_t i = 0; i < map->n; i++) {
        const tamis_cell value = cell_of(c, map->entry[i].value);
        c->member[place + i] = (tamis_member){text_cell(c, TAMIS_STRING, map->entry[i].key), value};
    }
    return (tamis_cell){.type = TAMIS_MAP, .n = map->n, .as.at = place};
}

static tamis_cell list_cell(tm_table_changes *c, const tm_list *list)
{
    const size_t place = new_members(c, list->n);
    for (uint32_t i = 0; i < list->n; i++) {
        const tamis_cell value = cell_of(c, list->item[i]);
        c->member[place + i] = (tamis_member){.value = value};
    }
    return (tamis_cell){.type = TAMIS_LIST, .n = list->n, .as.at = place};
}

/* Of a value that is stored. */
static tamis_cell cell_of(tm_table_changes *c, tm_value v)
{
    switch (v.type) {
    case TM_BOOL:
        return (tamis_cell){.type = TAMIS_BOOL, .as.integer = v.truth};
    case TM_INT:
        return (tamis_cell){.type = TAMIS_INT, .as.integer = v.integer};
    case TM_DOUBLE:
        return (tamis_cell){.type = TAMIS_DOUBLE, .as.number = v.number};
    case TM_STRING:
        return text_cell(c, TAMIS_STRING, tm_value_text(v));
    case TM_BYTES:
        return text_cell(c, TAMIS_BYTES, tm_value_text(v));
    case TM_TRACE_ID:
        return text_cell(c, TAMIS_TRACE_ID, tm_value_text(v));
    case TM_SPAN_ID:
        return text_cell(c, TAMIS_SPAN_ID, tm_value_text(v));
    case TM_MAP:
        return map_cell(c, v.map);
    case TM_LIST:
        return list_cell(c, v.list);
    default:
        return (tamis_cell){.type = TAMIS_NIL, .n = 1};
    }
}

void tm_table_change(tm_table_changes *c, tm_level level, size_t row, uint32_t column,
                     tm_value value, bool found)
{
    static const tamis_context contexts[] = {TAMIS_RESOURCE, TAMIS_SCOPE, TAMIS_SPAN};
    const tamis_cell cell = found ? cell_of(c, value) : (tamis_cell){.type = TAMIS_NIL};
    if (c->n == c->room) {
        const size_t room = c->room ? 2 * c->room : 16;
        c->change =
            tm_arena_grow(c->arena, c->change, c->n * sizeof *c->change, room * sizeof *c->change);
        c->room = room;
    }
    c->change[c->n++] = (tamis_change){
        .context = contexts[level], .row = (uint32_t)row, .column = column, .value = cell};
}

/* ---- in order ----------------------------------------------------------------------------------
 */

/* Where a change stands: its resource, then its scope and its span, counted from 1, 0: none. */
typedef struct standing {
    size_t resource, scope, span;
} standing;

static standing standing_of(const tamis_table *t, const tamis_change *change)
{
    const size_t row = change->row;
    if (change->context == TAMIS_RESOURCE)
        return (standing){row, 0, 0};
    if (change->context == TAMIS_SCOPE)
        return (standing){t->resource_of_scope[row], row + 1, 0};
    const size_t scope = t->scope_of_span[row];
    return (standing){t->resource_of_scope[scope], scope + 1, row + 1};
}

static bool is_before(standing a, standing b)
{
    return a.resource != b.resource ? a.resource < b.resource
           : a.scope != b.scope     ? a.scope < b.scope
                                    : a.span < b.span;
}

/* The next change of a context behind `at`, or where they end. */
static size_t next_of(const tm_table_changes *c, tamis_context context, size_t at)
{
    while (at < c->n && c->change[at].context != (uint32_t)context)
        at++;
    return at;
}

void tm_table_changes_sort(tm_table_changes *c, const tamis_table *table)
{
    static const tamis_context contexts[] = {TAMIS_RESOURCE, TAMIS_SCOPE, TAMIS_SPAN};
    size_t at[3];
    for (unsigned i = 0; i < 3; i++)
        at[i] = next_of(c, contexts[i], 0);
    if (at[0] == c->n && at[1] == c->n)
        return; /* as most are: spans alone */
    tamis_change *sorted = TM_NEW_ARRAY(c->arena, c->n, tamis_change);
    for (size_t n = 0; n < c->n; n++) {
        unsigned first = 3;
        for (unsigned i = 0; i < 3; i++)
            if (at[i] < c->n &&
                (first == 3 || is_before(standing_of(table, &c->change[at[i]]),
                                         standing_of(table, &c->change[at[first]]))))
                first = i;
        sorted[n] = c->change[at[first]];
        at[first] = next_of(c, contexts[first], at[first] + 1);
    }
    c->change = sorted;
}
