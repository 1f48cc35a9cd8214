/* Metrics: one table, registered as it is needed.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/metrics.h"

static const tm_metric_row rows[TM_PIPE_METRICS] = {
#define METRIC(id, ...) TM_METRIC_ROW(__VA_ARGS__),
#include "pipe/metrics.def"
#undef METRIC
};

tm_series *tm_pipe_series(tm_registry *registry, tm_pipe_metric id, const tm_text *labels)
{
    tm_metric *metric = tm_metric_register(registry, &rows[id]);
    return metric ? tm_metric_series(metric, labels) : NULL;
}
