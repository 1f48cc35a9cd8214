/* Intake: one worker's requests are judged by its own judges, one a pipeline.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/intake_inside.h"

#include "otlp/split.h"
#include "pipe/pipeline_version.h"
#include "pipe/tap.h"

#include <assert.h>

/* One on its way through the pipelines. */
typedef struct taking {
    tm_intake *intake;
    tm_intake_worker *worker;
    const tm_intake_request *request;
    tm_pending_reply *pending;
    tm_verdict verdict;
    bool mended;
} taking;

void tm_intake_tell(tm_intake *in, unsigned transport, const tm_refused *refused)
{
    static const char *const words[] = {
#define REFUSAL(id, word) word,
        TM_REFUSALS(REFUSAL)
#undef REFUSAL
    };
    const tm_intake_options *o = &in->options;
    const tm_text why = tm_text_of(words[refused->why]);
    const tm_text labels[] = {o->id, o->transport[transport], why};
    tm_series *series = tm_pipe_series(&in->series, TM_PIPE_REFUSED_REQUESTS, labels);
    if (series) /* else out of memory, which is no reason to fail */
        tm_series_add(series, 1);
    tm_log_some(o->log, TM_LOG_WARN, "a request was refused", TM_LOG_OWN("receiver", o->id),
                TM_LOG_TEXT("peer", refused->peer), TM_LOG_OWN("transport", labels[1]),
                TM_LOG_INT("status", refused->status), TM_LOG_OWN("reason", why),
                TM_LOG_TEXT("error", refused->reason));
}

/* One pipeline, or we ourselves, did not take it. The message lives until the verdict is told. */
static void refuse(taking *t, tm_refusal why, tm_status_code code, tm_text message,
                   uint64_t retry_after_ms)
{
    if (!tm_is_worse(code, t->verdict.status.code))
        return;
    t->verdict.status =
        (tm_status){.code = code, .message = message, .retry_after_ms = retry_after_ms};
    t->verdict.why = why;
    t->verdict.http_status = 0;
}

/* It takes more than a request may: nobody should send it again. */
static void refuse_cost(taking *t, tm_text reason)
{
    const tm_intake *in = t->intake;
    tm_series_add(in->too_costly, 1);
    tm_log_some(in->options.log, TM_LOG_WARN, "a request takes too much",
                TM_LOG_OWN("receiver", in->options.id), TM_LOG_TEXT("error", reason),
                TM_LOG_UINT("bytes", t->request->bytes.n));
    refuse(t, TM_REFUSAL_COST, TM_STATUS_INVALID_ARGUMENT, reason, 0);
    if (t->verdict.why == TM_REFUSAL_COST)
        t->verdict.http_status = 413;
}

/* As the Collector's memory_limiter says it, but that ours also says when to come again. */
#define NO_MEMORY TM_TEXT("data refused due to high memory usage")

static void refuse_memory(taking *t)
{
    refuse(t, TM_REFUSAL_MEMORY, TM_STATUS_UNAVAILABLE, NO_MEMORY, 1000);
}

/* The rules refused all of it. */
static void refuse_outcome(taking *t, const tm_outcome *o)
{
    switch (o->status) {
    case TM_JUDGED:
        break;
    case TM_REFUSED_COST:
        refuse_cost(t, o->reason);
        break;
    case TM_REFUSED_FORM:
        refuse(t, TM_REFUSAL_DATA, TM_STATUS_INVALID_ARGUMENT, o->reason, 0);
        break;
    default:
        refuse(t, TM_REFUSAL_RULE, TM_STATUS_UNAVAILABLE, o->reason, 0);
    }
}

/* Spans are known when the request was read to its end; of one that is no OTLP none is counted. */
static void count(const tm_intake *in, unsigned transport, const tm_verdict *verdict)
{
    const tm_intake_series *s = &in->spans[transport];
    if (verdict->status.code == TM_STATUS_OK) {
        tm_series_add(s->accepted, verdict->spans - verdict->partial.rejected);
        if (verdict->partial.rejected)
            tm_series_add(s->refused, verdict->partial.rejected);
    } else if (verdict->why == TM_REFUSAL_BUSY) {
        tm_series_add(s->failed, verdict->spans);
    } else if (verdict->why != TM_REFUSAL_DATA) {
        tm_series_add(s->refused, verdict->spans);
    }
}

