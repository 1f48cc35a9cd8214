/* The verifier: programs that are wrong only in what their registers hold.
 * SPDX-License-Identifier: Apache-2.0 */
#include "hostile.h"

static void registers_are_written_before_they_are_read(void **state)
{
    static const struct {
        tm_insn insn;
        const char *refusal;
    } bad[] = {
        {DO(MOVE, 0, 1, 0), "instruction 1 (MOVE): register 1 is read before it is written"},
        {DO(ADD, 0, 0, 1), "instruction 1 (ADD): register 1 is read before it is written"},
        {DO(LIST, 0, 0, 2), "instruction 1 (LIST): register 1 is read before it is written"},
        {DO(MAP, 0, 0, 1), "instruction 1 (MAP): register 1 is read before it is written"},
        {DO(NOT, 0, 1, 0), "instruction 1 (NOT): register 1 is read before it is written"},
        {DO(TEST, 1, 0, 0), "instruction 1 (TEST): register 1 is read before it is written"},
        {DO(JUMP_TRUE, 1, 2, 0),
         "instruction 1 (JUMP_TRUE): register 1 is read before it is written"},
        {DO(RETURN, 1, 0, 0), "instruction 1 (RETURN): register 1 is read before it is written"},
    };
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_refused(*state, with(*state, bad[i].insn), bad[i].refusal);
}

static void what_only_one_way_writes_is_not_written_where_ways_meet(void **state)
{
    static const char refusal[] = "instruction 3 (RETURN): register 1 is read before it is written";
    assert_refused(*state,
                   PROGRAM(VALUE, 2, CONSTANTS(tm_bool(true)),
                           CODE(DO(CONSTANT, 0, 0, 0), DO(JUMP_TRUE, 0, 3, 0),
                                DO(CONSTANT, 1, 0, 0), DO(RETURN, 1, 0, 0))),
                   refusal);
    assert_refused(*state,
                   PROGRAM(VALUE, 2, CONSTANTS(tm_bool(true)),
                           CODE(DO(CONSTANT, 0, 0, 0), DO(JUMP, 0, 3, 0), DO(CONSTANT, 1, 0, 0),
                                DO(RETURN, 1, 0, 0))),
                   refusal);
    /* two jumps to the same place, the later one having written more */
    assert_refused(*state,
                   PROGRAM(VALUE, 2, CONSTANTS(tm_bool(true)),
                           CODE(DO(CONSTANT, 0, 0, 0), DO(JUMP_TRUE, 0, 4, 0),
                                DO(CONSTANT, 1, 0, 0), DO(JUMP, 0, 4, 0), DO(RETURN, 1, 0, 0))),
                   "instruction 4 (RETURN): register 1 is read before it is written");
    assert_passes(*state,
                  PROGRAM(VALUE, 2, CONSTANTS(tm_bool(true)),
                          CODE(DO(CONSTANT, 0, 0, 0), DO(JUMP_TRUE, 0, 4, 0), DO(CONSTANT, 1, 0, 0),
                               DO(JUMP, 0, 5, 0), DO(CONSTANT, 1, 0, 0), DO(RETURN, 1, 0, 0))));
}

static void jumps_and_conditions_want_bools(void **state)
{
    stage *s = *state;
    const tm_value one = tm_int(1);
    tm_program p = PROGRAM(VALUE, 1, .constant = &one, .constants = 1,
                           CODE(DO(CONSTANT, 0, 0, 0), DO(NOT, 0, 0, 0), DO(RETURN, 0, 0, 0)));
    assert_refused(s, p, "instruction 1 (NOT): register 0 may hold no bool");
    assert_refused(
        s,
        PROGRAM(VALUE, 1, CONSTANTS(one),
                CODE(DO(CONSTANT, 0, 0, 0), DO(JUMP_FALSE, 0, 2, 0), DO(RETURN, 0, 0, 0))),
        "instruction 1 (JUMP_FALSE): register 0 may hold no bool");
    assert_refused(
        s, PROGRAM(CONDITION, 1, CONSTANTS(one), CODE(DO(CONSTANT, 0, 0, 0), DO(RETURN, 0, 0, 0))),
        "instruction 1 (RETURN): a condition may yield no bool");
    assert_passes(s, PROGRAM(CONDITION, 2, CONSTANTS(one),
                             CODE(DO(CONSTANT, 0, 0, 0), DO(TEST, 0, 0, 0), DO(MOVE, 1, 0, 0),
                                  DO(RETURN, 1, 0, 0))));
    /* a bool on one way only */
    assert_refused(s,
                   PROGRAM(CONDITION, 2, CONSTANTS(tm_bool(true), one),
                           CODE(DO(CONSTANT, 0, 0, 0), DO(JUMP_TRUE, 0, 3, 0),
                                DO(CONSTANT, 0, 1, 0), DO(RETURN, 0, 0, 0))),
                   "instruction 3 (RETURN): a condition may yield no bool");
    assert_refused(s,
                   PROGRAM(CONDITION, 2, CONSTANTS(one),
                           CODE(DO(CONSTANT, 0, 0, 0), DO(EQUAL, 1, 0, 0), DO(ADD, 1, 0, 0),
                                DO(RETURN, 1, 0, 0))),
                   "instruction 3 (RETURN): a condition may yield no bool");
}

