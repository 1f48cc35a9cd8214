/* Packer: deflaters that threads take in turns.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/packer.h"

#include "otlp/otlp_json_write.h"

tm_coding tm_packer_coding(tm_compression compression)
{
    static const tm_coding codings[] = {[TM_COMPRESS_NONE] = TM_CODING_IDENTITY,
                                        [TM_COMPRESS_GZIP] = TM_CODING_GZIP,
                                        [TM_COMPRESS_ZSTD] = TM_CODING_ZSTD};
    return codings[compression];
}

void tm_packer_init(tm_packer *packer, tm_coding coding, int level)
{
    *packer = (tm_packer){.coding = coding, .level = level};
    pthread_mutex_init(&packer->lock, NULL);
}

bool tm_packer_works(const tm_packer *packer)
{
    return packer->json || packer->coding != TM_CODING_IDENTITY;
}

void tm_packer_drop(tm_packer *packer)
{
    while (packer->idles)
        tm_deflater_free(packer->idle[--packer->idles]);
    pthread_mutex_destroy(&packer->lock);
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

static tm_deflater *take_deflater(tm_packer *packer)
{
    pthread_mutex_lock(&packer->lock);
    tm_deflater *deflater = packer->idles ? packer->idle[--packer->idles] : NULL;
    pthread_mutex_unlock(&packer->lock);
    return deflater ? deflater : tm_deflater_new(NULL);
}

static void give_deflater(tm_packer *packer, tm_deflater *deflater)
{
    pthread_mutex_lock(&packer->lock);
    bool keep = packer->idles < TM_PACKER_IDLE;
    if (keep)
        packer->idle[packer->idles++] = deflater;
    pthread_mutex_unlock(&packer->lock);
    if (!keep)
        tm_deflater_free(deflater);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

/* A request that is put into JSON and perhaps compressed. */
typedef struct translation {
    tm_packer *packer;
    tm_deflater *deflater;
    tm_batch *batch;
    tm_arena *arena;
    bool ok;
} translation;

static void translate(void *argument)
{
    translation *t = argument;
    tm_buf whole = {.arena = t->arena}, json = {.arena = t->arena};
    tm_text error;
    for (uint32_t i = 0; i < t->batch->chunks; i++)
        tm_buf_add(&whole, t->batch->chunk[i]->bytes);
    /* Chunks are sound: there is no error. */
    if (!tm_otlp_to_json(&json, TM_MESSAGE_REQUEST, tm_buf_text(&whole), &error))
        return;
    const tm_deflate_part part = {.bytes = tm_buf_text(&json)};
    tm_bytes *out = tm_deflater_scratch(t->deflater);
    t->ok = tm_deflate(t->deflater, t->packer->coding, t->packer->level, &part, 1, out) &&
            tm_bytes_add(&t->batch->packed, tm_bytes_text(out));
}

static bool translate_chunks(tm_packer *packer, tm_deflater *deflater, tm_batch *batch)
{
    translation t = {packer, deflater, batch, tm_arena_new(NULL), false};
    bool ok = t.arena && tm_arena_try(t.arena, translate, &t) && t.ok;
    tm_arena_free(t.arena);
    return ok;
}

/* ---- batches --------------------------------------------------------------------------------- */

/* One message of all chunks, compressed, in a block of just its size. */
static bool deflate_chunks(tm_packer *packer, tm_deflater *deflater, tm_batch *batch)
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
    bool ok = tm_deflate(deflater, packer->coding, packer->level, parts, batch->chunks, out) &&
              tm_bytes_add(&batch->packed, tm_bytes_text(out));
    tm_heap_free(NULL, parts);
    return ok;
}

static bool deflate_batch(tm_packer *packer, tm_batch *batch)
{
    tm_deflater *deflater = open_pieces(batch, 1) ? take_deflater(packer) : NULL;
    if (!deflater)
        return false;
    bool ok = packer->json ? translate_chunks(packer, deflater, batch)
                           : deflate_chunks(packer, deflater, batch);
    give_deflater(packer, deflater);
    if (!ok) {
        tm_bytes_free(&batch->packed);
        return false;
    }
    batch->pieces[0] = tm_bytes_text(&batch->packed);
    batch->memory_bytes = batch->packed.n;
    tm_batch_hold(batch, batch->chunk[0]->budget);
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

bool tm_packer_batch(tm_packer *packer, tm_batch *batch)
{
    if (batch->is_packed)
        return true;
    if (!tm_packer_works(packer))
        return list_chunks(batch);
    batch->is_packed = all_packed(batch) ? join_batch(batch) : deflate_batch(packer, batch);
    return batch->is_packed;
}

tm_chunk *tm_packer_chunk(tm_packer *packer, tm_budget *budget, const tm_pieces *pieces,
                          uint32_t spans)
{
    bool joins = packer->coding == TM_CODING_GZIP && !packer->json && !packer->level;
    tm_deflater *deflater = joins ? take_deflater(packer) : NULL;
    if (!deflater)
        return NULL;
    tm_chunk *chunk = tm_chunk_pack(budget, pieces, spans, deflater);
    give_deflater(packer, deflater);
    return chunk;
}
