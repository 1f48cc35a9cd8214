/* Lanes: several formers, asked as one.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/lanes.h"

bool tm_lanes_init(tm_lanes *lanes, const tm_batch_limits *limits, uint32_t count)
{
    *lanes = (tm_lanes){.former = tm_heap_alloc(NULL, count * sizeof *lanes->former)};
    if (!lanes->former)
        return false;
    for (; lanes->count < count; lanes->count++)
        lanes->former[lanes->count] = (tm_former){.limits = limits[lanes->count]};
    return true;
}

void tm_lanes_reset(tm_lanes *lanes)
{
    tm_heap_free(NULL, lanes->former);
    *lanes = (tm_lanes){0};
}

tm_lanes_sum tm_lanes_count(const tm_lanes *lanes)
{
    tm_lanes_sum sum = {0};
    for (uint32_t i = 0; i < lanes->count; i++) {
        const tm_former *f = &lanes->former[i];
        sum.full += f->full;
        sum.spans += f->spans;
        sum.bytes += f->bytes;
        sum.requests += f->requests;
    }
    return sum;
}

bool tm_lanes_are_empty(const tm_lanes *lanes)
{
    for (uint32_t i = 0; i < lanes->count; i++)
        if (lanes->former[i].first || lanes->former[i].open)
            return false;
    return true;
}

tm_batch *tm_lanes_take(tm_lanes *lanes)
{
    tm_former *oldest = NULL;
    for (uint32_t i = 0; i < lanes->count; i++) {
        tm_former *f = &lanes->former[i];
        if (f->first && (!oldest || f->first->opened_ms < oldest->first->opened_ms))
            oldest = f;
    }
    tm_batch *batch = oldest ? tm_former_take(oldest) : NULL;
    if (batch)
        batch->lane = (uint32_t)(oldest - lanes->former);
    return batch;
}

static uint64_t due_of(const tm_former *f)
{
    return f->open ? f->open->opened_ms + f->limits.timeout_ms : UINT64_MAX;
}

uint64_t tm_lanes_due(const tm_lanes *lanes)
{
    uint64_t due = UINT64_MAX;
    for (uint32_t i = 0; i < lanes->count; i++)
        if (due_of(&lanes->former[i]) < due)
            due = due_of(&lanes->former[i]);
    return due;
}

void tm_lanes_flush(tm_lanes *lanes, uint64_t now_ms)
{
    for (uint32_t i = 0; i < lanes->count; i++)
        tm_former_flush_due(&lanes->former[i], now_ms);
}

void tm_lanes_hurry(tm_lanes *lanes)
{
    for (uint32_t i = 0; i < lanes->count; i++)
        lanes->former[i].limits.timeout_ms = 0;
    tm_lanes_flush(lanes, UINT64_MAX);
}
