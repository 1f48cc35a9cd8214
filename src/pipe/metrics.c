/* Metrics: one table, registered as it is needed.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/metrics.h"

static const tm_metric_row rows[TM_PIPE_METRICS] = {
#define METRIC(id, ...) TM_METRIC_ROW(__VA_ARGS__),
#include "pipe/metrics.def"
#undef METRIC
};

/* The Collector's, of batches. */
static const double SIZES[] = {10,   25,    50,    75,    100,   250,   500,  750,
                               1000, 2000,  3000,  4000,  5000,  6000,  7000, 8000,
                               9000, 10000, 20000, 30000, 50000, 100000};

tm_series *tm_pipe_series(tm_series_owner *owner, tm_pipe_metric id, const tm_text *labels)
{
    tm_metric *metric = tm_metric_register(owner->registry, &rows[id]);
    if (metric && id == TM_PIPE_BATCH_SIZES)
        tm_metric_set_bounds(metric, SIZES, sizeof SIZES / sizeof *SIZES);
    return metric ? tm_metric_owned_series(owner, metric, labels) : NULL;
}
