/* Tables, proof: why a row of a table fared as it did, beside why the span in bytes did.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TESTS_TABLES_PROOF_H
#define TM_TESTS_TABLES_PROOF_H

#include "tables_table.h"

/* A span both ways, and a ruleset that was compiled to be explained. */
typedef struct tables_row {
    tm_arena *arena;
    tamis_vm *vm; /* of which the current request is no more afterwards */
    tamis_ruleset *explained;
    const tamis_table *table;
    const tamis_request *request;
    size_t span;
    bool
        alone; /* rules write above spans: what they did for other spans does not show in a proof */
} tables_row;

/* NULL: the row's proof is that of the bytes, and tells what became of it; else what differs. */
const char *tables_proof_differs(const tables_row *row, tamis_row judged);

#endif
