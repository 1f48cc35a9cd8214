/* Guard: token buckets and ratios.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/guard.h"

enum { FREE_BYTES = 1024 * 1024, MAX_STRIKES = 2 };

bool tm_bucket_take(tm_bucket *bucket, unsigned burst, unsigned per_second, uint64_t now_ms)
{
    uint64_t refill = (now_ms - bucket->last_ms) * per_second;
    bucket->spent -= refill < bucket->spent ? refill : bucket->spent;
    bucket->last_ms = now_ms;
    bucket->spent += 1000;
    return bucket->spent <= (uint64_t)burst * 1000;
}

bool tm_guard_reset(tm_guard *guard, uint64_t now_ms)
{
    return tm_bucket_take(&guard->resets, 100, 10, now_ms);
}

bool tm_guard_settings(tm_guard *guard, uint64_t now_ms)
{
    return tm_bucket_take(&guard->settings, 10, 1, now_ms);
}

bool tm_guard_traffic(const tm_guard *guard)
{
    return guard->total_bytes / 8 <= guard->payload_bytes + FREE_BYTES;
}

bool tm_guard_ping(tm_guard *guard, uint64_t least_ms, uint64_t now_ms)
{
    bool early = guard->last_ping_ms && now_ms - guard->last_ping_ms < least_ms;
    guard->last_ping_ms = now_ms ? now_ms : 1;
    if (early)
        guard->ping_strikes++;
    return tm_bucket_take(&guard->pings, 1000, 100, now_ms) && guard->ping_strikes <= MAX_STRIKES;
}

void tm_guard_answered(tm_guard *guard)
{
    guard->ping_strikes = 0;
    guard->last_ping_ms = 0;
}
