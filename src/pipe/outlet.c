/* Outlet: workers offer under a lock; everything else happens in the home loop.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/outlet_inside.h"

#include "base/duration.h"

/* A chunk below it is compressed better together with its neighbours. */
enum { TM_PACKED_LEAST = 32 << 10 };

/* While the backend answers, clients feel its pace above so many bytes on their way to it. When it
 * does not answer, the queue fills as it is configured to. */
enum { TM_PRESSED_BYTES = 5 << 20, TM_RELIEVED_BYTES = 2 << 20 };

static void pump(void *argument);

/* --- making --- */

static uint64_t now_ms(const tm_outlet *o)
{
    return tm_clock_monotonic_ns(o->options.clock) / 1000000;
}

static void ring(void *argument);

static void read_settings(tm_outlet *o)
{
    const tm_queue_settings *queue = o->options.queue;
    const tm_retry_settings *retry = o->options.retry;
    bool queued = queue && queue->enabled;
    o->consumers = queued ? (uint32_t)queue->consumers : UINT32_MAX;
    o->capacity = queued ? (uint64_t)queue->size : UINT64_MAX;
    o->waits = !queue || !queued || queue->wait_for_result;
    o->blocks = queued && queue->block_on_overflow;
    o->sizer = queue ? queue->sizer : TM_SIZE_REQUESTS;
    o->counts_clients = queued && queue->batch; /* it is behind the queue, as in the Collector */
    o->policy = tm_retry_of_requests();
    o->retries = retry && retry->enabled;
    if (!o->retries)
        return;
    o->policy.initial_ms = tm_duration_ms(retry->initial_interval_ns);
    o->policy.max_ms = tm_duration_ms(retry->max_interval_ns);
    o->policy.max_elapsed_ms = tm_duration_ms(retry->max_elapsed_ns);
    o->policy.multiplier = retry->multiplier;
    o->policy.randomization = retry->randomization;
}

tm_outlet *tm_outlet_new(const tm_outlet_options *options, tm_sender *sender)
{
    tm_outlet *o = tm_heap_alloc(NULL, sizeof *o + options->exporter.n);
    if (!o)
        return NULL;
    memset(o, 0, sizeof *o);
    memcpy(o + 1, options->exporter.p, options->exporter.n);
    o->options = *options;
    o->exporter = tm_text_slice(o + 1, options->exporter.n);
    o->sender = sender;
    o->last_late = &o->late;
    o->timer_due_ms = UINT64_MAX;
    o->timer = tm_timer_new(options->home, ring, o);
    if (!o->timer || !tm_lanes_init(&o->lanes, options->limits, options->lanes)) {
        tm_timer_free(o->timer);
        tm_heap_free(NULL, o);
        return NULL;
    }
    pthread_mutex_init(&o->lock, NULL);
    read_settings(o);
    tm_outlet_open_metrics(o);
    return o;
}

/* --- taking in: any thread --- */

/* Takes the oldest full batch out of the lanes. Under the lock. */
static tm_batch *take(tm_outlet *o)
{
    tm_batch *batch = tm_lanes_take(&o->lanes);
    if (batch) {
        atomic_fetch_add_explicit(&o->busy, 1, memory_order_relaxed);
        o->busy_spans += batch->spans;
        o->busy_bytes += batch->bytes;
        o->busy_requests += batch->requests;
        batch->held_bytes = batch->memory_bytes;
        o->held_bytes += batch->held_bytes;
    }
    return batch;
}

static void make_ready(tm_outlet *o, tm_batch *batch)
{
    if (o->last_ready)
        o->last_ready->next = batch;
    else
        o->ready = batch;
    o->last_ready = batch;
}

/* Packs what is full, in the thread that filled it. Under the lock, which it lets go meanwhile. */
static void pack_full(tm_outlet *o)
{
    for (tm_batch *batch; o->sender->pack && (batch = take(o)) != NULL;) {
        pthread_mutex_unlock(&o->lock);
        o->sender->pack(o->sender,
                        batch); /* when it fails the batch is sent as it is, or packed then */
        pthread_mutex_lock(&o->lock);
        if (batch->is_packed) {
            o->held_bytes -= batch->held_bytes - batch->memory_bytes;
            batch->held_bytes = batch->memory_bytes;
        }
        make_ready(o, batch);
    }
}

/* Whether there is room, as far as one can know without keeping it. */
static bool has_room(tm_outlet *o)
{
    pthread_mutex_lock(&o->lock);
    bool room = tm_outlet_load(o) < o->capacity;
    pthread_mutex_unlock(&o->lock);
    return room;
}

tm_chunk *tm_outlet_chunk(tm_outlet *o, uint32_t lane, const tm_pieces *pieces, uint32_t spans)
{
    const tm_batch_limits *limits = &o->lanes.former[lane].limits;
    bool whole = !limits->max_spans && (!limits->max_bytes || pieces->bytes <= limits->max_bytes);
    bool packs = o->sender->chunk && whole && pieces->bytes >= TM_PACKED_LEAST && has_room(o);
    tm_chunk *chunk = packs ? o->sender->chunk(o->sender, pieces, spans) : NULL;
    return chunk ? chunk : tm_chunk_new(pieces, spans);
}

