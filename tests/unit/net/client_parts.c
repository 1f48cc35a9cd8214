/* The gRPC client's parts: lookups, answers, and what is sent.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/client/client_answer.h"
#include "net/client/client_dial.h"
#include "net/client/client_out.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- lookups ----------------------------------------------------------------------------------
 */

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
    char text[TM_ADDRESS_TEXT];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const tm_dial_target target = {.host = tm_text_of(rows[i].host), .port = 80};
        bool literal = tm_resolve_literal(&target, &found);
        assert_int_equal(literal, rows[i].count > 0);
        assert_int_equal(found.count, rows[i].count);
        if (rows[i].count == 0)
            continue;
        tm_resolve_print(&found.items[0], text);
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
    const tm_dial_target number = {.host = TM_TEXT("::1"), .port = 80}, nobody = {.port = 80};
    assert_non_null(tm_resolve_start(NULL, f.loop, &number, find, &f));
    assert_int_equal(f.calls, 0);
    tm_loop_run(f.loop);
    assert_true(f.calls == 1 && f.count == 1 && !f.why);
    tm_resolve_start(NULL, f.loop, &nobody, find, &f);
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
    static const tm_dial_target targets[] = {
        {.host = {"a.invalid", 9}, .port = 80},
        {.host = {"::1", 3}, .port = 80},
        {.host = {"a.invalid", 9}, .port = 80, .server = {"127.0.0.1", 9}, .server_port = 9},
        {.host = {"a.invalid", 9}, .port = 80, .server = {"b.invalid", 9}, .server_port = 9},
    };
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
        tm_resolve_cancel(tm_resolve_start(NULL, f.loop, &targets[i], find, &f));
    tm_timer_start(timer, 20);
    tm_loop_run(f.loop);
    assert_int_equal(f.calls, 0);
    tm_timer_free(timer);
    tm_loop_free(f.loop);
}

/* ---- answers --------------------------------------------------------------------------------- */

static tm_client_answer begun(void)
{
    tm_client_answer answer;
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
        tm_client_answer answer = begun();
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
    tm_client_answer answer = begun();
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
    tm_client_answer answer = begun();
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
    tm_client_answer answer = begun();
    tm_bytes details = {.heap = NULL}, text = {.heap = NULL};
    tm_bytes_add(&details, TM_TEXT("\x08\x08\x1a\x2a\x0a\x28"
                                   "type.googleapis.com/google.rpc.RetryInfo"));
    tm_bytes_add_base64(&text, tm_bytes_text(&details));
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
    assert_int_equal(tm_out_write(out, transport), 0);
    assert_int_equal(read(fds[1], got, sizeof got), 16);
    assert_memory_equal(got, "head lent bytes!", 16);
    transport->kind->close(transport);
    close(fds[1]);
    free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(literals_and_localhost_need_no_lookup),
        cmocka_unit_test(a_lookup_tells_addresses_or_why_there_are_none),
        cmocka_unit_test(a_cancelled_lookup_tells_nothing),
        cmocka_unit_test(a_message_may_be_split_anywhere),
        cmocka_unit_test(a_message_that_ends_early_is_internal),
        cmocka_unit_test(a_status_before_the_end_of_the_stream_is_none),
        cmocka_unit_test(a_retry_info_of_no_delay_is_one),
        cmocka_unit_test(borrowed_bytes_can_be_let_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
