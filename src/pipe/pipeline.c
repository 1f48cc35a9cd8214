/* Pipeline: counters of rules, and handing on.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/pipeline.h"

#include "pipe/metrics.h"

#include <stdatomic.h>

/* The series of one ruleset's rules and filters; ruleset->note. */
typedef struct tm_rule_series {
    tm_series *matched, *dropped, *dropped_bytes, *errors, *rejected;
    _Atomic uint64_t dropped_here; /* under this ruleset */
} tm_rule_series;

/* By policy, and whether the span was kept; under the new name and the former. */
typedef struct tm_sampler_series {
    tm_series *spans[TM_SAMPLING_POLICIES][2], *traces[TM_SAMPLING_POLICIES][2];
} tm_sampler_series;

typedef struct tm_ruleset_series {
    tm_rule_series *rule;
    tm_series **filtered;       /* by processor, NULL: no filter */
    tm_sampler_series *sampled; /* of all samplers together, as in the Collector; NULL: none */
} tm_ruleset_series;

static tm_sampler_series *open_sampler_series(tm_pipeline *p, tm_arena *arena)
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
            all->spans[i][kept] = tm_pipe_series(p->registry, TM_PIPE_SAMPLED_SPANS, labels);
            all->traces[i][kept] = tm_pipe_series(p->registry, TM_PIPE_SAMPLED_TRACES, labels);
        }
    return all;
}

static void open_series(tm_pipeline *p, tm_ruleset *rs)
{
    tm_ruleset_series *all = TM_NEW(rs->arena, tm_ruleset_series);
    all->rule = TM_NEW_ARRAY(rs->arena, rs->rules, tm_rule_series);
    all->filtered = TM_NEW_ARRAY(rs->arena, rs->processors, tm_series *);
    for (uint32_t i = 0; i < rs->rules; i++) {
        const tm_text labels[] = {rs->rule[i]->name, rs->rule[i]->file};
        all->rule[i].matched = tm_pipe_series(p->registry, TM_PIPE_RULE_MATCHED, labels);
        all->rule[i].dropped = tm_pipe_series(p->registry, TM_PIPE_RULE_DROPPED, labels);
        all->rule[i].dropped_bytes =
            tm_pipe_series(p->registry, TM_PIPE_RULE_DROPPED_BYTES, labels);
        all->rule[i].errors = tm_pipe_series(p->registry, TM_PIPE_RULE_ERRORS, labels);
        all->rule[i].rejected = tm_pipe_series(p->registry, TM_PIPE_RULE_REJECTED, labels);
    }
    for (uint32_t i = 0; i < rs->processors; i++)
        if (rs->processor[i].type == TM_PROCESSOR_FILTER)
            all->filtered[i] = tm_pipe_series(p->registry, TM_PIPE_FILTERED, &rs->processor[i].id);
        else if (rs->processor[i].type == TM_PROCESSOR_SAMPLER && !all->sampled)
            all->sampled = open_sampler_series(p, rs->arena);
    rs->note = all;
}

/* --- making --- */

/* The headers that part batches: those of the exporter's own batching, or of the processor. */
static const tm_texts *names_of(const tm_pipeline *p, const tm_exporter_settings *exporter)
{
    const tm_texts *names = p->metadata_keys;
    const tm_queue_settings *queue = tm_outlets_queue(exporter);
    if (queue && queue->enabled && queue->batch)
        names = &queue->batch->partition.metadata_keys;
    return names && names->count ? names : NULL;
}

static void open_partitions(tm_pipeline *p, const tm_pipeline_settings *settings)
{
    uint64_t most = 0;
    for (size_t i = 0; i < settings->processor_count; i++) {
        const tm_processor_settings *processor = settings->processors[i];
        if (processor->type != TM_PROCESSOR_BATCH || !processor->batch.metadata_keys.count)
            continue;
        p->metadata_keys = &processor->batch.metadata_keys;
        most = (uint64_t)processor->batch.metadata_limit;
    }
    tm_partitions_init(&p->partitions, most);
}

void tm_pipeline_init(tm_pipeline *p, tm_arena *arena, const tm_pipeline_settings *settings,
                      tm_ruleset *ruleset, const tm_pipeline_options *options)
{
    *p = (tm_pipeline){.id = tm_arena_copy(arena, settings->id),
                       .registry = options->registry,
                       .log = options->log};
    open_series(p, ruleset);
    tm_current_init(&p->current, ruleset);
    open_partitions(p, settings);
    p->way = TM_NEW_ARRAY(arena, settings->exporter_count, tm_way);
    for (; p->ways < settings->exporter_count; p->ways++) {
        const tm_exporter_settings *exporter = settings->exporters[p->ways];
        const tm_queue_settings *queue = tm_outlets_queue(exporter);
        tm_way *way = &p->way[p->ways];
        way->outlet = tm_outlets_find(options->outlets, exporter, settings, &way->lane);
        way->names = names_of(p, exporter);
        p->waits |=
            queue && (queue->wait_for_result || queue->block_on_overflow || !queue->enabled);
    }
}

