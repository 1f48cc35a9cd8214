/* Diff, compare: recordings judged by two rulesets, request by request.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_DIFF_COMPARE_H
#define TM_TOOLS_DIFF_COMPARE_H

#include "tools/diff_groups.h"

enum { TM_DIFF_OLD, TM_DIFF_NEW, TM_DIFF_SIDES };

/* What a rule failed for at run time. */
typedef struct tm_diff_errors {
    uint64_t n;
    tm_text first; /* of those that are not silent */
} tm_diff_errors;

/* Requests that were refused since a rule failed under error_mode propagate. */
typedef struct tm_diff_refused {
    uint64_t requests, spans;
    tm_text reason; /* of the first one */
} tm_diff_refused;

typedef struct tm_diff_result {
    const tm_ruleset *rules[TM_DIFF_SIDES];
    uint64_t spans; /* of all requests */
    uint64_t kept[TM_DIFF_SIDES];
    tm_diff_errors *errors[TM_DIFF_SIDES]; /* by number of the rule */
    tm_diff_refused by_one[TM_DIFF_SIDES]; /* not by the other: none of its spans is compared */
    tm_diff_refused by_both;
    tm_diff_groups groups;
    uint64_t mended;   /* spans whose parent only the old rules drop */
    uint64_t left_out; /* spans that the search for orphans had no room for */
    bool fault;        /* something could not be read, and was told */
} tm_diff_result;

/* Compares over all recordings; the result lives in the arena. False, told on stderr: out of
 * memory. */
bool tm_diff_compare(tm_arena *arena, const tm_ruleset *old_rules, const tm_ruleset *new_rules,
                     const tm_texts *recordings, tm_diff_result *result);

/* Whether the rulesets differ in what becomes of spans. */
bool tm_diff_differs(const tm_diff_result *result);

#endif
