/* Screen: lines that fit, colours, and trees.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "explain/branch.h"

#define assert_shows(out, wanted)                                                                  \
    do {                                                                                           \
        if (!tm_text_is(tm_buf_text(&(out)), (wanted)))                                            \
            fail_msg("%.*s", TM_PRI(tm_buf_text(&(out))));                                         \
    } while (0)

static void a_line_is_cut_where_the_screen_ends(void **state)
{
    tm_arena *arena = tm_arena_new(NULL);
    tm_buf out = {.arena = arena};
    const tm_screen narrow = {.columns = 5}, wide = {0};
    (void)state;
    tm_screen_line(&narrow, &out, TM_TEXT("12345"));
    tm_screen_line(&narrow, &out, TM_TEXT("123456"));
    tm_screen_line(&narrow, &out, TM_TEXT("ééééé6"));
    tm_screen_line(&narrow, &out, TM_TEXT("\x1b[31m123\x1b[0m45"));
    tm_screen_line(&narrow, &out, TM_TEXT("\x1b[31m123456\x1b[0m"));
    tm_screen_line(&wide, &out, TM_TEXT("1234567890"));
    assert_shows(out, "12345\n1234…\néééé…\n\x1b[31m123\x1b[0m45\n"
                      "\x1b[31m1234…\x1b[0m\n1234567890\n");
    tm_arena_free(arena);
}

static void a_line_goes_on_below_where_the_screen_ends(void **state)
{
    tm_arena *arena = tm_arena_new(NULL);
    tm_buf out = {.arena = arena};
    const tm_screen narrow = {.columns = 12}, wide = {0};
    (void)state;
    tm_screen_wrap(&narrow, &out, TM_TEXT("123456 789012"), TM_TEXT("> "));
    tm_screen_wrap(&narrow, &out, TM_TEXT("1234567890123456789012345"), TM_TEXT("> "));
    tm_screen_wrap(&narrow, &out, TM_TEXT("12345678\x1b[31m901234\x1b[0m5"), TM_TEXT("> "));
    tm_screen_wrap(&wide, &out, TM_TEXT("123456 789012"), TM_TEXT("> "));
    assert_shows(out, "123456 \n> 789012\n123456789012\n> 3456789012\n> 345\n"
                      "12345678\x1b[31m9012\x1b[0m\n> \x1b[31m34\x1b[0m5\n123456 789012\n");
    tm_arena_free(arena);
}

static void colours_show_where_they_can(void **state)
{
    tm_arena *arena = tm_arena_new(NULL);
    tm_buf out = {.arena = arena};
    const tm_screen coloured = {.coloured = true}, plain = {0};
    (void)state;
    tm_screen_add(&coloured, &out, TM_INK_RED, TM_TEXT("a"));
    tm_screen_add(&coloured, &out, TM_INK_STRUCK, TM_TEXT("b"));
    tm_screen_add(&plain, &out, TM_INK_RED, TM_TEXT("c"));
    tm_screen_add(&plain, &out, TM_INK_STRUCK, TM_TEXT("d"));
    assert_shows(out, "\x1b[31ma\x1b[0m\x1b[9;2mb\x1b[0mc-d-");
    tm_arena_free(arena);
}

static tm_branch *a_tree(tm_arena *arena)
{
    tm_branch *root = tm_branch_add(arena, NULL, TM_TEXT("root"));
    tm_branch *first = tm_branch_add(arena, root, TM_TEXT("first"));
    tm_branch_add(arena, first, TM_TEXT("inner"));
    tm_branch_add(arena, first, TM_TEXT("a longer one"))->tail = TM_TEXT("|x|");
    tm_branch_add(arena, root, TM_TEXT("last"))->tail = TM_TEXT("|y|");
    return root;
}

static void tails_stand_below_each_other(void **state)
{
    tm_arena *arena = tm_arena_new(NULL);
    tm_buf out = {.arena = arena};
    const tm_screen wide = {0};
    (void)state;
    tm_branch_print(&out, a_tree(arena), &wide);
    assert_shows(out, "root\n├─ first\n│  ├─ inner\n│  └─ a longer one  |x|\n"
                      "└─ last             |y|\n");
    tm_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_cut_where_the_screen_ends),
        cmocka_unit_test(a_line_goes_on_below_where_the_screen_ends),
        cmocka_unit_test(colours_show_where_they_can),
        cmocka_unit_test(tails_stand_below_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
