/* Diff, print: what differs between two rulesets, for people and programs.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_DIFF_PRINT_H
#define TM_TOOLS_DIFF_PRINT_H

#include "tools/diff_compare.h"
#include "explain/screen.h"

/* Appends lines; of each rule the names of most spans. */
void tm_diff_print(tm_buf *out, const tm_diff_result *result, const tm_screen *screen);

/* Appends one object and a line break. */
void tm_diff_json(tm_buf *out, const tm_diff_result *result);

#endif
