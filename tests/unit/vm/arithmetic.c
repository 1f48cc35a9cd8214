/* Arithmetic: the table of language.md 2.3.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stage.h"

static bool reckon(stage *s, tm_value a, char op, tm_value b, tm_value *out)
{
    static const char signs[] = "+-*/";
    return tm_value_arithmetic(&s->vm, (tm_arithmetic)(strchr(signs, op) - signs), a, b, out);
}

static void assert_int(stage *s, int64_t a, char op, int64_t b, int64_t expected)
{
    tm_value out;
    assert_true(reckon(s, tm_int(a), op, tm_int(b), &out));
    assert_int_equal(out.type, TM_INT);
    assert_int_equal(out.integer, expected);
}

static void ints_wrap_and_divide_toward_zero(void **state)
{
    assert_int(*state, 7, '/', 2, 3);
    assert_int(*state, -7, '/', 2, -3);
    assert_int(*state, INT64_MAX, '+', 1, INT64_MIN);
    assert_int(*state, INT64_MIN, '-', 1, INT64_MAX);
    assert_int(*state, INT64_MAX, '*', 2, -2);
    assert_int(*state, INT64_MIN, '/', -1, INT64_MIN);
}

static void a_double_on_either_side_makes_a_double(void **state)
{
    tm_value out;
    assert_true(reckon(*state, tm_int(7), '/', tm_double(2), &out));
    assert_int_equal(out.type, TM_DOUBLE);
    assert_true(out.number == 3.5);
    assert_true(reckon(*state, tm_double(2.5), '*', tm_int(200), &out));
    assert_true(out.number == 500);
    assert_true(reckon(*state, tm_double(1), '-', tm_double(0.5), &out));
    assert_true(out.number == 0.5);
}

static void dividing_by_zero_is_an_error_for_doubles_too(void **state)
{
    stage *s = *state;
    tm_value out;
    assert_false(reckon(s, tm_int(1), '/', tm_int(0), &out));
    assert_text(s->vm.error, "attempted to divide by 0");
    assert_false(reckon(s, tm_double(1), '/', tm_double(-0.0), &out));
    assert_false(reckon(s, tm_double(1), '/', tm_int(0), &out));
}

/* Which operators take which types, and what they yield: TYPE_COUNT stands for an error. */
static void types_that_do_not_go_together_are_errors(void **state)
{
    static const tm_time epoch;
    stage *s = *state;
    const tm_value operand[] = {
        tm_int(1), tm_double(1),  {.type = TM_TIME, .time = &epoch},    tm_duration(1), str("1"),
        tm_nil(),  tm_bool(true), {.type = TM_NATIVE_INT, .integer = 1}};
    enum { I = TM_INT, D = TM_DOUBLE, T = TM_TIME, U = TM_DURATION, X = TM_TYPE_COUNT };
    static const uint8_t yields[4][8][8] = {
        {{I, D, X, X, X, X, X, X},
         {D, D, X, X, X, X, X, X},
         {X, X, X, T, X, X, X, X},
         {X, X, T, U, X, X, X, X},
         {X, X, X, X, X, X, X, X},
         {X, X, X, X, X, X, X, X},
         {X, X, X, X, X, X, X, X},
         {X, X, X, X, X, X, X, X}},
        {{I, D, X, X, X, X, X, X},
         {D, D, X, X, X, X, X, X},
         {X, X, U, T, X, X, X, X},
         {X, X, X, U, X, X, X, X},
         {X, X, X, X, X, X, X, X},
         {X, X, X, X, X, X, X, X},
         {X, X, X, X, X, X, X, X},
         {X, X, X, X, X, X, X, X}},
        {{I, D, X, X, X, X, X, X},
         {D, D, X, X, X, X, X, X},
         {X, X, X, X, X, X, X, X},
         {X, X, X, X, X, X, X, X},
         {X, X, X, X, X, X, X, X},
         {X, X, X, X, X, X, X, X},
         {X, X, X, X, X, X, X, X},
         {X, X, X, X, X, X, X, X}},
        {{I, D, X, X, X, X, X, X},
         {D, D, X, X, X, X, X, X},
         {X, X, X, X, X, X, X, X},
         {X, X, X, X, X, X, X, X},
         {X, X, X, X, X, X, X, X},
         {X, X, X, X, X, X, X, X},
         {X, X, X, X, X, X, X, X},
         {X, X, X, X, X, X, X, X}},
    };
    for (unsigned op = 0; op < 4; op++)
        for (unsigned i = 0; i < 8; i++)
            for (unsigned j = 0; j < 8; j++) {
                tm_value out = {.type = X};
                bool done = reckon(s, operand[i], "+-*/"[op], operand[j], &out);
                assert_int_equal(done, yields[op][i][j] != X);
                assert_int_equal(out.type, yields[op][i][j]);
            }
}

