/* What plain scalars and durations mean.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/duration.h"
#include "config/scalar.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static tm_doc typed(const char *text)
{
    tm_doc doc = {.text = tm_text_of(text)};
    tm_scalar_type(&doc);
    return doc;
}

static void words_are_null_bool_or_float_in_three_spellings(void **state)
{
    (void)state;
    const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(typed(nulls[i]).type, TM_DOC_NULL);
    assert_true(typed("true").truth && typed("True").truth && typed("TRUE").truth);
    assert_int_equal(typed("FALSE").type, TM_DOC_BOOL);
    assert_false(typed("FALSE").truth);
    assert_true(isnan(typed(".nan").number) && isinf(typed("-.inf").number));
}

static void yes_no_dates_and_half_numbers_are_strings(void **state)
{
    (void)state;
    const char *const strings[] = {"yes",  "no",   "on",  "off", "tRUE", "nULL", "2026-01-02",
                                   "1:30", "0xg",  "+",   "-",   ".",    "1e",   "1e+",
                                   "--1",  "1.2.", "10s", "1 2", "-0x",  "0b2",  "1e999",
                                   "e1",   "inf",  "nan", "0b"};
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        assert_int_equal(typed(strings[i]).type, TM_DOC_STRING);
}

static void ints_have_four_bases_signs_and_underscores(void **state)
{
    (void)state;
    const struct {
        const char *text;
        int64_t value;
    } ints[] = {{"0", 0},
                {"-0", 0},
                {"42", 42},
                {"+42", 42},
                {"-42", -42},
                {"0x1F", 31},
                {"-0x10", -16},
                {"0o17", 15},
                {"017", 15},
                {"0b101", 5},
                {"1_000", 1000},
                {"0X_ff", 255},
                {"9223372036854775807", INT64_MAX},
                {"-9223372036854775808", INT64_MIN}};
    for (size_t i = 0; i < sizeof ints / sizeof *ints; i++) {
        assert_int_equal(typed(ints[i].text).type, TM_DOC_INT);
        assert_int_equal(typed(ints[i].text).integer, ints[i].value);
    }
}

static void floats_and_ints_that_are_too_large_are_doubles(void **state)
{
    (void)state;
    const struct {
        const char *text;
        double value;
    } doubles[] = {{"1.5", 1.5},
                   {".5", .5},
                   {"5.", 5},
                   {"-1e3", -1000},
                   {"1E-2", .01},
                   {"+.5e+1", 5},
                   {"08", 8},
                   {"1_0.5", 10.5},
                   {"9223372036854775808", 9223372036854775808.0},
                   {"18446744073709551616", 18446744073709551616.0}};
    for (size_t i = 0; i < sizeof doubles / sizeof *doubles; i++) {
        assert_int_equal(typed(doubles[i].text).type, TM_DOC_DOUBLE);
        assert_true(typed(doubles[i].text).number == doubles[i].value);
    }
}

static void durations_are_those_of_go(void **state)
{
    (void)state;
    const struct {
        const char *text;
        int64_t ns;
    } durations[] = {{"0", 0},
                     {"0s", 0},
                     {"1ns", 1},
                     {"1us", 1000},
                     {"1\xc2\xb5s", 1000},
                     {"200ms", 200000000},
                     {"1.5s", 1500000000},
                     {".5m", 30000000000},
                     {"1h2m3s", 3723000000000},
                     {"-1.5h", -5400000000000},
                     {"+3s", 3000000000},
                     {"0.000000001s", 1},
                     {"9223372036854775807ns", INT64_MAX}};
    for (size_t i = 0; i < sizeof durations / sizeof *durations; i++) {
        int64_t ns = -1;
        assert_true(tm_duration_read(tm_text_of(durations[i].text), &ns));
        assert_int_equal(ns, durations[i].ns);
    }
}

static void what_go_refuses_is_no_duration(void **state)
{
    (void)state;
    const char *const wrong[] = {"",
                                 "-",
                                 "10",
                                 "s",
                                 ".s",
                                 "1d",
                                 "1 s",
                                 "1s ",
                                 "1.2.3s",
                                 "--1s",
                                 "9223372036854775808ns",
                                 "1S",
                                 "300000h0m0s1x",
                                 "2562048h"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        int64_t ns;
        assert_false(tm_duration_read(tm_text_of(wrong[i]), &ns));
    }
}

static void durations_print_in_their_shortest_form(void **state)
{
    (void)state;
    const struct {
        int64_t ns;
        const char *text;
    } durations[] = {{0, "0s"},
                     {1, "1ns"},
                     {1500, "1.5us"},
                     {200000000, "200ms"},
                     {90000000000, "1m30s"},
                     {3600000000000, "1h"},
                     {5430500000000, "1h30m30.5s"},
                     {-1000000000, "-1s"},
                     {INT64_MIN, "-2562047h47m16.854775808s"}};
    tm_arena *arena = tm_arena_new(NULL);
    for (size_t i = 0; i < sizeof durations / sizeof *durations; i++) {
        tm_buf out = {.arena = arena};
        tm_duration_print(durations[i].ns, &out);
        assert_true(tm_text_is(tm_buf_text(&out), durations[i].text));
    }
    tm_arena_free(arena);
}

static void milliseconds_of_a_duration_are_rounded_up(void **state)
{
    (void)state;
    const int64_t durations[][2] = {{0, 0},       {1, 1},       {500000, 1},
                                    {1000000, 1}, {1000001, 2}, {INT64_MAX, 9223372036855}};
    for (size_t i = 0; i < sizeof durations / sizeof *durations; i++)
        assert_int_equal(tm_duration_ms(durations[i][0]), durations[i][1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_null_bool_or_float_in_three_spellings),
        cmocka_unit_test(yes_no_dates_and_half_numbers_are_strings),
        cmocka_unit_test(ints_have_four_bases_signs_and_underscores),
        cmocka_unit_test(floats_and_ints_that_are_too_large_are_doubles),
        cmocka_unit_test(durations_are_those_of_go),
        cmocka_unit_test(what_go_refuses_is_no_duration),
        cmocka_unit_test(durations_print_in_their_shortest_form),
        cmocka_unit_test(milliseconds_of_a_duration_are_rounded_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
