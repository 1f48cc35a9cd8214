/* The verifier: for each check of an instruction or a table a program that only it refuses.
 * SPDX-License-Identifier: Apache-2.0 */
#include "hostile.h"

static const tm_function bodiless = {.name = "Bodiless"};
static const tm_function impure = {.name = "Now", .body = body_Echo, .hosts = TM_HOST_IMPURE};

#define SPAN(number) tm_where(TM_SPAN, number)

/* --- programs as a whole --- */

static void a_program_needs_code_and_context(void **state)
{
    tm_program nowhere =
        PROGRAM(VALUE, 1, CONSTANTS(tm_nil()), CODE(DO(CONSTANT, 0, 0, 0), DO(RETURN, 0, 0, 0)));
    assert_passes(*state, nowhere);
    nowhere.context = TM_LEVELS;
    assert_refused(*state, nowhere, "the program has no context");
    assert_refused(*state, PROGRAM(VALUE, 1), "the program is empty");
}

static void code_must_end_in_a_return(void **state)
{
    assert_refused(*state, PROGRAM(VALUE, 1, CONSTANTS(tm_nil()), CODE(DO(CONSTANT, 0, 0, 0))),
                   "the code runs past its end");
    assert_refused(*state,
                   PROGRAM(VALUE, 1, CONSTANTS(tm_nil()), LAMBDAS({.entry = 2}),
                           SITES({.function = &echo, .first = 0, ARGUMENTS(GIVEN(TM_KIND_LAZY))}),
                           CODE(DO(CALL, 0, 0, 0), DO(RETURN, 0, 0, 0), DO(CONSTANT, 0, 0, 0))),
                   "the code runs past its end");
}

/* --- operands --- */

static void opcodes_are_known(void **state)
{
    assert_refused(
        *state,
        PROGRAM(VALUE, 1, CONSTANTS(tm_nil()),
                CODE(DO(CONSTANT, 0, 0, 0), DO(RETURN, 0, 0, 0), {TM_OP_COUNT, 0, 0, 0})),
        "instruction 2: unknown opcode");
}

static void operands_are_in_range(void **state)
{
    static const struct {
        tm_insn insn;
        const char *refusal;
    } bad[] = {
        {DO(CONSTANT, 2, 0, 0), "instruction 1 (CONSTANT): operand 0 is out of range"},
        {DO(CONSTANT, 1, 1, 0), "instruction 1 (CONSTANT): operand 1 is out of range"},
        {DO(MOVE, 1, 2, 0), "instruction 1 (MOVE): operand 1 is out of range"},
        {DO(EQUAL, 2, 0, 0), "instruction 1 (EQUAL): operand 0 is out of range"},
        {DO(EQUAL, 1, 0, 2), "instruction 1 (EQUAL): operand 2 is out of range"},
        {DO(JUMP_TRUE, 2, 2, 0), "instruction 1 (JUMP_TRUE): operand 0 is out of range"},
        {DO(JUMP_TRUE, 0, 3, 0), "instruction 1 (JUMP_TRUE): operand 1 is out of range"},
        {DO(JUMP, 0, 0x80000000u, 0), "instruction 1 (JUMP): operand 1 is out of range"},
        {DO(JUMP, 0, 1, 0), "instruction 1 (JUMP): goes backwards"},
        {DO(JUMP_FALSE, 0, 0, 0), "instruction 1 (JUMP_FALSE): goes backwards"},
        {DO(MATCH, 1, 0, 0), "instruction 1 (MATCH): operand 2 is out of range"},
        {DO(PATH, 1, 0, 0), "instruction 1 (PATH): operand 1 is out of range"},
        {DO(CALL, 1, 0, 0), "instruction 1 (CALL): operand 1 is out of range"},
        {DO(LIST, 1, 0, 3), "instruction 1 (LIST): its registers are out of range"},
        {DO(LIST, 1, 0xffffffffu, 3), "instruction 1 (LIST): its registers are out of range"},
        {DO(MAP, 1, 0, 2), "instruction 1 (MAP): its registers are out of range"},
        {DO(MAP, 1, 0, 0x80000000u), "instruction 1 (MAP): its registers are out of range"},
    };
    assert_passes(*state, with(*state, (tm_insn)DO(MOVE, 1, 0, 0)));
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_refused(*state, with(*state, bad[i].insn), bad[i].refusal);
}

