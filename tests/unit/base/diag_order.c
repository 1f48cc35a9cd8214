/* Messages in the order of lines.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/diag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* What the messages say, in their order, with a blank behind each. */
static const char *told(tm_diags *d)
{
    tm_buf out = {.arena = d->arena};
    for (const tm_diag *diag = d->first; diag; diag = diag->next)
        tm_buf_print(&out, "%.*s ", TM_PRI(diag->message));
    tm_buf_add_char(&out, 0);
    return out.p;
}

static const tm_source B = {.name = TM_TEXT("b.yaml"), .text = TM_TEXT("0\n23\n5\n")};
static const tm_source A = {.name = TM_TEXT("a.yaml"), .text = TM_TEXT("0\n23\n5\n")};
/* A rule of b.yaml in its second line. */
static const tm_source RULE = {
    .name = TM_TEXT("b.yaml"), .text = TM_TEXT("rule"), .first_line = 2, .first_column = 2};

static void say(tm_diags *d, const tm_source *source, uint32_t at, const char *what)
{
    tm_diag_error(d, source, (tm_place){.at = at, .n = 1}, "E0000", "%s", what);
}

static void they_stand_by_file_line_and_column(void **state)
{
    (void)state;
    tm_diags d = {.arena = tm_arena_new(NULL)};
    say(&d, &B, 5, "b3");
    say(&d, &A, 2, "a2");
    say(&d, &B, 2, "b2");
    say(&d, &RULE, 0, "rule");
    say(&d, NULL, 0, "all");
    say(&d, &A, 0, "a1");
    say(&d, &B, 0, "b1");
    say(&d, &RULE, 1, "rule+1");
    tm_diags_order(&d);
    assert_string_equal(told(&d), "all b1 b2 rule rule+1 b3 a1 a2 ");
    assert_int_equal(d.errors, 8);
    say(&d, NULL, 0, "more");
    assert_string_equal(told(&d), "all b1 b2 rule rule+1 b3 a1 a2 more ");
    tm_arena_free(d.arena);
}

static void what_repeats_is_told_once(void **state)
{
    (void)state;
    tm_diags d = {.arena = tm_arena_new(NULL)}, more = {.arena = d.arena};
    say(&d, &A, 2, "x");
    say(&d, &A, 2, "y");
    say(&d, &A, 0, "x");
    tm_diag_warning(&more, &A, (tm_place){.at = 2, .n = 1}, "E0000", "x");
    say(&more, &A, 2, "x");
    tm_diags_take(&d, &more);
    assert_int_equal(d.errors, 4);
    assert_null(more.first);
    tm_diags_order(&d);
    assert_string_equal(told(&d), "x x y x ");
    assert_int_equal(d.errors, 3);
    assert_int_equal(d.warnings, 1);
    assert_int_equal(d.last->severity, TM_WARNING);
    tm_arena_free(d.arena);
}

static void nothing_stays_nothing(void **state)
{
    (void)state;
    tm_diags d = {.arena = tm_arena_new(NULL)}, more = {.arena = d.arena};
    tm_diags_take(&d, &more);
    tm_diags_order(&d);
    assert_null(d.first);
    say(&more, &A, 0, "x");
    tm_diags_take(&d, &more);
    assert_string_equal(told(&d), "x ");
    tm_arena_free(d.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_stand_by_file_line_and_column),
        cmocka_unit_test(what_repeats_is_told_once),
        cmocka_unit_test(nothing_stays_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
