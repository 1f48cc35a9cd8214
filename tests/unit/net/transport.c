/* Transport: handshakes in steps, writes that wait for reads, bytes that are held back; and that a
 * server and a dial over such a transport neither starve nor wait for nothing.
 * SPDX-License-Identifier: Apache-2.0 */
#define TM_TEST_RECORDS
#include "fixture.h"

#include "net/client/client_dial.h"

/* ---- two ends in one thread ------------------------------------------------------------------ */

typedef struct ends {
    tm_transport *client, *server;
} ends;

static ends open_ends(void)
{
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    return (ends){records_new(NULL, fds[0], false), records_new(NULL, fds[1], true)};
}

static void shake_ends(ends *e)
{
    int client = TM_IO_AGAIN, server = TM_IO_AGAIN;
    for (int i = 0; i < 10 && (client != TM_IO_DONE || server != TM_IO_DONE); i++) {
        client = client == TM_IO_DONE ? client : tm_transport_shake(e->client);
        server = server == TM_IO_DONE ? server : tm_transport_shake(e->server);
    }
    assert_int_equal(client, TM_IO_DONE);
    assert_int_equal(server, TM_IO_DONE);
}

static void close_ends(ends *e)
{
    e->client->kind->close(e->client);
    e->server->kind->close(e->server);
}

static void a_handshake_takes_steps_and_says_what_it_waits_for(void **state)
{
    (void)state;
    ends e = open_ends();
    assert_int_equal(tm_transport_shake(e.server), TM_IO_AGAIN);
    assert_int_equal(tm_transport_watch(e.server, TM_WATCH_READ), TM_WATCH_READ);
    assert_int_equal(tm_transport_shake(e.client), TM_IO_AGAIN);
    assert_int_equal(tm_transport_shake(e.server), TM_IO_AGAIN);
    assert_int_equal(tm_transport_shake(e.client), TM_IO_AGAIN);
    assert_int_equal(tm_transport_shake(e.server), TM_IO_DONE);
    assert_int_equal(tm_transport_shake(e.client), TM_IO_DONE);
    close_ends(&e);
}

static void a_write_waits_until_the_reader_has_answered(void **state)
{
    (void)state;
    static char zeros[20000], got[30000];
    ends e = open_ends();
    shake_ends(&e);
    ptrdiff_t n = tm_transport_write(e.client, zeros, sizeof zeros);
    assert_int_equal(n, RECORD_KEYS * RECORD_MOST);
    assert_int_equal(tm_transport_watch(e.client, TM_WATCH_WRITE), TM_WATCH_READ);
    assert_int_equal(tm_transport_able(e.client, TM_WATCH_READ), TM_WATCH_READ | TM_WATCH_WRITE);
    assert_int_equal(tm_transport_able(e.client, TM_WATCH_WRITE), 0);
    assert_int_equal(tm_transport_write(e.client, zeros, 1), TM_IO_AGAIN);
    const struct iovec part = {got, sizeof got};
    assert_false(tm_transport_pending(e.server));
    assert_int_equal(e.server->kind->read(e.server, &part, 1), RECORD_GIVE);
    assert_true(tm_transport_pending(e.server)); /* the rest is inside, the socket is empty */
    while (e.server->kind->read(e.server, &part, 1) > 0)
        ;
    assert_true(tm_transport_write(e.client, zeros, 1) > 0);
    assert_int_equal(tm_transport_watch(e.client, TM_WATCH_WRITE), TM_WATCH_WRITE);
    close_ends(&e);
}

static void the_plain_transport_does_none_of_it(void **state)
{
    (void)state;
    int fds[2];
    char got[8];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    tm_transport *t = tm_transport_make(&(tm_transport_maker){0}, NULL, fds[0]);
    assert_int_equal(tm_transport_shake(t), TM_IO_DONE);
    assert_false(tm_transport_pending(t) || t->secure);
    const struct iovec parts[] = {{"ab", 2}, {"", 0}, {"cde", 3}},
                       room[] = {{got, 2}, {got + 2, 6}};
    assert_int_equal(t->kind->write(t, parts, 3), 5);
    assert_int_equal(read(fds[1], got, 8), 5);
    assert_memory_equal(got, "abcde", 5);
    for (int what = 0; what < 4; what++) {
        assert_int_equal(tm_transport_watch(t, what), what);
        assert_int_equal(tm_transport_able(t, what), what);
    }
    assert_int_equal(t->kind->read(t, room, 2), TM_IO_AGAIN);
    assert_int_equal(write(fds[1], "fghij", 5), 5);
    assert_int_equal(t->kind->read(t, room, 2), 5);
    assert_memory_equal(got, "fghij", 5);
    assert_int_equal(t->kind->finish(t), TM_IO_DONE);
    assert_int_equal(read(fds[1], got, 8), 0);
    close(fds[1]);
    assert_int_equal(t->kind->read(t, room, 2), TM_IO_END);
    t->kind->close(t);
}

