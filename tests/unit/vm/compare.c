/* Comparison: every operator over every pair of operands, against the table of language.md 2.2.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stage.h"

#include <math.h>

/* Operands of one kind are compared with each other; all others are merely different. */
typedef enum kind {
    K_NIL,
    K_BOOL,
    K_NUMBER,
    K_STRING,
    K_BYTES,
    K_TIME,
    K_DURATION,
    K_MAP, /* equality only from here on */
    K_LIST,
    K_STRINGS, /* what Split yields equals nothing but another such list */
    K_TRACE_ID,
    K_SPAN_ID,
    K_EVENTS,
    K_LINKS,
    K_STATUS,
    K_NATIVE_INT
} kind;

/* `rank` orders operands of one kind; equal ranks are equal. A negative rank equals nothing, not
 * even itself. */
typedef struct operand {
    const char *name;
    kind kind;
    int rank;
    tm_value value;
} operand;

enum { OPERANDS_MOST = 64 };
static const tm_time noon_utc = {.seconds = 43200, .zone = {"UTC", 3}};
static const tm_time noon_in_paris = {.seconds = 43200, .offset_seconds = 3600};
static const tm_time later = {.seconds = 43200, .nanoseconds = 1};
static const tm_time wrapped = {.seconds = INT64_MAX}; /* before year 1, as Go counts */

static unsigned scalars(operand *o)
{
    static const char id[16] = {1};
    const tm_value trace = {.type = TM_TRACE_ID, .n = 16, .p = id};
    const tm_value span = {.type = TM_SPAN_ID, .n = 8, .p = id},
                   other = {.type = TM_SPAN_ID, .n = 8, .p = id + 8};
    const operand all[] = {
        {"nil", K_NIL, 0, tm_nil()},
        {"false", K_BOOL, 0, tm_bool(false)},
        {"true", K_BOOL, 1, tm_bool(true)},
        {"-1", K_NUMBER, 0, tm_int(-1)},
        {"1", K_NUMBER, 1, tm_int(1)},
        {"1.0", K_NUMBER, 1, tm_double(1)},
        {"1.5", K_NUMBER, 2, tm_double(1.5)},
        {"2^53+1", K_NUMBER, 3, tm_int(9007199254740993)},
        {"NaN", K_NUMBER, -1, tm_double(NAN)},
        {"\"\"", K_STRING, 0, str("")},
        {"\"1\"", K_STRING, 1, str("1")},
        {"\"10\"", K_STRING, 2, str("10")},
        {"\"2\"", K_STRING, 3, str("2")},
        {"0x", K_NIL, 0, tm_bytes_value(TM_TEXT(""))},
        {"0x0100", K_BYTES, 1, tm_bytes_value(TM_TEXT("\1\0"))},
        {"0x02", K_BYTES, 2, tm_bytes_value(TM_TEXT("\2"))},
        {"noon", K_TIME, 1, {.type = TM_TIME, .time = &noon_utc}},
        {"noon elsewhere", K_TIME, 1, {.type = TM_TIME, .time = &noon_in_paris}},
        {"later", K_TIME, 2, {.type = TM_TIME, .time = &later}},
        {"wrapped", K_TIME, 0, {.type = TM_TIME, .time = &wrapped}},
        {"1 ns", K_DURATION, 0, tm_duration(1)},
        {"2 ns", K_DURATION, 1, tm_duration(2)},
        {"trace id", K_TRACE_ID, 0, trace},
        {"span id", K_SPAN_ID, 0, span},
        {"another span id", K_SPAN_ID, 1, other},
        {"native 1", K_NATIVE_INT, 0, {.type = TM_NATIVE_INT, .integer = 1}},
        {"native 80", K_NATIVE_INT, 1, {.type = TM_NATIVE_INT, .integer = 80}},
        {"byte 1", K_NATIVE_INT, -1, {.type = TM_NATIVE_INT, .spare = 1, .integer = 1}},
    };
    memcpy(o, all, sizeof all);
    return sizeof all / sizeof all[0];
}

