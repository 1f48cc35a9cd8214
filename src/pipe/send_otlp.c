/* Send, OTLP over gRPC: a batch is one call whose message is the chunks' bytes, one behind the
 * other. SPDX-License-Identifier: Apache-2.0 */
#include "base/ascii.h"
#include "base/duration.h"
#include "base/target.h"
#include "config/kinds.h"
#include "net/client/client.h"
#include "otlp/service.h"
#include "pipe/call_credentials.h"
#include "pipe/connections.h"
#include "pipe/encryption.h"
#include "pipe/senders.h"

#include <stdio.h>

#define TM_EXPORT_PATH "/opentelemetry.proto.collector.trace.v1.TraceService/Export"

typedef struct tm_otlp_sender {
    tm_sender sender;
    tm_channel *channel;
    tm_encryption *encryption; /* NULL: none */
    tm_connections connections;
    tm_packer packer;
    uint64_t timeout_ms;
    tm_arena *arena;                  /* of one answer */
    tm_call_credentials *credentials; /* NULL: none */
    tm_log *log;
} tm_otlp_sender;

/* One call, from the wait for its credentials on. */
typedef struct tm_otlp_call {
    tm_call_credentials_wait wait; /* first */
    tm_bytes header_bytes;         /* of the headers below */
    tm_client_header header[TM_CALL_HEADERS_MOST];
    tm_otlp_sender *owner;
    tm_batch *batch;
} tm_otlp_call;

/* Frees the call; its batch. */
static tm_batch *take_batch(tm_otlp_call *call)
{
    tm_batch *batch = call->batch;
    tm_bytes_free(&call->header_bytes);
    tm_heap_free(NULL, call);
    return batch;
}

static void fail(tm_otlp_call *call, const char *why)
{
    tm_exporter_failed(take_batch(call), TM_STATUS_UNAVAILABLE, why);
}

/* An answer to be read. */
typedef struct answer {
    tm_arena *arena;
    tm_text body;
    const tm_batch *batch;
    tm_sent *sent;
} answer;

static void read_body(void *argument)
{
    const answer *a = argument;
    tm_export_response response;
    if (!tm_export_response_read(a->arena, a->body, &response) || response.rejected_spans <= 0)
        return;
    const uint64_t rejected = (uint64_t)response.rejected_spans;
    a->sent->rejected = rejected < a->batch->spans ? rejected : a->batch->spans;
    a->sent->message = response.error_message;
}

/* What the backend says of a request it took: perhaps that it took only a part. Without memory that
 * stays unknown. */
static void read_answer(tm_otlp_sender *s, tm_text body, const tm_batch *batch, tm_sent *sent)
{
    answer a = {s->arena, body, batch, sent};
    tm_arena_reset(s->arena);
    (void)tm_arena_try(s->arena, read_body, &a);
}

static void done(void *owner, const tm_call_result *result)
{
    tm_otlp_call *call = owner;
    tm_otlp_sender *s = call->owner;
    tm_sent sent = {.code = result->code,
                    .message = result->message,
                    .retry_delay_ms = result->retry_delay_ms,
                    .again = result->again};
    if (result->code == TM_STATUS_OK)
        read_answer(s, result->body, call->batch, &sent);
    tm_batch *batch = take_batch(call);
    tm_exporter_sent(batch->exporter, batch, &sent);
}

/* ---- calls ----------------------------------------------------------------------------------- */

/* Copies the headers as gRPC wants them. What cannot be sent is left out: the checks of the
 * configuration let none in but from files. How many; -1: out of memory. */
