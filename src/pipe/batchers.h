/* Batchers: the batchers of one exporter, one for each pipeline that names the exporter. Each forms
 * batches by the limits of its pipeline; the queue that they fill is one. Not locked: the owner
 * sees to that. SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_BATCHERS_H
#define TM_PIPE_BATCHERS_H

#include "pipe/batch.h"

typedef struct tm_batchers {
    tm_batcher *batcher;
    uint32_t count;
} tm_batchers;

/* What is in all of them. */
typedef struct tm_batchers_sum {
    uint64_t full, spans, bytes, requests;
} tm_batchers_sum;

/* At least one. False when out of memory. */
bool tm_batchers_init(tm_batchers *batchers, const tm_batch_limits *limits, uint32_t count);
void tm_batchers_reset(tm_batchers *batchers); /* they are empty */

/* One more; its number is their count before. False when out of memory. */
bool tm_batchers_add(tm_batchers *batchers, const tm_batch_limits *limits);

tm_batchers_sum tm_batchers_count(const tm_batchers *batchers);
bool tm_batchers_are_empty(const tm_batchers *batchers);

/* Takes the full batch that was begun first, or NULL. */
tm_batch *tm_batchers_take(tm_batchers *batchers);

/* When the time of the next open batch is over; UINT64_MAX: none is open. */
uint64_t tm_batchers_due(const tm_batchers *batchers);

/* Closes the open batches whose time is over by now_ms; UINT64_MAX: all. */
void tm_batchers_flush(tm_batchers *batchers, uint64_t now_ms);

/* From now on nothing waits for company. */
void tm_batchers_drain(tm_batchers *batchers);

#endif
