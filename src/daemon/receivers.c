/* Receivers: opening them, and what is left of them when they leave.
 * SPDX-License-Identifier: Apache-2.0 */
#include "daemon/receivers.h"

#include "config/kinds.h"
#include "daemon/parts.h"

#include <stdio.h>

enum { GRACE_MS = 10000, LOOK_MS = 50 };

/* A look at what still waits in a worker. */
typedef struct tm_receiver_turn {
    tm_daemon_receiver *receiver;
    unsigned worker;
    bool busy;
    tm_letter letter;
} tm_receiver_turn;

int tm_daemon_receiver_fail(tm_daemon_receiver *r, const char *sentence)
{
    snprintf(r->error, sizeof r->error, "%s", sentence);
    return TM_EXIT_USAGE;
}

static bool names(const tm_pipeline_settings *pipeline, const tm_receiver_settings *receiver)
{
    for (size_t k = 0; k < pipeline->receiver_count; k++)
        if (pipeline->receivers[k] == receiver)
            return true;
    return false;
}

bool tm_daemon_receiver_is_used(const tm_settings *settings, const tm_receiver_settings *receiver)
{
    for (size_t i = 0; i < settings->pipeline_count; i++)
        if (names(&settings->pipelines[i], receiver))
            return true;
    return false;
}

/* ---- making ---------------------------------------------------------------------------------- */

/* A receiver in the making. */
typedef struct making {
    tm_daemon_receiver *receiver;
    const tm_settings *settings;
    const tm_receiver_settings *from;
} making;

static void copy_settings(void *argument)
{
    const making *m = argument;
    tm_daemon_receiver *r = m->receiver;
    r->settings = tm_receiver_copy(r->arena, m->from);
    r->turn = TM_NEW_ARRAY(r->arena, r->daemon->workers, tm_receiver_turn);
    r->pipeline = TM_NEW_ARRAY(r->arena, m->settings->pipeline_count, tm_pipeline *);
    for (size_t i = 0; i < m->settings->pipeline_count; i++)
        if (names(&m->settings->pipelines[i], m->from))
            r->pipeline[r->pipelines++] =
                tm_daemon_find_pipeline(r->daemon, m->settings->pipelines[i].id);
}

static tm_bounds bounds_of(const tm_judge_settings *s)
{
    return (tm_bounds){.time_ns = (uint64_t)s->time_ns,
                       .memory_bytes = (uint64_t)s->memory_mib << 20,
                       .memory_factor = (uint64_t)s->memory_factor,
                       .output_bytes = (uint64_t)s->output_mib << 20,
                       .output_factor = (uint64_t)s->output_factor,
                       .span_percent = (uint64_t)s->span_percent};
}

static void free_receiver(tm_daemon_receiver *r)
{
    tm_timer_free(r->timer);
    for (uint32_t i = 0; i < r->auths; i++)
        if (r->auth[i].auth)
            r->auth[i].auth->free(r->auth[i].auth);
    for (uint32_t i = 0; i < r->encryptions; i++)
        tm_encryption_free(r->encryption[i]);
    tm_receiver_free(r->self);
    tm_arena_free(r->arena);
    tm_heap_free(NULL, r);
}

static void look(void *argument);

static tm_receiver *open_self(tm_daemon_receiver *r, const tm_settings *settings)
{
    const tm_daemon *d = r->daemon;
    return tm_receiver_new(r->kind->protocol,
                           &(tm_receiver_options){.settings = r->settings,
                                                  .pipelines = r->pipeline,
                                                  .pipeline_count = r->pipelines,
                                                  .grpc_metadata = r->metadata,
                                                  .workers = d->workers,
                                                  .bulk_worker = d->bulk_worker,
                                                  .bulk_workers = d->threads - d->workers,
                                                  .bounds = bounds_of(&settings->service.judge),
                                                  .profile = (uint32_t)settings->service.profile,
                                                  .drops = d->drops,
                                                  .deliveries = d->deliveries,
                                                  .tap = &r->daemon->tap,
                                                  .health = d->health,
                                                  .clock = d->clock,
                                                  .log = d->log,
                                                  .registry = d->registry});
}

tm_daemon_receiver *tm_daemon_receiver_new(tm_daemon *d, const tm_settings *settings,
                                           const tm_receiver_settings *from, bool metadata)
{
    tm_daemon_receiver *r = tm_heap_alloc(NULL, sizeof *r);
    if (!r)
        return NULL;
    *r = (tm_daemon_receiver){.daemon = d,
                              .arena = tm_arena_new(NULL),
                              .kind = tm_daemon_receiver_kind(from),
                              .metadata = metadata};
    if (r->arena && tm_arena_try(r->arena, copy_settings, &(making){r, settings, from}))
        r->self = open_self(r, settings);
    r->timer = tm_timer_new(d->home, look, r); /* now: when it leaves there may be no memory */
    if (!r->self || !r->timer) {
        free_receiver(r);
        return NULL;
    }
    r->next = d->receiver;
    d->receiver = r;
    return r;
}

