/* Decisions: conditions decided test by test say what their programs say.
 * SPDX-License-Identifier: Apache-2.0 */
#include "deciding.h"

#include <math.h>

static const char *const words[] = {"false", "true", "failed", "undecided"};

static tm_decided run(deciding *d, const tm_program *program, tm_text *error)
{
    tm_value result;
    d->vm.error = TM_TEXT("");
    bool ran = tm_vm_run(&d->vm, program, &result);
    *error = d->vm.error;
    return !ran ? TM_FAILED : result.truth ? TM_DECIDED_TRUE : TM_DECIDED_FALSE;
}

/* Fails where the decision says something else than the program, or less: of types that do not
 * compare the program alone tells, so where it does the decision is to end undecided. Returns
 * whether it said anything, or had that reason not to. */
static bool agree(compiling *c, deciding *d, const tm_program *program, const char *rule)
{
    tm_text error;
    const tm_decision decision = tm_decision_of(c->arena, program);
    d->mismatches = 0;
    const tm_decided want = run(d, program, &error);
    const unsigned told = d->mismatches;
    d->vm.error = TM_TEXT("");
    d->mismatches = 0;
    const tm_decided got = tm_decide(&d->vm, &decision);
    assert_int_equal(d->mismatches, 0);
    tm_decide_rule(&d->vm, &decision);
    if (d->mismatches != told)
        fail_msg("%s: %u mismatches, the program tells of %u", rule, d->mismatches, told);
    if (got == TM_UNDECIDED)
        return told > 0;
    d->vm.error = TM_TEXT("");
    assert_int_equal(tm_decide(&d->vm, &decision), got);
    if (got != want || !tm_text_equal(error, d->vm.error))
        fail_msg("%s: decided %s (%.*s), the program says %s (%.*s)", rule, words[got],
                 TM_PRI(d->vm.error), words[want], TM_PRI(error));
    return true;
}

/* --- every comparison with every value --- */

static const char *const constants[] = {"nil",
                                        "true",
                                        "false",
                                        "0",
                                        "1",
                                        "500",
                                        "-9223372036854775807",
                                        "9223372036854775807",
                                        "1.0",
                                        "0.5",
                                        "-0.0",
                                        "\"\"",
                                        "\"GET\"",
                                        "\"1\"",
                                        "\"true\"",
                                        "\"/healthz\"",
                                        "\"a text of 17 bytes\"",
                                        "\"a text that is longer than thirty-two bytes\"",
                                        "0x",
                                        "0x01",
                                        "trace_id"};

static const char *const comparisons[] = {"==", "!=", "<", "<=", ">", ">="};

static const char *const calls[] = {
    "IsMatch(attributes[\"a\"], \"GET\")",     "IsMatch(attributes[\"a\"], \"^/health\")",
    "IsMatch(attributes[\"a\"], \"bytes$\")",  "IsMatch(attributes[\"a\"], \"^GET$\")",
    "IsMatch(attributes[\"a\"], \"lon.er\")",  "IsMatch(attributes[\"a\"], \"\")",
    "IsMatch(attributes[\"a\"], \"^.*GET$\")", "HasPrefix(attributes[\"a\"], \"a text\")",
    "HasPrefix(attributes[\"a\"], \"\")",      "HasSuffix(attributes[\"a\"], \"bytes\")",
    "HasSuffix(attributes[\"a\"], \"\")",      "not HasPrefix(attributes[\"a\"], \"GET\")"};

static unsigned values_of(tm_arena *arena, tm_value *value)
{
    static const char *const texts[] = {"",
                                        "1",
                                        "GET",
                                        "PUT",
                                        "true",
                                        "/healthz",
                                        "/healthy",
                                        "a text of 17 bytes",
                                        "a text of 18 bytes",
                                        "a text that is longer than thirty-two bytes",
                                        "a text that is longer than thirty-two bytez",
                                        "GET\nGET"};
    static const double numbers[] = {0.0, -0.0, 0.5, 1.0, 500.0, -INFINITY, NAN, 0x1p63};
    static const int64_t integers[] = {0, 1, 499, 500, 501, INT64_MIN, INT64_MAX};
    unsigned n = 0;
    value[n++] = tm_nil();
    value[n++] = tm_bool(true);
    value[n++] = tm_bool(false);
    for (unsigned i = 0; i < sizeof integers / sizeof *integers; i++)
        value[n++] = tm_int(integers[i]);
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++)
        value[n++] = tm_double(numbers[i]);
    for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++)
        value[n++] = tm_string(tm_text_of(texts[i]));
    value[n++] = tm_bytes_value(TM_TEXT(""));
    value[n++] = tm_bytes_value(TM_TEXT("\1"));
    value[n++] = tm_map_value(tm_map_new(arena, 0), TM_DATA);
    tm_map *map = tm_map_new(arena, 1);
    tm_map_append(arena, map, TM_TEXT("b"), tm_string(TM_TEXT("GET")));
    value[n++] = tm_map_value(map, TM_DATA);
    value[n++] = tm_list_value(tm_list_new(arena, 0), TM_DATA);
    return n;
}

