/* Running: hand-written programs, at least one for each instruction.
 * SPDX-License-Identifier: Apache-2.0 */
#include "assembly.h"

#include <stdio.h>

#define SPAN(slot) tm_where(TM_SPAN, slot)

/* --- values --- */

static void constants_move_and_are_returned(void **state)
{
    assert_json(
        *state,
        ran(*state, PROGRAM(VALUE, 2, CONSTANTS(str("x")),
                            CODE(DO(CONSTANT, 0, 0, 0), DO(MOVE, 1, 0, 0), DO(RETURN, 1, 0, 0)))),
        "\"x\"");
}

static void fields_have_defaults(void **state)
{
    stage *s = *state;
    const tm_program name =
        PROGRAM(VALUE, 1, CODE(DO(FIELD, 0, SPAN(TM_SPAN_NAME), 0), DO(RETURN, 0, 0, 0)));
    assert_json(s, ran(s, name), "\"\"");
    tm_item_set_field(&s->item[TM_SPAN], TM_SPAN_NAME, str("GET"));
    assert_json(s, ran(s, name), "\"GET\"");
}

static void attributes_are_read_from_slots_and_from_the_open_map(void **state)
{
    stage *s = *state;
    const tm_program b =
        PROGRAM(VALUE, 1, CODE(DO(ATTRIBUTE, 0, SPAN(SLOT_B), 0), DO(RETURN, 0, 0, 0)));
    assert_json(s, ran(s, b), "null");
    tm_item_put_attribute(&s->item[TM_SPAN], SLOT_B, tm_int(1));
    assert_json(s, ran(s, b), "1");
    tm_map_put(s->request, tm_item_change_attributes(&s->item[TM_SPAN]), TM_TEXT("b"), tm_int(2));
    assert_json(s, ran(s, b), "2");
}

static void paths_are_read_with_keys_from_registers(void **state)
{
    stage *s = *state;
    const tm_path_key key = {.dynamic = true, .reg = 0};
    tm_item_put_attribute(&s->item[TM_SPAN], SLOT_A, tm_int(7));
    assert_json(
        s,
        ran(s, PROGRAM(VALUE, 2, CONSTANTS(str("a")),
                       TARGETS({.path = path_named(TM_SPAN, "attributes"),
                                .key = &key,
                                .keys = 1,
                                .slot = -1}),
                       CODE(DO(CONSTANT, 0, 0, 0), DO(PATH, 1, 0, 0), DO(RETURN, 1, 0, 0)))),
        "7");
}

static void literals_are_made_of_registers_in_a_row(void **state)
{
    const tm_program p =
        PROGRAM(VALUE, 5, CONSTANTS(str("k"), tm_int(1)),
                CODE(DO(CONSTANT, 0, 0, 0), DO(CONSTANT, 1, 1, 0), DO(MAP, 2, 0, 1),
                     DO(MOVE, 3, 1, 0), DO(LIST, 4, 2, 2), DO(RETURN, 4, 0, 0)));
    tm_value v = ran(*state, p);
    assert_int_equal(v.form, TM_LITERAL);
    assert_int_equal(v.list->n, 2);
    assert_json(*state, v.list->item[0], "{\"k\":1}");
}

static void empty_literals_take_no_registers(void **state)
{
    assert_json(*state,
                ran(*state, PROGRAM(VALUE, 1, CODE(DO(LIST, 0, 1, 0), DO(RETURN, 0, 0, 0)))), "[]");
    assert_json(*state, ran(*state, PROGRAM(VALUE, 1, CODE(DO(MAP, 0, 1, 0), DO(RETURN, 0, 0, 0)))),
                "{}");
}

static void indexing_is_strict(void **state)
{
    const tm_value map = map_of(((stage *)*state)->request, TM_DATA, "k", tm_int(1));
    const tm_program p = PROGRAM(VALUE, 2, CONSTANTS(map, str("k"), str("no")),
                                 CODE(DO(CONSTANT, 0, 0, 0), DO(CONSTANT, 1, 1, 0),
                                      DO(INDEX, 0, 0, 1), DO(RETURN, 0, 0, 0)));
    tm_program absent = p;
    tm_insn code[4];
    memcpy(code, p.code, sizeof code);
    code[1].b = 2;
    absent.code = code;
    assert_json(*state, ran(*state, p), "1");
    assert_fails(*state, absent, "key not found in map");
}