/* ---- ports ----------------------------------------------------------------------------------- */

static void listen_all(void *argument)
{
    tm_daemon_receiver *r = argument;
    if (r->kind->listen(r) == TM_EXIT_OK)
        r->error[0] = 0;
}

int tm_daemon_receiver_listen(tm_daemon_receiver *r)
{
    snprintf(r->error, sizeof r->error, "out of memory");
    return tm_arena_try(r->arena, listen_all, r) && !r->error[0] ? TM_EXIT_OK : TM_EXIT_USAGE;
}

/* ---- leaving --------------------------------------------------------------------------------- */

static void unlink_receiver(tm_daemon_receiver *r)
{
    tm_daemon_receiver **at = &r->daemon->receiver;
    while (*at != r)
        at = &(*at)->next;
    *at = r->next;
}

static void gone(tm_daemon_receiver *r)
{
    tm_daemon *d = r->daemon;
    if (tm_reload_is_switching(d->reload)) { /* workers walk over all of them */
        tm_timer_start(r->timer, LOOK_MS);
        return;
    }
    if (!r->fresh)
        tm_log_info(d->log, "a receiver has left", TM_LOG_OWN("receiver", r->settings->id));
    unlink_receiver(r);
    free_receiver(r);
    tm_daemon_sweep(d);
}

static void turn_done(void *argument)
{
    const tm_receiver_turn *t = argument;
    tm_daemon_receiver *r = t->receiver;
    r->busy |= t->busy;
    if (--r->turns)
        return;
    if (r->busy)
        tm_timer_start(r->timer, LOOK_MS);
    else
        gone(r);
}

/* In the worker's thread. */
static void take_turn(void *argument)
{
    tm_receiver_turn *t = argument;
    t->busy = tm_intake_is_busy(t->receiver->self->intake, t->worker);
    t->letter.call = turn_done;
    tm_loop_send(t->receiver->daemon->home, &t->letter);
}

/* Clients that left may have left something that waits for an exporter's answer. */
static void look(void *argument)
{
    tm_daemon_receiver *r = argument;
    const tm_daemon *d = r->daemon;
    if (d->stopping)
        return; /* it goes with all others */
    r->busy = false;
    r->turns = d->workers;
    for (unsigned i = 0; i < d->workers; i++) {
        r->turn[i] = (tm_receiver_turn){
            .receiver = r, .worker = i, .letter = {.call = take_turn, .argument = &r->turn[i]}};
        tm_loop_send(d->worker[i].loop, &r->turn[i].letter);
    }
}

static void closed(void *argument)
{
    tm_daemon_receiver *r = argument;
    if (--r->open)
        return;
    if (r->daemon->stopping)
        tm_daemon_receiver_closed(r->daemon);
    else
        look(r);
}

void tm_daemon_receiver_leave(tm_daemon_receiver *r)
{
    r->leaving = true;
    r->open = r->listeners;
    for (uint32_t i = 0; i < r->listeners; i++)
        tm_listener_close(r->listener[i], GRACE_MS, closed, r);
    if (!r->listeners)
        look(r);
}

/* ---- all of them ----------------------------------------------------------------------------- */

void tm_daemon_pause(tm_daemon *d, bool paused)
{
    for (tm_daemon_receiver *r = d->receiver; r; r = r->next)
        for (uint32_t i = 0; !r->leaving && i < r->listeners; i++)
            tm_listener_pause(r->listener[i], paused);
}

uint32_t tm_daemon_listeners(const tm_daemon *d)
{
    uint32_t n = d->page_listeners + (d->metrics_listener != NULL);
    for (const tm_daemon_receiver *r = d->receiver; r; r = r->next)
        n += r->leaving ? r->open : r->listeners;
    return n;
}

void tm_daemon_close_receivers(tm_daemon *d, uint64_t grace_ms)
{
    for (tm_daemon_receiver *r = d->receiver; r; r = r->next) {
        if (r->leaving ? r->open : r->listeners)
            d->receivers_open++;
        if (r->leaving)
            continue;
        r->open = r->listeners;
        for (uint32_t i = 0; i < r->listeners; i++)
            tm_listener_close(r->listener[i], grace_ms, closed, r);
    }
}

void tm_daemon_drop_receivers(tm_daemon *d)
{
    while (d->receiver) {
        tm_daemon_receiver *r = d->receiver;
        d->receiver = r->next;
        free_receiver(r);
    }
}
