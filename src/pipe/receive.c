/* Receive: OTLP's services, and what of an exchange the intake needs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/receive.h"

#include "otlp/otlp_json_read.h"
#include "pipe/partial.h"
#include "pipe/request_client.h"

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

typedef struct tm_otlp_receiver {
    tm_receiver receiver;
    bool kept_by_grpc, kept_by_http; /* include_metadata of the port */
    tm_service grpc[TM_GRPC_SERVICES], http[TM_HTTP_SERVICES];
} tm_otlp_receiver;

/* --- making --- */

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

static void open_services(tm_receiver *receiver)
{
    tm_otlp_receiver *r = (tm_otlp_receiver *)receiver;
    const tm_receiver_settings *s = receiver->options.settings;
    tm_text path =
        s->otlp.protocols.http ? s->otlp.protocols.http->traces_url_path : TM_TEXT("/v1/traces");
    tm_service grpc = {.kind = TM_SERVICE_GRPC,
                       .path =
                           TM_TEXT("/opentelemetry.proto.collector.trace.v1.TraceService/Export"),
                       .serve = tm_receiver_serve,
                       .owner = r};
    const tm_otlp_protocols *p = &s->otlp.protocols;
    r->grpc[0] = r->http[1] = grpc;
    r->kept_by_grpc = p->grpc && p->grpc->include_metadata;
    r->kept_by_http = p->http && p->http->include_metadata;
    bool asked = asks_for_metadata(receiver);
    r->grpc[0].keep_headers = r->kept_by_grpc || asked;
    r->http[1].keep_headers = r->kept_by_http || asked;
    r->grpc[1] = tm_health_service(receiver->options.health);
    for (int i = 0; i < TM_ELSEWHERE; i++)
        r->grpc[2 + i] = r->http[2 + i] = (tm_service){.kind = elsewhere[i].kind,
                                                       .path = tm_text_of(elsewhere[i].path),
                                                       .absent = elsewhere[i].absent};
    r->http[0] = (tm_service){.kind = TM_SERVICE_POST,
                              .path = tm_arena_copy(receiver->arena, path),
                              .types = TM_BODY_PROTOBUF | TM_BODY_JSON,
                              .keep_headers = r->kept_by_http,
                              .serve = tm_receiver_serve,
                              .owner = r};
}

const tm_service *tm_receiver_grpc_services(tm_receiver *receiver, size_t *count)
{
    *count = TM_GRPC_SERVICES;
    return ((tm_otlp_receiver *)receiver)->grpc;
}

const tm_service *tm_receiver_http_services(tm_receiver *receiver, size_t *count)
{
    *count = TM_HTTP_SERVICES;
    return ((tm_otlp_receiver *)receiver)->http;
}

static tm_utf8_policy utf8_of(const tm_receiver_settings *settings)
{
    static const tm_utf8_policy policies[] = {[TM_UTF8_SANITIZE] = TM_UTF8_MEND,
                                              [TM_UTF8_PASS] = TM_UTF8_KEEP,
                                              [TM_UTF8_REJECT] = TM_UTF8_REFUSE};
    return policies[settings->otlp.utf8];
}

/* --- requests --- */

/* The verdict becomes the answer. */
static void answer(void *owner, const tm_verdict *verdict)
{
    tm_exchange *x = owner;
    if (verdict->status.code == TM_STATUS_OK) {
        char room[TM_PARTIAL_BODY_BYTES];
        const tm_reply reply = tm_partial_reply(&verdict->partial, x, room);
        tm_exchange_reply(x, &reply);
        return;
    }
    tm_receiver_tell_refused(x, verdict);
    tm_exchange_reply(x, &(tm_reply){.status = verdict->status,
                                     .http_status = x->grpc ? 0 : verdict->http_status});
}

static unsigned weight_of(const tm_exchange *x)
{
    enum { JSON = 4 };
    return x->type == TM_BODY_JSON ? JSON : 1;
}

static void read_client(tm_receiver_request *q)
{
    const tm_otlp_receiver *r = (const tm_otlp_receiver *)q->receiver;
    const tm_exchange *x = q->exchange;
    bool kept = x->service == &r->grpc[0] ? r->kept_by_grpc : r->kept_by_http;
    q->client = tm_client_of(q->arena, x, kept);
}

/* What is no JSON is protobuf, and read where it lies. */
static void read_request(tm_receiver_request *q)
{
    const tm_exchange *x = q->exchange;
    q->ok = x->type != TM_BODY_JSON || tm_otlp_from_json(q->arena, x->body, &q->bytes, &q->why);
}

const tm_receiver_protocol tm_receive_otlp = {.size_bytes = sizeof(tm_otlp_receiver),
                                              .transport = {"http", "grpc"},
                                              .utf8 = utf8_of,
                                              .open = open_services,
                                              .weight = weight_of,
                                              .read_client = read_client,
                                              .read = read_request,
                                              .answer = answer};
