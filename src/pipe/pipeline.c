/* Pipeline: counters of rules, and handing on.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/pipeline.h"

#include "base/number.h"
#include "pipe/metrics.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>

/* The series of one ruleset's rules and filters; ruleset->note. */
typedef struct tm_rule_series {
    tm_series *matched, *errors, *rejected;
    tm_series *dropped, *dropped_bytes; /* NULL: it cannot drop spans */
    tm_series *mismatches;              /* NULL: it compares nothing */
    _Atomic uint64_t dropped_here;      /* under this ruleset */
    _Atomic bool mismatch_told;
} tm_rule_series;

/* By policy, and whether the span was kept; under the new name and the former. */
typedef struct tm_sampler_series {
    tm_series *spans[TM_SAMPLING_POLICIES][2], *traces[TM_SAMPLING_POLICIES][2];
} tm_sampler_series;

typedef struct tm_ruleset_series {
    tm_rule_series *rule;
    tm_series **filtered;       /* by processor, NULL: no filter */
    tm_series **in, **out;      /* by processor */
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

/* The text as a label: on one line, and no longer than a dashboard can show. */
static tm_text label_of(tm_arena *arena, tm_text text)
{
    enum { MOST = 120 };
    tm_buf out = {.arena = arena};
    bool gap = false;
    text = tm_text_trim(text);
    for (size_t i = 0; i < text.n; i++) {
        const char c = text.p[i];
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
            gap = true;
            continue;
        }
        if (out.n + gap >= MOST && ((uint8_t)c & 0xc0) != 0x80) {
            tm_buf_add(&out, TM_TEXT("..."));
            break;
        }
        if (gap)
            tm_buf_add_char(&out, ' ');
        tm_buf_add_char(&out, c);
        gap = false;
    }
    return tm_buf_text(&out);
}

static void open_rule_series(tm_pipeline *p, const tm_rule *rule, tm_arena *arena,
                             tm_rule_series *s)
{
    const tm_text labels[] = {rule->name, rule->file, label_of(arena, rule->text)};
    s->matched = tm_pipe_series(p->registry, TM_PIPE_RULE_MATCHED, labels);
    s->errors = tm_pipe_series(p->registry, TM_PIPE_RULE_ERRORS, labels);
    s->rejected = tm_pipe_series(p->registry, TM_PIPE_RULE_REJECTED, labels);
    if (rule->drops) {
        s->dropped = tm_pipe_series(p->registry, TM_PIPE_RULE_DROPPED, labels);
        s->dropped_bytes = tm_pipe_series(p->registry, TM_PIPE_RULE_DROPPED_BYTES, labels);
    }
    if (rule->program)
        s->mismatches = tm_pipe_series(p->registry, TM_PIPE_RULE_MISMATCHES, labels);
}

static void open_items(tm_pipeline *p, tm_ruleset *rs, tm_ruleset_series *all)
{
    all->in = TM_NEW_ARRAY(rs->arena, rs->processors, tm_series *);
    all->out = TM_NEW_ARRAY(rs->arena, rs->processors, tm_series *);
    for (uint32_t i = 0; i < rs->processors; i++) {
        const tm_text labels[] = {TM_TEXT("traces"), rs->processor[i].id};
        all->in[i] = tm_pipe_series(p->registry, TM_PIPE_INCOMING, labels);
        all->out[i] = tm_pipe_series(p->registry, TM_PIPE_OUTGOING, labels);
    }
}

static void open_series(tm_pipeline *p, tm_ruleset *rs)
{
    tm_ruleset_series *all = TM_NEW(rs->arena, tm_ruleset_series);
    all->rule = TM_NEW_ARRAY(rs->arena, rs->rules, tm_rule_series);
    all->filtered = TM_NEW_ARRAY(rs->arena, rs->processors, tm_series *);
    for (uint32_t i = 0; i < rs->rules; i++) {
        open_rule_series(p, rs->rule[i], rs->arena, &all->rule[i]);
    }
    open_items(p, rs, all);
    for (uint32_t i = 0; i < rs->processors; i++)
        if (rs->processor[i].type == TM_PROCESSOR_FILTER)
            all->filtered[i] = tm_pipe_series(p->registry, TM_PIPE_FILTERED, &rs->processor[i].id);
        else if (rs->processor[i].type == TM_PROCESSOR_SAMPLER && !all->sampled)
            all->sampled = open_sampler_series(p, rs->arena);
    rs->note = all;
}

