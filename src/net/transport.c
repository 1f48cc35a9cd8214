/* Transport: the plain socket.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/transport.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static ptrdiff_t outcome(ssize_t n)
{
    if (n >= 0)
        return n;
    return errno == EAGAIN || errno == EWOULDBLOCK ? TM_IO_AGAIN : TM_IO_FAILED;
}

static ptrdiff_t read_plain(tm_transport *transport, const struct iovec *part, unsigned parts)
{
    ssize_t got;
    do
        got = readv(transport->fd, part, (int)parts);
    while (got < 0 && errno == EINTR);
    return outcome(got);
}

static ptrdiff_t write_plain(tm_transport *transport, const char *p, size_t n)
{
    ssize_t sent;
    do
        sent = send(transport->fd, p, n, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return outcome(sent);
}

static int watch_plain(const tm_transport *transport, int what)
{
    (void)transport;
    return what;
}

static void finish_plain(tm_transport *transport)
{
    shutdown(transport->fd, SHUT_WR);
}

static void close_plain(tm_transport *transport)
{
    close(transport->fd);
    tm_heap_free(transport->heap, transport);
}

static const tm_transport_kind plain = {
    .read = read_plain,
    .write = write_plain,
    .watch = watch_plain,
    .finish = finish_plain,
    .close = close_plain,
};

tm_transport *tm_transport_plain(const tm_heap *heap, int fd)
{
    tm_transport *transport = tm_heap_alloc(heap, sizeof *transport);
    if (transport)
        *transport = (tm_transport){.kind = &plain, .heap = heap, .fd = fd};
    return transport;
}
