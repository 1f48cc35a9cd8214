/* Batch: outgoing requests, formed from chunks by count, time and bytes.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_BATCH_H
#define TM_PIPE_BATCH_H

#include "io/bytes.h"
#include "net/retry.h"
#include "pipe/chunk.h"

struct tm_exporter;

/* Somebody who waits for the backends' answers about what one request became (wait_for_result).
 * Each batch that holds a part holds the waiter; so does whoever hands the parts out, until all
 * are. The worst answer counts and is told once, after the last one, in the thread of whoever lets
 * go last. */
typedef struct tm_waiter {
    _Atomic uint32_t holders;
    _Atomic int worst; /* tm_status_code */
    void (*told)(struct tm_waiter *waiter);
} tm_waiter;

void tm_waiter_init(tm_waiter *waiter, void (*told)(tm_waiter *waiter)); /* held once */
void tm_waiter_let_go(tm_waiter *waiter, tm_status_code answer);

/* Of two answers to one request: what may be sent again is worse than OK, and what may not is worse
 * than that. */
bool tm_is_worse(tm_status_code code, tm_status_code than);

/* Spans of one request in a batch, where deliveries are noted. */
typedef struct tm_batch_part {
    tm_origin origin;
    uint32_t spans;
} tm_batch_part;

/* One outgoing request. */
typedef struct tm_batch {
    struct tm_batch *next;
    struct tm_exporter *exporter;
    tm_chunk **chunk;
    tm_waiter **waiter; /* beside each chunk, NULL: nobody waits */
    uint32_t chunks, room;
    tm_batch_part *part; /* those of chunks that have an origin; they stay when the chunks go */
    uint32_t parts;
    uint32_t spans;
    uint32_t requests;   /* of clients, that end in it */
    size_t bytes;        /* of the requests in it */
    size_t memory_bytes; /* of its chunks, of which some may be packed */
    tm_retry retry;
    tm_text key;        /* of the partition, behind this block; only equal ones are joined */
    uint64_t sent_ns;   /* when it was handed to the sender last, monotonic */
    uint64_t opened_ms; /* when its first chunk came, monotonic */
    tm_text *pieces;    /* of the message, once it is packed or sent */
    uint32_t piece_count;
    tm_bytes packed; /* the message compressed, or the ends of it round chunks that are */
    bool is_packed;
    size_t held_bytes; /* memory that the exporter counts for it */
    uint32_t batcher;  /* that formed it; once it is taken */
    tm_budget
        *budget; /* that `packed` counts for, once it takes the place of the chunks, or NULL */
} tm_batch;

tm_batch *tm_batch_new(tm_text key); /* NULL when out of memory */
/* Takes over one reference of the chunk. False when out of memory: nothing was taken. */
bool tm_batch_add(tm_batch *batch, tm_chunk *chunk, tm_waiter *waiter);
/* What it has packed counts for the budget (NULL: none) from now on. */
void tm_batch_hold(tm_batch *batch, tm_budget *budget);
/* Gives the chunks back, since something else holds their bytes now. */
void tm_batch_drop_chunks(tm_batch *batch);

/* Whether somebody waits for what becomes of it, and will be told. */
bool tm_batch_is_awaited(const tm_batch *batch);

/* Gives the chunks back and tells the waiters the answer; NULL is fine. */
void tm_batch_end(tm_batch *batch, tm_status_code answer);

/* Bounds of outgoing requests. */
typedef struct tm_batch_limits {
    uint32_t trigger_spans; /* so many are sent at once; 0: no number does it */
    size_t trigger_bytes;   /* the same; both 0: whatever comes is sent at once */
    uint32_t max_spans;     /* 0: no bound */
    size_t max_bytes;       /* 0: no bound */
    uint64_t timeout_ms;    /* longest wait of the first chunk; 0: none waits */
    tm_text processor; /* id of the batch processor that the batches are counted for; or empty */
    tm_text pipeline;  /* id of the pipeline whose batches they are */
} tm_batch_limits;

/* Forms batches. Not locked: its owner sees to that. */
typedef struct tm_batcher {
    tm_batch_limits limits;
    tm_batch *open, *newest;   /* being filled, one a key, oldest first */
    tm_batch *first, *last;    /* full, to be sent, oldest first */
    uint32_t full;             /* how many */
    uint64_t by_size, by_time; /* batches closed by count or bytes, and by the clock */
    uint64_t spans, bytes;     /* of everything added and not taken yet */
    uint64_t requests;         /* of clients */
} tm_batcher;

/* Adds a chunk of that partition, whose reference it takes over, cutting it where the limits say
 * so. False when out of memory: nothing was taken. */
bool tm_batcher_add(tm_batcher *batcher, tm_chunk *chunk, tm_text key, tm_waiter *waiter,
                    uint64_t now_ms);

/* Closes the open batches whose time has come, or all because the end has. */
void tm_batcher_flush_due(tm_batcher *batcher, uint64_t now_ms);
void tm_batcher_flush(tm_batcher *batcher);

/* Takes the oldest full batch, or NULL. */
tm_batch *tm_batcher_take(tm_batcher *batcher);

#endif
