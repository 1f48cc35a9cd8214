/* Bridge: a thread between a plain socket, for a test, and one that speaks in records. It ends once
 * both sockets do, and the process ends after it: what it holds would look leaked.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TESTS_NET_BRIDGE_H
#define TM_TESTS_NET_BRIDGE_H

#include "records.h"

#ifdef TM_TEST_TLS /* TLS itself */
#include "tls_ends.h"
#define BRIDGE_ACCEPT tls_end_accept
#define BRIDGE_CONNECT tls_end_connect
#else
#define BRIDGE_ACCEPT records_accept
#define BRIDGE_CONNECT records_connect
#endif

#include <assert.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>

typedef struct bridge {
    tm_transport *transport;
    int plain;        /* non-blocking */
    char up[16384];   /* from the plain socket, to be written */
    char down[16384]; /* read, for the plain socket */
    size_t up_n, down_n;
    bool up_ended, down_ended, finished, shut, broken;
} bridge;

static inline void bridge_drop(char *p, size_t *n, size_t taken)
{
    memmove(p, p + taken, *n - taken);
    *n -= taken;
}

static inline void bridge_up(bridge *b)
{
    if (!b->up_n && !b->up_ended) {
        ssize_t n = recv(b->plain, b->up, sizeof b->up, MSG_DONTWAIT);
        b->up_n = n > 0 ? (size_t)n : 0;
        b->up_ended = n == 0 || (n < 0 && errno != EAGAIN);
    }
    if (b->up_n) {
        ptrdiff_t n = tm_transport_write(b->transport, b->up, b->up_n);
        b->broken |= n == TM_IO_FAILED;
        if (n > 0)
            bridge_drop(b->up, &b->up_n, (size_t)n);
    }
    if (!b->up_n && b->up_ended && !b->finished) {
        int n = b->transport->kind->finish(b->transport);
        b->finished = n == TM_IO_DONE;
        b->broken |= n == TM_IO_FAILED;
    }
}

static inline void bridge_down(bridge *b)
{
    if (!b->down_n && !b->down_ended) {
        const struct iovec part = {b->down, sizeof b->down};
        ptrdiff_t n = b->transport->kind->read(b->transport, &part, 1);
        b->broken |= n == TM_IO_FAILED;
        b->down_ended = n == TM_IO_END;
        b->down_n = n > 0 ? (size_t)n : 0;
    }
    if (b->down_n) {
        ssize_t n = send(b->plain, b->down, b->down_n, MSG_NOSIGNAL | MSG_DONTWAIT);
        b->broken |= n < 0 && errno != EAGAIN;
        if (n > 0)
            bridge_drop(b->down, &b->down_n, (size_t)n);
    }
    if (!b->down_n && b->down_ended && !b->shut) {
        shutdown(b->plain, SHUT_WR);
        b->shut = true;
    }
}

/* Waits until something can go on. */
static inline void bridge_wait(const bridge *b, bool shaking)
{
    int what = (shaking || (!b->down_n && !b->down_ended) ? TM_WATCH_READ : 0) |
               (!shaking && (b->up_n || (b->up_ended && !b->finished)) ? TM_WATCH_WRITE : 0);
    int needs = tm_transport_watch(b->transport, what);
    bool plain_in = !shaking && !b->up_n && !b->up_ended, plain_out = b->down_n > 0;
    struct pollfd fds[] = {
        {.fd = needs ? b->transport->fd : -1,
         .events = (short)((needs & TM_WATCH_READ ? POLLIN : 0) |
                           (needs & TM_WATCH_WRITE ? POLLOUT : 0))},
        {.fd = plain_in || plain_out ? b->plain : -1,
         .events = (short)((plain_in ? POLLIN : 0) | (plain_out ? POLLOUT : 0))}};
    bool now = !shaking && !b->down_n && tm_transport_pending(b->transport);
    poll(fds, 2, now ? 0 : -1);
}

static inline void *bridge_run(void *argument)
{
    bridge *b = argument;
    int n;
    while ((n = tm_transport_shake(b->transport)) == TM_IO_AGAIN)
        bridge_wait(b, true);
    b->broken = n != TM_IO_DONE;
    while (!b->broken && !(b->finished && b->shut)) {
        bridge_up(b);
        bridge_down(b);
        bridge_up(b); /* what it waited for may have come */
        if (!b->broken && !(b->finished && b->shut))
            bridge_wait(b, false);
    }
    b->transport->kind->close(b->transport);
    close(b->plain);
    free(b);
    return NULL;
}

static struct {
    pthread_t threads[1024];
    unsigned n;
} bridges;

/* A thread whose sockets a failed test left open is not waited for longer than this. */
static inline void bridges_join(void)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 60;
    for (unsigned i = 0; i < bridges.n; i++)
        pthread_timedjoin_np(bridges.threads[i], NULL, &until);
}

/* Takes a connected socket; what is read and written at the one that it returns travels in records,
 * or in TLS, there. */
static inline int bridge_open(int fd, bool server)
{
    int ends[2], on = 1;
    bridge *b = calloc(1, sizeof *b);
    assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* small records are waited for */
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    b->transport = server ? BRIDGE_ACCEPT(NULL, NULL, fd) : BRIDGE_CONNECT(NULL, NULL, fd);
    b->plain = ends[1];
    assert(bridges.n < sizeof bridges.threads / sizeof *bridges.threads);
    if (!bridges.n)
        atexit(bridges_join);
    assert(pthread_create(&bridges.threads[bridges.n++], NULL, bridge_run, b) == 0);
    return ends[0];
}

#endif
