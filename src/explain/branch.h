/* Branch: trees of lines, as proofs and traces are shown.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_EXPLAIN_BRANCH_H
#define TM_EXPLAIN_BRANCH_H

#include "explain/screen.h"

typedef struct tm_branch tm_branch;
struct tm_branch {
    tm_branch *next, *first, *last;
    tm_text line; /* without a line break; may be coloured */
    tm_text tail; /* shown behind it, in a column of its own */
};

/* A new branch, the last one of its parent (NULL: none). */
tm_branch *tm_branch_add(tm_arena *arena, tm_branch *parent, tm_text line);

/* Appends the tree: the root's line without a twig, unless it is empty. Tails stand below each
 * other, as far to the right as the widest line wants. On a screen that is not wide enough lines
 * with a tail are cut, others go on below. */
void tm_branch_print(tm_buf *out, const tm_branch *root, const tm_screen *screen);

#endif