enum { VALUES_MOST = 64 };

/* One rule over all values of attribute "a", in its slot and in the open map. */
static unsigned agree_on_attribute(compiling *c, const char *rule, bool open)
{
    tm_value value[VALUES_MOST];
    unsigned n = values_of(c->arena, value), decided = 0;
    const tm_program *program = compile(c, rule);
    if (!program)
        return 0; /* such a constant is not compared so */
    deciding *d = deciding_of(c);
    tm_item *span = &d->item[TM_SPAN];
    const uint32_t slot = tm_need_slot(&c->needs, TM_SPAN, TM_TEXT("a"));
    decided += agree(c, d, program, rule);
    for (unsigned i = 0; i < n; i++) {
        tm_item_put_attribute(span, slot, value[i]);
        if (open)
            tm_item_attributes(span);
        decided += agree(c, d, program, rule);
    }
    return decided;
}

static void comparisons_of_attributes_are_decided_as_the_program_says(void **state)
{
    compiling *c = *state;
    unsigned decided = 0;
    for (unsigned i = 0; i < sizeof constants / sizeof *constants; i++)
        for (unsigned k = 0; k < sizeof comparisons / sizeof *comparisons; k++)
            for (unsigned form = 0; form < 8; form++) {
                const char *path = form & 1 ? "attributes[\"a\"][\"b\"]" : "attributes[\"a\"]";
                const char *left = form & 2 ? constants[i] : path,
                           *right = form & 2 ? path : constants[i];
                tm_text rule = tm_arena_print(c->arena, "%s %s %s", left, comparisons[k], right);
                decided += agree_on_attribute(c, rule.p, form & 4);
            }
    assert_true(decided > 10000);
}

static void functions_of_attributes_are_decided_as_the_program_says(void **state)
{
    unsigned decided = 0;
    for (unsigned i = 0; i < sizeof calls / sizeof *calls; i++)
        for (unsigned open = 0; open < 2; open++)
            decided += agree_on_attribute(*state, calls[i], open);
    assert_true(decided > 400);
}

static void fields_are_decided_as_the_program_says(void **state)
{
    static const char *const fields[] = {"name",
                                         "kind",
                                         "status.code",
                                         "trace_state",
                                         "trace_id",
                                         "parent_span_id",
                                         "resource.dropped_attributes_count"};
    compiling *c = *state;
    unsigned decided = 0;
    for (unsigned f = 0; f < sizeof fields / sizeof *fields; f++)
        for (unsigned i = 0; i < sizeof constants / sizeof *constants; i++)
            for (unsigned k = 0; k < sizeof comparisons / sizeof *comparisons; k++) {
                tm_text rule =
                    tm_arena_print(c->arena, "%s %s %s", fields[f], comparisons[k], constants[i]);
                const tm_program *program = compile(c, rule.p);
                if (!program)
                    continue;
                deciding *d = deciding_of(c);
                decided += agree(c, d, program, rule.p);
                tm_item_set_field(&d->item[TM_SPAN], TM_SPAN_NAME, tm_string(TM_TEXT("GET")));
                tm_item_set_field(&d->item[TM_SPAN], TM_SPAN_KIND, tm_int(1));
                tm_item_set_field(&d->item[TM_SPAN], TM_STATUS_CODE, tm_int(500));
                decided += agree(c, d, program, rule.p);
            }
    assert_true(decided > 600);
}

static void the_time_between_two_fields_is_decided_as_the_program_says(void **state)
{
    static const int64_t times[] = {0, 1, 1710238532123456789, INT64_MAX, INT64_MIN, -1};
    enum { TIMES = sizeof times / sizeof *times };
    compiling *c = *state;
    unsigned decided = 0;
    for (unsigned k = 0; k < sizeof comparisons / sizeof *comparisons; k++) {
        tm_text rule =
            tm_arena_print(c->arena, "end_time - start_time %s Duration(\"1ns\")", comparisons[k]);
        const tm_program *program = compile(c, rule.p);
        deciding *d = deciding_of(c);
        decided += agree(c, d, program, rule.p);
        for (unsigned i = 0; i < TIMES * TIMES; i++) {
            tm_item_set_field(&d->item[TM_SPAN], TM_SPAN_START, tm_int(times[i / TIMES]));
            if (i % TIMES)
                tm_item_set_field(&d->item[TM_SPAN], TM_SPAN_END, tm_int(times[i % TIMES]));
            decided += agree(c, d, program, rule.p);
        }
    }
    assert_true(decided > 200);
}

