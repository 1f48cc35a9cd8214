/* Intake, inside: what its files share.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_INTAKE_INSIDE_H
#define TM_PIPE_INTAKE_INSIDE_H

#include "pipe/comparer.h"
#include "pipe/intake.h"
#include "pipe/metrics.h"
#include "pipe/pending.h"

/* What one worker has for one pipeline. */
typedef struct tm_worker_pipeline {
    tm_judge *judge;
    tm_outcome outcome; /* of the latest request, */
    bool judged;        /* unless there was no memory for it */
    tm_comparer comparer;
    tm_drop_notes *notes;   /* NULL: drops are not noted */
    tm_trace_notes *traces; /* NULL: nor what stays */
} tm_worker_pipeline;

typedef struct tm_intake_worker {
    tm_worker_pipeline *pipeline; /* one a pipeline, */
    tm_held *held;                /* and the rules that judge the next request there */
    tm_pending_reply *pending;
} tm_intake_worker;

/* What became of spans, by transport. */
typedef struct tm_intake_series {
    tm_series *accepted, *refused, *failed, *time;
} tm_intake_series;

struct tm_intake {
    tm_intake_options options;
    tm_arena *arena;
    tm_current **current; /* of the pipelines */
    bool keeps;           /* under the publisher's lock: rules stay what they are */
    tm_intake_worker *worker;
    tm_series_owner series;
    tm_intake_series spans[TM_INTAKE_TRANSPORTS];
    tm_series *mended, *too_costly, *bulk;
};

/* Threads that judge, each a worker. */
static inline uint32_t tm_intake_threads(const tm_intake_options *o)
{
    return o->workers + o->bulk_workers;
}

#endif
