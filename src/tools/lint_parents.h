/* Lint, parents: spans that would lose theirs to a rule.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_LINT_PARENTS_H
#define TM_TOOLS_LINT_PARENTS_H

#include "base/arena.h"
#include "base/text.h"

enum { TM_LINT_SPANS_MOST = 4 << 20 }; /* of either kind; more are not looked at */

typedef struct tm_lint_dropped {
    uint64_t span; /* of its ids */
    uint32_t rule;
} tm_lint_dropped;

typedef struct tm_lint_parents {
    tm_lint_dropped *dropped;
    uint64_t *parent; /* of spans that stay */
    size_t dropped_n, dropped_room, parents, parents_room;
} tm_lint_parents;

/* False when out of memory. */
bool tm_lint_parents_drop(tm_lint_parents *p, tm_text trace, tm_text span, uint32_t rule);
bool tm_lint_parents_stay(tm_lint_parents *p, tm_text trace, tm_text parent);

/* How many spans lose their parent to each rule: added to orphans[rule]. */
void tm_lint_parents_count(tm_lint_parents *p, uint64_t *orphans);
void tm_lint_parents_free(tm_lint_parents *p);

#endif
