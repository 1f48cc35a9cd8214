/* Tables, table: the cells of a request, as a host would fill them.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TESTS_TABLES_TABLE_H
#define TM_TESTS_TABLES_TABLE_H

#include "tamis/tamis.h"

#include "otlp/request.h"

enum { TABLES_LEVELS = TM_EVENT };

/* The columns of a ruleset, as tamis_ruleset_need names them. */
typedef struct tables_columns {
    const tm_needs *needs[TM_LEVELS];
    uint32_t n[TABLES_LEVELS];
    uint32_t fields[TABLES_LEVELS]; /* that stand before the keys */
    unsigned field[TABLES_LEVELS][TM_FIELDS];
} tables_columns;

tables_columns tables_columns_of(tm_arena *arena, const tamis_ruleset *ruleset);

/* The table of a request; with `texts` its texts are places in one text. */
tamis_table tables_table_of(tm_arena *arena, const tables_columns *columns, tm_text request,
                            bool texts);

/* Whether two cells hold the same; `a_table` and `b_table` have their texts and members. */
bool tables_same(const tamis_table *a_table, const tamis_cell *a, const tamis_table *b_table,
                 const tamis_cell *b);

#endif
