/* Exporter, metrics: what it counts, and what can be asked of it at any time.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/metrics.h"
#include "pipe/exporter_inside.h"

static double read_blocked(void *owner)
{
    const tm_exporter *o = owner;
    return atomic_load(&o->blocked);
}

static double read_waiting(void *owner)
{
    tm_exporter *o = owner;
    pthread_mutex_lock(&o->lock);
    double n = (double)o->store->kind->load(o->store);
    pthread_mutex_unlock(&o->lock);
    return n;
}

/* As many as there are consumers at most: those that are packed and wait are in the queue's load.
 */
static double read_sending(void *owner)
{
    tm_exporter *o = owner;
    return atomic_load_explicit(&o->sending, memory_order_relaxed);
}

static double read_capacity(void *owner)
{
    return (double)((tm_exporter *)owner)->store->capacity;
}

static double read_connections(void *owner)
{
    const tm_sender *sender = ((tm_exporter *)owner)->sender;
    return sender->connections(sender);
}

static double read_obstacle(void *owner)
{
    tm_exporter *o = owner;
    pthread_mutex_lock(&o->lock);
    const size_t load = o->store->kind->load(o->store);
    const bool full = o->waiting || (o->options.queue && load >= o->store->capacity);
    const bool waits = load > 0 || o->ready;
    pthread_mutex_unlock(&o->lock);
    if (full)
        return TM_OBSTACLE_FULL;
    return o->sender->connections && (waits || atomic_load(&o->busy)) && read_connections(o) == 0
               ? TM_OBSTACLE_UNCONNECTED
               : TM_OBSTACLE_NONE;
}

static ptrdiff_t last_colon(tm_text text)
{
    ptrdiff_t at = (ptrdiff_t)text.n - 1;
    while (at >= 0 && text.p[at] != ':')
        at--;
    return at;
}

static bool is_number(tm_text text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
    return text.n > 0;
}

/* The labels server_address and server_port as the Collector has them: HOST:PORT and [HOST]:PORT in
 * two, where PORT is a number, and everything else, such as a URL, as it stands. */
static void split_server(tm_text server, tm_text *host, tm_text *port)
{
    ptrdiff_t colon = last_colon(server);
    *host = server;
    *port = TM_TEXT("");
    if (colon < 0)
        return;
    tm_text before = tm_text_slice(server.p, (size_t)colon);
    tm_text behind = tm_text_skip(server, (size_t)colon + 1);
    if (tm_text_starts(before, TM_TEXT("[")) && tm_text_ends(before, TM_TEXT("]")))
        before = tm_text_slice(before.p + 1, before.n - 2);
    else if (last_colon(before) >= 0)
        return;
    *host = before;
    if (is_number(behind))
        *port = behind;
}

static tm_series *series_of(tm_exporter *o, tm_pipe_metric id)
{
    tm_text labels[3] = {o->id};
    split_server(o->options.server, &labels[1], &labels[2]);
    return tm_pipe_series(&o->series, id, labels);
}

/* Gauges have the signal as a label. */
static void bind(tm_exporter *o, tm_pipe_metric id, double (*read)(void *owner))
{
    const tm_text labels[] = {TM_TEXT("traces"), o->id};
    tm_series_bind(tm_pipe_series(&o->series, id, labels), read, o);
}

/* A successor of the same id may answer for it already. */
static void unbind(tm_exporter *o, tm_pipe_metric id)
{
    const tm_text labels[] = {TM_TEXT("traces"), o->id};
    tm_series_unbind(tm_pipe_series(&o->series, id, labels), o);
}

bool tm_exporter_new_series(tm_exporter *o, uint32_t batchers)
{
    o->batched = tm_heap_alloc(NULL, (batchers + 1) * sizeof *o->batched);
    for (uint32_t i = 0; o->batched && i <= batchers; i++)
        o->batched[i] = NULL;
    for (uint32_t i = 0; o->batched && i < batchers; i++) {
        o->batched[i] = tm_heap_alloc(NULL, sizeof *o->batched[i]);
        if (!o->batched[i])
            return false;
        *o->batched[i] = (tm_batch_series){0};
    }
    return o->batched != NULL;
}

void tm_exporter_free_series(tm_exporter *o, uint32_t batchers)
{
    for (uint32_t i = 0; o->batched && i < batchers; i++)
        tm_heap_free(NULL, o->batched[i]);
    tm_heap_free(NULL, o->batched);
    o->batched = NULL;
}

void tm_exporter_open_batches(tm_exporter *o, const tm_batch_limits *limits, tm_batch_series *b)
{
    const tm_text *processor = &limits->processor;
    b->owner = processor->n ? tm_heap_alloc(NULL, sizeof *b->owner) : NULL;
    b->by_size = b->by_time = b->sizes = NULL;
    if (!b->owner)
        return;
    *b->owner = (tm_series_owner){.registry = o->options.registry};
    b->by_size = tm_pipe_series(b->owner, TM_PIPE_BATCH_SIZE_TRIGGER, processor);
    b->by_time = tm_pipe_series(b->owner, TM_PIPE_BATCH_TIMEOUT_TRIGGER, processor);
    b->sizes = tm_pipe_series(b->owner, TM_PIPE_BATCH_SIZES, processor);
}

