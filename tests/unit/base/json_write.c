/* JSON scalars and base64 as they are written.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/json_write.h"

#include "base/base64.h"
#include "base/json.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect_text(tm_text text, unsigned style, const char *expected)
{
    tm_arena *arena = tm_arena_new(NULL);
    tm_buf out = {.arena = arena};
    tm_json_write_string(&out, text, style);
    tm_buf_add_char(&out, 0);
    assert_string_equal(out.p, expected);
    tm_arena_free(arena);
}

static void plain_strings_escape_what_json_demands(void **state)
{
    (void)state;
    expect_text(TM_TEXT(""), TM_JSON_PLAIN, "\"\"");
    expect_text(TM_TEXT("a\"\\/\b\f\n\r\t\0\x1f\x7f<>&"), TM_JSON_PLAIN,
                "\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\x7f<>&\"");
    expect_text(TM_TEXT("\u00e9\u2028\U0001F600\xff!"), TM_JSON_PLAIN,
                "\"\u00e9\u2028\U0001F600\ufffd!\"");
}

static void go_strings_escape_html_lines_and_bad_bytes(void **state)
{
    (void)state;
    expect_text(TM_TEXT("<a href=\"x\">&\b\f\n"), TM_JSON_GO,
                "\"\\u003ca href=\\\"x\\\"\\u003e\\u0026\\u0008\\u000c\\n\"");
    expect_text(TM_TEXT("\xff\"\xc3\xa9\xc3"), TM_JSON_KEEP_BAD, "\"\xff\\\"\xc3\xa9\xc3\"");
    expect_text(TM_TEXT("\u2028\u2029\xc3\xff\ufffd"), TM_JSON_GO,
                "\"\\u2028\\u2029\\ufffd\\ufffd\ufffd\"");
    expect_text(TM_TEXT("<\b\f\xff"), TM_JSON_GO_TEXT, "\"<\\b\\f\\ufffd\"");
}

static void every_string_reads_back(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    for (uint32_t rune = 0; rune < 0x11000; rune++) {
        tm_buf in = {.arena = arena}, out = {.arena = arena};
        tm_buf_add_rune(&in, rune);
        tm_buf_add_char(&in, 'x');
        tm_json_write_string(&out, tm_buf_text(&in), rune % 16);
        tm_json j;
        tm_json_init(&j, arena, tm_buf_text(&out), 0, 0);
        assert_int_equal(tm_json_next(&j), TM_JSON_STRING);
        assert_true(tm_text_equal(j.text, tm_buf_text(&in)));
        if (rune % 1024 == 0)
            tm_arena_reset(arena);
    }
    tm_arena_free(arena);
}

static void numbers_are_written_exactly(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_buf out = {.arena = arena};
    tm_json_write_int(&out, INT64_MIN);
    tm_buf_add_char(&out, ' ');
    tm_json_write_int(&out, -1);
    tm_buf_add_char(&out, ' ');
    tm_json_write_uint(&out, UINT64_MAX);
    tm_buf_add_char(&out, ' ');
    tm_json_write_uint(&out, 0);
    tm_buf_add_char(&out, ' ');
    tm_json_write_double(&out, 1e-7, TM_EXPONENT_PADDED);
    tm_buf_add_char(&out, ' ');
    tm_json_write_double(&out, -INFINITY, TM_EXPONENT_PADDED);
    assert_true(tm_text_is(tm_buf_text(&out),
                           "-9223372036854775808 -1 18446744073709551615 0 1e-07 \"-Infinity\""));
    tm_arena_free(arena);
}

static void expect_base64(const char *bytes, const char *text, unsigned options)
{
    tm_arena *arena = tm_arena_new(NULL);
    tm_buf out = {.arena = arena}, back = {.arena = arena};
    tm_base64_encode(&out, tm_text_of(bytes), options);
    assert_true(tm_text_is(tm_buf_text(&out), text));
    assert_true(tm_base64_decode(&back, tm_buf_text(&out), options));
    assert_true(tm_text_is(tm_buf_text(&back), bytes));
    back.n = 0;
    assert_true(tm_base64_decode(&back, tm_buf_text(&out), TM_BASE64_ANY));
    assert_true(tm_text_is(tm_buf_text(&back), bytes));
    tm_arena_free(arena);
}

static void base64_follows_its_rfc(void **state)
{
    (void)state;
    expect_base64("", "", 0);
    expect_base64("f", "Zg==", 0);
    expect_base64("fo", "Zm8=", 0);
    expect_base64("foo", "Zm9v", 0);
    expect_base64("foob", "Zm9vYg==", 0);
    expect_base64("fooba", "Zm9vYmE=", 0);
    expect_base64("foobar", "Zm9vYmFy", 0);
    expect_base64("f", "Zg", TM_BASE64_RAW);
    expect_base64("fo", "Zm8", TM_BASE64_RAW);
    expect_base64("\xfb\xff\xbe", "+/++", 0);
    expect_base64("\xfb\xff\xbe", "-_--", TM_BASE64_URL);
    expect_base64("\xfb\xff", "-_8", TM_BASE64_URL | TM_BASE64_RAW);
}

static bool decodes(const char *text, unsigned options)
{
    tm_arena *arena = tm_arena_new(NULL);
    tm_buf out = {.arena = arena};
    bool good = tm_base64_decode(&out, tm_text_of(text), options);
    tm_arena_free(arena);
    return good;
}

static void base64_of_the_wrong_kind_is_refused(void **state)
{
    (void)state;
    assert_false(decodes("Zg", 0) || decodes("Zg=", 0) || decodes("Z", 0) || decodes("Z===", 0));
    assert_false(decodes("Zm9v====", 0) || decodes("=", 0) || decodes("Zg==Zg==", 0));
    assert_false(decodes("Zg==", TM_BASE64_RAW) || decodes("Zm9vZ", TM_BASE64_RAW));
    assert_false(decodes("-_--", 0) || decodes("+/++", TM_BASE64_URL) || decodes("Zm9*", 0));
    assert_false(decodes("Zm\n9v", 0) || decodes("Zg=", TM_BASE64_ANY) ||
                 decodes("Z", TM_BASE64_ANY));
    assert_true(decodes("Zm\r\n9v\n", TM_BASE64_SKIP_LINES));
    assert_true(decodes("-_-+", TM_BASE64_ANY) && decodes("Zh==", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_strings_escape_what_json_demands),
        cmocka_unit_test(go_strings_escape_html_lines_and_bad_bytes),
        cmocka_unit_test(every_string_reads_back),
        cmocka_unit_test(numbers_are_written_exactly),
        cmocka_unit_test(base64_follows_its_rfc),
        cmocka_unit_test(base64_of_the_wrong_kind_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
