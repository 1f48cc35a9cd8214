/* Embed table: what the files of tables share.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Rows are judged where they lie, and what rules changed is read off them (embed_table_rows). What
 * they cannot say goes another way: the table becomes a small request of what its cells hold
 * (embed_table_write), is judged as any other, and what left is read beside what came
 * (embed_table_compare). */
#ifndef TM_EMBED_EMBED_TABLE_H
#define TM_EMBED_EMBED_TABLE_H

#include "embed/embed.h"

#include "otlp/structure.h"
#include "tamis/table.h"

/* What the cells of a column are. */
typedef struct tm_column {
    unsigned field; /* of the level, or 0: the attribute of need `slot` */
    uint32_t slot;
    tm_text key;
    tm_field_kind kind; /* of the field; ATTRIBUTE: all attributes or one of them */
    bool unread;        /* the attributes are another column as a whole */
} tm_column;

typedef struct tm_columns {
    const tm_column *column;
    uint32_t n;
} tm_columns;

/* Whether a need is the field: it has a number of its own, unlike the status, whose parts do. */
static inline bool tm_need_is_field(const tm_needs *needs, unsigned level, unsigned field)
{
    return needs->fields >> field & 1 && !(level == TM_SPAN && field == TM_SPAN_STATUS);
}

/* The columns of a level, in the order of tamis_ruleset_need. */
tm_columns tm_columns_of(tm_arena *arena, const tm_needs *needs, tm_level level);

/* Those of the three levels of a table. */
void tm_columns_of_levels(tm_arena *arena, const tm_ruleset *ruleset, tm_columns columns[TM_EVENT]);

/* Copies the table that the host gave for a ruleset, and of it what is known of the client.
 * BAD_ARGUMENT: it cannot be one, as far as its struct tells; WHOLE_SPANS: no table can. */
tamis_status tm_table_take(const tamis_ruleset *ruleset, const tamis_table *given, tamis_table *own,
                           tamis_request *client);

/* Whether there are cells for all its rows, and rows name rows of the level above, in order. */
bool tm_table_has_shape(const tamis_table *table, const tm_columns columns[TM_EVENT]);

/* Where the text of a cell is. False: outside of the table's. */
static inline bool tm_cell_text(const tamis_table *t, const tamis_cell *cell, tm_text *text)
{
    if (t->text && (cell->as.at > t->text_bytes || cell->n > t->text_bytes - cell->as.at))
        return false;
    if (!t->text && cell->n && !cell->as.text)
        return false;
    *text = cell->n ? tm_text_slice(t->text ? t->text + cell->as.at : cell->as.text, cell->n)
                    : TM_TEXT("");
    return true;
}

/* The value of a bool, int or double. False: the cell is none of them. */
static inline bool tm_cell_number(const tamis_cell *cell, tm_value *value)
{
    switch (cell->type) {
    case TAMIS_BOOL:
        *value = tm_bool(cell->as.integer != 0);
        return true;
    case TAMIS_INT:
        *value = tm_int(cell->as.integer);
        return true;
    case TAMIS_DOUBLE:
        *value = tm_double(cell->as.number);
        return true;
    default:
        return false;
    }
}

/* Whether a field of that kind can hold what is no NIL. */
static inline bool tm_cell_fits(tm_field_kind kind, const tamis_cell *cell)
{
    switch (kind) {
    case TM_FIELD_STRING:
        return cell->type == TAMIS_STRING;
    case TM_FIELD_TRACE_ID:
        return cell->type == TAMIS_TRACE_ID && cell->n == 16;
    case TM_FIELD_SPAN_ID:
        return cell->type == TAMIS_SPAN_ID && cell->n == 8;
    default:
        return cell->type == TAMIS_INT;
    }
}

/* Writes the table as an ExportTraceServiceRequest into the arena. False: a cell holds what its
 * column cannot. The table's shape was checked. */
bool tm_table_write(tm_arena *arena, const tamis_table *table, const tm_columns columns[TM_EVENT],
                    tm_text *bytes);

/* Cells that are others now. */
typedef struct tm_table_changes {
    tm_arena *arena;
    bool copies; /* texts of values, whose owner may take them away */
    tamis_change *change;
    size_t n, room;
    tamis_member *member;
    size_t members, member_room;
} tm_table_changes;

/* Adds one. `value` is stored; `found` false: the attribute is gone. */
void tm_table_change(tm_table_changes *changes, tm_level level, size_t row, uint32_t column,
                     tm_value value, bool found);

/* Puts changes, those of each level in the order of its rows, into the order of the result. */
void tm_table_changes_sort(tm_table_changes *changes, const tamis_table *table);

/* Whether two values of one field are the same. */
bool tm_field_same(tm_value a, tm_value b);

/* Judges the rows as they lie, and adds to `changes` what rules changed; what became of them stands
 * in the VM. False: they want to be bytes, since rules ask for more than fields and single
 * attributes, or a cell holds what is no scalar, no UTF-8 or not its column's. *reason as of
 * tm_vm_judge; within tm_arena_try of the VM's arena. */
bool tm_table_judge(tamis_vm *vm, const tm_ruleset *ruleset, const tamis_table *table,
                    const tm_columns columns[TM_EVENT], const tm_client *client,
                    tm_table_changes *changes, tamis_status *status, const char **reason);

/* What came and what left, to be told apart. */
typedef struct tm_table_sides {
    const tm_needs *const *needs;
    const tamis_table *table;
    const tm_columns *columns;
    const tamis_row *row;
    bool prunes; /* scopes and resources without spans did not leave */
    tm_text came, left;
} tm_table_sides;

/* Adds the cells in which the two differ: of resources, scopes and edited spans that left. */
void tm_table_compare(tm_table_changes *changes, const tm_table_sides *sides);

#endif
