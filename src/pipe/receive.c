/* Receive: one worker's exchanges are judged by its own judges, one a pipeline.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/receive.h"

#include "otlp/json_read.h"
#include "pipe/request_client.h"
#include "pipe/metrics.h"
#include "pipe/pending.h"

/* What one worker has for one pipeline. */
typedef struct tm_worker_pipeline {
    tm_judge *judge;
    tm_held held;
} tm_worker_pipeline;

typedef struct tm_receiver_worker {
    tm_worker_pipeline *pipeline; /* one a pipeline */
    tm_arena *arena;              /* of one request: JSON, metadata */
    tm_pending_reply *pending;
} tm_receiver_worker;

/* Where the Collector takes what tamis does not carry. */
static const struct {
    tm_service_kind kind;
    const char *path;
    const char *absent;
} elsewhere[] = {
    {TM_SERVICE_GRPC, "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
     "metrics are not taken: tamis carries traces only"},
    {TM_SERVICE_GRPC, "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
     "log records are not taken: tamis carries traces only"},
    {TM_SERVICE_GRPC,
     "/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export",
     "profiles are not taken: tamis carries traces only"},
    {TM_SERVICE_POST, "/v1/metrics", "metrics are not taken: tamis carries traces only"},
    {TM_SERVICE_POST, "/v1/logs", "log records are not taken: tamis carries traces only"},
    {TM_SERVICE_POST, "/v1development/profiles",
     "profiles are not taken: tamis carries traces only"},
};

enum {
    TM_ELSEWHERE = sizeof elsewhere / sizeof *elsewhere,
    TM_GRPC_SERVICES = 2 + TM_ELSEWHERE,
    TM_HTTP_SERVICES = 2 + TM_ELSEWHERE
};

struct tm_receiver {
    tm_receiver_options options;
    tm_arena *arena;
    tm_receiver_worker *worker;
    tm_utf8_policy utf8;
    bool kept_by_grpc, kept_by_http; /* include_metadata of the port */
    tm_service grpc[TM_GRPC_SERVICES], http[TM_HTTP_SERVICES];
    tm_series_owner series;
    tm_series *accepted[2], *refused[2], *failed[2]; /* by transport: HTTP, gRPC */
    tm_series *mended;
};

/* --- making --- */

static void log_failure(void *owner, const tm_rule *rule, tm_text text)
{
    tm_receiver *r = owner;
    tm_log_some(r->options.log, TM_LOG_WARN, "a rule failed", TM_LOG_OWN("rule", rule->name),
                TM_LOG_OWN("file", rule->file), TM_LOG_TEXT("error", text));
}

static void serve_otlp(void *owner, tm_exchange *x);

/* Whether rules of some pipeline read otelcol.grpc.metadata, which is there for every request. */
static bool asks_for_metadata(const tm_receiver *r)
{
    bool asks = false;
    for (uint32_t i = 0; i < r->options.pipeline_count; i++) {
        tm_held held = {0};
        asks |= tm_current_take(&r->options.pipelines[i]->current, &held)->grpc_metadata;
        tm_current_let_go(&held);
    }
    return asks;
}

static void open_services(tm_receiver *r)
{
    const tm_receiver_settings *s = r->options.settings;
    tm_text path =
        s->otlp.protocols.http ? s->otlp.protocols.http->traces_url_path : TM_TEXT("/v1/traces");
    tm_service grpc = {.kind = TM_SERVICE_GRPC,
                       .path =
                           TM_TEXT("/opentelemetry.proto.collector.trace.v1.TraceService/Export"),
                       .serve = serve_otlp,
                       .owner = r};
    const tm_otlp_protocols *p = &s->otlp.protocols;
    r->grpc[0] = r->http[1] = grpc;
    r->kept_by_grpc = p->grpc && p->grpc->include_metadata;
    r->kept_by_http = p->http && p->http->include_metadata;
    bool asked = asks_for_metadata(r);
    r->grpc[0].keep_headers = r->kept_by_grpc || asked;
    r->http[1].keep_headers = r->kept_by_http || asked;
    r->grpc[1] = tm_health_service(r->options.health);
    for (int i = 0; i < TM_ELSEWHERE; i++)
        r->grpc[2 + i] = r->http[2 + i] = (tm_service){.kind = elsewhere[i].kind,
                                                       .path = tm_text_of(elsewhere[i].path),
                                                       .absent = elsewhere[i].absent};
    r->http[0] = (tm_service){.kind = TM_SERVICE_POST,
                              .path = tm_arena_copy(r->arena, path),
                              .types = TM_BODY_PROTOBUF | TM_BODY_JSON,
                              .keep_headers = r->kept_by_http,
                              .serve = serve_otlp,
                              .owner = r};
}

