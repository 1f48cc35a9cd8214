/* Outlet, the end: what is left is dropped, and counted.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/outlet_inside.h"

void tm_outlet_count_lost(tm_outlet *o, const tm_batch *batch)
{
    if (o->ending && !tm_batch_is_awaited(batch))
        o->lost += batch->spans;
}

static void drop(tm_outlet *o, tm_batch *batch)
{
    tm_series_add(o->failed, batch->spans);
    tm_outlet_count_lost(o, batch);
    tm_batch_end(batch, TM_STATUS_UNAVAILABLE);
}

uint64_t tm_outlet_free(tm_outlet *o)
{
    if (!o)
        return 0;
    tm_outlet_turn_away(o);
    o->sender->free(o->sender); /* ends what is under way */
    while (o->pauses) {
        tm_pause *pause = o->pauses;
        o->pauses = pause->next;
        drop(o, pause->batch);
        tm_timer_free(pause->timer);
        tm_heap_free(NULL, pause);
    }
    tm_lanes_flush(&o->lanes, UINT64_MAX);
    for (tm_batch *batch; (batch = tm_lanes_take(&o->lanes)) != NULL;)
        drop(o, batch);
    while (o->ready) {
        tm_batch *batch = o->ready;
        o->ready = batch->next;
        drop(o, batch);
    }
    uint64_t lost = o->lost;
    if (lost)
        tm_log_error(o->options.log, "spans were lost at the end",
                     TM_LOG_OWN("exporter", o->exporter), TM_LOG_UINT("spans", lost));
    tm_outlet_close_metrics(o);
    tm_timer_free(o->timer);
    tm_lanes_reset(&o->lanes);
    pthread_mutex_destroy(&o->lock);
    tm_heap_free(NULL, o);
    return lost;
}
