/* Pipeline, a version: series of rules, exporters and what parts batches, made from settings.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/pipeline_version.h"

#include "config/kinds.h"
#include "pipe/call_credentials.h"
#include "pipe/metrics.h"
#include "pipe/page.h"

static tm_sampler_series *open_sampler_series(tm_series_owner *owner, tm_arena *arena)
{
    static const char *const policies[] = {[TM_BY_TRACE_ID_HASH] = "trace_id_hash",
                                           [TM_BY_TRACE_ID_W3C] = "trace_id_w3c",
                                           [TM_BY_SAMPLING_RANDOMNESS] = "sampling_randomness",
                                           [TM_BY_SAMPLING_PRIORITY] = "sampling_priority",
                                           [TM_BY_MISSING_RANDOMNESS] = "missing_randomness"};
    tm_sampler_series *all = TM_NEW(arena, tm_sampler_series);
    for (int i = 0; i < TM_SAMPLING_POLICIES; i++)
        for (int kept = 0; kept < 2; kept++) {
            const tm_text labels[] = {tm_text_of(policies[i]), tm_text_of(kept ? "true" : "false")};
            all->spans[i][kept] = tm_pipe_series(owner, TM_PIPE_SAMPLED_SPANS, labels);
            all->traces[i][kept] = tm_pipe_series(owner, TM_PIPE_SAMPLED_TRACES, labels);
        }
    return all;
}

static void open_rule_series(tm_series_owner *owner, const tm_rule *rule, bool profiles,
                             tm_arena *arena, tm_rule_series *s)
{
    const tm_text labels[] = {rule->name, rule->file, tm_page_short(arena, rule->text)};
    s->matched = tm_pipe_series(owner, TM_PIPE_RULE_MATCHED, labels);
    s->errors = tm_pipe_series(owner, TM_PIPE_RULE_ERRORS, labels);
    s->rejected = tm_pipe_series(owner, TM_PIPE_RULE_REJECTED, labels);
    if (rule->drops) {
        s->dropped = tm_pipe_series(owner, TM_PIPE_RULE_DROPPED, labels);
        s->dropped_bytes = tm_pipe_series(owner, TM_PIPE_RULE_DROPPED_BYTES, labels);
    }
    if (profiles)
        s->time = tm_pipe_series(owner, TM_PIPE_RULE_TIME, labels);
    if (rule->program)
        s->mismatches = tm_pipe_series(owner, TM_PIPE_RULE_MISMATCHES, labels);
}

static void open_items(const tm_ruleset *rs, tm_pipeline_version *all)
{
    all->in = TM_NEW_ARRAY(rs->arena, rs->processors, tm_series *);
    all->out = TM_NEW_ARRAY(rs->arena, rs->processors, tm_series *);
    for (uint32_t i = 0; i < rs->processors; i++) {
        const tm_text labels[] = {TM_TEXT("traces"), rs->processor[i].id};
        all->in[i] = tm_pipe_series(&all->series, TM_PIPE_INCOMING, labels);
        all->out[i] = tm_pipe_series(&all->series, TM_PIPE_OUTGOING, labels);
    }
}

static void open_series(const tm_ruleset *rs, bool profiles, tm_pipeline_version *all)
{
    all->rule = TM_NEW_ARRAY(rs->arena, rs->rules, tm_rule_series);
    all->filtered = TM_NEW_ARRAY(rs->arena, rs->processors, tm_series *);
    for (uint32_t i = 0; i < rs->rules; i++)
        open_rule_series(&all->series, rs->rule[i], profiles, rs->arena, &all->rule[i]);
    open_items(rs, all);
    for (uint32_t i = 0; i < rs->processors; i++) {
        unsigned traits = tm_processor_traits(rs->processor[i].type);
        if (traits & TM_PROCESSOR_FILTERS)
            all->filtered[i] = tm_pipe_series(&all->series, TM_PIPE_FILTERED, &rs->processor[i].id);
        if (traits & TM_PROCESSOR_SAMPLES && !all->sampled)
            all->sampled = open_sampler_series(&all->series, rs->arena);
    }
}

static void open_limiters(tm_arena *arena, const tm_pipeline_settings *settings,
                          tm_pipeline_version *v)
{
    v->limiter = TM_NEW_ARRAY(arena, settings->processor_count, tm_limiter_series);
    for (size_t i = 0; i < settings->processor_count; i++) {
        const tm_processor_settings *p = settings->processors[i];
        const tm_text labels[] = {TM_TEXT("traces"), p->id};
        if (!(tm_processor_traits(p->type) & TM_PROCESSOR_LIMITS))
            continue;
        v->limiter[v->limiters++] =
            (tm_limiter_series){.in = tm_pipe_series(&v->series, TM_PIPE_INCOMING, labels),
                                .accepted = tm_pipe_series(&v->series, TM_PIPE_ADMITTED, &p->id),
                                .refused = tm_pipe_series(&v->series, TM_PIPE_UNADMITTED, &p->id)};
    }
}

static void drop_series(void *what)
{
    tm_series_owner_drop(what);
}

/* --- making --- */

