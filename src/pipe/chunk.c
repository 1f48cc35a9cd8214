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

/* Of spans to their compressed bytes: room for a run most often suffices then. */
enum { USUAL_RATIO = 3 };

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
    tm_bytes block = {0};
    tm_run run;
    if (!tm_bytes_reserve(&block, sizeof(tm_chunk) + pieces->bytes / USUAL_RATIO))
        return NULL;
    block.n = sizeof(tm_chunk); /* written when it is known */
    if (!tm_deflate_run(deflater, next_bytes, &source, &block, &run)) {
        tm_bytes_free(&block);
        return NULL;
    }
    char *fit = tm_heap_grow(NULL, block.p, block.n);
    tm_chunk *chunk = (tm_chunk *)(void *)(fit ? fit : block.p);
    atomic_init(&chunk->references, 1);
    chunk->spans = spans;
    chunk->packed = true;
    chunk->bytes = tm_text_slice(chunk + 1, block.n - sizeof *chunk);
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
