/* Exporter, waiting: chunks whose clients wait for room in the queue.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/deliveries.h"
#include "pipe/exporter_inside.h"

bool tm_exporter_wait(tm_exporter *o, uint32_t number, tm_chunk *chunk, tm_text key,
                      tm_waiter *waiter)
{
    tm_waiting_chunk *waiting = tm_heap_alloc(NULL, sizeof *waiting + key.n);
    if (!waiting)
        return false;
    *waiting = (tm_waiting_chunk){.batcher = number,
                                  .chunk = chunk,
                                  .waiter = waiter,
                                  .key = tm_text_slice(waiting + 1, key.n)};
    if (key.n)
        memcpy(waiting + 1, key.p, key.n);
    atomic_fetch_add(&waiter->holders, 1);
    atomic_fetch_add(&o->blocked, 1);
    *o->last_waiting = waiting;
    o->last_waiting = &waiting->next;
    return true;
}

/* Takes *at out of the list. Under the lock. */
static tm_waiting_chunk *pick(tm_exporter *o, tm_waiting_chunk **at)
{
    tm_waiting_chunk *waiting = *at;
    atomic_fetch_sub(&o->blocked, 1);
    *at = waiting->next;
    if (o->last_waiting == &waiting->next)
        o->last_waiting = at;
    return waiting;
}

static void refuse_waiting(tm_exporter *o, tm_waiting_chunk *waiting, tm_status_code code)
{
    const tm_ledger *ledger = &o->batched[waiting->batcher]->ledger;
    tm_registry_begin(o->options.registry);
    tm_series_add(o->full, waiting->chunk->spans);
    tm_ledger_leave(ledger, ledger->refused, waiting->chunk->spans);
    tm_registry_end(o->options.registry);
    tm_deliveries_refuse(waiting->chunk->origin, o->id);
    tm_chunk_unref(waiting->chunk);
    tm_waiter_let_go(waiting->waiter, code);
    tm_heap_free(NULL, waiting);
}

void tm_exporter_admit(tm_exporter *o)
{
    for (;;) {
        pthread_mutex_lock(&o->lock);
        bool room = o->waiting && tm_store_has_room(o->store, o->waiting->chunk->spans,
                                                    o->waiting->chunk->run.bytes);
        tm_waiting_chunk *waiting = room ? pick(o, &o->waiting) : NULL;
        bool taken = waiting && tm_exporter_store(o, waiting->batcher, waiting->chunk, waiting->key,
                                                  waiting->waiter);
        pthread_mutex_unlock(&o->lock);
        if (!waiting)
            return;
        if (!taken) {
            refuse_waiting(o, waiting, TM_STATUS_UNAVAILABLE);
            continue;
        }
        tm_waiter_let_go(waiting->waiter, TM_STATUS_OK);
        tm_heap_free(NULL, waiting);
    }
}

/* The first of the waiter's, or NULL. */
static tm_waiting_chunk *pick_of(tm_exporter *o, const tm_waiter *waiter)
{
    pthread_mutex_lock(&o->lock);
    tm_waiting_chunk **at = &o->waiting;
    while (*at && (*at)->waiter != waiter)
        at = &(*at)->next;
    tm_waiting_chunk *waiting = *at ? pick(o, at) : NULL;
    pthread_mutex_unlock(&o->lock);
    return waiting;
}

void tm_exporter_cancel(tm_exporter *o, const tm_waiter *waiter)
{
    for (tm_waiting_chunk *waiting;
         (waiting = pick_of(o, waiter)) != NULL;) /* one a pipeline at most */
        refuse_waiting(o, waiting, TM_STATUS_CANCELLED);
}

void tm_exporter_refuse_waiting(tm_exporter *o)
{
    while (o->waiting)
        refuse_waiting(o, pick(o, &o->waiting), TM_STATUS_UNAVAILABLE);
}
