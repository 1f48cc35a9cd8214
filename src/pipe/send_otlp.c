/* Send, OTLP over gRPC: a batch is one call whose message is the chunks' bytes, one behind the
 * other. SPDX-License-Identifier: Apache-2.0 */
#include "base/duration.h"
#include "net/client.h"
#include "otlp/service.h"
#include "pipe/senders.h"

#include <pthread.h>
#include <stdio.h>

#define TM_EXPORT_PATH "/opentelemetry.proto.collector.trace.v1.TraceService/Export"

/* Threads that pack at the same time each take a deflater; more than so many are not kept. */
enum { TM_IDLE_DEFLATERS = 16 };

typedef struct tm_otlp_sender {
    tm_sender sender;
    tm_channel *channel;
    tm_coding coding;
    pthread_mutex_t lock;
    tm_deflater *idle[TM_IDLE_DEFLATERS]; /* under the lock */
    unsigned idles;
    uint64_t timeout_ms;
    tm_arena *arena;                        /* of one answer, or one look at the credential */
    const tm_extension_settings *extension; /* that authenticates; NULL: none */
    bool (*credential)(const tm_extension_settings *extension, tm_arena *arena, tm_header *out,
                       char *error, size_t error_bytes);
    tm_loop *home;
    tm_log *log;
    uint64_t looked_ms; /* when the credential was made last */
} tm_otlp_sender;

/* One call under way. */
typedef struct tm_otlp_call {
    tm_otlp_sender *owner;
    tm_batch *batch;
} tm_otlp_call;

static void fail(tm_otlp_call *call, const char *why)
{
    tm_sent sent = {.code = TM_STATUS_UNAVAILABLE,
                    .message = tm_text_of(why),
                    .retry_delay_ms = -1,
                    .again = true};
    tm_batch *batch = call->batch;
    tm_heap_free(NULL, call);
    tm_outlet_sent(batch->outlet, batch, &sent);
}

/* What the backend says of a request it took: perhaps that it took only a part. */
static void read_answer(tm_otlp_sender *s, tm_text body, const tm_batch *batch, tm_sent *sent)
{
    jmp_buf escape;
    tm_export_response response;
    tm_arena_reset(s->arena);
    if (setjmp(escape))
        return;
    tm_arena_escape(s->arena, &escape);
    if (tm_export_response_read(s->arena, body, &response) && response.rejected_spans > 0) {
        sent->rejected = (uint64_t)response.rejected_spans;
        if (sent->rejected > batch->spans)
            sent->rejected = batch->spans;
        sent->message = response.error_message;
    }
    tm_arena_escape(s->arena, NULL);
}

static void done(void *owner, const tm_call_result *result)
{
    tm_otlp_call *call = owner;
    tm_otlp_sender *s = call->owner;
    tm_batch *batch = call->batch;
    tm_sent sent = {.code = result->code,
                    .message = result->message,
                    .retry_delay_ms = result->retry_delay_ms,
                    .again = result->again};
    if (result->code == TM_STATUS_OK)
        read_answer(s, result->body, batch, &sent);
    tm_heap_free(NULL, call);
    tm_outlet_sent(batch->outlet, batch, &sent);
}

/* Room for the pieces of the message. */
static bool open_pieces(tm_batch *batch, uint32_t count)
{
    if (!batch->pieces)
        batch->pieces = tm_heap_alloc(NULL, count * sizeof *batch->pieces);
    batch->piece_count = count;
    return batch->pieces != NULL;
}

static bool list_chunks(tm_batch *batch)
{
    if (!open_pieces(batch, batch->chunks))
        return false;
    for (uint32_t i = 0; i < batch->chunks; i++)
        batch->pieces[i] = batch->chunk[i]->bytes;
    return true;
}

static tm_deflater *take_deflater(tm_otlp_sender *s)
{
    pthread_mutex_lock(&s->lock);
    tm_deflater *deflater = s->idles ? s->idle[--s->idles] : NULL;
    pthread_mutex_unlock(&s->lock);
    return deflater ? deflater : tm_deflater_new(NULL);
}