/* --- chains --- */

static void chains_are_decided_as_the_program_says(void **state)
{
    static const char *const chains[] = {
        "attributes[\"a\"] == \"GET\" and kind == 1",
        "attributes[\"a\"] == \"GET\" or kind == 1 or name == \"x\"",
        "not (attributes[\"a\"] == \"GET\" and kind == 1) and name != \"x\"",
        "(attributes[\"a\"] == 500 or kind == 1) and (name == \"x\" or attributes[\"a\"] > 1.5)",
        "not (not (attributes[\"a\"] == nil) or IsMatch(name, \"x\"))",
        "attributes[\"a\"] == \"GET\" and HasPrefix(attributes[\"a\"], \"G\")",
        "HasPrefix(attributes[\"a\"], \"G\") and kind == 1",
        "kind == 1 and Len(attributes[\"a\"]) == 3",
        "kind == 0 and Len(attributes[\"a\"]) == 3",
        "attributes[\"a\"][\"b\"] == \"GET\" and kind == 0",
        "IsMatch(attributes[\"a\"], \"[\") == true or kind == 0",
        "(kind == 0) == (name == \"\")",
        "true and kind == 0",
        "kind == 0 or true"};
    unsigned decided = 0;
    for (unsigned i = 0; i < sizeof chains / sizeof *chains; i++)
        decided += agree_on_attribute(*state, chains[i], false);
    assert_true(decided > 300);
}

static void a_chain_of_more_tests_than_a_decision_has_ends_in_its_program(void **state)
{
    compiling *c = *state;
    tm_buf rule = {.arena = c->arena};
    for (unsigned i = 0; i < 200; i++)
        tm_buf_print(&rule, "%sattributes[\"a\"] == %u", i ? " or " : "", 1000 - i);
    tm_buf_add_char(&rule, 0);
    agree_on_attribute(c, rule.p, false);
    const tm_program *program = compile(c, rule.p);
    const uint32_t slot = tm_need_slot(&c->needs, TM_SPAN, TM_TEXT("a"));
    deciding *d = deciding_of(c);
    tm_item_put_attribute(&d->item[TM_SPAN], slot, tm_int(1));
    const tm_decision decision = tm_decision_of(c->arena, program);
    assert_int_equal(tm_decide(&d->vm, &decision), TM_UNDECIDED);
}

/* --- what is decided at all --- */

static const struct {
    const char *rule;
    tm_decided decided; /* of a span without anything */
} empty_spans[] = {
    {"attributes[\"a\"] == \"b\"", TM_DECIDED_FALSE},
    {"attributes[\"a\"] != \"b\"", TM_DECIDED_TRUE},
    {"attributes[\"a\"] == nil", TM_DECIDED_TRUE},
    {"nil == attributes[\"a\"]", TM_DECIDED_TRUE},
    {"attributes[\"a\"] >= 500", TM_DECIDED_FALSE},
    {"attributes[\"a\"][\"b\"][\"c\"] == \"d\"", TM_DECIDED_FALSE},
    {"resource.attributes[\"a\"] == \"b\"", TM_DECIDED_FALSE},
    {"kind == SPAN_KIND_UNSPECIFIED", TM_DECIDED_TRUE},
    {"start_time_unix_nano <= 0", TM_DECIDED_TRUE},
    {"name == \"\"", TM_DECIDED_TRUE},
    {"IsMatch(attributes[\"a\"], \"x.*\")", TM_DECIDED_FALSE},
    {"not (attributes[\"a\"] == true and kind == 3)", TM_DECIDED_TRUE},
    {"end_time - start_time > Duration(\"50ms\")", TM_DECIDED_FALSE},
    {"kind == 1 and IsRootSpan()", TM_DECIDED_FALSE},
    {"kind == 0 and IsRootSpan()", TM_UNDECIDED},
    {"HasPrefix(attributes[\"a\"], \"x\")", TM_UNDECIDED}, /* which fails */
    {"HasPrefix(name, \"x\")", TM_DECIDED_FALSE},
    {"IsMatch(attributes[\"a\"], \"[xy]z\")", TM_DECIDED_FALSE},
    {"IsMatch(name, \"[xy]z\") and IsRootSpan()", TM_UNDECIDED}, /* it would match twice */
    {"IsMatch(name, \"xyz\") and IsRootSpan()", TM_DECIDED_FALSE},
    {"attributes[name] == nil", TM_UNDECIDED},
    {"attributes[\"a\"] == name", TM_UNDECIDED},
    {"name < \"x\"", TM_UNDECIDED},
    {"kind > 9223372036854775807", TM_UNDECIDED}, /* no range has nothing in it */
    {"IsRootSpan()", TM_UNDECIDED},
};

