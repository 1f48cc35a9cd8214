/* Case judge: runs rules over the spans of a test and keeps what became of each.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_CASE_JUDGE_H
#define TM_TOOLS_CASE_JUDGE_H

#include "tools/case_coverage.h"
#include "tools/case_seen.h"

typedef struct tm_case_outcome {
    tm_case_seens kept, dropped;
    uint64_t matched; /* items that rules matched */
    uint64_t errors;  /* of rules at run time */
    tm_text error;    /* the first of them: "RULE: why" */
    tm_text refused;  /* why a request was refused; p NULL: none was */
    bool malformed;   /* it was refused because it is no OTLP */
} tm_case_outcome;

/* Lives as long as a run of all tests; not more than one at a time in an arena. */
typedef struct tm_case_judge {
    tm_arena *arena;
    tm_judge *judge;
    tm_case_coverage *coverage; /* or NULL */
    tm_case_outcome *outcome;   /* being filled */
} tm_case_judge;

/* NULL when out of memory. Freed with the arena. */
tm_case_judge *tm_case_judge_new(tm_arena *arena, tm_case_coverage *coverage);

/* Judges the requests one after the other. False: out of memory. */
bool tm_case_judge_run(tm_case_judge *judge, const tm_ruleset *ruleset, const tm_texts *requests,
                       tm_case_outcome *outcome);

#endif
