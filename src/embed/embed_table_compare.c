/* Embed table: what rules changed, cell by cell.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Both requests are walked side by side, with the ruleset's needs. An attribute whose bytes are
 * others has another value: what came was written as what rules change is. */
#include "embed/embed_table.h"

/* Where both stand. */
typedef struct sides {
    tm_table_changes *changes;
    const tm_table_sides *of;
    tm_request *came, *left;
    bool *scope_stays, *resource_stays; /* left, too */
} sides;

static tm_request *open_side(tm_arena *arena, const tm_needs *const *needs, tm_text bytes)
{
    tm_request *q = TM_NEW(arena, tm_request);
    tm_slot *slots = TM_NEW_ARRAY(arena, tm_request_slots(needs) + 1, tm_slot);
    tm_request_open(q, arena, needs, slots, bytes, false, TM_UTF8_KEEP);
    return q;
}

/* ---- comparing ---------------------------------------------------------------------------------
 */

static bool same_bytes(tm_text a, tm_text b)
{
    return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

bool tm_field_same(tm_value a, tm_value b)
{
    return a.type == TM_INT ? a.integer == b.integer
                            : same_bytes(tm_value_text(a), tm_value_text(b));
}

static bool same_maps(const tm_map *a, const tm_map *b)
{
    bool same = a->n == b->n;
    for (uint32_t i = 0; same && i < a->n; i++)
        same = same_bytes(a->entry[i].raw, b->entry[i].raw);
    return same;
}

static void compare_attribute(tm_table_changes *c, const tm_column *column, tm_item *came,
                              tm_item *left, size_t row, uint32_t number)
{
    const tm_slot *a = &came->slot[column->slot], *b = &left->slot[column->slot];
    if (a->found == b->found && (!a->found || same_bytes(a->raw, b->raw)))
        return;
    tm_table_change(c, (tm_level)came->level, row, number,
                    b->found ? tm_item_attribute(left, column->slot) : tm_nil(), b->found);
}

static void compare_column(tm_table_changes *c, const tm_column *column, tm_item *came,
                           tm_item *left, size_t row, uint32_t number)
{
    if (column->unread)
        return;
    if (column->kind != TM_FIELD_ATTRIBUTE) {
        const tm_value value = tm_item_field(left, column->field);
        if (!tm_field_same(tm_item_field(came, column->field), value))
            tm_table_change(c, (tm_level)came->level, row, number, value, true);
    } else if (!column->field) {
        compare_attribute(c, column, came, left, row, number);
    } else {
        tm_map *map = tm_item_attributes(left);
        if (!same_maps(tm_item_attributes(came), map))
            tm_table_change(c, (tm_level)came->level, row, number, tm_map_value(map, TM_DATA),
                            true);
    }
}

static void compare_items(const sides *s, tm_level level, size_t row)
{
    const tm_columns *columns = &s->of->columns[level];
    for (uint32_t i = 0; i < columns->n; i++)
        compare_column(s->changes, &columns->column[i], &s->came->item[level],
                       &s->left->item[level], row, i);
}

/* ---- side by side ------------------------------------------------------------------------------
 */

static bool stays(const tamis_row *row)
{
    return row->fate == TAMIS_KEPT || row->fate == TAMIS_EDITED;
}

static void find_groups(sides *s)
{
    const tm_table_sides *of = s->of;
    const tamis_table *t = of->table;
    s->scope_stays = TM_NEW_ARRAY(s->changes->arena, t->scopes, bool);
    s->resource_stays = TM_NEW_ARRAY(s->changes->arena, t->resources, bool);
    for (size_t i = 0; i < t->spans; i++)
        s->scope_stays[t->scope_of_span[i]] |= stays(&of->row[i]);
    for (size_t i = 0; i < t->scopes; i++)
        s->resource_stays[t->resource_of_scope[i]] |= s->scope_stays[i] |= !of->prunes;
    for (size_t i = 0; i < t->resources; i++)
        s->resource_stays[i] |= !of->prunes;
}

static void walk_spans(sides *s, size_t *span)
{
    for (; tm_request_next_span(s->came); ++*span) {
        const tamis_row *row = &s->of->row[*span];
        if (stays(row) && tm_request_next_span(s->left) && row->fate == TAMIS_EDITED)
            compare_items(s, TM_SPAN, *span);
    }
}

static void walk_scopes(sides *s, size_t *scope, size_t *span)
{
    for (; tm_request_next_scope(s->came); ++*scope) {
        if (s->scope_stays[*scope] && tm_request_next_scope(s->left))
            compare_items(s, TM_SCOPE, *scope);
        walk_spans(s, span);
    }
}

void tm_table_compare(tm_table_changes *changes, const tm_table_sides *of)
{
    tm_arena *arena = changes->arena;
    sides s = {.changes = changes,
               .of = of,
               .came = open_side(arena, of->needs, of->came),
               .left = open_side(arena, of->needs, of->left)};
    size_t scope = 0, span = 0;
    find_groups(&s);
    for (size_t resource = 0; tm_request_next_resource(s.came); resource++) {
        if (s.resource_stays[resource] && tm_request_next_resource(s.left))
            compare_items(&s, TM_RESOURCE, resource);
        walk_scopes(&s, &scope, &span);
    }
}