/* --- making --- */

/* The headers that part batches: those of the exporter's own batching, or of the processor. */
static const tm_texts *names_of(const tm_pipeline *p, const tm_exporter_settings *exporter_settings)
{
    const tm_texts *names = p->metadata_keys;
    const tm_queue_settings *queue = tm_exporters_queue(exporter_settings);
    if (queue && queue->enabled && queue->batch)
        names = &queue->batch->partition.metadata_keys;
    return names && names->count ? names : NULL;
}

static void open_partitions(tm_pipeline *p, const tm_pipeline_settings *settings)
{
    uint64_t most = 0;
    tm_series *combinations = NULL;
    for (size_t i = 0; i < settings->processor_count; i++) {
        const tm_processor_settings *processor = settings->processors[i];
        if (processor->type != TM_PROCESSOR_BATCH)
            continue;
        combinations = tm_pipe_series(p->registry, TM_PIPE_BATCH_COMBINATIONS, &processor->id);
        if (!processor->batch.metadata_keys.count)
            continue;
        p->metadata_keys = &processor->batch.metadata_keys;
        most = (uint64_t)processor->batch.metadata_limit;
    }
    tm_partitions_init(&p->partitions, most);
    if (p->metadata_keys)
        p->partitions.counted = combinations;
    else if (combinations)
        tm_series_add(combinations, 1);
}

/* Whether clients wait for what becomes of their spans at the exporter. A file that cannot be
 * written is told to them, too, as in the Collector, where nothing forms batches first. */
