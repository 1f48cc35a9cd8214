/* Metrics: one table, registered as it is needed.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/metrics.h"

#include <stdio.h>

static const tm_metric_row rows[TM_PIPE_METRICS] = {
#define METRIC(id, ...) TM_METRIC_ROW(__VA_ARGS__),
#include "pipe/metrics.def"
#undef METRIC
};

/* The Collector's, of batches. */
static const double SIZES[] = {10,   25,    50,    75,    100,   250,   500,  750,
                               1000, 2000,  3000,  4000,  5000,  6000,  7000, 8000,
                               9000, 10000, 20000, 30000, 50000, 100000};

static const double SECONDS[] = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                 0.25,   0.5,   1,      2.5,   5,    10,    30};

tm_series *tm_pipe_series(tm_series_owner *owner, tm_pipe_metric id, const tm_text *labels)
{
    tm_metric *metric = tm_metric_register(owner->registry, &rows[id]);
    if (metric && id == TM_PIPE_BATCH_SIZES)
        tm_metric_set_bounds(metric, SIZES, sizeof SIZES / sizeof *SIZES);
    else if (metric && rows[id].kind == TM_METRIC_HISTOGRAM)
        tm_metric_set_bounds(metric, SECONDS, sizeof SECONDS / sizeof *SECONDS);
    return metric ? tm_metric_owned_series(owner, metric, labels) : NULL;
}

void tm_pipe_observe_time(tm_series *series, const tm_clock *clock, uint64_t since_ns)
{
    if (series)
        tm_series_observe(series, (double)tm_elapsed(since_ns, tm_clock_monotonic_ns(clock)) / 1e9);
}

typedef struct obstacles {
    char *room;
    size_t bytes, used;
} obstacles;

static void add_obstacle(void *owner, const tm_text *label, double value)
{
    obstacles *o = owner;
    const char *why =
        value == TM_OBSTACLE_FULL ? "its queue is full" : "spans wait and it is not connected";
    if (value == TM_OBSTACLE_NONE || o->used + 1 >= o->bytes)
        return;
    int n = snprintf(o->room + o->used, o->bytes - o->used, "%sexporter %.*s: %s",
                     o->used ? ", " : "", TM_PRI(label[0]), why);
    o->used += n > 0 ? (size_t)n : 0;
}

void tm_pipe_obstacles(tm_registry *registry, char *room, size_t room_bytes)
{
    obstacles o = {.room = room, .bytes = room_bytes};
    tm_metric *metric = tm_metric_register(registry, &rows[TM_PIPE_OBSTRUCTED]);
    room[0] = 0;
    if (metric)
        tm_metric_each(metric, add_obstacle, &o);
}