static void needs_and_fields_are_there_and_said_to_be_read(void **state)
{
    const struct {
        tm_insn insn;
        const char *refusal;
    } bad[] = {
        {DO(ATTRIBUTE, 1, tm_where(TM_SPAN, SLOTS), 0),
         "instruction 1 (ATTRIBUTE): operand 1 is out of range"},
        {DO(ATTRIBUTE, 1, tm_where(TM_EVENT, 0), 0),
         "instruction 1 (ATTRIBUTE): operand 1 is out of range"},
        {DO(ATTRIBUTE, 1, tm_where(TM_LEVELS, 0), 0),
         "instruction 1 (ATTRIBUTE): operand 1 is out of range"},
        {DO(ATTRIBUTE, 1, 0xff000000u, 0), "instruction 1 (ATTRIBUTE): operand 1 is out of range"},
        {DO(FIELD, 1, SPAN(TM_SPAN_ATTRIBUTES), 0), "instruction 1 (FIELD): no such scalar field"},
        {DO(FIELD, 1, SPAN(TM_SPAN_STATUS), 0), "instruction 1 (FIELD): no such scalar field"},
        {DO(FIELD, 1, SPAN(31), 0), "instruction 1 (FIELD): no such scalar field"},
        {DO(FIELD, 1, tm_where(TM_EVENT, TM_EVENT_NAME), 0),
         "instruction 1 (FIELD): its level is not said to be read"},
    };
    tm_program attribute = with(*state, (tm_insn)DO(ATTRIBUTE, 1, SPAN(SLOT_B), 0));
    tm_program field = with(*state, (tm_insn)DO(FIELD, 1, SPAN(TM_STATUS_CODE), 0));
    assert_passes(*state, attribute);
    assert_passes(*state, field);
    attribute.reads = field.reads = 1 << TM_RESOURCE;
    assert_refused(*state, attribute, "instruction 1 (ATTRIBUTE): operand 1 is out of range");
    assert_refused(*state, field, "instruction 1 (FIELD): its level is not said to be read");
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_refused(*state, with(*state, bad[i].insn), bad[i].refusal);
}

/* --- tables --- */

static void constants_are_well_formed(void **state)
{
    const tm_value bad[] = {{.type = TM_STRING, .n = 1},
                            {.type = TM_BYTES, .n = 1},
                            {.type = TM_TRACE_ID, .n = 8, .p = "12345678"},
                            {.type = TM_TRACE_ID, .n = 16},
                            {.type = TM_SPAN_ID, .n = 8},
                            {.type = TM_SPAN_ID, .n = 4, .p = "1234"},
                            {.type = TM_MAP},
                            {.type = TM_LIST},
                            {.type = TM_TIME},
                            {.type = TM_STATUS, .p = "x"},
                            {.type = TM_NATIVE_INT},
                            {.type = TM_TYPE_COUNT}};
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_refused(*state,
                       PROGRAM(VALUE, 1, CONSTANTS(tm_duration(1), bad[i]),
                               CODE(DO(CONSTANT, 0, 0, 0), DO(RETURN, 0, 0, 0))),
                       "constant 1 is not well-formed");
    assert_refused(*state,
                   PROGRAM(VALUE, 1, CONSTANTS(tm_nil()), REGEXES(NULL),
                           CODE(DO(CONSTANT, 0, 0, 0), DO(RETURN, 0, 0, 0))),
                   "regex 0 is missing");
}

/* A program whose only use of the target is that it is there. */
static tm_program with_target(stage *s, tm_target target)
{
    tm_program p = with(s, (tm_insn)DO(MOVE, 1, 0, 0));
    tm_target *kept = TM_NEW(s->request, tm_target);
    *kept = target;
    p.target = kept;
    p.targets = 1;
    return p;
}

static void targets_name_paths_of_levels_that_are_read(void **state)
{
    const tm_path forged = *path_named(TM_SPAN, "name");
    tm_program cache =
        with_target(*state, (tm_target){.path = path_named(TM_SPAN, "cache"), .slot = -1});
    tm_program name =
        with_target(*state, (tm_target){.path = path_named(TM_SPAN, "name"), .slot = -1});
    assert_passes(*state, cache);
    assert_passes(*state, name);
    assert_passes(
        *state,
        with_target(*state, (tm_target){.path = path_named(TM_LEVELS, "client.addr"), .slot = -1}));
    cache.impure = false;
    name.reads = 1 << TM_SCOPE;
    static const char level[] = "target 0 is of a level that is not said to be read";
    assert_refused(*state, cache, level);
    assert_refused(*state, name, level);
    assert_refused(
        *state, with_target(*state, (tm_target){.path = path_named(TM_EVENT, "name"), .slot = -1}),
        level);
    assert_refused(
        *state,
        with_target(*state, (tm_target){.path = path_named(TM_RESOURCE, "cache"), .slot = -1}),
        level);
    assert_refused(*state, with_target(*state, (tm_target){.path = &forged, .slot = -1}),
                   "target 0 names no path");
    assert_refused(*state, with_target(*state, (tm_target){.slot = -1}), "target 0 names no path");
}

