/* Transport: the byte stream under a connection; a plain socket, or TLS laid over one.
 *
 * A transport may have to agree on something with its peer before it carries bytes (shake), may
 * have to read from its descriptor before it can write or the reverse (read_needs, write_needs),
 * and may have bytes to give that its descriptor does not tell of (pending). Connections deal with
 * all of it, so that nothing above this file differs between kinds.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_TRANSPORT_H
#define TM_NET_TRANSPORT_H

#include "base/arena.h"

#include <sys/uio.h>

typedef struct tm_transport tm_transport;

enum { TM_IO_DONE = 1, TM_IO_END = 0, TM_IO_AGAIN = -1, TM_IO_FAILED = -2 };

/* What a kind of transport can do. Nothing blocks. */
typedef struct tm_transport_kind {
    /* NULL: there is nothing to agree on. Goes on with the handshake, of the side that connected or
     * accepted: TM_IO_DONE, TM_IO_AGAIN (read_needs tells what for), or TM_IO_FAILED. */
    int (*shake)(tm_transport *transport);
    /* Fills the parts in turn: number of bytes, or TM_IO_.. It may stop short although there is
     * more, as long as `pending` or the descriptor tell so. */
    ptrdiff_t (*read)(tm_transport *transport, const struct iovec *part, unsigned parts);
    /* Writes the parts, of which there is at least one byte: the number of bytes, which is short
     * only when no more go for now, TM_IO_AGAIN or TM_IO_FAILED. What is left is offered again
     * first, perhaps from elsewhere in memory and with more behind it. */
    ptrdiff_t (*write)(tm_transport *transport, const struct iovec *part, unsigned parts);
    /* NULL: there are none ever. Whether there is something to be read, the end or a failure
     * perhaps, of which the descriptor does not tell. */
    bool (*pending)(const tm_transport *transport);
    /* No more writes: FIN, or close_notify and FIN. TM_IO_DONE, TM_IO_AGAIN (call it again when
     * write_needs is there), or TM_IO_FAILED. */
    int (*finish)(tm_transport *transport);
    /* Closes the descriptor and frees the transport, at once. */
    void (*close)(tm_transport *transport);
} tm_transport_kind;

struct tm_transport {
    const tm_transport_kind *kind;
    const tm_heap *heap;
    int fd;
    bool secure; /* https, not http */
    /* What the descriptor is to be watched for (TM_WATCH_..) until reads, or the handshake, and
     * writes can go on, as the last one of them left it. What a write waits for may come with a
     * read: then it is tried again. */
    uint8_t read_needs, write_needs;
    const char *why; /* it failed; NULL: the connection was reset */
};

/* A plain stream socket that does not block; takes the descriptor. NULL when out of memory (then
 * the descriptor stays the caller's). */
tm_transport *tm_transport_plain(const tm_heap *heap, int fd);

/* Makes the transports of a listener's or channel's connections; zero-initialised, plain ones. */
typedef struct tm_transport_maker {
    /* As tm_transport_plain. */
    tm_transport *(*make)(void *owner, const tm_heap *heap, int fd);
    void *owner;
} tm_transport_maker;

tm_transport *tm_transport_make(const tm_transport_maker *maker, const tm_heap *heap, int fd);

/* Writes n bytes, n > 0, as kind->write does. */
ptrdiff_t tm_transport_write(tm_transport *transport, const char *p, size_t n);

/* TM_IO_DONE where there is nothing to agree on. */
int tm_transport_shake(tm_transport *transport);

static inline bool tm_transport_pending(const tm_transport *transport)
{
    return transport->kind->pending && transport->kind->pending(transport);
}

/* What the descriptor must be watched for so that `what` (TM_WATCH_..) can go on. */
int tm_transport_watch(const tm_transport *transport, int what);

/* What can go on now that the descriptor is ready for `what`. */
int tm_transport_able(const tm_transport *transport, int what);

#endif
