/* Exporters: what pipelines share.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/exporters.h"

#include "base/duration.h"

#include <assert.h>
#include <stdio.h>

const tm_queue_settings *tm_exporters_queue(const tm_exporter_settings *exporter_settings)
{
    switch (exporter_settings->type) {
    case TM_EXPORTER_OTLP:
        return &exporter_settings->otlp.queue;
    case TM_EXPORTER_DEBUG:
        return exporter_settings->debug.queue;
    default:
        return NULL;
    }
}

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
    const tm_queue_settings *queue = tm_exporters_queue(exporter_settings);
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
    if (first < pipeline->exporter_count && pipeline->exporters[first] == exporter_settings)
        for (size_t i = 0; i < pipeline->processor_count; i++)
            if (pipeline->processors[i]->type == TM_PROCESSOR_BATCH)
                id = pipeline->processors[i]->id;
    return id;
}

static tm_batch_limits limits_of(const tm_pipeline_settings *settings,
                                 const tm_exporter_settings *exporter_settings)
{
    tm_batch_limits limits = {0};
    for (size_t i = 0; i < settings->processor_count; i++)
        if (settings->processors[i]->type == TM_PROCESSOR_BATCH)
            limit_by_processor(&limits, &settings->processors[i]->batch);
    const tm_queue_settings *queue = tm_exporters_queue(exporter_settings);
    if (queue)
        limits.max_bytes = (size_t)queue->max_request_bytes;
    if (batches_itself(exporter_settings))
        limit_by_queue(&limits, queue->batch);
    limits.processor = counted_as(settings, exporter_settings);
    return limits;
}

static bool names(const tm_pipeline_settings *pipeline,
                  const tm_exporter_settings *exporter_settings)
{
    for (size_t i = 0; i < pipeline->exporter_count; i++)
        if (pipeline->exporters[i] == exporter_settings)
            return true;
    return false;
}

/* The limits of each pipeline that names the exporter, in the order of the pipelines; how many. */
static uint32_t read_lanes(const tm_settings *settings,
                           const tm_exporter_settings *exporter_settings, tm_batch_limits *limits)
{
    uint32_t n = 0;
    for (size_t i = 0; i < settings->pipeline_count; i++)
        if (names(&settings->pipelines[i], exporter_settings))
            limits[n++] = limits_of(&settings->pipelines[i], exporter_settings);
    return n;
}

static tm_exporter *open_outlet(const tm_exporter_settings *exporter_settings,
                                const tm_batch_limits *limits, uint32_t batchers,
                                const tm_exporters_options *options, char *error,
                                size_t error_bytes)
{
    tm_sender *sender = tm_sender_new(exporter_settings, &options->senders, error, error_bytes);
    if (!sender)
        return NULL;
    bool remote = exporter_settings->type == TM_EXPORTER_OTLP;
    tm_exporter_options o = {.home = options->home,
                             .clock = options->clock,
                             .log = options->log,
                             .registry = options->registry,
                             .id = exporter_settings->id,
                             .server = remote ? exporter_settings->otlp.endpoint.text : TM_TEXT(""),
                             .limits = limits,
                             .batchers = batchers,
                             .back_pressure_changed =
                                 remote ? options->back_pressure_changed : NULL,
                             .back_pressure_owner = options->back_pressure_owner,
                             .queue = tm_exporters_queue(exporter_settings),
                             .retry = remote ? &exporter_settings->otlp.retry : NULL};
    tm_exporter *exporter = tm_exporter_new(&o, sender);
    if (!exporter) {
        sender->free(sender);
        snprintf(error, error_bytes, "out of memory");
    }
    return exporter;
}

bool tm_exporters_init(tm_exporters *all, tm_arena *arena, const tm_settings *settings,
                       const tm_exporters_options *options, char *error, size_t error_bytes)
{
    tm_batch_limits *limits = TM_NEW_ARRAY(arena, settings->pipeline_count, tm_batch_limits);
    *all = (tm_exporters){.settings = settings,
                          .exporter = TM_NEW_ARRAY(arena, settings->exporter_count, tm_exporter *)};
    for (; all->count < settings->exporter_count; all->count++) {
        const tm_exporter_settings *exporter_settings = &settings->exporters[all->count];
        uint32_t batchers = read_lanes(settings, exporter_settings, limits);
        tm_exporter *exporter =
            batchers ? open_outlet(exporter_settings, limits, batchers, options, error, error_bytes)
                     : NULL;
        if (batchers && !exporter)
            return false;
        all->exporter[all->count] = exporter;
    }
    return true;
}

uint64_t tm_exporters_drop(tm_exporters *all)
{
    uint64_t lost = 0;
    for (uint32_t i = 0; i < all->count; i++)
        lost += tm_exporter_free(all->exporter[i]);
    all->count = 0;
    return lost;
}

tm_exporter *tm_exporters_find(const tm_exporters *all,
                               const tm_exporter_settings *exporter_settings,
                               const tm_pipeline_settings *pipeline, uint32_t *number)
{
    size_t at = (size_t)(exporter_settings - all->settings->exporters);
    assert(at < all->count && all->exporter[at]);
    *number = 0;
    for (const tm_pipeline_settings *p = all->settings->pipelines; p < pipeline; p++)
        *number += names(p, exporter_settings);
    return all->exporter[at];
}

void tm_exporters_drain(tm_exporters *all)
{
    for (uint32_t i = 0; i < all->count; i++)
        if (all->exporter[i])
            tm_exporter_drain(all->exporter[i]);
}

uint32_t tm_exporters_used(const tm_exporters *all)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < all->count; i++)
        n += all->exporter[i] != NULL;
    return n;
}

void tm_exporters_close(tm_exporters *all, void (*closed)(void *owner), void *owner)
{
    for (uint32_t i = 0; i < all->count; i++)
        if (all->exporter[i])
            tm_exporter_close(all->exporter[i], closed, owner);
}
