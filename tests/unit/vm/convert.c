/* Conversions: the tables of language.md 5.1 to 5.3, and reading numbers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stage.h"

#include <math.h>

static const char some_id[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
static const tm_time some_time = {
    .seconds = 1700000000, .nanoseconds = 123456000, .zone = {"UTC", 3}};

/* --- lenient getters --- */

typedef bool (*getter)(tm_vm *vm, tm_value v, tm_value *out);

/* The columns of 5.2. NULL: an error; texts of bytes are hex. */
typedef struct row {
    tm_value from;
    const char *string, *integer, *number, *truth, *bytes;
} row;

static void assert_cell(stage *s, getter get, tm_value from, tm_type type, const char *expected)
{
    tm_value out;
    bool done = get(&s->vm, from, &out);
    assert_int_equal(done, expected != NULL);
    if (!done)
        return;
    assert_int_equal(out.type, type);
    assert_true(tm_to_string(&s->vm, out, &out));
    assert_text(tm_value_text(out), expected);
}

static void assert_row(stage *s, const row *r)
{
    assert_cell(s, tm_to_string, r->from, TM_STRING, r->string);
    assert_cell(s, tm_to_int, r->from, TM_INT, r->integer);
    assert_cell(s, tm_to_double, r->from, TM_DOUBLE, r->number);
    assert_cell(s, tm_to_bool, r->from, TM_BOOL, r->truth);
    assert_cell(s, tm_to_bytes, r->from, TM_BYTES, r->bytes);
}

