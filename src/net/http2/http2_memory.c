/* HTTP/2 memory: nghttp2 on a heap of ours.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/http2/http2_memory.h"

static void *alloc(size_t n, void *heap)
{
    return tm_heap_alloc(heap, n);
}

static void drop(void *block, void *heap)
{
    if (block)
        tm_heap_free(heap, block);
}

static void *zero(size_t count, size_t n, void *heap)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, n, &bytes))
        return NULL;
    void *block = tm_heap_alloc(heap, bytes);
    return block ? memset(block, 0, bytes) : NULL;
}

static void *grow(void *block, size_t n, void *heap)
{
    return block ? tm_heap_grow(heap, block, n) : tm_heap_alloc(heap, n);
}

nghttp2_mem tm_http2_memory(const tm_heap *heap)
{
    return (nghttp2_mem){(void *)heap, alloc, drop, zero, grow};
}
