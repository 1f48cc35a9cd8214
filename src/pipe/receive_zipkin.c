/* Receive, Zipkin: the paths of its API; a document becomes a request of OTLP for the intake.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/receive_zipkin.h"

#include "pipe/request_client.h"
#include "translate/formats.h"

/* Where spans are taken, as reporters are told to send them; "/" is for those that were told the
 * address alone. */
static const struct {
    const char *path;
    bool v1;
} taken[] = {{"/api/v2/spans", false}, {"/", false}, {"/api/v1/spans", true}};

enum { TM_ZIPKIN_SERVICES = sizeof taken / sizeof *taken };

typedef struct tm_zipkin_receiver {
    tm_receiver receiver;
    tm_service services[TM_ZIPKIN_SERVICES];
} tm_zipkin_receiver;

/* --- making --- */

static void serve_v1(void *owner, tm_exchange *x);

static void open_services(tm_receiver *receiver)
{
    tm_zipkin_receiver *r = (tm_zipkin_receiver *)receiver;
    const bool kept = receiver->options.settings->zipkin.http.include_metadata;
    for (size_t i = 0; i < TM_ZIPKIN_SERVICES; i++)
        r->services[i] = (tm_service){.kind = TM_SERVICE_POST,
                                      .path = tm_text_of(taken[i].path),
                                      .types = TM_BODY_PROTOBUF | TM_BODY_JSON | TM_BODY_OTHER,
                                      /* Of v1 there is thrift, too, which only its type tells. */
                                      .keep_headers = kept || taken[i].v1,
                                      .serve = taken[i].v1 ? serve_v1 : tm_receiver_serve,
                                      .owner = r};
}

/* Strings of JSON that are no UTF-8 are mended, as Go's package does; protobuf with such is
 * refused before. */
static tm_utf8_policy utf8_of(const tm_receiver_settings *settings)
{
    (void)settings;
    return TM_UTF8_MEND;
}

const tm_service *tm_zipkin_services(tm_receiver *receiver, size_t *count)
{
    *count = TM_ZIPKIN_SERVICES;
    return ((tm_zipkin_receiver *)receiver)->services;
}

/* --- requests --- */

/* The verdict becomes the answer. Spans of a request taken that rules rejected are counted and
 * logged; Zipkin has no way to tell of them. */
static void answer(void *owner, const tm_verdict *verdict)
{
    tm_exchange *x = owner;
    if (verdict->status.code == TM_STATUS_OK) {
        tm_exchange_reply(x, &(tm_reply){.http_status = 202});
        return;
    }
    const int http = tm_receiver_tell_refused(x, verdict);
    tm_exchange_reply(x, &(tm_reply){.status = verdict->status, .http_status = http});
}

/* What has no type is JSON, as in the Collector. */
static tm_zipkin_format format_of(const tm_zipkin_receiver *r, const tm_exchange *x)
{
    return taken[x->service - r->services].v1 ? TM_ZIPKIN_V1_JSON
           : x->type == TM_BODY_PROTOBUF      ? TM_ZIPKIN_PROTOBUF
                                              : TM_ZIPKIN_JSON;
}

static unsigned weight_of(const tm_exchange *x)
{
    enum { TRANSLATED = 4 };
    (void)x;
    return TRANSLATED;
}

static void read_client(tm_receiver_request *q)
{
    const tm_receiver_settings *settings = q->receiver->options.settings;
    q->client = tm_client_of(q->arena, q->exchange, settings->zipkin.http.include_metadata);
}

static void read_request(tm_receiver_request *q)
{
    const tm_exchange *x = q->exchange;
    const tm_receiver_options *o = &q->receiver->options;
    const tm_zipkin_receiver_settings *settings = &o->settings->zipkin;
    const tm_zipkin_options options = {.format =
                                           format_of((const tm_zipkin_receiver *)q->receiver, x),
                                       .parse_string_tags = settings->parse_string_tags,
                                       .clock = o->clock};
    q->ok = tm_zipkin_translate(q->arena, &options, x->body, &q->bytes, &q->why);
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
        tm_receiver_serve(owner, x);
}

const tm_receiver_protocol tm_receive_zipkin = {.size_bytes = sizeof(tm_zipkin_receiver),
                                                .transport = {"http"},
                                                .utf8 = utf8_of,
                                                .open = open_services,
                                                .weight = weight_of,
                                                .read_client = read_client,
                                                .read = read_request,
                                                .answer = answer};