static void scalars_are_coerced_as_the_table_says(void **state)
{
    const row rows[] = {
        {str("42"), "42", "42", "42", NULL, "3432"},
        {str("true"), "true", NULL, NULL, "true", "74727565"},
        {str("0"), "0", "0", "0", "false", "30"},
        {str(""), "", NULL, NULL, NULL, ""},
        {tm_int(-2), "-2", "-2", "-2", "true", "fffffffffffffffe"},
        {tm_int(0), "0", "0", "0", "false", "0000000000000000"},
        {tm_double(2.5), "2.5", "2", "2.5", "true", "4004000000000000"},
        {tm_double(-2.9), "-2.9", "-2", "-2.9", "true", "c007333333333333"},
        {tm_double(1e21), "1e+21", "-9223372036854775808", "1e+21", "true", "444b1ae4d6e2ef50"},
        {tm_bool(true), "true", "1", "1", "true", "01"},
        {tm_bool(false), "false", "0", "0", "false", "00"},
        {tm_bytes_value(TM_TEXT("\1\377")), "01ff", NULL, NULL, NULL, "01ff"},
        {tm_duration(1500000000), "1500000000", NULL, NULL, NULL, NULL},
        {{.type = TM_NATIVE_INT, .integer = 80}, "80", NULL, NULL, NULL, NULL},
        {{.type = TM_STATUS}, "{}", NULL, NULL, NULL, NULL},
        {{.type = TM_SPAN_ID, .n = 8, .p = some_id}, "[1,2,3,4,5,6,7,8]", NULL, NULL, NULL, NULL},
        {{.type = TM_TRACE_ID, .n = 16, .p = some_id},
         "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]",
         NULL,
         NULL,
         NULL,
         NULL},
        {{.type = TM_TIME, .time = &some_time},
         "\"2023-11-14T22:13:20.123456Z\"",
         NULL,
         NULL,
         NULL,
         NULL},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_row(*state, &rows[i]);
}

static void nil_stays_nil(void **state)
{
    static const getter getters[] = {tm_to_string, tm_to_int, tm_to_double, tm_to_bool,
                                     tm_to_bytes};
    stage *s = *state;
    for (unsigned i = 0; i < 5; i++) {
        tm_value out = tm_int(1);
        assert_true(getters[i](&s->vm, tm_nil(), &out));
        assert_int_equal(out.type, TM_NIL);
    }
}

static void numbers_without_a_text_are_errors_and_without_an_int_the_least(void **state)
{
    stage *s = *state;
    tm_value out;
    assert_false(tm_to_string(&s->vm, tm_double(NAN), &out));
    assert_false(tm_to_string(&s->vm, tm_double(-INFINITY), &out));
    assert_true(tm_to_int(&s->vm, tm_double(NAN), &out));
    assert_true(out.integer == INT64_MIN);
    assert_true(tm_to_int(&s->vm, tm_double(0x1p63), &out));
    assert_true(out.integer == INT64_MIN);
    assert_true(tm_to_bool(&s->vm, tm_double(NAN), &out));
    assert_true(out.truth);
}

/* --- text forms --- */

static tm_value sample_map(stage *s, tm_form form)
{
    tm_value m = map_of(s->request, form, "z", str("<&>\b\f\n\x1f\xff\xe2\x80\xa8"));
    tm_map_append(s->request, m.map, TM_TEXT("a"), tm_bytes_value(TM_TEXT("\377")));
    tm_map_append(s->request, m.map, TM_TEXT("e"), tm_nil());
    tm_map_append(s->request, m.map, TM_TEXT("d"), tm_double(1e-7));
    return m;
}

static void json_of_a_coercion_escapes_html_and_pads_exponents(void **state)
{
    stage *s = *state;
    tm_value out;
    assert_true(tm_to_string(&s->vm, sample_map(s, TM_DATA), &out));
    assert_text(tm_value_text(out),
                "{\"a\":\"/w==\",\"d\":1e-07,\"e\":null,"
                "\"z\":\"\\u003c\\u0026\\u003e\\u0008\\u000c\\n\\u001f\\ufffd\\u2028\"}");
}

static void empty_bytes_inside_are_null(void **state)
{
    stage *s = *state;
    tm_list *list = tm_list_new(s->request, 1);
    tm_text json;
    tm_list_append(s->request, list, (tm_value){.type = TM_BYTES, .p = ""});
    assert_true(tm_value_json(s->request, tm_list_value(list, TM_DATA), true, &json));
    assert_text(json, "[null]");
    assert_text(tm_data_text(s->request, tm_list_value(list, TM_DATA)), "[null]");
    assert_text(tm_data_text(s->request, (tm_value){.type = TM_BYTES, .p = ""}), "");
}

static void json_of_stored_values_does_neither(void **state)
{
    stage *s = *state;
    assert_text(
        tm_data_text(s->request, sample_map(s, TM_DATA)),
        "{\"a\":\"/w==\",\"d\":1e-7,\"e\":null,\"z\":\"<&>\\b\\f\\n\\u001f\\ufffd\\u2028\"}");
}

static void stored_values_have_texts_of_their_own(void **state)
{
    stage *s = *state;
    tm_value list = list_of(s->request, TM_DATA, 1, (tm_value[]){tm_double(INFINITY)});
    assert_text(tm_data_text(s->request, tm_nil()), "");
    assert_text(tm_data_text(s->request, str("x")), "x");
    assert_text(tm_data_text(s->request, tm_bool(true)), "true");
    assert_text(tm_data_text(s->request, tm_int(-1)), "-1");
    assert_text(tm_data_text(s->request, tm_double(1e-7)), "1e-7");
    assert_text(tm_data_text(s->request, tm_double(NAN)), "NaN");
    assert_text(tm_data_text(s->request, tm_double(-INFINITY)), "-Infinity");
    assert_text(tm_data_text(s->request, tm_bytes_value(TM_TEXT("\377"))), "/w==");
    assert_text(tm_data_text(s->request, list), "");
}

static void in_a_list_literal_data_maps_and_lists_have_no_text(void **state)
{
    stage *s = *state;
    const tm_value one = tm_int(1), map = map_of(s->request, TM_LITERAL, "k", one);
    const tm_value data = list_of(s->request, TM_DATA, 1, &one),
                   plain = list_of(s->request, TM_LITERAL, 1, &one);
    const tm_value split = list_of(s->request, TM_STRINGS, 1, (tm_value[]){str("a")});
    const tm_value native = map_of(s->request, TM_NATIVE, "k", plain);
    const tm_value items[] = {map, data, plain, split, native, tm_nil(), {.type = TM_EVENTS}};
    tm_value out;
    assert_true(tm_to_string(&s->vm, list_of(s->request, TM_LITERAL, 7, items), &out));
    assert_text(tm_value_text(out), "[{},{},[1],[\"a\"],{\"k\":[1]},null,{}]");
    assert_true(tm_to_string(&s->vm, map_of(s->request, TM_LITERAL, "l", data), &out));
    assert_text(tm_value_text(out), "{\"l\":[1]}");
}

static void a_key_that_stands_twice_is_printed_once_the_last(void **state)
{
    stage *s = *state;
    tm_value m = map_of(s->request, TM_DATA, "k", tm_int(1));
    tm_map_append(s->request, m.map, TM_TEXT("k"), tm_int(2));
    assert_json(s, m, "{\"k\":2}");
}

static void times_are_printed_in_their_zone(void **state)
{
    const tm_time times[] = {{.seconds = 0},
                             {.seconds = -62135596800},
                             {.seconds = 951782399, .nanoseconds = 1},
                             {.seconds = 0, .offset_seconds = -12600},
                             {.seconds = 253402300799}};
    static const char *const texts[] = {"\"1970-01-01T00:00:00Z\"", "\"0001-01-01T00:00:00Z\"",
                                        "\"2000-02-28T23:59:59.000000001Z\"",
                                        "\"1969-12-31T20:30:00-03:30\"",
                                        "\"9999-12-31T23:59:59Z\""};
    stage *s = *state;
    for (unsigned i = 0; i < 5; i++)
        assert_json(s, ((tm_value){.type = TM_TIME, .time = &times[i]}), texts[i]);
    tm_text json;
    const tm_time year_10000 = {.seconds = 253402300800};
    assert_false(
        tm_value_json(s->request, (tm_value){.type = TM_TIME, .time = &year_10000}, true, &json));
}

/* --- numbers in texts --- */

static void ints_are_read_plainly(void **state)
{
    tm_text bad, rest = TM_TEXT("|+|-| 1|1 |0x1|1_0|1e3|1.0|9223372036854775808|"
                                "-9223372036854775809|99999999999999999999");
    int64_t n;
    (void)state;
    assert_true(tm_int_read(TM_TEXT("+12"), &n) && n == 12);
    assert_true(tm_int_read(TM_TEXT("-0009223372036854775808"), &n) && n == INT64_MIN);
    assert_true(tm_int_read(TM_TEXT("9223372036854775807"), &n) && n == INT64_MAX);
    while (tm_text_next(&rest, '|', &bad))
        assert_false(tm_int_read(bad, &n));
}

static void doubles_are_read_as_go_reads_them(void **state)
{
    static const struct {
        const char *text;
        double number;
    } good[] = {{"1", 1},
                {".5", .5},
                {"1.", 1},
                {"-1e3", -1e3},
                {"1_0", 10},
                {"0x1p-2", .25},
                {"0X1.8P1", 3},
                {"0x_1p4", 16},
                {"+1E+2", 100},
                {"1e-400", 0},
                {"INF", INFINITY},
                {"-Infinity", -INFINITY},
                {"00001.5", 1.5},
                {"1e1_0", 1e10},
                {"9007199254740993", 9007199254740992.0},
                {"0.1", 0.1},
                {"1.7976931348623157e308", 1.7976931348623157e308}};
    static const char *const bad[] = {"",     ".",    "+",    "e1",    "1e",       "1e+",  "0x1",
                                      "0xp1", "_1",   "1_",   "1__0",  "1_.0",     "1e_1", "1 ",
                                      "1x",   "infi", "+nan", "1e309", "0x1p1024", "1.2.3"};
    double d;
    (void)state;
    for (unsigned i = 0; i < sizeof good / sizeof good[0]; i++)
        if (!tm_double_read(tm_text_of(good[i].text), &d) || d != good[i].number)
            fail_msg("%s", good[i].text);
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (tm_double_read(tm_text_of(bad[i]), &d))
            fail_msg("%s", bad[i]);
}

static void the_nan_that_is_read_is_the_one_of_go(void **state)
{
    uint64_t bits;
    double d;
    (void)state;
    assert_true(tm_double_read(TM_TEXT("NaN"), &d));
    memcpy(&bits, &d, sizeof bits);
    assert_true(bits == 0x7ff8000000000001u);
}

/* 1 and a half unit, exactly halfway or a digit 1 far behind it. */
static void a_digit_far_behind_tells_halfway_cases_apart(void **state)
{
    stage *s = *state;
    const tm_text half = TM_TEXT("1.00000000000000011102230246251565404236316680908203125");
    char *long_text = tm_arena_alloc(s->request, 2000);
    double d;
    memset(long_text, '0', 2000);
    memcpy(long_text, half.p, half.n);
    assert_true(tm_double_read(tm_text_slice(long_text, 2000), &d) && d == 1);
    long_text[1999] = '1';
    assert_true(tm_double_read(tm_text_slice(long_text, 2000), &d) && d == 1 + 0x1p-52);
}

/* --- arguments --- */

static void strict_kinds_take_their_own_type_only(void **state)
{
    static const struct {
        tm_kind kind;
        const char *refusal;
    } kinds[] = {{TM_KIND_STRING, "expected string but got time.Time"},
                 {TM_KIND_INT, "expected int64 but got time.Time"},
                 {TM_KIND_DOUBLE, "expected float64 but got time.Time"},
                 {TM_KIND_BOOL, "expected bool but got time.Time"},
                 {TM_KIND_MAP, "expected pcommon.Map but got time.Time"},
                 {TM_KIND_LIST, "expected pcommon.Slice but got time.Time"},
                 {TM_KIND_DURATION, "expected duration but got time.Time"}};
    stage *s = *state;
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        tm_value v = {.type = TM_TIME, .time = &some_time};
        assert_false(tm_value_fit(&s->vm, kinds[i].kind, &v));
        assert_text(s->vm.error, kinds[i].refusal);
    }
    tm_value nil = tm_nil(), native = map_of(s->request, TM_NATIVE, "k", nil),
             port = {.type = TM_NATIVE_INT};
    assert_false(tm_value_fit(&s->vm, TM_KIND_STRING, &nil));
    assert_text(s->vm.error, "expected string but got nil");
    assert_true(tm_value_fit(&s->vm, TM_KIND_MAP, &native));
    assert_false(tm_value_fit(&s->vm, TM_KIND_INT, &port));
    assert_true(tm_value_fit(&s->vm, TM_KIND_ANY, &port));
}

