/* Judge, levels: a pass on one item, for those who step from item to item: over requests and rows.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_ENGINE_JUDGE_LEVELS_H
#define TM_ENGINE_JUDGE_LEVELS_H

#include "engine/judge_inside.h"

static inline void tm_levels_forget_hoisted(tm_judge *j, int level)
{
    const tm_ruleset *rs = j->ruleset;
    for (uint32_t i = 0; i < rs->rules; i++)
        if (rs->rule[i]->hoisted >= level)
            j->hoisted[i] = TM_UNDECIDED;
}

static inline void tm_levels_drop_event(tm_judge *j, tm_event_walk *w, const tm_rule *rule)
{
    tm_event_walk_drop(w);
    if (j->verdicts)
        tm_span_verdicts_edit(j->verdicts, TM_EVENT, rule);
}

static inline void tm_levels_run_events(tm_judge *j, const tm_step *step)
{
    const bool keeps = j->ruleset->keeps & 1 << TM_EVENT;
    tm_event_walk w = tm_judge_walk_of(j);
    while (!j->stop && !tm_judge_is_over(j) && tm_event_walk_next(&w)) {
        j->vm.item[TM_EVENT] = w.event;
        w.event->kept = keeps && tm_marks_at(&j->span_events, w.number);
        const tm_rule *dropped_by = tm_judge_step(j, step);
        if (keeps)
            tm_marks_set(&j->span_events, j->arena, w.number, w.event->kept);
        if (dropped_by)
            tm_levels_drop_event(j, &w, dropped_by);
        else
            tm_event_walk_keep(&w);
        tm_judge_release(j);
    }
    j->vm.item[TM_EVENT] = NULL;
}

static inline void tm_levels_count_dropped(tm_judge *j, const tm_rule *rule)
{
    j->counts[rule->number].dropped_spans++;
    j->counts[rule->number].dropped_bytes += j->request.span_field.n;
    j->filtered[rule->processor]++;
    if (j->tells)
        tm_judge_tell_dropped(j, rule);
}

/* Runs the steps of spans and events; false when the span is dropped. */
static inline bool tm_levels_judge_span(tm_judge *j, const tm_pass *pass)
{
    j->spared &= (uint8_t) ~(1u << TM_SPAN);
    for (uint32_t i = 0; i < pass->steps && !j->stop; i++) {
        const tm_step *step = pass->step[i];
        if (step->level == TM_EVENT) {
            tm_levels_run_events(j, step);
        } else if (step->level == TM_SPAN) {
            const tm_rule *rule = tm_judge_step(j, step);
            if (rule && !tm_judge_is_over(j)) {
                tm_levels_count_dropped(j, rule);
                return false;
            }
        }
        if (tm_judge_is_over(j))
            return !tm_judge_ends_span(j, step);
    }
    return true;
}

/* Runs the steps of one of the upper levels; the rule that drops the item, or NULL. */
static inline const tm_rule *tm_levels_judge_above(tm_judge *j, const tm_pass *pass, tm_level level)
{
    const tm_rule *rule = NULL;
    for (uint32_t i = 0; i < pass->steps && !j->stop && !rule; i++)
        if (pass->step[i]->level == level) {
            rule = tm_judge_step(j, pass->step[i]);
            if (tm_judge_is_over(j))
                tm_judge_ends_span(j, pass->step[i]);
            tm_judge_release(j);
        }
    return rule;
}

#endif
