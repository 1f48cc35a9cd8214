/* Send, OTLP over HTTP: a batch is one POST whose body is the chunks' bytes, one behind the other,
 * or the JSON that they become. SPDX-License-Identifier: Apache-2.0 */
#include "base/duration.h"
#include "config/kinds.h"
#include "net/http_client/http_proxy.h"
#include "pipe/call_credentials.h"
#include "pipe/encryption.h"
#include "pipe/otlp_http.h"
#include "pipe/senders.h"

#include <stdio.h>

typedef struct tm_otlphttp_sender {
    tm_sender sender;
    const tm_http_exporter_settings *settings;
    tm_loop *home;
    tm_http_client *client;
    tm_encryption *encryption;        /* NULL: none */
    tm_call_credentials *credentials; /* NULL: none */
    tm_packer packer;
    tm_arena *lasting; /* of the two below */
    tm_text url, user_agent;
    tm_arena *arena; /* of one request or answer */
} tm_otlphttp_sender;

/* One request, from the wait for its credentials on. */
typedef struct tm_otlphttp_call {
    tm_call_credentials_wait wait; /* first */
    tm_otlphttp_sender *owner;
    tm_batch *batch;
} tm_otlphttp_call;

/* Frees the call; its batch. */
static tm_batch *take_batch(tm_otlphttp_call *call)
{
    tm_batch *batch = call->batch;
    tm_heap_free(NULL, call);
    return batch;
}

static void fail(tm_otlphttp_call *call, const char *why)
{
    tm_exporter_failed(take_batch(call), TM_STATUS_UNAVAILABLE, why);
}

/* ---- answers --------------------------------------------------------------------------------- */

/* An answer to be read. */
typedef struct reading {
    const tm_http_answer *answer;
    const tm_otlphttp_call *call;
    tm_sent sent;
} reading;

static void read_answer(void *argument)
{
    reading *r = argument;
    const uint64_t now_ms = tm_clock_realtime_ns(tm_clock_real()) / 1000000;
    r->sent = tm_otlp_http_sent(r->call->owner->arena, r->answer, r->call->batch->spans, now_ms);
}

/* Without memory a failure is one that says nothing, and what a success says stays unknown. */
static void done(void *owner, const tm_http_answer *answer)
{
    tm_otlphttp_call *call = owner;
    const bool taken = answer->status >= 200 && answer->status <= 299;
    reading r = {.answer = answer, .call = call};
    tm_arena_reset(call->owner->arena);
    if (!tm_arena_try(call->owner->arena, read_answer, &r))
        r.sent = (tm_sent){.code = taken ? TM_STATUS_OK : TM_STATUS_UNAVAILABLE,
                           .message = TM_TEXT("out of memory"),
                           .retry_delay_ms = -1,
                           .again = !taken};
    tm_batch *batch = take_batch(call);
    tm_exporter_sent(batch->exporter, batch, &r.sent);
}

/* ---- requests -------------------------------------------------------------------------------- */

/* A request to be made. */
typedef struct posting {
    tm_otlphttp_call *call;
    const tm_headers *credentials;
    bool posted;
} posting;

/* The configuration's headers win over those of an extension, as in the Collector. */
static bool is_configured(const tm_headers *headers, tm_text name)
{
    for (size_t i = 0; i < headers->count; i++)
        if (tm_text_same_word(headers->items[i].key, name))
            return true;
    return false;
}

