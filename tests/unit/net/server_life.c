/* The server over real sockets: time, memory, limits, pauses, the end.
 * SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "net/conn.h"
#include "net/server_call.h"

static void slow_heads_bodies_and_idlers_are_shown_out(void **state)
{
    (void)state;
    tm_listener_options hurry = {.header_ms = 2500, .body_ms = 2500, .idle_ms = 2500};
    fixture *f = open_fixture(hurry);
    int silent = dial(f), head = dial(f), body = dial(f), idle = dial(f);
    say(head, TM_TEXT("GET / HTTP/1.1\r\nHost"));
    say(body, TM_TEXT(POST_("/v1/traces", "Content-Length: 2\r\n\r\nx")));
    say(idle, TM_TEXT("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_non_null(strstr(hear(head, NULL), "HTTP/1.1 408"));
    assert_non_null(strstr(hear(body, NULL), "HTTP/1.1 503"));
    assert_non_null(strstr(hear(idle, NULL), "page"));
    assert_string_equal(hear(silent, NULL), "");
    close(silent), close(head), close(body), close(idle);
    close_fixture(f);
}

static void a_warm_server_allocates_nothing_for_a_request(void **state)
{
    (void)state;
    fixture *f = open_fixture((tm_listener_options){0});
    static char zeros[300000];
    long before = 0;
    int fd = dial(f);
    for (int i = 0; i < 40; i++) {
        if (i == 20)
            before = atomic_load(&f->allocations);
        say(fd, TM_TEXT(POST_("/v1/traces", "Content-Length: 300000\r\n\r\n")));
        say(fd, tm_text_slice(zeros, sizeof zeros));
        assert_non_null(strstr(hear(fd, "300000 ..."), "HTTP/1.1 200"));
    }
    assert_int_equal(atomic_load(&f->allocations), before);
    close(fd);
    close_fixture(f);
}

typedef struct crowd {
    int calls;
    char line[128];
} crowd;

static void keep_crowd(void *owner, const tm_crowded *crowded)
{
    crowd *c = owner;
    const char *port = crowded->peer.n ? memchr(crowded->peer.p, ':', crowded->peer.n) : NULL;
    c->calls++;
    snprintf(c->line, sizeof c->line, "%.*s %.*s %s", TM_PRI(crowded->port),
             port ? (int)(port - crowded->peer.p) : 0, crowded->peer.p, crowded->why);
}

static void one_address_cannot_have_all_connections(void **state)
{
    (void)state;
    crowd seen = {0};
    fixture *f = open_fixture((tm_listener_options){.max_connections_per_ip = 3,
                                                    .name = TM_TEXT("otlp/grpc"),
                                                    .crowded = keep_crowd,
                                                    .crowded_owner = &seen});
    int fds[4];
    for (int i = 0; i < 4; i++) {
        fds[i] = dial(f);
        say(fds[i], TM_TEXT("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
        char *answer = hear(fds[i], "page");
        assert_true(i < 3 ? strstr(answer, "page") != NULL : *answer == 0);
    }
    for (int i = 0; i < 4; i++)
        close(fds[i]);
    EVENTUALLY(tm_listener_count(f->listener).open == 0);
    int fd = dial(f);
    say(fd, TM_TEXT("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_non_null(strstr(hear(fd, "page"), "page"));
    assert_int_equal(tm_listener_count(f->listener).refused, 1);
    assert_int_equal(tm_listener_count(f->listener).open, 1);
    close(fd);
    close_fixture(f);
    assert_int_equal(seen.calls, 1);
    assert_string_equal(seen.line, "otlp/grpc 127.0.0.1 3 connections of its address are open");
}

static void accepting_pauses_when_all_connections_are_taken(void **state)
{
    (void)state;
    crowd seen = {0};
    fixture *f = open_fixture(
        (tm_listener_options){.max_connections = 2, .crowded = keep_crowd, .crowded_owner = &seen});
    int a = dial(f), b = dial(f), c = dial(f);
    say(b, TM_TEXT("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    hear(b, "page");
    say(c, TM_TEXT("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    usleep(200000);
    assert_int_equal(tm_listener_count(f->listener).accepted, 2);
    close(a);
    assert_non_null(strstr(hear(c, "page"), "page"));
    close(b), close(c);
    close_fixture(f);
    assert_int_equal(seen.calls, 1);
    assert_string_equal(seen.line, "  2 connections are open");
}

/* They came and left while there was no place; the one that is still there gets the next. */
__attribute__((unused)) static void who_has_left_the_queue_takes_nobodys_place(void **state)
{
    (void)state;
    fixture *f = open_fixture((tm_listener_options){.max_connections = 1});
    int a = dial(f);
    say(a, TM_TEXT("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    hear(a, "page");
    for (int i = 0; i < 20; i++)
        close(dial(f));
    int b = dial(f);
    say(b, TM_TEXT("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    close(a);
    assert_non_null(strstr(hear(b, "page"), "page"));
    assert_int_equal(tm_listener_count(f->listener).accepted, 2);
    assert_int_equal(tm_listener_count(f->listener).refused, 0);
    close(b);
    close_fixture(f);
}

static void a_paused_listener_reads_nothing(void **state)
{
    (void)state;
    fixture *f = open_fixture((tm_listener_options){.header_ms = 2500});
    int fd = dial(f);
    say(fd, TM_TEXT("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    hear(fd, "page");
    tm_listener_pause(f->listener, true);
    pass_loop(f);
    say(fd, TM_TEXT("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    usleep(3000000); /* longer than a head may take */
    assert_int_equal(tm_listener_count(f->listener).served, 1);
    tm_listener_pause(f->listener, false);
    assert_non_null(strstr(hear(fd, "page"), "page"));
    close(fd);
    close_fixture(f);
}

static void see_closed(void *argument)
{
    fixture *f = argument;
    f->closed++;
    tm_loop_stop(f->loop);
}

static void begin_closing(void *argument)
{
    fixture *f = argument;
    tm_listener_close(f->listener, f->closed ? 300 : 1000 * TM_PATIENCE_S, see_closed, f);
    f->closed = 0;
}

static void answer_pending(void *argument)
{
    fixture *f = argument;
    tm_exchange_reply(f->pending, &(tm_reply){.body = TM_TEXT("at last")});
}

static void a_shutdown_lets_requests_finish(void **state)
{
    (void)state;
    fixture *f = open_fixture((tm_listener_options){0});
    int idle = dial(f), busy = dial(f);
    say(idle, TM_TEXT("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    hear(idle, "page");
    say(busy, TM_TEXT(POST_("/never", "\r\n")));
    EVENTUALLY(f->pending);
    tm_loop_post(f->loop, begin_closing, f);
    assert_string_equal(hear(idle, NULL), "");
    close(idle);
    tm_loop_post(f->loop, answer_pending, f);
    char *answer = hear(busy, NULL);
    assert_non_null(strstr(answer, "at last"));
    assert_non_null(strstr(answer, "Connection: close"));
    close(busy);
    pthread_join(f->thread, NULL);
    assert_int_equal(f->closed, 1);
    pthread_create(&f->thread, NULL, run, f->loop);
    close_fixture(f);
}

static void after_the_grace_connections_are_cut(void **state)
{
    (void)state;
    fixture *f = open_fixture((tm_listener_options){0});
    int busy = dial(f);
    say(busy, TM_TEXT(POST_("/never", "\r\n")));
    EVENTUALLY(f->pending);
    f->closed = 1; /* a short grace */
    tm_loop_post(f->loop, begin_closing, f);
    assert_string_equal(hear(busy, NULL), "");
    close(busy);
    pthread_join(f->thread, NULL);
    assert_int_equal(f->closed, 1);
    assert_true(atomic_load(&f->pending)->cancelled);
    answer_pending(f); /* harmless */
    pthread_create(&f->thread, NULL, run, f->loop);
    close_fixture(f);
}

static void a_port_in_use_is_said_to_be(void **state)
{
    (void)state;
    fixture *f = open_fixture((tm_listener_options){0});
    char address[64];
    snprintf(address, sizeof address, "localhost:%u", tm_listener_port(f->listener));
    tm_listener_options again = {.address = tm_text_of(address), .name = TM_TEXT("otlp/grpc")};
    assert_null(tm_listener_open(f->server, &again, f->error, sizeof f->error));
    assert_non_null(strstr(f->error, "otlp/grpc cannot listen at localhost:"));
    assert_non_null(strstr(f->error, "Address already in use"));
    static const char *const bad[] = {"", "localhost", "localhost:", "localhost:99999", ":x"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        again.address = tm_text_of(bad[i]);
        assert_null(tm_listener_open(f->server, &again, f->error, sizeof f->error));
    }
    close_fixture(f);
}

/* Any request over HTTP/2, fields written without a table: POST /v1/traces of 2 bytes of JSON. */
static const char http2_request[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
                                    "\0\0\0\4\0\0\0\0\0"
                                    "\0\0\x24\1\4\0\0\0\1"
                                    "\x83\x86\x04\x0a/v1/traces\x01\x01"
                                    "a\x0f\x10\x10"
                                    "application/json"
                                    "\0\0\2\0\1\0\0\0\1{}";

/* The n-th allocation fails, or all from it on, whichever it is: nothing crashes, the next
 * connection is served. */
static void each_allocation_of_a_request_may_fail(void **state)
{
    (void)state;
    static const tm_text requests[] = {
        TM_TEXT(POST_("/v1/traces", CLOSE CHUNKED "\r\n5\r\nhello\r\n0\r\n\r\n")),
        TM_TEXT("GET /none HTTP/1.1\r\nHost: a\r\n" CLOSE "\r\n"),
        {http2_request, sizeof http2_request - 1},
    };
    fixture *f = open_fixture((tm_listener_options){0});
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        for (long n = 2; n < 120; n++) {
            atomic_store(&f->lasting, n % 2 != 0);
            atomic_store(&f->failing, atomic_load(&f->allocations) + n / 2);
            int fd = dial(f);
            say(fd, requests[i]);
            char *answer = hear(fd, i == 2 ? "json 2" : NULL);
            bool blamed = strstr(answer, "HTTP/1.1 4") && !strstr(answer, "HTTP/1.1 404");
            assert_false(blamed); /* it was not the request's fault: 503, or no answer at all */
            close(fd);
        }
        atomic_store(&f->failing, 0);
        int fd = dial(f);
        say(fd, requests[i]);
        const char *wanted = i == 0 ? "protobuf 5" : i == 1 ? "HTTP/1.1 404" : "json 2";
        char *answer = hear(fd, wanted);
        assert_non_null(memmem(answer, 4096, wanted, strlen(wanted)));
        close(fd);
    }
    close_fixture(f);
}

/* Whether a cold server reset the stream as one that it had not begun to serve, which clients send
 * again. It may also answer or hang up, but never call the failure the request's. */
static bool refuses_stream(long failing)
{
    static const char reset[] = "\0\0\4\3\0\0\0\0\1\0\0\0";
    char in[4096];
    size_t n = 0;
    const char *found = NULL;
    fixture *f = open_fixture((tm_listener_options){0});
    atomic_store(&f->failing, atomic_load(&f->allocations) + failing);
    int fd = dial(f);
    say(fd, tm_text_slice(http2_request, sizeof http2_request - 1));
    while (!found && !memmem(in, n, "json 2", 6) && !memmem(in, n, "\"code\":14", 9)) {
        ssize_t got = recv(fd, in + n, sizeof in - n, 0);
        if (got <= 0)
            break;
        n += (size_t)got;
        found = memmem(in, n, reset, sizeof reset - 1);
        found = found && found + sizeof reset <= in + n ? found : NULL;
    }
    close(fd);
    close_fixture(f);
    if (found)
        assert_int_equal(found[sizeof reset - 1], 7); /* REFUSED_STREAM */
    return found;
}

static void a_stream_without_memory_is_refused(void **state)
{
    (void)state;
    unsigned refused = 0;
    for (long n = 1; n < 60; n++)
        refused += refuses_stream(n);
    assert_true(refused > 0);
}

/* Its call has ended a moment after the turn of the loop began, in which it is asked for its age.
 */
static void serve_and_tick(void *owner, tm_exchange *exchange)
{
    tm_conn *conn = ((tm_server_call *)exchange)->conn;
    serve_page(owner, exchange);
    tm_conn_tick(conn, conn->active_ms - 1);
}

static void a_call_that_ends_later_than_the_turn_began_ends_no_connection(void **state)
{
    (void)state;
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
                                  "\0\0\0\4\0\0\0\0\0";
    static const char page[] = "\0\0\6\1\5\0\0\0\1\x82\x86\x84\x41\1a"; /* GET / */
    char next[sizeof page];
    fixture *f = open_fixture((tm_listener_options){0});
    f->services[3].serve = serve_and_tick;
    int fd = dial(f);
    say(fd, tm_text_slice(preface, sizeof preface - 1));
    for (char stream = 1; stream < 6; stream += 2) {
        memcpy(next, page, sizeof page);
        next[8] = stream;
        say(fd, tm_text_slice(next, sizeof next - 1));
        char *answer = hear(fd, "page");
        assert_non_null(memmem(answer, 1024, "page", 4));
        assert_null(memmem(answer, 1024, "max_idle", 8));
        memset(answer, 0, 1024);
    }
    close(fd);
    close_fixture(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slow_heads_bodies_and_idlers_are_shown_out),
        cmocka_unit_test(a_warm_server_allocates_nothing_for_a_request),
        cmocka_unit_test(one_address_cannot_have_all_connections),
        cmocka_unit_test(accepting_pauses_when_all_connections_are_taken),
#ifndef TM_TEST_RECORDS /* there a client says hello before it leaves */
        cmocka_unit_test(who_has_left_the_queue_takes_nobodys_place),
#endif
        cmocka_unit_test(a_paused_listener_reads_nothing),
        cmocka_unit_test(a_shutdown_lets_requests_finish),
        cmocka_unit_test(after_the_grace_connections_are_cut),
        cmocka_unit_test(each_allocation_of_a_request_may_fail),
        cmocka_unit_test(a_stream_without_memory_is_refused),
        cmocka_unit_test(a_call_that_ends_later_than_the_turn_began_ends_no_connection),
        cmocka_unit_test(a_port_in_use_is_said_to_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
