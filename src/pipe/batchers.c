/* Batchers: several batchers, asked as one.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/batchers.h"

bool tm_batchers_init(tm_batchers *batchers, const tm_batch_limits *limits, uint32_t count)
{
    *batchers = (tm_batchers){.batcher = tm_heap_alloc(NULL, count * sizeof *batchers->batcher)};
    if (!batchers->batcher)
        return false;
    for (; batchers->count < count; batchers->count++)
        batchers->batcher[batchers->count] = (tm_batcher){.limits = limits[batchers->count]};
    return true;
}

bool tm_batchers_add(tm_batchers *batchers, const tm_batch_limits *limits)
{
    const size_t bytes = (batchers->count + 1) * sizeof *batchers->batcher;
    tm_batcher *grown = tm_heap_grow(NULL, batchers->batcher, bytes);
    if (!grown)
        return false;
    batchers->batcher = grown;
    batchers->batcher[batchers->count++] = (tm_batcher){.limits = *limits};
    return true;
}

void tm_batchers_reset(tm_batchers *batchers)
{
    tm_heap_free(NULL, batchers->batcher);
    *batchers = (tm_batchers){0};
}

tm_batchers_sum tm_batchers_count(const tm_batchers *batchers)
{
    tm_batchers_sum sum = {0};
    for (uint32_t i = 0; i < batchers->count; i++) {
        const tm_batcher *f = &batchers->batcher[i];
        sum.full += f->full;
        sum.spans += f->spans;
        sum.bytes += f->bytes;
        sum.requests += f->requests;
    }
    return sum;
}

bool tm_batchers_are_empty(const tm_batchers *batchers)
{
    for (uint32_t i = 0; i < batchers->count; i++)
        if (batchers->batcher[i].first || batchers->batcher[i].open)
            return false;
    return true;
}

tm_batch *tm_batchers_take(tm_batchers *batchers)
{
    tm_batcher *oldest = NULL;
    for (uint32_t i = 0; i < batchers->count; i++) {
        tm_batcher *f = &batchers->batcher[i];
        if (f->first && (!oldest || f->first->opened_ms < oldest->first->opened_ms))
            oldest = f;
    }
    tm_batch *batch = oldest ? tm_batcher_take(oldest) : NULL;
    if (batch)
        batch->batcher = (uint32_t)(oldest - batchers->batcher);
    return batch;
}

static uint64_t due_of(const tm_batcher *f)
{
    return f->open ? f->open->opened_ms + f->limits.timeout_ms : UINT64_MAX;
}

uint64_t tm_batchers_due(const tm_batchers *batchers)
{
    uint64_t due = UINT64_MAX;
    for (uint32_t i = 0; i < batchers->count; i++)
        if (due_of(&batchers->batcher[i]) < due)
            due = due_of(&batchers->batcher[i]);
    return due;
}

void tm_batchers_flush(tm_batchers *batchers, uint64_t now_ms)
{
    for (uint32_t i = 0; i < batchers->count; i++)
        tm_batcher_flush_due(&batchers->batcher[i], now_ms);
}

void tm_batchers_drain(tm_batchers *batchers)
{
    for (uint32_t i = 0; i < batchers->count; i++)
        batchers->batcher[i].limits.timeout_ms = 0;
    tm_batchers_flush(batchers, UINT64_MAX);
}
