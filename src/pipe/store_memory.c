/* Store, in memory: what is stored stands in the batchers, or is on its way.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/store.h"

typedef struct tm_memory_store {
    tm_store store; /* first */
    tm_batchers *batchers;
    bool counts_clients;   /* TM_SIZE_REQUESTS: those of clients, not those that are sent */
    uint64_t batches;      /* that are being sent, and ... */
    uint64_t spans, bytes; /* ... what is in them ... */
    uint64_t requests;     /* ... of clients */
} tm_memory_store;

static bool open_memory(tm_store *store, tm_batchers *batchers, uint64_t now_ms)
{
    (void)now_ms;
    ((tm_memory_store *)store)->batchers = batchers;
    return true;
}

static bool offer(tm_store *store, const tm_offer *offer)
{
    tm_batchers *batchers = ((tm_memory_store *)store)->batchers;
    return tm_batcher_add(&batchers->batcher[offer->batcher], offer->chunk, offer->key,
                          offer->waiter, offer->now_ms);
}

static uint64_t load(const tm_store *store)
{
    const tm_memory_store *m = (const tm_memory_store *)store;
    const tm_batchers_sum sum = tm_batchers_count(m->batchers);
    switch (store->sizer) {
    case TM_SIZE_ITEMS:
        return sum.spans + m->spans;
    case TM_SIZE_BYTES:
        return sum.bytes + m->bytes;
    default:
        return m->counts_clients ? sum.requests + m->requests : sum.full + m->batches;
    }
}

static tm_batch *take(tm_store *store)
{
    tm_memory_store *m = (tm_memory_store *)store;
    tm_batch *batch = tm_batchers_take(m->batchers);
    if (batch) {
        m->batches++;
        m->spans += batch->spans;
        m->bytes += batch->bytes;
        m->requests += batch->requests;
    }
    return batch;
}

static void ended(tm_store *store, const tm_batch *batch, tm_status_code code)
{
    tm_memory_store *m = (tm_memory_store *)store;
    (void)code;
    m->batches--;
    m->spans -= batch->spans;
    m->bytes -= batch->bytes;
    m->requests -= batch->requests;
}

static void close_memory(tm_store *store)
{
    (void)store;
}

static void free_memory(tm_store *store)
{
    tm_heap_free(NULL, store);
}

static const tm_store_kind memory = {.open = open_memory,
                                     .offer = offer,
                                     .load = load,
                                     .take = take,
                                     .ended = ended,
                                     .close = close_memory,
                                     .free = free_memory};

tm_store *tm_store_memory(const tm_queue_settings *queue)
{
    bool queued = queue && queue->enabled;
    tm_memory_store *m = tm_heap_alloc(NULL, sizeof *m);
    if (!m)
        return NULL;
    *m = (tm_memory_store){.store = {.kind = &memory,
                                     .sizer = queue ? queue->sizer : TM_SIZE_REQUESTS,
                                     .capacity = queued ? (uint64_t)queue->size : UINT64_MAX},
                           /* It is behind the queue, as in the Collector. */
                           .counts_clients = queued && queue->batch};
    return &m->store;
}