bool tm_outlet_offer(tm_outlet *o, uint32_t lane, tm_chunk *chunk, tm_text key, tm_waiter *waiter)
{
    tm_former *former = &o->lanes.former[lane];
    tm_chunk_ref(chunk);
    pthread_mutex_lock(&o->lock);
    bool was_open = former->open != NULL;
    bool room = !o->late && tm_outlet_load(o) < o->capacity, taken;
    if (!room && o->blocks && waiter)
        taken = tm_outlet_put_off(o, lane, chunk, key, waiter);
    else
        taken = room && tm_former_add(former, chunk, key, o->waits ? waiter : NULL, now_ms(o));
    if (taken)
        pack_full(o);
    bool wake = taken && !o->woken && (former->full || o->ready || !was_open);
    o->woken |= wake;
    pthread_mutex_unlock(&o->lock);
    if (!taken) {
        tm_series_add(o->full, chunk->spans);
        tm_chunk_unref(chunk);
    }
    if (wake && !tm_loop_post(o->options.home, pump, o)) {
        pthread_mutex_lock(&o->lock);
        o->woken = false; /* the next offer tries again */
        pthread_mutex_unlock(&o->lock);
    }
    return taken;
}

/* --- the home loop --- */

static bool is_idle(const tm_outlet *o)
{
    return tm_lanes_are_empty(&o->lanes) && !o->late &&
           atomic_load(&o->busy) == 0; /* ready ones are busy */
}

static void count_triggers(tm_outlet *o)
{
    tm_lanes_sum sum = tm_lanes_count(&o->lanes);
    tm_series_add(o->by_size, sum.by_size - o->told_by_size);
    tm_series_add(o->by_time, sum.by_time - o->told_by_time);
    o->told_by_size = sum.by_size;
    o->told_by_time = sum.by_time;
}

/* Winds the clock of the open batches, when that of another ran or none. Under the lock. */
static void wind(tm_outlet *o)
{
    uint64_t due = tm_lanes_due(&o->lanes), now = now_ms(o);
    if (due >= o->timer_due_ms)
        return;
    o->timer_due_ms = due;
    tm_timer_start(o->timer, due > now ? due - now : 0);
}

/* The next batch to send, or NULL; also winds the clock. */
static tm_batch *next_batch(tm_outlet *o)
{
    tm_batch *batch = NULL;
    pthread_mutex_lock(&o->lock);
    o->woken = false;
    if (o->closing)
        tm_lanes_flush(&o->lanes, UINT64_MAX);
    if (o->sending < o->consumers) {
        batch = o->ready;
        if (batch) {
            o->ready = batch->next;
            o->last_ready = o->ready ? o->last_ready : NULL;
            batch->next = NULL;
        } else {
            batch = take(o);
        }
        o->sending += batch != NULL;
    }
    wind(o);
    count_triggers(o);
    pthread_mutex_unlock(&o->lock);
    return batch;
}

static void feel_pressure(tm_outlet *o)
{
    pthread_mutex_lock(&o->lock);
    uint64_t most = o->pressed ? TM_RELIEVED_BYTES : TM_PRESSED_BYTES;
    bool pressed = o->held_bytes > most && !o->pauses && !o->closing;
    pthread_mutex_unlock(&o->lock);
    if (pressed == o->pressed || !o->options.press)
        return;
    o->pressed = pressed;
    o->options.press(o->options.press_owner, pressed);
}

static void pump(void *argument)
{
    tm_outlet *o = argument;
    tm_outlet_admit(o);
    for (tm_batch *batch; (batch = next_batch(o)) != NULL;) {
        batch->outlet = o;
        batch->retry = tm_retry_start(&o->policy, now_ms(o));
        o->sender->send(o->sender, batch);
    }
    feel_pressure(o);
    pthread_mutex_lock(&o->lock);
    bool done = o->closing && o->closed && is_idle(o);
    pthread_mutex_unlock(&o->lock);
    if (done) {
        void (*closed)(void *) = o->closed;
        o->closed = NULL;
        closed(o->owner);
    }
}

static void ring(void *argument)
{
    tm_outlet *o = argument;
    o->timer_due_ms = UINT64_MAX;
    pthread_mutex_lock(&o->lock);
    tm_lanes_flush(&o->lanes, now_ms(o));
    pthread_mutex_unlock(&o->lock);
    pump(o);
}

/* --- answers --- */

