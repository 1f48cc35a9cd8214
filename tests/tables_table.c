/* Tables, table: read off a request with the needs that the library lists.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tables_table.h"

#include "base/buf.h"

tables_columns tables_columns_of(tm_arena *arena, const tamis_ruleset *ruleset)
{
    static const tamis_context contexts[] = {TAMIS_RESOURCE, TAMIS_SCOPE, TAMIS_SPAN};
    tables_columns c = {.n = {0}};
    for (unsigned level = 0; level < TM_LEVELS; level++) {
        enum { KEYS_MOST = 4096 };
        tm_text *key = TM_NEW_ARRAY(arena, KEYS_MOST, tm_text);
        uint32_t keys = 0, bits = 0;
        tamis_need need = {.size = sizeof need};
        for (size_t i = 0; level < TABLES_LEVELS && keys < KEYS_MOST &&
                           tamis_ruleset_need(ruleset, i, &need) == TAMIS_OK;
             i++) {
            if (need.context != contexts[level])
                continue;
            if (need.field) {
                c.field[level][c.fields[level]++] = need.field;
                bits |= 1u << need.field;
            } else {
                key[keys++] = tm_text_slice(need.key.bytes, need.key.size_bytes);
            }
            c.n[level]++;
        }
        c.needs[level] = tm_needs_new(arena, key, keys, bits);
    }
    return c;
}

/* A table in the making. */
typedef struct filling {
    tm_arena *arena;
    const tables_columns *columns;
    tm_buf cells[TABLES_LEVELS], resource_of_scope, scope_of_span, members, text;
    size_t rows[TABLES_LEVELS];
    bool texts;
} filling;

static void add(tm_buf *out, const void *row, size_t size)
{
    tm_buf_add(out, tm_text_slice(row, size));
}

static tamis_cell text_cell(filling *f, tamis_type type, tm_text text)
{
    tamis_cell cell = {.type = type, .n = (uint32_t)text.n};
    if (!f->texts) {
        cell.as.text = text.p;
        return cell;
    }
    cell.as.at = f->text.n;
    tm_buf_add(&f->text, text);
    return cell;
}

static tamis_cell cell_of(filling *f, tm_value v);

static void put_member(filling *f, size_t place, tamis_member member)
{
    memcpy(f->members.p + place, &member, sizeof member);
}

static tamis_cell composite_cell(filling *f, const tm_map *map, const tm_list *list)
{
    const uint32_t n = map ? map->n : list->n;
    const size_t place = f->members.n;
    if (n)
        tm_buf_reserve(&f->members, n * sizeof(tamis_member));
    f->members.n += n * sizeof(tamis_member);
    for (uint32_t i = 0; i < n; i++) {
        tamis_member member = {.value = cell_of(f, map ? map->entry[i].value : list->item[i])};
        if (map)
            member.key = text_cell(f, TAMIS_STRING, map->entry[i].key);
        put_member(f, place + i * sizeof member, member);
    }
    return (tamis_cell){
        .type = map ? TAMIS_MAP : TAMIS_LIST, .n = n, .as.at = place / sizeof(tamis_member)};
}

static tamis_cell cell_of(filling *f, tm_value v)
{
    static const tamis_type texts[TM_TYPE_COUNT] = {[TM_STRING] = TAMIS_STRING,
                                                    [TM_BYTES] = TAMIS_BYTES,
                                                    [TM_TRACE_ID] = TAMIS_TRACE_ID,
                                                    [TM_SPAN_ID] = TAMIS_SPAN_ID};
    switch (v.type) {
    case TM_NIL:
        return (tamis_cell){.type = TAMIS_NIL, .n = 1};
    case TM_BOOL:
        return (tamis_cell){.type = TAMIS_BOOL, .as.integer = v.truth};
    case TM_INT:
        return (tamis_cell){.type = TAMIS_INT, .as.integer = v.integer};
    case TM_DOUBLE:
        return (tamis_cell){.type = TAMIS_DOUBLE, .as.number = v.number};
    case TM_MAP:
    case TM_LIST:
        return composite_cell(f, v.type == TM_MAP ? v.map : NULL, v.type == TM_MAP ? NULL : v.list);
    default:
        return text_cell(f, texts[v.type], tm_value_text(v));
    }
}

