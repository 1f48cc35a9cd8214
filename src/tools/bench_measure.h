/* Bench, measure: what rulesets cost over a recording in memory.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_BENCH_MEASURE_H
#define TM_TOOLS_BENCH_MEASURE_H

#include "engine/stopwatch.h"
#include "tools/loaded.h"

enum { TM_BENCH_SIDES = 3 }; /* the rules, those that they are compared with, and no rules */

/* One rule of one side, over all spans of the recording. */
typedef struct tm_bench_rule {
    const tm_rule *rule; /* of the plain ruleset */
    uint64_t matched, dropped, errors;
    tm_timed_rule timed; /* of one pass */
    double ns;           /* a span; of the round in which all rules took least */
    tm_timed_part
        *part; /* those of one function and detail summed up, dearest first; of one pass */
    size_t parts;
} tm_bench_rule;

typedef struct tm_bench_side {
    tm_text name;               /* as it was given; empty: without rules */
    tm_ruleset *plain, *timed;  /* NULL: there is no such side; timed NULL: without rules */
    double *round_ns;           /* a span, of each round in the order of time */
    double least_ns, median_ns; /* a span */
    uint64_t kept;              /* of one pass */
    uint64_t refused;           /* spans of requests that a rule refused, of one pass */
    tm_bench_rule *rule;        /* in their order */
    double rules_ns;            /* of all rules */
} tm_bench_side;

typedef struct tm_bench {
    const tm_loaded *loaded;
    unsigned rounds; /* of each kind, behind one that is not counted */
    uint64_t passes; /* over the recording, in each round */
    tm_bench_side side[TM_BENCH_SIDES];
} tm_bench;

/* Measures all sides, taking turns; `loaded`, `rounds`, names and rulesets are set, what is found
 * lives in the arena. False, told on stderr: out of memory. */
bool tm_bench_measure(tm_arena *arena, tm_bench *bench);

/* Parts of all rules of a side by function, dearest first; what is no function has no name. */
tm_timed_part *tm_bench_functions(tm_arena *arena, const tm_bench_side *side, size_t *n);

/* The rules of a side, dearest first. */
const tm_bench_rule **tm_bench_dearest(tm_arena *arena, const tm_bench_side *side);

#endif
