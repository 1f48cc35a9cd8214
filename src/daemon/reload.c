/* Reload: read, switch, retire, one round after the other.
 * SPDX-License-Identifier: Apache-2.0 */
#include "daemon/reload_inside.h"

static void begin_round(tm_reload *r);

/* Runs it in a thread, at whose end the letter calls `then` in the home loop. */
static bool in_background(tm_reload *r, void *(*run)(void *reload), void (*then)(void *reload))
{
    r->letter = (tm_letter){.call = then, .argument = r};
    return pthread_create(&r->thread, NULL, run, r) == 0;
}

static void end_round(tm_reload *r)
{
    tm_reload_watch(r);
    tm_reload_tell(r);
    tm_reload_answer(r);
    tm_generation_unref(r->next);
    r->next = NULL;
    r->stage = TM_RELOAD_IDLE;
    tm_daemon_tell_ready(r->daemon);
    if (r->again && !r->daemon->stopping)
        begin_round(r);
}

/* ---- retiring -------------------------------------------------------------------------------- */

static void let_go(tm_reload *r)
{
    for (uint32_t i = 0; i < r->daemon->pipeline_room; i++) {
        tm_ruleset_unref(r->old[i]);
        r->old[i] = NULL;
    }
}

static void *retire(void *argument)
{
    tm_reload *r = argument;
    let_go(r);
    tm_loop_send(r->daemon->home, &r->letter);
    return NULL;
}

static void retired(void *argument)
{
    tm_reload *r = argument;
    pthread_join(r->thread, NULL);
    tm_daemon_sweep(r->daemon);
    end_round(r);
}

static void begin_retiring(tm_reload *r)
{
    r->stage = TM_RELOAD_RETIRING;
    if (in_background(r, retire, retired))
        return;
    let_go(r);
    tm_daemon_sweep(r->daemon);
    end_round(r);
}

/* ---- switching ------------------------------------------------------------------------------- */

static void turn_done(void *argument)
{
    tm_reload *r = ((tm_reload_turn *)argument)->reload;
    if (--r->turns == 0)
        begin_retiring(r);
}

/* In the worker's thread, between two requests. */
static void take_turn(void *argument)
{
    tm_reload_turn *t = argument;
    tm_daemon *d = t->reload->daemon;
    uint64_t begin_ns = tm_clock_monotonic_ns(d->clock);
    for (const tm_daemon_receiver *all = d->receiver; all; all = all->next)
        tm_intake_refresh(all->self->intake, t->worker);
    tm_reload_observe_pause(t->reload, "worker", begin_ns);
    t->letter.call = turn_done;
    tm_loop_send(d->home, &t->letter);
}

/* Rules of all pipelines in one moment. Receivers that leave stay with those that they have: their
 * last requests would meet rules of two configurations where pipelines come or go. */
static void publish_rules(tm_reload *r)
{
    tm_daemon *d = r->daemon;
    tm_publisher_begin(&d->publisher);
    for (const tm_daemon_receiver *all = d->receiver; all; all = all->next)
        if (all->replaced)
            tm_intake_keep(all->self->intake);
    for (uint32_t i = 0; i < d->pipelines; i++) {
        if (!r->ruleset[i])
            continue; /* it is no more, but requests may be on their way to it */
        r->old[i] = tm_pipeline_switch(&d->pipeline[i], r->ruleset[i]); /* freed by no worker */
        r->ruleset[i] = NULL;
    }
    tm_publisher_end(&d->publisher);
}

static void publish(tm_reload *r)
{
    tm_daemon *d = r->daemon;
    uint64_t begin_ns = tm_clock_monotonic_ns(d->clock);
    publish_rules(r);
    tm_generation *old = d->generation;
    d->generation = r->next;
    d->settings = &r->next->compiled.settings;
    tm_generation_ref(r->next);
    tm_generation_unref(old);
    r->number++;
    tm_daemon_level_log(d);
    tm_daemon_bound_memory(d);
    tm_exporters_commit(&d->exporters, d->settings);
    tm_reload_commit(r);
    tm_daemon_open_report(d);
    tm_reload_observe_pause(r, "home", begin_ns);
    tm_daemon_read_auth(d); /* what only the files say may have changed */
}

static void begin_switching(tm_reload *r)
{
    const tm_daemon *d = r->daemon;
    publish(r);
    r->stage = TM_RELOAD_SWITCHING;
    r->turns = d->threads;
    for (unsigned i = 0; i < d->threads; i++) {
        r->turn[i] = (tm_reload_turn){
            .reload = r, .worker = i, .letter = {.call = take_turn, .argument = &r->turn[i]}};
        tm_loop_send(d->worker[i].loop, &r->turn[i].letter);
    }
}

/* ---- reading --------------------------------------------------------------------------------- */

static void drop_rulesets(tm_reload *r)
{
    for (uint32_t i = 0; i < r->daemon->pipeline_room; i++) {
        tm_ruleset_unref(r->ruleset[i]);
        r->ruleset[i] = NULL;
    }
}

