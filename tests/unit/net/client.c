/* The gRPC client: endpoints, answers, and a channel against a server of canned bytes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/client.h"
#include "net/client_answer.h"
#include "net/client_dial.h"
#include "net/client_out.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- endpoints ------------------------------------------------------------------------------- */

static void endpoints_are_a_host_and_a_port(void **state)
{
    (void)state;
    static const struct {
        const char *endpoint, *authority, *host;
        int port;
    } good[] = {
        {"tempo:4317", "tempo:4317", "tempo", 4317},
        {"http://tempo.local:4317", "tempo.local:4317", "tempo.local", 4317},
        {"http://tempo:4317/", "tempo:4317", "tempo", 4317},
        {"[::1]:1", "[::1]:1", "::1", 1},
        {"10.0.0.1:65535", "10.0.0.1:65535", "10.0.0.1", 65535},
    };
    static const char *const bad[] = {"",
                                      "tempo",
                                      "tempo:",
                                      ":4317",
                                      "tempo:0",
                                      "t:65536",
                                      "a b:1",
                                      "https://t:1",
                                      "u@h:1",
                                      "::1:4317",
                                      "t:1/x",
                                      "[]:4317",
                                      "t:99999999999999999999",
                                      "http://"};
    tm_text authority, host;
    uint16_t port;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_null(tm_dial_endpoint(tm_text_of(good[i].endpoint), &authority, &host, &port));
        assert_true(tm_text_is(authority, good[i].authority) && tm_text_is(host, good[i].host));
        assert_int_equal(port, good[i].port);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_non_null(tm_dial_endpoint(tm_text_of(bad[i]), &authority, &host, &port));
}

static void literals_and_localhost_need_no_lookup(void **state)
{
    (void)state;
    static const struct {
        const char *host, *first;
        size_t count;
    } rows[] = {
        {"10.1.2.3", "10.1.2.3:80", 1},
        {"::1", "[::1]:80", 1},
        {"localhost", "127.0.0.1:80", 2},
        {"LocalHost.", "127.0.0.1:80", 2},
        {"a.localhost", "127.0.0.1:80", 2},
        {"localhost.com", NULL, 0},
        {"tempo", NULL, 0},
        {"", NULL, 0},
        {"1.2.3.4.5", NULL, 0},
    };
    tm_addresses found;
    char text[80];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool literal = tm_resolve_literal(tm_text_of(rows[i].host), 80, &found);
        assert_int_equal(literal, rows[i].count > 0);
        assert_int_equal(found.count, rows[i].count);
        if (rows[i].count == 0)
            continue;
        tm_resolve_print(&found.items[0], text, sizeof text);
        assert_string_equal(text, rows[i].first);
    }
}

typedef struct finding {
    tm_loop *loop;
    int calls;
    size_t count;
    const char *why;
} finding;

static void find(void *owner, const tm_addresses *found, const char *why)
{
    finding *f = owner;
    f->calls++;
    f->count = found->count;
    f->why = why;
    tm_loop_stop(f->loop);
}

static void stop_finding(void *argument)
{
    tm_loop_stop(((finding *)argument)->loop);
}

static void a_lookup_tells_addresses_or_why_there_are_none(void **state)
{
    (void)state;
    finding f = {.loop = tm_loop_new()};
    assert_non_null(tm_resolve_start(NULL, f.loop, TM_TEXT("::1"), 80, find, &f));
    assert_int_equal(f.calls, 0);
    tm_loop_run(f.loop);
    assert_true(f.calls == 1 && f.count == 1 && !f.why);
    tm_resolve_start(NULL, f.loop, TM_TEXT(""), 80, find, &f);
    tm_loop_run(f.loop);
    assert_true(f.calls == 2 && f.count == 0);
    assert_string_equal(f.why, "no host name");
    tm_loop_free(f.loop);
}

static void a_cancelled_lookup_tells_nothing(void **state)
{
    (void)state;
    finding f = {.loop = tm_loop_new()};
    tm_timer *timer = tm_timer_new(f.loop, stop_finding, &f);
    tm_resolve_cancel(tm_resolve_start(NULL, f.loop, TM_TEXT("a.invalid"), 80, find, &f));
    tm_resolve_cancel(tm_resolve_start(NULL, f.loop, TM_TEXT("::1"), 80, find, &f));
    tm_timer_start(timer, 20);
    tm_loop_run(f.loop);
    assert_int_equal(f.calls, 0);
    tm_timer_free(timer);
    tm_loop_free(f.loop);
}

