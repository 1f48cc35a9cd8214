/* Deliveries: where the spans of the last requests are that no rule dropped, for people who look
 * for a trace: refused, queued, failed or sent. Kept beside the last drops, by the same settings.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_DELIVERIES_H
#define TM_PIPE_DELIVERIES_H

#include "base/clock.h"
#include "engine/judge.h"
#include "net/status.h"
#include "pipe/batch.h"

typedef struct tm_deliveries tm_deliveries;
typedef struct tm_trace_notes tm_trace_notes;

typedef struct tm_deliveries_options {
    const tm_heap *heap; /* safe in every worker's thread; NULL: libc */
    const tm_clock *clock;
    uint32_t keep; /* so many traces of requests at most, at least 1 */
    double sample; /* share of traces that are noted, as of drops */
} tm_deliveries_options;

/* All that is needed is taken at once, but for the ids of pipelines and exporters. NULL when out of
 * memory. It outlives all chunks. */
tm_deliveries *tm_deliveries_new(const tm_deliveries_options *options);
void tm_deliveries_free(tm_deliveries *deliveries); /* NULL is fine */

/* The traces that are left of one request, of one worker for one pipeline; filled by its judge
 * (tm_judge_watch_kept, `notes` is the owner). Of more than 4096 the others are not noted. NULL
 * when out of memory. */
tm_trace_notes *tm_trace_notes_new(const tm_deliveries *deliveries);
void tm_trace_notes_free(tm_trace_notes *notes); /* NULL is fine */
void tm_trace_notes_begin(void *notes);
void tm_trace_note(void *notes, const tm_request *request);

/* What is known of a request before it is offered to exporters. */
typedef struct tm_delivered_request {
    tm_text pipeline;
    uint32_t received, kept; /* spans */
    tm_text refusal;         /* what its client was told; p NULL: it was judged */
} tm_delivered_request;

/* Adds the request with its noted traces; zero when there are none. */
tm_origin tm_deliveries_add(tm_deliveries *deliveries, const tm_trace_notes *notes,
                            const tm_delivered_request *request);

/* The same of one that was refused as a whole, whose traces are read from its bytes as far as they
 * are sound. */
void tm_deliveries_add_refused(tm_deliveries *deliveries, tm_trace_notes *notes, tm_text bytes,
                               const tm_delivered_request *request);

/* What becomes of it: its spans are offered to an exporter; that refuses them; its client was told
 * that it is refused. Nothing happens where the origin is zero, or no longer kept. */
void tm_deliveries_offer(tm_origin origin, tm_text exporter, uint32_t spans);
void tm_deliveries_refuse(tm_origin origin, tm_text exporter);
void tm_deliveries_tell(tm_origin origin, tm_text refusal);

/* An answer to a batch. */
typedef struct tm_delivery_try {
    tm_text exporter;
    tm_status_code code;
    tm_text message;
    uint64_t rejected; /* spans, of a partial success */
    bool ends;         /* else there will be another try */
} tm_delivery_try;

void tm_deliveries_tried(const tm_batch *batch, const tm_delivery_try *answer);

/* What is known of a trace (16 bytes), the latest request first, at most TM_DELIVERIES_SHOWN: for
 * people, or as the elements of a JSON array; how many requests. */
enum { TM_DELIVERIES_SHOWN = 1000 };
uint32_t tm_deliveries_print(tm_deliveries *deliveries, tm_text trace_id, bool json, tm_buf *out);

#endif
