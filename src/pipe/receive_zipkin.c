/* Receive, Zipkin: the paths of its API; a document becomes a request of OTLP for the intake.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/receive_zipkin.h"

#include "pipe/intake.h"
#include "pipe/request_client.h"
#include "translate/formats.h"

/* Where spans are taken, as reporters are told to send them; "/" is for those that were told the
 * address alone. */
static const struct {
    const char *path;
    bool v1;
} taken[] = {{"/api/v2/spans", false}, {"/", false}, {"/api/v1/spans", true}};

enum {
    MUCH_BYTES = 8 << 20, /* of a document read, which do not stay */
    TM_ZIPKIN_SERVICES = sizeof taken / sizeof *taken
};

struct tm_zipkin_receiver {
    tm_receiver_options options;
    tm_arena *arena;
    tm_intake *intake;
    tm_arena **reading; /* one a worker, of one request */
    tm_service services[TM_ZIPKIN_SERVICES];
};

/* --- making --- */

static void serve_v1(void *owner, tm_exchange *x);
static void serve_v2(void *owner, tm_exchange *x);

static void open_services(tm_zipkin_receiver *r)
{
    const bool kept = r->options.settings->zipkin.http.include_metadata;
    for (size_t i = 0; i < TM_ZIPKIN_SERVICES; i++)
        r->services[i] = (tm_service){.kind = TM_SERVICE_POST,
                                      .path = tm_text_of(taken[i].path),
                                      .types = TM_BODY_PROTOBUF | TM_BODY_JSON | TM_BODY_OTHER,
                                      /* Of v1 there is thrift, too, which only its type tells. */
                                      .keep_headers = kept || taken[i].v1,
                                      .serve = taken[i].v1 ? serve_v1 : serve_v2,
                                      .owner = r};
}

static bool open_arenas(tm_zipkin_receiver *r)
{
    bool ok = true;
    tm_secret secret;
    const tm_clock *clock = r->options.clock;
    if (!tm_clock_random(clock, &secret, sizeof secret))
        secret = (tm_secret){{(uintptr_t)r * 0x9e3779b97f4a7c15, (uintptr_t)&secret}};
    const tm_heap *heap = r->intake ? tm_intake_heap(r->intake) : NULL;
    for (uint32_t i = 0; i < r->options.workers; i++)
        if ((r->reading[i] = tm_arena_new(heap)) != NULL)
            tm_arena_set_secret(r->reading[i], secret);
        else
            ok = false;
    return ok;
}

/* Strings of JSON that are no UTF-8 are mended, as Go's package does; protobuf with such is
 * refused before. */
static tm_intake *open_intake(const tm_receiver_options *o)
{
    const tm_text transport = TM_TEXT("http");
    return tm_receiver_intake(o, &transport, 1, TM_UTF8_MEND);
}

/* Room for everything, with nothing in it. */
typedef struct making {
    const tm_receiver_options *options;
    tm_arena *arena;
    tm_zipkin_receiver *receiver;
} making;

static void make(void *argument)
{
    making *m = argument;
    tm_zipkin_receiver *r = TM_NEW(m->arena, tm_zipkin_receiver);
    *r = (tm_zipkin_receiver){.options = *m->options, .arena = m->arena};
    r->reading = TM_NEW_ARRAY(m->arena, m->options->workers, tm_arena *);
    open_services(r);
    r->options.pipelines = NULL; /* which need not outlive this call */
    m->receiver = r;
}

tm_zipkin_receiver *tm_zipkin_receiver_new(const tm_receiver_options *options)
{
    making m = {.options = options, .arena = tm_arena_new(NULL)};
    if (!m.arena || !tm_arena_try(m.arena, make, &m)) {
        tm_arena_free(m.arena);
        return NULL;
    }
    tm_zipkin_receiver *r = m.receiver;
    r->intake = open_intake(options);
    if (open_arenas(r) && r->intake)
        return r;
    tm_zipkin_receiver_free(r);
    return NULL;
}

void tm_zipkin_receiver_free(tm_zipkin_receiver *r)
{
    if (!r)
        return;
    tm_intake_free(r->intake);
    for (uint32_t i = 0; i < r->options.workers; i++)
        tm_arena_free(r->reading[i]);
    tm_arena_free(r->arena);
}

void tm_zipkin_receiver_refresh(tm_zipkin_receiver *r, unsigned worker)
{
    tm_intake_refresh(r->intake, worker);
}

void tm_zipkin_receiver_keep(tm_zipkin_receiver *r)
{
    tm_intake_keep(r->intake);
}

