/* Retry: waits, limits and what a server asks for.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static uint64_t wait_of(tm_retry *retry, const tm_retry_policy *policy, uint64_t now, int64_t delay,
                        double chance)
{
    uint64_t wait = UINT64_MAX;
    assert_true(tm_retry_next(retry, policy, now, delay, chance, &wait));
    return wait;
}

static void waits_grow_by_half_up_to_thirty_seconds(void **state)
{
    (void)state;
    tm_retry_policy policy = tm_retry_of_requests();
    tm_retry retry = tm_retry_start(&policy, 1000);
    const uint64_t expected[] = {5000, 7500, 11250, 16875, 25312, 30000, 30000};
    for (size_t i = 0; i < 7; i++)
        assert_int_equal(wait_of(&retry, &policy, 1000, -1, 0.5), expected[i]);
    assert_int_equal(retry.failures, 7);
}

static void chance_spreads_a_wait_to_half_of_it_on_either_side(void **state)
{
    (void)state;
    tm_retry_policy policy = tm_retry_of_requests();
    tm_retry low = tm_retry_start(&policy, 0), high = low;
    assert_int_equal(wait_of(&low, &policy, 0, -1, 0), 2500);
    assert_in_range(wait_of(&high, &policy, 0, -1, 0.9999999), 7499, 7500);
}

static void a_request_is_given_up_when_the_next_try_would_come_too_late(void **state)
{
    (void)state;
    tm_retry_policy policy = tm_retry_of_requests();
    tm_retry retry = tm_retry_start(&policy, 1000);
    uint64_t wait = 7;
    assert_int_equal(wait_of(&retry, &policy, 296000, -1, 0.5), 5000);
    assert_false(tm_retry_next(&retry, &policy, 296000, -1, 0.5, &wait));
    assert_int_equal(wait, 7);
    policy.max_elapsed_ms = 0;
    assert_true(tm_retry_next(&retry, &policy, UINT64_MAX, -1, 0.5, &wait));
}

static void a_servers_delay_is_the_least_wait_and_the_base_of_the_next(void **state)
{
    (void)state;
    tm_retry_policy policy = tm_retry_of_requests();
    tm_retry retry = tm_retry_start(&policy, 0);
    assert_int_equal(wait_of(&retry, &policy, 0, 12000, 0), 12000);
    assert_int_equal(wait_of(&retry, &policy, 0, -1, 0.5), 18000);
    retry = tm_retry_start(&policy, 0);
    assert_in_range(wait_of(&retry, &policy, 0, 12000, 0.999), 14000, 14500);
    retry = tm_retry_start(&policy, 0);
    assert_int_equal(wait_of(&retry, &policy, 0, 1000, 0.5), 5000); /* less than the own wait */
    assert_int_equal(wait_of(&retry, &policy, 0, 0, 0.5), 7500);
}

static void a_servers_long_delay_is_capped_and_costs_no_request(void **state)
{
    (void)state;
    tm_retry_policy policy = tm_retry_of_requests();
    tm_retry retry = tm_retry_start(&policy, 0);
    assert_int_equal(wait_of(&retry, &policy, 290000, INT64_MAX, 0), 300000);
    uint64_t wait;
    assert_false(tm_retry_next(&retry, &policy, 590000, -1, 0.5, &wait));
}

static void no_policy_makes_a_busy_loop(void **state)
{
    (void)state;
    static const tm_retry_policy policies[] = {
        {0},
        {.initial_ms = 0, .max_ms = 30000, .multiplier = 0},
        {.initial_ms = 0, .max_ms = 30000, .multiplier = 1, .randomization = 1},
        {.initial_ms = 1, .max_ms = 1, .multiplier = 1.5, .randomization = 1},
        {.initial_ms = 0, .max_ms = 0, .multiplier = 1.5},
        {.initial_ms = 5000, .max_ms = 30000, .multiplier = 0.001, .randomization = 1},
    };
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
        tm_retry retry = tm_retry_start(&policies[i], 0);
        for (int k = 0; k < 50; k++)
            assert_true(wait_of(&retry, &policies[i], 0, k % 2 ? 0 : -1, 0) >= TM_RETRY_LEAST_MS);
    }
}

