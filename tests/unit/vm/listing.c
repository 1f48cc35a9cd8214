/* Listings: what programs look like.
 * SPDX-License-Identifier: Apache-2.0 */
#include "assembly.h"

#include "vm/opcode.h"

static bool no_body(tm_call *c)
{
    (void)c;
    return false;
}
static const tm_function set = {.name = "set", .body = no_body},
                         any = {.name = "Any", .body = no_body};

static void assert_listing(stage *s, tm_program p, const char *expected)
{
    const tm_needs *const needs[TM_LEVELS] = {s->needs, s->needs, s->needs, NULL};
    tm_buf out = {.arena = s->request};
    tm_listing_print(&out, &p, needs);
    assert_text(tm_buf_text(&out), expected);
}

static void conditions_are_listed_with_names_and_patterns(void **state)
{
    stage *s = *state;
    assert_listing(
        s,
        PROGRAM(CONDITION, 1, CONSTANTS(tm_int(2)), REGEXES(regex_of(s, "^https://grafana.*")),
                CODE(DO(ATTRIBUTE_MATCH, 0, tm_where(TM_SPAN, SLOT_A), 0), DO(JUMP_TRUE, 0, 3, 0),
                     DO(FIELD_EQUAL, 0, tm_where(TM_SPAN, TM_SPAN_KIND), 0), DO(RETURN, 0, 0, 0))),
        "    0  ATTRIBUTE_MATCH      r0, span.attributes[\"a\"], /^https:\\/\\/grafana.*/\n"
        "    1  JUMP_TRUE            r0, 3\n"
        "    2  FIELD_EQUAL          r0, span.kind, 2\n"
        "    3  RETURN               r0\n");
}

static void statements_are_listed_with_targets(void **state)
{
    const tm_path_key keys[] = {
        {.value = str("x")}, {.dynamic = true, .reg = 3}, {.value = tm_int(0)}};
    assert_listing(*state,
                   PROGRAM(STATEMENT, 4, CONSTANTS(str("a\"b"), tm_nil()),
                           TARGETS({.path = path_named(TM_RESOURCE, "attributes"),
                                    .key = keys,
                                    .keys = 3,
                                    .slot = -1}),
                           SITES({.function = &set,
                                  .first = 1,
                                  ARGUMENTS({.kind = TM_KIND_PATH, .given = true},
                                            {.kind = TM_KIND_ANY, .given = true})}),
                           CODE(DO(ATTRIBUTE, 3, tm_where(TM_EVENT, 7), 0), DO(CONSTANT, 2, 0, 0),
                                DO(MATCHED, 0, 0, 0), DO(CALL, 0, 0, 0), DO(PATH, 1, 0, 0),
                                DO(FIELD, 1, tm_where(TM_SPAN, TM_SPAN_START), 0),
                                DO(LIST, 0, 1, 2), DO(RETURN, 0, 0, 0))),
                   "    0  ATTRIBUTE            r3, spanevent.attributes[#7]\n"
                   "    1  CONSTANT             r2, \"a\\\"b\"\n"
                   "    2  MATCHED\n"
                   "    3  CALL                 r0, set(resource.attributes[\"x\"][r3][0], r2)\n"
                   "    4  PATH                 r1, resource.attributes[\"x\"][r3][0]\n"
                   "    5  FIELD                r1, span.start_time_unix_nano\n"
                   "    6  LIST                 r0, r1, 2\n"
                   "    7  RETURN               r0\n");
}

static void lambdas_have_heads_and_arguments_left_out_are_blanks(void **state)
{
    assert_listing(
        *state,
        PROGRAM(
            VALUE, 9, LAMBDAS({.entry = 2, .first = 6, .parameters = 2}, {.entry = 3}),
            SITES({.function = &any,
                   .first = 1,
                   ARGUMENTS({.kind = TM_KIND_ANY}, {.kind = TM_KIND_LAMBDA, .given = true},
                             {.kind = TM_KIND_LIST_OF_LAZY, .given = true, .index = 1, .count = 1},
                             {.kind = TM_KIND_FUNCTION, .given = true, .function = &any},
                             {.kind = TM_KIND_ANY})}),
            CODE(DO(CALL, 0, 0, 0), DO(RETURN, 0, 0, 0), DO(RETURN, 7, 0, 0), DO(RETURN, 0, 0, 0))),
        "    0  CALL                 r0, Any(_, lambda 0, [lambda 1..1], Any)\n"
        "    1  RETURN               r0\n"
        "lambda 0(r6, r7):\n"
        "    2  RETURN               r7\n"
        "lambda 1():\n"
        "    3  RETURN               r0\n");
}

static void values_are_shown_so_that_types_are_told_apart(void **state)
{
    static const char id[8] = {1};
    static const tm_time epoch;
    stage *s = *state;
    const tm_value values[] = {tm_nil(),
                               tm_bool(true),
                               tm_int(1),
                               tm_double(1),
                               tm_double(1.5),
                               tm_double(1e21),
                               str("1"),
                               tm_bytes_value(TM_TEXT("\1\377")),
                               tm_duration(5),
                               {.type = TM_SPAN_ID, .n = 8, .p = id},
                               {.type = TM_TIME, .time = &epoch},
                               {.type = TM_STATUS}};
    const tm_value nested[] = {list_of(s->request, TM_LITERAL, 12, values),
                               map_of(s->request, TM_LITERAL, "k", tm_nil())};
    tm_buf out = {.arena = s->request};
    tm_listing_value(&out, list_of(s->request, TM_LITERAL, 2, nested));
    assert_text(tm_buf_text(&out),
                "[[nil, true, 1, 1.0, 1.5, 1e+21, \"1\", 0x01ff, 5 ns, 0x0100000000000000, "
                "\"1970-01-01T00:00:00Z\", <status>], {\"k\": nil}]");
}

static void every_opcode_has_a_row_with_a_manual(void **state)
{
    (void)state;
    for (unsigned op = 0; op < TM_OP_COUNT; op++) {
        assert_non_null(tm_opcode_get((tm_opcode)op)->name);
        assert_true(strlen(tm_opcode_get((tm_opcode)op)->manual) >= 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_STAGE(conditions_are_listed_with_names_and_patterns),
        TEST_ON_STAGE(statements_are_listed_with_targets),
        TEST_ON_STAGE(lambdas_have_heads_and_arguments_left_out_are_blanks),
        TEST_ON_STAGE(values_are_shown_so_that_types_are_told_apart),
        TEST_ON_STAGE(every_opcode_has_a_row_with_a_manual),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