bool tm_zipkin_receiver_is_busy(const tm_zipkin_receiver *r, unsigned worker)
{
    return tm_intake_is_busy(r->intake, worker);
}

const tm_service *tm_zipkin_receiver_services(tm_zipkin_receiver *r, size_t *count)
{
    *count = TM_ZIPKIN_SERVICES;
    return r->services;
}

/* --- requests --- */

void tm_zipkin_receiver_tell(void *receiver, const tm_refused *refused)
{
    tm_intake_tell(((const tm_zipkin_receiver *)receiver)->intake, 0, refused);
}

/* The verdict becomes the answer. Spans of a request taken that rules rejected are counted and
 * logged; Zipkin has no way to tell of them. */
static void answer(void *owner, const tm_verdict *verdict)
{
    tm_exchange *x = owner;
    const tm_status_code code = verdict->status.code;
    if (code == TM_STATUS_OK) {
        tm_exchange_reply(x, &(tm_reply){.http_status = 202});
        return;
    }
    const int http = verdict->http_status ? verdict->http_status : tm_status_http(code);
    if (!x->cancelled)
        tm_zipkin_receiver_tell(x->service->owner,
                                &(tm_refused){.why = verdict->why,
                                              .status = http,
                                              .peer = x->peer,
                                              .reason = verdict->status.message});
    tm_exchange_reply(x, &(tm_reply){.status = verdict->status, .http_status = http});
}

static void gone(tm_exchange *x)
{
    tm_intake_forget(x->note);
}

/* An exchange to be read. */
typedef struct tm_zipkin_request {
    const tm_zipkin_receiver *receiver;
    const tm_exchange *exchange;
    tm_arena *arena;
    tm_zipkin_options options;
    tm_text request; /* protobuf */
    tm_client client;
    tm_text why;
    bool ok;
} tm_zipkin_request;

static void read_body(void *argument)
{
    tm_zipkin_request *q = argument;
    const tm_exchange *x = q->exchange;
    const tm_zipkin_receiver_settings *settings = &q->receiver->options.settings->zipkin;
    q->client = tm_client_of(q->arena, x, settings->http.include_metadata);
    q->ok = tm_zipkin_translate(q->arena, &q->options, x->body, &q->request, &q->why);
}

/* Reads headers and body into the worker's arena. False: *verdict says why it cannot be. */
static bool read_request(tm_zipkin_request *q, tm_verdict *verdict)
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

static void serve(tm_zipkin_receiver *r, tm_exchange *x, tm_zipkin_format format)
{
    const tm_receiver_options *o = &r->options;
    tm_zipkin_request q = {.receiver = r,
                           .exchange = x,
                           .arena = r->reading[x->worker],
                           .options = {.format = format,
                                       .parse_string_tags = o->settings->zipkin.parse_string_tags,
                                       .clock = o->clock}};
    tm_verdict verdict;
    if (!read_request(&q, &verdict)) {
        answer(x, &verdict);
        return;
    }
    tm_pending_reply *pending = tm_intake_take(r->intake, &(tm_intake_request){.bytes = q.request,
                                                                               .client = &q.client,
                                                                               .worker = x->worker,
                                                                               .loop = x->loop,
                                                                               .done = answer,
                                                                               .owner = x});
    if (pending) {
        x->note = pending;
        x->gone = gone;
    }
    if (tm_arena_used(q.arena) > MUCH_BYTES) {
        tm_arena_reset(q.arena);
        tm_heap_trim(o->heap);
    }
}

/* What has no type is JSON, as in the Collector. */
static void serve_v2(void *owner, tm_exchange *x)
{
    serve(owner, x, x->type == TM_BODY_PROTOBUF ? TM_ZIPKIN_PROTOBUF : TM_ZIPKIN_JSON);
}

static bool is_thrift(const tm_exchange *x)
{
    tm_text type = {0}, media;
    return tm_exchange_header(x, "content-type", &type) && tm_text_next(&type, ';', &media) &&
           tm_text_same_word(tm_text_trim(media), TM_TEXT("application/x-thrift"));
}

static void serve_v1(void *owner, tm_exchange *x)
{
    if (is_thrift(x))
        answer(x, &(tm_verdict){.status = {.code = TM_STATUS_INVALID_ARGUMENT,
                                           .message = TM_TEXT("thrift is not taken: send v1 as "
                                                              "application/json, or v2")},
                                .why = TM_REFUSAL_CONTENT_TYPE,
                                .http_status = 415});
    else
        serve(owner, x, TM_ZIPKIN_V1_JSON);
}