/* ---- answers --------------------------------------------------------------------------------- */

static tm_answer begun(void)
{
    tm_answer answer;
    tm_answer_init(&answer, NULL);
    assert_true(tm_answer_field(&answer, TM_TEXT(":status"), TM_TEXT("200"), false));
    tm_text type = TM_TEXT("application/grpc");
    assert_true(tm_answer_field(&answer, TM_TEXT("content-type"), type, false));
    return answer;
}

static void a_message_may_be_split_anywhere(void **state)
{
    (void)state;
    const char bytes[] = "\0\0\0\0\003abc";
    for (size_t cut = 0; cut <= 8; cut++) {
        tm_inflater *inflater = NULL;
        tm_answer answer = begun();
        assert_true(tm_answer_data(&answer, tm_text_slice(bytes, cut)));
        assert_true(tm_answer_data(&answer, tm_text_slice(bytes + cut, 8 - cut)));
        assert_true(tm_answer_field(&answer, TM_TEXT("grpc-status"), TM_TEXT("0"), true));
        tm_call_result result = tm_answer_result(&answer, &inflater);
        assert_int_equal(result.code, TM_STATUS_OK);
        assert_true(tm_text_is(result.body, "abc") && !result.again && result.retry_delay_ms == -1);
        tm_answer_free(&answer);
    }
}

static void a_message_that_ends_early_is_internal(void **state)
{
    (void)state;
    tm_inflater *inflater = NULL;
    tm_answer answer = begun();
    tm_answer_data(&answer, tm_text_slice("\0\0\0\0\004abc", 8));
    tm_answer_field(&answer, TM_TEXT("grpc-status"), TM_TEXT("0"), true);
    tm_call_result result = tm_answer_result(&answer, &inflater);
    assert_int_equal(result.code, TM_STATUS_INTERNAL);
    assert_int_equal(result.body.n, 0);
    tm_answer_reset(&answer);
    tm_answer_free(&answer);
}

static void a_status_before_the_end_of_the_stream_is_none(void **state)
{
    (void)state;
    tm_inflater *inflater = NULL;
    tm_answer answer = begun();
    tm_answer_field(&answer, TM_TEXT("grpc-status"), TM_TEXT("0"), false);
    tm_call_result result = tm_answer_result(&answer, &inflater);
    assert_int_equal(result.code, TM_STATUS_UNAVAILABLE);
    assert_true(result.transport && result.again);
    tm_answer_free(&answer);
}

static void a_retry_info_of_no_delay_is_one(void **state)
{
    (void)state;
    tm_inflater *inflater = NULL;
    tm_answer answer = begun();
    tm_bytes details = {.heap = NULL}, text = {.heap = NULL};
    tm_bytes_add(&details, TM_TEXT("\x08\x08\x1a\x2a\x0a\x28"
                                   "type.googleapis.com/google.rpc.RetryInfo"));
    tm_base64_add(tm_bytes_text(&details), &text);
    tm_answer_field(&answer, TM_TEXT("grpc-status"), TM_TEXT("8"), true);
    tm_answer_field(&answer, TM_TEXT("grpc-status-details-bin"), tm_bytes_text(&text), true);
    tm_call_result result = tm_answer_result(&answer, &inflater);
    assert_int_equal(result.retry_delay_ms, 0);
    assert_true(result.again);
    tm_answer_free(&answer);
    tm_bytes_free(&details);
    tm_bytes_free(&text);
}

/* ---- out ------------------------------------------------------------------------------------- */

static void borrowed_bytes_can_be_let_go(void **state)
{
    (void)state;
    tm_out *out = calloc(1, sizeof *out);
    char lent[] = "lent bytes", got[64];
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    tm_transport *transport = tm_transport_plain(NULL, fds[0]);
    assert_int_equal(tm_out_copy(out, "head ", 5), 5);
    tm_out_borrow(out, lent, sizeof lent - 1);
    uint64_t mark = out->added;
    tm_out_copy(out, "!", 1);
    assert_true(tm_out_holds(out, mark));
    assert_true(tm_out_own(out));
    memset(lent, 'x', sizeof lent);
    assert_false(tm_out_holds(out, mark));
    assert_int_equal(tm_out_write(out, transport, true), 0);
    assert_int_equal(read(fds[1], got, sizeof got), 16);
    assert_memory_equal(got, "head lent bytes!", 16);
    transport->kind->close(transport);
    close(fds[1]);
    free(out);
}