static void end_batch(tm_outlet *o, tm_batch *batch, const tm_sent *sent)
{
    tm_series_add(sent->code == TM_STATUS_OK ? o->sent : o->failed, batch->spans - sent->rejected);
    if (sent->rejected) {
        tm_series_add(o->failed, sent->rejected);
        tm_log_some(o->options.log, TM_LOG_WARN, "the backend rejected spans",
                    TM_LOG_OWN("exporter", o->exporter), TM_LOG_UINT("spans", sent->rejected),
                    TM_LOG_TEXT("reason", sent->message));
    } else if (sent->code != TM_STATUS_OK) {
        tm_log_some(o->options.log, TM_LOG_ERROR, "sending failed, spans are dropped",
                    TM_LOG_OWN("exporter", o->exporter), TM_LOG_UINT("spans", batch->spans),
                    TM_LOG_WORD("code", tm_status_name(sent->code)),
                    TM_LOG_TEXT("reason", sent->message));
    }
    pthread_mutex_lock(&o->lock);
    o->busy_spans -= batch->spans;
    o->busy_bytes -= batch->bytes;
    o->busy_requests -= batch->requests;
    o->held_bytes -= batch->held_bytes;
    atomic_fetch_sub_explicit(&o->busy, 1, memory_order_relaxed);
    pthread_mutex_unlock(&o->lock);
    o->sending--;
    tm_batch_end(batch, sent->code);
}

static void try_again(void *argument)
{
    tm_pause *pause = argument;
    tm_outlet *o = pause->outlet;
    tm_batch *batch = pause->batch;
    tm_pause **at = &o->pauses;
    while (*at != pause)
        at = &(*at)->next;
    *at = pause->next;
    tm_timer_free(pause->timer);
    tm_heap_free(NULL, pause);
    o->sender->send(o->sender, batch);
}

static bool pause_batch(tm_outlet *o, tm_batch *batch, uint64_t wait_ms)
{
    tm_pause *pause = tm_heap_alloc(NULL, sizeof *pause);
    if (!pause)
        return false;
    *pause = (tm_pause){.next = o->pauses, .outlet = o, .batch = batch};
    pause->timer = tm_timer_new(o->options.home, try_again, pause);
    if (!pause->timer) {
        tm_heap_free(NULL, pause);
        return false;
    }
    o->pauses = pause;
    tm_timer_start(pause->timer, wait_ms);
    return true;
}

void tm_outlet_sent(tm_outlet *o, tm_batch *batch, const tm_sent *sent)
{
    /* What nobody looked at counts as a failure, too: the channel has sent it a second time
     * already, and a dead backend must not be asked in a busy loop, or for ever. */
    uint64_t wait_ms = 0;
    bool again = sent->code != TM_STATUS_OK && sent->again && o->retries &&
                 tm_retry_next(&batch->retry, &o->policy, now_ms(o), sent->retry_delay_ms,
                               tm_retry_chance(o->options.clock), &wait_ms);
    if (again && pause_batch(o, batch, wait_ms)) {
        tm_log_some(o->options.log, TM_LOG_INFO, "sending failed, will retry",
                    TM_LOG_OWN("exporter", o->exporter), TM_LOG_UINT("wait_ms", wait_ms),
                    TM_LOG_WORD("code", tm_status_name(sent->code)),
                    TM_LOG_TEXT("reason", sent->message));
        feel_pressure(o);
        return;
    }
    end_batch(o, batch, sent);
    if (!tm_loop_post(o->options.home, pump, o))
        pump(o);
}

/* --- the end --- */

void tm_outlet_hurry(tm_outlet *o)
{
    pthread_mutex_lock(&o->lock);
    tm_lanes_hurry(&o->lanes);
    pthread_mutex_unlock(&o->lock);
    if (!tm_loop_post(o->options.home, pump, o))
        pump(o);
}

void tm_outlet_close(tm_outlet *o, void (*closed)(void *owner), void *owner)
{
    pthread_mutex_lock(&o->lock);
    o->closing = true;
    o->closed = closed;
    o->owner = owner;
    pthread_mutex_unlock(&o->lock);
    if (!tm_loop_post(o->options.home, pump, o))
        pump(o);
}

static uint64_t drop(tm_batch *batch)
{
    uint64_t spans = batch->spans;
    tm_batch_end(batch, TM_STATUS_UNAVAILABLE);
    return spans;
}

void tm_outlet_free(tm_outlet *o)
{
    uint64_t lost = 0;
    if (!o)
        return;
    tm_outlet_turn_away(o);
    o->sender->free(o->sender); /* ends what is under way */
    while (o->pauses) {
        tm_pause *pause = o->pauses;
        o->pauses = pause->next;
        lost += drop(pause->batch);
        tm_timer_free(pause->timer);
        tm_heap_free(NULL, pause);
    }
    tm_lanes_flush(&o->lanes, UINT64_MAX);
    for (tm_batch *batch; (batch = tm_lanes_take(&o->lanes)) != NULL;)
        lost += drop(batch);
    while (o->ready) {
        tm_batch *batch = o->ready;
        o->ready = batch->next;
        lost += drop(batch);
    }
    if (lost) {
        tm_series_add(o->failed, lost);
        tm_log_error(o->options.log, "spans were lost at the end",
                     TM_LOG_OWN("exporter", o->exporter), TM_LOG_UINT("spans", lost));
    }
    tm_outlet_close_metrics(o);
    tm_timer_free(o->timer);
    tm_lanes_reset(&o->lanes);
    pthread_mutex_destroy(&o->lock);
    tm_heap_free(NULL, o);
}