static int copy_headers(tm_otlp_call *call, const tm_headers *headers)
{
    int n = 0;
    size_t bytes = 0;
    for (size_t i = 0; i < headers->count; i++)
        bytes += headers->items[i].key.n + headers->items[i].value.n;
    if (!tm_bytes_reserve(&call->header_bytes, bytes + 1))
        return -1;
    for (size_t i = 0; i < headers->count && n < TM_CALL_HEADERS_MOST; i++) {
        const tm_header *h = &headers->items[i];
        char *at = call->header_bytes.p + call->header_bytes.n;
        tm_bytes_add(&call->header_bytes, h->key);
        tm_bytes_add(&call->header_bytes, h->value);
        tm_ascii_lower_to(at, tm_text_slice(at, h->key.n));
        call->header[n] = (tm_client_header){tm_text_slice(at, h->key.n),
                                             tm_text_slice(at + h->key.n, h->value.n)};
        n += tm_client_sends(call->header[n].name, call->header[n].value);
    }
    return n;
}

static void call_with(tm_otlp_call *call, const tm_headers *credentials)
{
    tm_otlp_sender *s = call->owner;
    const tm_batch *batch = call->batch;
    const int headers = credentials->count ? copy_headers(call, credentials) : 0;
    if (headers < 0) {
        fail(call, "out of memory");
        return;
    }
    tm_call_request request = {.path = TM_TEXT(TM_EXPORT_PATH),
                               .headers = call->header,
                               .header_count = (size_t)headers,
                               .pieces = batch->pieces,
                               .piece_count = batch->piece_count,
                               .coding = s->packer.coding,
                               .timeout_ms = s->timeout_ms,
                               .done = done,
                               .owner = call};
    if (!tm_channel_call(s->channel, &request))
        fail(call, "the channel takes no calls");
}

static void ready(tm_call_credentials_wait *wait, const tm_headers *headers, const char *why)
{
    tm_otlp_call *call = (tm_otlp_call *)wait;
    if (headers)
        call_with(call, headers);
    else
        fail(call, why);
}

static void send_batch(tm_sender *sender, tm_batch *batch)
{
    tm_otlp_sender *s = (tm_otlp_sender *)sender;
    tm_otlp_call *call = tm_heap_alloc(NULL, sizeof *call);
    if (!call) {
        tm_exporter_failed(batch, TM_STATUS_RESOURCE_EXHAUSTED, "out of memory");
        return;
    }
    call->wait = (tm_call_credentials_wait){.ready = ready};
    call->header_bytes = (tm_bytes){0};
    call->owner = s;
    call->batch = batch;
    if (!tm_packer_batch(&s->packer, batch))
        fail(call, "out of memory");
    else
        tm_call_credentials_get(s->credentials, batch->key, &call->wait);
}

static unsigned count_connections(const tm_sender *sender)
{
    return tm_channel_connections(((const tm_otlp_sender *)sender)->channel);
}

static void free_sender(tm_sender *sender)
{
    tm_otlp_sender *s = (tm_otlp_sender *)sender;
    tm_call_credentials_free(s->credentials); /* first: those who waited may not begin */
    tm_channel_free(s->channel);
    tm_encryption_free(s->encryption);
    tm_packer_drop(&s->packer);
    tm_arena_free(s->arena);
    tm_heap_free(NULL, s);
}

static void set_keepalive(const tm_client_keepalive_settings *keepalive,
                          tm_channel_options *channel)
{
    enum { LEAST_MS = 10000, USUAL_TIMEOUT_MS = 20000 }; /* of gRPC in Go */
    if (!keepalive || !keepalive->time_ns)
        return;
    uint64_t time_ms = tm_duration_ms(keepalive->time_ns);
    uint64_t wait_ms = tm_duration_ms(keepalive->timeout_ns);
    channel->keepalive_ms = time_ms > LEAST_MS ? time_ms : LEAST_MS;
    channel->keepalive_wait_ms = wait_ms ? wait_ms : USUAL_TIMEOUT_MS;
    channel->keepalive_idle = keepalive->permit_without_stream;
}