static size_t list_fields(const posting *p, tm_http_field *out)
{
    const tm_otlphttp_sender *s = p->call->owner;
    const tm_headers *own = &s->settings->headers, *more = p->credentials;
    size_t n = 0;
    out[n++] = (tm_http_field){TM_TEXT("Content-Type"), s->packer.json
                                                            ? TM_TEXT("application/json")
                                                            : TM_TEXT("application/x-protobuf")};
    if (s->packer.coding != TM_CODING_IDENTITY)
        out[n++] = (tm_http_field){TM_TEXT("Content-Encoding"),
                                   tm_text_of(tm_coding_name(s->packer.coding))};
    if (!is_configured(own, TM_TEXT("User-Agent")))
        out[n++] = (tm_http_field){TM_TEXT("User-Agent"), s->user_agent};
    for (size_t i = 0; i < own->count; i++)
        if (tm_otlp_http_takes_header(own->items[i].key))
            out[n++] = (tm_http_field){own->items[i].key, own->items[i].value};
    for (size_t i = 0; i < more->count; i++)
        if (tm_otlp_http_takes_header(more->items[i].key) &&
            !is_configured(own, more->items[i].key))
            out[n++] = (tm_http_field){more->items[i].key, more->items[i].value};
    return n;
}

static void post(void *argument)
{
    enum { OWN_FIELDS = 3 };
    posting *p = argument;
    const tm_otlphttp_sender *s = p->call->owner;
    const size_t most = OWN_FIELDS + s->settings->headers.count + p->credentials->count;
    tm_http_field *fields = TM_NEW_ARRAY(s->arena, most, tm_http_field);
    p->posted = tm_http_client_post(
        s->client, &(tm_http_request){.url = s->url,
                                      .fields = fields,
                                      .field_count = list_fields(p, fields),
                                      .pieces = p->call->batch->pieces,
                                      .piece_count = p->call->batch->piece_count,
                                      .timeout_ms = tm_duration_ms(s->settings->timeout_ns),
                                      .done = done,
                                      .owner = p->call});
}

static void post_with(tm_otlphttp_call *call, const tm_headers *credentials)
{
    posting p = {.call = call, .credentials = credentials};
    tm_arena_reset(call->owner->arena);
    if (!tm_arena_try(call->owner->arena, post, &p) || !p.posted)
        fail(call, "out of memory");
}

static void ready(tm_call_credentials_wait *wait, const tm_headers *headers, const char *why)
{
    tm_otlphttp_call *call = (tm_otlphttp_call *)wait;
    if (headers)
        post_with(call, headers);
    else
        fail(call, why);
}

static void send_batch(tm_sender *sender, tm_batch *batch)
{
    tm_otlphttp_sender *s = (tm_otlphttp_sender *)sender;
    tm_otlphttp_call *call = tm_heap_alloc(NULL, sizeof *call);
    if (!call) {
        tm_exporter_failed(batch, TM_STATUS_RESOURCE_EXHAUSTED, "out of memory");
        return;
    }
    *call = (tm_otlphttp_call){.wait = {.ready = ready}, .owner = s, .batch = batch};
    if (!tm_packer_batch(&s->packer, batch))
        fail(call, "out of memory");
    else
        tm_call_credentials_get(s->credentials, batch->key, &call->wait);
}

static unsigned count_connections(const tm_sender *sender)
{
    return tm_http_client_connections(((const tm_otlphttp_sender *)sender)->client);
}

/* ---- life ------------------------------------------------------------------------------------ */

static void free_sender(tm_sender *sender)
{
    tm_otlphttp_sender *s = (tm_otlphttp_sender *)sender;
    tm_call_credentials_free(
        s->credentials); /* before the client: those who waited may not begin */
    tm_http_client_free(s->client);
    tm_encryption_free(s->encryption);
    tm_packer_drop(&s->packer);
    tm_arena_free(s->lasting);
    tm_arena_free(s->arena);
    tm_heap_free(NULL, s);
}

/* One that is being made. */
typedef struct opening {
    tm_otlphttp_sender *sender;
    const tm_exporter_settings *settings;
    const tm_sender_options *options;
    char *error;
    size_t error_bytes;
    bool open;
} opening;

static tm_text proxy_of(const tm_http_exporter_settings *o, const tm_endpoint *endpoint)
{
    tm_config_world world = tm_config_os();
    tm_http_proxies proxies = tm_http_proxies_read(world.env, world.owner);
    return o->proxy_url.n
               ? o->proxy_url
               : tm_http_proxy_find(&proxies, endpoint->https, endpoint->host, endpoint->port);
}

