/* Messages of gRPC itself: google.rpc.Status in both encodings, health checks, base64 of headers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/grpc_messages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

/* ---- google.rpc.Status ---------------------------------------------------------------------- */

static void a_status_in_protobuf_has_known_bytes(void **state)
{
    (void)state;
    tm_bytes out = {0};
    tm_status busy = {TM_STATUS_UNAVAILABLE, TM_TEXT("full"), 1500};
    assert_true(tm_status_protobuf(&busy, &out));
    /* 1: 14, 2: "full", 3: Any{1: type, 2: RetryInfo{1: Duration{1: 1, 2: 500000000}}} */
    tm_text want = TM_TEXT("\x08\x0e\x12\x04"
                           "full\x1a\x36\x0a\x28"
                           "type.googleapis.com/google.rpc.RetryInfo"
                           "\x12\x0a\x0a\x08\x08\x01\x10\x80\xca\xb5\xee\x01");
    assert_int_equal(out.n, want.n);
    assert_memory_equal(out.p, want.p, want.n);
    assert_int_equal(tm_messages_retry_delay_ms(tm_bytes_text(&out), NULL), 1500);
    tm_bytes_free(&out);
}

/* Status{1: 8, 3: Any{1: type, 2: value}}, where the value is of 63 bytes at most. */
static int64_t delay_of(tm_text type, tm_text value)
{
    tm_bytes out = {0};
    tm_bytes_add(&out, TM_TEXT("\x08\x08\x1a"));
    const char any = (char)(4 + type.n + value.n), n = (char)type.n, m = (char)value.n;
    tm_bytes_add(&out, tm_text_slice(&any, 1));
    tm_bytes_add(&out, TM_TEXT("\x0a")), tm_bytes_add(&out, tm_text_slice(&n, 1));
    tm_bytes_add(&out, type);
    tm_bytes_add(&out, TM_TEXT("\x12")), tm_bytes_add(&out, tm_text_slice(&m, 1));
    tm_bytes_add(&out, value);
    int64_t ms = tm_messages_retry_delay_ms(tm_bytes_text(&out), NULL);
    tm_bytes_free(&out);
    return ms;
}

