/* Send, OTLP over gRPC: a batch is one call whose message is the chunks' bytes, one behind the other.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/client.h"
#include "otlp/service.h"
#include "pipe/senders.h"

#include <stdio.h>

#define TM_EXPORT_PATH "/opentelemetry.proto.collector.trace.v1.TraceService/Export"

typedef struct tm_otlp_sender {
    tm_sender sender;
    tm_channel *channel;
    tm_coding coding;
    tm_deflater *deflater;
    uint64_t timeout_ms;
    tm_arena *arena; /* of one answer */
} tm_otlp_sender;

/* One call under way. */
typedef struct tm_otlp_call {
    tm_otlp_sender *owner;
    tm_batch *batch;
    tm_bytes packed; /* the compressed message */
    tm_text message; /* of packed */
} tm_otlp_call;

static void fail(tm_otlp_call *call, const char *why)
{
    tm_sent sent = {.code = TM_STATUS_UNAVAILABLE,
                    .message = tm_text_of(why),
                    .retry_delay_ms = -1,
                    .again = true};
    tm_batch *batch = call->batch;
    tm_bytes_free(&call->packed);
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
    tm_bytes_free(&call->packed);
    tm_heap_free(NULL, call);
    tm_outlet_sent(batch->outlet, batch, &sent);
}

static bool list_pieces(tm_batch *batch)
{
    if (!batch->pieces)
        batch->pieces = tm_heap_alloc(NULL, batch->chunks * sizeof *batch->pieces);
    for (uint32_t i = 0; batch->pieces && i < batch->chunks; i++)
        batch->pieces[i] = batch->chunk[i]->bytes;
    return batch->pieces != NULL;
}

static bool pack(tm_otlp_sender *s, tm_otlp_call *call)
{
    const tm_batch *batch = call->batch;
    struct iovec *parts = tm_heap_alloc(NULL, batch->chunks * sizeof *parts);
    if (!parts)
        return false;
    for (uint32_t i = 0; i < batch->chunks; i++)
        parts[i] = (struct iovec){.iov_base = (char *)(uintptr_t)batch->pieces[i].p,
                                  .iov_len = batch->pieces[i].n};
    bool ok = tm_deflate(s->deflater, s->coding, 0, parts, batch->chunks, &call->packed);
    tm_heap_free(NULL, parts);
    call->message = tm_bytes_text(&call->packed);
    return ok;
}

static void send_batch(tm_sender *sender, tm_batch *batch)
{
    tm_otlp_sender *s = (tm_otlp_sender *)sender;
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
    if (!list_pieces(batch) || (packs && !pack(s, call))) {
        fail(call, "out of memory");
        return;
    }
    tm_call_request request = {.path = TM_TEXT(TM_EXPORT_PATH),
                               .pieces = packs ? &call->message : batch->pieces,
                               .piece_count = packs ? 1 : batch->chunks,
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
    tm_deflater_free(s->deflater);
    tm_arena_free(s->arena);
    tm_heap_free(NULL, s);
}

static tm_channel *open_channel(const tm_otlp_exporter_settings *o, const tm_sender_options *options,
                                char *error, size_t error_bytes)
{
    tm_client_header *headers = tm_heap_alloc(NULL, (o->headers.count + 1) * sizeof *headers);
    if (!headers)
        return NULL;
    for (size_t i = 0; i < o->headers.count; i++)
        headers[i] = (tm_client_header){.name = o->headers.items[i].key,
                                        .value = o->headers.items[i].value};
    tm_channel_options channel = {.loop = options->home,
                                  .endpoint = o->endpoint.text,
                                  .version = options->version,
                                  .headers = headers,
                                  .header_count = o->headers.count};
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
                          .timeout_ms = (uint64_t)o->timeout_ns / 1000000,
                          .arena = tm_arena_new(NULL),
                          .deflater = tm_deflater_new(NULL)};
    if (s->arena && s->deflater)
        s->channel = open_channel(o, options, error, error_bytes);
    if (s->channel)
        return &s->sender;
    tm_deflater_free(s->deflater);
    tm_arena_free(s->arena);
    tm_heap_free(NULL, s);
    return NULL;
}
