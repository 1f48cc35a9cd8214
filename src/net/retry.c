/* Retry: exponential backoff with jitter, in the shape of the Collector's.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/retry.h"

tm_retry_policy tm_retry_of_requests(void)
{
    return (tm_retry_policy){
        .initial_ms = 5000,
        .max_ms = 30000,
        .max_elapsed_ms = 300000,
        .multiplier = 1.5,
        .randomization = 0.5,
        .max_delay_ms = 300000,
    };
}

tm_retry_policy tm_retry_of_connections(void)
{
    return (tm_retry_policy){
        .initial_ms = 1000,
        .max_ms = 120000,
        .multiplier = 1.6,
        .randomization = 0.2,
    };
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t most(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t first_interval(const tm_retry_policy *policy)
{
    return most(policy->initial_ms, TM_RETRY_LEAST_MS);
}

tm_retry tm_retry_start(const tm_retry_policy *policy, uint64_t now_ms)
{
    return (tm_retry){.start_ms = now_ms, .interval_ms = first_interval(policy)};
}

/* The interval, somewhere between (1 - randomization) and (1 + randomization) of it. */
static uint64_t randomized(const tm_retry_policy *policy, uint64_t interval_ms, double chance)
{
    double spread = policy->randomization * (2 * chance - 1);
    return (uint64_t)((double)interval_ms * (1 + spread));
}

/* An interval that has come down to nothing (multiplier or max_ms 0) starts anew, as the
 * Collector's does. */
static uint64_t grown(const tm_retry_policy *policy, uint64_t interval_ms)
{
    double next = (double)interval_ms * policy->multiplier;
    uint64_t capped = next < (double)policy->max_ms ? (uint64_t)next : policy->max_ms;
    return capped ? capped : first_interval(policy);
}

bool tm_retry_next(tm_retry *retry, const tm_retry_policy *policy, uint64_t now_ms,
                   int64_t server_delay_ms, double chance, uint64_t *wait_ms)
{
    uint64_t delay = server_delay_ms > 0 ? (uint64_t)server_delay_ms : 0;
    uint64_t elapsed = tm_elapsed(retry->start_ms, now_ms);
    uint64_t wait = most(randomized(policy, retry->interval_ms, chance), TM_RETRY_LEAST_MS);
    delay = least(delay, policy->max_delay_ms);
    retry->failures++;
    if (policy->max_elapsed_ms && elapsed + wait > policy->max_elapsed_ms)
        return false;
    if (delay > wait) {
        /* Everybody was told the same delay: spread out behind it. */
        uint64_t room = least(retry->interval_ms, delay);
        wait = delay + (uint64_t)((double)room * policy->randomization * chance);
        if (delay > retry->interval_ms)
            retry->interval_ms = least(delay, policy->max_ms);
    }
    retry->interval_ms = grown(policy, retry->interval_ms);
    *wait_ms = wait;
    return true;
}

double tm_retry_chance(const tm_clock *clock)
{
    uint64_t bits;
    if (!tm_clock_random(clock, &bits, sizeof bits))
        return 0.5;
    return (double)(bits >> 11) * 0x1p-53;
}

bool tm_grpc_is_retryable(tm_status_code code, bool has_retry_info)
{
    switch (code) {
    case TM_STATUS_CANCELLED:
    case TM_STATUS_DEADLINE_EXCEEDED:
    case TM_STATUS_ABORTED:
    case TM_STATUS_OUT_OF_RANGE:
    case TM_STATUS_UNAVAILABLE:
    case TM_STATUS_DATA_LOSS:
        return true;
    case TM_STATUS_RESOURCE_EXHAUSTED:
        return has_retry_info;
    default:
        return false;
    }
}
