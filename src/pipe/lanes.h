/* Lanes: the formers of one outlet, one for each pipeline that names the exporter. Each forms
 * batches by the limits of its pipeline; the queue that they fill is one. Not locked: the owner
 * sees to that. SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_LANES_H
#define TM_PIPE_LANES_H

#include "pipe/batch.h"

typedef struct tm_lanes {
    tm_former *former;
    uint32_t count;
} tm_lanes;

/* What is in all of them. */
typedef struct tm_lanes_sum {
    uint64_t full, spans, bytes, requests;
} tm_lanes_sum;

/* At least one. False when out of memory. */
bool tm_lanes_init(tm_lanes *lanes, const tm_batch_limits *limits, uint32_t count);
void tm_lanes_reset(tm_lanes *lanes); /* they are empty */

tm_lanes_sum tm_lanes_count(const tm_lanes *lanes);
bool tm_lanes_are_empty(const tm_lanes *lanes);

/* Takes the full batch that was begun first, or NULL. */
tm_batch *tm_lanes_take(tm_lanes *lanes);

/* When the time of the next open batch is over; UINT64_MAX: none is open. */
uint64_t tm_lanes_due(const tm_lanes *lanes);

/* Closes the open batches whose time is over by now_ms; UINT64_MAX: all. */
void tm_lanes_flush(tm_lanes *lanes, uint64_t now_ms);

/* From now on nothing waits for company. */
void tm_lanes_hurry(tm_lanes *lanes);

#endif
