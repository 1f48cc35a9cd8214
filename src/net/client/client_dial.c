/* Dial: connecting without blocking.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/client/client_dial.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <unistd.h>

enum {
    TM_DIAL_NEXT_MS = 3000,          /* an address keeps silent: on to the next one */
    TM_DIAL_USER_TIMEOUT_MS = 20000, /* sent and not acknowledged: the connection is dead (GC-07) */
};

struct tm_dial {
    const tm_heap *heap;
    tm_loop *loop;
    size_t tried;
    tm_transport_maker maker;
    int fd;                  /* until it is connected, */
    tm_transport *transport; /* then of this one */
    tm_watch *watch;
    tm_timer *next; /* gives an address up, or goes on to the next one */
    tm_dial_done done;
    void *owner;
    char why[480];
    size_t why_bytes;
    size_t count;
    tm_address address[];
};

/* Closes what the address has got to. */
static void hang_up(tm_dial *dial)
{
    tm_watch_free(dial->watch);
    dial->watch = NULL;
    if (dial->transport)
        dial->transport->kind->close(dial->transport);
    else if (dial->fd >= 0)
        close(dial->fd);
    dial->transport = NULL;
    dial->fd = -1;
}

static void free_dial(tm_dial *dial)
{
    tm_timer_free(dial->next);
    hang_up(dial);
    tm_heap_free(dial->heap, dial);
}

/* Reports the outcome; the transport, if there is one, goes to the caller. */
static void finish(tm_dial *dial)
{
    tm_transport *transport = dial->transport;
    dial->transport = NULL;
    dial->fd = transport ? -1 : dial->fd;
    tm_watch_free(dial->watch);
    dial->watch = NULL;
    if (transport)
        dial->done(dial->owner, transport, &dial->address[dial->tried], NULL);
    else
        dial->done(dial->owner, NULL, NULL, dial->why);
    free_dial(dial);
}

const char *tm_dial_why(tm_dial *dial, const char *reason)
{
    char address[TM_ADDRESS_TEXT];
    size_t room = sizeof dial->why - dial->why_bytes;
    if (dial->tried == dial->count)
        return dial->why;
    tm_resolve_print(&dial->address[dial->tried], address);
    int n = snprintf(dial->why + dial->why_bytes, room, "%s%s: %s", dial->why_bytes ? ", " : "",
                     address, reason);
    if (n > 0 && (size_t)n < room)
        dial->why_bytes += (size_t)n;
    else
        dial->why[dial->why_bytes] = 0; /* whole addresses only */
    return dial->why;
}

/* Leaves the address; trying the next one starts from the loop. */
static void give_up(tm_dial *dial, const char *reason)
{
    tm_dial_why(dial, reason);
    hang_up(dial);
    dial->tried++;
    tm_timer_start(dial->next, 0);
}

static void shake(tm_dial *dial)
{
    int n = tm_transport_shake(dial->transport);
    if (n == TM_IO_DONE)
        return finish(dial);
    if (n == TM_IO_FAILED)
        return give_up(dial, dial->transport->why ? dial->transport->why : "reset");
    if (!tm_watch_want(dial->watch, tm_transport_watch(dial->transport, TM_WATCH_READ)))
        give_up(dial, "out of memory");
}

/* The socket has connected, or not; or the handshake can go on. */
static void go_ahead(void *argument, int what)
{
    tm_dial *dial = argument;
    int error = 0;
    socklen_t n = sizeof error;
    (void)what;
    if (dial->transport)
        return shake(dial);
    if (getsockopt(dial->fd, SOL_SOCKET, SO_ERROR, &error, &n) != 0)
        error = errno;
    if (error)
        return give_up(dial, strerror(error));
    dial->transport = tm_transport_make(&dial->maker, dial->heap, dial->fd);
    if (!dial->transport)
        return give_up(dial, "out of memory");
    shake(dial);
}

static bool open_socket(tm_dial *dial, const tm_address *address)
{
    int one = 1;
    unsigned user_timeout = TM_DIAL_USER_TIMEOUT_MS;
    bool tcp = address->at.ss_family != AF_UNIX;
    int kind = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
    dial->fd = socket(address->at.ss_family, kind, tcp ? IPPROTO_TCP : 0);
    if (dial->fd < 0)
        return false;
    if (tcp) {
        setsockopt(dial->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        setsockopt(dial->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout, sizeof user_timeout);
    }
    int failed = connect(dial->fd, (const struct sockaddr *)&address->at, address->n);
    return failed == 0 || errno == EINPROGRESS;
}

static void try_address(tm_dial *dial)
{
    if (!open_socket(dial, &dial->address[dial->tried]))
        return give_up(dial, strerror(errno));
    dial->watch = tm_watch_new(dial->loop, dial->fd, go_ahead, dial);
    if (!dial->watch || !tm_watch_want(dial->watch, TM_WATCH_WRITE))
        return give_up(dial, "out of memory");
    if (dial->tried + 1 < dial->count)
        tm_timer_start(dial->next, TM_DIAL_NEXT_MS);
    else
        tm_timer_stop(dial->next);
}

static void go_on(void *argument)
{
    tm_dial *dial = argument;
    if (dial->fd >= 0)
        return give_up(dial, "no answer");
    if (dial->tried < dial->count)
        return try_address(dial);
    finish(dial);
}

tm_dial *tm_dial_start(const tm_heap *heap, tm_loop *loop, const tm_transport_maker *maker,
                       const tm_address *addresses, size_t count, tm_dial_done done, void *owner)
{
    size_t bytes = count * sizeof *addresses;
    tm_dial *dial = tm_heap_alloc(heap, sizeof *dial + bytes);
    if (!dial)
        return NULL;
    *dial = (tm_dial){.heap = heap,
                      .loop = loop,
                      .maker = *maker,
                      .fd = -1,
                      .done = done,
                      .owner = owner,
                      .count = count};
    memcpy(dial->address, addresses, bytes);
    dial->next = tm_timer_new(loop, go_on, dial);
    if (!dial->next) {
        free_dial(dial);
        return NULL;
    }
    tm_timer_start(dial->next, 0);
    return dial;
}

void tm_dial_cancel(tm_dial *dial)
{
    free_dial(dial);
}