static void calls_read_their_values_and_the_keys_of_their_paths(void **state)
{
    const tm_path_key key = {.dynamic = true, .reg = 1};
    const tm_target target = {
        .path = path_named(TM_SPAN, "attributes"), .key = &key, .keys = 1, .slot = -1};
    assert_refused(*state,
                   PROGRAM(VALUE, 2,
                           SITES({.function = &echo, .first = 1, ARGUMENTS(GIVEN(TM_KIND_ANY))}),
                           CODE(DO(CALL, 0, 0, 0), DO(RETURN, 0, 0, 0))),
                   "instruction 0 (CALL): register 1 is read before it is written");
    assert_refused(*state,
                   PROGRAM(VALUE, 2, TARGETS(target),
                           SITES({.function = &echo, .first = 0, ARGUMENTS(GIVEN(TM_KIND_PATH))}),
                           CODE(DO(CALL, 0, 0, 0), DO(RETURN, 0, 0, 0))),
                   "instruction 0 (CALL): register 1 is read before it is written");
    assert_refused(*state,
                   PROGRAM(VALUE, 2, TARGETS(target), CODE(DO(PATH, 0, 0, 0), DO(RETURN, 0, 0, 0))),
                   "instruction 0 (PATH): register 1 is read before it is written");
    /* not given: written by the call, and readable behind it */
    assert_passes(*state,
                  PROGRAM(VALUE, 2,
                          SITES({.function = &echo, .first = 1, ARGUMENTS({.kind = TM_KIND_ANY})}),
                          CODE(DO(CALL, 0, 0, 0), DO(RETURN, 1, 0, 0))));
}

/* What a call leaves in a register is no bool any more, even if it was one. */
static void calls_forget_what_their_arguments_were(void **state)
{
    assert_refused(
        *state,
        PROGRAM(CONDITION, 2, CONSTANTS(tm_bool(true)),
                SITES({.function = &echo, .first = 1, ARGUMENTS(GIVEN(TM_KIND_TO_STRING))}),
                CODE(DO(CONSTANT, 1, 0, 0), DO(CALL, 0, 0, 0), DO(RETURN, 1, 0, 0))),
        "instruction 2 (RETURN): a condition may yield no bool");
}

static void a_lambda_may_write_anything_so_no_bool_outlives_it(void **state)
{
    /* the body makes r0 an int; the condition would return it as a bool */
    assert_refused(*state,
                   PROGRAM(CONDITION, 3, CONSTANTS(tm_bool(true), tm_int(1)),
                           LAMBDAS({.entry = 3, .first = 2}),
                           SITES({.function = &echo, .first = 1, ARGUMENTS(GIVEN(TM_KIND_LAZY))}),
                           CODE(DO(CONSTANT, 0, 0, 0), DO(CALL, 2, 0, 0), DO(RETURN, 0, 0, 0),
                                DO(CONSTANT, 0, 1, 0), DO(RETURN, 0, 0, 0))),
                   "instruction 2 (RETURN): a condition may yield no bool");
    /* the second run of the body would find r0 an int */
    assert_refused(*state,
                   PROGRAM(VALUE, 3, CONSTANTS(tm_bool(true), tm_int(1)),
                           LAMBDAS({.entry = 3, .first = 2}),
                           SITES({.function = &echo, .first = 1, ARGUMENTS(GIVEN(TM_KIND_LAZY))}),
                           CODE(DO(CONSTANT, 0, 0, 0), DO(CALL, 2, 0, 0), DO(RETURN, 2, 0, 0),
                                DO(NOT, 2, 0, 0), DO(CONSTANT, 0, 1, 0), DO(RETURN, 2, 0, 0))),
                   "instruction 3 (NOT): register 0 may hold no bool");
}

