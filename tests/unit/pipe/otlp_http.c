/* OTLP/HTTP: URLs, and what answers mean.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/otlp_http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { SPANS = 10 };

static void urls_are_joined_as_the_collector_joins_them(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        {"http://a:4318", "", "http://a:4318/v1/traces"},
        {"http://a:4318/", "", "http://a:4318/v1/traces"},
        {"https://a/otlp", "", "https://a/otlp/v1/traces"},
        {"https://a/otlp/", "", "https://a/otlp/v1/traces"},
        {"http://a:4318", "https://b/spans?key=1", "https://b/spans?key=1"},
        {"", "https://b", "https://b"},
    };
    tm_arena *arena = tm_arena_new(NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tm_http_exporter_settings settings = {.endpoint = {.text = tm_text_of(rows[i][0])},
                                              .traces_endpoint = {.text = tm_text_of(rows[i][1])}};
        assert_true(tm_text_is(tm_otlp_http_url(arena, &settings), rows[i][2]));
    }
    tm_arena_free(arena);
}

static void headers_that_http_sets_itself_are_not_taken(void **state)
{
    (void)state;
    assert_false(tm_otlp_http_takes_header(TM_TEXT("Content-Length")));
    assert_false(tm_otlp_http_takes_header(TM_TEXT("TRANSFER-ENCODING")));
    assert_true(tm_otlp_http_takes_header(TM_TEXT("Host")));
    assert_true(tm_otlp_http_takes_header(TM_TEXT("X-Scope-OrgID")));
}

static tm_sent sent_of(tm_arena *arena, int status, const char *type, tm_text body,
                       const char *retry_after)
{
    tm_http_answer answer = {.status = status,
                             .content_type = tm_text_of(type),
                             .body = body,
                             .retry_after = tm_text_of(retry_after)};
    return tm_otlp_http_sent(arena, &answer, SPANS, 1000);
}

static void statuses_tell_what_to_do(void **state)
{
    (void)state;
    static const struct {
        int status;
        tm_status_code code;
        bool again;
    } rows[] = {
        {200, TM_STATUS_OK, false},
        {204, TM_STATUS_OK, false},
        {299, TM_STATUS_OK, false},
        {302, TM_STATUS_UNKNOWN, false},
        {400, TM_STATUS_INVALID_ARGUMENT, false},
        {401, TM_STATUS_UNAUTHENTICATED, false},
        {403, TM_STATUS_PERMISSION_DENIED, false},
        {404, TM_STATUS_UNIMPLEMENTED, false},
        {408, TM_STATUS_UNKNOWN, false},
        {413, TM_STATUS_UNKNOWN, false},
        {429, TM_STATUS_UNAVAILABLE, true},
        {500, TM_STATUS_UNKNOWN, false},
        {502, TM_STATUS_UNAVAILABLE, true},
        {503, TM_STATUS_UNAVAILABLE, true},
        {504, TM_STATUS_UNAVAILABLE, true},
        {599, TM_STATUS_UNKNOWN, false},
    };
    tm_arena *arena = tm_arena_new(NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tm_sent sent = sent_of(arena, rows[i].status, "", TM_TEXT(""), "5");
        assert_int_equal(sent.code, rows[i].code);
        assert_int_equal(sent.again, rows[i].again);
        assert_int_equal(sent.retry_delay_ms, rows[i].again ? 5000 : -1);
        assert_int_equal(sent.rejected, 0);
    }
    assert_int_equal(sent_of(arena, 503, "", TM_TEXT(""), "").retry_delay_ms, -1);
    assert_int_equal(sent_of(arena, 503, "", TM_TEXT(""), "soon").retry_delay_ms, -1);
    tm_arena_free(arena);
}

static void partial_successes_are_read_in_protobuf_and_json(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        const char *body; /* that of protobuf ends at a NUL, too */
        uint64_t rejected;
        const char *message;
    } rows[] = {
        {"application/x-protobuf",
         "\x0a\x07\x08\x03\x12\x03"
         "bad",
         3, "bad"},
        {"application/x-protobuf; charset=utf-8", "", 0, ""},
        {"application/x-protobuf", "\xff\xff", 0, ""},
        {"application/json",
         "{\"partialSuccess\":{\"rejectedSpans\":\"4\",\"errorMessage\":\"b\\u0061d\"}}", 4, "bad"},
        {"Application/JSON;charset=utf-8",
         "{\"x\":[1,{}],\"partial_success\":{\"rejected_spans\":400}}", SPANS, ""},
        {"application/json", "{\"partialSuccess\":{\"rejectedSpans\":-4}}", 0, ""},
        {"application/json", "{\"partialSuccess\":[{\"rejectedSpans\":4}]}", 0, ""},
        {"application/json", "{\"partialSuccess\":", 0, ""},
        {"application/json", "[", 0, ""},
        {"text/html", "{\"partialSuccess\":{\"rejectedSpans\":4}}", 0, ""},
    };
    tm_arena *arena = tm_arena_new(NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tm_sent sent = sent_of(arena, 200, rows[i].type, tm_text_of(rows[i].body), "");
        assert_int_equal(sent.code, TM_STATUS_OK);
        assert_int_equal(sent.rejected, rows[i].rejected);
        assert_true(tm_text_is(sent.message, rows[i].message));
    }
    tm_arena_free(arena);
}

static void refusals_say_why(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_sent sent = sent_of(arena, 400, "application/x-protobuf",
                           TM_TEXT("\x08\x03\x12\x03"
                                   "bad"),
                           "");
    assert_true(tm_text_is(sent.message, "the server answered 400: bad"));
    sent =
        sent_of(arena, 503, "application/json", TM_TEXT("{\"code\":14,\"message\":\"full\"}"), "");
    assert_true(tm_text_is(sent.message, "the server answered 503: full"));
    sent = sent_of(arena, 404, "text/plain", TM_TEXT("no such page\nreally"), "");
    assert_true(tm_text_is(sent.message, "the server answered 404: no such page"));
    sent = sent_of(arena, 502, "text/html", TM_TEXT("<h1>no</h1>"), "");
    assert_true(tm_text_is(sent.message, "the server answered 502"));
    sent = sent_of(arena, 301, "", TM_TEXT(""), "");
    assert_true(tm_text_is(sent.message, "the server answered 301, redirects are not followed"));
    tm_arena_free(arena);
}

static void without_an_answer_it_is_tried_again_unless_there_was_too_much_of_one(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_http_answer answer = {.why = "gone"};
    tm_sent sent = tm_otlp_http_sent(arena, &answer, SPANS, 0);
    assert_true(sent.again && sent.code == TM_STATUS_UNAVAILABLE);
    assert_true(tm_text_is(sent.message, "gone"));
    answer.too_large = true;
    sent = tm_otlp_http_sent(arena, &answer, SPANS, 0);
    assert_true(!sent.again && sent.code == TM_STATUS_RESOURCE_EXHAUSTED);
    tm_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_are_joined_as_the_collector_joins_them),
        cmocka_unit_test(headers_that_http_sets_itself_are_not_taken),
        cmocka_unit_test(statuses_tell_what_to_do),
        cmocka_unit_test(partial_successes_are_read_in_protobuf_and_json),
        cmocka_unit_test(refusals_say_why),
        cmocka_unit_test(without_an_answer_it_is_tried_again_unless_there_was_too_much_of_one),
    };
    return cmocka_run_group_tests_name("pipe/otlp_http", tests, NULL, NULL);
}