static void note_time(const tm_intake *in, unsigned transport, uint64_t start_ns)
{
    tm_pipe_observe_time(in->spans[transport].time, in->options.clock, start_ns);
}

static void settled(const tm_pending_reply *pending)
{
    count(pending->intake, pending->transport, &pending->verdict);
    note_time(pending->intake, pending->transport, pending->start_ns);
    pending->done(pending->owner, &pending->verdict);
}

/* Notes for people where the traces of a request are; its client is told `refusal` unless that is
 * NULL. */
static tm_origin note(const taking *t, uint32_t i, const tm_outcome *o, tm_text refusal)
{
    const tm_intake_options *in = &t->intake->options;
    tm_trace_notes *notes = t->worker->pipeline[i].traces;
    const tm_delivered_request request = {.pipeline = in->pipelines[i]->id,
                                          .received = o->spans_in,
                                          .kept = o->spans_out,
                                          .refusal = refusal};
    if (!notes)
        return (tm_origin){0};
    if (!refusal.p)
        return tm_deliveries_add(in->deliveries, notes, &request);
    tm_deliveries_add_refused(in->deliveries, notes, t->request->bytes, &request);
    return (tm_origin){0};
}

/* Whether clients may have to wait for an exporter. */
static bool waits(const tm_ruleset *rs)
{
    return ((const tm_pipeline_version *)rs->note)->waits;
}

/* There was no memory for it: of the system, or of the budget. */
static void refuse_unjudged(taking *t, uint32_t i, const tm_ruleset *rs)
{
    tm_pipeline *p = t->intake->options.pipelines[i];
    note(t, i, &(tm_outcome){0}, p->budget ? NO_MEMORY : TM_TEXT("out of memory"));
    if (!p->budget) {
        refuse(t, TM_REFUSAL_BUSY, TM_STATUS_UNAVAILABLE, TM_TEXT("out of memory"), 1000);
        return;
    }
    t->verdict.spans = tm_split_count(t->request->bytes);
    tm_pipeline_refuse(p, rs, t->verdict.spans);
    refuse_memory(t);
}

/* The rules took it, and the exporters did not, or not all of them. */
static void refuse_offer(taking *t, tm_origin origin, tm_status_code code, const char *sentence,
                         uint64_t retry_after_ms)
{
    refuse(t, TM_REFUSAL_QUEUE, code, tm_text_of(sentence), retry_after_ms);
    tm_deliveries_tell(origin, tm_text_of(sentence));
}

/* Hands on what was judged for that pipeline. */
static void pass(taking *t, uint32_t i, const tm_ruleset *rs, const tm_outcome *o)
{
    tm_pipeline *p = t->intake->options.pipelines[i];
    t->verdict.spans = o->spans_in > t->verdict.spans ? o->spans_in : t->verdict.spans;
    t->mended |= o->mended;
    if (o->status != TM_JUDGED) {
        tm_pipeline_count(p, rs, o);
        note(t, i, o, o->reason);
        refuse_outcome(t, o);
        return;
    }
    if (o->spans_rejected > t->verdict.partial.rejected)
        tm_partial_note(&t->verdict.partial, o->spans_rejected, o->rejection);
    const tm_passing from = {.client = t->request->client,
                             .waiter = t->pending && waits(rs) ? &t->pending->waiter : NULL,
                             .origin = note(t, i, o, (tm_text){0})};
    switch (tm_pipeline_pass(p, rs, o, &from)) {
    case TM_TAKEN:
    case TM_TAKEN_NOTHING_LEFT:
        break;
    case TM_QUEUE_FULL:
        refuse_offer(t, from.origin, TM_STATUS_UNAVAILABLE, "the sending queue is full", 1000);
        break;
    case TM_NO_MEMORY:
        refuse_memory(t);
        tm_deliveries_tell(from.origin, NO_MEMORY);
        break;
    case TM_TOO_MANY_PARTITIONS:
        refuse_offer(t, from.origin, TM_STATUS_INTERNAL,
                     "too many batcher metadata-value combinations", 0);
        break;
    }
}

