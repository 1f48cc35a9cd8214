/* Fold: which conditions are decided when they are built (language.md 2.4).
 * SPDX-License-Identifier: Apache-2.0 */
#include "compiling.h"

typedef enum outcome { FALSE, TRUE, OPEN } outcome;

static const struct {
    const char *rule;
    outcome outcome;
} rows[] = {
    {"1/0 == 1 and false", FALSE},
    {"1/0 == 1 and kind == 3", OPEN},
    {"1/0 == 1 or true", TRUE},
    {"not (1/0 == 1 and false)", TRUE},
    {"1/0 == 1 and 1 == 2", FALSE},
    {"(kind == 3 and false) or (1 == 1.0)", TRUE},
    {"true and kind == 3", OPEN},
    {"true and (false or true)", TRUE},
    {"not true", FALSE},
    {"[1, {\"a\": nil}] == [1, {\"a\": nil}]", TRUE},
    {"SPAN_KIND_SERVER == 2", TRUE},
    {"-1 < 0", TRUE},
    {"(1) == 1", TRUE},
    {"-(1) == -1", OPEN},
    {"1 + 1 == 2", OPEN},
    {"Len(\"a\") == 1", OPEN},
    {"name == name", OPEN},
    {"nil == nil", TRUE},
};

static void literals_decide_whole_chains(void **state)
{
    compiling *c = *state;
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        const tm_program *program = compile(c, rows[i].rule);
        assert_non_null(program);
        bool constant = program->length == 2 && program->code[0].op == TM_OP_CONSTANT;
        outcome got = constant ? (outcome)program->constant[0].truth : OPEN;
        if (got != rows[i].outcome)
            fail_msg("%s folds to %d", rows[i].rule, (int)got);
    }
}

static void what_is_folded_away_is_checked_all_the_same(void **state)
{
    assert_null(compile(*state, "nam == 1 and false"));
    assert_null(compile(*state, "false and IsMatch(name, \"(\")"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(literals_decide_whole_chains, compiling_open,
                                        compiling_close),
        cmocka_unit_test_setup_teardown(what_is_folded_away_is_checked_all_the_same, compiling_open,
                                        compiling_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
