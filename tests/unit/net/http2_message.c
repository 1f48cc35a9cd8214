/* HTTP/2 messages: which header fields and which DATA make a request (RFC 9113, 8).
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/http2/http2_message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define TARGET ":scheme=http\n:path=/x\n"
#define HEAD ":method=POST\n" TARGET ":authority=a\n"

/* Fields, each "NAME=VALUE" and a line. False: one of them makes the message malformed. */
static bool take_all(tm_http2_message *message, const char *fields)
{
    for (tm_text rest = tm_text_of(fields), name; tm_text_next(&rest, '\n', &name) && name.n;) {
        tm_text value = name;
        assert_true(tm_text_next(&value, '=', &name));
        if (tm_http2_message_field(message, name, &value) == TM_HTTP2_MALFORMED)
            return false;
    }
    return true;
}

static bool is_head(const char *fields)
{
    tm_http2_message message = {0};
    return take_all(&message, fields) && tm_http2_message_head(&message);
}

static tm_http2_name take_one(const char *name, tm_text *value)
{
    tm_http2_message message = {0};
    return tm_http2_message_field(&message, tm_text_of(name), value);
}

static bool takes(const char *name, tm_text value)
{
    return take_one(name, &value) != TM_HTTP2_MALFORMED;
}

/* ---- heads ---------------------------------------------------------------------------------- */

static const char *const HEADS[] = {
    HEAD,
    HEAD "content-type=application/grpc\nte=trailers\nuser-agent=x y/1.2 (z)\n",
    HEAD "te=Trailers\nte=trailers\n",
    HEAD "host=b\n",
    HEAD "x=\nx=\ncookie=a\ncookie=b\n",
    HEAD "content-length=0\n",
    HEAD "!#$%&'*+-.^_`|~0a=1\n",
    ":authority=a\n" TARGET ":method=OPTIONS\n",
    ":method=GET\n" TARGET "host=a\n",
    ":method=GET\n" TARGET ":authority=\n",
    ":method=OPTIONS\n:scheme=https\n:path=*\n:authority=a\n",
    ":method=M-SEARCH\n:scheme=a+b-c.1\n:path=/\xc3\xa9?\"<>\\^`{|}#%zz\n:authority=a\n",
    ":method=CONNECT\n:authority=a:1\n",
    ":method=POST\n" TARGET ":authority=extension/tracing/otel-collector\n",
    ":method=POST\n" TARGET ":authority=outbound|4317||otel.svc.cluster.local\n",
    ":method=POST\n" TARGET ":authority=a b@\"<\\>^`{}\xff\n",
};

static const char *const NO_HEADS[] = {
    "",
    TARGET ":authority=a\n",
    ":method=POST\n:path=/x\n:authority=a\n",
    ":method=POST\n:scheme=http\n:authority=a\n",
    ":method=POST\n" TARGET,
    HEAD ":method=POST\n",
    HEAD ":scheme=http\n",
    HEAD ":path=/x\n",
    HEAD ":authority=a\n",
    HEAD ":status=200\n",
    HEAD ":protocol=websocket\n",
    HEAD ":x=1\n",
    HEAD ":=1\n",
    HEAD "=1\n",
    HEAD "host=a\nhost=a\n",
    HEAD "content-length=1\ncontent-length=1\n",
    HEAD "content-length=\n",
    HEAD "content-length=-1\n",
    HEAD "content-length=1, 1\n",
    HEAD "content-length=18446744073709551616\n",
    HEAD "te=\n",
    HEAD "te=gzip\n",
    HEAD "te=trailers, gzip\n",
    HEAD "connection=close\n",
    HEAD "connection=\n",
    HEAD "keep-alive=1\n",
    HEAD "proxy-connection=close\n",
    HEAD "transfer-encoding=chunked\n",
    HEAD "transfer-encoding=identity\n",
    HEAD "upgrade=h2c\n",
    HEAD "X-Up=1\n",
    HEAD "Content-Length=1\n",
    HEAD "a b=1\n",
    HEAD "a:b=1\n",
    HEAD "\xc3\xa9=1\n",
    ":method=POST\n" TARGET "x=1\n:authority=a\n",
    ":method=POST\n" TARGET "te=trailers\n:authority=a\n",
    ":method=\n" TARGET ":authority=a\n",
    ":method=PO ST\n" TARGET ":authority=a\n",
    ":method=POST\n:scheme=\n:path=/x\n:authority=a\n",
    ":method=POST\n:scheme=1\n:path=/x\n:authority=a\n",
    ":method=POST\n:scheme=+\n:path=/x\n:authority=a\n",
    ":method=POST\n:scheme=ht_tp\n:path=/x\n:authority=a\n",
    ":method=POST\n:scheme=http\n:path=\n:authority=a\n",
    ":method=POST\n:scheme=http\n:path=x\n:authority=a\n",
    ":method=POST\n:scheme=http\n:path=**\n:authority=a\n",
    ":method=POST\n:scheme=http\n:path=/a b\n:authority=a\n",
    ":method=POST\n:scheme=http\n:path=/a\t\n:authority=a\n",
    ":method=CONNECT\n" TARGET ":authority=a:1\n",
    ":method=CONNECT\n:path=/x\n:authority=a:1\n",
    ":scheme=http\n:method=CONNECT\n:authority=a:1\n",
    ":method=CONNECT\n",
    ":method=CONNECT\nhost=a:1\n",
};

