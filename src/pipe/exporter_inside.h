/* Exporter, inside: what the files of the exporter share.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_EXPORTER_INSIDE_H
#define TM_PIPE_EXPORTER_INSIDE_H

#include "pipe/exporter.h"

#include <pthread.h>
#include <stdatomic.h>

/* A batch that waits for its next try. */
typedef struct tm_pause {
    struct tm_pause *next;
    tm_exporter *exporter;
    tm_batch *batch;
    tm_timer *timer;
} tm_pause;

/* A chunk whose client waits for room in the queue (block_on_overflow). */
typedef struct tm_waiting_chunk {
    struct tm_waiting_chunk *next;
    uint32_t batcher;
    tm_chunk *chunk;
    tm_waiter *waiter;
    tm_text key; /* behind this block */
} tm_waiting_chunk;

/* What is counted of the batches of one batcher; the first three NULL: nothing of that. */
typedef struct tm_batch_series {
    tm_series_owner *owner; /* of the series, which know it by its address; NULL: there are none */
    tm_series *by_size, *by_time, *sizes;
    tm_ledger ledger; /* of its pipeline's spans, see tm_registry_begin */
    uint64_t told_by_size, told_by_time;
} tm_batch_series;

struct tm_exporter {
    tm_exporter_options options;
    tm_text id; /* a copy */
    tm_sender *sender;
    tm_retry_policy policy;
    bool retries;
    bool waits;  /* clients get the backend's answer */
    bool blocks; /* clients wait for room instead of being refused */
    uint32_t consumers;
    uint64_t held_bytes; /* memory of the batches in `busy`; under the lock */
    bool back_pressure;  /* home thread */
    pthread_mutex_t lock;
    tm_batchers batchers;                      /* under the lock */
    tm_store *store;                           /* before them; under the lock */
    tm_waiting_chunk *waiting, **last_waiting; /* oldest first; under the lock */
    _Atomic uint32_t blocked;                  /* how many of them there are */
    tm_letter letter;                          /* that makes the home loop pump, */
    bool woken;                                /* and whether it is on its way; under the lock */
    bool opened; /* a batch was, of whose time the home loop may not know; under the lock */
    tm_batch *ready, *last_ready; /* packed, to be sent; under the lock */
    _Atomic uint32_t sending; /* handed to the sender and not ended, pauses included; written by the
                               * home thread */
    _Atomic uint32_t busy;    /* batches taken and not ended, pauses included */
    tm_pause *pauses;
    tm_timer *timer;
    uint64_t timer_due_ms; /* UINT64_MAX: it does not run */
    bool ending, closing;
    uint64_t lost;    /* spans, since the end began */
    uint64_t dropped; /* spans before that whose clients were told that they are taken */
    void (*closed)(void *owner);
    void *owner;
    tm_series_owner series;
    tm_series *sent, *failed, *full, *send_time;
    tm_series *obstructed;
    tm_series *connections;    /* NULL: the sender has none */
    tm_series *blocking;       /* NULL: nobody waits for room */
    tm_batch_series **batched; /* one a batcher; the array is under the lock, they stay */
};

/* Hands the batch to the sender, for a first try or another one. In the home thread. */
void tm_exporter_try(tm_exporter *o, tm_batch *batch);

/* Lets the chunk, whose reference it takes over, wait for room. False when out of memory. Under the
 * lock. */
bool tm_exporter_wait(tm_exporter *o, uint32_t number, tm_chunk *chunk, tm_text key,
                      tm_waiter *waiter);

/* Offers the chunk to the store, which takes over its reference. False: it was not taken. Under the
 * lock. */
bool tm_exporter_store(tm_exporter *o, uint32_t number, tm_chunk *chunk, tm_text key,
                       tm_waiter *waiter);

/* Lets in those that waited, while there is room. In the home thread. */
void tm_exporter_admit(tm_exporter *o);

/* Ends the waiting of all. */
void tm_exporter_refuse_waiting(tm_exporter *o);

/* Counts a batch that was not sent as lost, if the end has begun and nobody is told: its clients
 * think its spans safe. In the home thread. */
void tm_exporter_count_lost(tm_exporter *o, const tm_batch *batch);

/* Opens its series, and takes back those that ask it. */
void tm_exporter_open_metrics(tm_exporter *o);

/* What is counted of batchers: room for them, and their series, which are opened without the lock.
 */
bool tm_exporter_new_series(tm_exporter *o, uint32_t batchers); /* false: out of memory */
void tm_exporter_free_series(tm_exporter *o, uint32_t batchers);
void tm_exporter_open_batches(tm_exporter *o, const tm_batch_limits *limits, tm_batch_series *b);
void tm_exporter_close_batches(tm_series_owner *owner);

/* Spans that a store still has of the last run are received again. */
void tm_exporter_open_ledger(tm_exporter *o, const tm_batch_limits *limits, uint64_t spans,
                             tm_batch_series *b);
void tm_exporter_close_metrics(tm_exporter *o);

/* A batch ended: so many of its spans were sent, the rest were not. */
void tm_exporter_count_end(tm_exporter *o, const tm_batch *batch, uint64_t sent);

/* Notes the answer to a batch in the deliveries of its requests; `ends`: there is no other try. */
void tm_exporter_note_answer(const tm_exporter *o, const tm_batch *batch, const tm_sent *sent,
                             bool ends);

/* Counts a batch that was taken out of the batchers, and what closed the batches so far. Under the
 * lock. */
void tm_exporter_count_batch(tm_exporter *o, const tm_batch *batch);
void tm_exporter_count_triggers(tm_exporter *o);

/* Sends the batch again after so long. In the home thread. False when out of memory. */
bool tm_exporter_pause(tm_exporter *o, tm_batch *batch, uint64_t wait_ms);

#endif