/* --- operators --- */

static tm_value binary(stage *s, tm_opcode op, tm_value a, tm_value b)
{
    return ran(s, PROGRAM(VALUE, 3, CONSTANTS(a, b),
                          CODE(DO(CONSTANT, 0, 0, 0), DO(CONSTANT, 1, 1, 0),
                               {(uint16_t)op, 2, 0, 1}, DO(RETURN, 2, 0, 0))));
}

static void arithmetic_instructions_reckon(void **state)
{
    assert_json(*state, binary(*state, TM_OP_ADD, tm_int(7), tm_int(2)), "9");
    assert_json(*state, binary(*state, TM_OP_SUBTRACT, tm_int(7), tm_int(2)), "5");
    assert_json(*state, binary(*state, TM_OP_MULTIPLY, tm_int(7), tm_int(2)), "14");
    assert_json(*state, binary(*state, TM_OP_DIVIDE, tm_int(7), tm_int(2)), "3");
}

static void signs_negate_or_do_nothing(void **state)
{
    const tm_program p = PROGRAM(
        VALUE, 2, CONSTANTS(tm_int(7)),
        CODE(DO(CONSTANT, 0, 0, 0), DO(NEGATE, 1, 0, 0), DO(PLUS, 0, 1, 0), DO(RETURN, 0, 0, 0)));
    assert_json(*state, ran(*state, p), "-7");
}

static void comparing_instructions_compare(void **state)
{
    static const bool expected[6][3] = {{0, 1, 0}, {1, 0, 1}, {1, 0, 0},
                                        {1, 1, 0}, {0, 0, 1}, {0, 1, 1}};
    for (unsigned op = 0; op < 6; op++)
        for (int i = 0; i < 3; i++) {
            tm_value v = binary(*state, (tm_opcode)(TM_OP_EQUAL + op), tm_int(i), tm_double(1));
            assert_int_equal(v.type, TM_BOOL);
            assert_int_equal(v.truth, expected[op][i]);
        }
}

/* One fused instruction over an attribute or a field, against constant 0. */
static bool fused(stage *s, tm_opcode op, uint32_t where, tm_value constant)
{
    return ran(s, PROGRAM(CONDITION, 1, CONSTANTS(constant),
                          CODE({(uint16_t)op, 0, where, 0}, DO(RETURN, 0, 0, 0))))
        .truth;
}

static void an_attribute_is_compared_in_one_step(void **state)
{
    stage *s = *state;
    const tm_value values[] = {tm_nil(),
                               str(""),
                               str("GET"),
                               str("GEX"),
                               tm_int(1),
                               tm_double(1),
                               tm_bool(true),
                               tm_bytes_value(TM_TEXT("GET")),
                               list_of(s->request, TM_DATA, 0, NULL)};
    for (unsigned i = 0; i < 9; i++)
        for (unsigned j = 0; j < 9; j++) {
            bool equal = tm_value_compare(TM_IS_EQ, values[i], values[j]);
            tm_item_put_attribute(&s->item[TM_SPAN], SLOT_A, values[i]);
            assert_int_equal(fused(s, TM_OP_ATTRIBUTE_EQUAL, SPAN(SLOT_A), values[j]), equal);
            assert_int_equal(fused(s, TM_OP_ATTRIBUTE_NOT_EQUAL, SPAN(SLOT_A), values[j]), !equal);
        }
    assert_true(fused(s, TM_OP_ATTRIBUTE_EQUAL, SPAN(SLOT_B), tm_nil()));
    assert_false(fused(s, TM_OP_ATTRIBUTE_NOT_EQUAL, tm_where(TM_RESOURCE, SLOT_B), tm_nil()));
}

