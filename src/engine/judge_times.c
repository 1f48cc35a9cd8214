/* Judge, times: one request in so many is judged by a copy of its ruleset whose steps read the
 * clock behind each rule. Other requests pay nothing for that. SPDX-License-Identifier: Apache-2.0
 */
#include "base/clock.h"
#include "engine/judge_inside.h"

void tm_judge_measure(tm_judge *j, uint32_t every)
{
    j->measures_every = every;
}

/* The steps of a pass, which take times. */
static const tm_step *const *copy_steps(tm_arena *arena, const tm_pass *pass)
{
    tm_step *step = TM_NEW_ARRAY(arena, pass->steps, tm_step);
    const tm_step **pointer = TM_NEW_ARRAY(arena, pass->steps, const tm_step *);
    for (uint32_t i = 0; i < pass->steps; i++) {
        step[i] = *pass->step[i];
        step[i].is_timed = step[i].detours = true;
        pointer[i] = &step[i];
    }
    return pointer;
}

static const tm_ruleset *copy_ruleset(tm_arena *arena, const tm_ruleset *rs)
{
    tm_ruleset *copy = tm_arena_alloc(arena, sizeof *copy);
    tm_pass *pass = TM_NEW_ARRAY(arena, rs->passes, tm_pass);
    memcpy(copy, rs, sizeof *copy);
    for (uint32_t i = 0; i < rs->passes; i++) {
        pass[i] = rs->pass[i];
        pass[i].step = copy_steps(arena, &rs->pass[i]);
    }
    copy->pass = pass;
    return copy;
}

/* What reading the clock takes itself, at least. */
static uint64_t clock_cost(const tm_clock *clock)
{
    enum { TRIES = 8 };
    uint64_t least = UINT64_MAX, before = tm_clock_monotonic_ns(clock);
    for (int i = 0; i < TRIES; i++) {
        const uint64_t now = tm_clock_monotonic_ns(clock);
        least = now - before < least ? now - before : least;
        before = now;
    }
    return least;
}

void tm_judge_begin_times(tm_judge *j)
{
    j->is_timed = j->measures_every && ++j->unmeasured >= j->measures_every;
    if (!j->is_timed)
        return;
    j->unmeasured = 0;
    j->ruleset = copy_ruleset(j->arena, j->ruleset);
    j->clock_cost_ns = clock_cost(j->clock);
    memset(j->rule_ns, 0, j->ruleset->rules * sizeof *j->rule_ns);
}

void tm_judge_begin_lap(tm_judge *j)
{
    j->lap_ns = tm_clock_monotonic_ns(j->clock);
}

void tm_judge_end_lap(tm_judge *j, const tm_rule *rule)
{
    const uint64_t now_ns = tm_clock_monotonic_ns(j->clock), took_ns = now_ns - j->lap_ns;
    if (took_ns > j->clock_cost_ns)
        j->rule_ns[rule->number] += took_ns - j->clock_cost_ns;
    j->lap_ns = now_ns;
}