static void times_move_in_their_own_zone(void **state)
{
    const tm_time t = {.seconds = 100, .nanoseconds = 999999999, .offset_seconds = 3600};
    const tm_value time = {.type = TM_TIME, .time = &t};
    tm_value out;
    assert_true(reckon(*state, time, '+', tm_duration(1), &out));
    assert_int_equal(out.time->seconds, 101);
    assert_int_equal(out.time->nanoseconds, 0);
    assert_int_equal(out.time->offset_seconds, 3600);
    assert_true(reckon(*state, time, '-', tm_duration(1000000000), &out));
    assert_int_equal(out.time->seconds, 99);
    assert_true(reckon(*state, tm_duration(-999999999 - 1), '+', time, &out));
    assert_int_equal(out.time->seconds, 99);
    assert_int_equal(out.time->nanoseconds, 999999999);
}

static int64_t between(stage *s, tm_time a, tm_time b)
{
    tm_value out;
    assert_true(reckon(s, (tm_value){.type = TM_TIME, .time = &a}, '-',
                       (tm_value){.type = TM_TIME, .time = &b}, &out));
    assert_int_equal(out.type, TM_DURATION);
    return out.integer;
}

static void the_time_between_two_times_saturates(void **state)
{
    const tm_time zero = {0};
    assert_int_equal(between(*state, (tm_time){.seconds = 1, .nanoseconds = 5}, zero), 1000000005);
    assert_int_equal(between(*state, zero, (tm_time){.seconds = 1, .nanoseconds = 5}), -1000000005);
    const tm_time late = {.seconds = INT64_MAX - 62135596800}, wrapped = {.seconds = INT64_MAX};
    assert_int_equal(between(*state, late, (tm_time){.seconds = -62135596801}), INT64_MAX);
    assert_int_equal(between(*state, wrapped, (tm_time){.seconds = -1}), INT64_MIN);
    assert_int_equal(between(*state, (tm_time){.seconds = INT64_MIN}, (tm_time){.seconds = 1}),
                     INT64_MIN);
    assert_int_equal(
        between(*state, (tm_time){.seconds = 9223372036, .nanoseconds = 854775807}, zero),
        INT64_MAX);
    assert_int_equal(
        between(*state, (tm_time){.seconds = 9223372036, .nanoseconds = 854775806}, zero),
        INT64_MAX - 1);
    assert_int_equal(
        between(*state, (tm_time){.seconds = 9223372036, .nanoseconds = 854775808}, zero),
        INT64_MAX);
    assert_int_equal(
        between(*state, (tm_time){.seconds = -9223372037, .nanoseconds = 145224192}, zero),
        INT64_MIN);
    assert_int_equal(
        between(*state, (tm_time){.seconds = -9223372037, .nanoseconds = 145224193}, zero),
        INT64_MIN + 1);
    assert_int_equal(
        between(*state, (tm_time){.seconds = -9223372037, .nanoseconds = 145224191}, zero),
        INT64_MIN);
    assert_int_equal(between(*state, (tm_time){.seconds = -9223372038}, zero), INT64_MIN);
}

static void only_numbers_have_a_minus(void **state)
{
    stage *s = *state;
    tm_value out;
    assert_true(tm_value_negate(&s->vm, tm_int(INT64_MIN), &out));
    assert_int_equal(out.integer, INT64_MIN);
    assert_true(tm_value_negate(&s->vm, tm_double(1.5), &out));
    assert_true(out.number == -1.5);
    assert_false(tm_value_negate(&s->vm, str("1"), &out));
    assert_text(s->vm.error, "unsupported unary minus operation on type string");
    assert_false(tm_value_negate(&s->vm, tm_duration(1), &out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_STAGE(ints_wrap_and_divide_toward_zero),
        TEST_ON_STAGE(a_double_on_either_side_makes_a_double),
        TEST_ON_STAGE(dividing_by_zero_is_an_error_for_doubles_too),
        TEST_ON_STAGE(types_that_do_not_go_together_are_errors),
        TEST_ON_STAGE(times_move_in_their_own_zone),
        TEST_ON_STAGE(the_time_between_two_times_saturates),
        TEST_ON_STAGE(only_numbers_have_a_minus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