/* Judges for one pipeline. False: it takes more than the turn. */
static bool judge(const taking *t, uint32_t i, uint64_t turn_ns)
{
    const tm_intake_options *in = &t->intake->options;
    const tm_comparer_options options = {tm_intake_heap(t->intake), in->clock, in->log};
    tm_worker_pipeline *mine = &t->worker->pipeline[i];
    const tm_ruleset *rs = t->worker->held[i].ruleset;
    tm_judge_record(mine->judge, tm_comparer_begin(&mine->comparer, &options, rs));
    tm_judge_turn(mine->judge, turn_ns);
    mine->judged = tm_judge_request(mine->judge, rs, t->request->bytes, t->request->client,
                                    in->utf8, &mine->outcome);
    return !mine->judged || mine->outcome.status != TM_UNFINISHED;
}

/* Hands on for one pipeline, whatever the others have said; then its shadow judges. */
static void hand_on(taking *t, uint32_t i)
{
    const tm_intake_options *in = &t->intake->options;
    const tm_compared_request request = {t->request->bytes, t->request->client, in->utf8};
    const tm_comparer_options options = {tm_intake_heap(t->intake), in->clock, in->log};
    tm_worker_pipeline *mine = &t->worker->pipeline[i];
    const tm_ruleset *rs = t->worker->held[i].ruleset;
    const tm_outcome *o = &mine->outcome;
    if (!mine->judged) {
        refuse_unjudged(t, i, rs);
        return;
    }
    if (in->tap && tm_tap_is_open(in->tap) && o->status == TM_JUDGED)
        tm_tap_offer(in->tap, in->pipelines[i]->id, i == 0, request.bytes, o);
    pass(t, i, rs, o);
    if (mine->notes && o->status == TM_JUDGED)
        tm_drops_add(in->drops, mine->notes);
    if (rs->shadow)
        tm_comparer_end(&mine->comparer, &options, mine->judge, rs, &request, o);
}

/* Nothing new is begun while memory is short: what is under way needs what there is. A request
 * without spans costs nothing. */
static bool refuse_all(taking *t)
{
    const tm_intake *in = t->intake;
    if (!in->options.pipeline_count || !tm_budget_is_short(in->options.pipelines[0]->budget))
        return false;
    t->verdict.spans = tm_split_count(t->request->bytes);
    if (!t->verdict.spans)
        return false;
    for (uint32_t i = 0; i < in->options.pipeline_count; i++)
        note(t, i, &(tm_outcome){.spans_in = t->verdict.spans}, NO_MEMORY);
    for (uint32_t i = 0; i < in->options.pipeline_count; i++)
        tm_pipeline_refuse(in->options.pipelines[i], t->worker->held[i].ruleset, t->verdict.spans);
    refuse_memory(t);
    return true;
}

static tm_pending_reply *open_reply(tm_intake *in, const tm_intake_request *request,
                                    uint64_t start_ns)
{
    tm_pending_reply *pending = tm_pending_reply_new(&in->worker[request->worker].pending,
                                                     in->options.heap, request, settled);
    if (pending) {
        pending->intake = in;
        pending->start_ns = start_ns;
    }
    return pending;
}

/* False when out of memory. */
static bool open_pending(taking *t, uint64_t start_ns)
{
    bool needed = false;
    for (uint32_t i = 0; i < t->intake->options.pipeline_count; i++)
        needed |= waits(t->worker->held[i].ruleset);
    if (needed && !t->pending)
        t->pending = open_reply(t->intake, t->request, start_ns);
    return t->pending || !needed;
}

