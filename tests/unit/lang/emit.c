/* Emit: the instructions that rules become.
 * SPDX-License-Identifier: Apache-2.0 */
#include "compiling.h"

static const struct {
    const char *rule, *listing;
} conditions[] = {
    {"attributes[\"a\"] == \"b\"", "ATTRIBUTE_EQUAL RETURN"},
    {"\"b\" == attributes[\"a\"]", "ATTRIBUTE_EQUAL RETURN"},
    {"attributes[\"a\"] != nil", "ATTRIBUTE_NOT_EQUAL RETURN"},
    {"resource.attributes[\"a\"] == 1", "ATTRIBUTE_EQUAL RETURN"},
    {"kind == SPAN_KIND_SERVER", "FIELD_EQUAL RETURN"},
    {"scope.name != \"x\"", "FIELD_NOT_EQUAL RETURN"},
    {"IsMatch(name, \"^x\")", "FIELD_MATCH RETURN"},
    {"IsMatch(kind.string, \"^x\")", "PATH MATCH RETURN"},
    {"IsMatch(name, attributes[\"p\"])", "FIELD ATTRIBUTE CALL TEST RETURN"},
    {"attributes[\"a\"] < 1", "ATTRIBUTE CONSTANT LESS RETURN"},
    {"attributes[\"a\"][\"b\"] == 1", "PATH CONSTANT EQUAL RETURN"},
    {"not IsRootSpan()", "CALL TEST NOT RETURN"},
    {"name == \"a\" and name == \"b\" and name == \"c\"",
     "FIELD_EQUAL JUMP_FALSE FIELD_EQUAL JUMP_FALSE FIELD_EQUAL RETURN"},
    {"name == \"a\" or (name == \"b\" and name == \"c\")",
     "FIELD_EQUAL JUMP_TRUE FIELD_EQUAL JUMP_FALSE FIELD_EQUAL RETURN"},
    {"name == \"a\" or true", "CONSTANT RETURN"},
    {"Any([1], (_, v) => v == 1)", "CONSTANT CALL TEST RETURN MOVE CONSTANT EQUAL RETURN"},
    {"When(() => name == \"a\", 1, 2) == 1",
     "CALL CONSTANT EQUAL RETURN FIELD_EQUAL RETURN CONSTANT RETURN CONSTANT RETURN"},
};

static void conditions_become_these_instructions(void **state)
{
    compiling *c = *state;
    for (unsigned i = 0; i < sizeof conditions / sizeof *conditions; i++)
        assert_string_equal(listing(c, compile(c, conditions[i].rule)), conditions[i].listing);
}

static void each_condition_of_the_seed_is_at_most_two_instructions(void **state)
{
    static const char *const seed[] = {
        "IsMatch(attributes[\"upstream_cluster\"], \"grafana/.*\")",
        "IsMatch(attributes[\"upstream_cluster\"], \"tap-gui/.*\")",
        "IsMatch(attributes[\"upstream_cluster\"], \"appsso/.*\")",
        "IsMatch(attributes[\"http.url\"], \"https://grafana.*\")",
        "attributes[\"http.route\"] == \"/livez\"",
        "attributes[\"http.route\"] == \"/readyz\"",
        "attributes[\"user_agent.original\"] == \"kube-probe//\"",
        "attributes[\"user_agent\"] == \"Knative-Ingress-Probe\"",
        "name == \"OperationHandler.handle\"",
    };
    compiling *c = *state;
    for (unsigned i = 0; i < sizeof seed / sizeof *seed; i++) {
        tm_program *program = compile(c, seed[i]);
        assert_non_null(program);
        assert_true(program->length <= 2);
    }
    assert_int_equal(c->needs.level[TM_SPAN].n, 5);
}

