/* Exporter, the end: what is left is dropped, and counted.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/deliveries.h"
#include "pipe/exporter_inside.h"

void tm_exporter_count_lost(tm_exporter *o, const tm_batch *batch)
{
    if (o->store->kind->durable || tm_batch_is_awaited(batch))
        return;
    if (o->ending)
        o->lost += batch->spans;
    else
        o->dropped += batch->spans;
}

void tm_exporter_note_answer(const tm_exporter *o, const tm_batch *batch, const tm_sent *sent,
                             bool ends)
{
    tm_deliveries_tried(batch, &(tm_delivery_try){.exporter = o->id,
                                                  .code = sent->code,
                                                  .message = sent->message,
                                                  .rejected = sent->rejected,
                                                  .ends = ends});
}

uint64_t tm_exporter_dropped(const tm_exporter *o)
{
    return o->dropped;
}

static void drop(tm_exporter *o, tm_batch *batch)
{
    if (!o->store->kind->durable) /* else it is sent by the next run */
        tm_exporter_count_end(o, batch, 0);
    tm_exporter_count_lost(o, batch);
    tm_batch_end(batch, TM_STATUS_UNAVAILABLE);
}

uint64_t tm_exporter_free(tm_exporter *o)
{
    if (!o)
        return 0;
    o->store->kind->close(o->store);
    tm_exporter_refuse_waiting(o);
    o->sender->free(o->sender); /* ends what is under way */
    while (o->pauses) {
        tm_pause *pause = o->pauses;
        o->pauses = pause->next;
        drop(o, pause->batch);
        tm_timer_free(pause->timer);
        tm_heap_free(NULL, pause);
    }
    tm_batchers_flush(&o->batchers, UINT64_MAX);
    for (tm_batch *batch; (batch = o->store->kind->take(o->store)) != NULL;)
        drop(o, batch);
    while (o->ready) {
        tm_batch *batch = o->ready;
        o->ready = batch->next;
        drop(o, batch);
    }
    uint64_t lost = o->lost;
    if (lost)
        tm_log_error(o->options.log, "spans were lost at the end", TM_LOG_OWN("exporter", o->id),
                     TM_LOG_UINT("spans", lost));
    tm_exporter_close_metrics(o);
    tm_timer_free(o->timer);
    o->store->kind->free(o->store);
    tm_exporter_free_series(o, o->batchers.count);
    tm_batchers_reset(&o->batchers);
    pthread_mutex_destroy(&o->lock);
    tm_heap_free(NULL, o);
    return lost;
}
