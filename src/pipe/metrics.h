/* Metrics: the rows of the pipelines' metrics.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_METRICS_H
#define TM_PIPE_METRICS_H

#include "base/clock.h"
#include "base/metric.h"

typedef enum tm_pipe_metric {
#define METRIC(id, ...) TM_PIPE_##id,
#include "pipe/metrics.def"
#undef METRIC
    TM_PIPE_METRICS
} tm_pipe_metric;

/* The owner's series of a metric with these label values (as many as the row has labels). Never
 * NULL unless out of memory. */
tm_series *tm_pipe_series(tm_series_owner *owner, tm_pipe_metric id, const tm_text *labels);

/* Observes in seconds how long ago `since_ns` was, by tm_clock_monotonic_ns. NULL is fine. */
void tm_pipe_observe_time(tm_series *series, const tm_clock *clock, uint64_t since_ns);

/* Says of each exporter through which spans cannot flow at the moment why, as "exporter otlp: its
 * queue is full", in `room` one after the other with ", " between; empty: they flow. Any thread. */
void tm_pipe_obstacles(tm_registry *registry, char *room, size_t room_bytes);

enum { TM_OBSTACLE_NONE, TM_OBSTACLE_FULL, TM_OBSTACLE_UNCONNECTED }; /* of that metric */

#endif