static unsigned least_of(int64_t a, int64_t b)
{
    return (unsigned)(a && (!b || a < b) ? a : b);
}

static tm_http_client *open_client(const opening *p)
{
    const tm_http_exporter_settings *o = &p->settings->http;
    const tm_endpoint *endpoint = tm_exporter_endpoint(p->settings);
    tm_http_client_options options = {
        .loop = p->options->home,
        .proxy = proxy_of(o, endpoint),
        .close_after = o->disable_keep_alives,
        .http1 = !o->http2,
        .idle_ms = o->idle_timeout_ns ? tm_duration_ms(o->idle_timeout_ns) : 0,
        .most_idle = least_of(o->max_idle, o->max_idle_per_host),
        .most_connections = (unsigned)o->max_connections};
    if (p->sender->encryption) {
        options.secure = tm_encryption_lend;
        options.secure_owner = p->sender->encryption;
        options.skip_verify = o->tls.skip_verify;
        options.server_name = o->tls.server_name;
    }
    return tm_http_client_new(&options);
}

/* False with a sentence in the error. */
static bool encrypt(const opening *p)
{
    const tm_tls_settings *tls = tm_exporter_tls(p->settings);
    const tm_text override = p->settings->http.tls.server_name;
    if (!tls)
        return true;
    const tm_encryption_options options = {
        .home = p->options->home,
        .log = p->options->log,
        .id = p->settings->id,
        .settings = tls,
        .name = override.n ? override : tm_exporter_endpoint(p->settings)->host};
    p->sender->encryption = tm_encryption_new(&options, p->error, p->error_bytes);
    return p->sender->encryption != NULL;
}

/* False with a sentence in the error. */
static bool authenticate(const opening *p)
{
    const tm_auth_settings *auth = p->settings->http.auth;
    if (!auth)
        return true;
    p->sender->credentials =
        tm_call_credentials_new(&(tm_call_credentials_options){.home = p->options->home,
                                                               .log = p->options->log,
                                                               .extension = auth->extension,
                                                               .version = p->options->version,
                                                               .additional_wins = true},
                                p->error, p->error_bytes);
    return p->sender->credentials != NULL;
}

static void open_sender(void *argument)
{
    opening *p = argument;
    tm_otlphttp_sender *s = p->sender;
    tm_text version = p->options->version.n ? p->options->version : TM_TEXT("0");
    s->url = tm_otlp_http_url(s->lasting, s->settings);
    s->user_agent = tm_arena_print(s->lasting, "tamis/%.*s OTel-OTLP-Exporter-C/%.*s",
                                   TM_PRI(version), TM_PRI(version));
    if (!encrypt(p) || !authenticate(p))
        return;
    snprintf(p->error, p->error_bytes, "out of memory");
    s->client = open_client(p);
    p->open = s->client != NULL;
}

tm_sender *tm_sender_http(const tm_exporter_settings *settings, const tm_sender_options *options,
                          char *error, size_t error_bytes)
{
    const tm_http_exporter_settings *o = &settings->http;
    tm_otlphttp_sender *s = tm_heap_alloc(NULL, sizeof *s);
    snprintf(error, error_bytes, "out of memory");
    if (!s)
        return NULL;
    *s = (tm_otlphttp_sender){
        .sender = {.connections = count_connections, .send = send_batch, .free = free_sender},
        .settings = o,
        .home = options->home,
        .lasting = tm_arena_new(NULL),
        .arena = tm_arena_new(NULL)};
    tm_packer_init(&s->packer, tm_packer_coding(o->compression), (int)o->compression_params.level);
    s->packer.json = o->encoding == TM_ENCODE_JSON;
    if (tm_packer_works(&s->packer))
        s->sender.packer = &s->packer;
    opening p = {.sender = s,
                 .settings = settings,
                 .options = options,
                 .error = error,
                 .error_bytes = error_bytes};
    if (s->lasting && s->arena && tm_arena_try(s->lasting, open_sender, &p) && p.open)
        return &s->sender;
    free_sender(&s->sender);
    return NULL;
}
