/* What terminals are shown: lines that fit, trees, counts and buckets.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/short_heap.h"
#include "explain/branch.h"
#include "tools/histogram.h"

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

static void counts_are_sorted_and_bounded(void **state)
{
    tm_arena *arena = tm_arena_new(NULL);
    tm_counted c = {.arena = arena, .most = 200}, other = {.arena = arena};
    (void)state;
    for (unsigned i = 0; i < 1000; i++)
        tm_counted_add(&c, tm_arena_print(arena, "t%u", i % 250), i % 250 + 1);
    tm_counted_add(&other, TM_TEXT("t7"), 1000000);
    tm_counted_add(&other, TM_TEXT("new"), 5);
    tm_counted_take(&c, &other);
    tm_counted_sort(&c);
    assert_int_equal(c.n, 200);
    assert_true(tm_text_is(c.row[0].text, "t7"));
    assert_int_equal(c.row[0].count, 1000000 + 4 * 8);
    assert_true(tm_text_is(c.row[1].text, "t199"));
    assert_int_equal(c.others, 4 * (201 + 250) * 50 / 2 + 5);
    tm_arena_free(arena);
}

/* Everything falls into one bucket, and no bucket is lost. */
static void buckets_hold_every_number(void **state)
{
    static const double ends[][2] = {{0, 0}, {1, 1}, {-5, 5}, {0, 1e18}, {0.001, 0.009}, {3, 4000}};
    const tm_screen wide = {0};
    (void)state;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        tm_arena *arena = tm_arena_new(NULL);
        tm_buf out = {.arena = arena};
        double numbers[101];
        unsigned long long sum = 0, count;
        for (size_t k = 0; k < 101; k++)
            numbers[k] = ends[i][0] + (ends[i][1] - ends[i][0]) * (double)k / 100;
        tm_histogram_numbers(&out, numbers, 101, false, &wide);
        tm_text rest = tm_buf_text(&out), line;
        while (tm_text_next(&rest, '\n', &line)) {
            tm_text copy = tm_arena_copy(arena, line);
            const char *percent = strrchr(copy.p, '%');
            if (!percent)
                continue;
            const char *at = percent - 8;
            while (at > copy.p && at[-1] != ' ')
                at--;
            assert_int_equal(sscanf(at, "%llu", &count), 1);
            sum += count;
        }
        if (sum != 101)
            fail_msg("%g to %g: %llu\n%.*s", ends[i][0], ends[i][1], sum,
                     TM_PRI(tm_buf_text(&out)));
        tm_arena_free(arena);
    }
}

static void count_many(void *argument)
{
    tm_counted c = {.arena = argument};
    for (unsigned i = 0; i < 2000; i++)
        tm_counted_add(&c, tm_arena_print(argument, "%u", i), 1);
    tm_counted_sort(&c);
}

static void counting_survives_that_memory_runs_out(void **state)
{
    bool done = false;
    (void)state;
    for (long i = 0; !done; i++) {
        short_heap heap;
        short_heap_init(&heap, i, false);
        tm_arena *arena = tm_arena_new(&heap.heap);
        done = arena && tm_arena_try(arena, count_many, arena);
        assert_true(done != heap.failed);
        tm_arena_free(arena);
        assert_int_equal(heap.blocks, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_cut_where_the_screen_ends),
        cmocka_unit_test(a_line_goes_on_below_where_the_screen_ends),
        cmocka_unit_test(colours_show_where_they_can),
        cmocka_unit_test(tails_stand_below_each_other),
        cmocka_unit_test(counts_are_sorted_and_bounded),
        cmocka_unit_test(buckets_hold_every_number),
        cmocka_unit_test(counting_survives_that_memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
