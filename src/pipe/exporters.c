/* Exporters: what pipelines share.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/exporters.h"

#include "base/duration.h"
#include "config/kinds.h"

#include <stdio.h>

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

static tm_batch_limits limits_of(const tm_pipeline_settings *settings,
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

/* Who it is, and the limits of each pipeline that names it, in the order of the pipelines; how many
 * those are. */
static uint32_t read_batchers(const tm_settings *settings,
                              const tm_exporter_settings *exporter_settings, tm_shared_exporter *e,
                              tm_batch_limits *limits)
{
    e->pipeline = TM_NEW_ARRAY(e->arena, settings->pipeline_count, tm_text);
    for (size_t i = 0; i < settings->pipeline_count; i++) {
        const tm_pipeline_settings *pipeline = &settings->pipelines[i];
        if (!names(pipeline, exporter_settings))
            continue;
        limits[e->pipelines] = limits_of(pipeline, exporter_settings);
        limits[e->pipelines].processor = tm_arena_copy(e->arena, limits[e->pipelines].processor);
        limits[e->pipelines].pipeline = tm_arena_copy(e->arena, pipeline->id);
        e->pipeline[e->pipelines] = limits[e->pipelines].pipeline;
        e->pipelines++;
    }
    return e->pipelines;
}

/* An exporter in the making. */
typedef struct opening {
    const tm_settings *settings;
    const tm_exporter_settings *from;
    const tm_exporters_options *options;
    tm_shared_exporter *shared;
    char *error;
    size_t error_bytes;
} opening;

static void open_exporter(void *argument)
{
    opening *o = argument;
    tm_shared_exporter *e = o->shared;
    const tm_exporters_options *options = o->options;
    const tm_exporter_settings *settings = tm_exporter_copy(e->arena, o->from);
    tm_batch_limits *limits = TM_NEW_ARRAY(e->arena, o->settings->pipeline_count, tm_batch_limits);
    uint32_t batchers = read_batchers(o->settings, o->from, e, limits);
    e->id = settings->id;
    tm_sender *sender = tm_sender_new(settings, &options->senders, o->error, o->error_bytes);
    if (!sender)
        return;
    const tm_endpoint *endpoint = tm_exporter_endpoint(settings);
    tm_exporter_options own = {.home = options->home,
                               .clock = options->clock,
                               .log = options->log,
                               .registry = options->registry,
                               .id = settings->id,
                               .server = endpoint ? endpoint->text : TM_TEXT(""),
                               .limits = limits,
                               .batchers = batchers,
                               .back_pressure_changed =
                                   endpoint ? options->back_pressure_changed : NULL,
                               .back_pressure_owner = options->back_pressure_owner,
                               .queue = tm_exporter_queue(settings),
                               .retry = tm_exporter_retry(settings)};
    e->exporter = tm_exporter_new(&own, sender);
    if (e->exporter)
        return;
    sender->free(sender);
    snprintf(o->error, o->error_bytes, "out of memory");
}

static tm_shared_exporter *find(const tm_exporters *all, tm_text id)
{
    for (tm_shared_exporter *e = all->first; e; e = e->next)
        if (tm_text_equal(e->id, id))
            return e;
    return NULL;
}

static bool is_used(const tm_settings *settings, const tm_exporter_settings *exporter_settings)
{
    for (size_t i = 0; i < settings->pipeline_count; i++)
        if (names(&settings->pipelines[i], exporter_settings))
            return true;
    return false;
}

/* Adds it behind *last; false with a sentence in `error`. */
static bool add(tm_shared_exporter **last, opening *o)
{
    tm_arena *arena = tm_arena_new(NULL);
    snprintf(o->error, o->error_bytes, "out of memory");
    tm_shared_exporter *e = arena ? tm_heap_alloc(NULL, sizeof *e) : NULL;
    if (e) {
        *e = (tm_shared_exporter){.arena = arena};
        o->shared = e;
        if (tm_arena_try(arena, open_exporter, o) && e->exporter) {
            *last = e;
            return true;
        }
    }
    tm_heap_free(NULL, e);
    tm_arena_free(arena);
    return false;
}

bool tm_exporters_open(tm_exporters *all, const tm_settings *settings,
                       const tm_exporters_options *options, char *error, size_t error_bytes)
{
    tm_shared_exporter **last = &all->first;
    while (*last)
        last = &(*last)->next;
    for (size_t i = 0; i < settings->exporter_count; i++) {
        const tm_exporter_settings *from = &settings->exporters[i];
        if (!is_used(settings, from) || find(all, from->id))
            continue;
        opening o = {settings, from, options, NULL, error, error_bytes};
        if (!add(last, &o))
            return false;
        last = &(*last)->next;
    }
    return true;
}

uint64_t tm_exporters_drop(tm_exporters *all)
{
    uint64_t lost = 0;
    while (all->first) {
        tm_shared_exporter *e = all->first;
        all->first = e->next;
        lost += tm_exporter_free(e->exporter);
        tm_arena_free(e->arena);
        tm_heap_free(NULL, e);
    }
    return lost;
}

tm_exporter *tm_exporters_find(const tm_exporters *all, tm_text id, tm_text pipeline,
                               uint32_t *number)
{
    const tm_shared_exporter *e = find(all, id);
    for (uint32_t i = 0; e && i < e->pipelines; i++)
        if (tm_text_equal(e->pipeline[i], pipeline)) {
            *number = i;
            return e->exporter;
        }
    return NULL;
}

void tm_exporters_cancel(const tm_exporters *all, const tm_waiter *waiter)
{
    for (tm_shared_exporter *e = all->first; e; e = e->next)
        tm_exporter_cancel(e->exporter, waiter);
}

void tm_exporters_drain(tm_exporters *all)
{
    for (tm_shared_exporter *e = all->first; e; e = e->next)
        tm_exporter_drain(e->exporter);
}

uint32_t tm_exporters_count(const tm_exporters *all)
{
    uint32_t n = 0;
    for (tm_shared_exporter *e = all->first; e; e = e->next)
        n++;
    return n;
}

void tm_exporters_close(tm_exporters *all, void (*closed)(void *owner), void *owner)
{
    for (tm_shared_exporter *e = all->first; e; e = e->next)
        tm_exporter_close(e->exporter, closed, owner);
}
