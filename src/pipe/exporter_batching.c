/* Exporter, batching: how its batches are formed may change while it runs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/exporter_inside.h"

bool tm_exporter_add_batcher(tm_exporter *o, const tm_batch_limits *limits)
{
    pthread_mutex_lock(&o->lock);
    const uint32_t number = o->batchers.count;
    tm_batch_series *grown = tm_heap_grow(NULL, o->batched, (number + 1) * sizeof *o->batched);
    if (grown) {
        o->batched = grown;
        o->batched[number] = (tm_batch_series){0};
    }
    const bool added = grown && tm_batchers_add(&o->batchers, limits);
    if (added)
        tm_exporter_open_batches(o, number);
    pthread_mutex_unlock(&o->lock);
    return added;
}

void tm_exporter_limit(tm_exporter *o, uint32_t number, const tm_batch_limits *limits)
{
    pthread_mutex_lock(&o->lock);
    o->batchers.batcher[number].limits = *limits;
    tm_exporter_open_batches(o, number);
    const bool asleep = !o->woken;
    o->woken = true;
    pthread_mutex_unlock(&o->lock);
    if (asleep) /* what is open may be due sooner */
        tm_loop_send(o->options.home, &o->letter);
}
