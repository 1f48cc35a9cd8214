/* Events of JSON texts, and what is refused.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void draw(tm_buf *out, const tm_json *j, tm_json_event event)
{
    static const char SIGNS[] = "!.{}[]k\"#TFN";
    tm_buf_add_char(out, SIGNS[event]);
    if (event == TM_JSON_KEY || event == TM_JSON_STRING || event == TM_JSON_NUMBER)
        tm_buf_print(out, "%.*s ", TM_PRI(j->text));
    if (event == TM_JSON_ERROR)
        tm_buf_print(out, "%zu %s", j->error_at, j->error);
}

/* All events of a text that ends where its allocation does, so that sanitizers see looks behind */
static char *events(tm_arena *arena, tm_text text, unsigned options)
{
    char *exact = malloc(text.n ? text.n : 1);
    if (text.n)
        memcpy(exact, text.p, text.n);
    tm_json j;
    tm_json_event event;
    tm_buf out = {.arena = arena};
    tm_json_init(&j, arena, tm_text_slice(exact, text.n), 0, options);
    do {
        event = tm_json_next(&j);
        draw(&out, &j, event);
    } while (event != TM_JSON_ERROR && event != TM_JSON_END);
    assert_int_equal(tm_json_next(&j), event);
    tm_buf_add_char(&out, 0);
    free(exact);
    return out.p;
}

static void expect_of(tm_text text, unsigned options, const char *expected)
{
    tm_arena *arena = tm_arena_new(NULL);
    assert_string_equal(events(arena, text, options), expected);
    tm_arena_free(arena);
}

static void expect(const char *text, const char *expected)
{
    expect_of(tm_text_of(text), 0, expected);
}

static void values_of_every_kind_are_events(void **state)
{
    (void)state;
    expect("{\"a\":[1,-2.5e+3,true,false,null,\"x\"],\"b\":{}}",
           "{ka [#1 #-2.5e+3 TFN\"x ]kb {}}.");
    expect(" [ ] ", "[].");
    expect("\t{\r\n}\n", "{}.");
    expect("0", "#0 .");
    expect("\"\"", "\" .");
    expect("null", "N.");
    expect("[[],[[]]]", "[[][[]]].");
    expect("[-0,0.0,1E5,10]", "[#-0 #0.0 #1E5 #10 ].");
    expect("{\"a\":1,\"a\":2}", "{ka #1 ka #2 }.");
}

static void escapes_are_undone(void **state)
{
    (void)state;
    expect("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\"\\/\b\f\n\r\t .");
    expect("\"\\u0041\\u00e9\\u20ac\\uD83D\\uDE00\"", "\"A\u00e9\u20ac\U0001F600 .");
    expect("{\"k\\u0065y\":\"12345678901234567890\\n\"}", "{kkey \"12345678901234567890\n }.");
}

static void an_escaped_nul_is_a_character(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_json j;
    tm_json_init(&j, arena, TM_TEXT("\"a\\u0000b\""), 0, 0);
    assert_int_equal(tm_json_next(&j), TM_JSON_STRING);
    assert_true(tm_text_equal(j.text, TM_TEXT("a\0b")));
    tm_arena_free(arena);
}

static void a_lone_surrogate_reads_as_the_replacement(void **state)
{
    (void)state;
    expect("\"\\ud800\"", "\"\ufffd .");
    expect("\"\\udc00x\"", "\"\ufffdx .");
    expect("\"\\ud800\\ud800\\udc00\"", "\"\ufffd\U00010000 .");
    expect("\"\\ud800\\n\"", "\"\ufffd\n .");
    expect("\"\\ud800\\u0041\"", "\"\ufffdA .");
}

static void control_characters_in_strings_are_an_option(void **state)
{
    (void)state;
    expect("\"a\nb\"", "!2 a control character must be escaped");
    expect("\"abcdefgh\x1f\"", "!9 a control character must be escaped");
    expect("\"a\x7f\"", "\"a\x7f .");
    expect_of(TM_TEXT("\"a\nb\\n\tc\""), TM_JSON_RAW_CONTROLS, "\"a\nb\n\tc .");
    expect_of(TM_TEXT("\"a\0b\""), 0, "!2 a control character must be escaped");
    expect_of(TM_TEXT("[\n\"a\"\v]"), TM_JSON_RAW_CONTROLS, "[\"a !5 a comma or an end is missing");
}

static void loose_numbers_are_an_option(void **state)
{
    (void)state;
    expect_of(TM_TEXT("[01,1.,-.5,1.e+2,-]"), TM_JSON_LOOSE_NUMBERS, "[#01 #1. #-.5 #1.e+2 #- ].");
    expect_of(TM_TEXT("[.5]"), TM_JSON_LOOSE_NUMBERS, "[!1 a value or ] is missing");
    expect_of(TM_TEXT("[1x]"), TM_JSON_LOOSE_NUMBERS, "[!1 a number is not well formed");
    expect_of(TM_TEXT("[-.5]"), 0, "[!1 a value or ] is missing");
}

