/* Numbers to texts and back; the expected texts are those of Python's repr, laid out anew.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/number.h"

#include <math.h>
#include <float.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct row {
    double number;
    const char *padded, *brief;
} ROWS[] = {
    {0x0.0000000000001p-1022, "5e-324", "5e-324"},
    {0x1.0000000000000p-1022, "2.2250738585072014e-308", "2.2250738585072014e-308"},
    {0x0.fffffffffffffp-1022, "2.225073858507201e-308", "2.225073858507201e-308"},
    {0x1.fffffffffffffp+1023, "1.7976931348623157e+308", "1.7976931348623157e+308"},
    {0x1.0000000000000p-44, "5.684341886080802e-14", "5.684341886080802e-14"},
    {0x1.0000000000000p+53, "9007199254740992", "9007199254740992"},
    {0x1.fffffffffffffp+52, "9007199254740991", "9007199254740991"},
    {0x1.b1ae4d6e2ef50p+69, "1e+21", "1e+21"},
    {0x1.5af1d78b58c40p+66, "100000000000000000000", "100000000000000000000"},
    {0x1.ac53a7e04bcdap+66, "123456789012345680000", "123456789012345680000"},
    {0x1.b1ae4d6e2ef4fp+69, "999999999999999900000", "999999999999999900000"},
    {0x1.0c6f7a0b5ed8dp-20, "0.000001", "0.000001"},
    {0x1.0c6f6873c557ap-20, "9.99999e-07", "9.99999e-7"},
    {0x1.ad7f29abcaf48p-24, "1e-07", "1e-7"},
    {0x1.999999999999ap-4, "0.1", "0.1"},
    {0x1.999999999999ap-3, "0.2", "0.2"},
    {0x1.3333333333334p-2, "0.30000000000000004", "0.30000000000000004"},
    {0x1.5555555555555p-2, "0.3333333333333333", "0.3333333333333333"},
    {0x1.9000000000000p+6, "100", "100"},
    {0x1.c6bf526340000p+49, "1000000000000000", "1000000000000000"},
    {0x1.1c37937e08000p+53, "10000000000000000", "10000000000000000"},
    {0x1.e240c9fbe76c9p+16, "123456.789", "123456.789"},
    {0x1.1666666666666p+2, "4.35", "4.35"},
    {0x1.4b3fd5942cd96p-20, "0.000001234", "0.000001234"},
    {0x1.1eb2d66005835p+997, "1.5e+300", "1.5e+300"},
    {-0x1.4000000000000p+1, "-2.5", "-2.5"},
    {0x1.0000000000000p+63, "9223372036854776000", "9223372036854776000"},
    {0x1.0000000000000p+64, "18446744073709552000", "18446744073709552000"},
    {0x1.0000000000000p+52, "4503599627370496", "4503599627370496"},
    {0x1.c7e83209e90b2p+72, "8.41e+21", "8.41e+21"},
    {0x1.0000000000000p-20, "9.5367431640625e-07", "9.5367431640625e-7"},
    {0x0.0000000002788p-1022, "5e-320", "5e-320"},
    {0x1.0000000000000p-1022, "2.2250738585072014e-308", "2.2250738585072014e-308"},
    {0x1.52d02c7e14af6p+76, "1e+23", "1e+23"},
    {0x1.39189374bc6a8p+5, "39.137", "39.137"},
    {0x1.0000000000000p+63, "9223372036854776000", "9223372036854776000"},
    {0x1.8000000000001p+1, "3.0000000000000004", "3.0000000000000004"},
};

enum { ROW_COUNT = sizeof ROWS / sizeof *ROWS };

static tm_text print(char *out, double number, tm_exponent exponent)
{
    return tm_text_slice(out, tm_number_print(out, number, exponent));
}

static bool same_bits(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

static void the_shortest_text_of_a_double_is_that_of_python(void **state)
{
    (void)state;
    char out[TM_NUMBER_ROOM];
    for (size_t i = 0; i < ROW_COUNT; i++) {
        assert_true(tm_text_is(print(out, ROWS[i].number, TM_EXPONENT_PADDED), ROWS[i].padded));
        assert_true(tm_text_is(print(out, ROWS[i].number, TM_EXPONENT_SHORT), ROWS[i].brief));
    }
}

static void zeros_and_words_keep_their_sign(void **state)
{
    (void)state;
    char out[TM_NUMBER_ROOM];
    assert_true(tm_text_is(print(out, 0.0, TM_EXPONENT_PADDED), "0"));
    assert_true(tm_text_is(print(out, -0.0, TM_EXPONENT_PADDED), "-0"));
    assert_true(tm_text_is(print(out, INFINITY, TM_EXPONENT_PADDED), "Infinity"));
    assert_true(tm_text_is(print(out, -INFINITY, TM_EXPONENT_PADDED), "-Infinity"));
    assert_true(tm_text_is(print(out, NAN, TM_EXPONENT_PADDED), "NaN"));
}

static void a_double_reads_back_as_itself(void **state)
{
    (void)state;
    uint64_t seed = 88172645463325252u;
    for (int i = 0; i < 20000; i++) {
        seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
        double x, y;
        memcpy(&x, &seed, sizeof x);
        if (!isfinite(x))
            continue;
        char out[TM_NUMBER_ROOM];
        assert_true(
            tm_number_double(print(out, x, i % 2 ? TM_EXPONENT_PADDED : TM_EXPONENT_SHORT), &y));
        assert_true(same_bits(x, y));
    }
}

static void expect_double(const char *text, double expected)
{
    double number;
    assert_true(tm_number_double(tm_text_of(text), &number));
    assert_true(same_bits(number, expected));
}

static void doubles_are_rounded_correctly(void **state)
{
    (void)state;
    expect_double("9007199254740993", 9007199254740992.0);
    expect_double("9007199254740993.00000000000000000000000000000000000000001", 9007199254740994.0);
    expect_double("0.1", 0.1);
    expect_double("-0.0", -0.0);
    expect_double("0e999999999999999999999", 0.0);
    expect_double("1e400", INFINITY);
    expect_double("-1e99999999999999999999", -INFINITY);
    expect_double("1e-400", 0.0);
    expect_double("2.4703282292062327208e-324", 0.0);
    expect_double("2.4703282292062328e-324", 5e-324);
    expect_double("1000000000000000000000000000000000000000e-39", 1.0);
    expect_double("0.000000000000000000000000000000000000001e39", 1.0);
    expect_double("123456789012345678901234567890", 123456789012345678901234567890.0);
}

static void a_long_tail_decides_a_middle(void **state)
{
    (void)state;
    char text[1200];
    memset(text, '0', sizeof text);
    memcpy(text, "9007199254740993.", 17);
    double number;
    assert_true(tm_number_double(tm_text_slice(text, sizeof text), &number));
    assert_true(number == 9007199254740992.0);
    text[sizeof text - 1] = '1';
    assert_true(tm_number_double(tm_text_slice(text, sizeof text), &number));
    assert_true(number == 9007199254740994.0);
}

static bool int_of(const char *text, int64_t expected)
{
    int64_t integer;
    return tm_number_int(tm_text_of(text), &integer) && integer == expected;
}

static bool uint_of(const char *text, uint64_t expected)
{
    uint64_t natural;
    return tm_number_uint(tm_text_of(text), &natural) && natural == expected;
}

static void integers_are_exact(void **state)
{
    (void)state;
    assert_true(int_of("0", 0) && int_of("-0", 0) && int_of("12", 12) && int_of("-7", -7));
    assert_true(int_of("9223372036854775807", INT64_MAX));
    assert_true(int_of("-9223372036854775808", INT64_MIN));
    assert_true(int_of("9007199254740993", 9007199254740993));
    assert_true(int_of("1e3", 1000) && int_of("1.50e2", 150) && int_of("1.0", 1));
    assert_true(int_of("12300e-2", 123) && int_of("0.0e-5", 0) &&
                int_of("0e99999999999999999999", 0));
    assert_true(int_of("-922337203685477580.8E1", INT64_MIN));
    assert_true(uint_of("18446744073709551615", UINT64_MAX) && uint_of("-0", 0));
    assert_true(uint_of("1844674407370955161.5e1", UINT64_MAX));
}

static void what_is_no_integer_or_does_not_fit_is_refused(void **state)
{
    (void)state;
    const char *const wrong[] = {"",
                                 "-",
                                 "+1",
                                 "01",
                                 "1.",
                                 ".5",
                                 "1e",
                                 "1e+",
                                 "0x1",
                                 "1 ",
                                 " 1",
                                 "1.5",
                                 "1e-1",
                                 "15e-2",
                                 "9223372036854775808",
                                 "-9223372036854775809",
                                 "1e19",
                                 "1e99999999999999999999",
                                 "1e-99999999999999999999",
                                 "NaN",
                                 "1_0",
                                 "--1"};
    int64_t integer;
    uint64_t natural;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(tm_number_int(tm_text_of(wrong[i]), &integer));
    assert_false(tm_number_uint(TM_TEXT("-1"), &natural));
    assert_false(tm_number_uint(TM_TEXT("18446744073709551616"), &natural));
    double number;
    assert_false(tm_number_double(TM_TEXT("Infinity"), &number));
    assert_false(tm_number_double(TM_TEXT(""), &number));
}

typedef struct plain_row {
    double number;
    const char *text;
} plain_row;

static void plain_notation_never_has_an_exponent(void **state)
{
    (void)state;
    static const plain_row rows[] = {
        {0, "0"},
        {-0.0, "-0"},
        {1, "1"},
        {-2.5, "-2.5"},
        {1e-7, "0.0000001"},
        {-1.25e-9, "-0.00000000125"},
        {1e21, "1000000000000000000000"},
        {1.5e22, "15000000000000000000000"},
        {INFINITY, "+Inf"},
        {-INFINITY, "-Inf"},
        {NAN, "NaN"},
    };
    char out[TM_NUMBER_PLAIN_ROOM];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tm_text text = tm_text_slice(out, tm_number_print_plain(out, rows[i].number));
        if (!tm_text_is(text, rows[i].text))
            fail_msg("%g gives %.*s, not %s", rows[i].number, TM_PRI(text), rows[i].text);
    }
}

static void plain_notation_has_room_for_the_longest(void **state)
{
    (void)state;
    static const double longest[] = {-DBL_MAX, -DBL_MIN, -5e-324, -2.2250738585072011e-308};
    char out[TM_NUMBER_PLAIN_ROOM + 1];
    for (size_t i = 0; i < sizeof longest / sizeof *longest; i++) {
        memset(out, 0, sizeof out);
        assert_true(tm_number_print_plain(out, longest[i]) <= TM_NUMBER_PLAIN_ROOM);
        assert_true(strtod(out, NULL) == longest[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shortest_text_of_a_double_is_that_of_python),
        cmocka_unit_test(zeros_and_words_keep_their_sign),
        cmocka_unit_test(a_double_reads_back_as_itself),
        cmocka_unit_test(doubles_are_rounded_correctly),
        cmocka_unit_test(a_long_tail_decides_a_middle),
        cmocka_unit_test(integers_are_exact),
        cmocka_unit_test(what_is_no_integer_or_does_not_fit_is_refused),
        cmocka_unit_test(plain_notation_never_has_an_exponent),
        cmocka_unit_test(plain_notation_has_room_for_the_longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
