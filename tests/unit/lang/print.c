/* Print: tidy text, and that it reads back.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/print.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const char *tidied(tm_arena *arena, tm_entry_point entry, const char *text)
{
    tm_source source = {.name = TM_TEXT("text"), .text = tm_text_of(text)};
    tm_diags diags = {.arena = arena};
    tm_buf out = {.arena = arena};
    tm_tree *tree = tm_parse(arena, &diags, &source, entry);
    if (tree)
        tm_print_tree(tree, &out);
    tm_diags_render(&diags, false, &out);
    tm_buf_add_char(&out, 0);
    return out.p;
}

static void prints(tm_entry_point entry, const char *text, const char *tidy)
{
    tm_arena *arena = tm_arena_new(NULL);
    assert_string_equal(tidied(arena, entry, text), tidy);
    assert_string_equal(tidied(arena, entry, tidy), tidy);
    tm_arena_free(arena);
}

static void spaces_stand_around_operators_and_behind_commas(void **state)
{
    (void)state;
    prints(TM_CONDITION, "not a==b and( F(x,1)[0]or- c*( 2+1 ) >=d.e [ \"k\" ] [-1] )",
           "not a == b and (F(x, 1)[0] or -c * (2 + 1) >= d.e[\"k\"][-1])");
    prints(TM_STATEMENT, "se t(a,uTf8 Safe=Is Match)where\ttrue",
           "set(a, uTf8Safe = IsMatch) where true");
    prints(TM_VALUE, "F((_,v)=>v>1 or not true,()=>[nil])",
           "F((_, v) => v > 1 or not true, () => [nil])");
}

static void literals_have_one_form(void **state)
{
    (void)state;
    prints(TM_VALUE, "{\"a\":010 \"b\\x41\\n\\x01\\\"\":0xABcd,}",
           "{\"a\": 8, \"bA\\n\\x01\\\"\": 0xabcd}");
    prints(TM_VALUE, "[1.,.5,100.e-2,1.e21,.00001,.000001,123456.75,1.e15,0.0]",
           "[1.0, 0.5, 1.0, 1.0e21, 0.00001, 1.0e-6, 123456.75, 1000000000000000.0, 0.0]");
    prints(TM_VALUE, "[\"\u00e9\",SHA256,nil,true,false]",
           "[\"\u00e9\", SHA256, nil, true, false]");
}

static void doubles_read_back_to_the_last_bit(void **state)
{
    (void)state;
    const double numbers[] = {0.1,
                              1.0 / 3,
                              5e-324,
                              1.7976931348623157e308,
                              123456789012345678.0,
                              9007199254740993.0,
                              2.2250738585072014e-308,
                              1e-5,
                              1e15,
                              1e16};
    tm_arena *arena = tm_arena_new(NULL);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        tm_buf out = {.arena = arena};
        tm_print_double(numbers[i], &out);
        tm_diags diags = {.arena = arena};
        tm_source source = {.name = TM_TEXT("number"), .text = tm_buf_text(&out)};
        tm_tree *tree = tm_parse(arena, &diags, &source, TM_VALUE);
        assert_non_null(tree);
        assert_true(tree->expression->number == numbers[i]);
    }
    tm_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spaces_stand_around_operators_and_behind_commas),
        cmocka_unit_test(literals_have_one_form),
        cmocka_unit_test(doubles_read_back_to_the_last_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
