/* Pipeline: counters of rules, and handing on.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/pipeline_version.h"

#include "base/number.h"
#include "pipe/deliveries.h"

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

static void count_mismatches(tm_pipeline *p, const tm_ruleset *rs, const tm_outcome *o)
{
    const tm_pipeline_version *all = rs->note;
    for (uint32_t i = 0; i < rs->rules; i++) {
        tm_rule_series *s = &all->rule[i];
        if (!o->rule[i].mismatches)
            continue;
        tm_series_add(s->mismatches, o->rule[i].mismatches);
        if (!atomic_exchange_explicit(&s->mismatch_told, true, memory_order_relaxed))
            tell_mismatch(p, rs->rule[i], &o->mismatch[i]);
    }
}

static void note_match(const tm_pipeline *p, tm_rule_series *s, uint64_t *now_ns)
{
    if (!p->clock)
        return;
    if (!*now_ns)
        *now_ns = tm_clock_realtime_ns(p->clock);
    atomic_store_explicit(&s->last_ns, *now_ns, memory_order_relaxed);
}

/* Spans that a rule drops of a request that is refused are refused with it, and come again. How
 * many spans it has dropped. */
static uint64_t count_rule(const tm_rule_counts *c, tm_rule_series *s, bool refused)
{
    tm_series_add(s->matched, c->matched);
    tm_series_add(s->errors, c->errors);
    tm_series_add(s->rejected, c->rejected_spans);
    atomic_fetch_add_explicit(&s->matched_here, c->matched, memory_order_relaxed);
    atomic_fetch_add_explicit(&s->errors_here, c->errors, memory_order_relaxed);
    if (!c->dropped_spans || refused)
        return 0;
    tm_series_add(s->dropped, c->dropped_spans);
    tm_series_add(s->dropped_bytes, c->dropped_bytes);
    atomic_fetch_add_explicit(&s->dropped_here, c->dropped_spans, memory_order_relaxed);
    return c->dropped_spans;
}

static uint64_t count_rules(const tm_pipeline *p, const tm_ruleset *rs, const tm_outcome *o)
{
    const tm_pipeline_version *all = rs->note;
    uint64_t dropped = 0, now_ns = 0;
    for (uint32_t i = 0; i < rs->rules; i++) {
        const tm_rule_counts *c = &o->rule[i];
        if (!(c->matched | c->errors | c->dropped_spans | c->rejected_spans))
            continue;
        dropped += count_rule(c, &all->rule[i], o->status != TM_JUDGED);
        if (c->matched)
            note_match(p, &all->rule[i], &now_ns);
    }
    return dropped;
}

