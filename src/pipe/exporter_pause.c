/* Exporter, pauses: batches between two tries.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/exporter_inside.h"

void tm_exporter_try(tm_exporter *o, tm_batch *batch)
{
    batch->sent_ns = tm_clock_monotonic_ns(o->options.clock);
    o->sender->send(o->sender, batch);
}

static void try_again(void *argument)
{
    tm_pause *pause = argument;
    tm_exporter *o = pause->exporter;
    tm_batch *batch = pause->batch;
    tm_pause **at = &o->pauses;
    while (*at != pause)
        at = &(*at)->next;
    *at = pause->next;
    tm_timer_free(pause->timer);
    tm_heap_free(NULL, pause);
    tm_exporter_try(o, batch);
}

bool tm_exporter_pause(tm_exporter *o, tm_batch *batch, uint64_t wait_ms)
{
    tm_pause *pause = tm_heap_alloc(NULL, sizeof *pause);
    if (!pause)
        return false;
    *pause = (tm_pause){.next = o->pauses, .exporter = o, .batch = batch};
    pause->timer = tm_timer_new(o->options.home, try_again, pause);
    if (!pause->timer) {
        tm_heap_free(NULL, pause);
        return false;
    }
    o->pauses = pause;
    tm_timer_start(pause->timer, wait_ms);
    return true;
}
