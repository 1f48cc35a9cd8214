/* Chunk: one block of memory, counted references.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/chunk.h"

#include <stdatomic.h>

tm_chunk *tm_chunk_new(const tm_pieces *pieces, uint32_t spans)
{
    tm_chunk *chunk = tm_heap_alloc(NULL, sizeof *chunk + pieces->bytes);
    if (!chunk)
        return NULL;
    char *at = (char *)(chunk + 1);
    tm_pieces_copy(pieces, at);
    atomic_init(&chunk->references, 1);
    chunk->spans = spans;
    chunk->packed = false;
    chunk->bytes = tm_text_slice(at, pieces->bytes);
    chunk->run = (tm_run){.bytes = pieces->bytes};
    return chunk;
}

/* Pieces that are copied in turns. */
typedef struct tm_chunk_source {
    const tm_pieces *pieces;
    tm_pieces_turn turn;
} tm_chunk_source;

static size_t next_bytes(void *owner, char *at, size_t room)
{
    tm_chunk_source *source = owner;
    return tm_pieces_copy_some(source->pieces, &source->turn, at, room);
}

tm_chunk *tm_chunk_pack(const tm_pieces *pieces, uint32_t spans, tm_deflater *deflater)
{
    tm_chunk_source source = {.pieces = pieces};
    tm_bytes *out = tm_deflater_scratch(deflater);
    tm_run run;
    if (!tm_deflate_run(deflater, next_bytes, &source, out, &run))
        return NULL;
    tm_chunk *chunk = tm_heap_alloc(NULL, sizeof *chunk + out->n);
    if (!chunk)
        return NULL;
    memcpy(chunk + 1, out->p, out->n);
    atomic_init(&chunk->references, 1);
    chunk->spans = spans;
    chunk->packed = true;
    chunk->bytes = tm_text_slice(chunk + 1, out->n);
    chunk->run = run;
    return chunk;
}

void tm_chunk_ref(tm_chunk *chunk)
{
    atomic_fetch_add_explicit(&chunk->references, 1, memory_order_relaxed);
}

void tm_chunk_unref(tm_chunk *chunk)
{
    if (atomic_fetch_sub_explicit(&chunk->references, 1, memory_order_acq_rel) == 1)
        tm_heap_free(NULL, chunk);
}
