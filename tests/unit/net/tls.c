/* The transport of TLS, two ends in one thread: steps of handshakes, records in parts, sockets that
 * are full, and ends. SPDX-License-Identifier: Apache-2.0 */
#include "net/transport.h"

#include "net/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tls_ends.h"

/* What the client writes waits at `wire[1]` until it is passed on to the server by `wire[0]`. */
typedef struct ends {
    tm_transport *client, *server;
    int from_client, to_server;
} ends;

static char zeros[3 << 20];

static ends open_ends(void)
{
    int a[2], b[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, a), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, b), 0);
    return (ends){tls_end_connect(NULL, NULL, a[0]), tls_end_accept(NULL, NULL, b[0]), a[1], b[1]};
}

/* Passes at most n bytes on, each way; how many the client had said. */
static size_t pass(const ends *e, size_t n)
{
    static char some[1 << 16];
    ssize_t got = recv(e->from_client, some, n < sizeof some ? n : sizeof some, 0);
    if (got > 0)
        assert_int_equal(send(e->to_server, some, (size_t)got, 0), got);
    ssize_t back = recv(e->to_server, some, sizeof some, 0);
    if (back > 0)
        assert_int_equal(send(e->from_client, some, (size_t)back, 0), back);
    return got > 0 ? (size_t)got : 0;
}

static ends open_shaken(void)
{
    ends e = open_ends();
    int client = TM_IO_AGAIN, server = TM_IO_AGAIN;
    for (int i = 0; i < 20 && (client == TM_IO_AGAIN || server == TM_IO_AGAIN); i++) {
        client = client == TM_IO_AGAIN ? tm_transport_shake(e.client) : client;
        server = server == TM_IO_AGAIN ? tm_transport_shake(e.server) : server;
        pass(&e, SIZE_MAX);
    }
    assert_int_equal(client, TM_IO_DONE);
    assert_int_equal(server, TM_IO_DONE);
    return e;
}

static void close_ends(ends *e)
{
    e->client->kind->close(e->client);
    e->server->kind->close(e->server);
    close(e->from_client);
    close(e->to_server);
}

static ptrdiff_t read_some(tm_transport *t, size_t n)
{
    static char some[1 << 16];
    const struct iovec part = {some, n};
    return t->kind->read(t, &part, 1);
}

static void a_handshake_waits_for_whatever_comes_next(void **state)
{
    (void)state;
    ends e = open_ends();
    assert_int_equal(tm_transport_shake(e.server), TM_IO_AGAIN);
    assert_int_equal(tm_transport_watch(e.server, TM_WATCH_READ), TM_WATCH_READ);
    assert_int_equal(tm_transport_shake(e.client), TM_IO_AGAIN);
    for (int byte = 0; byte < 100; byte++) {
        assert_int_equal(pass(&e, 1), 1);
        assert_int_equal(tm_transport_shake(e.server), TM_IO_AGAIN);
        assert_false(tm_transport_pending(e.server));
    }
    close_ends(&e);
}

static void part_of_a_record_is_nothing_to_be_read(void **state)
{
    (void)state;
    ends e = open_shaken();
    read_some(e.client, 1); /* nothing but what follows a handshake */
    assert_int_equal(tm_transport_write(e.client, zeros, 1000), 1000);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pass(&e, i ? 200 : 3), i ? 200 : 3);
        assert_int_equal(read_some(e.server, 5000), TM_IO_AGAIN);
        assert_false(tm_transport_pending(e.server)); /* or the loop would turn and turn */
        assert_int_equal(tm_transport_watch(e.server, TM_WATCH_READ), TM_WATCH_READ);
    }
    pass(&e, SIZE_MAX);
    assert_int_equal(read_some(e.server, 400), 400);
    assert_true(tm_transport_pending(e.server)); /* of which the socket does not tell */
    assert_int_equal(read_some(e.server, 5000), 600);
    assert_false(tm_transport_pending(e.server));
    close_ends(&e);
}

static void several_records_fill_several_parts(void **state)
{
    (void)state;
    ends e = open_shaken();
    char one[3], two[40000];
    for (int i = 0; i < 2; i++)
        assert_int_equal(tm_transport_write(e.client, "abcdefgh", 8), 8);
    assert_int_equal(tm_transport_write(e.client, zeros, 20000), 20000);
    while (pass(&e, SIZE_MAX))
        ;
    const struct iovec part[] = {{one, 3}, {NULL, 0}, {two, sizeof two}};
    assert_int_equal(e.server->kind->read(e.server, part, 3), 20016);
    assert_memory_equal(one, "abc", 3);
    assert_memory_equal(two, "defghabcdefgh\0\0", 15);
    close_ends(&e);
}

