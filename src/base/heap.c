/* Heap: libc where no other heap is given.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdlib.h>

void *tm_heap_alloc(const tm_heap *heap, size_t size_bytes)
{
    return heap ? heap->alloc(heap->owner, size_bytes) : malloc(size_bytes);
}

void *tm_heap_grow(const tm_heap *heap, void *block, size_t size_bytes)
{
    return heap ? heap->grow(heap->owner, block, size_bytes) : realloc(block, size_bytes);
}

void tm_heap_free(const tm_heap *heap, void *block)
{
    if (heap)
        heap->drop(heap->owner, block);
    else
        free(block);
}