static void give_deflater(tm_otlp_sender *s, tm_deflater *deflater)
{
    pthread_mutex_lock(&s->lock);
    bool keep = s->idles < TM_IDLE_DEFLATERS;
    if (keep)
        s->idle[s->idles++] = deflater;
    pthread_mutex_unlock(&s->lock);
    if (!keep)
        tm_deflater_free(deflater);
}

/* One message of all chunks, compressed, in a block of just its size. */
static bool deflate_chunks(tm_otlp_sender *s, tm_deflater *deflater, tm_batch *batch)
{
    tm_deflate_part *parts = tm_heap_alloc(NULL, batch->chunks * sizeof *parts);
    if (!parts)
        return false;
    for (uint32_t i = 0; i < batch->chunks; i++) {
        const tm_chunk *chunk = batch->chunk[i];
        parts[i] =
            (tm_deflate_part){.bytes = chunk->bytes, .packed = chunk->packed, .run = chunk->run};
    }
    tm_bytes *out = tm_deflater_scratch(deflater);
    bool ok = tm_deflate(deflater, s->coding, 0, parts, batch->chunks, out) &&
              tm_bytes_add(&batch->packed, tm_bytes_text(out));
    tm_heap_free(NULL, parts);
    return ok;
}

static bool deflate_batch(tm_otlp_sender *s, tm_batch *batch)
{
    tm_deflater *deflater = open_pieces(batch, 1) ? take_deflater(s) : NULL;
    if (!deflater)
        return false;
    bool ok = deflate_chunks(s, deflater, batch);
    give_deflater(s, deflater);
    if (!ok) {
        tm_bytes_free(&batch->packed);
        return false;
    }
    batch->pieces[0] = tm_bytes_text(&batch->packed);
    batch->memory_bytes = batch->packed.n;
    tm_batch_drop_chunks(batch);
    return true;
}

static bool all_packed(const tm_batch *batch)
{
    for (uint32_t i = 0; i < batch->chunks; i++)
        if (!batch->chunk[i]->packed)
            return false;
    return true;
}

/* A message whose chunks are packed lacks only its ends. */
static bool join_batch(tm_batch *batch)
{
    char head[TM_GZIP_END_BYTES], tail[TM_GZIP_END_BYTES];
    tm_run whole = {0};
    for (uint32_t i = 0; i < batch->chunks; i++)
        whole = tm_run_join(whole, batch->chunk[i]->run);
    tm_gzip_ends(whole, head, tail);
    if (!open_pieces(batch, batch->chunks + 2) ||
        !tm_bytes_reserve(&batch->packed, sizeof head + sizeof tail))
        return false;
    tm_bytes_add(&batch->packed, tm_text_slice(head, sizeof head));
    tm_bytes_add(&batch->packed, tm_text_slice(tail, sizeof tail));
    batch->pieces[0] = tm_text_slice(batch->packed.p, sizeof head);
    for (uint32_t i = 0; i < batch->chunks; i++)
        batch->pieces[i + 1] = batch->chunk[i]->bytes;
    batch->pieces[batch->chunks + 1] = tm_text_slice(batch->packed.p + sizeof head, sizeof tail);
    return true;
}

static bool pack_batch(tm_sender *sender, tm_batch *batch)
{
    batch->is_packed =
        all_packed(batch) ? join_batch(batch) : deflate_batch((tm_otlp_sender *)sender, batch);
    return batch->is_packed;
}

static tm_chunk *pack_chunk(tm_sender *sender, const tm_pieces *pieces, uint32_t spans)
{
    tm_otlp_sender *s = (tm_otlp_sender *)sender;
    tm_deflater *deflater = take_deflater(s);
    if (!deflater)
        return NULL;
    tm_chunk *chunk = tm_chunk_pack(pieces, spans, deflater);
    give_deflater(s, deflater);
    return chunk;
}

/* ---- credentials ----------------------------------------------------------------------------- */

/* Makes the credential anew. False with a sentence in `error`; the old one stays. */
static bool make_credential(tm_otlp_sender *s, char *error, size_t error_bytes)
{
    jmp_buf escape;
    tm_header header;
    s->looked_ms = tm_loop_now_ms(s->home);
    snprintf(error, error_bytes, "out of memory");
    tm_arena_reset(s->arena);
    if (setjmp(escape)) {
        tm_arena_escape(s->arena, NULL);
        return false;
    }
    tm_arena_escape(s->arena, &escape);
    bool made = s->credential(s->extension, s->arena, &header, error, error_bytes) &&
                tm_channel_set_credential(s->channel, header.key, header.value, error, error_bytes);
    tm_arena_escape(s->arena, NULL);
    return made;
}