static void a_field_is_compared_in_one_step(void **state)
{
    stage *s = *state;
    tm_item_set_field(&s->item[TM_SPAN], TM_SPAN_KIND, tm_int(2));
    assert_true(fused(s, TM_OP_FIELD_EQUAL, SPAN(TM_SPAN_KIND), tm_int(2)));
    assert_true(fused(s, TM_OP_FIELD_EQUAL, SPAN(TM_SPAN_KIND), tm_double(2)));
    assert_true(fused(s, TM_OP_FIELD_NOT_EQUAL, SPAN(TM_SPAN_KIND), str("Server")));
    assert_true(fused(s, TM_OP_FIELD_EQUAL, SPAN(TM_SPAN_NAME), str("")));
    assert_false(fused(s, TM_OP_FIELD_EQUAL, SPAN(TM_SPAN_TRACE_ID), str("")));
}

static bool matched(stage *s, tm_opcode op, uint32_t where, const char *pattern)
{
    return ran(s, PROGRAM(CONDITION, 1, REGEXES(regex_of(s, pattern)),
                          CODE({(uint16_t)op, 0, where, 0}, DO(RETURN, 0, 0, 0))))
        .truth;
}

static void matching_takes_texts_of_anything_and_nil_matches_nothing(void **state)
{
    stage *s = *state;
    assert_false(matched(s, TM_OP_ATTRIBUTE_MATCH, SPAN(SLOT_A), ".*"));
    tm_item_put_attribute(&s->item[TM_SPAN], SLOT_A, str("https://grafana/x"));
    assert_true(matched(s, TM_OP_ATTRIBUTE_MATCH, SPAN(SLOT_A), "^https://grafana.*"));
    assert_false(matched(s, TM_OP_ATTRIBUTE_MATCH, SPAN(SLOT_A), "^grafana"));
    tm_item_put_attribute(&s->item[TM_SPAN], SLOT_A, tm_int(200));
    assert_true(matched(s, TM_OP_ATTRIBUTE_MATCH, SPAN(SLOT_A), "^20"));
    assert_true(matched(s, TM_OP_FIELD_MATCH, SPAN(TM_SPAN_NAME), "^$"));
    assert_true(
        ran(s, PROGRAM(CONDITION, 1, CONSTANTS(tm_bool(true)), REGEXES(regex_of(s, "^tr")),
                       CODE(DO(CONSTANT, 0, 0, 0), DO(MATCH, 0, 0, 0), DO(RETURN, 0, 0, 0))))
            .truth);
}

static void what_has_no_text_cannot_be_matched(void **state)
{
    stage *s = *state;
    tm_item_put_attribute(&s->item[TM_SPAN], SLOT_A, tm_double(1e308 * 10));
    assert_fails(s,
                 PROGRAM(CONDITION, 1, REGEXES(regex_of(s, ".")),
                         CODE(DO(ATTRIBUTE_MATCH, 0, SPAN(SLOT_A), 0), DO(RETURN, 0, 0, 0))),
                 "unsupported value: NaN, infinity or too deeply nested");
}

/* --- control --- */

/* a and b, or a or b, with b an error when it is reached. */
static void jumps_leave_out_what_need_not_be_known(void **state)
{
    stage *s = *state;
    const uint16_t jumps[] = {TM_OP_JUMP_FALSE, TM_OP_JUMP_TRUE};
    for (unsigned i = 0; i < 2; i++)
        for (unsigned a = 0; a < 2; a++) {
            tm_value out;
            bool done =
                run(s,
                    PROGRAM(CONDITION, 2, CONSTANTS(tm_bool(a), tm_int(0)),
                            CODE(DO(CONSTANT, 0, 0, 0), {jumps[i], 0, 5, 0}, DO(CONSTANT, 1, 1, 0),
                                 DO(DIVIDE, 1, 1, 1), DO(EQUAL, 0, 1, 1), DO(RETURN, 0, 0, 0))),
                    &out);
            assert_int_equal(done, a == i);
            if (done)
                assert_int_equal(out.truth, a);
        }
}