static void open_metrics(tm_receiver *r)
{
    for (int grpc = 0; grpc < 2; grpc++) {
        const tm_text labels[] = {r->options.settings->id,
                                  grpc ? TM_TEXT("grpc") : TM_TEXT("http")};
        r->accepted[grpc] = tm_pipe_series(&r->series, TM_PIPE_ACCEPTED, labels);
        r->refused[grpc] = tm_pipe_series(&r->series, TM_PIPE_REFUSED, labels);
        r->failed[grpc] = tm_pipe_series(&r->series, TM_PIPE_FAILED, labels);
    }
    r->mended = tm_pipe_series(&r->series, TM_PIPE_MENDED, &r->options.settings->id);
}

static bool open_workers(tm_receiver *r)
{
    bool ok = true;
    r->worker = TM_NEW_ARRAY(r->arena, r->options.workers, tm_receiver_worker);
    for (uint32_t i = 0; i < r->options.workers; i++) {
        r->worker[i].arena = tm_arena_new(r->options.heap);
        r->worker[i].pipeline =
            TM_NEW_ARRAY(r->arena, r->options.pipeline_count, tm_worker_pipeline);
        ok &= r->worker[i].arena != NULL;
        for (uint32_t k = 0; k < r->options.pipeline_count; k++) {
            r->worker[i].pipeline[k].judge = tm_judge_new(NULL, r->options.clock, log_failure, r);
            ok &= r->worker[i].pipeline[k].judge != NULL;
        }
    }
    return ok;
}

tm_receiver *tm_receiver_new(const tm_receiver_options *options)
{
    static const tm_utf8_policy policies[] = {[TM_UTF8_SANITIZE] = TM_UTF8_MEND,
                                              [TM_UTF8_PASS] = TM_UTF8_KEEP,
                                              [TM_UTF8_REJECT] = TM_UTF8_REFUSE};
    tm_arena *arena = tm_arena_new(NULL);
    if (!arena)
        return NULL;
    tm_receiver *r = TM_NEW(arena, tm_receiver);
    *r = (tm_receiver){
        .options = *options, .arena = arena, .utf8 = policies[options->settings->otlp.utf8]};
    r->series.registry = options->registry;
    r->options.pipelines = TM_NEW_ARRAY(arena, options->pipeline_count, tm_pipeline *);
    for (uint32_t i = 0; i < options->pipeline_count; i++)
        r->options.pipelines[i] = options->pipelines[i];
    open_services(r);
    open_metrics(r);
    if (!open_workers(r)) {
        tm_receiver_free(r);
        return NULL;
    }
    return r;
}

void tm_receiver_free(tm_receiver *r)
{
    if (!r)
        return;
    for (uint32_t i = 0; i < r->options.workers; i++) {
        for (uint32_t k = 0; k < r->options.pipeline_count; k++) {
            tm_judge_free(r->worker[i].pipeline[k].judge);
            tm_current_let_go(&r->worker[i].pipeline[k].held);
        }
        tm_pending_replies_free(r->worker[i].pending);
        tm_arena_free(r->worker[i].arena);
    }
    tm_series_owner_drop(&r->series);
    tm_arena_free(r->arena);
}