static void heads_of_requests_are_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof HEADS / sizeof *HEADS; i++)
        if (!is_head(HEADS[i]))
            fail_msg("not taken: %s", HEADS[i]);
}

static void what_is_no_head_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof NO_HEADS / sizeof *NO_HEADS; i++)
        if (is_head(NO_HEADS[i]))
            fail_msg("taken: %s", NO_HEADS[i]);
}

static void the_fields_that_matter_are_told_from_all_others(void **state)
{
    (void)state;
    static const char *const others[] = {"x",
                                         "tf",
                                         "hosu",
                                         "user-agent",
                                         "content-lengti",
                                         "grpc-accept-encoding",
                                         "upgradf",
                                         "content-encoding",
                                         "transfer-encodinh"};
    tm_text value = TM_TEXT("/");
    assert_int_equal(take_one(":path", &value), TM_HTTP2_PATH);
    value = TM_TEXT("GET");
    assert_int_equal(take_one(":method", &value), TM_HTTP2_METHOD);
    value = TM_TEXT("12");
    assert_int_equal(take_one("content-length", &value), TM_HTTP2_CONTENT_LENGTH);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_int_equal(take_one(others[i], &value), TM_HTTP2_OTHER);
}

/* ---- bytes ---------------------------------------------------------------------------------- */

static void every_byte_has_its_places(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        const char text[] = {'a', (char)c, 'a', 0}, path[] = {'/', (char)c};
        const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        const bool capital = c >= 'A' && c <= 'Z';
        const bool sign = c && strchr("!#$%&'*+-.^_`|~", c);
        const bool visible = c > ' ' && c != 0x7f, shown = visible || c == ' ' || c == '\t';
        tm_text one = TM_TEXT("1");
        tm_http2_message message = {0};
        assert_int_equal(tm_http2_message_field(&message, tm_text_slice(text, 3), &one) !=
                             TM_HTTP2_MALFORMED,
                         letter || sign);
        assert_int_equal(takes("x", tm_text_slice(text, 3)), shown);
        assert_int_equal(takes("host", tm_text_slice(text, 3)), shown);
        assert_int_equal(takes(":authority", tm_text_slice(text, 3)), shown);
        assert_int_equal(takes(":path", tm_text_slice(path, 2)), visible);
        assert_int_equal(takes(":method", tm_text_slice(text, 3)), letter || capital || sign);
        assert_int_equal(takes(":scheme", tm_text_slice(text, 3)),
                         letter || capital || (c && strchr("+-.", c)));
    }
}

static void a_control_character_is_found_wherever_it_stands(void **state)
{
    (void)state;
    static const char bad[] = {0, 1, '\n', '\r', 0x1f, 0x7f};
    char text[40], path[41] = "/";
    for (size_t n = 1; n <= sizeof text; n++)
        for (size_t at = 0; at < n; at++)
            for (size_t i = 0; i < sizeof bad; i++) {
                for (size_t j = 0; j < sizeof text; j++)
                    text[j] = "~ \x80\xff\t!a"[(j + at) % 7];
                assert_true(takes("x", tm_text_slice(text, n)));
                text[at] = bad[i];
                assert_false(takes("x", tm_text_slice(text, n)));
                assert_false(takes(":authority", tm_text_slice(text, n)));
                memset(path + 1, '~', sizeof path - 1);
                assert_true(takes(":path", tm_text_slice(path, n + 1)));
                path[at + 1] = bad[i];
                assert_false(takes(":path", tm_text_slice(path, n + 1)));
            }
}