/* ---- a server -------------------------------------------------------------------------------- */

/* More than a turn's reads give comes in at once, so that the socket is empty while most of it
 * waits inside the transport, and nothing else comes until it is answered. */
static void what_the_transport_holds_back_is_read_without_the_socket_saying_so(void **state)
{
    (void)state;
    enum { BODY = 4300 }; /* no new key is due while it is sent: nobody would send anything */
    fixture *f = open_fixture((tm_listener_options){0});
    static char body[BODY];
    int fd = dial(f);
    for (int i = 0; i < 20; i++) {
        say(fd, TM_TEXT(POST_("/v1/traces", "Content-Length: 4300\r\n\r\n")));
        say(fd, tm_text_slice(body, BODY));
        assert_non_null(strstr(hear(fd, "4300 ..."), "HTTP/1.1 200"));
    }
    close(fd);
    close_fixture(f);
}

/* A client that never says hello has as long as a head may take, and one that says something else
 * is shown out. */
static void handshakes_come_to_an_end(void **state)
{
    (void)state;
    fixture *f = open_fixture((tm_listener_options){.header_ms = 1000});
    int silent = dial_plainly(f), wrong = dial_plainly(f);
    say(wrong, TM_TEXT("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_string_equal(hear(wrong, NULL), "");
    assert_string_equal(hear(silent, NULL), "");
    assert_int_equal(tm_listener_count(f->listener).timeouts, 1);
    EVENTUALLY(tm_listener_count(f->listener).open == 0);
    close(silent), close(wrong);
    close_fixture(f);
}

/* ---- dialing --------------------------------------------------------------------------------- */

typedef struct dialing {
    tm_loop *loop;
    tm_transport *transport;
    char why[200];
} dialing;

static void note_dial(void *owner, tm_transport *transport, const tm_address *address,
                      const char *why)
{
    dialing *d = owner;
    d->transport = transport;
    assert_true(!transport == !address);
    snprintf(d->why, sizeof d->why, "%s", why ? why : "");
    tm_loop_stop(d->loop);
}

static void dial_address(dialing *d, const char *host, uint16_t port)
{
    tm_addresses found;
    const tm_dial_target target = {.host = tm_text_of(host), .port = port};
    assert_true(tm_resolve_literal(&target, &found));
    assert_non_null(tm_dial_start(NULL, d->loop, &(tm_transport_maker){.make = records_connect},
                                  found.items, 1, note_dial, d));
    tm_loop_run(d->loop);
}

static void dialing_ends_behind_the_handshake(void **state)
{
    (void)state;
    fixture *f = open_fixture((tm_listener_options){0});
    dialing d = {.loop = tm_loop_new()};
    dial_address(&d, "127.0.0.1", tm_listener_port(f->listener));
    assert_non_null(d.transport);
    assert_int_equal(((records *)d.transport)->hellos, 2);
    d.transport->kind->close(d.transport);
    tm_loop_free(d.loop);
    close_fixture(f);
}

static void *answer_nonsense(void *argument)
{
    int fd = accept(*(int *)argument, NULL, NULL);
    assert_int_equal(send(fd, "HTTP/1.1 400\r\n\r\n", 16, MSG_NOSIGNAL), 16);
    char some[100];
    while (recv(fd, some, sizeof some, 0) > 0)
        ;
    close(fd);
    return NULL;
}

static void a_handshake_that_fails_says_why(void **state)
{
    (void)state;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    pthread_t thread;
    char want[100];
    assert_int_equal(bind(listener, (struct sockaddr *)&at, n), 0);
    listen(listener, 8);
    getsockname(listener, (struct sockaddr *)&at, &n);
    pthread_create(&thread, NULL, answer_nonsense, &listener);
    dialing d = {.loop = tm_loop_new()};
    dial_address(&d, "127.0.0.1", ntohs(at.sin_port));
    assert_null(d.transport);
    snprintf(want, sizeof want, "127.0.0.1:%u: no record", ntohs(at.sin_port));
    assert_string_equal(d.why, want);
    pthread_join(thread, NULL);
    close(listener);
    tm_loop_free(d.loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_handshake_takes_steps_and_says_what_it_waits_for),
        cmocka_unit_test(a_write_waits_until_the_reader_has_answered),
        cmocka_unit_test(the_plain_transport_does_none_of_it),
        cmocka_unit_test(what_the_transport_holds_back_is_read_without_the_socket_saying_so),
        cmocka_unit_test(handshakes_come_to_an_end),
        cmocka_unit_test(dialing_ends_behind_the_handshake),
        cmocka_unit_test(a_handshake_that_fails_says_why),
    };
    return cmocka_run_group_tests_name("net/transport", tests, NULL, NULL);
}
