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
    assert_true(tm_bucket_take(&bucket, 10, 1, 7000));
    assert_false(tm_bucket_take(&bucket, 10, 1, 7000));
}

static void what_is_refused_costs_nothing(void **state)
{
    (void)state;
    tm_bucket bucket = {0};
    for (int i = 0; i < 1000; i++)
        assert_int_equal(tm_bucket_take(&bucket, 10, 1, 5000), i < 10);
    assert_true(tm_bucket_take(&bucket, 10, 1, 6000));
    assert_false(tm_bucket_take(&bucket, 10, 1, 6000));
}

/* The product of the two would be 0 modulo 2^64. */
static void a_long_pause_refills_all_of_a_bucket(void **state)
{
    (void)state;
    tm_bucket bucket = {0};
    for (int i = 0; i < 10; i++)
        assert_true(tm_bucket_take(&bucket, 10, 1u << 31, 1));
    assert_false(tm_bucket_take(&bucket, 10, 1u << 31, 1));
    assert_true(tm_bucket_take(&bucket, 10, 1u << 31, 1 + ((uint64_t)1 << 33)));
}

static void a_clock_that_goes_back_refills_nothing(void **state)
{
    (void)state;
    tm_bucket bucket = {0};
    for (int i = 0; i < 10; i++)
        assert_true(tm_bucket_take(&bucket, 10, 1, 5000));
    assert_false(tm_bucket_take(&bucket, 10, 1, 4000));
    assert_false(tm_bucket_take(&bucket, 10, 1, 5000));
    assert_true(tm_bucket_take(&bucket, 10, 1, 6000));
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

/* A preface, SETTINGS, then DATA of 300 bytes for a stream, of 5 for another, and of 2 and 6 of
 * padding for that. */
static void data_is_payload_whatever_its_stream_and_however_it_is_cut(void **state)
{
    (void)state;
    char bytes[24 + 9 + 6 + 9 + 300 + 9 + 5 + 9 + 9] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    memcpy(bytes + 24, "\0\0\6\4\0\0\0\0\0", 9);
    memcpy(bytes + 39, "\0\1\x2c\0\0\0\0\0\1", 9);
    memcpy(bytes + 348, "\0\0\5\0\1\0\0\0\3", 9);
    memcpy(bytes + 362, "\0\0\x9\0\x9\0\0\0\3\6", 10);
    for (size_t piece = 1; piece <= sizeof bytes; piece++) {
        tm_guard guard = {.skip_bytes = 24};
        for (size_t at = 0; at < sizeof bytes; at += piece) {
            size_t n = sizeof bytes - at < piece ? sizeof bytes - at : piece;
            tm_guard_read(&guard, tm_text_slice(bytes + at, n));
        }
        assert_int_equal(guard.payload_bytes, 307);
        assert_int_equal(guard.skip_bytes, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bucket_empties_and_refills),
        cmocka_unit_test(what_is_refused_costs_nothing),
        cmocka_unit_test(a_long_pause_refills_all_of_a_bucket),
        cmocka_unit_test(a_clock_that_goes_back_refills_nothing),
        cmocka_unit_test(the_third_early_ping_is_too_many),
        cmocka_unit_test(overhead_without_payload_is_a_flood),
        cmocka_unit_test(data_is_payload_whatever_its_stream_and_however_it_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
