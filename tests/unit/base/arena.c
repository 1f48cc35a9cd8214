/* Arenas: marks, bounds, and what outlives a reset.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void count_clean(void *what)
{
    ++*(int *)what;
}

static void what_came_after_a_mark_is_given_back(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    int cleaned = 0, older = 0;
    tm_arena_cleanup(arena, count_clean, &older);
    char *kept = tm_arena_alloc(arena, 100);
    memset(kept, 7, 100);
    const size_t used = tm_arena_used(arena);
    for (int i = 0; i < 3; i++) {
        const tm_arena_mark mark = tm_arena_save(arena);
        tm_arena_cleanup(arena, count_clean, &cleaned);
        for (int k = 0; k < 100; k++)
            memset(tm_arena_alloc(arena, 10000), 9, 10000);
        tm_arena_restore(arena, mark);
        assert_int_equal(tm_arena_used(arena), used);
        assert_int_equal(cleaned, i + 1);
    }
    assert_int_equal(older, 0);
    assert_int_equal(kept[99], 7);
    char *next = tm_arena_alloc(arena, 16);
    assert_true(next == kept + 112);
    tm_arena_free(arena);
    assert_int_equal(older, 1);
}

typedef struct counting {
    long taken, held;
} counting;

static void *counted_alloc(void *owner, size_t size)
{
    counting *c = owner;
    c->taken++;
    c->held++;
    return malloc(size);
}

static void *counted_grow(void *owner, void *block, size_t size)
{
    (void)owner;
    return realloc(block, size);
}

static void counted_drop(void *owner, void *block)
{
    ((counting *)owner)->held -= block != NULL;
    free(block);
}

static void saving_and_restoring_asks_the_heap_for_nothing(void **state)
{
    (void)state;
    counting c = {0};
    const tm_heap heap = {counted_alloc, counted_grow, counted_drop, &c};
    tm_arena *arena = tm_arena_new(&heap);
    tm_arena_alloc(arena, 4000);
    long warm = 0;
    for (int i = 0; i < 100; i++) {
        const tm_arena_mark mark = tm_arena_save(arena);
        tm_arena_alloc(arena, 3000);
        tm_arena_restore(arena, mark);
        if (i == 0)
            warm = c.taken;
    }
    assert_int_equal(c.taken, warm);
    tm_arena_free(arena);
    assert_int_equal(c.held, 0);
}

static void large_blocks_do_not_outlive_a_reset(void **state)
{
    (void)state;
    counting c = {0};
    const tm_heap heap = {counted_alloc, counted_grow, counted_drop, &c};
    tm_arena *arena = tm_arena_new(&heap);
    tm_arena_alloc(arena, 5 << 20);
    assert_int_equal(c.held, 2);
    tm_arena_reset(arena);
    assert_int_equal(c.held, 1);
    tm_arena_alloc(arena, 1000);
    tm_arena_reset(arena);
    assert_int_equal(c.held, 2);
    tm_arena_free(arena);
}

static void nor_do_those_that_an_empty_arena_had_given_back(void **state)
{
    (void)state;
    counting c = {0};
    const tm_heap heap = {counted_alloc, counted_grow, counted_drop, &c};
    tm_arena *arena = tm_arena_new(&heap);
    const tm_arena_mark mark = tm_arena_save(arena);
    tm_arena_alloc(arena, 5 << 20);
    tm_arena_restore(arena, mark);
    assert_int_equal(c.held, 2);
    tm_arena_reset(arena);
    assert_int_equal(c.held, 1);
    tm_arena_free(arena);
}

/* Megabytes that are taken until the quota is used up. */
typedef struct filling {
    tm_arena *arena;
    tm_work work;
    int blocks;
} filling;

static void fill(void *argument)
{
    filling *f = argument;
    for (; f->blocks < 100; f->blocks++) {
        assert_int_equal(tm_work_charge(&f->work, 1), f->blocks <= 7);
        tm_arena_alloc(f->arena, 1 << 20);
    }
}

static void a_quota_ends_the_work_and_then_the_arena(void **state)
{
    (void)state;
    filling f = {.arena = tm_arena_new(NULL)};
    tm_arena *other = tm_arena_new(NULL);
    tm_quota quota = {.most = 8 << 20, .work = &f.work};
    tm_arena_share(f.arena, &quota);
    tm_arena_share(other, &quota);
    tm_arena_alloc(other, 1 << 20);
    assert_false(tm_arena_try(f.arena, fill, &f));
    assert_in_range(f.blocks, 14, 15);
    assert_true(quota.over);
    tm_arena_reset(f.arena);
    tm_arena_free(f.arena);
    assert_int_equal(quota.held, 1 << 20);
    tm_arena_free(other);
    assert_int_equal(quota.held, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_came_after_a_mark_is_given_back),
        cmocka_unit_test(saving_and_restoring_asks_the_heap_for_nothing),
        cmocka_unit_test(large_blocks_do_not_outlive_a_reset),
        cmocka_unit_test(nor_do_those_that_an_empty_arena_had_given_back),
        cmocka_unit_test(a_quota_ends_the_work_and_then_the_arena),
    };
    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