const tm_service *tm_receiver_grpc_services(tm_receiver *r, size_t *count)
{
    *count = TM_GRPC_SERVICES;
    return r->grpc;
}

const tm_service *tm_receiver_http_services(tm_receiver *r, size_t *count)
{
    *count = TM_HTTP_SERVICES;
    return r->http;
}

/* --- requests --- */

typedef struct tm_case {
    tm_receiver *receiver;
    tm_receiver_worker *worker;
    tm_exchange *exchange;
    tm_text request; /* protobuf */
    tm_client client;
    uint32_t spans;
    bool mended;
    tm_status worst; /* what the pipelines said, the first of the worst; OK: all took it */
    tm_refusal why;  /* of it */
    tm_pending_reply *pending;
} tm_case;

void tm_receiver_tell(void *receiver, const tm_refused *refused)
{
    static const char *const words[] = {
#define REFUSAL(id, word) word,
        TM_REFUSALS(REFUSAL)
#undef REFUSAL
    };
    tm_receiver *r = receiver;
    tm_text id = r->options.settings->id;
    const char *transport = refused->grpc ? "grpc" : "http";
    const tm_text labels[] = {id, tm_text_of(transport), tm_text_of(words[refused->why])};
    tm_series *series = tm_pipe_series(&r->series, TM_PIPE_REFUSED_REQUESTS, labels);
    if (series) /* else out of memory, which is no reason to fail */
        tm_series_add(series, 1);
    tm_log_some(r->options.log, TM_LOG_WARN, "a request was refused", TM_LOG_OWN("receiver", id),
                TM_LOG_TEXT("peer", refused->peer), TM_LOG_WORD("transport", transport),
                TM_LOG_INT("status", refused->status), TM_LOG_WORD("reason", words[refused->why]),
                TM_LOG_TEXT("error", refused->reason));
}

/* One pipeline, or we ourselves, did not take it: for one of the services' own reasons, or
 * TM_REFUSAL_BUSY. The message lives until the answer. */
static void refuse(tm_case *c, tm_refusal why, tm_status_code code, tm_text message,
                   uint64_t retry_after_ms)
{
    if (!tm_is_worse(code, c->worst.code))
        return;
    c->worst = (tm_status){.code = code, .message = message, .retry_after_ms = retry_after_ms};
    c->why = why;
}

/* Counts what was refused; spans are known when the request was read to its end. */
static void tell(const tm_case *c)
{
    const tm_receiver *r = c->receiver;
    const tm_exchange *x = c->exchange;
    if (c->why != TM_REFUSAL_DATA)
        tm_series_add(c->why == TM_REFUSAL_BUSY ? r->failed[x->grpc] : r->refused[x->grpc],
                      c->spans);
    tm_receiver_tell(c->receiver, &(tm_refused){.why = c->why,
                                                .grpc = x->grpc,
                                                .status = x->grpc ? (int)c->worst.code
                                                                  : tm_status_http(c->worst.code),
                                                .peer = x->peer,
                                                .reason = c->worst.message});
}

static void answer(tm_case *c)
{
    tm_receiver *r = c->receiver;
    bool ok = c->worst.code == TM_STATUS_OK;
    if (ok)
        tm_series_add(r->accepted[c->exchange->grpc], c->spans);
    else
        tell(c);
    if (c->mended)
        tm_series_add(r->mended, 1);
    if (!c->pending)
        tm_exchange_reply(c->exchange, &(tm_reply){.status = c->worst});
    else if (ok)
        tm_waiter_let_go(&c->pending->waiter, TM_STATUS_OK);
    else
        tm_pending_reply_refuse(c->pending, &c->worst);
}

static bool open_pending(tm_case *c)
{
    for (uint32_t i = 0; i < c->receiver->options.pipeline_count; i++) {
        if (!c->receiver->options.pipelines[i]->waits)
            continue;
        c->pending =
            tm_pending_reply_new(&c->worker->pending, c->exchange, c->receiver->options.pipelines,
                                 c->receiver->options.pipeline_count);
        return c->pending != NULL;
    }
    return true;
}