static void add_row(filling *f, tm_item *item)
{
    const unsigned level = item->level;
    for (uint32_t i = 0; i < f->columns->n[level]; i++) {
        tamis_cell cell = {0};
        const uint32_t fields = f->columns->fields[level];
        bool found = true;
        tm_value value;
        if (i >= fields)
            value = tm_item_attribute_found(item, i - fields, &found);
        else if (f->columns->field[level][i] == tm_level_attributes(level))
            value = tm_map_value(tm_item_attributes(item), TM_DATA);
        else
            value = tm_item_field(item, f->columns->field[level][i]);
        if (found)
            cell = cell_of(f, value);
        add(&f->cells[level], &cell, sizeof cell);
    }
    f->rows[level]++;
}

tamis_table tables_table_of(tm_arena *arena, const tables_columns *columns, tm_text request,
                            bool texts)
{
    filling f = {.arena = arena, .columns = columns, .texts = texts};
    tm_buf *buffers[] = {&f.cells[0],      &f.cells[1], &f.cells[2], &f.resource_of_scope,
                         &f.scope_of_span, &f.members,  &f.text};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        buffers[i]->arena = arena;
    tm_buf_reserve(&f.text, 1); /* a text, though an empty one */
    tm_request q;
    tm_slot *slots = TM_NEW_ARRAY(arena, tm_request_slots(columns->needs) + 1, tm_slot);
    tm_request_open(&q, arena, columns->needs, slots, request, false, TM_UTF8_KEEP);
    while (tm_request_next_resource(&q)) {
        add_row(&f, &q.item[TM_RESOURCE]);
        while (tm_request_next_scope(&q)) {
            const uint32_t resource = (uint32_t)f.rows[TM_RESOURCE] - 1;
            add(&f.resource_of_scope, &resource, sizeof resource);
            add_row(&f, &q.item[TM_SCOPE]);
            while (tm_request_next_span(&q)) {
                const uint32_t scope = (uint32_t)f.rows[TM_SCOPE] - 1;
                add(&f.scope_of_span, &scope, sizeof scope);
                add_row(&f, &q.item[TM_SPAN]);
            }
        }
    }
    return (tamis_table){.size = sizeof(tamis_table),
                         .resource = (const tamis_cell *)f.cells[TM_RESOURCE].p,
                         .scope = (const tamis_cell *)f.cells[TM_SCOPE].p,
                         .span = (const tamis_cell *)f.cells[TM_SPAN].p,
                         .resources = f.rows[TM_RESOURCE],
                         .scopes = f.rows[TM_SCOPE],
                         .spans = f.rows[TM_SPAN],
                         .resource_of_scope = (const uint32_t *)f.resource_of_scope.p,
                         .scope_of_span = (const uint32_t *)f.scope_of_span.p,
                         .member = (const tamis_member *)f.members.p,
                         .members = f.members.n / sizeof(tamis_member),
                         .text = texts ? f.text.p : NULL,
                         .text_bytes = texts ? f.text.n : 0};
}

static tm_text text_of(const tamis_table *t, const tamis_cell *cell)
{
    return cell->n ? tm_text_slice(t->text ? t->text + cell->as.at : cell->as.text, cell->n)
                   : TM_TEXT("");
}

bool tables_same(const tamis_table *a_table, const tamis_cell *a, const tamis_table *b_table,
                 const tamis_cell *b)
{
    if (a->type != b->type || a->n != b->n)
        return false;
    switch (a->type) {
    case TAMIS_NIL:
        return true;
    case TAMIS_BOOL:
    case TAMIS_INT:
    case TAMIS_DOUBLE:
        return a->as.integer == b->as.integer;
    case TAMIS_MAP:
    case TAMIS_LIST:
        for (uint32_t i = 0; i < a->n; i++) {
            const tamis_member *m = &a_table->member[a->as.at + i];
            const tamis_member *o = &b_table->member[b->as.at + i];
            if (!tables_same(a_table, &m->value, b_table, &o->value) ||
                (a->type == TAMIS_MAP && !tables_same(a_table, &m->key, b_table, &o->key)))
                return false;
        }
        return true;
    default:
        return tm_text_equal(text_of(a_table, a), text_of(b_table, b));
    }
}