void tm_exporter_close_batches(tm_series_owner *owner)
{
    if (owner)
        tm_series_owner_drop(owner);
    tm_heap_free(NULL, owner);
}

void tm_exporter_open_ledger(tm_exporter *o, const tm_batch_limits *limits, uint64_t spans,
                             tm_batch_series *b)
{
    b->ledger = tm_ledger_open(&o->series, limits->pipeline, o->id);
    tm_registry_begin(o->options.registry);
    tm_series_add(b->ledger.received, spans);
    tm_series_add(b->ledger.queued, spans);
    tm_registry_end(o->options.registry);
}

void tm_exporter_bind_metrics(tm_exporter *o)
{
    bind(o, TM_PIPE_IN_FLIGHT, read_sending);
    if (o->connections)
        tm_series_bind(o->connections, read_connections, o);
    if (o->blocking)
        tm_series_bind(o->blocking, read_blocked, o);
    tm_series_bind(o->obstructed, read_obstacle, o);
    if (!o->options.queue)
        return;
    bind(o, TM_PIPE_QUEUE_SIZE, read_waiting);
    bind(o, TM_PIPE_QUEUE_CAPACITY, read_capacity);
}

void tm_exporter_count_end(tm_exporter *o, const tm_batch *batch, uint64_t sent)
{
    const tm_ledger *ledger = tm_exporter_ledger(o, batch->batcher);
    tm_registry_begin(o->options.registry);
    tm_series_add(o->sent, sent);
    tm_series_add(o->failed, batch->spans - sent);
    tm_ledger_leave(ledger, ledger->kept, sent);
    tm_ledger_leave(ledger, ledger->failed, batch->spans - sent);
    tm_registry_end(o->options.registry);
}

tm_exporter_state tm_exporter_look(tm_exporter *o)
{
    return (tm_exporter_state){.queued = (uint64_t)read_waiting(o),
                               .capacity = (uint64_t)read_capacity(o),
                               .in_flight = (uint64_t)read_sending(o),
                               .blocked = (uint64_t)read_blocked(o),
                               .connections =
                                   o->sender->connections ? (int64_t)read_connections(o) : -1,
                               .sent = tm_series_value(o->sent),
                               .failed = tm_series_value(o->failed)};
}

tm_text tm_exporter_id(const tm_exporter *o)
{
    return o->id;
}

const tm_ledger *tm_exporter_ledger(tm_exporter *o, uint32_t number)
{
    pthread_mutex_lock(&o->lock); /* there may be more batchers in a moment */
    const tm_ledger *ledger = &o->batched[number]->ledger;
    pthread_mutex_unlock(&o->lock);
    return ledger;
}

void tm_exporter_open_metrics(tm_exporter *o)
{
    o->series.registry = o->options.registry;
    o->sent = series_of(o, TM_PIPE_SENT);
    o->failed = series_of(o, TM_PIPE_SEND_FAILED);
    o->send_time = tm_pipe_series(&o->series, TM_PIPE_SEND_TIME, &o->id);
    o->full = tm_pipe_series(&o->series, TM_PIPE_ENQUEUE_FAILED, &o->id);
    for (uint32_t i = 0; i < o->batchers.count; i++) {
        const tm_batcher *batcher = &o->batchers.batcher[i];
        tm_exporter_open_batches(o, &batcher->limits, o->batched[i]);
        tm_exporter_open_ledger(o, &batcher->limits, batcher->spans, o->batched[i]);
    }
    o->obstructed = tm_pipe_series(&o->series, TM_PIPE_OBSTRUCTED, &o->id);
    if (o->sender->connections)
        o->connections = tm_pipe_series(&o->series, TM_PIPE_CONNECTIONS, &o->id);
    if (o->blocks)
        o->blocking = tm_pipe_series(&o->series, TM_PIPE_BLOCKED, &o->id);
    tm_exporter_bind_metrics(o);
}

void tm_exporter_close_metrics(tm_exporter *o)
{
    if (o->connections)
        tm_series_unbind(o->connections, o);
    if (o->blocking)
        tm_series_unbind(o->blocking, o);
    tm_series_unbind(o->obstructed, o);
    unbind(o, TM_PIPE_IN_FLIGHT);
    if (o->options.queue) {
        unbind(o, TM_PIPE_QUEUE_SIZE);
        unbind(o, TM_PIPE_QUEUE_CAPACITY);
    }
    for (uint32_t i = 0; i < o->batchers.count; i++)
        tm_exporter_close_batches(o->batched[i]->owner);
    tm_series_owner_drop(&o->series);
}

void tm_exporter_count_batch(tm_exporter *o, const tm_batch *batch)
{
    tm_series *sizes = o->batched[batch->batcher]->sizes;
    if (sizes)
        tm_series_observe(sizes, batch->spans);
}

void tm_exporter_count_triggers(tm_exporter *o)
{
    for (uint32_t i = 0; i < o->batchers.count; i++) {
        tm_batch_series *b = o->batched[i];
        const tm_batcher *f = &o->batchers.batcher[i];
        if (!b->by_size)
            continue;
        tm_series_add(b->by_size, f->by_size - b->told_by_size);
        tm_series_add(b->by_time, f->by_time - b->told_by_time);
        b->told_by_size = f->by_size;
        b->told_by_time = f->by_time;
    }
}
