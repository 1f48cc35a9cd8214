/* Embed table: rows judged where they lie, and what rules changed of them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "embed/embed_table.h"

#include "base/utf8.h"
#include "engine/judge_rows.h"

enum { ROW_BYTES = 16 }; /* that a row counts for beside its cells */

/* What rows are filled from. */
typedef struct filling {
    const tamis_table *table;
    const tm_columns *columns;
    const tamis_cell *cells[TM_EVENT];
    bool any_text; /* that is no UTF-8, too */
    tm_table_changes *changes;
} filling;

static inline bool text_fits(const filling *f, const tamis_cell *cell, tm_text *text)
{
    return tm_cell_text(f->table, cell, text) &&
           (f->any_text || tm_utf8_is_ascii(*text) || tm_utf8_valid(*text));
}

/* As reading does what is written of such a cell. */
static int64_t number_of(tm_field_kind kind, int64_t number)
{
    return kind == TM_FIELD_ENUM                                 ? (int32_t)number
           : kind == TM_FIELD_UINT32 || kind == TM_FIELD_FIXED32 ? (uint32_t)number
                                                                 : number;
}

/* The value of a field's cell, which is not NIL. False: the field cannot hold it. */
static inline bool field_of(const filling *f, const tm_column *column, const tamis_cell *cell,
                            tm_value *value)
{
    tm_text text;
    if (!tm_cell_fits(column->kind, cell))
        return false;
    switch (column->kind) {
    case TM_FIELD_STRING:
        if (!text_fits(f, cell, &text))
            return false;
        *value = tm_string(text);
        return true;
    case TM_FIELD_TRACE_ID:
    case TM_FIELD_SPAN_ID:
        if (!tm_cell_text(f->table, cell, &text))
            return false;
        *value = (tm_value){.type = column->kind == TM_FIELD_TRACE_ID ? TM_TRACE_ID : TM_SPAN_ID,
                            .n = cell->n,
                            .p = text.p};
        return true;
    default:
        *value = tm_int(number_of(column->kind, cell->as.integer));
        return true;
    }
}

/* The same of an attribute; a NIL is one without a value. */
static inline bool attribute_of(const filling *f, const tamis_cell *cell, tm_value *value)
{
    tm_text text;
    switch (cell->type) {
    case TAMIS_NIL:
        *value = tm_nil();
        return cell->n == 1;
    case TAMIS_STRING:
        if (!text_fits(f, cell, &text))
            return false;
        *value = tm_string(text);
        return true;
    case TAMIS_BYTES:
        if (!tm_cell_text(f->table, cell, &text))
            return false;
        *value = tm_bytes_value(text);
        return true;
    default:
        return tm_cell_number(cell, value);
    }
}

static inline bool fill_cell(const filling *f, tm_item *item, const tm_column *column,
                             const tamis_cell *cell)
{
    if (column->field) {
        if (cell->type == TAMIS_NIL)
            return true;
        item->seen |= 1u << column->field;
        return field_of(f, column, cell, &item->field[column->field]);
    }
    tm_slot *slot = &item->slot[column->slot];
    item->touched |= (uint64_t)1 << (column->slot & 63);
    slot->found = true;
    return attribute_of(f, cell, &slot->value);
}

/* Most cells of most tables are. */
static inline bool is_absent(const tamis_cell *cell)
{
    return cell->type == TAMIS_NIL && cell->n == 0;
}

static const tamis_cell *cells_of(const filling *f, unsigned level, size_t row)
{
    const uint32_t n = f->columns[level].n;
    return n ? f->cells[level] + row * n : NULL;
}

static size_t fill(void *owner, tm_item *item, size_t row)
{
    const filling *f = owner;
    const tm_columns *columns = &f->columns[item->level];
    const tamis_cell *cell = cells_of(f, item->level, row);
    for (const tm_column *c = columns->column; c < columns->column + columns->n; c++, cell++)
        if (!is_absent(cell) && !fill_cell(f, item, c, cell))
            return 0;
    return ROW_BYTES + columns->n * sizeof(tamis_cell);
}

