/* Out: what waits to be written to a connection, gathered so that payloads are never copied.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_CLIENT_CLIENT_OUT_H
#define TM_NET_CLIENT_CLIENT_OUT_H

#include "base/text.h"
#include "net/transport.h"

#include <sys/uio.h>

enum {
    TM_OUT_PIECES = 512,
    TM_OUT_SMALL_BYTES = 8 * 1024,
    TM_OUT_FULL_BYTES = 1 << 20, /* then it takes no more: answers to PINGs need not wait long */
};

/* Zero-initialise but for the heap. */
typedef struct tm_out {
    const tm_heap *heap;
    unsigned first, end; /* iov[first] to iov[end - 1] are to be written */
    size_t bytes;        /* of them all */
    uint64_t added;      /* bytes ever added */
    size_t small_used;
    bool borrows; /* some of it belongs to others */
    char *copy;   /* what was borrowed, once it was copied */
    struct iovec iov[TM_OUT_PIECES];
    char small[TM_OUT_SMALL_BYTES];
} tm_out;

/* Is there room for that many pieces beside a frame's head? */
bool tm_out_has_room(const tm_out *out, unsigned pieces);

/* Copies as much as fits: how many bytes that was. */
size_t tm_out_copy(tm_out *out, const void *p, size_t n);

/* Adds bytes that stay where they are until they are written. Needs room. */
void tm_out_borrow(tm_out *out, const void *p, size_t n);

/* Is something borrowed left to be written, of what was added up to the mark (an `added`)? */
bool tm_out_holds(const tm_out *out, uint64_t mark);

/* Copies what is borrowed. False when out of memory. */
bool tm_out_own(tm_out *out);

/* Writes what it can: 0 when all is gone, TM_IO_AGAIN when some is left, TM_IO_FAILED. */
ptrdiff_t tm_out_write(tm_out *out, tm_transport *transport);

void tm_out_free(tm_out *out); /* forgets what was not written */

#endif
