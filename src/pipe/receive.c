/* Receive: one worker's exchanges are judged by its own judges, one a pipeline.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/receive.h"

#include "otlp/json_read.h"
#include "pipe/metrics.h"
#include "pipe/visitor.h"

/* What one worker has for one pipeline. */
typedef struct tm_lane {
    tm_judge *judge;
    tm_held held;
} tm_lane;

typedef struct tm_desk {
    tm_lane *lane;   /* one a pipeline */
    tm_arena *arena; /* of one request: JSON, metadata */
    tm_visitor *visitors;
} tm_desk;

enum { TM_GRPC_SERVICES = 2, TM_HTTP_SERVICES = 2 };

struct tm_receiver {
    tm_receiver_options options;
    tm_arena *arena;
    tm_desk *desk;
    tm_utf8_policy utf8;
    tm_service grpc[TM_GRPC_SERVICES], http[TM_HTTP_SERVICES];
    tm_series *accepted[2], *refused[2]; /* by transport: HTTP, gRPC */
    tm_series *mended, *too_costly;
};

/* --- making --- */

static void log_failure(void *owner, const tm_rule *rule, tm_text text)
{
    tm_receiver *r = owner;
    tm_log_some(r->options.log, TM_LOG_WARN, "a rule failed", TM_LOG_OWN("rule", rule->name),
                TM_LOG_OWN("file", rule->file), TM_LOG_TEXT("error", text));
}

static void serve_otlp(void *owner, tm_exchange *x);

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
    r->grpc[0].keep_headers = p->grpc && p->grpc->include_metadata;
    r->http[1].keep_headers = p->http && p->http->include_metadata;
    r->grpc[1] = tm_health_service(r->options.health);
    r->http[0] = (tm_service){.kind = TM_SERVICE_POST,
                              .path = tm_arena_copy(r->arena, path),
                              .types = TM_BODY_PROTOBUF | TM_BODY_JSON,
                              .keep_headers = r->http[1].keep_headers,
                              .serve = serve_otlp,
                              .owner = r};
}

static void open_metrics(tm_receiver *r)
{
    for (int grpc = 0; grpc < 2; grpc++) {
        const tm_text labels[] = {r->options.settings->id,
                                  grpc ? TM_TEXT("grpc") : TM_TEXT("http")};
        r->accepted[grpc] = tm_pipe_series(r->options.registry, TM_PIPE_ACCEPTED, labels);
        r->refused[grpc] = tm_pipe_series(r->options.registry, TM_PIPE_REFUSED, labels);
    }
    r->too_costly =
        tm_pipe_series(r->options.registry, TM_PIPE_TOO_COSTLY, &r->options.settings->id);
    r->mended = tm_pipe_series(r->options.registry, TM_PIPE_MENDED, &r->options.settings->id);
}

