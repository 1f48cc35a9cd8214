/* Out: a list of pieces, and a little room of its own for frame heads.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/client/client_out.h"

#include <assert.h>

bool tm_out_has_room(const tm_out *out, unsigned pieces)
{
    return out->end + pieces < TM_OUT_PIECES && out->bytes < TM_OUT_FULL_BYTES &&
           TM_OUT_SMALL_BYTES - out->small_used >= 16;
}

static void add(tm_out *out, const void *p, size_t n)
{
    struct iovec *last = out->end > out->first ? &out->iov[out->end - 1] : NULL;
    out->bytes += n;
    out->added += n;
    if (last && (const char *)last->iov_base + last->iov_len == p) {
        last->iov_len += n;
        return;
    }
    assert(out->end < TM_OUT_PIECES);
    out->iov[out->end++] = (struct iovec){.iov_base = (void *)p, .iov_len = n};
}

size_t tm_out_copy(tm_out *out, const void *p, size_t n)
{
    size_t room = TM_OUT_SMALL_BYTES - out->small_used;
    if (n > room)
        n = room;
    if (n == 0 || out->end == TM_OUT_PIECES)
        return 0;
    memcpy(out->small + out->small_used, p, n);
    add(out, out->small + out->small_used, n);
    out->small_used += n;
    return n;
}

void tm_out_borrow(tm_out *out, const void *p, size_t n)
{
    if (n == 0)
        return;
    out->borrows = true;
    add(out, p, n);
}

bool tm_out_holds(const tm_out *out, uint64_t mark)
{
    return out->borrows && out->added - out->bytes < mark;
}

bool tm_out_own(tm_out *out)
{
    if (!out->borrows)
        return true;
    char *copy = tm_heap_alloc(out->heap, out->bytes);
    if (!copy)
        return false;
    size_t n = 0;
    for (unsigned i = out->first; i < out->end; i++) {
        memcpy(copy + n, out->iov[i].iov_base, out->iov[i].iov_len);
        n += out->iov[i].iov_len;
    }
    if (out->copy)
        tm_heap_free(out->heap, out->copy);
    out->copy = copy;
    out->iov[0] = (struct iovec){.iov_base = copy, .iov_len = n};
    out->first = 0;
    out->end = 1;
    out->small_used = 0;
    out->borrows = false;
    return true;
}

static void take_off(tm_out *out, size_t n)
{
    out->bytes -= n;
    while (n > 0) {
        struct iovec *piece = &out->iov[out->first];
        size_t part = n < piece->iov_len ? n : piece->iov_len;
        piece->iov_base = (char *)piece->iov_base + part;
        piece->iov_len -= part;
        n -= part;
        if (piece->iov_len == 0)
            out->first++;
    }
}

ptrdiff_t tm_out_write(tm_out *out, tm_transport *transport)
{
    if (out->bytes > 0) {
        size_t asked = out->bytes;
        ptrdiff_t n =
            transport->kind->write(transport, &out->iov[out->first], out->end - out->first);
        if (n < 0)
            return n;
        take_off(out, (size_t)n);
        if ((size_t)n < asked)
            return TM_IO_AGAIN; /* it will say when there is room again */
    }
    tm_out_free(out);
    return 0;
}

void tm_out_free(tm_out *out)
{
    if (out->copy)
        tm_heap_free(out->heap, out->copy);
    out->copy = NULL;
    out->first = out->end = 0;
    out->bytes = out->small_used = 0;
    out->borrows = false;
}