static void compare(void *argument)
{
    tm_reload *r = argument;
    tm_generation *next = r->next;
    next->fine = tm_reload_check(r->daemon, next);
}

/* Makes of every pipeline what can be published, or of none. */
static bool prepare(tm_reload *r)
{
    const tm_settings *settings = &r->next->compiled.settings;
    tm_daemon *d = r->daemon;
    bool ok = true;
    for (size_t k = 0; k < settings->pipeline_count && ok; k++) {
        tm_pipeline *pipeline = tm_daemon_find_pipeline(d, settings->pipelines[k].id);
        tm_ruleset *ruleset = tm_generation_take(r->next, k);
        r->ruleset[pipeline - d->pipeline] = ruleset;
        ok = ruleset && tm_pipeline_prepare(pipeline, &settings->pipelines[k], ruleset);
    }
    if (!ok)
        drop_rulesets(r);
    return ok;
}

static void *prepare_all(void *argument)
{
    tm_reload *r = argument;
    r->prepared = prepare(r);
    tm_loop_send(r->daemon->home, &r->letter);
    return NULL;
}

static void give_up(tm_reload *r)
{
    tm_reload_undo(r);
    end_round(r);
}

static void prepared(void *argument)
{
    tm_reload *r = argument;
    pthread_join(r->thread, NULL);
    if (!r->prepared || r->daemon->stopping) {
        drop_rulesets(r);
        give_up(r);
        return;
    }
    if (!tm_reload_open_receivers(r)) {
        r->result = TM_RELOAD_REFUSED;
        drop_rulesets(r);
        give_up(r);
        return;
    }
    r->result = TM_RELOAD_DONE;
    begin_switching(r);
}

static void *read_next(void *argument)
{
    tm_reload *r = argument;
    r->compared = false;
    tm_reload_read(r);
    if (r->next && r->next->fine)
        r->compared = tm_arena_try(r->next->arena, compare, r);
    tm_loop_send(r->daemon->home, &r->letter);
    return NULL;
}

static void read_done(void *argument)
{
    tm_reload *r = argument;
    pthread_join(r->thread, NULL);
    if (r->next && !r->next->fine)
        r->result = TM_RELOAD_REFUSED;
    if (r->result == TM_RELOAD_REFUSED || !r->compared || r->daemon->stopping) {
        end_round(r);
        return;
    }
    r->stage = TM_RELOAD_PREPARING;
    if (!tm_reload_open(r)) {
        r->result = TM_RELOAD_REFUSED;
        give_up(r);
    } else if (!in_background(r, prepare_all, prepared)) {
        give_up(r);
    }
}

static void begin_round(tm_reload *r)
{
    r->again = false;
    r->result = TM_RELOAD_FAILED;
    r->waiting = r->asking;
    r->last_waiting = r->asking ? r->last_asking : &r->waiting;
    r->asking = NULL;
    r->last_asking = &r->asking;
    r->stage = TM_RELOAD_READING;
    tm_daemon_tell_reloading(r->daemon);
    if (!in_background(r, read_next, read_done))
        end_round(r);
}

void tm_reload_begin(tm_reload *r)
{
    r->again = true;
    if (r->stage == TM_RELOAD_IDLE)
        begin_round(r);
}

void tm_reload_ask(tm_reload *r)
{
    if (!r->daemon->stopping)
        tm_reload_begin(r);
}

/* ---- making ---------------------------------------------------------------------------------- */

tm_reload *tm_reload_new(tm_daemon *d, const tm_config_sources *sources, tm_seen *seen)
{
    tm_reload *r = TM_NEW(d->arena, tm_reload);
    *r = (tm_reload){.daemon = d, .sources = sources, .seen = seen, .number = 1};
    r->last_asking = &r->asking;
    r->last_waiting = &r->waiting;
    r->old = TM_NEW_ARRAY(d->arena, d->pipeline_room, tm_ruleset *);
    r->ruleset = TM_NEW_ARRAY(d->arena, d->pipeline_room, tm_ruleset *);
    r->turn = TM_NEW_ARRAY(d->arena, d->threads, tm_reload_turn);
    pthread_mutex_init(&r->lock, NULL);
    tm_reload_open_metrics(r);
    return r;
}

uint64_t tm_reload_number(const tm_reload *r)
{
    return r->number;
}

bool tm_reload_is_switching(const tm_reload *r)
{
    return r && r->stage == TM_RELOAD_SWITCHING;
}

void tm_reload_start(tm_reload *r)
{
    tm_reload_watch(r);
}

void tm_reload_free(tm_reload *r)
{
    if (!r)
        return;
    if (r->stage != TM_RELOAD_IDLE && r->stage != TM_RELOAD_SWITCHING)
        pthread_join(r->thread, NULL);
    tm_file_watch_free(r->watch);
    tm_seen_free(r->seen);
    drop_rulesets(r);
    let_go(r);
    tm_generation_unref(r->next);
    tm_reload_drop_askers(r);
    pthread_mutex_destroy(&r->lock);
}
