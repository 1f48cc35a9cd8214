/* Outlets: what pipelines share.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/outlets.h"

#include "base/duration.h"

#include <assert.h>
#include <stdio.h>

const tm_queue_settings *tm_outlets_queue(const tm_exporter_settings *exporter)
{
    switch (exporter->type) {
    case TM_EXPORTER_OTLP:
        return &exporter->otlp.queue;
    case TM_EXPORTER_DEBUG:
        return exporter->debug.queue;
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

static tm_batch_limits limits_of(const tm_pipeline_settings *settings,
                                 const tm_exporter_settings *exporter)
{
    tm_batch_limits limits = {0};
    for (size_t i = 0; i < settings->processor_count; i++)
        if (settings->processors[i]->type == TM_PROCESSOR_BATCH)
            limit_by_processor(&limits, &settings->processors[i]->batch);
    const tm_queue_settings *queue = tm_outlets_queue(exporter);
    if (queue)
        limits.max_bytes = (size_t)queue->max_request_bytes;
    if (queue && queue->enabled && queue->batch)
        limit_by_queue(&limits, queue->batch);
    return limits;
}

static bool names(const tm_pipeline_settings *pipeline, const tm_exporter_settings *exporter)
{
    for (size_t i = 0; i < pipeline->exporter_count; i++)
        if (pipeline->exporters[i] == exporter)
            return true;
    return false;
}

/* The limits of each pipeline that names the exporter, in the order of the pipelines; how many. */
static uint32_t read_lanes(const tm_settings *settings, const tm_exporter_settings *exporter,
                           tm_batch_limits *limits)
{
    uint32_t n = 0;
    for (size_t i = 0; i < settings->pipeline_count; i++)
        if (names(&settings->pipelines[i], exporter))
            limits[n++] = limits_of(&settings->pipelines[i], exporter);
    return n;
}

static tm_outlet *open_outlet(const tm_exporter_settings *exporter, const tm_batch_limits *limits,
                              uint32_t lanes, const tm_outlets_options *options, char *error,
                              size_t error_bytes)
{
    tm_sender *sender = tm_sender_new(exporter, &options->senders, error, error_bytes);
    if (!sender)
        return NULL;
    bool remote = exporter->type == TM_EXPORTER_OTLP;
    tm_outlet_options o = {.home = options->home,
                           .clock = options->clock,
                           .log = options->log,
                           .registry = options->registry,
                           .exporter = exporter->id,
                           .limits = limits,
                           .lanes = lanes,
                           .press = remote ? options->press : NULL,
                           .press_owner = options->press_owner,
                           .queue = tm_outlets_queue(exporter),
                           .retry = remote ? &exporter->otlp.retry : NULL};
    tm_outlet *outlet = tm_outlet_new(&o, sender);
    if (!outlet) {
        sender->free(sender);
        snprintf(error, error_bytes, "out of memory");
    }
    return outlet;
}

bool tm_outlets_init(tm_outlets *all, tm_arena *arena, const tm_settings *settings,
                     const tm_outlets_options *options, char *error, size_t error_bytes)
{
    tm_batch_limits *limits = TM_NEW_ARRAY(arena, settings->pipeline_count, tm_batch_limits);
    *all = (tm_outlets){.settings = settings,
                        .outlet = TM_NEW_ARRAY(arena, settings->exporter_count, tm_outlet *)};
    for (; all->count < settings->exporter_count; all->count++) {
        const tm_exporter_settings *exporter = &settings->exporters[all->count];
        uint32_t lanes = read_lanes(settings, exporter, limits);
        tm_outlet *outlet =
            lanes ? open_outlet(exporter, limits, lanes, options, error, error_bytes) : NULL;
        if (lanes && !outlet)
            return false;
        all->outlet[all->count] = outlet;
    }
    return true;
}

void tm_outlets_drop(tm_outlets *all)
{
    for (uint32_t i = 0; i < all->count; i++)
        tm_outlet_free(all->outlet[i]);
    all->count = 0;
}

tm_outlet *tm_outlets_find(const tm_outlets *all, const tm_exporter_settings *exporter,
                           const tm_pipeline_settings *pipeline, uint32_t *lane)
{
    size_t at = (size_t)(exporter - all->settings->exporters);
    assert(at < all->count && all->outlet[at]);
    *lane = 0;
    for (const tm_pipeline_settings *p = all->settings->pipelines; p < pipeline; p++)
        *lane += names(p, exporter);
    return all->outlet[at];
}

void tm_outlets_hurry(tm_outlets *all)
{
    for (uint32_t i = 0; i < all->count; i++)
        if (all->outlet[i])
            tm_outlet_hurry(all->outlet[i]);
}

uint32_t tm_outlets_used(const tm_outlets *all)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < all->count; i++)
        n += all->outlet[i] != NULL;
    return n;
}

void tm_outlets_close(tm_outlets *all, void (*closed)(void *owner), void *owner)
{
    for (uint32_t i = 0; i < all->count; i++)
        if (all->outlet[i])
            tm_outlet_close(all->outlet[i], closed, owner);
}
