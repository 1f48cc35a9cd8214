/* Transport: the plain socket.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/transport.h"

#include "net/loop.h"

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

static ptrdiff_t write_plain(tm_transport *transport, const struct iovec *part, unsigned parts)
{
    struct msghdr message = {.msg_iov = (struct iovec *)part, .msg_iovlen = parts};
    ssize_t sent;
    do
        sent = sendmsg(transport->fd, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return outcome(sent);
}

static int finish_plain(tm_transport *transport)
{
    shutdown(transport->fd, SHUT_WR);
    return TM_IO_DONE;
}

static void close_plain(tm_transport *transport)
{
    close(transport->fd);
    tm_heap_free(transport->heap, transport);
}

static const tm_transport_kind plain = {
    .read = read_plain,
    .write = write_plain,
    .finish = finish_plain,
    .close = close_plain,
};

tm_transport *tm_transport_plain(const tm_heap *heap, int fd)
{
    tm_transport *transport = tm_heap_alloc(heap, sizeof *transport);
    if (transport)
        *transport = (tm_transport){.kind = &plain,
                                    .heap = heap,
                                    .fd = fd,
                                    .read_needs = TM_WATCH_READ,
                                    .write_needs = TM_WATCH_WRITE};
    return transport;
}

tm_transport *tm_transport_make(const tm_transport_maker *maker, const tm_heap *heap, int fd)
{
    return maker->make ? maker->make(maker->owner, heap, fd) : tm_transport_plain(heap, fd);
}

ptrdiff_t tm_transport_write(tm_transport *transport, const char *p, size_t n)
{
    const struct iovec part = {(char *)p, n};
    return transport->kind->write(transport, &part, 1);
}

int tm_transport_shake(tm_transport *transport)
{
    return transport->kind->shake ? transport->kind->shake(transport) : TM_IO_DONE;
}

int tm_transport_watch(const tm_transport *transport, int what)
{
    return (what & TM_WATCH_READ ? transport->read_needs : 0) |
           (what & TM_WATCH_WRITE ? transport->write_needs : 0);
}

int tm_transport_able(const tm_transport *transport, int what)
{
    return (transport->read_needs & what ? TM_WATCH_READ : 0) |
           (transport->write_needs & what ? TM_WATCH_WRITE : 0);
}
