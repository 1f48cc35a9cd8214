/* Exporters, life: they come into force, leave, and go when they have sent what they had.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/kinds.h"
#include "pipe/exporter_limits.h"
#include "pipe/exporters.h"

static void unlink_exporter(tm_exporters *all, tm_shared_exporter *e)
{
    pthread_mutex_lock(&all->lock);
    tm_shared_exporter **at = &all->first;
    while (*at != e)
        at = &(*at)->next;
    *at = e->next;
    pthread_mutex_unlock(&all->lock);
}

static uint64_t drop(tm_shared_exporter *e)
{
    unlink_exporter(e->all, e);
    e->all->dropped += tm_exporter_dropped(e->exporter);
    const uint64_t lost = tm_exporter_free(e->exporter);
    tm_arena_free(e->arena);
    tm_heap_free(NULL, e);
    return lost;
}

uint64_t tm_exporters_drop(tm_exporters *all)
{
    uint64_t lost = 0;
    while (all->first)
        lost += drop(all->first);
    return lost;
}

/* ---- configurations -------------------------------------------------------------------------- */

void tm_exporters_undo(tm_exporters *all)
{
    for (tm_shared_exporter *next, *e = all->first; e; e = next) {
        next = e->next;
        if (e->stage == TM_EXPORTER_FRESH)
            drop(e);
    }
    for (tm_shared_exporter *e = all->first; e; e = e->next)
        if (e->stage == TM_EXPORTER_LIVE)
            tm_exporter_bind_metrics(e->exporter);
}

/* Forms batches by what the pipelines want now; false when no pipeline names it. */
static bool settle(tm_shared_exporter *e, const tm_settings *settings)
{
    bool named = false;
    for (size_t i = 0; i < settings->pipeline_count; i++) {
        const tm_pipeline_settings *pipeline = &settings->pipelines[i];
        for (size_t k = 0; k < pipeline->exporter_count; k++) {
            uint32_t number;
            if (!tm_text_equal(pipeline->exporters[k]->id, e->id) ||
                !tm_shared_exporter_batcher(e, pipeline->id, &number))
                continue;
            const tm_batch_limits limits = tm_pipeline_limits(pipeline, pipeline->exporters[k]);
            tm_exporter_limit(e->exporter, number, &limits);
            named = true;
        }
    }
    return named;
}

void tm_exporters_commit(tm_exporters *all, const tm_settings *settings)
{
    for (tm_shared_exporter *e = all->first; e; e = e->next) {
        if (e->stage > TM_EXPORTER_LIVE)
            continue;
        const bool newest = tm_exporters_newest(all, e->id) == e;
        e->stage = newest && settle(e, settings) ? TM_EXPORTER_LIVE : TM_EXPORTER_LEFT;
    }
}

static void go(void *argument)
{
    tm_shared_exporter *e = argument;
    if (!e->all->ending)
        drop(e);
}

/* Its own letters to the home loop may still be on their way: ours comes after them. */
static void emptied(void *owner)
{
    tm_shared_exporter *e = owner;
    tm_log_info(e->all->log, "an exporter has left", TM_LOG_OWN("exporter", e->id));
    e->letter = (tm_letter){.call = go, .argument = e};
    tm_loop_send(e->all->home, &e->letter);
}

void tm_exporters_sweep(tm_exporters *all)
{
    for (tm_shared_exporter *e = all->first; e && !all->ending; e = e->next)
        if (e->stage == TM_EXPORTER_LEFT) {
            e->stage = TM_EXPORTER_CLOSING;
            tm_exporter_close(e->exporter, emptied, e);
        }
}

/* ---- all of them ----------------------------------------------------------------------------- */

void tm_exporters_cancel(tm_exporters *all, const tm_waiter *waiter)
{
    pthread_mutex_lock(&all->lock);
    for (tm_shared_exporter *e = all->first; e; e = e->next)
        tm_exporter_cancel(e->exporter, waiter);
    pthread_mutex_unlock(&all->lock);
}

void tm_exporters_drain(tm_exporters *all)
{
    all->ending = true;
    for (tm_shared_exporter *e = all->first; e; e = e->next)
        tm_exporter_drain(e->exporter);
}

uint32_t tm_exporters_count(const tm_exporters *all)
{
    uint32_t n = 0;
    for (tm_shared_exporter *e = all->first; e; e = e->next)
        n++;
    return n;
}

void tm_exporters_close(tm_exporters *all, void (*closed)(void *owner), void *owner)
{
    all->ending = true;
    for (tm_shared_exporter *e = all->first; e; e = e->next)
        tm_exporter_close(e->exporter, closed, owner);
}
