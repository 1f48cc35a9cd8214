/* Exporter, batching: how its batches are formed may change while it runs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/exporter_inside.h"

/* Series are opened and given back without the lock: whoever prints them locks the registry first,
 * and then asks exporters. */

bool tm_exporter_add_batcher(tm_exporter *o, const tm_batch_limits *limits)
{
    tm_batch_series *series = tm_heap_alloc(NULL, sizeof *series);
    if (!series)
        return false;
    *series = (tm_batch_series){0};
    tm_exporter_open_batches(o, limits, series);
    tm_exporter_open_ledger(o, limits, 0, series);
    pthread_mutex_lock(&o->lock);
    const uint32_t number = o->batchers.count;
    tm_batch_series **grown = tm_heap_grow(NULL, o->batched, (number + 1) * sizeof *o->batched);
    if (grown) {
        o->batched = grown;
        o->batched[number] = series;
    }
    const bool added = grown && tm_batchers_add(&o->batchers, limits);
    pthread_mutex_unlock(&o->lock);
    if (!added) {
        tm_exporter_close_batches(series->owner);
        tm_heap_free(NULL, series);
    }
    return added;
}

void tm_exporter_limit(tm_exporter *o, uint32_t number, const tm_batch_limits *limits)
{
    tm_batch_series next = {0};
    tm_exporter_open_batches(o, limits,
                             &next); /* before the last ones go: those of one processor */
    pthread_mutex_lock(&o->lock);
    tm_batch_series *b = o->batched[number], before = *b;
    next.ledger = b->ledger;
    next.told_by_size = b->told_by_size;
    next.told_by_time = b->told_by_time;
    *b = next;
    o->batchers.batcher[number].limits = *limits;
    const bool asleep = !o->woken;
    o->woken = true;
    pthread_mutex_unlock(&o->lock);
    tm_exporter_close_batches(before.owner);
    if (asleep) /* what is open may be due sooner */
        tm_loop_send(o->options.home, &o->letter);
}
