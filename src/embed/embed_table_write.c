/* Embed table: the request that a table stands for.
 * SPDX-License-Identifier: Apache-2.0
 *
 * All cells are checked first, which also tells how much room their bytes take at most; then they
 * are written in one go. Lengths take two bytes where one would do: they come before what they are
 * of. */
#include "embed/embed_table.h"

#include "otlp/wire.h"

enum { LENGTH_BYTES = 2, LENGTH_MOST = 1 << 14, LONG_BYTES = 5, CELL_BYTES = 48, ROW_BYTES = 48 };

typedef struct writing {
    tm_arena *arena;
    const tamis_table *table;
    const tm_columns *columns;
    size_t bytes;                /* that are enough */
    tm_list *composed[TM_EVENT]; /* maps and lists of a level, in the order of cells */
    uint32_t taken[TM_EVENT];    /* of them */
    char *at;
} writing;

/* ---- values ------------------------------------------------------------------------------------
 */

/* A map or list of which *left more members may be read, so that none is read twice. */
static bool composite_of(const writing *w, const tamis_cell *cell, unsigned depth, size_t *left,
                         tm_value *value);

/* What an attribute can hold. */
static bool value_of(const writing *w, const tamis_cell *cell, unsigned depth, size_t *left,
                     tm_value *value)
{
    tm_text text;
    switch (cell->type) {
    case TAMIS_NIL:
        *value = tm_nil();
        return true;
    case TAMIS_STRING:
    case TAMIS_BYTES:
        if (!tm_cell_text(w->table, cell, &text))
            return false;
        *value = cell->type == TAMIS_STRING ? tm_string(text) : tm_bytes_value(text);
        return true;
    case TAMIS_MAP:
    case TAMIS_LIST:
        return composite_of(w, cell, depth, left, value);
    default:
        return tm_cell_number(cell, value);
    }
}

static bool composite_of(const writing *w, const tamis_cell *cell, unsigned depth, size_t *left,
                         tm_value *value)
{
    const bool is_map = cell->type == TAMIS_MAP;
    const size_t all = w->table->members;
    if (depth >= TM_VALUE_DEPTH || cell->n > *left || (cell->n && cell->as.at > all) ||
        (cell->n && cell->n > all - cell->as.at))
        return false;
    *left -= cell->n;
    tm_map *map = is_map ? tm_map_new(w->arena, cell->n) : NULL;
    tm_list *list = is_map ? NULL : tm_list_new(w->arena, cell->n);
    const tamis_member *m = cell->n ? w->table->member + cell->as.at : NULL;
    for (uint32_t i = 0; i < cell->n; i++) {
        tm_value member;
        tm_text key;
        if (!value_of(w, &m[i].value, depth + 1, left, &member))
            return false;
        if (!is_map)
            tm_list_append(w->arena, list, member);
        else if (m[i].key.type == TAMIS_STRING && tm_cell_text(w->table, &m[i].key, &key))
            tm_map_append(w->arena, map, key, member);
        else
            return false;
    }
    *value = is_map ? tm_map_value(map, TM_DATA) : tm_list_value(list, TM_DATA);
    return true;
}

/* ---- checking ----------------------------------------------------------------------------------
 */

static bool check_attribute(writing *w, unsigned level, const tm_column *column,
                            const tamis_cell *cell)
{
    size_t left = w->table->members;
    tm_value value;
    if ((cell->type == TAMIS_NIL && cell->n > 1) ||
        !value_of(w, cell, column->field ? 0 : 1, &left, &value))
        return false;
    if (column->field && cell->type != TAMIS_NIL && cell->type != TAMIS_MAP)
        return false;
    if (cell->type == TAMIS_NIL && !cell->n)
        return true;
    w->bytes += CELL_BYTES + column->key.n;
    if (value.type == TM_STRING || value.type == TM_BYTES) {
        w->bytes += value.n;
    } else if (value.type == TM_MAP || value.type == TM_LIST) {
        w->bytes += tm_value_encoded_bytes(value);
        w->bytes += column->field ? (size_t)value.map->n * CELL_BYTES : 0;
        tm_list_append(w->arena, w->composed[level], value);
    }
    return true;
}

