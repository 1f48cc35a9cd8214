/* Intake, opening: judges, notes and series of each worker.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/intake_inside.h"

static void log_failure(void *owner, const tm_rule *rule, tm_text text)
{
    const tm_intake *in = owner;
    tm_log_some(in->options.log, TM_LOG_WARN, "a rule failed", TM_LOG_OWN("rule", rule->name),
                TM_LOG_OWN("file", rule->file), TM_LOG_TEXT("error", text));
}

/* False when out of memory. */
static bool open_metrics(tm_intake *in)
{
    const tm_intake_options *o = &in->options;
    bool ok = true;
    for (unsigned i = 0; i < TM_INTAKE_TRANSPORTS && o->transport[i].n; i++) {
        const tm_text labels[] = {o->id, o->transport[i]};
        in->spans[i] =
            (tm_intake_series){.accepted = tm_pipe_series(&in->series, TM_PIPE_ACCEPTED, labels),
                               .refused = tm_pipe_series(&in->series, TM_PIPE_REFUSED, labels),
                               .failed = tm_pipe_series(&in->series, TM_PIPE_FAILED, labels),
                               .time = tm_pipe_series(&in->series, TM_PIPE_TAKE_TIME, labels)};
        const tm_intake_series *s = &in->spans[i];
        ok &= s->accepted && s->refused && s->failed && s->time;
    }
    in->mended = tm_pipe_series(&in->series, TM_PIPE_MENDED, &o->id);
    in->too_costly = tm_pipe_series(&in->series, TM_PIPE_TOO_COSTLY, &o->id);
    in->bulk = tm_pipe_series(&in->series, TM_PIPE_BULK, &o->id);
    return ok && in->mended && in->too_costly && in->bulk;
}

const tm_heap *tm_intake_heap(const tm_intake *in)
{
    const tm_intake_options *o = &in->options;
    return o->heap || !o->pipeline_count ? o->heap : o->pipelines[0]->heap;
}

static void begin_notes(void *owner)
{
    const tm_worker_pipeline *mine = owner;
    tm_drop_notes_begin(mine->notes);
    tm_trace_notes_begin(mine->traces);
}

static bool open_worker_pipeline(tm_intake *in, tm_worker_pipeline *mine)
{
    const tm_intake_options *o = &in->options;
    const tm_heap *heap = tm_intake_heap(in);
    mine->judge = tm_judge_new(heap, o->clock, log_failure, in);
    if (!mine->judge)
        return false;
    tm_judge_bound(mine->judge, &o->bounds);
    tm_judge_measure(mine->judge, o->profile);
    if (!o->drops)
        return true;
    mine->notes = tm_drop_notes_new(o->drops);
    mine->traces = tm_trace_notes_new(o->deliveries);
    tm_judge_watch(mine->judge, tm_drop_note, mine->notes);
    tm_judge_watch_kept(mine->judge, &(tm_kept_watch){.began = begin_notes,
                                                      .began_owner = mine,
                                                      .kept = tm_trace_note,
                                                      .owner = mine->traces});
    return mine->notes && mine->traces;
}

static bool open_workers(tm_intake *in)
{
    const tm_intake_options *o = &in->options;
    bool ok = true;
    for (uint32_t i = 0; i < tm_intake_threads(o); i++) {
        for (uint32_t k = 0; k < o->pipeline_count; k++)
            ok &= open_worker_pipeline(in, &in->worker[i].pipeline[k]);
        tm_intake_refresh(in, i);
    }
    return ok;
}

/* Room for everything, with nothing in it. */
typedef struct making {
    const tm_intake_options *options;
    tm_arena *arena;
    tm_intake *intake;
} making;

static void make(void *argument)
{
    making *m = argument;
    const tm_intake_options *o = m->options;
    tm_intake *in = TM_NEW(m->arena, tm_intake);
    *in = (tm_intake){.options = *o, .arena = m->arena, .series.registry = o->registry};
    in->options.pipelines = TM_NEW_ARRAY(m->arena, o->pipeline_count, tm_pipeline *);
    in->current = TM_NEW_ARRAY(m->arena, o->pipeline_count, tm_current *);
    for (uint32_t i = 0; i < o->pipeline_count; i++) {
        in->options.pipelines[i] = o->pipelines[i];
        in->current[i] = &o->pipelines[i]->current;
    }
    in->worker = TM_NEW_ARRAY(m->arena, tm_intake_threads(o), tm_intake_worker);
    for (uint32_t i = 0; i < tm_intake_threads(o); i++) {
        in->worker[i].pipeline = TM_NEW_ARRAY(m->arena, o->pipeline_count, tm_worker_pipeline);
        in->worker[i].held = TM_NEW_ARRAY(m->arena, o->pipeline_count, tm_held);
    }
    m->intake = in;
}

tm_intake *tm_intake_new(const tm_intake_options *options)
{
    making m = {.options = options, .arena = tm_arena_new(NULL)};
    if (!m.arena || !tm_arena_try(m.arena, make, &m)) {
        tm_arena_free(m.arena);
        return NULL;
    }
    tm_intake *in = m.intake;
    if (open_metrics(in) && open_workers(in))
        return in;
    tm_intake_free(in);
    return NULL;
}

void tm_intake_free(tm_intake *in)
{
    if (!in)
        return;
    for (uint32_t i = 0; i < tm_intake_threads(&in->options); i++) {
        for (uint32_t k = 0; k < in->options.pipeline_count; k++) {
            tm_judge_free(in->worker[i].pipeline[k].judge);
            tm_comparer_drop(&in->worker[i].pipeline[k].comparer);
            tm_drop_notes_free(in->worker[i].pipeline[k].notes);
            tm_trace_notes_free(in->worker[i].pipeline[k].traces);
            tm_current_let_go(&in->worker[i].held[k]);
        }
        tm_pending_replies_free(in->worker[i].pending);
    }
    tm_series_owner_drop(&in->series);
    tm_arena_free(in->arena);
}
