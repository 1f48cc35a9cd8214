/* Short heap: counts what it gives, and gives nothing more from some allocation on, or not that
 * one. SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TEST_SHORT_HEAP_H
#define TM_TEST_SHORT_HEAP_H

#include "base/arena.h"

#include <stdlib.h>

typedef struct short_heap {
    tm_heap heap;     /* for what is tested */
    long left;        /* allocations that succeed before one fails; below 0: none fails */
    bool once;        /* that one alone fails; else all from then on */
    bool failed;      /* one has */
    long blocks;      /* not given back */
    long allocations; /* that were asked for */
} short_heap;

static inline bool short_heap_fails(short_heap *h)
{
    h->allocations++;
    if (h->left < 0)
        return false;
    if (h->left > 0) {
        h->left--;
        return false;
    }
    if (h->once)
        h->left = -1;
    h->failed = true;
    return true;
}

static inline void *short_heap_alloc(void *owner, size_t size_bytes)
{
    short_heap *h = owner;
    void *block = short_heap_fails(h) ? NULL : malloc(size_bytes);
    h->blocks += block != NULL;
    return block;
}

static inline void *short_heap_grow(void *owner, void *block, size_t size_bytes)
{
    short_heap *h = owner;
    const bool fresh = !block;
    void *grown = short_heap_fails(h) ? NULL : realloc(block, size_bytes);
    h->blocks += fresh && grown;
    return grown;
}

static inline void short_heap_drop(void *owner, void *block)
{
    ((short_heap *)owner)->blocks -= block != NULL;
    free(block);
}

static inline void short_heap_init(short_heap *h, long left, bool once)
{
    *h = (short_heap){.heap = {short_heap_alloc, short_heap_grow, short_heap_drop, h},
                      .left = left,
                      .once = once};
}

/* Lets the n-th allocation of try(owner, heap) fail, for n = 0, 1, ... until none does, then again
 * with all allocations from the n-th on. `try` says whether it had memory enough; whatever it says,
 * everything is to be given back. Returns how many rounds there were, 0 when something was not
 * given back or when it went on without the memory that it missed. */
static inline long short_heap_each(bool (*try)(void *owner, const tm_heap *heap), void *owner)
{
    enum { MOST = 20000 };
    long rounds = 0;
    for (int once = 0; once < 2; once++)
        for (long n = 0; n < MOST; n++) {
            short_heap h;
            short_heap_init(&h, n, once);
            const bool enough = try(owner, &h.heap);
            rounds++;
            if (h.blocks != 0 || (!enough && !h.failed) || n == MOST - 1)
                return 0;
            if (!h.failed)
                break;
        }
    return rounds;
}

#endif
