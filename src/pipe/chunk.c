/* Chunk: one block of memory, counted references.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/chunk.h"

#include <stdatomic.h>

static bool reserve(tm_budget *budget, size_t bytes)
{
    return !budget || tm_budget_reserve(budget, TM_BUDGET_QUEUE, bytes);
}

static void give_back(tm_budget *budget, size_t bytes)
{
    if (budget)
        tm_budget_return(budget, TM_PART_QUEUED, bytes);
}

/* What it takes is held already. */
static tm_chunk *copy(tm_budget *budget, const tm_pieces *pieces, uint32_t spans)
{
    const size_t held = sizeof(tm_chunk) + pieces->bytes;
    tm_chunk *chunk = tm_heap_alloc(NULL, held);
    if (!chunk) {
        give_back(budget, held);
        return NULL;
    }
    char *at = (char *)(chunk + 1);
    tm_pieces_copy(pieces, at);
    atomic_init(&chunk->references, 1);
    chunk->spans = spans;
    chunk->origin = (tm_origin){0};
    chunk->packed = false;
    chunk->bytes = tm_text_slice(at, pieces->bytes);
    chunk->run = (tm_run){.bytes = pieces->bytes};
    chunk->budget = budget;
    chunk->held = held;
    return chunk;
}

tm_chunk *tm_chunk_new(tm_budget *budget, const tm_pieces *pieces, uint32_t spans)
{
    return reserve(budget, sizeof(tm_chunk) + pieces->bytes) ? copy(budget, pieces, spans) : NULL;
}

tm_chunk *tm_chunk_part(const tm_chunk *whole, const tm_pieces *pieces, uint32_t spans)
{
    if (whole->budget)
        tm_budget_add(whole->budget, TM_PART_QUEUED, sizeof(tm_chunk) + pieces->bytes);
    return copy(whole->budget, pieces, spans);
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

tm_chunk *tm_chunk_pack(tm_budget *budget, const tm_pieces *pieces, uint32_t spans,
                        tm_deflater *deflater)
{
    const size_t most = sizeof(tm_chunk) + pieces->bytes; /* and some bytes where nothing shrinks */
    tm_chunk_source source = {.pieces = pieces};
    tm_bytes block = {0};
    tm_run run;
    if (!reserve(budget, most))
        return NULL;
    const bool room = tm_bytes_reserve(&block, sizeof(tm_chunk) + pieces->bytes / USUAL_RATIO);
    block.n = sizeof(tm_chunk); /* written when it is known */
    if (!room || !tm_deflate_run(deflater, next_bytes, &source, &block, &run)) {
        tm_bytes_free(&block);
        give_back(budget, most);
        return NULL;
    }
    char *fit = tm_heap_grow(NULL, block.p, block.n);
    tm_chunk *chunk = (tm_chunk *)(void *)(fit ? fit : block.p);
    atomic_init(&chunk->references, 1);
    chunk->spans = spans;
    chunk->origin = (tm_origin){0};
    chunk->packed = true;
    chunk->bytes = tm_text_slice(chunk + 1, block.n - sizeof *chunk);
    chunk->run = run;
    chunk->budget = budget;
    chunk->held = block.n < most ? block.n : most;
    give_back(budget, most - chunk->held);
    return chunk;
}

void tm_chunk_ref(tm_chunk *chunk)
{
    atomic_fetch_add_explicit(&chunk->references, 1, memory_order_relaxed);
}

void tm_chunk_unref(tm_chunk *chunk)
{
    if (atomic_fetch_sub_explicit(&chunk->references, 1, memory_order_acq_rel) > 1)
        return;
    give_back(chunk->budget, chunk->held);
    tm_heap_free(NULL, chunk);
}