static void usual_conditions_are_decided_without_their_program(void **state)
{
    compiling *c = *state;
    for (unsigned i = 0; i < sizeof empty_spans / sizeof *empty_spans; i++) {
        const char *rule = empty_spans[i].rule;
        const tm_program *program = compile(c, rule);
        assert_non_null(program);
        const tm_decision decision = tm_decision_of(c->arena, program);
        tm_decided got = tm_decide(&deciding_of(c)->vm, &decision);
        if (got != empty_spans[i].decided)
            fail_msg("%s: %s", rule, words[got]);
    }
}

static void a_statement_whose_where_is_false_is_decided(void **state)
{
    static const struct {
        const char *rule;
        tm_decided decided;
    } statements[] = {{"set(name, \"x\") where kind == 1", TM_DECIDED_FALSE},
                      {"set(name, \"x\") where false", TM_DECIDED_FALSE},
                      {"set(name, \"x\") where kind == 0", TM_UNDECIDED},
                      {"set(name, \"x\")", TM_UNDECIDED},
                      {"set(name, \"x\") where IsRootSpan()", TM_UNDECIDED}};
    compiling *c = *state;
    for (unsigned i = 0; i < sizeof statements / sizeof *statements; i++) {
        const tm_program *program =
            compile_as(c, statements[i].rule, TM_STATEMENT, TM_SPAN, TM_PATHS_BARE);
        const tm_decision decision = tm_decision_of(c->arena, program);
        assert_int_equal(tm_decide(&deciding_of(c)->vm, &decision), statements[i].decided);
    }
}

/* It is decoded once many conditions have asked. */
static void a_value_in_a_map_is_found_where_it_lies(void **state)
{
    compiling *c = *state;
    const tm_program *program = compile(c, "attributes[\"a\"][\"b\"] == \"GET\"");
    const tm_decision decision = tm_decision_of(c->arena, program);
    deciding *d = deciding_of(c);
    tm_item *span = &d->item[TM_SPAN];
    tm_slot *slot = &span->slot[tm_need_slot(&c->needs, TM_SPAN, TM_TEXT("a"))];
    tm_map *map = tm_map_new(c->arena, 1);
    tm_map_append(c->arena, map, TM_TEXT("b"), tm_string(TM_TEXT("GET")));
    const tm_value value = tm_map_value(map, TM_DATA);
    char bytes[64];
    *slot = (tm_slot){.composite =
                          tm_text_slice(bytes, (size_t)(tm_value_encode(bytes, value) - bytes)),
                      .raw = TM_TEXT("unread"),
                      .found = true};
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(slot->composite.p != NULL, i < 4);
        assert_int_equal(tm_decide(&d->vm, &decision), TM_DECIDED_TRUE);
    }
}

static void a_failing_test_leaves_the_error_of_the_program(void **state)
{
    compiling *c = *state;
    const tm_program *program = compile(c, "attributes[\"a\"][\"b\"] == 1");
    deciding *d = deciding_of(c);
    const tm_decision decision = tm_decision_of(c->arena, program);
    tm_item_put_attribute(&d->item[TM_SPAN], tm_need_slot(&c->needs, TM_SPAN, TM_TEXT("a")),
                          tm_int(1));
    assert_int_equal(tm_decide(&d->vm, &decision), TM_FAILED);
    assert_true(tm_text_is(d->vm.error, "type int64 does not support string indexing"));
}

#define TEST_COMPILING(name) cmocka_unit_test_setup_teardown(name, compiling_open, compiling_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_COMPILING(comparisons_of_attributes_are_decided_as_the_program_says),
        TEST_COMPILING(functions_of_attributes_are_decided_as_the_program_says),
        TEST_COMPILING(fields_are_decided_as_the_program_says),
        TEST_COMPILING(the_time_between_two_fields_is_decided_as_the_program_says),
        TEST_COMPILING(chains_are_decided_as_the_program_says),
        TEST_COMPILING(a_chain_of_more_tests_than_a_decision_has_ends_in_its_program),
        TEST_COMPILING(usual_conditions_are_decided_without_their_program),
        TEST_COMPILING(a_statement_whose_where_is_false_is_decided),
        TEST_COMPILING(a_value_in_a_map_is_found_where_it_lies),
        TEST_COMPILING(a_failing_test_leaves_the_error_of_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