/* Scalars are told by their bytes, as those of a request would be. */
static bool same_value(tm_value a, tm_value b)
{
    if (a.type != b.type || a.type == TM_MAP || a.type == TM_LIST)
        return false;
    return a.type == TM_NIL    ? true
           : a.type == TM_BOOL ? a.truth == b.truth
           : a.type == TM_STRING || a.type == TM_BYTES
               ? tm_text_equal(tm_value_text(a), tm_value_text(b))
               : a.integer == b.integer;
}

/* Whether the column has another value than its cell; *value is what it has, *found whether. */
static bool is_changed(const filling *f, tm_item *item, const tm_column *column,
                       const tamis_cell *cell, tm_value *value, bool *found)
{
    tm_value before;
    *found = true;
    if (column->field) {
        *value = tm_item_field(item, column->field);
        if (cell->type == TAMIS_NIL)
            before = tm_field_default(item->level, column->field);
        return item->changed >> column->field & 1 &&
               !((cell->type == TAMIS_NIL || field_of(f, column, cell, &before)) &&
                 tm_field_same(before, *value));
    }
    const tm_slot *slot = &item->slot[column->slot];
    *value = slot->value;
    *found = slot->found;
    return slot->changed && !(is_absent(cell) ? !*found
                                              : *found && attribute_of(f, cell, &before) &&
                                                    same_value(before, *value));
}

/* In the item's arena, where its values are; texts may yet be the host's. */
static size_t leave(void *owner, tm_item *item, size_t row)
{
    const filling *f = owner;
    const tm_columns *columns = &f->columns[item->level];
    const tamis_cell *cell = cells_of(f, item->level, row);
    size_t bytes = 0;
    f->changes->arena = item->arena;
    for (uint32_t i = 0; i < columns->n; i++) {
        tm_value value;
        bool found;
        if (!is_changed(f, item, &columns->column[i], &cell[i], &value, &found))
            continue;
        tm_table_change(f->changes, (tm_level)item->level, row, i, value, found);
        bytes += sizeof(tamis_cell);
        bytes += columns->column[i].field ? value.n : tm_value_encoded_bytes(value);
    }
    return bytes;
}

static size_t size_of(const tamis_table *t, const tm_columns columns[TM_EVENT])
{
    return t->resources * (ROW_BYTES + columns[TM_RESOURCE].n * sizeof(tamis_cell)) +
           t->scopes * (ROW_BYTES + columns[TM_SCOPE].n * sizeof(tamis_cell)) +
           t->spans * (ROW_BYTES + columns[TM_SPAN].n * sizeof(tamis_cell)) + t->text_bytes;
}

bool tm_table_judge(tamis_vm *vm, const tm_ruleset *ruleset, const tamis_table *t,
                    const tm_columns columns[TM_EVENT], const tm_client *client,
                    tm_table_changes *changes, tamis_status *status, const char **reason)
{
    filling f = {.table = t,
                 .columns = columns,
                 .cells = {t->resource, t->scope, t->span},
                 .any_text = vm->options.utf8 == TAMIS_UTF8_PASS,
                 .changes = changes};
    const tm_rows rows = {.resources = t->resources,
                          .scopes = t->scopes,
                          .spans = t->spans,
                          .resource_of_scope = t->resource_of_scope,
                          .scope_of_span = t->scope_of_span,
                          .size_bytes = size_of(t, columns),
                          .fill = fill,
                          .leave = leave,
                          .owner = &f};
    *changes = (tm_table_changes){.copies = true};
    if (!tm_rows_are_enough(ruleset))
        return false;
    if (!tm_judge_rows(vm->judge, ruleset, &rows, client, &vm->outcome)) {
        *status = TAMIS_OUT_OF_MEMORY;
        return true;
    }
    if (vm->outcome.status == TM_REFUSED_FORM)
        return false;
    *status = tm_vm_judged(vm, reason);
    changes->arena = vm->arena;
    tm_table_changes_sort(changes, t);
    return true;
}
