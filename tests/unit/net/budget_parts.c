/* Budget, parts: all that is held has one limit, and some uses end before others.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/budget.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { MIB = 1 << 20 };

static void all_parts_share_one_limit(void **state)
{
    (void)state;
    tm_budget b;
    tm_budget_init(&b, 8 * MIB);
    assert_false(tm_budget_is_short(&b) || tm_budget_is_short(NULL));
    tm_budget_bound(&b, 10 * MIB, 6 * MIB);
    assert_true(tm_budget_reserve(&b, TM_BUDGET_QUEUE, 5 * MIB));
    assert_false(tm_budget_reserve(&b, TM_BUDGET_QUEUE, 2 * MIB));
    assert_false(tm_budget_reserve(&b, TM_BUDGET_MORE, 2 * MIB)); /* although bodies hold nothing */
    assert_false(tm_budget_is_full_of_bodies(&b));
    assert_true(tm_budget_reserve(&b, TM_BUDGET_FIRST, 2 * MIB));
    assert_true(tm_budget_is_short(&b));
    assert_false(tm_budget_is_relieved(&b));
    assert_true(tm_budget_reserve(&b, TM_BUDGET_HEAD, MIB));
    assert_true(tm_budget_reserve(&b, TM_BUDGET_JUDGE, 2 * MIB));
    assert_false(tm_budget_reserve(&b, TM_BUDGET_JUDGE, 1));
    assert_int_equal(tm_budget_held(&b, TM_PART_QUEUED), 5 * MIB);
    tm_budget_add(&b, TM_PART_QUEUED, MIB); /* what is under way is never refused */
    assert_int_equal(b.all, 11 * MIB);
    tm_budget_return(&b, TM_PART_QUEUED, 6 * MIB);
    assert_false(tm_budget_is_short(&b));
    assert_true(tm_budget_is_relieved(&b));
    tm_budget_bound(&b, SIZE_MAX, SIZE_MAX);
    assert_true(tm_budget_reserve(&b, TM_BUDGET_QUEUE, (size_t)1 << 40));
    assert_true(tm_budget_is_full_of_bodies(&b));
}

static void a_heap_takes_its_blocks_out_of_the_budget(void **state)
{
    (void)state;
    tm_budget b;
    tm_budget_heap heap;
    tm_budget_init(&b, 0);
    tm_budget_bound(&b, 2 * MIB, 2 * MIB);
    tm_budget_heap_init(&heap, &b);
    void *block = tm_heap_alloc(&heap.heap, MIB / 2);
    assert_non_null(block);
    assert_true(tm_budget_held(&b, TM_PART_JUDGED) >= MIB / 2);
    assert_null(tm_heap_grow(&heap.heap, block, 2 * MIB)); /* it would stand there twice */
    block = tm_heap_grow(&heap.heap, block, MIB);
    assert_non_null(block);
    assert_in_range(tm_budget_held(&b, TM_PART_JUDGED), MIB, MIB + 65536);
    assert_null(tm_heap_alloc(&heap.heap, MIB + 1));
    tm_heap_free(&heap.heap, block);
    assert_int_equal(b.all, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_parts_share_one_limit),
        cmocka_unit_test(a_heap_takes_its_blocks_out_of_the_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
