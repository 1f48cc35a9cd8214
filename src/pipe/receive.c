/* Receive: OTLP's services, and what of an exchange the intake needs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/receive.h"

#include "otlp/otlp_json_read.h"
#include "pipe/request_client.h"

#include <assert.h>

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
    MUCH_BYTES = 8 << 20, /* of JSON read, which do not stay */
    TM_ELSEWHERE = sizeof elsewhere / sizeof *elsewhere,
    TM_GRPC_SERVICES = 2 + TM_ELSEWHERE,
    TM_HTTP_SERVICES = 2 + TM_ELSEWHERE
};

struct tm_receiver {
    tm_receiver_options options;
    tm_arena *arena;
    tm_intake *intake;
    tm_arena **reading;              /* one a worker, of one request: JSON, metadata */
    bool kept_by_grpc, kept_by_http; /* include_metadata of the port */
    tm_service grpc[TM_GRPC_SERVICES], http[TM_HTTP_SERVICES];
};

/* --- making --- */

static void serve_otlp(void *owner, tm_exchange *x);

/* Whether rules of some pipeline read otelcol.grpc.metadata, which is there for every request. */
static bool asks_for_metadata(const tm_receiver *r)
{
    bool asks = r->options.grpc_metadata;
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

static bool open_arenas(tm_receiver *r)
{
    bool ok = true;
    const tm_heap *heap = r->intake ? tm_intake_heap(r->intake) : NULL;
    for (uint32_t i = 0; i < r->options.workers; i++)
        ok &= (r->reading[i] = tm_arena_new(heap)) != NULL;
    return ok;
}

tm_intake *tm_receiver_intake(const tm_receiver_options *o, const tm_text *transports,
                              unsigned count, tm_utf8_policy utf8)
{
    tm_intake_options options = {.heap = o->heap,
                                 .tap = o->tap,
                                 .id = o->settings->id,
                                 .pipelines = o->pipelines,
                                 .pipeline_count = o->pipeline_count,
                                 .workers = o->workers,
                                 .utf8 = utf8,
                                 .bounds = o->bounds,
                                 .profile = o->profile,
                                 .drops = o->drops,
                                 .deliveries = o->deliveries,
                                 .clock = o->clock,
                                 .log = o->log,
                                 .registry = o->registry};
    assert(count <= TM_INTAKE_TRANSPORTS);
    memcpy(options.transport, transports, count * sizeof *transports);
    return tm_intake_new(&options);
}

static tm_intake *open_intake(const tm_receiver_options *o)
{
    static const tm_utf8_policy policies[] = {[TM_UTF8_SANITIZE] = TM_UTF8_MEND,
                                              [TM_UTF8_PASS] = TM_UTF8_KEEP,
                                              [TM_UTF8_REJECT] = TM_UTF8_REFUSE};
    const tm_text transports[] = {TM_TEXT("http"), TM_TEXT("grpc")};
    return tm_receiver_intake(o, transports, 2, policies[o->settings->otlp.utf8]);
}

/* Room for everything, with nothing in it. */
typedef struct making {
    const tm_receiver_options *options;
    tm_arena *arena;
    tm_receiver *receiver;
} making;

static void make(void *argument)
{
    making *m = argument;
    tm_receiver *r = TM_NEW(m->arena, tm_receiver);
    *r = (tm_receiver){.options = *m->options, .arena = m->arena};
    r->reading = TM_NEW_ARRAY(m->arena, m->options->workers, tm_arena *);
    open_services(r);
    r->options.pipelines = NULL; /* which need not outlive this call */
    m->receiver = r;
}

tm_receiver *tm_receiver_new(const tm_receiver_options *options)
{
    making m = {.options = options, .arena = tm_arena_new(NULL)};
    if (!m.arena || !tm_arena_try(m.arena, make, &m)) {
        tm_arena_free(m.arena);
        return NULL;
    }
    tm_receiver *r = m.receiver;
    r->intake = open_intake(options);
    if (open_arenas(r) && r->intake)
        return r;
    tm_receiver_free(r);
    return NULL;
}

void tm_receiver_free(tm_receiver *r)
{
    if (!r)
        return;
    tm_intake_free(r->intake);
    for (uint32_t i = 0; i < r->options.workers; i++)
        tm_arena_free(r->reading[i]);
    tm_arena_free(r->arena);
}

void tm_receiver_refresh(tm_receiver *r, unsigned worker)
{
    tm_intake_refresh(r->intake, worker);
}

void tm_receiver_keep(tm_receiver *r)
{
    tm_intake_keep(r->intake);
}

bool tm_receiver_is_busy(const tm_receiver *r, unsigned worker)
{
    return tm_intake_is_busy(r->intake, worker);
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

void tm_receiver_tell(void *receiver, const tm_refused *refused)
{
    tm_intake_tell(((const tm_receiver *)receiver)->intake, refused->grpc, refused);
}

/* The verdict becomes the answer. */
static void answer(void *owner, const tm_verdict *verdict)
{
    tm_exchange *x = owner;
    const tm_status_code code = verdict->status.code;
    if (code == TM_STATUS_OK) {
        char room[TM_PARTIAL_BODY_BYTES];
        const tm_reply reply = tm_partial_reply(&verdict->partial, x, room);
        tm_exchange_reply(x, &reply);
        return;
    }
    const int http = verdict->http_status ? verdict->http_status : tm_status_http(code);
    if (!x->cancelled)
        tm_receiver_tell(x->service->owner, &(tm_refused){.why = verdict->why,
                                                          .grpc = x->grpc,
                                                          .status = x->grpc ? (int)code : http,
                                                          .peer = x->peer,
                                                          .reason = verdict->status.message});
    tm_exchange_reply(x, &(tm_reply){.status = verdict->status,
                                     .http_status = x->grpc ? 0 : verdict->http_status});
}

static void gone(tm_exchange *x)
{
    tm_intake_forget(x->note);
}

/* An exchange to be read. */
typedef struct tm_read_request {
    const tm_receiver *receiver;
    const tm_exchange *exchange;
    tm_arena *arena;
    tm_text request; /* protobuf */
    tm_client client;
    tm_text why;
    bool ok;
} tm_read_request;

static void read_body(void *argument)
{
    tm_read_request *q = argument;
    const tm_exchange *x = q->exchange;
    bool kept =
        x->service == &q->receiver->grpc[0] ? q->receiver->kept_by_grpc : q->receiver->kept_by_http;
    q->client = tm_client_of(q->arena, x, kept);
    q->ok = x->type != TM_BODY_JSON || tm_otlp_from_json(q->arena, x->body, &q->request, &q->why);
}

/* Reads headers and a JSON body into the worker's arena. False: *verdict says why it cannot be. */
static bool read_request(tm_read_request *q, tm_verdict *verdict)
{
    tm_arena_reset(q->arena);
    if (!tm_arena_try(q->arena, read_body, q))
        *verdict = (tm_verdict){
            .status = {TM_STATUS_UNAVAILABLE, TM_TEXT("out of memory"), .retry_after_ms = 1000},
            .why = TM_REFUSAL_BUSY};
    else if (!q->ok)
        *verdict = (tm_verdict){.status = {.code = TM_STATUS_INVALID_ARGUMENT, .message = q->why},
                                .why = TM_REFUSAL_DATA};
    return q->ok;
}

static void serve_otlp(void *owner, tm_exchange *x)
{
    tm_receiver *r = owner;
    tm_read_request q = {
        .receiver = r, .exchange = x, .arena = r->reading[x->worker], .request = x->body};
    tm_verdict verdict;
    if (!read_request(&q, &verdict)) {
        answer(x, &verdict);
        return;
    }
    tm_pending_reply *pending = tm_intake_take(r->intake, &(tm_intake_request){.bytes = q.request,
                                                                               .client = &q.client,
                                                                               .worker = x->worker,
                                                                               .transport = x->grpc,
                                                                               .loop = x->loop,
                                                                               .done = answer,
                                                                               .owner = x});
    if (pending) {
        x->note = pending;
        x->gone = gone;
    }
    if (tm_arena_used(q.arena) > MUCH_BYTES) {
        tm_arena_reset(q.arena);
        tm_heap_trim(r->options.heap);
    }
}
