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
    chunk->bytes = tm_text_slice(at, pieces->bytes);
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