static void bodies_know_their_parameters_and_what_their_caller_knew(void **state)
{
    const tm_program good =
        PROGRAM(VALUE, 5, CONSTANTS(tm_nil()), LAMBDAS({.entry = 3, .first = 3, .parameters = 1}),
                SITES({.function = &echo, .first = 1, ARGUMENTS(GIVEN(TM_KIND_LAMBDA))}),
                CODE(DO(CONSTANT, 0, 0, 0), DO(CALL, 2, 0, 0), DO(RETURN, 2, 0, 0),
                     DO(LIST, 4, 0, 2), DO(RETURN, 3, 0, 0)));
    assert_passes(*state, good);
    assert_refused(*state,
                   PROGRAM(VALUE, 5, CONSTANTS(tm_nil()),
                           LAMBDAS({.entry = 3, .first = 3, .parameters = 1}),
                           SITES({.function = &echo, .first = 1, ARGUMENTS(GIVEN(TM_KIND_LAMBDA))}),
                           CODE(DO(CONSTANT, 0, 0, 0), DO(CALL, 2, 0, 0), DO(RETURN, 2, 0, 0),
                                DO(RETURN, 4, 0, 0))),
                   "instruction 3 (RETURN): register 4 is read before it is written");
}

static void a_lambda_has_one_caller_and_never_itself(void **state)
{
    const tm_argument lazy = GIVEN(TM_KIND_LAZY);
    const tm_call_site site = {.function = &echo, .first = 0, .argument = &lazy, .arguments = 1};
    assert_refused(*state,
                   PROGRAM(VALUE, 1, LAMBDAS({.entry = 2}), .site = &site, .sites = 1,
                           CODE(DO(CALL, 0, 0, 0), DO(RETURN, 0, 0, 0), DO(CALL, 0, 0, 0),
                                DO(RETURN, 0, 0, 0))),
                   "instruction 2 (CALL): lambda 0 has a caller already");
    assert_refused(*state,
                   PROGRAM(VALUE, 1, CONSTANTS(tm_nil()), LAMBDAS({.entry = 3}), .site = &site,
                           .sites = 1,
                           CODE(DO(CALL, 0, 0, 0), DO(CALL, 0, 0, 0), DO(RETURN, 0, 0, 0),
                                DO(CONSTANT, 0, 0, 0), DO(RETURN, 0, 0, 0))),
                   "instruction 1 (CALL): lambda 0 has a caller already");
}

static void lambdas_in_lambdas_are_followed(void **state)
{
    const tm_argument first = {.kind = TM_KIND_LAZY, .given = true, .index = 1},
                      second = {.kind = TM_KIND_LAZY, .given = true, .index = 0};
    const tm_call_site sites[] = {
        {.function = &echo, .first = 0, .argument = &first, .arguments = 1},
        {.function = &echo, .first = 1, .argument = &second, .arguments = 1}};
    assert_refused(*state,
                   PROGRAM(VALUE, 3, LAMBDAS({.entry = 4}, {.entry = 2}), .site = sites, .sites = 2,
                           CODE(DO(CALL, 0, 0, 0), DO(RETURN, 0, 0, 0), DO(CALL, 1, 1, 0),
                                DO(RETURN, 1, 0, 0), DO(RETURN, 2, 0, 0))),
                   "instruction 4 (RETURN): register 2 is read before it is written");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_STAGE(registers_are_written_before_they_are_read),
        TEST_ON_STAGE(what_only_one_way_writes_is_not_written_where_ways_meet),
        TEST_ON_STAGE(jumps_and_conditions_want_bools),
        TEST_ON_STAGE(calls_read_their_values_and_the_keys_of_their_paths),
        TEST_ON_STAGE(calls_forget_what_their_arguments_were),
        TEST_ON_STAGE(a_lambda_may_write_anything_so_no_bool_outlives_it),
        TEST_ON_STAGE(bodies_know_their_parameters_and_what_their_caller_knew),
        TEST_ON_STAGE(a_lambda_has_one_caller_and_never_itself),
        TEST_ON_STAGE(lambdas_in_lambdas_are_followed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