static bool open_desks(tm_receiver *r)
{
    bool ok = true;
    r->desk = TM_NEW_ARRAY(r->arena, r->options.workers, tm_desk);
    for (uint32_t i = 0; i < r->options.workers; i++) {
        r->desk[i].arena = tm_arena_new(NULL);
        r->desk[i].lane = TM_NEW_ARRAY(r->arena, r->options.pipeline_count, tm_lane);
        ok &= r->desk[i].arena != NULL;
        for (uint32_t k = 0; k < r->options.pipeline_count; k++) {
            r->desk[i].lane[k].judge = tm_judge_new(NULL, r->options.clock, log_failure, r);
            ok &= r->desk[i].lane[k].judge != NULL;
            if (r->desk[i].lane[k].judge)
                tm_judge_bound(r->desk[i].lane[k].judge, &r->options.bounds);
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
    r->options.pipelines = TM_NEW_ARRAY(arena, options->pipeline_count, tm_pipeline *);
    for (uint32_t i = 0; i < options->pipeline_count; i++)
        r->options.pipelines[i] = options->pipelines[i];
    open_services(r);
    open_metrics(r);
    if (!open_desks(r)) {
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
            tm_judge_free(r->desk[i].lane[k].judge);
            tm_current_let_go(&r->desk[i].lane[k].held);
        }
        tm_visitors_free(r->desk[i].visitors);
        tm_arena_free(r->desk[i].arena);
    }
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
    tm_desk *desk;
    tm_exchange *exchange;
    tm_text request; /* protobuf */
    tm_client client;
    uint32_t spans;
    tm_partial partial; /* of spans that took too much */
    tm_visitor *visitor;
} tm_case;

static void refuse_as(tm_case *c, const tm_status *status, int http_status)
{
    tm_series_add(c->receiver->refused[c->exchange->grpc], c->spans);
    if (!c->visitor) {
        tm_exchange_reply(c->exchange, &(tm_reply){.status = *status, .http_status = http_status});
        return;
    }
    c->visitor->http_status = http_status;
    tm_visitor_refuse(c->visitor, status);
}

static void refuse(tm_case *c, tm_status_code code, tm_text message, uint64_t retry_after_ms)
{
    refuse_as(c, &(tm_status){.code = code, .message = message, .retry_after_ms = retry_after_ms},
              0);
}

/* Nobody should send it again. */
static void refuse_cost(tm_case *c, tm_pipeline *p, const tm_ruleset *rs, const tm_outcome *o)
{
    tm_receiver *r = c->receiver;
    tm_pipeline_count(p, rs, o);
    tm_series_add(r->too_costly, 1);
    tm_log_some(r->options.log, TM_LOG_WARN, "a request takes too much",
                TM_LOG_OWN("receiver", r->options.settings->id), TM_LOG_TEXT("error", o->reason),
                TM_LOG_UINT("bytes", c->request.n));
    refuse_as(c, &(tm_status){.code = TM_STATUS_INVALID_ARGUMENT, .message = o->reason}, 413);
}

static bool open_visitor(tm_case *c)
{
    for (uint32_t i = 0; i < c->receiver->options.pipeline_count; i++) {
        if (!c->receiver->options.pipelines[i]->waits)
            continue;
        c->visitor = tm_visitor_new(&c->desk->visitors, c->exchange, c->receiver->options.pipelines,
                                    c->receiver->options.pipeline_count);
        return c->visitor != NULL;
    }
    return true;
}

/* Judges and hands on for one pipeline. False: the exchange was refused. */
static bool pass(tm_case *c, uint32_t i)
{
    tm_pipeline *p = c->receiver->options.pipelines[i];
    tm_lane *lane = &c->desk->lane[i];
    const tm_ruleset *rs = tm_current_take(&p->current, &lane->held);
    tm_outcome o;
    if (!tm_judge_request(lane->judge, rs, c->request, &c->client, c->receiver->utf8, &o)) {
        refuse(c, TM_STATUS_UNAVAILABLE, TM_TEXT("out of memory"), 1000);
        return false;
    }
    c->spans = o.spans_in;
    if (o.mended)
        tm_series_add(c->receiver->mended, 1);
    if (o.status == TM_REFUSED_COST) {
        refuse_cost(c, p, rs, &o);
        return false;
    }
    if (o.status != TM_JUDGED) {
        bool form = o.status == TM_REFUSED_FORM;
        tm_pipeline_count(p, rs, &o);
        refuse(c, form ? TM_STATUS_INVALID_ARGUMENT : TM_STATUS_UNAVAILABLE, o.reason, 0);
        return false;
    }
    if (o.spans_rejected > c->partial.rejected)
        tm_partial_note(&c->partial, o.spans_rejected, o.rejection);
    tm_waiter *waiter = c->visitor && p->waits ? &c->visitor->waiter : NULL;
    switch (tm_pipeline_pass(p, rs, &o, &c->client, waiter)) {
    case TM_TAKEN:
    case TM_TAKEN_NOTHING_LEFT:
        break;
    case TM_QUEUE_FULL:
        refuse(c, TM_STATUS_UNAVAILABLE, TM_TEXT("the sending queue is full"), 1000);
        return false;
    case TM_TOO_MANY_PARTITIONS:
        refuse(c, TM_STATUS_INTERNAL, TM_TEXT("too many batcher metadata-value combinations"), 0);
        return false;
    }
    return true;
}

/* What rules may ask of the client: its headers, if the port keeps them. */
static void read_client(tm_case *c)
{
    tm_exchange *x = c->exchange;
    c->client = (tm_client){.address = x->peer, .grpc = x->grpc};
    if (!x->service->keep_headers)
        return;
    tm_metadata *header = NULL;
    unsigned n = 0, room = 0;
    tm_text name, value;
    for (; tm_exchange_header_at(x, n, &name, &value); n++) {
        if (n == room) {
            unsigned more = room ? room * 2 : 16;
            header =
                tm_arena_grow(c->desk->arena, header, room * sizeof *header, more * sizeof *header);
            room = more;
        }
        header[n] = (tm_metadata){.name = name, .value = value};
    }
    c->client.header = header;
    c->client.headers = n;
}

/* Reads headers and a JSON body into the desk's arena. False: the body is no JSON request, or
 * memory ran out; *why says which. */
static bool read_request(tm_case *c, tm_text *why)
{
    jmp_buf escape;
    tm_arena *arena = c->desk->arena;
    *why = TM_TEXT("out of memory");
    if (setjmp(escape)) {
        tm_arena_escape(arena, NULL);
        return false;
    }
    tm_arena_escape(arena, &escape);
    read_client(c);
    bool ok = c->exchange->type != TM_BODY_JSON ||
              tm_otlp_from_json(arena, c->exchange->body, &c->request, why);
    tm_arena_escape(arena, NULL);
    return ok;
}

/* All but the spans that took too much. */
static void accept(tm_case *c)
{
    const tm_receiver *r = c->receiver;
    const bool grpc = c->exchange->grpc;
    tm_series_add(r->accepted[grpc], c->spans - c->partial.rejected);
    if (c->partial.rejected)
        tm_series_add(r->refused[grpc], c->partial.rejected);
    if (c->visitor) {
        c->visitor->partial = c->partial;
        tm_waiter_let_go(&c->visitor->waiter, TM_STATUS_OK);
        return;
    }
    char room[TM_PARTIAL_BODY_BYTES];
    const tm_reply reply = tm_partial_reply(&c->partial, c->exchange, room);
    tm_exchange_reply(c->exchange, &reply);
}

static void serve_otlp(void *owner, tm_exchange *x)
{
    tm_receiver *r = owner;
    tm_case c = {.receiver = r, .desk = &r->desk[x->worker], .exchange = x, .request = x->body};
    tm_text why;
    tm_arena_reset(c.desk->arena);
    if (!read_request(&c, &why)) {
        refuse(&c, TM_STATUS_INVALID_ARGUMENT, why, 0);
        return;
    }
    if (!open_visitor(&c)) {
        refuse(&c, TM_STATUS_UNAVAILABLE, TM_TEXT("out of memory"), 1000);
        return;
    }
    for (uint32_t i = 0; i < r->options.pipeline_count; i++)
        if (!pass(&c, i))
            return;
    accept(&c);
}