static void a_retry_delay_is_what_a_retry_info_says(void **state)
{
    (void)state;
    static const struct {
        tm_text value;
        int64_t ms;
    } rows[] = {
        {{"", 0}, 0},                            /* no delay */
        {{"\x0a\x00", 2}, 0},                    /* one of nothing */
        {{"\x0a\x02\x08\x07", 4}, 7000},         /* 7 s */
        {{"\x0a\x02\x10\x01", 4}, 1},            /* 1 ns, rounded up */
        {{"\x18\x05\x0a\x02\x08\x01", 6}, 1000}, /* a field that we do not know */
        {{"\x0a\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 13}, 0}, /* -1 s */
        {{"\x0a\x06\x08\xff\xff\xff\xff\x7f", 8}, 0},                      /* a thousand years */
        {{"\x0a\x05\x08\x07", 4}, -1},                                     /* cut off */
    };
    const tm_text type = TM_TEXT(TM_RETRY_INFO_TYPE);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (delay_of(type, rows[i].value) != rows[i].ms)
            fail_msg("row %zu", i);
    assert_int_equal(delay_of(TM_TEXT("type.googleapis.com/google.rpc.Help"), rows[2].value), -1);
    assert_int_equal(delay_of(TM_TEXT("other.example/google.rpc.RetryInfo"), rows[2].value), 7000);
    assert_int_equal(tm_messages_retry_delay_ms(TM_TEXT("\x08\x08"), NULL), -1);
}

/* ---- grpc.health.v1 ------------------------------------------------------------------------- */

static bool asks_for(tm_text request, const char *want)
{
    tm_bytes service = {0};
    bool fine =
        tm_messages_health_service(request, &service) && tm_text_is(tm_bytes_text(&service), want);
    tm_bytes_free(&service);
    return fine;
}

static void a_health_check_names_a_service_or_none(void **state)
{
    (void)state;
    tm_bytes out = {0};
    assert_true(asks_for(TM_TEXT(""), ""));
    assert_true(asks_for(TM_TEXT("\x0a\x00"), ""));
    assert_true(asks_for(TM_TEXT("\x0a\x02xy"), "xy"));
    assert_true(asks_for(TM_TEXT("\x0a\x82\x00xy"), "xy")); /* a length of two bytes */
    assert_true(
        asks_for(TM_TEXT("\x10\x07\x0a\x01x\x1a\x01z"), "x")); /* fields of later versions */
    assert_true(asks_for(TM_TEXT("\x0a\x01x\x0a\x01y"), "y"));
    assert_false(asks_for(TM_TEXT("\x0a\x03xy"), "xy"));
    assert_false(asks_for(TM_TEXT("\x0a"), ""));
    assert_true(tm_messages_add_health(true, &out) && tm_messages_add_health(false, &out));
    assert_true(tm_text_is(tm_bytes_text(&out), "\x08\x01\x08\x02"));
    tm_bytes_free(&out);
}

static void a_status_in_json_is_escaped(void **state)
{
    (void)state;
    tm_bytes out = {0};
    tm_status status = {TM_STATUS_INTERNAL, TM_TEXT("a\"\\\n\xff\xc3\xa9"), 0};
    assert_true(tm_status_json(&status, &out));
    assert_true(tm_text_is(tm_bytes_text(&out), "{\"code\":13,\"message\":\"a\\u0022\\u005c\\u000a"
                                                "\xef\xbf\xbd\xc3\xa9\"}"));
    out.n = 0;
    status = (tm_status){TM_STATUS_UNAVAILABLE, TM_TEXT(""), 20};
    assert_true(tm_status_json(&status, &out));
    assert_true(tm_text_is(tm_bytes_text(&out),
                           "{\"code\":14,\"message\":\"\",\"details\":[{\"@type\":\""
                           "type.googleapis.com/google.rpc.RetryInfo\","
                           "\"retryDelay\":\"0.020s\"}]}"));
    tm_bytes_free(&out);
}

static void a_status_cut_anywhere_does_no_harm(void **state)
{
    (void)state;
    tm_bytes out = {0};
    tm_status busy = {TM_STATUS_UNAVAILABLE, TM_TEXT("full"), 1500};
    assert_true(tm_status_protobuf(&busy, &out));
    for (size_t n = 0; n < out.n; n++)
        tm_messages_retry_delay_ms(tm_text_slice(out.p, n), NULL);
    for (size_t i = 0; i < out.n * 8; i++) {
        out.p[i / 8] ^= (char)(1 << i % 8);
        tm_messages_retry_delay_ms(tm_bytes_text(&out), NULL);
        out.p[i / 8] ^= (char)(1 << i % 8);
    }
    tm_bytes_free(&out);
}

static void codes_map_to_http_and_back(void **state)
{
    (void)state;
    assert_int_equal(tm_status_http(TM_STATUS_RESOURCE_EXHAUSTED), 429);
    assert_int_equal(tm_status_http(TM_STATUS_UNAVAILABLE), 503);
    assert_int_equal(tm_status_http(TM_STATUS_INVALID_ARGUMENT), 400);
    assert_int_equal(tm_status_http((tm_status_code)99), 500);
    assert_int_equal(tm_status_of_http(502), TM_STATUS_UNAVAILABLE);
    assert_int_equal(tm_status_of_http(404), TM_STATUS_UNIMPLEMENTED);
    assert_int_equal(tm_status_of_http(418), TM_STATUS_UNKNOWN);
    assert_string_equal(tm_status_name(TM_STATUS_DATA_LOSS), "DATA_LOSS");
    assert_string_equal(tm_status_name((tm_status_code)-1), "UNKNOWN");
}

static void base64_is_read_padded_or_not(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"", ""},        {"f", "Zg"},        {"fo", "Zm8"},
        {"foo", "Zm9v"}, {"foob", "Zm9vYg"}, {"\xfb\xff\xfe", "+//+"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tm_bytes out = {0}, back = {0}, padded = {0};
        assert_true(tm_bytes_add_base64(&out, tm_text_of(rows[i][0])));
        assert_true(tm_text_is(tm_bytes_text(&out), rows[i][1]));
        assert_true(tm_bytes_add_from_base64(&back, tm_bytes_text(&out)));
        assert_true(tm_text_is(tm_bytes_text(&back), rows[i][0]));
        while (out.n % 4)
            tm_bytes_add(&out, TM_TEXT("="));
        assert_true(tm_bytes_add_from_base64(&padded, tm_bytes_text(&out)));
        assert_true(tm_text_is(tm_bytes_text(&padded), rows[i][0]));
        tm_bytes_free(&out), tm_bytes_free(&back), tm_bytes_free(&padded);
    }
    tm_bytes out = {0};
    static const char *const bad[] = {"Z", "Zg=", "Zg===", "Z!==", "Zm9vY", "====", "Zg==Zg=="};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(tm_bytes_add_from_base64(&out, tm_text_of(bad[i])));
    assert_true(tm_bytes_add_from_base64(&out, TM_TEXT("-__-")));
    tm_bytes_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_status_in_protobuf_has_known_bytes),
        cmocka_unit_test(a_retry_delay_is_what_a_retry_info_says),
        cmocka_unit_test(a_health_check_names_a_service_or_none),
        cmocka_unit_test(a_status_in_json_is_escaped),
        cmocka_unit_test(a_status_cut_anywhere_does_no_harm),
        cmocka_unit_test(codes_map_to_http_and_back),
        cmocka_unit_test(base64_is_read_padded_or_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