/* Whom the server has to be: as gRPC has it, which takes the override for :authority, too. */
static tm_text server_name(const tm_otlp_exporter_settings *o)
{
    tm_text host;
    int port;
    if (o->tls.server_name.n)
        return o->tls.server_name;
    if (o->authority.n && !tm_target_split(o->authority, &host, &port))
        return host;
    return o->endpoint.host.n ? o->endpoint.host : TM_TEXT("localhost");
}

/* False with a sentence in `error`. */
static bool encrypt(tm_otlp_sender *s, const tm_exporter_settings *settings, tm_loop *home,
                    char *error, size_t error_bytes)
{
    const tm_tls_settings *tls = tm_exporter_tls(settings);
    if (!tls)
        return true;
    s->encryption =
        tm_encryption_new(&(tm_encryption_options){.home = home,
                                                   .log = s->log,
                                                   .id = settings->id,
                                                   .settings = tls,
                                                   .name = server_name(&settings->otlp)},
                          error, error_bytes);
    return s->encryption != NULL;
}

static tm_channel *open_channel(tm_otlp_sender *s, const tm_otlp_exporter_settings *o,
                                const tm_sender_options *options, char *error, size_t error_bytes)
{
    tm_client_header *headers = tm_heap_alloc(NULL, (o->headers.count + 1) * sizeof *headers);
    if (!headers)
        return NULL;
    for (size_t i = 0; i < o->headers.count; i++)
        headers[i] =
            (tm_client_header){.name = o->headers.items[i].key, .value = o->headers.items[i].value};
    tm_channel_options channel = {.loop = options->home,
                                  .endpoint = o->endpoint.text,
                                  .version = options->version,
                                  .headers = headers,
                                  .header_count = o->headers.count,
                                  .authority = o->authority,
                                  .user_agent = o->user_agent,
                                  .wait_for_ready = o->wait_for_ready,
                                  .pick_first = o->balancer == TM_BALANCE_PICK_FIRST,
                                  .tell = tm_connections_tell,
                                  .owner = &s->connections};
    if (s->encryption) {
        channel.transport = tm_encryption_maker(s->encryption);
        channel.authority = o->authority.n ? o->authority : o->tls.server_name;
    }
    set_keepalive(o->keepalive, &channel);
    tm_channel *made = tm_channel_new(&channel, error, error_bytes);
    tm_heap_free(NULL, headers);
    return made;
}

/* False with a sentence in `error`. */
static bool authenticate(tm_otlp_sender *s, const tm_otlp_exporter_settings *o,
                         const tm_sender_options *options, char *error, size_t error_bytes)
{
    s->credentials =
        tm_call_credentials_new(&(tm_call_credentials_options){.home = options->home,
                                                               .log = options->log,
                                                               .extension = o->auth->extension,
                                                               .version = options->version},
                                error, error_bytes);
    return s->credentials != NULL;
}

tm_sender *tm_sender_otlp(const tm_exporter_settings *settings, const tm_sender_options *options,
                          char *error, size_t error_bytes)
{
    const tm_otlp_exporter_settings *o = &settings->otlp;
    tm_otlp_sender *s = tm_heap_alloc(NULL, sizeof *s);
    snprintf(error, error_bytes, "out of memory");
    if (!s)
        return NULL;
    *s = (tm_otlp_sender){
        .sender = {.connections = count_connections, .send = send_batch, .free = free_sender},
        .connections = {.log = options->log,
                        .exporter = settings->id,
                        .endpoint = o->endpoint.text},
        .timeout_ms = tm_duration_ms(o->timeout_ns),
        .arena = tm_arena_new(NULL),
        .log = options->log};
    tm_packer_init(&s->packer, tm_packer_coding(o->compression), 0);
    if (tm_packer_works(&s->packer))
        s->sender.packer = &s->packer;
    if (s->arena && encrypt(s, settings, options->home, error, error_bytes))
        s->channel = open_channel(s, o, options, error, error_bytes);
    if (s->channel && (!o->auth || authenticate(s, o, options, error, error_bytes)))
        return &s->sender;
    free_sender(&s->sender);
    return NULL;
}