static void targets_have_keys_that_their_path_takes(void **state)
{
    const tm_path_key good[] = {{.value = str("k")}, {.value = str("l")}},
                      number = {.value = tm_double(1)}, nowhere = {.lazy = true, .lambda = 0};
    const tm_path_key hollow = {.value = {.type = TM_STRING, .n = 1}},
                      far = {.dynamic = true, .reg = 2};
    const tm_path *attributes = path_named(TM_SPAN, "attributes"),
                  *trace_state = path_named(TM_SPAN, "trace_state");
    assert_passes(
        *state,
        with_target(*state, (tm_target){.path = attributes, .key = good, .keys = 2, .slot = -1}));
    assert_passes(
        *state,
        with_target(*state, (tm_target){.path = trace_state, .key = good, .keys = 1, .slot = -1}));
    assert_refused(
        *state,
        with_target(*state, (tm_target){.path = trace_state, .key = good, .keys = 2, .slot = -1}),
        "target 0 has too many keys");
    assert_refused(
        *state,
        with_target(
            *state,
            (tm_target){.path = path_named(TM_SPAN, "name"), .key = good, .keys = 1, .slot = -1}),
        "target 0 has too many keys");
    const tm_path_key *bad[] = {&number, &hollow, &far, &nowhere};
    for (unsigned i = 0; i < 4; i++)
        assert_refused(
            *state,
            with_target(*state,
                        (tm_target){.path = attributes, .key = bad[i], .keys = 1, .slot = -1}),
            "target 0: key 0 is not well-formed");
}

static void slots_stand_for_written_attribute_keys(void **state)
{
    const tm_path_key key = {.value = str("a")}, number = {.value = tm_int(1)},
                      dynamic = {.dynamic = true, .reg = 0};
    const tm_path *attributes = path_named(TM_SPAN, "attributes");
    assert_passes(
        *state,
        with_target(*state,
                    (tm_target){.path = attributes, .key = &key, .keys = 1, .slot = SLOT_A}));
    const tm_target bad[] = {
        {.path = attributes, .key = &key, .keys = 1, .slot = SLOTS},
        {.path = attributes, .keys = 0, .slot = 0},
        {.path = attributes, .key = &number, .keys = 1, .slot = 0},
        {.path = attributes, .key = &dynamic, .keys = 1, .slot = 0},
        {.path = path_named(TM_SPAN, "cache"), .key = &key, .keys = 1, .slot = 0}};
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_refused(*state, with_target(*state, bad[i]),
                       "target 0 has a slot that is not its key's");
}

/* A program that never calls the site. */
static tm_program with_site(stage *s, tm_call_site site)
{
    tm_program p = with(s, (tm_insn)DO(MOVE, 1, 0, 0));
    tm_call_site *kept = TM_NEW(s->request, tm_call_site);
    *kept = site;
    p.site = kept;
    p.sites = 1;
    return p;
}

static void sites_call_functions_with_arguments_in_range(void **state)
{
    tm_program now = with_site(*state, (tm_call_site){.function = &impure});
    assert_passes(*state, now);
    now.impure = false;
    assert_refused(*state, now, "site 0 calls Now, which is impure");
    assert_refused(*state, with_site(*state, (tm_call_site){0}), "site 0 calls no function");
    assert_refused(*state, with_site(*state, (tm_call_site){.function = &bodiless}),
                   "site 0 calls no function");
    assert_refused(
        *state,
        with_site(*state, (tm_call_site){.function = &echo,
                                         .first = 1,
                                         ARGUMENTS(GIVEN(TM_KIND_ANY), GIVEN(TM_KIND_ANY))}),
        "site 0: its arguments are out of range");
    assert_refused(*state,
                   with_site(*state, (tm_call_site){.function = &echo,
                                                    ARGUMENTS(GIVEN(TM_KIND_LIST_OF_LAZY + 1))}),
                   "site 0: argument 0 has no kind");
    assert_refused(
        *state,
        with_site(*state, (tm_call_site){.function = &echo, ARGUMENTS(GIVEN(TM_KIND_FUNCTION))}),
        "site 0: argument 0 names no function");
}

