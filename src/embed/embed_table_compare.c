/* Embed table: what rules changed, cell by cell.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Both requests are walked side by side, with the ruleset's needs. An attribute whose bytes are
 * others has another value: what came was written as what rules change is. */
#include "embed/embed_table.h"

/* Where both stand. */
typedef struct sides {
    tm_table_changes *changes;
    tm_request *came, *left;
    bool *scope_stays, *resource_stays; /* left, too */
} sides;

static tm_request *open_side(const tm_table_changes *c, tm_text bytes)
{
    tm_request *q = TM_NEW(c->arena, tm_request);
    tm_slot *slots = TM_NEW_ARRAY(c->arena, tm_request_slots(c->needs) + 1, tm_slot);
    tm_request_open(q, c->arena, c->needs, slots, bytes, false, TM_UTF8_KEEP);
    return q;
}

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

static tamis_cell text_cell(tamis_type type, tm_text text)
{
    return (tamis_cell){.type = type, .n = (uint32_t)text.n, .as.text = text.p};
}

static tamis_cell cell_of(tm_table_changes *c, tm_value v);

static tamis_cell map_cell(tm_table_changes *c, const tm_map *map)
{
    const size_t place = new_members(c, map->n);
    for (uint32_t i = 0; i < map->n; i++) {
        const tamis_cell value = cell_of(c, map->entry[i].value);
        c->member[place + i] = (tamis_member){text_cell(TAMIS_STRING, map->entry[i].key), value};
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
        return text_cell(TAMIS_STRING, tm_value_text(v));
    case TM_BYTES:
        return text_cell(TAMIS_BYTES, tm_value_text(v));
    case TM_TRACE_ID:
        return text_cell(TAMIS_TRACE_ID, tm_value_text(v));
    case TM_SPAN_ID:
        return text_cell(TAMIS_SPAN_ID, tm_value_text(v));
    case TM_MAP:
        return map_cell(c, v.map);
    case TM_LIST:
        return list_cell(c, v.list);
    default:
        return (tamis_cell){.type = TAMIS_NIL, .n = 1};
    }
}

static void add_change(tm_table_changes *c, unsigned level, size_t row, uint32_t column,
                       tamis_cell value)
{
    static const tamis_context contexts[] = {TAMIS_RESOURCE, TAMIS_SCOPE, TAMIS_SPAN};
    if (c->n == c->room) {
        const size_t room = c->room ? 2 * c->room : 16;
        c->change =
            tm_arena_grow(c->arena, c->change, c->n * sizeof *c->change, room * sizeof *c->change);
        c->room = room;
    }
    c->change[c->n++] = (tamis_change){
        .context = contexts[level], .row = (uint32_t)row, .column = column, .value = value};
}

/* ---- comparing ---------------------------------------------------------------------------------
 */

static bool same_bytes(tm_text a, tm_text b)
{
    return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

static bool same_field(tm_value a, tm_value b)
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
    add_change(c, came->level, row, number,
               b->found ? cell_of(c, tm_item_attribute(left, column->slot))
                        : (tamis_cell){.type = TAMIS_NIL});
}

static void compare_column(tm_table_changes *c, const tm_column *column, tm_item *came,
                           tm_item *left, size_t row, uint32_t number)
{
    if (column->unread)
        return;
    if (column->kind != TM_FIELD_ATTRIBUTE) {
        const tm_value value = tm_item_field(left, column->field);
        if (!same_field(tm_item_field(came, column->field), value))
            add_change(c, came->level, row, number, cell_of(c, value));
    } else if (!column->field) {
        compare_attribute(c, column, came, left, row, number);
    } else {
        const tm_map *map = tm_item_attributes(left);
        if (!same_maps(tm_item_attributes(came), map))
            add_change(c, came->level, row, number, map_cell(c, map));
    }
}

static void compare_items(const sides *s, tm_level level, size_t row)
{
    const tm_columns *columns = &s->changes->columns[level];
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
    const tm_table_changes *c = s->changes;
    const tamis_table *t = c->table;
    s->scope_stays = TM_NEW_ARRAY(c->arena, t->scopes, bool);
    s->resource_stays = TM_NEW_ARRAY(c->arena, t->resources, bool);
    for (size_t i = 0; i < t->spans; i++)
        s->scope_stays[t->scope_of_span[i]] |= stays(&c->row[i]);
    for (size_t i = 0; i < t->scopes; i++)
        s->resource_stays[t->resource_of_scope[i]] |= s->scope_stays[i] |= !c->prunes;
    for (size_t i = 0; i < t->resources; i++)
        s->resource_stays[i] |= !c->prunes;
}

static void walk_spans(sides *s, size_t *span)
{
    for (; tm_request_next_span(s->came); ++*span) {
        const tamis_row *row = &s->changes->row[*span];
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

void tm_table_compare(tm_table_changes *changes, tm_text came, tm_text left)
{
    sides s = {changes, open_side(changes, came), open_side(changes, left), NULL, NULL};
    size_t scope = 0, span = 0;
    find_groups(&s);
    for (size_t resource = 0; tm_request_next_resource(s.came); resource++) {
        if (s.resource_stays[resource] && tm_request_next_resource(s.left))
            compare_items(&s, TM_RESOURCE, resource);
        walk_scopes(&s, &scope, &span);
    }
}
