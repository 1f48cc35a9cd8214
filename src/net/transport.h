/* Transport: the byte stream under a connection; a plain socket, or TLS laid over one.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_TRANSPORT_H
#define TM_NET_TRANSPORT_H

#include "base/arena.h"

#include <sys/uio.h>

typedef struct tm_transport tm_transport;

enum { TM_IO_END = 0, TM_IO_AGAIN = -1, TM_IO_FAILED = -2 };

/* What a kind of transport can do. Nothing blocks. */
typedef struct tm_transport_kind {
    /* Fills the parts in turn and stops short only when there is no more: number of bytes, or
     * TM_IO_.. */
    ptrdiff_t (*read)(tm_transport *transport, const struct iovec *part, unsigned parts);
    /* Writes up to n bytes, n > 0: their number, TM_IO_AGAIN or TM_IO_FAILED. */
    ptrdiff_t (*write)(tm_transport *transport, const char *p, size_t n);
    /* What the descriptor must be watched for (TM_WATCH_..) so that `what` can go on. */
    int (*watch)(const tm_transport *transport, int what);
    void (*finish)(tm_transport *transport); /* no more writes: FIN, or close_notify and FIN */
    void (*close)(tm_transport *transport);  /* closes the descriptor and frees the transport */
} tm_transport_kind;

struct tm_transport {
    const tm_transport_kind *kind;
    const tm_heap *heap;
    int fd;
};

/* A plain stream socket that does not block; takes the descriptor. NULL when out of memory (then
 * the descriptor stays the caller's). */
tm_transport *tm_transport_plain(const tm_heap *heap, int fd);

#endif
