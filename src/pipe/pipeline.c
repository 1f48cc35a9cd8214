/* Pipeline: counters of rules, and handing on.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/pipeline_version.h"

#include "base/number.h"

#include <inttypes.h>
#include <stdio.h>

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
static void count_items(const tm_pipeline_version *all, const tm_ruleset *rs, const tm_outcome *o)
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
    const tm_pipeline_version *all = rs->note;
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

static tm_taken admit(tm_pipeline *p, const tm_texts *names, const tm_client *client)
{
    tm_bytes key = {0};
    tm_taken taken = TM_QUEUE_FULL; /* out of memory counts as that */
    if (tm_partition_key(names, client, &key))
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
    const tm_pipeline_version *v = ruleset->note;
    tm_taken admitted = v->metadata_keys ? admit(p, v->metadata_keys, client) : TM_TAKEN;
    if (admitted != TM_TAKEN)
        return admitted;
    tm_chunk *chunk =
        v->exporters == 1
            ? tm_exporter_chunk(v->exporter->exporter, v->exporter->batcher, o->out, o->spans_out)
            : tm_chunk_new(o->out, o->spans_out);
    if (!chunk)
        return TM_QUEUE_FULL;
    bool all = true;
    for (uint32_t i = 0; i < v->exporters; i++)
        all &= offer(&v->exporter[i], chunk, client, waiter);
    tm_chunk_unref(chunk);
    return all ? TM_TAKEN : TM_QUEUE_FULL;
}

void tm_pipeline_forget(tm_pipeline *p, const tm_waiter *waiter)
{
    tm_exporters_cancel(p->exporters, waiter); /* whichever version it was offered by */
}

void tm_pipeline_dropped(tm_pipeline *p, void (*fn)(void *owner, tm_text rule, uint64_t spans),
                         void *owner)
{
    tm_held held = {0};
    const tm_ruleset *rs = tm_current_take(&p->current, &held);
    const tm_pipeline_version *all = rs->note;
    for (uint32_t i = 0; i < rs->rules; i++) {
        uint64_t n = atomic_load_explicit(&all->rule[i].dropped_here, memory_order_relaxed);
        if (n)
            fn(owner, rs->rule[i]->name, n);
    }
    tm_current_let_go(&held);
}