static const tm_partition_names *names_of_headers(tm_arena *arena, const tm_texts *from)
{
    tm_partition_names *names = TM_NEW(arena, tm_partition_names);
    tm_texts *copy = &names->headers;
    copy->items = TM_NEW_ARRAY(arena, from->count, tm_text);
    for (; copy->count < from->count; copy->count++)
        copy->items[copy->count] = tm_arena_copy(arena, from->items[copy->count]);
    return names;
}

/* What of clients the exporter's extension wants to send on. */
static const tm_partition_names *wanted_by(tm_arena *arena,
                                           const tm_exporter_settings *exporter_settings)
{
    tm_partition_names *names = TM_NEW(arena, tm_partition_names);
    *names = tm_call_credentials_wanted(arena, exporter_settings);
    return names->headers.count || names->attributes.count ? names : NULL;
}

/* What parts batches: headers by the exporter's own batching, or by the processor. Where nothing
 * joins requests, what is sent on. */
static const tm_partition_names *names_of(tm_arena *arena, const tm_pipeline_settings *settings,
                                          const tm_pipeline_version *v,
                                          const tm_exporter_settings *exporter_settings)
{
    const tm_queue_settings *queue = tm_exporter_queue(exporter_settings);
    size_t at = 0;
    if (!queue || !queue->enabled || !queue->batch)
        return tm_pipeline_next_batch(settings, &at) ? v->metadata_keys
                                                     : wanted_by(arena, exporter_settings);
    const tm_texts *names = &queue->batch->partition.metadata_keys;
    return names->count ? names_of_headers(arena, names) : NULL;
}

/* Whether clients wait for what becomes of their spans at the exporter. A file that cannot be
 * written is told to them, too, as in the Collector, where nothing forms batches first. */
static bool waits_for(const tm_pipeline_settings *settings,
                      const tm_exporter_settings *exporter_settings)
{
    const tm_queue_settings *queue = tm_exporter_queue(exporter_settings);
    if (queue)
        return queue->wait_for_result || queue->block_on_overflow || !queue->enabled;
    size_t at = 0;
    return tm_exporter_has(exporter_settings, TM_EXPORTER_TELLS) &&
           !tm_pipeline_next_batch(settings, &at);
}

static bool open_exporters(tm_pipeline *p, tm_arena *arena, const tm_pipeline_settings *settings,
                           tm_pipeline_version *v)
{
    v->exporter = TM_NEW_ARRAY(arena, settings->exporter_count, tm_pipeline_exporter);
    for (; v->exporters < settings->exporter_count; v->exporters++) {
        const tm_exporter_settings *s = settings->exporters[v->exporters];
        tm_pipeline_exporter *e = &v->exporter[v->exporters];
        e->exporter = tm_exporters_find(p->exporters, s->id, settings->id, &e->batcher);
        if (!e->exporter)
            return false;
        e->names = names_of(arena, settings, v, s);
        v->waits |= waits_for(settings, s);
    }
    return true;
}

