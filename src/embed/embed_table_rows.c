/* Embed table: rows that rules only ask are judged where they lie.
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

static bool fill_field(const filling *f, tm_item *item, const tm_column *column,
                       const tamis_cell *cell)
{
    tm_text text;
    tm_value value;
    if (cell->type == TAMIS_NIL)
        return true;
    if (!tm_cell_fits(column->kind, cell))
        return false;
    switch (column->kind) {
    case TM_FIELD_STRING:
        if (!text_fits(f, cell, &text))
            return false;
        value = tm_string(text);
        break;
    case TM_FIELD_TRACE_ID:
    case TM_FIELD_SPAN_ID:
        if (!tm_cell_text(f->table, cell, &text))
            return false;
        value = (tm_value){.type = column->kind == TM_FIELD_TRACE_ID ? TM_TRACE_ID : TM_SPAN_ID,
                           .n = cell->n,
                           .p = text.p};
        break;
    default:
        value = tm_int(number_of(column->kind, cell->as.integer));
    }
    item->field[column->field] = value;
    item->seen |= 1u << column->field;
    return true;
}

static bool fill_attribute(const filling *f, tm_item *item, const tm_column *column,
                           const tamis_cell *cell)
{
    tm_text text;
    tm_value value = tm_nil();
    switch (cell->type) {
    case TAMIS_NIL:
        if (cell->n != 1)
            return cell->n == 0;
        break;
    case TAMIS_BOOL:
        value = tm_bool(cell->as.integer != 0);
        break;
    case TAMIS_INT:
        value = tm_int(cell->as.integer);
        break;
    case TAMIS_DOUBLE:
        value = tm_double(cell->as.number);
        break;
    case TAMIS_STRING:
        if (!text_fits(f, cell, &text))
            return false;
        value = tm_string(text);
        break;
    case TAMIS_BYTES:
        if (!tm_cell_text(f->table, cell, &text))
            return false;
        value = tm_bytes_value(text);
        break;
    default:
        return false;
    }
    tm_slot *slot = &item->slot[column->slot];
    slot->value = value;
    slot->found = true;
    item->touched |= (uint64_t)1 << (column->slot & 63);
    return true;
}

static size_t fill(const void *owner, tm_item *item, size_t row)
{
    const filling *f = owner;
    const tm_columns *columns = &f->columns[item->level];
    const tamis_cell *cell = columns->n ? f->cells[item->level] + row * columns->n : NULL;
    for (uint32_t i = 0; i < columns->n; i++) {
        const tm_column *c = &columns->column[i];
        if (!(c->field ? fill_field : fill_attribute)(f, item, c, &cell[i]))
            return 0;
    }
    return ROW_BYTES + columns->n * sizeof *cell;
}

static size_t size_of(const tamis_table *t, const tm_columns columns[TM_EVENT])
{
    return t->resources * (ROW_BYTES + columns[TM_RESOURCE].n * sizeof(tamis_cell)) +
           t->scopes * (ROW_BYTES + columns[TM_SCOPE].n * sizeof(tamis_cell)) +
           t->spans * (ROW_BYTES + columns[TM_SPAN].n * sizeof(tamis_cell)) + t->text_bytes;
}

bool tm_table_judge(tamis_vm *vm, const tm_ruleset *ruleset, const tamis_table *t,
                    const tm_columns columns[TM_EVENT], const tm_client *client,
                    tamis_status *status, const char **reason)
{
    const filling f = {.table = t,
                       .columns = columns,
                       .cells = {t->resource, t->scope, t->span},
                       .any_text = vm->options.utf8 == TAMIS_UTF8_PASS};
    const tm_rows rows = {.resources = t->resources,
                          .scopes = t->scopes,
                          .spans = t->spans,
                          .resource_of_scope = t->resource_of_scope,
                          .scope_of_span = t->scope_of_span,
                          .size_bytes = size_of(t, columns),
                          .fill = fill,
                          .owner = &f};
    if (!tm_rows_are_enough(ruleset))
        return false;
    if (!tm_judge_rows(vm->judge, ruleset, &rows, client, &vm->outcome)) {
        *status = TAMIS_OUT_OF_MEMORY;
        return true;
    }
    if (vm->outcome.status == TM_REFUSED_FORM)
        return false;
    *status = tm_vm_judged(vm, reason);
    return true;
}
