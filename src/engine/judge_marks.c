/* Judge, marks: what goes with a span from one pass to the next, and who is told of it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/judge_inside.h"

tm_vm *tm_judge_vm(tm_judge *j)
{
    return &j->vm;
}

void tm_judge_watch(tm_judge *j, tm_span_dropped dropped, void *owner)
{
    j->dropped = dropped;
    j->dropped_owner = owner;
    j->tells = j->dropped || j->verdicts;
}

void tm_judge_watch_kept(tm_judge *j, const tm_kept_watch *watch)
{
    j->watch = *watch;
}

void tm_judge_record(tm_judge *j, tm_span_verdicts *verdicts)
{
    j->verdicts = verdicts;
    j->tells = j->dropped || j->verdicts;
}

void tm_judge_tell_start(tm_judge *j)
{
    if (j->verdicts)
        tm_span_verdicts_start(j->verdicts);
    if (j->watch.began)
        j->watch.began(j->watch.began_owner);
}

static void take_marks(tm_judge *j, tm_item *span)
{
    if (j->ruleset->keeps & 1 << TM_SPAN)
        span->kept = tm_marks_take(&j->kept_spans);
    if (!(j->ruleset->keeps & 1 << TM_EVENT))
        return;
    for (tm_event_walk w = tm_judge_walk_of(j); tm_event_walk_next(&w);)
        tm_marks_set(&j->span_events, j->arena, w.number, tm_marks_take(&j->kept_events));
}

static void put_marks(tm_judge *j, const tm_item *span)
{
    if (j->ruleset->keeps & 1 << TM_SPAN)
        tm_marks_put(&j->kept_spans, j->arena, span->kept);
    if (j->ruleset->keeps & 1 << TM_EVENT)
        for (tm_event_walk w = tm_judge_walk_of(j); tm_event_walk_next(&w);)
            tm_marks_put(&j->kept_events, j->arena, tm_marks_at(&j->span_events, w.number));
}

void tm_judge_begin_span(tm_judge *j, bool marks)
{
    if (marks)
        take_marks(j, &j->request.item[TM_SPAN]);
    if (j->verdicts)
        tm_span_verdicts_span(j->verdicts);
}

void tm_judge_end_span(tm_judge *j, bool marks)
{
    if (marks)
        put_marks(j, &j->request.item[TM_SPAN]);
    if (j->verdicts)
        tm_span_verdicts_stay(j->verdicts);
}