/* Files that it comes from may have changed. */
static void renew_credential(tm_otlp_sender *s)
{
    enum { LOOK_MS = 5000 };
    char error[512];
    if (s->extension && tm_loop_now_ms(s->home) - s->looked_ms > LOOK_MS &&
        !make_credential(s, error, sizeof error))
        tm_log_some(s->log, TM_LOG_WARN, "the credential stays as it was",
                    TM_LOG_OWN("extension", s->extension->id), TM_LOG_WORD("reason", error));
}

static void send_batch(tm_sender *sender, tm_batch *batch)
{
    tm_otlp_sender *s = (tm_otlp_sender *)sender;
    renew_credential(s);
    tm_otlp_call *call = tm_heap_alloc(NULL, sizeof *call);
    if (!call) {
        tm_outlet_sent(batch->outlet, batch,
                       &(tm_sent){.code = TM_STATUS_RESOURCE_EXHAUSTED,
                                  .message = TM_TEXT("out of memory"),
                                  .retry_delay_ms = -1,
                                  .again = true});
        return;
    }
    *call = (tm_otlp_call){.owner = s, .batch = batch};
    bool packs = s->coding != TM_CODING_IDENTITY;
    bool ready = packs ? batch->is_packed || pack_batch(sender, batch) : list_chunks(batch);
    if (!ready) {
        fail(call, "out of memory");
        return;
    }
    tm_call_request request = {.path = TM_TEXT(TM_EXPORT_PATH),
                               .pieces = batch->pieces,
                               .piece_count = batch->piece_count,
                               .coding = s->coding,
                               .timeout_ms = s->timeout_ms,
                               .done = done,
                               .owner = call};
    if (!tm_channel_call(s->channel, &request))
        fail(call, "the channel takes no calls");
}

static void free_sender(tm_sender *sender)
{
    tm_otlp_sender *s = (tm_otlp_sender *)sender;
    tm_channel_free(s->channel);
    while (s->idles)
        tm_deflater_free(s->idle[--s->idles]);
    pthread_mutex_destroy(&s->lock);
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

static tm_channel *open_channel(const tm_otlp_exporter_settings *o,
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
                                  .first_address = o->balancer == TM_BALANCE_PICK_FIRST};
    set_keepalive(o->keepalive, &channel);
    tm_channel *made = tm_channel_new(&channel, error, error_bytes);
    tm_heap_free(NULL, headers);
    return made;
}

tm_sender *tm_sender_otlp(const tm_exporter_settings *settings, const tm_sender_options *options,
                          char *error, size_t error_bytes)
{
    static const tm_coding codings[] = {[TM_COMPRESS_NONE] = TM_CODING_IDENTITY,
                                        [TM_COMPRESS_GZIP] = TM_CODING_GZIP,
                                        [TM_COMPRESS_ZSTD] = TM_CODING_ZSTD};
    const tm_otlp_exporter_settings *o = &settings->otlp;
    tm_otlp_sender *s = tm_heap_alloc(NULL, sizeof *s);
    snprintf(error, error_bytes, "out of memory");
    if (!s)
        return NULL;
    *s = (tm_otlp_sender){.sender = {.send = send_batch, .free = free_sender},
                          .coding = codings[o->compression],
                          .timeout_ms = tm_duration_ms(o->timeout_ns),
                          .arena = tm_arena_new(NULL),
                          .extension = o->auth ? o->auth->extension : NULL,
                          .credential = options->credential,
                          .home = options->home,
                          .log = options->log};
    pthread_mutex_init(&s->lock, NULL);
    if (s->coding != TM_CODING_IDENTITY)
        s->sender.pack = pack_batch;
    if (s->coding == TM_CODING_GZIP)
        s->sender.chunk = pack_chunk;
    if (s->arena)
        s->channel = open_channel(o, options, error, error_bytes);
    if (s->channel && (!s->extension || make_credential(s, error, error_bytes)))
        return &s->sender;
    free_sender(&s->sender);
    return NULL;
}
