/* Histogram: counts and buckets.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/short_heap.h"
#include "tools/histogram.h"

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
        cmocka_unit_test(counts_are_sorted_and_bounded),
        cmocka_unit_test(buckets_hold_every_number),
        cmocka_unit_test(counting_survives_that_memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