static bool check_cell(writing *w, unsigned level, const tm_column *column, const tamis_cell *cell)
{
    tm_text text;
    if (column->unread)
        return true;
    if (column->kind == TM_FIELD_ATTRIBUTE)
        return check_attribute(w, level, column, cell);
    if (cell->type == TAMIS_NIL)
        return true;
    if (!tm_cell_fits(column->kind, cell))
        return false;
    w->bytes += CELL_BYTES;
    if (cell->type == TAMIS_INT)
        return true;
    w->bytes += cell->n;
    return tm_cell_text(w->table, cell, &text);
}

static bool check_rows(writing *w, unsigned level, const tamis_cell *cell, size_t rows)
{
    const tm_columns *columns = &w->columns[level];
    for (size_t row = 0; row < rows; row++) {
        w->bytes += ROW_BYTES;
        for (uint32_t i = 0; i < columns->n; i++)
            if (!check_cell(w, level, &columns->column[i], cell++))
                return false;
    }
    return true;
}

/* ---- writing -----------------------------------------------------------------------------------
 */

static void put_length(char *at, size_t length, unsigned bytes)
{
    for (unsigned i = 0; i + 1 < bytes; i++, length >>= 7)
        at[i] = (char)(length | 0x80);
    at[bytes - 1] = (char)length;
}

/* Opens a message, which takes at least so many bytes for its length. */
static char *open_message(writing *w, unsigned number, unsigned length_bytes)
{
    *w->at = (char)tm_wire_tag(number, TM_WIRE_BYTES); /* one byte: below 16 */
    char *body = w->at + 1 + length_bytes;
    w->at = body;
    return body;
}

static void close_long_message(writing *w, char *body)
{
    put_length(body - LONG_BYTES, (size_t)(w->at - body), LONG_BYTES);
}

static void close_message(writing *w, char *body)
{
    const size_t n = (size_t)(w->at - body);
    if (n < LENGTH_MOST) {
        put_length(body - LENGTH_BYTES, n, LENGTH_BYTES);
        return;
    }
    memmove(body + LONG_BYTES - LENGTH_BYTES, body, n);
    put_length(body - LENGTH_BYTES, n, LONG_BYTES);
    w->at += LONG_BYTES - LENGTH_BYTES;
}

static void put_entry(writing *w, unsigned level, const tm_entry *entry)
{
    char *at = tm_wire_put_varint(w->at, tm_wire_tag(tm_level_attributes(level), TM_WIRE_BYTES));
    at = tm_wire_put_varint(at, tm_entry_encoded_bytes(entry));
    w->at = tm_entry_encode(at, entry);
}

static void put_attribute(writing *w, unsigned level, const tm_column *column,
                          const tamis_cell *cell)
{
    tm_entry entry = {.key = column->key};
    size_t none = 0;
    if (cell->type == TAMIS_NIL && (column->field || !cell->n))
        return;
    if (cell->type == TAMIS_MAP || cell->type == TAMIS_LIST)
        entry.value = w->composed[level]->item[w->taken[level]++];
    else
        value_of(w, cell, 0, &none, &entry.value);
    if (!column->field) {
        put_entry(w, level, &entry);
        return;
    }
    for (uint32_t i = 0; i < entry.value.map->n; i++)
        put_entry(w, level, &entry.value.map->entry[i]);
}

/* A field of OTLP that is no message. */
static void put_field(writing *w, unsigned number, tm_field_kind kind, const tamis_cell *cell)
{
    tm_text text;
    char *at = w->at;
    if (cell->type == TAMIS_NIL)
        return;
    switch (kind) {
    case TM_FIELD_STRING:
    case TM_FIELD_TRACE_ID:
    case TM_FIELD_SPAN_ID:
        if (tm_cell_text(w->table, cell, &text) && text.n)
            at = tm_wire_put_bytes_field(at, number, text);
        break;
    case TM_FIELD_FIXED64:
        at = tm_wire_put_varint(at, tm_wire_tag(number, TM_WIRE_FIXED64));
        at = tm_wire_put_fixed64(at, (uint64_t)cell->as.integer);
        break;
    case TM_FIELD_FIXED32:
        at = tm_wire_put_varint(at, tm_wire_tag(number, TM_WIRE_FIXED32));
        at = tm_wire_put_fixed32(at, (uint32_t)cell->as.integer);
        break;
    default:
        at = tm_wire_put_varint(at, tm_wire_tag(number, TM_WIRE_VARINT));
        at = tm_wire_put_varint(at, kind == TM_FIELD_UINT32 ? (uint32_t)cell->as.integer
                                                            : (uint64_t)cell->as.integer);
    }
    w->at = at;
}