/* ---- a server of canned bytes ---------------------------------------------------------------- */

enum { DATA = 0, HEADERS = 1, RST = 3, SETTINGS = 4, GOAWAY = 7, END_STREAM = 1, END_HEADERS = 4 };

/* Answers each stream that ends with an empty message and grpc-status 0, unless `mute`. */
typedef struct canned {
    int listener;
    pthread_t thread;
    uint16_t port;
    bool mute;
    int streams; /* that have ended */
} canned;

static bool read_all(int fd, void *p, size_t n)
{
    return recv(fd, p, n, MSG_WAITALL) == (ssize_t)n;
}

static void put_frame(char **at, int type, int flags, uint32_t stream, const void *p, size_t n)
{
    uint8_t head[9] = {0, (uint8_t)(n >> 8), (uint8_t)n, (uint8_t)type, (uint8_t)flags};
    uint32_t id = htonl(stream);
    memcpy(head + 5, &id, 4);
    memcpy(*at, head, 9);
    memcpy(*at + 9, p, n);
    *at += 9 + n;
}

static void answer_stream(int fd, uint32_t stream)
{
    static const char head[] = "\x88\x0f\x10\x10"
                               "application/grpc";
    static const char trailer[] = "\0\x0bgrpc-status\x01"
                                  "0";
    char out[256], *at = out;
    put_frame(&at, HEADERS, END_HEADERS, stream, head, sizeof head - 1);
    put_frame(&at, DATA, 0, stream, "\0\0\0\0\0", 5);
    put_frame(&at, HEADERS, END_HEADERS | END_STREAM, stream, trailer, sizeof trailer - 1);
    send(fd, out, (size_t)(at - out), MSG_NOSIGNAL);
}

static void serve_one(canned *c, int fd)
{
    /* SETTINGS with a window of 2^30, and the same for the connection. */
    static const char greeting[] = "\0\0\6\4\0\0\0\0\0"
                                   "\0\4\x40\0\0\0"
                                   "\0\0\4\x8\0\0\0\0\0"
                                   "\x3f\0\0\0";
    char preface[24], *body = malloc(1 << 24);
    uint8_t head[9];
    send(fd, greeting, sizeof greeting - 1, MSG_NOSIGNAL);
    bool on = read_all(fd, preface, sizeof preface);
    while (on && read_all(fd, head, sizeof head)) {
        size_t n = (size_t)head[0] << 16 | (size_t)head[1] << 8 | head[2];
        uint32_t stream = (uint32_t)head[7] << 8 | head[8];
        on = n == 0 || read_all(fd, body, n);
        if (on && head[3] == DATA && head[4] & END_STREAM) {
            c->streams++;
            if (!c->mute)
                answer_stream(fd, stream);
        }
    }
    free(body);
    close(fd);
}

static void *serve(void *argument)
{
    canned *c = argument;
    for (int fd; (fd = accept(c->listener, NULL, NULL)) >= 0;)
        serve_one(c, fd);
    return NULL;
}

static void open_canned(canned *c)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    c->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(c->listener, (struct sockaddr *)&at, n), 0);
    listen(c->listener, 8);
    getsockname(c->listener, (struct sockaddr *)&at, &n);
    c->port = ntohs(at.sin_port);
    pthread_create(&c->thread, NULL, serve, c);
}

static void close_canned(canned *c)
{
    shutdown(c->listener, SHUT_RDWR);
    pthread_join(c->thread, NULL);
    close(c->listener);
}

/* ---- a channel ------------------------------------------------------------------------------- */

/* A heap that refuses its n-th allocation, and counts what is not given back. */
typedef struct tight {
    long left; /* allocations until one fails; negative: none does */
    long held;
} tight;

static bool refuses(tight *t)
{
    return t->left >= 0 && t->left-- == 0;
}

static void *tight_alloc(void *owner, size_t n)
{
    tight *t = owner;
    void *p = refuses(t) ? NULL : malloc(n);
    t->held += p != NULL;
    return p;
}

static void *tight_grow(void *owner, void *block, size_t n)
{
    tight *t = owner;
    bool fresh = !block;
    void *p = refuses(t) ? NULL : realloc(block, n);
    t->held += fresh && p;
    return p;
}

static void tight_drop(void *owner, void *block)
{
    ((tight *)owner)->held -= block != NULL;
    free(block);
}