static void not_turns_and_jump_skips(void **state)
{
    const tm_program p = PROGRAM(CONDITION, 1, CONSTANTS(tm_bool(false)),
                                 CODE(DO(CONSTANT, 0, 0, 0), DO(JUMP, 0, 3, 0), DO(NOT, 0, 0, 0),
                                      DO(NOT, 0, 0, 0), DO(RETURN, 0, 0, 0)));
    assert_true(ran(*state, p).truth);
}

static void a_converter_as_condition_must_yield_a_bool(void **state)
{
    const tm_value values[] = {tm_nil(), tm_int(1), str("true")};
    static const char *const types[] = {"nil", "int64", "string"};
    stage *s = *state;
    for (unsigned i = 0; i < 3; i++) {
        char why[100];
        snprintf(why, sizeof why,
                 "value returned from Converter in constant expression must be bool but got %s",
                 types[i]);
        assert_fails(s,
                     PROGRAM(CONDITION, 1, CONSTANTS(values[i]),
                             CODE(DO(CONSTANT, 0, 0, 0), DO(TEST, 0, 0, 0), DO(RETURN, 0, 0, 0))),
                     why);
    }
    assert_true(ran(s, PROGRAM(CONDITION, 1, CONSTANTS(tm_bool(true)),
                               CODE(DO(CONSTANT, 0, 0, 0), DO(TEST, 0, 0, 0), DO(RETURN, 0, 0, 0))))
                    .truth);
}

static void a_statement_says_whether_it_matched(void **state)
{
    stage *s = *state;
    const tm_program p =
        PROGRAM(STATEMENT, 1, CONSTANTS(tm_nil(), str("GET")),
                CODE(DO(FIELD_EQUAL, 0, SPAN(TM_SPAN_NAME), 1), DO(JUMP_FALSE, 0, 3, 0),
                     DO(MATCHED, 0, 0, 0), DO(CONSTANT, 0, 0, 0), DO(RETURN, 0, 0, 0)));
    assert_json(s, ran(s, p), "null");
    assert_false(s->vm.matched);
    tm_item_set_field(&s->item[TM_SPAN], TM_SPAN_NAME, str("GET"));
    assert_json(s, ran(s, p), "null");
    assert_true(s->vm.matched);
}

static void a_large_program_gets_its_registers(void **state)
{
    assert_json(*state,
                ran(*state, PROGRAM(VALUE, 65535, CONSTANTS(tm_int(1)),
                                    CODE(DO(CONSTANT, 65534, 0, 0), DO(RETURN, 65534, 0, 0)))),
                "1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_STAGE(constants_move_and_are_returned),
        TEST_ON_STAGE(fields_have_defaults),
        TEST_ON_STAGE(attributes_are_read_from_slots_and_from_the_open_map),
        TEST_ON_STAGE(paths_are_read_with_keys_from_registers),
        TEST_ON_STAGE(literals_are_made_of_registers_in_a_row),
        TEST_ON_STAGE(empty_literals_take_no_registers),
        TEST_ON_STAGE(indexing_is_strict),
        TEST_ON_STAGE(arithmetic_instructions_reckon),
        TEST_ON_STAGE(signs_negate_or_do_nothing),
        TEST_ON_STAGE(comparing_instructions_compare),
        TEST_ON_STAGE(an_attribute_is_compared_in_one_step),
        TEST_ON_STAGE(a_field_is_compared_in_one_step),
        TEST_ON_STAGE(matching_takes_texts_of_anything_and_nil_matches_nothing),
        TEST_ON_STAGE(what_has_no_text_cannot_be_matched),
        TEST_ON_STAGE(jumps_leave_out_what_need_not_be_known),
        TEST_ON_STAGE(not_turns_and_jump_skips),
        TEST_ON_STAGE(a_converter_as_condition_must_yield_a_bool),
        TEST_ON_STAGE(a_statement_says_whether_it_matched),
        TEST_ON_STAGE(a_large_program_gets_its_registers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
