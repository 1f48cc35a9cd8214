/* Lint, tell: warnings that come of recorded spans.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Codes: W0620 other type than in the recording, W0621 attribute that no span has, W0622 never
 * true, W0623 spans that lose their parent. */
#ifndef TM_TOOLS_LINT_TELL_H
#define TM_TOOLS_LINT_TELL_H

#include "tools/lint_seen.h"

/* A rule, and what became of it. */
typedef struct tm_lint_watched {
    const tm_lint_rule *rule;
    const tm_program *condition;
    tm_lint_leaf *first, *last;
    uint64_t matched;
    bool edited; /* a rule before may edit what it reads */
} tm_lint_watched;

typedef struct tm_lint_sums {
    uint64_t spans, events;
} tm_lint_sums;

/* `keys` by level; `orphans` are spans that stay and have a parent that this rule drops. */
void tm_lint_tell(tm_diags *diags, const tm_lint_watched *rule, const tm_lint_sums *sums,
                  const tm_lint_keys *keys, uint64_t orphans);

#endif
