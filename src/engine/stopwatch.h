/* Stopwatch: what rules cost while a judge runs them, rule by rule and part by part.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A timed ruleset (tm_ruleset_new_timed) decides as the plain one does, by the same tests and the
 * same bytecode behind the same prefilters, but looks at the clock between them. What a look takes
 * is measured and taken off. A plain ruleset knows nothing of it and pays nothing. */
#ifndef TM_ENGINE_STOPWATCH_H
#define TM_ENGINE_STOPWATCH_H

#include "engine/judge.h"

/* A test of the rule's decision, or an instruction of its program; of a rule without a program what
 * it is ("upsert"), and the include and exclude that are asked before. */
typedef struct tm_timed_part {
    tm_text function; /* that it calls, or stands for; empty: none */
    tm_text detail;   /* the pattern or text that it looks for; empty: none */
    uint64_t times;
    int64_t ns; /* of all times, without what lambdas took; a little below 0 is 0 */
} tm_timed_part;

typedef struct tm_timed_rule {
    uint64_t asked; /* spans, or what else it judges, that came to it */
    uint64_t
        runs; /* so often its program ran, since tests alone could not decide it; 0: it has none */
    int64_t ns;
} tm_timed_rule;

typedef struct tm_stopwatch tm_stopwatch;

/* For a timed ruleset, which outlives it; lives in the arena. */
tm_stopwatch *tm_stopwatch_new(tm_arena *arena, const tm_ruleset *timed,
                               const struct tm_clock *clock);

/* From now on it counts what the judge does by its ruleset. */
void tm_stopwatch_attach(tm_stopwatch *stopwatch, tm_judge *judge);

/* Forgets what was counted and measures anew what looking at the clock takes. */
void tm_stopwatch_reset(tm_stopwatch *stopwatch);

/* By number of the rule. */
const tm_timed_rule *tm_stopwatch_rule(const tm_stopwatch *stopwatch, uint32_t rule);

/* Its parts, `i` from 0 to below the count; tests first, then instructions. */
uint32_t tm_stopwatch_parts(const tm_stopwatch *stopwatch, uint32_t rule);
tm_timed_part tm_stopwatch_part(const tm_stopwatch *stopwatch, uint32_t rule, uint32_t i);

#endif
