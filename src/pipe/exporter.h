/* Exporter: the way to one exporter, which all pipelines that name it share: queue, batches, tries,
 * and what became of them. SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_EXPORTER_H
#define TM_PIPE_EXPORTER_H

#include "base/log.h"
#include "base/metric.h"
#include "config/settings.h"
#include "net/loop.h"
#include "pipe/batchers.h"
#include "pipe/ledger.h"
#include "pipe/packer.h"
#include "pipe/store.h"

typedef struct tm_exporter tm_exporter;
typedef struct tm_sender tm_sender;

/* The answer to one batch. */
typedef struct tm_sent {
    tm_status_code code;
    tm_text message;
    int64_t retry_delay_ms; /* -1: the server asked for none */
    bool again;             /* another try makes sense */
    uint64_t rejected;      /* spans of a partial success */
} tm_sent;

/* How batches leave; one implementation an exporter type. In the home loop's thread. */
struct tm_sender {
    /* NULL: batches are sent as they are. Else what is full is packed where it was filled, so that
     * what waits is small and the work is shared, and large chunks when they are made. */
    tm_packer *packer;
    /* May be NULL: it has none. How many connections to the backend stand; from any thread. */
    unsigned (*connections)(const tm_sender *sender);
    /* Ends in exactly one tm_exporter_sent, now or later. */
    void (*send)(tm_sender *sender, tm_batch *batch);
    void (*free)(tm_sender *sender);
};

typedef struct tm_exporter_options {
    tm_loop *home;
    const tm_clock *clock;
    tm_log *log;
    tm_registry *registry;
    tm_text id;                    /* id: "otlp/tempo" */
    tm_text server;                /* the endpoint as it is configured; empty: none */
    const tm_batch_limits *limits; /* of each pipeline's batches: a batcher each; they may go */
    uint32_t batchers;
    const tm_queue_settings *queue; /* NULL: none (debug, file, nop) */
    const tm_retry_settings *retry; /* NULL: none */
    tm_store *store;                /* NULL: the memory queue of `queue` */
    tm_budget *budget;              /* of what it queues, outlives it; NULL: none */
    /* Called when senders should slow down, and when they need no longer: more waits than the
     * backend takes at once, although it answers. May be NULL. In the home thread. */
    void (*back_pressure_changed)(void *owner, bool back_pressure);
    void *back_pressure_owner;
} tm_exporter_options;

/* Takes over the sender and the store. NULL when out of memory or when the store cannot be opened;
 * nothing was taken over then. */
tm_exporter *tm_exporter_new(const tm_exporter_options *options, tm_sender *sender);

/* One more batcher, whose number is their count before. False when out of memory. Any thread. */
bool tm_exporter_add_batcher(tm_exporter *exporter, const tm_batch_limits *limits);

/* From now on batches are formed by these limits. Any thread. */
void tm_exporter_limit(tm_exporter *exporter, uint32_t number, const tm_batch_limits *limits);

/* Answers for its gauges again, after another exporter of its id did. */
void tm_exporter_bind_metrics(tm_exporter *exporter);

/* A chunk in the form that suits this exporter and batcher, and only those. NULL when out of
 * memory. From any thread. */
tm_chunk *tm_exporter_chunk(tm_exporter *exporter, uint32_t number, const tm_pieces *pieces,
                            uint32_t spans);

/* Takes the chunk of that partition into a batcher (over a reference of its own) or refuses it
 * because the queue is full or memory ran out. The waiter (or NULL) is held until there is room, if
 * the settings say so, or until the backend has answered, and is told the answer. From any thread,
 * between tm_registry_begin and _end and behind the entry in the ledger, so that offers to several
 * exporters are counted in one moment. */
bool tm_exporter_take(tm_exporter *exporter, uint32_t number, tm_chunk *chunk, tm_text key,
                      tm_waiter *waiter);

/* Due behind that moment, whatever became of the offer: packs what is full. */
void tm_exporter_settle(tm_exporter *exporter, uint32_t number);

tm_text tm_exporter_id(const tm_exporter *exporter);

/* What it has at the moment. From any thread. */
typedef struct tm_exporter_state {
    uint64_t queued, capacity; /* as its queue counts, see sizer */
    uint64_t in_flight;        /* batches with a consumer: sent, or waiting for another try */
    uint64_t blocked;          /* requests that wait for room */
    int64_t connections;       /* -1: it has none by its nature */
    uint64_t sent, failed;     /* spans */
} tm_exporter_state;
tm_exporter_state tm_exporter_look(tm_exporter *exporter);

/* What is counted of the spans of that batcher's pipeline. */
const tm_ledger *tm_exporter_ledger(tm_exporter *exporter, uint32_t number);

/* Whoever waited for room is gone: so are its chunks, unless they have been let in. From any
 * thread. */
void tm_exporter_cancel(tm_exporter *exporter, const tm_waiter *waiter);

/* For senders: how a batch ended. */
void tm_exporter_sent(tm_exporter *exporter, tm_batch *batch, const tm_sent *sent);

/* The same of one that did not leave, and may be tried again. */
void tm_exporter_failed(tm_batch *batch, tm_status_code code, const char *why);

/* From now on nothing waits for company: whoever waits for an answer at the end gets it in time. In
 * the home thread. */
void tm_exporter_drain(tm_exporter *exporter);

/* Sends what is there, open batches too; closed(owner) once nothing is left. In the home thread;
 * nobody offers any more. */
void tm_exporter_close(tm_exporter *exporter, void (*closed)(void *owner), void *owner);

/* Spans that were given up before tm_exporter_drain, and whose client had been told that they are
 * taken. In the home thread. */
uint64_t tm_exporter_dropped(const tm_exporter *exporter);

/* Drops what is left, counted and logged, and frees everything. How many spans were lost since
 * tm_exporter_drain: spans that had been accepted, and whose client was not told otherwise. In the
 * home thread. */
uint64_t tm_exporter_free(tm_exporter *exporter);

#endif