/* As in the Collector, whose interval is the first one again once it has come down to nothing. */
static void a_multiplier_or_a_most_of_zero_keeps_the_first_interval(void **state)
{
    (void)state;
    static const tm_retry_policy policies[] = {
        {.initial_ms = 5000, .max_ms = 30000, .multiplier = 0},
        {.initial_ms = 5000, .max_ms = 0, .multiplier = 1.5},
    };
    for (size_t i = 0; i < 2; i++) {
        tm_retry retry = tm_retry_start(&policies[i], 0);
        for (int k = 0; k < 5; k++)
            assert_int_equal(wait_of(&retry, &policies[i], 0, -1, 0.5), 5000);
    }
}

static void an_interval_of_zero_grows_from_the_least_wait(void **state)
{
    (void)state;
    tm_retry_policy policy = {.max_ms = 100, .multiplier = 4};
    tm_retry retry = tm_retry_start(&policy, 0);
    const uint64_t expected[] = {10, 40, 100, 100};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(wait_of(&retry, &policy, 0, -1, 0.5), expected[i]);
}

static void connections_are_tried_again_at_grpcs_pace(void **state)
{
    (void)state;
    tm_retry_policy policy = tm_retry_of_connections();
    tm_retry retry = tm_retry_start(&policy, 0);
    const uint64_t expected[] = {1000, 1600, 2560, 4096, 6553};
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(wait_of(&retry, &policy, 0, -1, 0.5), expected[i]);
    for (int i = 0; i < 20; i++)
        wait_of(&retry, &policy, 0, -1, 0.5);
    assert_int_equal(wait_of(&retry, &policy, UINT32_MAX, -1, 0), 96000);
}

static void a_clock_that_steps_back_gives_up_nothing(void **state)
{
    (void)state;
    tm_retry_policy policy = tm_retry_of_requests();
    tm_retry retry = tm_retry_start(&policy, 1000000);
    assert_int_equal(wait_of(&retry, &policy, 0, -1, 0.5), 5000);
}

static bool all_ones(void *owner, void *bytes, size_t n)
{
    memset(bytes, 0xff, n);
    return owner == NULL;
}

static void chances_are_below_one_and_a_half_without_randomness(void **state)
{
    int something;
    (void)state;
    tm_clock clock = {.random = all_ones};
    assert_true(tm_retry_chance(&clock) < 1 && tm_retry_chance(&clock) > 0.9999);
    clock.owner = &something;
    assert_true(tm_retry_chance(&clock) == 0.5);
    double sum = 0;
    for (int i = 0; i < 1000; i++)
        sum += tm_retry_chance(tm_clock_real());
    assert_true(sum > 400 && sum < 600);
}

static void codes_are_retryable_as_otlp_says(void **state)
{
    (void)state;
    const tm_status_code yes[] = {1, 4, 10, 11, 14, 15};
    const tm_status_code no[] = {0, 2, 3, 5, 6, 7, 8, 9, 12, 13, 16};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        assert_true(tm_grpc_is_retryable(yes[i], false));
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        assert_false(tm_grpc_is_retryable(no[i], false));
    assert_true(tm_grpc_is_retryable(TM_STATUS_RESOURCE_EXHAUSTED, true));
    assert_false(tm_grpc_is_retryable(TM_STATUS_INTERNAL, true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_grow_by_half_up_to_thirty_seconds),
        cmocka_unit_test(chance_spreads_a_wait_to_half_of_it_on_either_side),
        cmocka_unit_test(a_request_is_given_up_when_the_next_try_would_come_too_late),
        cmocka_unit_test(a_servers_delay_is_the_least_wait_and_the_base_of_the_next),
        cmocka_unit_test(a_servers_long_delay_is_capped_and_costs_no_request),
        cmocka_unit_test(no_policy_makes_a_busy_loop),
        cmocka_unit_test(a_multiplier_or_a_most_of_zero_keeps_the_first_interval),
        cmocka_unit_test(an_interval_of_zero_grows_from_the_least_wait),
        cmocka_unit_test(connections_are_tried_again_at_grpcs_pace),
        cmocka_unit_test(a_clock_that_steps_back_gives_up_nothing),
        cmocka_unit_test(chances_are_below_one_and_a_half_without_randomness),
        cmocka_unit_test(codes_are_retryable_as_otlp_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
