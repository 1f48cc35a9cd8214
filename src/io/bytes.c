/* Bytes: growing runs on a heap.
 * SPDX-License-Identifier: Apache-2.0 */
#include "io/bytes.h"

#include "base/base64.h"

#include <assert.h>

bool tm_bytes_reserve(tm_bytes *b, size_t more)
{
    if (b->room - b->n >= more)
        return true;
    if (more > SIZE_MAX / 4 - b->n)
        return false;
    size_t room = b->room ? b->room * 2 : 256;
    while (room - b->n < more)
        room *= 2;
    return tm_bytes_fit(b, room);
}

bool tm_bytes_fit(tm_bytes *b, size_t room)
{
    assert(room >= b->n);
    char *p = b->p ? tm_heap_grow(b->heap, b->p, room) : tm_heap_alloc(b->heap, room);
    if (!p)
        return false;
    b->p = p;
    b->room = room;
    return true;
}

bool tm_bytes_add(tm_bytes *b, tm_text t)
{
    if (t.n == 0)
        return true;
    if (!tm_bytes_reserve(b, t.n))
        return false;
    memcpy(b->p + b->n, t.p, t.n);
    b->n += t.n;
    return true;
}

bool tm_bytes_add_base64(tm_bytes *b, tm_text t)
{
    if (t.n > SIZE_MAX / 2 || !tm_bytes_reserve(b, tm_base64_room(t.n)))
        return false;
    b->n = (size_t)(tm_base64_put(b->p + b->n, t, TM_BASE64_RAW) - b->p);
    return true;
}

bool tm_bytes_add_from_base64(tm_bytes *b, tm_text base64)
{
    if (!tm_bytes_reserve(b, base64.n / 4 * 3 + 3))
        return false;
    char *end = b->p + b->n;
    bool fine = tm_base64_take(&end, base64, TM_BASE64_ANY);
    if (fine)
        b->n = (size_t)(end - b->p);
    return fine;
}

void tm_bytes_skip(tm_bytes *b, size_t n)
{
    assert(n <= b->n);
    if (n == 0)
        return;
    memmove(b->p, b->p + n, b->n - n);
    b->n -= n;
}

void tm_bytes_free(tm_bytes *b)
{
    if (b->p)
        tm_heap_free(b->heap, b->p);
    *b = (tm_bytes){.heap = b->heap};
}