static bool is_part_of_status(const tm_column *column)
{
    return column->field == TM_STATUS_CODE || column->field == TM_STATUS_MESSAGE;
}

static void put_status(writing *w, const tm_columns *columns, const tamis_cell *cell)
{
    char *body = NULL;
    for (uint32_t i = 0; i < columns->n; i++) {
        const tm_column *c = &columns->column[i];
        if (!is_part_of_status(c) || cell[i].type == TAMIS_NIL)
            continue;
        if (!body)
            body = open_message(w, TM_SPAN_STATUS, LENGTH_BYTES);
        put_field(w, c->field == TM_STATUS_CODE ? TM_NUMBER_STATUS_code : TM_NUMBER_STATUS_message,
                  c->kind, &cell[i]);
    }
    if (body)
        close_message(w, body);
}

/* A row as the message `number` of what holds it. */
static void put_item(writing *w, unsigned level, unsigned number, size_t row)
{
    const tamis_table *t = w->table;
    const tm_columns *columns = &w->columns[level];
    const tamis_cell *all = level == TM_RESOURCE ? t->resource
                            : level == TM_SCOPE  ? t->scope
                                                 : t->span;
    char *body = open_message(w, number, LENGTH_BYTES);
    const tamis_cell *cell = columns->n ? all + row * columns->n : NULL;
    bool has_status = false, has_url = false;
    for (uint32_t i = 0; i < columns->n; i++) {
        const tm_column *c = &columns->column[i];
        has_status |= is_part_of_status(c);
        has_url |= c->field == TM_SCHEMA_URL;
        if (c->unread || c->field > TM_FIELD_ROWS - 1)
            continue;
        if (c->kind == TM_FIELD_ATTRIBUTE)
            put_attribute(w, level, c, &cell[i]);
        else
            put_field(w, c->field, c->kind, &cell[i]);
    }
    if (has_status)
        put_status(w, columns, cell);
    close_message(w, body);
    for (uint32_t i = 0; has_url && i < columns->n; i++)
        if (columns->column[i].field == TM_SCHEMA_URL)
            put_field(w, TM_NUMBER_SCOPE_SPANS_schema_url, TM_FIELD_STRING, &cell[i]);
}

static void put_request(writing *w)
{
    const tamis_table *t = w->table;
    size_t scope = 0, span = 0;
    for (size_t resource = 0; resource < t->resources; resource++) {
        char *resource_body = open_message(w, TM_NUMBER_REQUEST_resource_spans, LONG_BYTES);
        put_item(w, TM_RESOURCE, TM_NUMBER_RESOURCE_SPANS_resource, resource);
        for (; scope < t->scopes && t->resource_of_scope[scope] == resource; scope++) {
            char *scope_body = open_message(w, TM_NUMBER_RESOURCE_SPANS_scope_spans, LONG_BYTES);
            put_item(w, TM_SCOPE, TM_NUMBER_SCOPE_SPANS_scope, scope);
            for (; span < t->spans && t->scope_of_span[span] == scope; span++)
                put_item(w, TM_SPAN, TM_NUMBER_SCOPE_SPANS_spans, span);
            close_long_message(w, scope_body);
        }
        close_long_message(w, resource_body);
    }
}

bool tm_table_write(tm_arena *arena, const tamis_table *table, const tm_columns columns[TM_EVENT],
                    tm_text *bytes)
{
    writing w = {.arena = arena, .table = table, .columns = columns};
    for (unsigned level = 0; level < TM_EVENT; level++)
        w.composed[level] = tm_list_new(arena, 0);
    if (!check_rows(&w, TM_RESOURCE, table->resource, table->resources) ||
        !check_rows(&w, TM_SCOPE, table->scope, table->scopes) ||
        !check_rows(&w, TM_SPAN, table->span, table->spans))
        return false;
    char *start = tm_arena_alloc(arena, w.bytes);
    w.at = start;
    put_request(&w);
    *bytes = tm_text_slice(start, (size_t)(w.at - start));
    return true;
}