static void elements_are_coerced_in_a_copy_of_the_list(void **state)
{
    stage *s = *state;
    tm_value items[] = {tm_int(1), tm_nil()}, list = list_of(s->request, TM_LITERAL, 2, items),
             v = list;
    assert_true(tm_value_fit(&s->vm, TM_KIND_LIST_OF_TO_STRING, &v));
    assert_json(s, v, "[\"1\",null]");
    assert_json(s, list, "[1,null]");
    assert_false(tm_value_fit(&s->vm, TM_KIND_LIST_OF_STRING, &list));
    assert_text(s->vm.error, "expected string but got int64");
}

/* --- literals and stored copies --- */

static void endless_nesting_is_refused_not_fatal(void **state)
{
    stage *s = *state;
    tm_value v = tm_int(1), out = tm_nil();
    tm_text json;
    for (int i = 0; i < 100000; i++)
        v = list_of(s->request, TM_LITERAL, 1, &v);
    assert_false(tm_value_store(&s->vm, &out, v));
    assert_false(tm_value_json(s->request, v, true, &json));
    assert_false(tm_list_to_data(&s->vm, v, &out));
}

static void entries_of_a_map_literal_become_data(void **state)
{
    stage *s = *state;
    const tm_value one = tm_int(1), map = map_of(s->request, TM_DATA, "k", one);
    const tm_value maps = list_of(s->request, TM_LITERAL, 1, &map),
                   deep = list_of(s->request, TM_LITERAL, 1, &maps);
    const tm_value pairs[] = {str("a"), one, str("m"), maps, str("a"), tm_nil()};
    tm_value out;
    assert_true(tm_literal_map(&s->vm, pairs, 3, &out));
    assert_json(s, out, "{\"a\":null,\"m\":[{\"k\":1}]}");
    assert_int_equal(tm_map_find(out.map, TM_TEXT("m"))->value.form, TM_DATA);
    const tm_value bad[] = {deep, list_of(s->request, TM_DATA, 1, &one), tm_duration(1),
                            list_of(s->request, TM_STRINGS, 0, &one)};
    for (unsigned i = 0; i < 4; i++)
        assert_false(tm_literal_map(&s->vm, (tm_value[]){str("k"), bad[i]}, 1, &out));
}