static void blanks_at_the_ends_are_no_part_of_a_value(void **state)
{
    (void)state;
    tm_text value = TM_TEXT(" \t a b\t ");
    assert_int_equal(take_one("x", &value), TM_HTTP2_OTHER);
    assert_true(tm_text_is(value, "a b"));
    value = TM_TEXT(" ");
    assert_int_equal(take_one("x", &value), TM_HTTP2_OTHER);
    assert_int_equal(value.n, 0);
    assert_true(takes("te", TM_TEXT("trailers ")));
    assert_true(takes("content-length", TM_TEXT(" 5")));
    assert_false(takes("te", TM_TEXT("trailers\n")));
    assert_false(takes("content-length", TM_TEXT("\r5")));
    assert_false(takes("x", TM_TEXT("a\r\n")));
    value = TM_TEXT(" a ");
    assert_int_equal(take_one(":authority", &value), TM_HTTP2_AUTHORITY);
    assert_true(tm_text_is(value, " a "));
    assert_false(takes(":method", TM_TEXT(" GET")));
    assert_false(takes(":path", TM_TEXT("/ ")));
}

/* ---- bodies --------------------------------------------------------------------------------- */

static void a_body_is_as_long_as_content_length_says(void **state)
{
    (void)state;
    tm_http2_message message = {0};
    assert_true(take_all(&message, HEAD "content-length=0018\n"));
    assert_false(tm_http2_message_end(&message));
    assert_true(tm_http2_message_data(&message, 17));
    assert_false(tm_http2_message_end(&message));
    assert_true(tm_http2_message_data(&message, 1));
    assert_true(tm_http2_message_data(&message, 0));
    assert_true(tm_http2_message_end(&message));
    assert_false(tm_http2_message_data(&message, 1));
    assert_false(tm_http2_message_end(&message));
}

static void a_body_may_be_of_any_length_without_one(void **state)
{
    (void)state;
    tm_http2_message message = {0};
    assert_true(take_all(&message, HEAD));
    assert_true(tm_http2_message_end(&message));
    assert_true(tm_http2_message_data(&message, SIZE_MAX));
    assert_true(tm_http2_message_data(&message, 1));
    assert_true(tm_http2_message_end(&message));
}

static void trailers_have_fields_of_no_meaning(void **state)
{
    (void)state;
    static const char *const good[] = {"x=1\n", "grpc-status=0\nx=1\nx= 2 \n", ""};
    static const char *const bad[] = {":method=POST\n", ":path=/x\n",         ":authority=a\n",
                                      ":status=200\n",  "content-length=0\n", "te=trailers\n",
                                      "host=a\n",       "connection=close\n", "x=1\nkeep-alive=1\n",
                                      "x=1\nX-Up=1\n",  "x=\x01\n",           "x=1\n:x=1\n"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        tm_http2_message message = {0};
        assert_true(take_all(&message, HEAD));
        message.trailers = true;
        assert_true(take_all(&message, good[i]));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        tm_http2_message message = {0};
        message.trailers = true;
        if (take_all(&message, bad[i]))
            fail_msg("taken: %s", bad[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_of_requests_are_taken),
        cmocka_unit_test(what_is_no_head_is_refused),
        cmocka_unit_test(the_fields_that_matter_are_told_from_all_others),
        cmocka_unit_test(every_byte_has_its_places),
        cmocka_unit_test(a_control_character_is_found_wherever_it_stands),
        cmocka_unit_test(blanks_at_the_ends_are_no_part_of_a_value),
        cmocka_unit_test(a_body_is_as_long_as_content_length_says),
        cmocka_unit_test(a_body_may_be_of_any_length_without_one),
        cmocka_unit_test(trailers_have_fields_of_no_meaning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