static void bytes_that_are_no_utf8_are_an_option(void **state)
{
    (void)state;
    expect_of(TM_TEXT("{\"\xff\":\"01234567\xe9\\n\xc3\"}"), TM_JSON_ANY_BYTES,
              "{k\xff \"01234567\xe9\n\xc3 }.");
    expect_of(TM_TEXT("\"\\\xff\""), TM_JSON_ANY_BYTES, "!1 an escape is not known");
    expect_of(TM_TEXT("\"\n\xff\""), TM_JSON_ANY_BYTES, "!1 a control character must be escaped");
}

static void utf8_is_required(void **state)
{
    (void)state;
    expect("\"\xc3\xa9\xe2\x82\xac\"", "\"\u00e9\u20ac .");
    expect("\"\xff\"", "!1 a string is not valid UTF-8");
    expect("\"\\\xff\"", "!1 a string is not valid UTF-8");
    expect("\"01234567\xc0\x80\"", "!1 a string is not valid UTF-8");
    expect("\"\xed\xa0\x80\"", "!1 a string is not valid UTF-8");
    expect("\"\xe2\x82\"", "!1 a string is not valid UTF-8");
    expect("\xef\xbb\xbf{}", "!0 a byte order mark is not allowed");
    expect("\xff", "!0 a value is missing");
}

static void the_grammar_is_strict(void **state)
{
    (void)state;
    expect("", "!0 it ends too early");
    expect("  ", "!2 it ends too early");
    expect("[", "[!1 it ends too early");
    expect("[1", "[#1 !2 it ends too early");
    expect("[1,", "[#1 !3 it ends too early");
    expect("[1,]", "[#1 !3 a value is missing");
    expect("[,1]", "[!1 a value or ] is missing");
    expect("[1 2]", "[#1 !3 a comma or an end is missing");
    expect("[1}", "[#1 !2 a comma or an end is missing");
    expect("[}", "[!1 a value or ] is missing");
    expect("]", "!0 a value is missing");
    expect("{", "{!1 it ends too early");
    expect("{]", "{!1 a name in quotes or } is missing");
    expect("{1:2}", "{!1 a name in quotes or } is missing");
    expect("{\"a\"}", "{!4 a colon is missing");
    expect("{\"a\":}", "{ka !5 a value is missing");
    expect("{\"a\":1,}", "{ka #1 !7 a name in quotes is missing");
    expect("{\"a\" 1}", "{!5 a colon is missing");
    expect("{,}", "{!1 a name in quotes or } is missing");
    expect("{} x", "{}!3 text follows the value");
    expect("{}}", "{}!2 text follows the value");
    expect("1 2", "#1 !2 text follows the value");
    expect("'a'", "!0 a value is missing");
    expect("nul", "!0 a value is missing");
    expect("nullx", "N!4 text follows the value");
    expect("True", "!0 a value is missing");
    expect("NaN", "!0 a value is missing");
    expect("// x\n1", "!0 a value is missing");
    expect_of(TM_TEXT("1\0"), 0, "#1 !1 text follows the value");
    expect_of(TM_TEXT("\0"), 0, "!0 a value is missing");
}