typedef struct desk {
    canned server;
    tight tight;
    tm_heap heap;
    tm_loop *loop;
    tm_channel *channel;
    tm_text pieces[3];
    int due; /* ends to wait for */
    int ended;
    int ok;
    int again; /* calls to make from within done */
    bool frees;
    tm_status_code code;
    bool closed;
} desk;

static char large[300000];

static tm_unary *call(desk *d, uint64_t timeout_ms);

static void end(void *owner, const tm_call_result *result)
{
    desk *d = owner;
    d->ended++;
    d->ok += result->code == TM_STATUS_OK;
    d->code = result->code;
    if (d->frees) {
        tm_channel_free(d->channel);
        d->channel = NULL;
        d->frees = false;
    } else if (d->again > 0) {
        d->again--;
        call(d, 5000);
    }
    if (d->ended == d->due)
        tm_loop_stop(d->loop);
}

static tm_unary *call(desk *d, uint64_t timeout_ms)
{
    tm_call_request request = {.path = TM_TEXT("/s/M"),
                               .pieces = d->pieces,
                               .piece_count = 3,
                               .timeout_ms = timeout_ms,
                               .done = end,
                               .owner = d};
    return tm_channel_call(d->channel, &request);
}

static void open_channel(desk *d)
{
    char endpoint[32], error[200];
    static const tm_client_header header = {{"X-One", 5}, {"1", 1}};
    snprintf(endpoint, sizeof endpoint, "127.0.0.1:%u", d->server.port);
    d->channel = tm_channel_new(&(tm_channel_options){.heap = &d->heap,
                                                      .loop = d->loop,
                                                      .endpoint = tm_text_of(endpoint),
                                                      .headers = &header,
                                                      .header_count = 1,
                                                      .reconnect = {.initial_ms = 1, .max_ms = 1}},
                                error, sizeof error);
}

static void open_desk(desk *d, bool mute)
{
    *d = (desk){.server = {.mute = mute}, .tight = {.left = -1}, .loop = tm_loop_new()};
    d->heap = (tm_heap){tight_alloc, tight_grow, tight_drop, &d->tight};
    d->pieces[0] = TM_TEXT("abc");
    d->pieces[2] = tm_text_slice(large, sizeof large);
    open_canned(&d->server);
    open_channel(d);
}

static void close_desk(desk *d)
{
    tm_channel_free(d->channel);
    assert_int_equal(d->tight.held, 0);
    close_canned(&d->server);
    tm_loop_free(d->loop);
}

static void one_call_begets_the_next(void **state)
{
    (void)state;
    desk d;
    open_desk(&d, false);
    d.due = 10;
    d.again = 7;
    for (int i = 0; i < 3; i++)
        assert_non_null(call(&d, 5000));
    assert_int_equal(tm_channel_load(d.channel), 3);
    tm_loop_run(d.loop);
    assert_int_equal(d.ok, 10);
    assert_true(tm_channel_is_connected(d.channel));
    assert_int_equal(d.server.streams, 10);
    close_desk(&d);
}

static void a_channel_may_be_freed_when_a_call_ends(void **state)
{
    (void)state;
    desk d;
    open_desk(&d, false);
    d.due = 3;
    d.frees = true;
    for (int i = 0; i < 3; i++)
        assert_non_null(call(&d, 5000));
    tm_loop_run(d.loop);
    assert_int_equal(d.ended, 3);
    assert_null(d.channel);
    close_desk(&d);
}

static void calls_of_a_freed_channel_end_cancelled(void **state)
{
    (void)state;
    desk d;
    open_desk(&d, true);
    call(&d, 0);
    call(&d, 5000);
    d.due = 2;
    tm_channel_free(d.channel);
    d.channel = NULL;
    assert_int_equal(d.ended, 2);
    assert_int_equal(d.code, TM_STATUS_CANCELLED);
    close_desk(&d);
}

static void stop_loop(void *argument)
{
    tm_loop_stop(((desk *)argument)->loop);
}

static void a_cancelled_call_tells_nothing(void **state)
{
    (void)state;
    desk d;
    open_desk(&d, true);
    tm_unary *waiting = call(&d, 5000), *running = call(&d, 5000);
    tm_unary_cancel(waiting);
    tm_timer *timer = tm_timer_new(d.loop, stop_loop, &d);
    tm_timer_start(timer, 100);
    tm_loop_run(d.loop);
    assert_int_equal(d.server.streams, 1);
    tm_unary_cancel(running);
    tm_timer_start(timer, 50);
    tm_loop_run(d.loop);
    assert_int_equal(d.ended, 0);
    assert_int_equal(tm_channel_load(d.channel), 0);
    tm_timer_free(timer);
    close_desk(&d);
}