void tm_pipeline_drop(tm_pipeline *p)
{
    tm_partitions_drop(&p->partitions);
    tm_current_drop(&p->current);
}

void tm_pipeline_publish(tm_pipeline *p, tm_ruleset *ruleset)
{
    open_series(p, ruleset);
    tm_current_publish(&p->current, ruleset);
}

/* --- requests --- */

static void count_sampled(const tm_sampler_series *all, const tm_sampled *sampled)
{
    for (int i = 0; i < TM_SAMPLING_POLICIES; i++)
        for (int kept = 0; kept < 2; kept++) {
            uint64_t n = sampled->spans[i][kept];
            if (!n)
                continue;
            tm_series_add(all->spans[i][kept], n);
            tm_series_add(all->traces[i][kept], n);
        }
}

void tm_pipeline_count(tm_pipeline *p, const tm_ruleset *rs, const tm_outcome *o)
{
    const tm_ruleset_series *all = rs->note;
    (void)p;
    for (uint32_t i = 0; i < rs->rules; i++) {
        const tm_rule_counts *c = &o->rule[i];
        if (!(c->matched | c->errors | c->dropped_spans | c->rejected_spans))
            continue;
        tm_rule_series *s = &all->rule[i];
        tm_series_add(s->matched, c->matched);
        tm_series_add(s->errors, c->errors);
        tm_series_add(s->rejected, c->rejected_spans);
        tm_series_add(s->dropped, c->dropped_spans);
        tm_series_add(s->dropped_bytes, c->dropped_bytes);
        atomic_fetch_add_explicit(&s->dropped_here, c->dropped_spans, memory_order_relaxed);
    }
    for (uint32_t i = 0; i < rs->processors; i++)
        if (all->filtered[i] && o->filtered[i])
            tm_series_add(all->filtered[i], o->filtered[i]);
    for (uint32_t i = 0; all->sampled && i < rs->processors; i++)
        count_sampled(all->sampled, &o->sampled[i]);
}

/* Offers the chunk under the key of its headers. */
static bool offer(const tm_way *way, tm_chunk *chunk, const tm_client *client, tm_waiter *waiter)
{
    tm_bytes key = {0};
    bool taken = (!way->names || tm_partition_key(way->names, client, &key)) &&
                 tm_outlet_offer(way->outlet, way->lane, chunk, tm_bytes_text(&key), waiter);
    tm_bytes_free(&key);
    return taken;
}

static tm_taken admit(tm_pipeline *p, const tm_client *client)
{
    tm_bytes key = {0};
    tm_taken taken = TM_QUEUE_FULL; /* out of memory counts as that */
    if (tm_partition_key(p->metadata_keys, client, &key))
        taken = tm_partitions_admit(&p->partitions, tm_bytes_text(&key)) ? TM_TAKEN
                                                                         : TM_TOO_MANY_PARTITIONS;
    tm_bytes_free(&key);
    return taken;
}

tm_taken tm_pipeline_pass(tm_pipeline *p, const tm_ruleset *ruleset, const tm_outcome *o,
                          const tm_client *client, tm_waiter *waiter)
{
    tm_pipeline_count(p, ruleset, o);
    if (o->spans_out == 0) /* empty envelopes are of no use to anybody (OS-10) */
        return TM_TAKEN_NOTHING_LEFT;
    tm_taken admitted = p->metadata_keys ? admit(p, client) : TM_TAKEN;
    if (admitted != TM_TAKEN)
        return admitted;
    tm_chunk *chunk = p->ways == 1
                          ? tm_outlet_chunk(p->way->outlet, p->way->lane, o->out, o->spans_out)
                          : tm_chunk_new(o->out, o->spans_out);
    if (!chunk)
        return TM_QUEUE_FULL;
    bool all = true;
    for (uint32_t i = 0; i < p->ways; i++)
        all &= offer(&p->way[i], chunk, client, waiter);
    tm_chunk_unref(chunk);
    return all ? TM_TAKEN : TM_QUEUE_FULL;
}

void tm_pipeline_forget(tm_pipeline *p, const tm_waiter *waiter)
{
    for (uint32_t i = 0; i < p->ways; i++)
        tm_outlet_forget(p->way[i].outlet, waiter);
}

void tm_pipeline_dropped(tm_pipeline *p, void (*fn)(void *owner, tm_text rule, uint64_t spans),
                         void *owner)
{
    tm_held held = {0};
    const tm_ruleset *rs = tm_current_take(&p->current, &held);
    const tm_ruleset_series *all = rs->note;
    for (uint32_t i = 0; i < rs->rules; i++) {
        uint64_t n = atomic_load_explicit(&all->rule[i].dropped_here, memory_order_relaxed);
        if (n)
            fn(owner, rs->rule[i]->name, n);
    }
    tm_current_let_go(&held);
}
