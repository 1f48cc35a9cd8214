/* Store: what keeps an exporter's chunks from the offer until their batches have ended.
 *
 *     offered -> stored -> batched -> done, or failed
 *
 * The exporter offers; a store that takes a chunk gives it to its batcher, at once or when there is
 * room; the exporter takes full batches out of it, and tells it how each ended. The memory queue is
 * the one kind so far; docs/DESIGN.md says what a durable one has to keep. Every call is under the
 * exporter's lock, but for open, close and free, which are in the home thread.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_STORE_H
#define TM_PIPE_STORE_H

#include "config/settings.h"
#include "pipe/batchers.h"

typedef struct tm_store tm_store;

/* A chunk of one partition for one batcher. */
typedef struct tm_offer {
    uint32_t batcher;
    tm_chunk *chunk;
    tm_text key;
    tm_waiter *waiter; /* is told the answer; NULL: nobody waits for it */
    uint64_t now_ms;
} tm_offer;

typedef struct tm_store_kind {
    bool durable; /* what has not ended when it is closed comes back with the next `open` */
    /* The batchers, which outlive it, are there: gives them what the last run left. False when that
     * cannot be read, or out of memory. */
    bool (*open)(tm_store *store, tm_batchers *batchers, uint64_t now_ms);
    /* Takes the chunk, over the caller's reference. False: out of memory or place, nothing was
     * taken. Only when there is room. */
    bool (*offer)(tm_store *store, const tm_offer *offer);
    /* What it holds in units of its sizer, batches that are being sent included. */
    uint64_t (*load)(const tm_store *store);
    /* Takes the full batch that was begun first, or NULL: it is being sent from now on. */
    tm_batch *(*take)(tm_store *store);
    /* A batch that was taken was answered OK, or failed for good. Its waiters are told behind it.
     */
    void (*ended)(tm_store *store, const tm_batch *batch, tm_status_code code);
    /* The end: what fails from now on has not been tried enough. */
    void (*close)(tm_store *store);
    void (*free)(tm_store *store);
} tm_store_kind;

struct tm_store {
    const tm_store_kind *kind;
    tm_sizer sizer;
    uint64_t capacity; /* in units of the sizer; UINT64_MAX: no bound */
};

/* The memory queue of these settings (NULL: without a bound). NULL when out of memory. */
tm_store *tm_store_memory(const tm_queue_settings *queue);

/* Whether so much fits, which one client sent. What is larger than all of it does when there is
 * nothing else: to be refused would not help its client. */
static inline bool tm_store_has_room(const tm_store *store, uint64_t spans, uint64_t bytes)
{
    const uint64_t load = store->kind->load(store);
    const uint64_t size = store->sizer == TM_SIZE_ITEMS   ? spans
                          : store->sizer == TM_SIZE_BYTES ? bytes
                                                          : 1;
    return load == 0 || load + size <= store->capacity;
}

#endif
