/* The gRPC client: a channel against a server of canned bytes.
 * SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* pthread_timedjoin_np, in bridge.h */
#include "net/client/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <stdio.h>

#include "canned.h"
#include "tests/unit/short_heap.h"

#ifdef TM_TEST_RECORDS
#define TM_TEST_CONNECT BRIDGE_CONNECT
#else
#define TM_TEST_CONNECT NULL /* plain sockets */
#endif

/* ---- a channel ------------------------------------------------------------------------------- */

typedef struct desk {
    canned server;
    short_heap memory;
    tm_loop *loop;
    const char *host; /* [127.0.0.1] */
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
        call(d, 600000);
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
    const char *host = d->host ? d->host : "127.0.0.1";
    snprintf(endpoint, sizeof endpoint, "%s:%u", host, d->server.port);
    d->channel = tm_channel_new(&(tm_channel_options){.heap = &d->memory.heap,
                                                      .loop = d->loop,
                                                      .transport = {.make = TM_TEST_CONNECT},
                                                      .endpoint = tm_text_of(endpoint),
                                                      .headers = &header,
                                                      .header_count = 1,
                                                      .reconnect = {.initial_ms = 1, .max_ms = 1}},
                                error, sizeof error);
}

static void open_desk(desk *d, bool mute)
{
    *d = (desk){.server = {.mute = mute}, .loop = tm_loop_new()};
    short_heap_init(&d->memory, -1, false);
    d->pieces[0] = TM_TEXT("abc");
    d->pieces[2] = tm_text_slice(large, sizeof large);
    open_canned(&d->server);
    open_channel(d);
}

static void close_desk(desk *d)
{
    tm_channel_free(d->channel);
    assert_int_equal(d->memory.blocks, 0);
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
        assert_non_null(call(&d, 600000));
    assert_int_equal(tm_channel_load(d.channel), 3);
    tm_loop_run(d.loop);
    assert_int_equal(d.ok, 10);
    assert_int_equal(tm_channel_connections(d.channel), 1);
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
        assert_non_null(call(&d, 600000));
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
    call(&d, 600000);
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
    tm_unary *waiting = call(&d, 600000), *running = call(&d, 600000);
    tm_unary_cancel(waiting);
    tm_timer *timer = tm_timer_new(d.loop, stop_loop, &d);
    for (int i = 0; d.server.streams == 0 && i < 3000; i++) {
        tm_timer_start(timer, 100);
        tm_loop_run(d.loop);
    }
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
    call(&d, 600000);
    tm_channel_close(d.channel, note_closed, &d);
    assert_null(call(&d, 600000));
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
    call(&d, 600000);
    tm_loop_run(d.loop);
    long held = d.memory.blocks;
    d.due = 104;
    d.again = 99;
    call(&d, 600000);
    tm_loop_run(d.loop);
    assert_int_equal(d.ok, 104);
    assert_true(d.memory.blocks <= held + 2); /* nghttp2 keeps closed streams as it likes */
    close_desk(&d);
}

/* Lets the n-th allocation fail, or all from it on, until the call has ended. True: none did. */
static bool call_with(const char *host, long nth, bool once)
{
    desk d;
    open_desk(&d, false);
    tm_channel_free(d.channel);
    d.host = host;
    d.memory.left = nth;
    d.memory.once = once;
    open_channel(&d);
    d.due = 1;
    if (d.channel && call(&d, 30))
        tm_loop_run(d.loop);
    const bool whole = !d.memory.failed && d.ok == 1; /* else its time was up before the n-th */
    assert_in_range(d.ended, 0, 1);
    d.memory.left = -1;
    if (d.channel && d.ended) {
        d.due = 2;
        assert_non_null(call(&d, 600000));
        tm_loop_run(d.loop);
        assert_int_equal(d.code, TM_STATUS_OK);
    }
    close_desk(&d);
    return whole;
}

/* Whichever allocation fails: the call ends once or was refused, and nothing leaks. */
static void run_out_of_memory(const char *host)
{
    for (int once = 0; once < 2; once++) {
        bool whole = false;
        for (long nth = 0; !whole && nth < 2000; nth++)
            whole = call_with(host, nth, once);
        assert_true(whole);
    }
}

static void out_of_memory_ends_calls_and_nothing_else(void **state)
{
    (void)state;
    run_out_of_memory("127.0.0.1");
    run_out_of_memory("localhost"); /* two addresses */
}

static void a_wrong_header_or_endpoint_is_told(void **state)
{
    (void)state;
    char error[200];
    tm_loop *loop = tm_loop_new();
    tm_client_header header = {TM_TEXT("a b"), TM_TEXT("1")};
    tm_channel_options options = {.loop = loop, .endpoint = TM_TEXT("https://h:1")};
    assert_null(tm_channel_new(&options, error, sizeof error));
    assert_string_equal(error, "endpoint 'https://h:1' wants TLS, for which nothing is set up");
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
