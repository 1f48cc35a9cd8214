/* Lint, data: what recorded spans say of rules.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_LINT_DATA_H
#define TM_TOOLS_LINT_DATA_H

#include "lang/lint/lint_rules.h"
#include "tools/arguments.h"

/* Lists of rules that one table of needs was made for, one a pipeline. */
typedef struct tm_lint_lists {
    tm_lint **list;
    size_t n;
} tm_lint_lists;

/* Runs the conditions of all rules over the recordings and warns of what never holds. Edits are not
 * made: rules that read what may have been edited are passed over. TM_EXIT_OK, or the exit code,
 * told on stderr. */
int tm_lint_data(tm_diags *diags, tm_need_table *needs, const tm_lint_lists *lists,
                 const tm_texts *recordings);

#endif