static void note_closed(void *owner)
{
    desk *d = owner;
    d->closed = true;
    tm_loop_stop(d->loop);
}

static void closing_lets_calls_end_and_takes_no_more(void **state)
{
    (void)state;
    desk d;
    open_desk(&d, false);
    call(&d, 5000);
    tm_channel_close(d.channel, note_closed, &d);
    assert_null(call(&d, 5000));
    assert_false(d.closed);
    tm_loop_run(d.loop);
    assert_true(d.closed && d.ok == 1);
    close_desk(&d);
}

static void a_warm_channel_allocates_nothing_of_its_own(void **state)
{
    (void)state;
    desk d;
    open_desk(&d, false);
    d.due = 4;
    d.again = 3;
    call(&d, 5000);
    tm_loop_run(d.loop);
    long held = d.tight.held;
    d.due = 104;
    d.again = 99;
    call(&d, 5000);
    tm_loop_run(d.loop);
    assert_int_equal(d.ok, 104);
    assert_true(d.tight.held <= held + 2); /* nghttp2 keeps closed streams as it likes */
    close_desk(&d);
}

/* Whichever allocation fails: the call ends once or was refused, and nothing leaks. */
static void out_of_memory_ends_calls_and_nothing_else(void **state)
{
    (void)state;
    bool whole = false;
    for (long nth = 0; !whole && nth < 2000; nth++) {
        desk d;
        open_desk(&d, false);
        tm_channel_free(d.channel);
        d.tight.left = nth;
        open_channel(&d);
        d.due = 1;
        if (d.channel && call(&d, 300))
            tm_loop_run(d.loop);
        whole = d.tight.left >= 0;
        assert_in_range(d.ended, 0, 1);
        d.tight.left = -1;
        if (d.channel && d.ended) {
            d.due = 2;
            assert_non_null(call(&d, 5000));
            tm_loop_run(d.loop);
            assert_int_equal(d.code, TM_STATUS_OK);
        }
        close_desk(&d);
    }
    assert_true(whole);
}

static void a_wrong_header_or_endpoint_is_told(void **state)
{
    (void)state;
    char error[200];
    tm_loop *loop = tm_loop_new();
    tm_client_header header = {TM_TEXT("a b"), TM_TEXT("1")};
    tm_channel_options options = {.loop = loop, .endpoint = TM_TEXT("https://h:1")};
    assert_null(tm_channel_new(&options, error, sizeof error));
    assert_string_equal(error, "endpoint 'https://h:1': https is not supported yet");
    options.endpoint = TM_TEXT("h:1");
    options.headers = &header;
    options.header_count = 1;
    assert_null(tm_channel_new(&options, error, sizeof error));
    assert_string_equal(error, "header 'a b' cannot be sent: no valid name");
    header = (tm_client_header){TM_TEXT("a"), TM_TEXT("1\r\nb: 2")};
    assert_null(tm_channel_new(&options, error, sizeof error));
    assert_string_equal(error, "header 'a' cannot be sent: no valid value");
    tm_loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(endpoints_are_a_host_and_a_port),
        cmocka_unit_test(literals_and_localhost_need_no_lookup),
        cmocka_unit_test(a_lookup_tells_addresses_or_why_there_are_none),
        cmocka_unit_test(a_cancelled_lookup_tells_nothing),
        cmocka_unit_test(a_message_may_be_split_anywhere),
        cmocka_unit_test(a_message_that_ends_early_is_internal),
        cmocka_unit_test(a_status_before_the_end_of_the_stream_is_none),
        cmocka_unit_test(a_retry_info_of_no_delay_is_one),
        cmocka_unit_test(borrowed_bytes_can_be_let_go),
        cmocka_unit_test(one_call_begets_the_next),
        cmocka_unit_test(a_channel_may_be_freed_when_a_call_ends),
        cmocka_unit_test(calls_of_a_freed_channel_end_cancelled),
        cmocka_unit_test(a_cancelled_call_tells_nothing),
        cmocka_unit_test(closing_lets_calls_end_and_takes_no_more),
        cmocka_unit_test(a_warm_channel_allocates_nothing_of_its_own),
        cmocka_unit_test(out_of_memory_ends_calls_and_nothing_else),
        cmocka_unit_test(a_wrong_header_or_endpoint_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
