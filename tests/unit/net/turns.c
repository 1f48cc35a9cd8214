/* What one connection may take of a turn of the loop before others have theirs, counted in reads.
 * SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "net/transport.h"

#include <semaphore.h>

/* Counts reads between turns. A turn tells of itself once, before or behind what the connection
 * does in it: so two of its turns may fall between. */
typedef struct counted {
    tm_transport_kind kind; /* the plain one, but for `read` */
    ptrdiff_t (*read)(tm_transport *transport, const struct iovec *part, unsigned parts);
    tm_loop *loop;
    unsigned reads; /* in this turn */
    unsigned most;  /* in any */
    sem_t held, go;
    atomic_bool ends;
} counted;

static counted count; /* a transport's kind has no owner */

static ptrdiff_t count_read(tm_transport *transport, const struct iovec *part, unsigned parts)
{
    const ptrdiff_t n = count.read(transport, part, parts);
    count.reads += n > 0;
    count.most = count.reads > count.most ? count.reads : count.most;
    return n;
}

static tm_transport *make_counted(void *owner, const tm_heap *heap, int fd)
{
    (void)owner;
    tm_transport *transport = tm_transport_plain(heap, fd);
    if (!transport)
        return NULL;
    count.kind = *transport->kind;
    count.read = count.kind.read;
    count.kind.read = count_read;
    transport->kind = &count.kind;
    return transport;
}

static void see_turn(void *argument)
{
    (void)argument;
    count.reads = 0;
    if (!atomic_load(&count.ends))
        tm_loop_post(count.loop, see_turn, NULL);
}

static void hold(void *argument)
{
    (void)argument;
    sem_post(&count.held);
    sem_wait(&count.go);
}

/* Reads until these few bytes have come. */
static bool comes(int fd, const char *end)
{
    char some[8 + 4096];
    size_t kept = 0;
    for (ssize_t n; (n = recv(fd, some + kept, sizeof some - kept, 0)) > 0;) {
        const size_t all = kept + (size_t)n;
        if (memmem(some, all, end, strlen(end)))
            return true;
        kept = all < 8 ? all : 8;
        memmove(some, some + all - kept, kept);
    }
    return false;
}

/* The most reads of a turn while one connection brings `bytes`, all of which are there when the
 * loop looks; the answer to them ends as told. */
static unsigned most_reads(tm_text bytes, const char *end)
{
    memset(&count, 0, sizeof count);
    fixture *f = open_fixture((tm_listener_options){.transport = {.make = make_counted}});
    const int fd = dial(f), room = 4 << 20;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    count.loop = f->loop;
    sem_init(&count.held, 0, 0);
    sem_init(&count.go, 0, 0);
    EVENTUALLY(tm_listener_count(f->listener).open == 1);
    pass_loop(f);
    tm_loop_post(f->loop, hold, NULL);
    sem_wait(&count.held);
    tm_loop_post(f->loop, see_turn, NULL);
    say(fd, bytes);
    sem_post(&count.go);
    assert_true(comes(fd, end));
    atomic_store(&count.ends, true);
    pass_loop(f);
    pass_loop(f);
    close(fd);
    close_fixture(f);
    return count.most;
}

#define LARGE (400 << 10)

static void a_body_is_read_on(void **state)
{
    (void)state;
    static char request[LARGE];
    const int head = snprintf(request, sizeof request,
                              POST_("/v1/traces", "Content-Length: %d\r\n\r\n"), 300 << 10);
    const tm_text whole = tm_text_slice(request, (size_t)head + (300 << 10));
    assert_true(most_reads(whole, "7200 ...") >= 3);
}

static void many_small_requests_leave_others_their_turn(void **state)
{
    (void)state;
    static char requests[LARGE];
    const tm_text small = TM_TEXT(POST_("/v1/traces", "Content-Length: 200\r\n\r\n"));
    const tm_text last = TM_TEXT("GET / HTTP/1.1\r\nHost: a\r\n" CLOSE "\r\n");
    size_t n = 0;
    while (n + small.n + 200 + last.n < 300 << 10) {
        memcpy(requests + n, small.p, small.n);
        memset(requests + n + small.n, 'x', 200);
        n += small.n + 200;
    }
    memcpy(requests + n, last.p, last.n);
    assert_true(most_reads(tm_text_slice(requests, n + last.n), "\n\r\npage") <= 2);
}

static void frames_that_carry_nothing_leave_others_their_turn(void **state)
{
    (void)state;
    static char frames[LARGE];
    static const char start[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0";
    static const char unknown[] = "\0\0\0\xc8\0\0\0\0\0";
    static const char ping[] = "\0\0\10\6\0\0\0\0\0the last";
    size_t n = sizeof start - 1;
    memcpy(frames, start, n);
    for (; n < 300 << 10; n += sizeof unknown - 1)
        memcpy(frames + n, unknown, sizeof unknown - 1);
    memcpy(frames + n, ping, sizeof ping - 1);
    assert_true(most_reads(tm_text_slice(frames, n + sizeof ping - 1), "the last") <= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_is_read_on),
        cmocka_unit_test(many_small_requests_leave_others_their_turn),
        cmocka_unit_test(frames_that_carry_nothing_leave_others_their_turn),
    };
    return cmocka_run_group_tests_name("net/turns", tests, NULL, NULL);
}
