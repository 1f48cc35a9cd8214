/* Marks: what is kept, of the current span and its events, from one pass to the next.
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/judge_inside.h"

void tm_judge_take_marks(tm_judge *j, tm_item *span)
{
    if (j->ruleset->keeps & 1 << TM_SPAN)
        span->kept = tm_marks_take(&j->kept_spans);
    if (!(j->ruleset->keeps & 1 << TM_EVENT))
        return;
    for (tm_event_walk w = tm_judge_walk_of(j); tm_event_walk_next(&w);)
        tm_marks_set(&j->span_events, j->arena, w.number, tm_marks_take(&j->kept_events));
}

void tm_judge_put_marks(tm_judge *j, const tm_item *span)
{
    if (j->ruleset->keeps & 1 << TM_SPAN)
        tm_marks_put(&j->kept_spans, j->arena, span->kept);
    if (j->ruleset->keeps & 1 << TM_EVENT)
        for (tm_event_walk w = tm_judge_walk_of(j); tm_event_walk_next(&w);)
            tm_marks_put(&j->kept_events, j->arena, tm_marks_at(&j->span_events, w.number));
}