static void numbers_are_strict(void **state)
{
    (void)state;
    const char *const wrong[] = {"01",    "1.",   "1.e5", "1e",    "1e+",   "-01", "1x",
                                 "1.2.3", "0x10", "1-2",  "1_000", "1e5.5", "00"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        expect(wrong[i], "!0 a number is not well formed");
    expect("+1", "!0 a value is missing");
    expect(".5", "!0 a value is missing");
    expect("-", "!0 a value is missing");
    expect("--1", "!0 a value is missing");
    expect("-a", "!0 a value is missing");
    expect("Infinity", "!0 a value is missing");
}

static void strings_need_an_end_and_known_escapes(void **state)
{
    (void)state;
    expect("\"abc", "!4 a string has no end");
    expect("\"abcdefghij", "!11 a string has no end");
    expect("\"\\", "!2 a string has no end");
    expect("\"\\\"", "!3 a string has no end");
    expect("\"\\x41\"", "!1 an escape is not known");
    expect("\"ab\\u12g4\"", "!3 an escape is not known");
    expect("\"\\u12\"", "!1 an escape is not known");
    expect("\"\\ud800\\u12\"", "!7 an escape is not known");
    expect_of(TM_TEXT("\"\\\0\""), 0, "!1 an escape is not known");
}

static void depth_is_limited_without_recursion(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    char text[2000];
    for (unsigned depth = 1; depth <= 200; depth++) {
        bool object = depth % 2;
        size_t n = 0;
        for (unsigned i = 0; i < depth; i++)
            n += (size_t)sprintf(text + n, object && i % 3 ? "{\"a\":" : "[");
        n += (size_t)sprintf(text + n, "1");
        for (unsigned i = depth; i-- > 0;)
            text[n++] = object && i % 3 ? '}' : ']';
        char *seen = events(arena, tm_text_slice(text, n), 0);
        if (depth <= TM_JSON_MOST_DEPTH)
            assert_string_equal(seen + strlen(seen) - 1, ".");
        else
            assert_non_null(strstr(seen, "it is nested too deeply"));
    }
    tm_json j;
    tm_json_init(&j, arena, TM_TEXT("[[1]]"), 1, 0);
    assert_int_equal(tm_json_next(&j), TM_JSON_ARRAY);
    assert_int_equal(tm_json_next(&j), TM_JSON_ERROR);
    tm_arena_free(arena);
}

static void skipping_goes_past_one_value(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_json j;
    tm_json_init(&j, arena, TM_TEXT("{\"a\":{\"x\":[1,{}]},\"b\":7,\"c\":[[],2,3]}"), 0, 0);
    assert_int_equal(tm_json_next(&j), TM_JSON_OBJECT);
    assert_int_equal(tm_json_next(&j), TM_JSON_KEY);
    assert_true(tm_json_skip(&j, TM_JSON_KEY));
    assert_int_equal(tm_json_next(&j), TM_JSON_KEY);
    assert_true(tm_text_is(j.text, "b"));
    assert_true(tm_json_skip(&j, TM_JSON_KEY));
    assert_int_equal(tm_json_next(&j), TM_JSON_KEY);
    assert_int_equal(tm_json_next(&j), TM_JSON_ARRAY);
    assert_int_equal(tm_json_next(&j), TM_JSON_ARRAY);
    assert_true(tm_json_skip(&j, TM_JSON_ARRAY));
    assert_int_equal(tm_json_next(&j), TM_JSON_NUMBER);
    assert_true(tm_json_skip(&j, TM_JSON_NUMBER));
    assert_int_equal(tm_json_next(&j), TM_JSON_NUMBER);
    assert_int_equal(tm_json_next(&j), TM_JSON_ARRAY_END);
    assert_int_equal(tm_json_next(&j), TM_JSON_OBJECT_END);
    assert_int_equal(tm_json_next(&j), TM_JSON_END);
    tm_json_init(&j, arena, TM_TEXT("{\"a\":[1,"), 0, 0);
    tm_json_next(&j);
    tm_json_next(&j);
    assert_false(tm_json_skip(&j, TM_JSON_KEY));
    tm_arena_free(arena);
}

static void the_caller_may_fail_the_reader_at_an_event(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_json j;
    tm_json_init(&j, arena, TM_TEXT("[ \"x\" ]"), 0, 0);
    tm_json_next(&j);
    tm_json_next(&j);
    assert_int_equal(tm_json_fail(&j, "no strings here"), TM_JSON_ERROR);
    assert_int_equal(j.error_at, 2);
    assert_int_equal(tm_json_next(&j), TM_JSON_ERROR);
    tm_arena_free(arena);
}

static const char LETTERS[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'()";

static void a_long_plain_string_is_a_slice_of_the_text(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    for (size_t n = 0; n < 64; n++) {
        char text[80];
        size_t end = (size_t)sprintf(text, "\"%.*s\"", (int)n, LETTERS);
        tm_json j;
        tm_json_init(&j, arena, tm_text_slice(text, end), 0, 0);
        assert_int_equal(tm_json_next(&j), TM_JSON_STRING);
        assert_ptr_equal(j.text.p, text + 1);
        assert_int_equal(j.text.n, n);
        assert_int_equal(tm_json_next(&j), TM_JSON_END);
    }
    assert_int_equal(tm_arena_used(arena), 0);
    tm_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_every_kind_are_events),
        cmocka_unit_test(escapes_are_undone),
        cmocka_unit_test(an_escaped_nul_is_a_character),
        cmocka_unit_test(a_lone_surrogate_reads_as_the_replacement),
        cmocka_unit_test(control_characters_in_strings_are_an_option),
        cmocka_unit_test(loose_numbers_are_an_option),
        cmocka_unit_test(bytes_that_are_no_utf8_are_an_option),
        cmocka_unit_test(utf8_is_required),
        cmocka_unit_test(the_grammar_is_strict),
        cmocka_unit_test(numbers_are_strict),
        cmocka_unit_test(strings_need_an_end_and_known_escapes),
        cmocka_unit_test(depth_is_limited_without_recursion),
        cmocka_unit_test(skipping_goes_past_one_value),
        cmocka_unit_test(the_caller_may_fail_the_reader_at_an_event),
        cmocka_unit_test(a_long_plain_string_is_a_slice_of_the_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
