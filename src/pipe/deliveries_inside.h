/* Deliveries, inside: what their files share. SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_DELIVERIES_INSIDE_H
#define TM_PIPE_DELIVERIES_INSIDE_H

#include "pipe/deliveries.h"

#include <pthread.h>

enum {
    TM_DELIVERY_WAYS = 4,     /* exporters of one request that are noted */
    TM_DELIVERY_REASONS = 64, /* the latest ones, shared by requests */
    TM_DELIVERY_NAMES = 1024, /* ids of exporters and pipelines, of all configurations */
    TM_DELIVERY_REASON_BYTES = 158
};

/* An id, for as long as the deliveries. */
typedef struct tm_delivery_name {
    struct tm_delivery_name *next;
    tm_text text; /* behind this block */
} tm_delivery_name;

typedef struct tm_delivery_reason {
    uint64_t number; /* 0: none yet */
    uint16_t n;
    char text[TM_DELIVERY_REASON_BYTES];
} tm_delivery_reason;

/* A request on its way to one exporter. Spans that were neither sent nor failed are queued, unless
 * they were refused. */
typedef struct tm_delivery_way {
    const tm_delivery_name *exporter; /* NULL: there were too many */
    uint64_t reason;                  /* of the latest answer that was no plain success; 0: none */
    uint32_t offered, sent, failed;   /* spans */
    uint32_t rejected;                /* of the batches that held them, by the backend */
    uint32_t tries;                   /* answered with a failure */
    uint16_t code;                    /* tm_status_code of the latest failure */
    bool refused;
} tm_delivery_way;

typedef struct tm_delivery {
    uint64_t time_ns;
    const tm_delivery_name *pipeline;
    uint64_t told; /* reason: what its client was told of its refusal; 0: it was not refused */
    uint32_t received, kept;
    uint32_t traces, first; /* its rows of the ring of traces, from that place on */
    uint32_t ways;          /* all of them, noted or not */
    bool judged;            /* else it was refused as a whole */
    tm_delivery_way way[TM_DELIVERY_WAYS];
} tm_delivery;

/* Spans of a trace in one request: one for each trace of each request, so kept small. */
typedef struct tm_delivered_trace {
    char id[16];
    uint32_t spans;
} tm_delivered_trace;

struct tm_deliveries {
    tm_deliveries_options options;
    pthread_mutex_t lock;                           /* of what follows */
    tm_delivery *delivery;                          /* a ring of options.keep, by number */
    uint64_t requests;                              /* added so far */
    tm_delivered_trace *trace;                      /* the same, by request */
    uint32_t next_trace;                            /* place of the next one */
    tm_delivery_reason reason[TM_DELIVERY_REASONS]; /* a ring, by number */
    uint64_t reasons;
    tm_delivery_name *names;
    uint32_t name_count;
};

enum { TM_TRACE_NOTES_BITS = 8 };

struct tm_trace_notes {
    const tm_deliveries *deliveries;
    tm_delivered_trace *trace; /* the first stands behind one of zeros, which is none */
    uint32_t n, room;
    bool is_asked;                             /* not every trace is noted */
    uint16_t latest[1 << TM_TRACE_NOTES_BITS]; /* by hash, the trace noted last; 0: none */
};

/* The traces of all spans of a request, as far as its structure is sound. */
void tm_trace_note_all(tm_trace_notes *notes, tm_text request);

/* The request of that number (1, 2, ...), or NULL: it is no longer kept. Under the lock. */
tm_delivery *tm_deliveries_find(tm_deliveries *deliveries, uint64_t request);

/* The text of a reason; p NULL: there was none, or it is no longer kept. Under the lock. */
tm_text tm_deliveries_reason(const tm_deliveries *deliveries, uint64_t number);

#endif