static bool trim_one(tm_worker_pipeline *mine)
{
    const bool much = tm_judge_trim(mine->judge);
    return tm_comparer_trim(&mine->comparer) || much;
}

/* What a costly request took does not stay: see tm_judge_trim. */
static bool trim(const tm_intake *in, const tm_intake_worker *worker)
{
    bool much = false;
    for (uint32_t i = 0; i < in->options.pipeline_count; i++)
        much |= trim_one(&worker->pipeline[i]);
    return much;
}

static bool judge_all(const taking *t, uint64_t turn_ns)
{
    for (uint32_t i = 0; i < t->intake->options.pipeline_count; i++)
        if (!judge(t, i, turn_ns))
            return false;
    return true;
}

/* Finds the verdict. False: it takes more than the turn, and nobody has heard of it. */
static bool take(taking *t, uint64_t turn_ns, uint64_t start_ns)
{
    const uint32_t pipelines = t->intake->options.pipeline_count;
    tm_intake_refresh(t->intake, t->request->worker);
    if (refuse_all(t))
        return true;
    if (!judge_all(t, turn_ns))
        return false;
    if (open_pending(t, start_ns))
        for (uint32_t i = 0; i < pipelines; i++)
            hand_on(t, i);
    else
        refuse(t, TM_REFUSAL_BUSY, TM_STATUS_UNAVAILABLE, TM_TEXT("out of memory"), 1000);
    if (t->mended)
        tm_series_add(t->intake->mended, 1);
    return true;
}

static taking taking_of(tm_intake *in, const tm_intake_request *request)
{
    assert(request->worker < tm_intake_threads(&in->options) &&
           request->transport < TM_INTAKE_TRANSPORTS);
    return (taking){.intake = in, .worker = &in->worker[request->worker], .request = request};
}

bool tm_intake_try(tm_intake *in, const tm_intake_request *request, uint64_t turn_ns,
                   tm_pending_reply **pending)
{
    taking t = taking_of(in, request);
    const uint64_t start_ns = tm_clock_monotonic_ns(in->options.clock);
    const bool taken = take(&t, turn_ns, start_ns);
    if (t.pending) {
        tm_pending_reply_note(t.pending, &t.verdict);
        tm_pending_reply_let_go(t.pending);
    } else if (taken) {
        count(in, request->transport, &t.verdict);
        note_time(in, request->transport, start_ns);
        request->done(request->owner, &t.verdict);
    }
    if (trim(in, t.worker))
        tm_heap_trim(in->options.heap);
    *pending = t.pending;
    return taken;
}

tm_pending_reply *tm_intake_take(tm_intake *in, const tm_intake_request *request)
{
    tm_pending_reply *pending;
    tm_intake_try(in, request, 0, &pending);
    return pending;
}

tm_pending_reply *tm_intake_open(tm_intake *in, const tm_intake_request *request)
{
    return open_reply(in, request, tm_clock_monotonic_ns(in->options.clock));
}

bool tm_intake_judge(tm_intake *in, const tm_intake_request *request, tm_pending_reply *pending)
{
    taking t = taking_of(in, request);
    t.pending = pending;
    tm_series_add(in->bulk, 1);
    take(&t, 0, 0);
    tm_pending_reply_note(pending, &t.verdict);
    return trim(in, t.worker);
}

void tm_intake_refresh(tm_intake *in, unsigned worker)
{
    tm_current_take_all(in->current, in->worker[worker].held, in->options.pipeline_count,
                        &in->keeps);
}

void tm_intake_keep(tm_intake *in)
{
    in->keeps = true;
}

bool tm_intake_is_busy(const tm_intake *in, unsigned worker)
{
    return in->worker[worker].pending != NULL;
}

void tm_intake_forget(tm_pending_reply *pending)
{
    const tm_intake_options *o = &pending->intake->options;
    for (uint32_t i = 0; i < o->pipeline_count; i++)
        tm_pipeline_forget(o->pipelines[i], &pending->waiter);
}