static unsigned collections(stage *s, operand *o)
{
    tm_arena *a = s->request;
    const tm_value one[] = {tm_int(1)}, one_double[] = {tm_double(1)}, letter[] = {str("a")};
    const tm_value data_map = map_of(a, TM_DATA, "k", tm_int(1));
    const tm_value data_list = list_of(a, TM_DATA, 1, one),
                   literal_list = list_of(a, TM_LITERAL, 1, one);
    const tm_value literal_map = map_of(a, TM_LITERAL, "k", tm_int(1));
    void *span = &s->item[TM_SPAN], *other = &s->item[TM_EVENT];
    const operand all[] = {
        {"data map", K_MAP, 0, data_map},
        {"map literal", K_MAP, 0, literal_map},
        {"native map", K_MAP, 0, map_of(a, TM_NATIVE, "k", tm_int(1))},
        {"map of double", K_MAP, 1, map_of(a, TM_DATA, "k", tm_double(1))},
        {"map of native int", K_MAP, 2,
         map_of(a, TM_NATIVE, "k", (tm_value){.type = TM_NATIVE_INT, .integer = 1})},
        {"map of another key", K_MAP, 3, map_of(a, TM_DATA, "l", tm_int(1))},
        {"empty map", K_MAP, 4, tm_map_value(tm_map_new(a, 0), TM_DATA)},
        {"data list", K_LIST, 0, data_list},
        {"list literal", K_LIST, 0, literal_list},
        {"list of double", K_LIST, 1, list_of(a, TM_LITERAL, 1, one_double)},
        {"list of string", K_LIST, 2, list_of(a, TM_DATA, 1, letter)},
        {"empty list", K_LIST, 3, list_of(a, TM_DATA, 0, one)},
        {"empty literal", K_LIST, 3, list_of(a, TM_LITERAL, 0, one)},
        {"data list of map", K_LIST, 4, list_of(a, TM_DATA, 1, &data_map)},
        {"literal of map literal", K_LIST, 5, list_of(a, TM_LITERAL, 1, &literal_map)},
        {"literal of data map", K_LIST, 5, list_of(a, TM_LITERAL, 1, &data_map)},
        {"data list of list", K_LIST, 6, list_of(a, TM_DATA, 1, &data_list)},
        {"literal of literal", K_LIST, 6, list_of(a, TM_LITERAL, 1, &literal_list)},
        {"literal of data list", K_LIST, 7, list_of(a, TM_LITERAL, 1, &data_list)},
        {"Split result", K_STRINGS, 0, list_of(a, TM_STRINGS, 1, letter)},
        {"events", K_EVENTS, 0, {.type = TM_EVENTS, .object = span}},
        {"links", K_LINKS, 0, {.type = TM_LINKS, .object = span}},
        {"status", K_STATUS, 0, {.type = TM_STATUS, .object = span}},
        {"status of another", K_STATUS, 1, {.type = TM_STATUS, .object = other}},
    };
    memcpy(o, all, sizeof all);
    return sizeof all / sizeof all[0];
}

static bool expected(tm_comparison op, const operand *a, const operand *b)
{
    const bool comparable = a->kind == b->kind && a->rank >= 0 && b->rank >= 0;
    const bool ordered = comparable && a->kind < K_MAP, equal = comparable && a->rank == b->rank;
    switch (op) {
    case TM_IS_EQ:
        return equal;
    case TM_IS_NE:
        return !equal;
    case TM_IS_LT:
        return ordered && a->rank < b->rank;
    case TM_IS_LE:
        return ordered && a->rank <= b->rank;
    case TM_IS_GT:
        return ordered && a->rank > b->rank;
    case TM_IS_GE:
        return ordered && a->rank >= b->rank;
    }
    return false;
}

