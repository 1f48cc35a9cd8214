/* Case coverage: which rules held, and which sides of the conditions in them.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Rules and conditions count once, by where they stand, however many rulesets they are compiled
 * into; those of files that are only imported do not count. */
#ifndef TM_TOOLS_CASE_COVERAGE_H
#define TM_TOOLS_CASE_COVERAGE_H

#include "engine/judge.h"
#include "vm/trace.h"

/* A rule, or a condition of one or of a definition. */
typedef struct tm_case_covered {
    struct tm_case_covered *next; /* in the order of registration */
    struct tm_case_covered *same; /* of the same bucket */
    tm_text file;
    unsigned line, column; /* column 0: a rule */
    uint32_t width;        /* bytes */
    tm_text text;          /* of the condition; the rule's name */
    bool held[2];          /* of a condition: it was false, true; a rule has [1] only */
} tm_case_covered;

typedef struct tm_case_coverage tm_case_coverage;

tm_case_coverage *tm_case_coverage_new(tm_arena *arena);

/* From now on what stands in that file counts. */
void tm_case_coverage_file(tm_case_coverage *coverage, tm_text path);

/* Takes in the rules of a noted ruleset; a noted program. They live as long as the arena. */
void tm_case_coverage_rules(tm_case_coverage *coverage, const tm_ruleset *ruleset);
void tm_case_coverage_program(tm_case_coverage *coverage, const tm_program *program);

/* What a run of the ruleset counted. */
void tm_case_coverage_counts(tm_case_coverage *coverage, const tm_ruleset *ruleset,
                             const tm_rule_counts *counts);

/* Told of each step, it notes which conditions hold. */
tm_trace *tm_case_coverage_trace(tm_case_coverage *coverage);

/* How many sides there are and held. */
void tm_case_coverage_sum(const tm_case_coverage *coverage, unsigned *covered, unsigned *all);

/* In percent; 100 when there is nothing to cover. */
double tm_case_coverage_percent(const tm_case_coverage *coverage);

/* All, in the order of files and lines. */
const tm_case_covered *tm_case_coverage_all(tm_case_coverage *coverage);

#endif