/* Judges and hands on for one pipeline, whatever the others have said. */
static void pass(tm_case *c, uint32_t i)
{
    tm_pipeline *p = c->receiver->options.pipelines[i];
    tm_worker_pipeline *mine = &c->worker->pipeline[i];
    const tm_ruleset *rs = tm_current_take(&p->current, &mine->held);
    tm_outcome o;
    if (!tm_judge_request(mine->judge, rs, c->request, &c->client, c->receiver->utf8, &o)) {
        refuse(c, TM_REFUSAL_BUSY, TM_STATUS_UNAVAILABLE, TM_TEXT("out of memory"), 1000);
        return;
    }
    c->spans = o.spans_in > c->spans ? o.spans_in : c->spans;
    c->mended |= o.mended;
    if (o.status != TM_JUDGED) {
        bool form = o.status == TM_REFUSED_FORM;
        tm_pipeline_count(p, rs, &o);
        refuse(c, form ? TM_REFUSAL_DATA : TM_REFUSAL_RULE,
               form ? TM_STATUS_INVALID_ARGUMENT : TM_STATUS_UNAVAILABLE, o.reason, 0);
        return;
    }
    tm_waiter *waiter = c->pending && p->waits ? &c->pending->waiter : NULL;
    switch (tm_pipeline_pass(p, rs, &o, &c->client, waiter)) {
    case TM_TAKEN:
    case TM_TAKEN_NOTHING_LEFT:
        break;
    case TM_QUEUE_FULL:
        refuse(c, TM_REFUSAL_QUEUE, TM_STATUS_UNAVAILABLE, TM_TEXT("the sending queue is full"),
               1000);
        break;
    case TM_TOO_MANY_PARTITIONS:
        refuse(c, TM_REFUSAL_QUEUE, TM_STATUS_INTERNAL,
               TM_TEXT("too many batcher metadata-value combinations"), 0);
        break;
    }
}

/* A request to be read. */
typedef struct tm_read_request {
    tm_case *of;
    tm_text why;
    bool ok;
} tm_read_request;

static void read_body(void *argument)
{
    tm_read_request *r = argument;
    tm_case *c = r->of;
    bool kept = c->exchange->service == &c->receiver->grpc[0] ? c->receiver->kept_by_grpc
                                                              : c->receiver->kept_by_http;
    c->client = tm_client_of(c->worker->arena, c->exchange, kept);
    r->ok = c->exchange->type != TM_BODY_JSON ||
            tm_otlp_from_json(c->worker->arena, c->exchange->body, &c->request, &r->why);
}

/* Reads headers and a JSON body into the worker's arena. False: the exchange was refused. */
static bool read_request(tm_case *c)
{
    tm_read_request r = {.of = c};
    if (!tm_arena_try(c->worker->arena, read_body, &r))
        refuse(c, TM_REFUSAL_BUSY, TM_STATUS_UNAVAILABLE, TM_TEXT("out of memory"), 1000);
    else if (!r.ok)
        refuse(c, TM_REFUSAL_DATA, TM_STATUS_INVALID_ARGUMENT, r.why, 0);
    return r.ok;
}

static void serve_otlp(void *owner, tm_exchange *x)
{
    tm_receiver *r = owner;
    tm_case c = {.receiver = r, .worker = &r->worker[x->worker], .exchange = x, .request = x->body};
    tm_arena_reset(c.worker->arena);
    if (read_request(&c) && !open_pending(&c))
        refuse(&c, TM_REFUSAL_BUSY, TM_STATUS_UNAVAILABLE, TM_TEXT("out of memory"), 1000);
    if (c.worst.code == TM_STATUS_OK)
        for (uint32_t i = 0; i < r->options.pipeline_count; i++)
            pass(&c, i);
    answer(&c);
}