/* More parts than a record holds, some of them larger than one, into a socket that fills up: what
 * is left comes again from elsewhere in memory. */
static void a_full_socket_takes_the_rest_later(void **state)
{
    (void)state;
    ends e = open_shaken();
    const size_t n = sizeof zeros;
    char *data = malloc(n), *again = malloc(n), *got = malloc(n);
    for (size_t i = 0; i < n; i++)
        data[i] = (char)(i * 7 + i / 300);
    memcpy(again, data, n);
    size_t sent = 0, come = 0, waits = 0;
    for (int turn = 0; come < n; turn++) {
        const char *p = turn % 2 ? data : again;
        size_t rest = n - sent, first = rest < 5000 ? rest : 5000;
        const struct iovec part[] = {{(char *)(uintptr_t)p + sent, first / 2},
                                     {(char *)(uintptr_t)p + sent + first / 2, first - first / 2},
                                     {(char *)(uintptr_t)p + sent + first, rest - first}};
        ptrdiff_t put = rest ? e.client->kind->write(e.client, part, 3) : 0;
        assert_true(put >= 0 || put == TM_IO_AGAIN);
        waits += put == TM_IO_AGAIN;
        sent += put > 0 ? (size_t)put : 0;
        if (put == TM_IO_AGAIN)
            assert_int_equal(tm_transport_watch(e.client, TM_WATCH_WRITE), TM_WATCH_WRITE);
        if (turn % 3 == 0)
            pass(&e, SIZE_MAX);
        const struct iovec room = {got + come, n - come};
        ptrdiff_t more = e.server->kind->read(e.server, &room, 1);
        come += more > 0 ? (size_t)more : 0;
    }
    assert_true(waits > 0);
    assert_memory_equal(got, data, n);
    free(data), free(again), free(got);
    close_ends(&e);
}

static void an_end_is_told_once_all_is_read(void **state)
{
    (void)state;
    ends e = open_shaken();
    assert_int_equal(tm_transport_write(e.client, "last words", 10), 10);
    assert_int_equal(e.client->kind->finish(e.client), TM_IO_DONE);
    assert_int_equal(e.client->kind->finish(e.client), TM_IO_DONE);
    while (pass(&e, SIZE_MAX))
        ;
    assert_int_equal(read_some(e.server, 4), 4);
    assert_true(tm_transport_pending(e.server));
    assert_int_equal(read_some(e.server, 100), 6);
    assert_true(tm_transport_pending(e.server)); /* the end itself */
    assert_int_equal(read_some(e.server, 100), TM_IO_END);
    assert_false(tm_transport_pending(e.server));
    assert_int_equal(tm_transport_write(e.server, "yes", 3), 3); /* that side is still open */
    close_ends(&e);
}

static void a_forged_record_is_a_failure(void **state)
{
    (void)state;
    ends e = open_shaken();
    assert_int_equal(send(e.to_server, "\x17\x03\x03\x00\x20", 5, 0), 5);
    assert_int_equal(send(e.to_server, zeros, 32, 0), 32);
    assert_int_equal(read_some(e.server, 100), TM_IO_FAILED);
    assert_non_null(e.server->why);
    assert_int_equal(read_some(e.server, 100), TM_IO_FAILED);
    assert_int_equal(tm_transport_write(e.server, "x", 1), TM_IO_FAILED);
    close_ends(&e);
}

static void who_only_looks_is_not_explained(void **state)
{
    (void)state;
    ends e = open_ends();
    shutdown(e.to_server, SHUT_WR);
    assert_int_equal(tm_transport_shake(e.server), TM_IO_FAILED);
    assert_null(e.server->why);
    assert_int_equal(tm_transport_shake(e.server), TM_IO_FAILED);
    assert_int_equal(tm_transport_shake(e.client), TM_IO_AGAIN);
    shutdown(e.from_client, SHUT_WR);
    assert_int_equal(tm_transport_shake(e.client), TM_IO_FAILED);
    assert_non_null(strstr(e.client->why, "hung up"));
    close_ends(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_handshake_waits_for_whatever_comes_next),
        cmocka_unit_test(part_of_a_record_is_nothing_to_be_read),
        cmocka_unit_test(several_records_fill_several_parts),
        cmocka_unit_test(a_full_socket_takes_the_rest_later),
        cmocka_unit_test(an_end_is_told_once_all_is_read),
        cmocka_unit_test(a_forged_record_is_a_failure),
        cmocka_unit_test(who_only_looks_is_not_explained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
