/* Guard: what one peer may do before it counts as abuse.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void a_bucket_empties_and_refills(void **state)
{
    (void)state;
    tm_bucket bucket = {0};
    for (int i = 0; i < 10; i++)
        assert_true(tm_bucket_take(&bucket, 10, 1, 5000));
    assert_false(tm_bucket_take(&bucket, 10, 1, 5000));
    assert_true(tm_bucket_take(&bucket, 10, 1, 7000));
    assert_false(tm_bucket_take(&bucket, 10, 1, 7000));
}

static void the_third_early_ping_is_too_many(void **state)
{
    (void)state;
    tm_guard guard = {0};
    assert_true(tm_guard_ping(&guard, 10000, 1000));
    assert_true(tm_guard_ping(&guard, 10000, 2000));
    assert_true(tm_guard_ping(&guard, 10000, 3000));
    assert_false(tm_guard_ping(&guard, 10000, 4000));
    tm_guard_answered(&guard);
    for (uint64_t ms = 5000; ms < 500000; ms += 10000)
        assert_true(tm_guard_ping(&guard, 10000, ms));
}

static void overhead_without_payload_is_a_flood(void **state)
{
    (void)state;
    tm_guard guard = {.total_bytes = 8 << 20};
    assert_true(tm_guard_traffic(&guard));
    guard.total_bytes += 8;
    assert_false(tm_guard_traffic(&guard));
    guard.payload_bytes = 1;
    assert_true(tm_guard_traffic(&guard));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bucket_empties_and_refills),
        cmocka_unit_test(the_third_early_ping_is_too_many),
        cmocka_unit_test(overhead_without_payload_is_a_flood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