/* Once in a while. */
static void count_times(const tm_ruleset *rs, const tm_outcome *o)
{
    tm_pipeline_version *all = rs->note;
    for (uint32_t i = 0; i < rs->rules; i++) {
        if (all->rule[i].time)
            tm_series_add(all->rule[i].time, o->rule_ns[i]);
        atomic_fetch_add_explicit(&all->rule[i].ns_here, o->rule_ns[i], memory_order_relaxed);
    }
    atomic_fetch_add_explicit(&all->measured, o->spans_in, memory_order_relaxed);
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

/* What memory_limiters let in, or did not. */
static void count_limiters(const tm_pipeline_version *v, uint64_t spans, bool refused)
{
    for (uint32_t i = 0; i < v->limiters; i++) {
        const tm_limiter_series *s = &v->limiter[i];
        tm_series_add(refused ? s->refused : s->accepted, spans);
    }
}

static void enter(const tm_pipeline_version *v, const tm_ledger_entry *entry)
{
    for (uint32_t i = 0; i < v->exporters; i++)
        tm_ledger_enter(tm_exporter_ledger(v->exporter[i].exporter, v->exporter[i].batcher), entry);
}

/* Counts what the rules made of a request, and enters it on all ways from the pipeline, which leave
 * to be offered what is not `refused`. Between tm_registry_begin and _end. */
static void count_outcome(const tm_pipeline *p, const tm_ruleset *rs, const tm_outcome *o,
                          bool refused, bool no_memory)
{
    const tm_pipeline_version *all = rs->note;
    if (o->status == TM_JUDGED)
        count_items(all, rs, o);
    tm_ledger_entry entry = {.received = o->status == TM_REFUSED_FORM ? 0 : o->spans_in,
                             .dropped = count_rules(p, rs, o)};
    for (uint32_t i = 0; i < rs->processors; i++)
        if (all->filtered[i] && o->filtered[i])
            tm_series_add(all->filtered[i], o->filtered[i]);
    for (uint32_t i = 0; all->sampled && i < rs->processors; i++)
        count_sampled(all->sampled, &o->sampled[i]);
    if (o->rule_ns)
        count_times(rs, o);
    entry.refused = o->spans_rejected + (refused ? o->spans_out : 0);
    if (o->status != TM_JUDGED)
        entry.refused = entry.received;
    count_limiters(all, entry.received, no_memory);
    enter(all, &entry);
}

static void count_refused(tm_pipeline *p, const tm_ruleset *rs, const tm_outcome *o, bool no_memory)
{
    tm_registry_begin(p->registry);
    count_outcome(p, rs, o, true, no_memory);
    tm_registry_end(p->registry);
    count_mismatches(p, rs, o);
}

void tm_pipeline_count(tm_pipeline *p, const tm_ruleset *rs, const tm_outcome *o)
{
    count_refused(p, rs, o, false);
}

void tm_pipeline_refuse(tm_pipeline *p, const tm_ruleset *rs, uint32_t spans)
{
    const tm_ledger_entry entry = {.received = spans, .refused = spans};
    const tm_pipeline_version *v = rs->note;
    tm_registry_begin(p->registry);
    for (uint32_t i = 0; i < v->limiters; i++)
        tm_series_add(v->limiter[i].in, spans);
    count_limiters(v, spans, true);
    enter(v, &entry);
    tm_registry_end(p->registry);
}

/* Offers the chunk under the key of its headers. */
static bool offer(const tm_pipeline_exporter *exporter, tm_chunk *chunk, const tm_passing *from)
{
    const tm_text id = tm_exporter_id(exporter->exporter);
    tm_bytes key = {0};
    bool taken = false;
    tm_deliveries_offer(from->origin, id, chunk->spans);
    if (!exporter->names || tm_partition_key(exporter->names, from->client, &key))
        taken = tm_exporter_take(exporter->exporter, exporter->batcher, chunk, tm_bytes_text(&key),
                                 from->waiter);
    else /* out of memory */
        tm_series_add(tm_exporter_ledger(exporter->exporter, exporter->batcher)->refused,
                      chunk->spans);
    tm_bytes_free(&key);
    if (!taken)
        tm_deliveries_refuse(from->origin, id);
    return taken;
}

/* Counts the request and offers what leaves to all exporters, in one moment of the ledger. */
static tm_taken offer_all(tm_pipeline *p, const tm_ruleset *rs, const tm_outcome *o,
                          tm_chunk *chunk, const tm_passing *from)
{
    const tm_pipeline_version *v = rs->note;
    bool all = true;
    chunk->origin = from->origin;
    tm_registry_begin(p->registry);
    count_outcome(p, rs, o, false, false);
    for (uint32_t i = 0; i < v->exporters; i++)
        all &= offer(&v->exporter[i], chunk, from);
    tm_registry_end(p->registry);
    for (uint32_t i = 0; i < v->exporters; i++)
        tm_exporter_settle(v->exporter[i].exporter, v->exporter[i].batcher);
    return all ? TM_TAKEN : TM_QUEUE_FULL;
}

static tm_taken admit(tm_pipeline *p, const tm_partition_names *names, const tm_client *client)
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

static tm_chunk *chunk_of(const tm_pipeline *p, const tm_pipeline_version *v, const tm_outcome *o)
{
    if (v->exporters != 1)
        return tm_chunk_new(p->budget, o->out, o->spans_out);
    return tm_exporter_chunk(v->exporter->exporter, v->exporter->batcher, o->out, o->spans_out);
}

tm_taken tm_pipeline_pass(tm_pipeline *p, const tm_ruleset *ruleset, const tm_outcome *o,
                          const tm_passing *from)
{
    const tm_pipeline_version *v = ruleset->note;
    tell_request(p, o, from->client);
    tm_taken taken = TM_TAKEN;
    if (o->spans_out && v->metadata_keys)
        taken = admit(p, v->metadata_keys, from->client);
    tm_chunk *chunk = o->spans_out && taken == TM_TAKEN ? chunk_of(p, v, o) : NULL;
    if (!chunk) {
        const bool no_memory = o->spans_out && taken == TM_TAKEN;
        count_refused(p, ruleset, o, no_memory);
        if (o->spans_out == 0) /* empty envelopes are of no use to anybody (OS-10) */
            return TM_TAKEN_NOTHING_LEFT;
        return no_memory ? TM_NO_MEMORY : taken;
    }
    taken = offer_all(p, ruleset, o, chunk, from);
    tm_chunk_unref(chunk);
    count_mismatches(p, ruleset, o);
    return taken;
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
