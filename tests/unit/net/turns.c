/* What one connection may take of a turn of the loop before others have theirs, counted in reads
 * and steps. SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "net/transport.h"
#include "tests/unit/io/packing.h"

#include <semaphore.h>

/* Counts reads between turns. A turn tells of itself once, before or behind what the connection
 * does in it: so two of its turns may fall between. */
typedef struct counted {
    tm_transport_kind kind; /* the plain one, but for `read` */
    ptrdiff_t (*read)(tm_transport *transport, const struct iovec *part, unsigned parts);
    tm_loop *loop;
    unsigned reads; /* in this turn */
    unsigned most;  /* in any */
    unsigned turns; /* so far, ... */
    unsigned first; /* ... when the first bytes came, ... */
    unsigned taken; /* ... from then on until a request was served */
    sem_t held, go;
    atomic_bool ends;
} counted;

static counted count; /* a transport's kind has no owner */

static ptrdiff_t count_read(tm_transport *transport, const struct iovec *part, unsigned parts)
{
    const ptrdiff_t n = count.read(transport, part, parts);
    if (n > 0 && !count.first)
        count.first = count.turns;
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
    count.turns++;
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

/* ---- decompression --------------------------------------------------------------------------- */

static void count_serve(void *owner, tm_exchange *exchange)
{
    count.taken = count.turns - count.first;
    serve_report(owner, exchange);
}

static fixture *open_counted(void)
{
    memset(&count, 0, sizeof count);
    fixture *f = open_fixture((tm_listener_options){.transport = {.make = make_counted}});
    f->services[0].serve = count_serve;
    count.loop = f->loop;
    count.turns = 1;
    tm_loop_post(f->loop, see_turn, NULL);
    return f;
}

static void close_counted(fixture *f)
{
    atomic_store(&count.ends, true);
    pass_loop(f);
    pass_loop(f);
    EVENTUALLY(tm_listener_count(f->listener).open == 0);
    for (int part = 0; part < TM_PARTS; part++)
        assert_int_equal(tm_budget_held(&f->budget, part), 0);
    close_fixture(f);
}

static void post_packed(int fd, tm_text body)
{
    char head[200];
    const int n = snprintf(
        head, sizeof head,
        POST_("/v1/traces", "Content-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n"), body.n);
    say(fd, tm_text_slice(head, (size_t)n));
    for (size_t at = 0; at < body.n;) { /* it may take more than the socket does */
        const ssize_t sent = send(fd, body.p + at, body.n - at, MSG_NOSIGNAL);
        assert_true(sent > 0);
        at += (size_t)sent;
    }
}

/* In how many turns a body is taken that is this in gzip. */
static unsigned turns_of(tm_bytes plain, const char *end)
{
    tm_bytes small = packed(TM_CODING_GZIP, tm_bytes_text(&plain));
    fixture *f = open_counted();
    const int fd = dial(f);
    post_packed(fd, tm_bytes_text(&small));
    assert_true(comes(fd, end));
    close(fd);
    close_counted(f);
    tm_bytes_free(&small), tm_bytes_free(&plain);
    return count.taken;
}

static void a_small_body_is_decompressed_at_once(void **state)
{
    (void)state;
    assert_true(turns_of(prose(20000), "20000 ") <= 2);
}

static void a_large_body_is_decompressed_in_steps(void **state)
{
    (void)state;
    assert_true(turns_of(prose(8 << 20), "8388608 ") >= 32);
}

static void a_body_that_gets_large_is_decompressed_in_steps(void **state)
{
    (void)state;
    tm_bytes plain = zeros(2 << 20);
    uint32_t seed = 7;
    for (size_t i = 0; i < 20000; i++)
        plain.p[i] = (char)((seed = seed * 1664525 + 1013904223) >> 24);
    assert_true(turns_of(plain, "2097152 ") >= 8);
}

static void several_bodies_are_decompressed_one_after_the_other(void **state)
{
    (void)state;
    tm_bytes plain = prose(4 << 20), small = packed(TM_CODING_GZIP, tm_bytes_text(&plain));
    fixture *f = open_counted();
    int fds[4];
    for (int i = 0; i < 4; i++)
        fds[i] = dial(f);
    for (int i = 0; i < 4; i++)
        post_packed(fds[i], tm_text_slice(small.p, small.n - (i == 2 ? 20 : 0))); /* one is cut */
    for (int i = 0; i < 4; i++)
        assert_true(comes(fds[i], i == 2 ? "decompressed" : "4194304 "));
    for (int i = 0; i < 4; i++)
        close(fds[i]);
    close_counted(f);
    tm_bytes_free(&small), tm_bytes_free(&plain);
}

/* It is forgotten at any step, with all that it held; others go on. */
static void a_client_may_leave_while_its_body_is_decompressed(void **state)
{
    (void)state;
    tm_bytes plain = prose(4 << 20), small = packed(TM_CODING_GZIP, tm_bytes_text(&plain));
    fixture *f = open_counted();
    for (int i = 0; i < 8; i++) {
        const int leaves = dial(f), stays = dial(f);
        post_packed(leaves, tm_bytes_text(&small));
        post_packed(stays, tm_bytes_text(&small));
        usleep((useconds_t)i * 1000);
        setsockopt(leaves, SOL_SOCKET, SO_LINGER, &(struct linger){.l_onoff = 1},
                   sizeof(struct linger));
        close(leaves); /* by a reset */
        assert_true(comes(stays, "4194304 "));
        close(stays);
    }
    close_counted(f);
    tm_bytes_free(&small), tm_bytes_free(&plain);
}

static void a_server_may_end_while_bodies_are_decompressed(void **state)
{
    (void)state;
    tm_bytes plain = prose(4 << 20), small = packed(TM_CODING_GZIP, tm_bytes_text(&plain));
    fixture *f = open_counted();
    const int one = dial(f), other = dial(f);
    post_packed(one, tm_bytes_text(&small));
    post_packed(other, tm_bytes_text(&small));
    atomic_store(&count.ends, true);
    pass_loop(f);
    close_fixture(f);
    close(one), close(other);
    tm_bytes_free(&small), tm_bytes_free(&plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_is_read_on),
        cmocka_unit_test(many_small_requests_leave_others_their_turn),
        cmocka_unit_test(frames_that_carry_nothing_leave_others_their_turn),
        cmocka_unit_test(a_small_body_is_decompressed_at_once),
        cmocka_unit_test(a_large_body_is_decompressed_in_steps),
        cmocka_unit_test(a_body_that_gets_large_is_decompressed_in_steps),
        cmocka_unit_test(several_bodies_are_decompressed_one_after_the_other),
        cmocka_unit_test(a_client_may_leave_while_its_body_is_decompressed),
        cmocka_unit_test(a_server_may_end_while_bodies_are_decompressed),
    };
    return cmocka_run_group_tests_name("net/turns", tests, NULL, NULL);
}
