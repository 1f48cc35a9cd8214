/* Outlet, late: chunks whose clients wait for room in the queue.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/outlet_inside.h"

bool tm_outlet_put_off(tm_outlet *o, uint32_t lane, tm_chunk *chunk, tm_text key, tm_waiter *waiter)
{
    tm_late *late = tm_heap_alloc(NULL, sizeof *late + key.n);
    if (!late)
        return false;
    *late = (tm_late){
        .lane = lane, .chunk = chunk, .waiter = waiter, .key = tm_text_slice(late + 1, key.n)};
    if (key.n)
        memcpy(late + 1, key.p, key.n);
    atomic_fetch_add(&waiter->holders, 1);
    *o->last_late = late;
    o->last_late = &late->next;
    return true;
}

/* Takes *at out of the list. Under the lock. */
static tm_late *pick(tm_outlet *o, tm_late **at)
{
    tm_late *late = *at;
    *at = late->next;
    if (o->last_late == &late->next)
        o->last_late = at;
    return late;
}

static void turn_away(tm_outlet *o, tm_late *late, tm_status_code code)
{
    tm_series_add(o->full, late->chunk->spans);
    tm_chunk_unref(late->chunk);
    tm_waiter_let_go(late->waiter, code);
    tm_heap_free(NULL, late);
}

void tm_outlet_admit(tm_outlet *o)
{
    uint64_t now_ms = tm_clock_monotonic_ns(o->options.clock) / 1000000;
    for (;;) {
        pthread_mutex_lock(&o->lock);
        bool room = o->late && tm_outlet_load(o) < o->capacity;
        tm_late *late = room ? pick(o, &o->late) : NULL;
        bool taken = late && tm_former_add(&o->lanes.former[late->lane], late->chunk, late->key,
                                           o->waits ? late->waiter : NULL, now_ms);
        pthread_mutex_unlock(&o->lock);
        if (!late)
            return;
        if (!taken) {
            turn_away(o, late, TM_STATUS_UNAVAILABLE);
            continue;
        }
        tm_waiter_let_go(late->waiter, TM_STATUS_OK);
        tm_heap_free(NULL, late);
    }
}

/* The first of the waiter's, or NULL. */
static tm_late *pick_of(tm_outlet *o, const tm_waiter *waiter)
{
    pthread_mutex_lock(&o->lock);
    tm_late **at = &o->late;
    while (*at && (*at)->waiter != waiter)
        at = &(*at)->next;
    tm_late *late = *at ? pick(o, at) : NULL;
    pthread_mutex_unlock(&o->lock);
    return late;
}

void tm_outlet_forget(tm_outlet *o, const tm_waiter *waiter)
{
    for (tm_late *late; (late = pick_of(o, waiter)) != NULL;) /* one a pipeline at most */
        turn_away(o, late, TM_STATUS_CANCELLED);
}

void tm_outlet_turn_away(tm_outlet *o)
{
    while (o->late)
        turn_away(o, pick(o, &o->late), TM_STATUS_UNAVAILABLE);
}