/* A version in the making. */
typedef struct versioning {
    tm_pipeline *pipeline;
    const tm_pipeline_settings *settings;
    tm_ruleset *ruleset;
    bool ok;
} versioning;

static void open_partitions(tm_arena *arena, const tm_pipeline_settings *settings,
                            tm_pipeline_version *v)
{
    const tm_processor_settings *batch;
    for (size_t at = 0; (batch = tm_pipeline_next_batch(settings, &at)) != NULL;) {
        v->combinations = tm_pipe_series(&v->series, TM_PIPE_BATCH_COMBINATIONS, &batch->id);
        if (!batch->batch.metadata_keys.count)
            continue;
        v->metadata_keys = names_of_headers(arena, &batch->batch.metadata_keys);
        v->most_combinations = (uint64_t)batch->batch.metadata_limit;
    }
}

static void note_receivers(tm_arena *arena, const tm_pipeline_settings *settings,
                           tm_pipeline_version *v)
{
    v->receivers.items = TM_NEW_ARRAY(arena, settings->receiver_count, tm_text);
    for (size_t i = 0; i < settings->receiver_count; i++)
        v->receivers.items[v->receivers.count++] = tm_arena_copy(arena, settings->receivers[i]->id);
}

static void open_version(void *argument)
{
    versioning *making = argument;
    tm_arena *arena = making->ruleset->arena;
    tm_pipeline_version *v = TM_NEW(arena, tm_pipeline_version);
    v->series.registry = making->pipeline->registry;
    tm_arena_cleanup(arena, drop_series, &v->series);
    open_partitions(arena, making->settings, v);
    note_receivers(arena, making->settings, v);
    open_series(making->ruleset, making->pipeline->profiles, v);
    open_limiters(arena, making->settings, v);
    if (making->ruleset->shadow)
        v->disagreements = tm_disagreements_open(&v->series, making->pipeline->id, making->ruleset);
    making->ok = open_exporters(making->pipeline, arena, making->settings, v);
    making->ruleset->note = v;
}

bool tm_pipeline_prepare(tm_pipeline *p, const tm_pipeline_settings *settings, tm_ruleset *ruleset)
{
    versioning making = {p, settings, ruleset, false};
    return tm_arena_try(ruleset->arena, open_version, &making) && making.ok;
}

tm_ruleset *tm_pipeline_switch(tm_pipeline *p, tm_ruleset *ruleset)
{
    const tm_pipeline_version *v = ruleset->note;
    tm_partitions_settle(&p->partitions, v->most_combinations, v->metadata_keys != NULL,
                         v->combinations);
    return tm_current_place(&p->current, ruleset);
}

bool tm_pipeline_publish(tm_pipeline *p, const tm_pipeline_settings *settings, tm_ruleset *ruleset)
{
    tm_ruleset *old = ruleset;
    const bool prepared = tm_pipeline_prepare(p, settings, ruleset);
    if (prepared) {
        tm_publisher_begin(p->current.publisher);
        old = tm_pipeline_switch(p, ruleset);
        tm_publisher_end(p->current.publisher);
    }
    tm_ruleset_unref(old);
    return prepared;
}

bool tm_pipeline_init(tm_pipeline *p, tm_arena *arena, const tm_pipeline_settings *settings,
                      tm_ruleset *ruleset, const tm_pipeline_options *options)
{
    *p = (tm_pipeline){.id = tm_arena_copy(arena, settings->id),
                       .registry = options->registry,
                       .log = options->log,
                       .clock = options->clock,
                       .exporters = options->exporters,
                       .profiles = options->profiles,
                       .budget = options->heap ? options->heap->budget : NULL,
                       .heap = options->heap ? &options->heap->heap : NULL};
    tm_current_init(&p->current, options->publisher, NULL);
    tm_partitions_init(&p->partitions, 0);
    return tm_pipeline_publish(p, settings, ruleset);
}

void tm_pipeline_drop(tm_pipeline *p)
{
    tm_partitions_drop(&p->partitions);
    tm_current_drop(&p->current);
}
