/* Outlet, metrics: what it counts, and what can be asked of it at any time.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/metrics.h"
#include "pipe/outlet_inside.h"

uint64_t tm_outlet_load(const tm_outlet *o)
{
    tm_lanes_sum sum = tm_lanes_count(&o->lanes);
    switch (o->sizer) {
    case TM_SIZE_ITEMS:
        return sum.spans + o->busy_spans;
    case TM_SIZE_BYTES:
        return sum.bytes + o->busy_bytes;
    default:
        if (o->counts_clients)
            return sum.requests + o->busy_requests;
        return sum.full + atomic_load_explicit(&o->busy, memory_order_relaxed);
    }
}

static double read_waiting(void *owner)
{
    tm_outlet *o = owner;
    pthread_mutex_lock(&o->lock);
    double n = (double)tm_outlet_load(o);
    pthread_mutex_unlock(&o->lock);
    return n;
}

static double read_busy(void *owner)
{
    tm_outlet *o = owner;
    return atomic_load_explicit(&o->busy, memory_order_relaxed);
}

static double read_capacity(void *owner)
{
    return (double)((tm_outlet *)owner)->capacity;
}

static double read_connections(void *owner)
{
    const tm_sender *sender = ((tm_outlet *)owner)->sender;
    return sender->connections(sender);
}

static tm_series *series_of(tm_outlet *o, tm_pipe_metric id)
{
    return tm_pipe_series(o->options.registry, id, &o->exporter);
}

void tm_outlet_open_metrics(tm_outlet *o)
{
    o->sent = series_of(o, TM_PIPE_SENT);
    o->failed = series_of(o, TM_PIPE_SEND_FAILED);
    o->full = series_of(o, TM_PIPE_ENQUEUE_FAILED);
    o->by_size = series_of(o, TM_PIPE_BATCH_SIZE_TRIGGER);
    o->by_time = series_of(o, TM_PIPE_BATCH_TIMEOUT_TRIGGER);
    o->connections = o->sender->connections ? series_of(o, TM_PIPE_CONNECTIONS) : NULL;
    if (o->connections)
        tm_series_bind(o->connections, read_connections, o);
    if (!o->options.queue)
        return;
    tm_series_bind(series_of(o, TM_PIPE_QUEUE_SIZE), read_waiting, o);
    tm_series_bind(series_of(o, TM_PIPE_QUEUE_CAPACITY), read_capacity, o);
    tm_series_bind(series_of(o, TM_PIPE_IN_FLIGHT), read_busy, o);
}

void tm_outlet_close_metrics(tm_outlet *o)
{
    if (o->connections)
        tm_series_bind(o->connections, NULL, NULL);
    if (!o->options.queue)
        return;
    tm_series_bind(series_of(o, TM_PIPE_QUEUE_SIZE), NULL, NULL);
    tm_series_bind(series_of(o, TM_PIPE_QUEUE_CAPACITY), NULL, NULL);
    tm_series_bind(series_of(o, TM_PIPE_IN_FLIGHT), NULL, NULL);
}