static void every_pair_of_operands_compares_as_the_table_says(void **state)
{
    static const char *const signs[] = {"==", "!=", "<", "<=", ">", ">="};
    operand o[OPERANDS_MOST];
    unsigned n = scalars(o);
    n += collections(*state, o + n);
    assert_true(n <= OPERANDS_MOST);
    for (unsigned i = 0; i < n; i++)
        for (unsigned j = 0; j < n; j++)
            for (unsigned op = 0; op < 6; op++) {
                bool want = expected((tm_comparison)op, &o[i], &o[j]);
                if (tm_value_compare((tm_comparison)op, o[i].value, o[j].value) != want)
                    fail_msg("%s %s %s should be %d", o[i].name, signs[op], o[j].name, want);
            }
}

static void ints_are_rounded_when_they_meet_doubles(void **state)
{
    (void)state;
    assert_true(
        tm_value_compare(TM_IS_EQ, tm_int(9007199254740993), tm_double(9007199254740992.0)));
    assert_false(tm_value_compare(TM_IS_EQ, tm_int(9007199254740993), tm_int(9007199254740992)));
}

static void the_order_of_entries_does_not_matter(void **state)
{
    stage *s = *state;
    tm_value a = map_of(s->request, TM_DATA, "k", tm_int(1)),
             b = map_of(s->request, TM_DATA, "l", tm_nil());
    tm_map_append(s->request, a.map, TM_TEXT("l"), tm_nil());
    tm_map_append(s->request, b.map, TM_TEXT("k"), tm_int(1));
    assert_true(tm_value_compare(TM_IS_EQ, a, b));
}

/* The reference looks the first map's keys up in the second, and the first of equal keys counts. */
static void of_keys_that_stand_twice_the_first_is_compared(void **state)
{
    stage *s = *state;
    tm_value a = map_of(s->request, TM_DATA, "k", tm_int(1)),
             b = map_of(s->request, TM_DATA, "k", tm_int(1));
    tm_map_append(s->request, a.map, TM_TEXT("k"), tm_int(1));
    tm_map_append(s->request, b.map, TM_TEXT("l"), tm_int(1));
    assert_true(tm_value_compare(TM_IS_EQ, a, b));
    assert_false(tm_value_compare(TM_IS_EQ, b, a));
    assert_true(tm_value_compare(TM_IS_EQ, a, a));
    a.map->entry[1].value = tm_int(2);
    assert_false(tm_value_compare(TM_IS_EQ, a, a));
}

/* Without a limit, 100,000 levels would exhaust the stack. */
static void endlessly_nested_values_are_different_not_fatal(void **state)
{
    stage *s = *state;
    tm_value v = tm_int(1);
    for (int i = 0; i < 100000; i++)
        v = list_of(s->request, TM_LITERAL, 1, &v);
    assert_false(tm_value_compare(TM_IS_EQ, v, v));
}

static void elements_compare_numbers_across_types_and_what_is_within_strictly(void **state)
{
    stage *s = *state;
    const tm_value one = tm_int(1), uno = tm_double(1);
    assert_true(tm_element_equal(&s->vm, one, uno));
    assert_true(tm_element_equal(&s->vm, tm_nil(), tm_nil()));
    assert_false(tm_element_equal(&s->vm, list_of(s->request, TM_DATA, 1, &one),
                                  list_of(s->request, TM_LITERAL, 1, &uno)));
    assert_true(tm_element_equal(&s->vm, list_of(s->request, TM_DATA, 1, &one),
                                 list_of(s->request, TM_LITERAL, 1, &one)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_STAGE(every_pair_of_operands_compares_as_the_table_says),
        TEST_ON_STAGE(ints_are_rounded_when_they_meet_doubles),
        TEST_ON_STAGE(the_order_of_entries_does_not_matter),
        TEST_ON_STAGE(of_keys_that_stand_twice_the_first_is_compared),
        TEST_ON_STAGE(endlessly_nested_values_are_different_not_fatal),
        TEST_ON_STAGE(elements_compare_numbers_across_types_and_what_is_within_strictly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