/* A call that asks for nothing but literals, and what keeps it a call. */
static void a_call_whose_value_is_known_becomes_a_constant(void **state)
{
    static const struct {
        const char *value, *listing;
    } rows[] = {
        {"Duration(\"1h\")", "CONSTANT RETURN"},
        {"TraceID(\"0102030405060708090a0b0c0d0e0f10\")", "CONSTANT RETURN"},
        {"Concat([\"a\", 1], \"-\")", "CONSTANT RETURN"},
        {"Hours(Duration(\"90m\"))", "CONSTANT RETURN"},
        {"Concat([name, Hex(\"a\")], \"-\")", "FIELD CONSTANT LIST CONSTANT CALL RETURN"},
        {"Split(\"a,b\", \",\")[0]", "CONSTANT CONSTANT CALL CONSTANT INDEX RETURN"},
        {"Time(\"2024\", \"%Y\")", "CONSTANT CONSTANT CALL RETURN"},
        {"Substring(\"abc\", 2, 2)", "CONSTANT CONSTANT CONSTANT CALL RETURN"},
        {"Format(\"%2000d\", [1])", "CONSTANT CONSTANT CALL RETURN"},
        {"UUID()", "CALL RETURN"},
        {"IsRootSpan()", "CALL RETURN"},
        {"Len(name)", "FIELD CALL RETURN"},
    };
    compiling *c = *state;
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(listing(c, compile_value(c, rows[i].value)), rows[i].listing);
    assert_int_equal(compile_value(c, "Duration(\"1ms\")")->constant[0].integer, 1000000);
}

/* What fails stays, and does not decide what would have decided it before. */
static void a_call_that_fails_is_left_to_fail_when_it_is_reached(void **state)
{
    compiling *c = *state;
    assert_string_equal(listing(c, compile(c, "Substring(\"a\", 2, 2) == \"a\" or kind == 0")),
                        "CONSTANT CONSTANT CONSTANT CALL CONSTANT EQUAL JUMP_TRUE FIELD_EQUAL "
                        "RETURN");
    assert_string_equal(listing(c, compile(c, "Len(name) == 1 or Len(\"a\") == 1")),
                        "FIELD CALL CONSTANT EQUAL JUMP_TRUE CONSTANT CONSTANT EQUAL RETURN");
}

static void a_chain_that_is_decided_jumps_behind_its_last_operand(void **state)
{
    compiling *c = *state;
    tm_program *program = compile(c, "name == \"a\" and name == \"b\" and name == \"c\"");
    assert_int_equal(program->code[1].b, 5);
    assert_int_equal(program->code[3].b, 5);
}

static void equal_constants_are_kept_once(void **state)
{
    compiling *c = *state;
    assert_int_equal(compile(c, "name == \"a\" or attributes[\"x\"] == \"a\"")->constants, 1);
    assert_int_equal(compile_value(c, "[name, 1, 1.0, 0.0, -0.0, 1]")->constants, 4);
}

static void a_program_knows_what_it_reads(void **state)
{
    compiling *c = *state;
    tm_program *program = compile(c, "resource.attributes[\"a\"] == \"b\" and name == \"c\"");
    assert_int_equal(program->reads, 1 << TM_RESOURCE | 1 << TM_SPAN);
    assert_int_equal(program->writes, 0);
    assert_false(program->impure);
    assert_int_equal(compile(c, "IsRootSpan()")->reads, 1 << TM_SPAN);
    assert_true(compile(c, "cache[\"a\"] == 1")->impure);
}

static void a_lambda_takes_registers_above_those_in_use(void **state)
{
    compiling *c = *state;
    tm_program *program =
        compile_value(c, "[1, 2, Any([1], (_, v) => Any([2], (_, w) => w == v))]");
    const tm_call_site *outer = &program->site[0];
    const tm_lambda *inner = &program->lambda[1];
    assert_int_equal(program->lambdas, 2);
    assert_true(program->lambda[0].first >= outer->first + outer->arguments);
    assert_true(inner->first >= program->lambda[0].first + program->lambda[0].parameters);
    assert_true(program->registers > inner->first + inner->parameters);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(conditions_become_these_instructions, compiling_open,
                                        compiling_close),
        cmocka_unit_test_setup_teardown(each_condition_of_the_seed_is_at_most_two_instructions,
                                        compiling_open, compiling_close),
        cmocka_unit_test_setup_teardown(a_call_whose_value_is_known_becomes_a_constant,
                                        compiling_open, compiling_close),
        cmocka_unit_test_setup_teardown(a_call_that_fails_is_left_to_fail_when_it_is_reached,
                                        compiling_open, compiling_close),
        cmocka_unit_test_setup_teardown(a_chain_that_is_decided_jumps_behind_its_last_operand,
                                        compiling_open, compiling_close),
        cmocka_unit_test_setup_teardown(equal_constants_are_kept_once, compiling_open,
                                        compiling_close),
        cmocka_unit_test_setup_teardown(a_program_knows_what_it_reads, compiling_open,
                                        compiling_close),
        cmocka_unit_test_setup_teardown(a_lambda_takes_registers_above_those_in_use, compiling_open,
                                        compiling_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
