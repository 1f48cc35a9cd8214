/* Exporters: what pipelines share.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/exporters.h"

#include "config/kinds.h"
#include "config/same.h"
#include "pipe/exporter_limits.h"

#include <stdio.h>

/* The limits of each pipeline that names it, in the order of the pipelines; how many those are. */
static uint32_t read_batchers(const tm_settings *settings,
                              const tm_exporter_settings *exporter_settings, tm_shared_exporter *e,
                              tm_batch_limits *limits)
{
    e->pipeline = TM_NEW_ARRAY(e->arena, settings->pipeline_count, tm_text);
    for (size_t i = 0; i < settings->pipeline_count; i++) {
        const tm_pipeline_settings *pipeline = &settings->pipelines[i];
        if (!tm_pipeline_names(pipeline, exporter_settings))
            continue;
        limits[e->pipelines] = tm_pipeline_limits(pipeline, exporter_settings);
        e->pipeline[e->pipelines++] = tm_arena_copy(e->arena, pipeline->id);
    }
    return e->pipelines;
}

/* An exporter in the making. */
typedef struct opening {
    const tm_settings *settings;
    const tm_exporter_settings *from;
    const tm_exporters_options *options;
    tm_shared_exporter *shared;
    tm_arena *aside;
    bool same;
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
    e->settings = settings;
    tm_sender *sender = tm_sender_new(settings, &options->senders, o->error, o->error_bytes);
    if (!sender)
        return;
    const tm_endpoint *endpoint = tm_exporter_endpoint(settings);
    tm_exporter_options own = {.home = options->home,
                               .clock = options->clock,
                               .log = options->log,
                               .registry = options->registry,
                               .budget = options->budget,
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

tm_shared_exporter *tm_exporters_newest(const tm_exporters *all, tm_text id)
{
    for (tm_shared_exporter *e = all->first; e; e = e->next)
        if (e->stage <= TM_EXPORTER_LIVE && tm_text_equal(e->id, id))
            return e;
    return NULL;
}

static bool is_used(const tm_settings *settings, const tm_exporter_settings *exporter_settings)
{
    for (size_t i = 0; i < settings->pipeline_count; i++)
        if (tm_pipeline_names(&settings->pipelines[i], exporter_settings))
            return true;
    return false;
}

/* False with a sentence in `error`. */
static bool add(tm_exporters *all, opening *o)
{
    tm_arena *arena = tm_arena_new(NULL);
    snprintf(o->error, o->error_bytes, "out of memory");
    tm_shared_exporter *e = arena ? tm_heap_alloc(NULL, sizeof *e) : NULL;
    if (e) {
        *e = (tm_shared_exporter){.all = all, .arena = arena};
        o->shared = e;
        if (tm_arena_try(arena, open_exporter, o) && e->exporter) {
            pthread_mutex_lock(&all->lock);
            e->next = all->first;
            all->first = e;
            pthread_mutex_unlock(&all->lock);
            return true;
        }
    }
    tm_heap_free(NULL, e);
    tm_arena_free(arena);
    return false;
}

/* Whether an exporter of these settings has a batcher for the pipeline, and its number. */
bool tm_shared_exporter_batcher(const tm_shared_exporter *e, tm_text pipeline, uint32_t *number)
{
    for (*number = 0; *number < e->pipelines; ++*number)
        if (tm_text_equal(e->pipeline[*number], pipeline))
            return true;
    return false;
}

static void add_batchers(void *argument)
{
    opening *o = argument;
    tm_shared_exporter *e = o->shared;
    for (size_t i = 0; i < o->settings->pipeline_count; i++) {
        const tm_pipeline_settings *pipeline = &o->settings->pipelines[i];
        uint32_t number;
        if (!tm_pipeline_names(pipeline, o->from) ||
            tm_shared_exporter_batcher(e, pipeline->id, &number))
            continue;
        const tm_batch_limits limits = tm_pipeline_limits(pipeline, o->from);
        tm_text *ids = TM_NEW_ARRAY(e->arena, number + 1, tm_text);
        if (number)
            memcpy(ids, e->pipeline, number * sizeof *ids);
        ids[number] = tm_arena_copy(e->arena, pipeline->id);
        if (!tm_exporter_add_batcher(e->exporter, &limits))
            return;
        e->pipeline = ids;
        e->pipelines++;
    }
    o->shared = NULL; /* done */
}

static void compare(void *argument)
{
    opening *o = argument;
    o->same = tm_same_exporter(o->aside, o->shared->settings, o->from);
}

/* Whether there is one of its id and settings, which stays. */
static bool keep(tm_exporters *all, opening *o)
{
    o->shared = tm_exporters_newest(all, o->from->id);
    if (!o->shared)
        return false;
    o->aside = tm_arena_new(NULL);
    const bool compared = o->aside && tm_arena_try(o->aside, compare, o);
    tm_arena_free(o->aside);
    return compared && o->same; /* without memory it will not be made either */
}

bool tm_exporters_open(tm_exporters *all, const tm_settings *settings,
                       const tm_exporters_options *options, const tm_exporter_settings **failed,
                       char *error, size_t error_bytes)
{
    all->home = options->home;
    all->log = options->log;
    for (size_t i = 0; i < settings->exporter_count; i++) {
        const tm_exporter_settings *from = &settings->exporters[i];
        opening o = {.settings = settings,
                     .from = from,
                     .options = options,
                     .error = error,
                     .error_bytes = error_bytes};
        if (failed)
            *failed = from;
        if (!is_used(settings, from))
            continue;
        if (!keep(all, &o) ? !add(all, &o)
                           : !tm_arena_try(o.shared->arena, add_batchers, &o) || o.shared)
            return false;
    }
    return true;
}

tm_exporter *tm_exporters_find(const tm_exporters *all, tm_text id, tm_text pipeline,
                               uint32_t *number)
{
    const tm_shared_exporter *e = tm_exporters_newest(all, id);
    return e && tm_shared_exporter_batcher(e, pipeline, number) ? e->exporter : NULL;
}