static bool waits_for(const tm_pipeline_settings *settings,
                      const tm_exporter_settings *exporter_settings)
{
    const tm_queue_settings *queue = tm_exporters_queue(exporter_settings);
    if (queue)
        return queue->wait_for_result || queue->block_on_overflow || !queue->enabled;
    bool batches = false;
    for (size_t i = 0; i < settings->processor_count; i++)
        batches |= settings->processors[i]->type == TM_PROCESSOR_BATCH;
    return exporter_settings->type == TM_EXPORTER_FILE && !batches;
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
    p->exporter = TM_NEW_ARRAY(arena, settings->exporter_count, tm_pipeline_exporter);
    for (; p->exporters < settings->exporter_count; p->exporters++) {
        const tm_exporter_settings *exporter_settings = settings->exporters[p->exporters];
        tm_pipeline_exporter *exporter = &p->exporter[p->exporters];
        exporter->exporter =
            tm_exporters_find(options->exporters, exporter_settings, settings, &exporter->batcher);
        exporter->names = names_of(p, exporter_settings);
        p->waits |= waits_for(settings, exporter_settings);
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

/* An operand for people, as far as it fits. */
static tm_text show(const tm_value *v, char *room, size_t size)
{
    int n;
    if (v->type == TM_STRING)
        return tm_text_slice(v->p, v->n < size ? v->n : size);
    if (v->type == TM_INT || v->type == TM_DURATION)
        n = snprintf(room, size, "%" PRId64, v->integer);
    else if (v->type == TM_DOUBLE)
        n = (int)tm_number_print(room, v->number, TM_EXPONENT_SHORT);
    else if (v->type == TM_BOOL)
        n = snprintf(room, size, "%s", v->truth ? "true" : "false");
    else
        return TM_TEXT("");
    return tm_text_slice(room, (size_t)n);
}

/* The first mismatch of a rule is told with what was compared. */
static void tell_mismatch(tm_pipeline *p, const tm_rule *rule, const tm_mismatch *m)
{
    enum { ROOM = 64 };
    char left[ROOM], right[ROOM];
    tm_log_debug(p->log, "a comparison is false because its types do not compare",
                 TM_LOG_OWN("rule", rule->name), TM_LOG_OWN("file", rule->file),
                 TM_LOG_TEXT("value", show(&m->left, left, ROOM)),
                 TM_LOG_WORD("type", tm_type_name(m->left.type)),
                 TM_LOG_TEXT("compared_with", show(&m->right, right, ROOM)),
                 TM_LOG_WORD("its_type", tm_type_name(m->right.type)));
}

static void count_mismatches(tm_pipeline *p, const tm_rule *rule, tm_rule_series *s,
                             const tm_rule_counts *c, const tm_mismatch *first)
{
    tm_series_add(s->mismatches, c->mismatches);
    if (!atomic_exchange_explicit(&s->mismatch_told, true, memory_order_relaxed))
        tell_mismatch(p, rule, first);
}

static void count_rule(const tm_rule_counts *c, tm_rule_series *s)
{
    tm_series_add(s->matched, c->matched);
    tm_series_add(s->errors, c->errors);
    tm_series_add(s->rejected, c->rejected_spans);
    if (!c->dropped_spans)
        return;
    tm_series_add(s->dropped, c->dropped_spans);
    tm_series_add(s->dropped_bytes, c->dropped_bytes);
    atomic_fetch_add_explicit(&s->dropped_here, c->dropped_spans, memory_order_relaxed);
}

/* What each processor was given and gave on: what it removed tells the one from the other. */
static void count_items(const tm_ruleset_series *all, const tm_ruleset *rs, const tm_outcome *o)
{
    uint64_t spans = o->spans_in;
    for (uint32_t i = 0; spans && i < rs->processors; i++) {
        tm_series_add(all->in[i], spans);
        spans -= o->filtered[i];
        tm_series_add(all->out[i], spans);
    }
}

void tm_pipeline_count(tm_pipeline *p, const tm_ruleset *rs, const tm_outcome *o)
{
    const tm_ruleset_series *all = rs->note;
    if (o->status == TM_JUDGED)
        count_items(all, rs, o);
    for (uint32_t i = 0; i < rs->rules; i++) {
        const tm_rule_counts *c = &o->rule[i];
        if (c->matched | c->errors | c->dropped_spans | c->rejected_spans)
            count_rule(c, &all->rule[i]);
        if (c->mismatches)
            count_mismatches(p, rs->rule[i], &all->rule[i], c, &o->mismatch[i]);
    }
    for (uint32_t i = 0; i < rs->processors; i++)
        if (all->filtered[i] && o->filtered[i])
            tm_series_add(all->filtered[i], o->filtered[i]);
    for (uint32_t i = 0; all->sampled && i < rs->processors; i++)
        count_sampled(all->sampled, &o->sampled[i]);
}

/* Offers the chunk under the key of its headers. */
static bool offer(const tm_pipeline_exporter *exporter, tm_chunk *chunk, const tm_client *client,
                  tm_waiter *waiter)
{
    tm_bytes key = {0};
    bool taken = (!exporter->names || tm_partition_key(exporter->names, client, &key)) &&
                 tm_exporter_offer(exporter->exporter, exporter->batcher, chunk,
                                   tm_bytes_text(&key), waiter);
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

/* A few a second, at level debug alone. */
static void tell_request(tm_pipeline *p, const tm_outcome *o, const tm_client *client)
{
    tm_log_some(p->log, TM_LOG_DEBUG, "a request was judged", TM_LOG_OWN("pipeline", p->id),
                TM_LOG_TEXT("peer", client->address), TM_LOG_UINT("spans", o->spans_in),
                TM_LOG_UINT("kept", o->spans_out), TM_LOG_UINT("bytes", o->out->bytes));
}

tm_taken tm_pipeline_pass(tm_pipeline *p, const tm_ruleset *ruleset, const tm_outcome *o,
                          const tm_client *client, tm_waiter *waiter)
{
    tm_pipeline_count(p, ruleset, o);
    tell_request(p, o, client);
    if (o->spans_out == 0) /* empty envelopes are of no use to anybody (OS-10) */
        return TM_TAKEN_NOTHING_LEFT;
    tm_taken admitted = p->metadata_keys ? admit(p, client) : TM_TAKEN;
    if (admitted != TM_TAKEN)
        return admitted;
    tm_chunk *chunk =
        p->exporters == 1
            ? tm_exporter_chunk(p->exporter->exporter, p->exporter->batcher, o->out, o->spans_out)
            : tm_chunk_new(o->out, o->spans_out);
    if (!chunk)
        return TM_QUEUE_FULL;
    bool all = true;
    for (uint32_t i = 0; i < p->exporters; i++)
        all &= offer(&p->exporter[i], chunk, client, waiter);
    tm_chunk_unref(chunk);
    return all ? TM_TAKEN : TM_QUEUE_FULL;
}

void tm_pipeline_forget(tm_pipeline *p, const tm_waiter *waiter)
{
    for (uint32_t i = 0; i < p->exporters; i++)
        tm_exporter_cancel(p->exporter[i].exporter, waiter);
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
