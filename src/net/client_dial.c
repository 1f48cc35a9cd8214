/* Dial: lookup, then connect without blocking.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/client_dial.h"

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
    const tm_clock *clock;
    tm_loop *loop;
    tm_lookup *lookup;
    tm_addresses addresses;
    size_t tried;
    size_t first; /* where trying began */
    bool in_order;
    int fd;
    tm_watch *watch;
    tm_timer *next; /* gives an address up, or goes on to the next one */
    void (*done)(void *owner, int fd, const char *why);
    void *owner;
    char why[160];
};

static void free_dial(tm_dial *dial)
{
    tm_timer_free(dial->next);
    tm_watch_free(dial->watch);
    if (dial->fd >= 0)
        close(dial->fd);
    tm_heap_free(dial->heap, dial);
}

/* Reports the outcome; the socket goes to the caller. */
static void finish(tm_dial *dial, int fd)
{
    if (fd >= 0)
        dial->fd = -1;
    tm_watch_free(dial->watch);
    dial->watch = NULL;
    dial->done(dial->owner, fd, fd < 0 ? dial->why : NULL);
    free_dial(dial);
}

static const tm_address *current(const tm_dial *dial)
{
    return &dial->addresses.items[(dial->first + dial->tried) % dial->addresses.count];
}

/* Leaves the address; trying the next one starts from the loop. */
static void give_up(tm_dial *dial, const char *reason)
{
    char address[80];
    tm_resolve_print(current(dial), address, sizeof address);
    snprintf(dial->why, sizeof dial->why, "%s: %s", address, reason);
    tm_watch_free(dial->watch);
    dial->watch = NULL;
    if (dial->fd >= 0)
        close(dial->fd);
    dial->fd = -1;
    dial->tried++;
    tm_timer_start(dial->next, 0);
}

static void take_outcome(void *argument, int what)
{
    tm_dial *dial = argument;
    int error = 0;
    socklen_t n = sizeof error;
    (void)what;
    if (getsockopt(dial->fd, SOL_SOCKET, SO_ERROR, &error, &n) != 0)
        error = errno;
    if (error)
        return give_up(dial, strerror(error));
    finish(dial, dial->fd);
}

static bool open_socket(tm_dial *dial, const tm_address *address)
{
    int one = 1;
    unsigned user_timeout = TM_DIAL_USER_TIMEOUT_MS;
    int kind = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
    dial->fd = socket(address->at.ss_family, kind, IPPROTO_TCP);
    if (dial->fd < 0)
        return false;
    setsockopt(dial->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(dial->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout, sizeof user_timeout);
    int failed = connect(dial->fd, (const struct sockaddr *)&address->at, address->n);
    return failed == 0 || errno == EINPROGRESS;
}

static void try_address(tm_dial *dial)
{
    if (!open_socket(dial, current(dial)))
        return give_up(dial, strerror(errno));
    dial->watch = tm_watch_new(dial->loop, dial->fd, take_outcome, dial);
    if (!dial->watch || !tm_watch_want(dial->watch, TM_WATCH_WRITE))
        return give_up(dial, "out of memory");
    if (dial->tried + 1 < dial->addresses.count)
        tm_timer_start(dial->next, TM_DIAL_NEXT_MS);
    else
        tm_timer_stop(dial->next);
}

static void go_on(void *argument)
{
    tm_dial *dial = argument;
    if (dial->fd >= 0)
        return give_up(dial, "no answer");
    if (dial->tried < dial->addresses.count)
        return try_address(dial);
    finish(dial, -1);
}

static void take_addresses(void *owner, const tm_addresses *found, const char *why)
{
    tm_dial *dial = owner;
    dial->lookup = NULL;
    dial->addresses = *found;
    snprintf(dial->why, sizeof dial->why, "%s", why ? why : "");
    /* "localhost" has one address a family, and IPv4's is the likely one: keep the order of two. */
    if (found->count > 2 && !dial->in_order)
        dial->first = (size_t)(tm_retry_chance(dial->clock) * (double)found->count);
    go_on(dial);
}

tm_dial *tm_dial_start(const tm_heap *heap, const tm_clock *clock, tm_loop *loop, tm_text host,
                       uint16_t port, bool in_order,
                       void (*done)(void *owner, int fd, const char *why), void *owner)
{
    tm_dial *dial = tm_heap_alloc(heap, sizeof *dial);
    if (!dial)
        return NULL;
    *dial = (tm_dial){.heap = heap,
                      .clock = clock,
                      .loop = loop,
                      .in_order = in_order,
                      .fd = -1,
                      .done = done,
                      .owner = owner};
    dial->next = tm_timer_new(loop, go_on, dial);
    dial->lookup =
        dial->next ? tm_resolve_start(heap, loop, host, port, take_addresses, dial) : NULL;
    if (dial->lookup)
        return dial;
    free_dial(dial);
    return NULL;
}

void tm_dial_cancel(tm_dial *dial)
{
    if (dial->lookup)
        tm_resolve_cancel(dial->lookup);
    free_dial(dial);
}
