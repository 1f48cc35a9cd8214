/* Mismatch: comparisons that are false because types do not compare are told, however they are
 * decided. SPDX-License-Identifier: Apache-2.0 */
#include "deciding.h"

typedef struct mismatch_row {
    const char *rule;
    tm_value value;
    unsigned mismatches;
} mismatch_row;

static void comparisons_that_types_make_false_are_told(void **state)
{
    compiling *c = *state;
    const tm_value text = tm_string(TM_TEXT("200")), number = tm_int(200);
    const mismatch_row rows[] = {
        {"attributes[\"a\"] < 500", text, 1},
        {"attributes[\"a\"] < 500", number, 0},
        {"attributes[\"a\"] < 500", tm_double(1.5), 0},
        {"attributes[\"a\"] < 500", tm_nil(), 0},
        {"500 > attributes[\"a\"]", text, 1},
        {"attributes[\"a\"] == \"200\"", number, 1},
        {"attributes[\"a\"] == \"200\"", text, 0},
        {"attributes[\"a\"] == \"404\"", text, 0},
        {"attributes[\"a\"] != \"200\"", number, 0},
        {"not (attributes[\"a\"] == \"200\")", number, 1},
        {"attributes[\"a\"] == true", text, 1},
        {"attributes[\"a\"] == nil", text, 0},
        {"attributes[\"a\"] != nil", text, 0},
        {"attributes[\"a\"] == 1 or attributes[\"a\"] == 2 or attributes[\"a\"] == 3", text, 3},
        {"attributes[\"a\"] == 200 or attributes[\"a\"] == \"x\"", number, 0},
        {"name == attributes[\"a\"]", number, 1},
        {"end_time - start_time > 5", text, 1},
        {"Any([1, 2], (_, v) => v == attributes[\"a\"])", text, 2},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        const tm_program *program = compile(c, rows[i].rule);
        if (!program)
            fail_msg("%s does not compile", rows[i].rule);
        const uint32_t slot = tm_need_slot(&c->needs, TM_SPAN, TM_TEXT("a"));
        deciding *d = deciding_of(c);
        if (rows[i].value.type != TM_NIL)
            tm_item_put_attribute(&d->item[TM_SPAN], slot, rows[i].value);
        tm_item_set_field(&d->item[TM_SPAN], TM_SPAN_NAME, tm_string(TM_TEXT("n")));
        const tm_decision decision = tm_decision_of(c->arena, program);
        tm_decide_rule(&d->vm, &decision);
        if (d->mismatches != rows[i].mismatches)
            fail_msg("%s: %u", rows[i].rule, d->mismatches);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(comparisons_that_types_make_false_are_told, compiling_open,
                                        compiling_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
