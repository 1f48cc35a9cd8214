/* Exporter, limits: from settings to the bounds of batches.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/exporter_limits.h"

#include "base/duration.h"
#include "config/kinds.h"

static uint32_t most_spans(int64_t spans)
{
    return spans > UINT32_MAX ? UINT32_MAX : (uint32_t)spans;
}

static void limit_by_processor(tm_batch_limits *limits, const tm_batch_settings *batch)
{
    limits->trigger_spans = most_spans(batch->send_size);
    limits->max_spans = most_spans(batch->send_max_size);
    limits->timeout_ms = tm_duration_ms(batch->timeout_ns);
}

static void limit_by_queue(tm_batch_limits *limits, const tm_queue_batch_settings *batch)
{
    *limits = (tm_batch_limits){.max_bytes = limits->max_bytes};
    limits->timeout_ms = tm_duration_ms(batch->flush_timeout_ns);
    if (batch->sizer == TM_SIZE_ITEMS) {
        limits->trigger_spans = most_spans(batch->min_size);
        limits->max_spans = most_spans(batch->max_size);
        return;
    }
    limits->trigger_bytes = (size_t)batch->min_size;
    if (batch->max_size && (size_t)batch->max_size < limits->max_bytes)
        limits->max_bytes = (size_t)batch->max_size;
}

/* Whether the exporter's own queue forms its batches, and not the processor. */
static bool batches_itself(const tm_exporter_settings *exporter_settings)
{
    const tm_queue_settings *queue = tm_exporter_queue(exporter_settings);
    return queue && queue->enabled && queue->batch;
}

/* Each exporter forms batches of its own, alike; those of one exporter of the pipeline are counted
 * as the processor's. The processor's id, or an empty text. */
static tm_text counted_as(const tm_pipeline_settings *pipeline,
                          const tm_exporter_settings *exporter_settings)
{
    size_t first = 0;
    while (first < pipeline->exporter_count && batches_itself(pipeline->exporters[first]))
        first++;
    tm_text id = TM_TEXT("");
    const tm_processor_settings *batch;
    if (first < pipeline->exporter_count && pipeline->exporters[first] == exporter_settings)
        for (size_t at = 0; (batch = tm_pipeline_next_batch(pipeline, &at)) != NULL;)
            id = batch->id;
    return id;
}

tm_batch_limits tm_pipeline_limits(const tm_pipeline_settings *settings,
                                   const tm_exporter_settings *exporter_settings)
{
    tm_batch_limits limits = {0};
    const tm_processor_settings *batch;
    for (size_t at = 0; (batch = tm_pipeline_next_batch(settings, &at)) != NULL;)
        limit_by_processor(&limits, &batch->batch);
    const tm_queue_settings *queue = tm_exporter_queue(exporter_settings);
    if (queue)
        limits.max_bytes = (size_t)queue->max_request_bytes;
    if (batches_itself(exporter_settings))
        limit_by_queue(&limits, queue->batch);
    limits.pipeline = settings->id;
    limits.processor = counted_as(settings, exporter_settings);
    return limits;
}

bool tm_pipeline_names(const tm_pipeline_settings *pipeline,
                       const tm_exporter_settings *exporter_settings)
{
    for (size_t i = 0; i < pipeline->exporter_count; i++)
        if (pipeline->exporters[i] == exporter_settings)
            return true;
    return false;
}