static void path_arguments_name_targets_said_to_be_written(void **state)
{
    const tm_target name = {.path = path_named(TM_SPAN, "name"), .slot = -1};
    tm_program p =
        with_site(*state, (tm_call_site){.function = &echo, ARGUMENTS(GIVEN(TM_KIND_PATH))});
    assert_refused(*state, p, "site 0: argument 0 names no target");
    p.target = &name;
    p.targets = 1;
    assert_passes(*state, p);
    p.writes = 1 << TM_RESOURCE;
    assert_refused(*state, p, "site 0: argument 0 is of a level not said to be written");
    /* of no item: nothing is written that others see */
    const tm_target none[] = {{.path = path_named(TM_SPAN, "cache"), .slot = -1},
                              {.path = path_named(TM_LEVELS, "client.addr"), .slot = -1}};
    for (unsigned i = 0; i < 2; i++) {
        p.target = &none[i];
        assert_passes(*state, p);
    }
}

static void lambdas_start_in_the_code_with_parameters_in_range(void **state)
{
    tm_program p = with(*state, (tm_insn)DO(MOVE, 1, 0, 0));
    const tm_lambda good = {.entry = 2, .first = 1, .parameters = 1}, outside = {.entry = 3},
                    far = {.entry = 2, .first = 1, .parameters = 2};
    p.lambdas = 1;
    p.lambda = &good;
    assert_passes(*state, p);
    p.lambda = &outside;
    assert_refused(*state, p, "lambda 0 starts outside the code");
    p.lambda = &far;
    assert_refused(*state, p, "lambda 0: its parameters are out of range");
}

static void lambda_arguments_name_lambdas_that_fit(void **state)
{
    const tm_lambda lambda[] = {{.entry = 2}, {.entry = 2, .first = 1, .parameters = 1}};
    static const char refusal[] = "site 0: argument 0 has no lambda that fits";
    const struct {
        tm_argument argument;
        bool fits;
    } all[] = {
        {{.kind = TM_KIND_LAMBDA, .given = true, .index = 1}, true},
        {{.kind = TM_KIND_LAMBDA, .given = true, .index = 2}, false},
        {{.kind = TM_KIND_LAZY, .given = true, .index = 0}, true},
        {{.kind = TM_KIND_LAZY, .given = true, .index = 1}, false},
        {{.kind = TM_KIND_LIST_OF_LAZY, .given = true, .index = 0, .count = 1}, true},
        {{.kind = TM_KIND_LIST_OF_LAZY, .given = true, .index = 0, .count = 2}, false},
        {{.kind = TM_KIND_LIST_OF_LAZY, .given = true, .index = 1, .count = 0xffffffffu}, false}};
    for (unsigned i = 0; i < sizeof all / sizeof all[0]; i++) {
        tm_program p = with_site(
            *state,
            (tm_call_site){.function = &echo, .argument = &all[i].argument, .arguments = 1});
        p.lambda = lambda;
        p.lambdas = 2;
        if (all[i].fits)
            assert_passes(*state, p);
        else
            assert_refused(*state, p, refusal);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_STAGE(a_program_needs_code_and_context),
        TEST_ON_STAGE(code_must_end_in_a_return),
        TEST_ON_STAGE(opcodes_are_known),
        TEST_ON_STAGE(operands_are_in_range),
        TEST_ON_STAGE(needs_and_fields_are_there_and_said_to_be_read),
        TEST_ON_STAGE(constants_are_well_formed),
        TEST_ON_STAGE(targets_name_paths_of_levels_that_are_read),
        TEST_ON_STAGE(targets_have_keys_that_their_path_takes),
        TEST_ON_STAGE(slots_stand_for_written_attribute_keys),
        TEST_ON_STAGE(sites_call_functions_with_arguments_in_range),
        TEST_ON_STAGE(path_arguments_name_targets_said_to_be_written),
        TEST_ON_STAGE(lambdas_start_in_the_code_with_parameters_in_range),
        TEST_ON_STAGE(lambda_arguments_name_lambdas_that_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
