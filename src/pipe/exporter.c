/* Exporter: workers offer under a lock; everything else happens in the home loop.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/exporter_inside.h"
#include "pipe/metrics.h"

#include "base/duration.h"

/* A chunk below it is compressed better together with its neighbours. */
enum { TM_PACKED_LEAST = 32 << 10 };

/* While the backend answers, clients feel its pace above so many bytes on their way to it. When it
 * does not answer, the queue fills as it is configured to. */
enum { TM_BACK_PRESSURE_BYTES = 5 << 20, TM_BACK_PRESSURE_OFF_BYTES = 2 << 20 };

static void wake_up(void *argument);
static void wake(tm_exporter *o);

/* --- making --- */

static uint64_t now_ms(const tm_exporter *o)
{
    return tm_clock_monotonic_ns(o->options.clock) / 1000000;
}

static void ring(void *argument);

static void read_settings(tm_exporter *o)
{
    const tm_queue_settings *queue = o->options.queue;
    const tm_retry_settings *retry = o->options.retry;
    bool queued = queue && queue->enabled;
    o->consumers = queued ? (uint32_t)queue->consumers : UINT32_MAX;
    o->waits = !queue || !queued || queue->wait_for_result;
    o->blocks = queued && queue->block_on_overflow;
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

static bool open_parts(tm_exporter *o)
{
    const tm_exporter_options *options = &o->options;
    o->timer = tm_timer_new(options->home, ring, o);
    o->store = options->store ? options->store : tm_store_memory(options->queue);
    if (o->timer && o->store && tm_exporter_new_series(o, options->batchers) &&
        tm_batchers_init(&o->batchers, options->limits, options->batchers) &&
        o->store->kind->open(o->store, &o->batchers, now_ms(o)))
        return true;
    if (o->store && !options->store)
        o->store->kind->free(o->store);
    tm_exporter_free_series(o, options->batchers);
    tm_batchers_reset(&o->batchers);
    tm_timer_free(o->timer);
    return false;
}

tm_exporter *tm_exporter_new(const tm_exporter_options *options, tm_sender *sender)
{
    tm_exporter *o = tm_heap_alloc(NULL, sizeof *o + options->id.n);
    if (!o)
        return NULL;
    memset(o, 0, sizeof *o);
    memcpy(o + 1, options->id.p, options->id.n);
    o->options = *options;
    o->id = tm_text_slice(o + 1, options->id.n);
    o->sender = sender;
    o->last_waiting = &o->waiting;
    o->timer_due_ms = UINT64_MAX;
    o->letter = (tm_letter){.call = wake_up, .argument = o};
    if (!open_parts(o)) {
        tm_heap_free(NULL, o);
        return NULL;
    }
    pthread_mutex_init(&o->lock, NULL);
    read_settings(o);
    tm_exporter_open_metrics(o);
    if (!tm_batchers_are_empty(&o->batchers)) /* the last run left something */
        wake(o);
    return o;
}

/* --- taking in: any thread --- */

/* Takes the oldest full batch out of the batchers. Under the lock. */
static tm_batch *take(tm_exporter *o)
{
    tm_batch *batch = o->store->kind->take(o->store);
    if (batch) {
        atomic_fetch_add_explicit(&o->busy, 1, memory_order_relaxed);
        batch->held_bytes = batch->memory_bytes;
        o->held_bytes += batch->held_bytes;
        tm_exporter_count_batch(o, batch);
    }
    return batch;
}

static void make_ready(tm_exporter *o, tm_batch *batch)
{
    if (o->last_ready)
        o->last_ready->next = batch;
    else
        o->ready = batch;
    o->last_ready = batch;
}

/* Packs what is full, in the thread that filled it. Under the lock, which it lets go meanwhile. */
static void pack_full(tm_exporter *o)
{
    for (tm_batch *batch; o->sender->packer && (batch = take(o)) != NULL;) {
        pthread_mutex_unlock(&o->lock);
        (void)tm_packer_batch(o->sender->packer, batch); /* else the sender tries again */
        pthread_mutex_lock(&o->lock);
        if (batch->is_packed) {
            o->held_bytes -= batch->held_bytes - batch->memory_bytes;
            batch->held_bytes = batch->memory_bytes;
        }
        make_ready(o, batch);
    }
}

/* Whether pieces are sent whole, and there is room for them, as far as one can know without keeping
 * it. */
static bool takes_whole(tm_exporter *o, uint32_t number, uint32_t spans, size_t bytes)
{
    pthread_mutex_lock(&o->lock);
    const tm_batch_limits *limits = &o->batchers.batcher[number].limits;
    bool takes = !limits->max_spans && (!limits->max_bytes || bytes <= limits->max_bytes) &&
                 tm_store_has_room(o->store, spans, bytes);
    pthread_mutex_unlock(&o->lock);
    return takes;
}

tm_chunk *tm_exporter_chunk(tm_exporter *o, uint32_t number, const tm_pieces *pieces,
                            uint32_t spans)
{
    bool packs = o->sender->packer && pieces->bytes >= TM_PACKED_LEAST &&
                 takes_whole(o, number, spans, pieces->bytes);
    tm_chunk *chunk =
        packs ? tm_packer_chunk(o->sender->packer, o->options.budget, pieces, spans) : NULL;
    return chunk ? chunk : tm_chunk_new(o->options.budget, pieces, spans);
}

bool tm_exporter_store(tm_exporter *o, uint32_t number, tm_chunk *chunk, tm_text key,
                       tm_waiter *waiter)
{
    return o->store->kind->offer(o->store, &(tm_offer){.batcher = number,
                                                       .chunk = chunk,
                                                       .key = key,
                                                       .waiter = o->waits ? waiter : NULL,
                                                       .now_ms = now_ms(o)});
}

/* Where the spans of an offer are now. Parts of it that were stored before memory ran out are sent
 * although its client is told that it was refused, and sends it again: they were received twice. */
static void count_offer(tm_exporter *o, uint32_t number, uint64_t spans, bool taken, uint64_t parts)
{
    const tm_ledger *ledger = &o->batched[number]->ledger;
    tm_series_add(taken ? ledger->queued : ledger->refused, spans);
    if (taken)
        return;
    tm_series_add(o->full, spans);
    tm_series_add(ledger->received, parts);
    tm_series_add(ledger->queued, parts);
}

bool tm_exporter_take(tm_exporter *o, uint32_t number, tm_chunk *chunk, tm_text key,
                      tm_waiter *waiter)
{
    bool taken;
    tm_chunk_ref(chunk);
    pthread_mutex_lock(&o->lock);
    const tm_batcher *batcher = &o->batchers.batcher[number];
    const uint64_t before = batcher->spans, spans = chunk->spans;
    const bool was_open = batcher->open != NULL;
    bool room = !o->waiting && tm_store_has_room(o->store, spans, chunk->run.bytes);
    if (!room && o->blocks && waiter)
        taken = tm_exporter_wait(o, number, chunk, key, waiter);
    else
        taken = room && tm_exporter_store(o, number, chunk, key, waiter);
    count_offer(o, number, spans, taken, batcher->spans - before);
    o->opened |= taken && !was_open;
    pthread_mutex_unlock(&o->lock);
    if (!taken)
        tm_chunk_unref(chunk);
    return taken;
}

void tm_exporter_settle(tm_exporter *o, uint32_t number)
{
    pthread_mutex_lock(&o->lock);
    pack_full(o);
    bool wakes = !o->woken && (o->batchers.batcher[number].full || o->ready || o->opened);
    o->woken |= wakes;
    o->opened = false;
    pthread_mutex_unlock(&o->lock);
    if (wakes)
        tm_loop_send(o->options.home, &o->letter);
}

/* The home loop pumps when it comes round. From any thread. */
static void wake(tm_exporter *o)
{
    pthread_mutex_lock(&o->lock);
    bool asleep = !o->woken;
    o->woken = true;
    pthread_mutex_unlock(&o->lock);
    if (asleep)
        tm_loop_send(o->options.home, &o->letter);
}

/* --- the home loop --- */

static bool is_idle(const tm_exporter *o)
{
    return tm_batchers_are_empty(&o->batchers) && !o->waiting &&
           atomic_load(&o->busy) == 0; /* ready ones are busy */
}

/* Winds the clock of the open batches, when that of another ran or none. Under the lock. */
static void wind(tm_exporter *o)
{
    uint64_t due = tm_batchers_due(&o->batchers), now = now_ms(o);
    if (due >= o->timer_due_ms)
        return;
    o->timer_due_ms = due;
    tm_timer_start(o->timer, due > now ? due - now : 0);
}

/* The next batch to send, or NULL; also winds the clock. */
static tm_batch *next_batch(tm_exporter *o)
{
    tm_batch *batch = NULL;
    pthread_mutex_lock(&o->lock);
    if (o->closing)
        tm_batchers_flush(&o->batchers, UINT64_MAX);
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
    tm_exporter_count_triggers(o);
    pthread_mutex_unlock(&o->lock);
    return batch;
}

static void update_back_pressure(tm_exporter *o)
{
    pthread_mutex_lock(&o->lock);
    uint64_t most = o->back_pressure ? TM_BACK_PRESSURE_OFF_BYTES : TM_BACK_PRESSURE_BYTES;
    bool back_pressure = o->held_bytes > most && !o->pauses && !o->closing;
    pthread_mutex_unlock(&o->lock);
    if (back_pressure == o->back_pressure || !o->options.back_pressure_changed)
        return;
    o->back_pressure = back_pressure;
    o->options.back_pressure_changed(o->options.back_pressure_owner, back_pressure);
}

static void pump(tm_exporter *o)
{
    tm_exporter_admit(o);
    for (tm_batch *batch; (batch = next_batch(o)) != NULL;) {
        batch->exporter = o;
        batch->retry = tm_retry_start(&o->policy, now_ms(o));
        tm_exporter_try(o, batch);
    }
    update_back_pressure(o);
    pthread_mutex_lock(&o->lock);
    bool done = o->closing && o->closed && is_idle(o);
    pthread_mutex_unlock(&o->lock);
    if (done) {
        void (*closed)(void *) = o->closed;
        o->closed = NULL;
        closed(o->owner);
    }
}

static void wake_up(void *argument)
{
    tm_exporter *o = argument;
    pthread_mutex_lock(&o->lock);
    o->woken = false; /* from here on the letter may be sent again */
    pthread_mutex_unlock(&o->lock);
    pump(o);
}

static void ring(void *argument)
{
    tm_exporter *o = argument;
    o->timer_due_ms = UINT64_MAX;
    pthread_mutex_lock(&o->lock);
    tm_batchers_flush(&o->batchers, now_ms(o));
    pthread_mutex_unlock(&o->lock);
    pump(o);
}

/* --- answers --- */

static void end_batch(tm_exporter *o, tm_batch *batch, const tm_sent *sent)
{
    tm_exporter_note_answer(o, batch, sent, true);
    tm_exporter_count_end(o, batch, sent->code == TM_STATUS_OK ? batch->spans - sent->rejected : 0);
    if (sent->rejected) {
        tm_log_some(o->options.log, TM_LOG_WARN, "the backend rejected spans",
                    TM_LOG_OWN("exporter", o->id), TM_LOG_UINT("spans", sent->rejected),
                    TM_LOG_TEXT("reason", sent->message));
    } else if (sent->code != TM_STATUS_OK) {
        tm_log_some(o->options.log, TM_LOG_ERROR, "sending failed, spans are dropped",
                    TM_LOG_OWN("exporter", o->id), TM_LOG_UINT("spans", batch->spans),
                    TM_LOG_WORD("code", tm_status_name(sent->code)),
                    TM_LOG_TEXT("reason", sent->message));
    } else {
        tm_log_some(o->options.log, TM_LOG_DEBUG, "a batch was sent", TM_LOG_OWN("exporter", o->id),
                    TM_LOG_UINT("spans", batch->spans), TM_LOG_UINT("bytes", batch->bytes),
                    TM_LOG_UINT("requests", batch->requests));
    }
    if (sent->code != TM_STATUS_OK)
        tm_exporter_count_lost(o, batch);
    pthread_mutex_lock(&o->lock);
    o->store->kind->ended(o->store, batch, sent->code);
    o->held_bytes -= batch->held_bytes;
    atomic_fetch_sub_explicit(&o->busy, 1, memory_order_relaxed);
    pthread_mutex_unlock(&o->lock);
    o->sending--;
    tm_batch_end(batch, sent->code);
}

void tm_exporter_failed(tm_batch *batch, tm_status_code code, const char *why)
{
    const tm_sent sent = {
        .code = code, .message = tm_text_of(why), .retry_delay_ms = -1, .again = true};
    tm_exporter_sent(batch->exporter, batch, &sent);
}

void tm_exporter_sent(tm_exporter *o, tm_batch *batch, const tm_sent *sent)
{
    /* What nobody looked at counts as a failure, too: the channel has sent it a second time
     * already, and a dead backend must not be asked in a busy loop, or for ever. */
    uint64_t wait_ms = 0;
    tm_pipe_observe_time(o->send_time, o->options.clock, batch->sent_ns);
    bool again = sent->code != TM_STATUS_OK && sent->again && o->retries &&
                 tm_retry_next(&batch->retry, &o->policy, now_ms(o), sent->retry_delay_ms,
                               tm_retry_chance(o->options.clock), &wait_ms);
    if (again && tm_exporter_pause(o, batch, wait_ms)) {
        tm_exporter_note_answer(o, batch, sent, false);
        tm_log_some(o->options.log, TM_LOG_INFO, "sending failed, will retry",
                    TM_LOG_OWN("exporter", o->id), TM_LOG_UINT("wait_ms", wait_ms),
                    TM_LOG_WORD("code", tm_status_name(sent->code)),
                    TM_LOG_TEXT("reason", sent->message));
        update_back_pressure(o);
        return;
    }
    end_batch(o, batch, sent);
    wake(o);
}

/* --- the end --- */

void tm_exporter_drain(tm_exporter *o)
{
    o->ending = true;
    pthread_mutex_lock(&o->lock);
    tm_batchers_drain(&o->batchers);
    pthread_mutex_unlock(&o->lock);
    wake(o);
}

void tm_exporter_close(tm_exporter *o, void (*closed)(void *owner), void *owner)
{
    pthread_mutex_lock(&o->lock);
    o->closing = true;
    o->closed = closed;
    o->owner = owner;
    pthread_mutex_unlock(&o->lock);
    wake(o);
}
