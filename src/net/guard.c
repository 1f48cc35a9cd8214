/* Guard: token buckets and ratios.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/guard.h"

#include "base/clock.h"

enum { FREE_BYTES = 1024 * 1024, MAX_STRIKES = 2, HEAD_BYTES = 9, DATA = 0, PADDED = 8 };

enum { ONE = 1000 }; /* of a bucket's units, of which per_second come back in a millisecond */

bool tm_bucket_take(tm_bucket *bucket, unsigned burst, unsigned per_second, uint64_t now_ms)
{
    uint64_t full = (uint64_t)burst * ONE, refill;
    uint64_t since_ms = tm_elapsed(bucket->last_ms, now_ms);
    if (__builtin_mul_overflow(since_ms, per_second, &refill) || refill > bucket->spent)
        refill = bucket->spent;
    bucket->spent -= refill;
    if (now_ms > bucket->last_ms)
        bucket->last_ms = now_ms;
    if (bucket->spent + ONE > full)
        return false;
    bucket->spent += ONE;
    return true;
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
    bool early = guard->last_ping_ms && tm_elapsed(guard->last_ping_ms, now_ms) < least_ms;
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

/* With the length of the padding. */
static unsigned size_of_head(const uint8_t *head, uint32_t length)
{
    return HEAD_BYTES + (head[3] == DATA && (head[4] & PADDED) && length > 0);
}

/* Takes one more byte of a frame's head. */
static void read_head(tm_guard *guard, uint8_t byte)
{
    uint8_t *head = guard->head;
    head[guard->head_bytes++] = byte;
    if (guard->head_bytes < HEAD_BYTES)
        return;
    uint32_t length = (uint32_t)head[0] << 16 | (uint32_t)head[1] << 8 | head[2];
    unsigned size = size_of_head(head, length);
    if (guard->head_bytes < size)
        return;
    uint32_t padding = size > HEAD_BYTES ? head[HEAD_BYTES] : 0;
    guard->head_bytes = 0;
    guard->skip_bytes = length - (size - HEAD_BYTES);
    if (head[3] == DATA && padding < guard->skip_bytes)
        guard->payload_bytes += guard->skip_bytes - padding;
}

void tm_guard_read(tm_guard *guard, tm_text bytes)
{
    while (bytes.n > 0) {
        size_t n = guard->skip_bytes < bytes.n ? guard->skip_bytes : bytes.n;
        guard->skip_bytes -= (uint32_t)n;
        bytes = tm_text_skip(bytes, n);
        for (; guard->skip_bytes == 0 && bytes.n > 0; bytes = tm_text_skip(bytes, 1))
            read_head(guard, (uint8_t)*bytes.p);
    }
}
