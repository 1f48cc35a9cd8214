/* RE2 rows: expressions that one look at each character of the subject decides.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_VM_REGEX_RE2_ROW_H
#define TM_VM_REGEX_RE2_ROW_H

#include "vm/regex/re2.h"

/* A row of steps, such as ^/entries/[0-9]+$: texts and sets of ASCII characters, each repeated as
 * often as it can be, where no other number of times could lead to a match. */
typedef struct tm_re2_row tm_re2_row;

/* The row that says whether the expression matches; NULL when it is none. */
const tm_re2_row *tm_re2_row_of(tm_arena *arena, const tm_re2 *re2);

typedef enum tm_re2_row_answer {
    TM_ROW_NO,
    TM_ROW_YES,
    TM_ROW_UNKNOWN /* ask the engine: a character that is not ASCII, or too many starts */
} tm_re2_row_answer;

/* Whether the expression matches anywhere in the text. */
tm_re2_row_answer tm_re2_row_test(const tm_re2_row *row, tm_text text);

#endif