static void a_lambda_source_takes_plain_elements_only(void **state)
{
    stage *s = *state;
    const tm_value one = tm_int(1),
                   map = map_of(s->request, TM_NATIVE, "p", (tm_value){.type = TM_NATIVE_INT});
    const tm_value plain[] = {one, tm_nil(), list_of(s->request, TM_LITERAL, 1, &one), map};
    tm_value out;
    assert_true(tm_list_to_data(&s->vm, list_of(s->request, TM_LITERAL, 4, plain), &out));
    assert_json(s, out, "[1,null,[1],{\"p\":0}]");
    assert_int_equal(out.form, TM_DATA);
    const tm_value bad[] = {map_of(s->request, TM_LITERAL, "k", one),
                            list_of(s->request, TM_DATA, 1, &one),
                            list_of(s->request, TM_STRINGS, 0, &one), tm_duration(1)};
    for (unsigned i = 0; i < 4; i++)
        assert_false(tm_list_to_data(&s->vm, list_of(s->request, TM_LITERAL, 1, &bad[i]), &out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_STAGE(scalars_are_coerced_as_the_table_says),
        TEST_ON_STAGE(nil_stays_nil),
        TEST_ON_STAGE(numbers_without_a_text_are_errors_and_without_an_int_the_least),
        TEST_ON_STAGE(json_of_a_coercion_escapes_html_and_pads_exponents),
        TEST_ON_STAGE(empty_bytes_inside_are_null),
        TEST_ON_STAGE(json_of_stored_values_does_neither),
        TEST_ON_STAGE(stored_values_have_texts_of_their_own),
        TEST_ON_STAGE(in_a_list_literal_data_maps_and_lists_have_no_text),
        TEST_ON_STAGE(a_key_that_stands_twice_is_printed_once_the_last),
        TEST_ON_STAGE(times_are_printed_in_their_zone),
        TEST_ON_STAGE(ints_are_read_plainly),
        TEST_ON_STAGE(doubles_are_read_as_go_reads_them),
        TEST_ON_STAGE(the_nan_that_is_read_is_the_one_of_go),
        TEST_ON_STAGE(a_digit_far_behind_tells_halfway_cases_apart),
        TEST_ON_STAGE(strict_kinds_take_their_own_type_only),
        TEST_ON_STAGE(elements_are_coerced_in_a_copy_of_the_list),
        TEST_ON_STAGE(endless_nesting_is_refused_not_fatal),
        TEST_ON_STAGE(entries_of_a_map_literal_become_data),
        TEST_ON_STAGE(a_lambda_source_takes_plain_elements_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
