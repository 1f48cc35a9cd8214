/* Rules, printed: numbers are read at once, then written.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/rules_print.h"

#include "pipe/page.h"
#include "pipe/pipeline_version.h"

typedef struct counts {
    uint64_t matched, dropped, errors;
} counts;

typedef struct seen_rule {
    counts start, reload; /* since */
    uint64_t last_ns, took_ns;
} seen_rule;

enum { RECEIVED, KEPT, DROPPED, REFUSED, FAILED, QUEUED, STATES };

static const char *const STATE[STATES] = {"received", "kept",   "dropped",
                                          "refused",  "failed", "queued"};

typedef struct seen_ledger {
    uint64_t spans[STATES];
} seen_ledger;

typedef struct seen {
    const tm_pipeline *pipeline;
    const tm_ruleset *ruleset;
    const tm_pipeline_version *version;
    seen_rule *rule;
    seen_ledger *ledger;
    uint64_t by_others; /* dropped by rules of rulesets before */
    uint64_t measured;  /* spans of measured requests, ... */
    uint64_t took_ns;   /* ... and what all rules took for them */
} seen;

/* --- reading --- */

static uint64_t value_of(const tm_series *series)
{
    return series ? tm_series_value(series) : 0;
}

static uint64_t loaded(const _Atomic uint64_t *value)
{
    return atomic_load_explicit(value, memory_order_relaxed);
}

static seen_rule read_rule(const tm_rule_series *s)
{
    return (seen_rule){
        .start = {value_of(s->matched), value_of(s->dropped), value_of(s->errors)},
        .reload = {loaded(&s->matched_here), loaded(&s->dropped_here), loaded(&s->errors_here)},
        .last_ns = loaded(&s->last_ns),
        .took_ns = loaded(&s->ns_here)};
}

static seen_ledger read_ledger(const tm_pipeline_exporter *e)
{
    const tm_ledger *ledger = tm_exporter_ledger(e->exporter, e->batcher);
    return (seen_ledger){{[RECEIVED] = value_of(ledger->received),
                          [KEPT] = value_of(ledger->kept),
                          [DROPPED] = value_of(ledger->dropped),
                          [REFUSED] = value_of(ledger->refused),
                          [FAILED] = value_of(ledger->failed),
                          [QUEUED] = value_of(ledger->queued)}};
}

static seen read_all(const tm_pipeline *p, const tm_ruleset *rs, tm_arena *arena)
{
    seen s = {.pipeline = p, .ruleset = rs, .version = rs->note};
    uint64_t dropped = 0;
    s.rule = TM_NEW_ARRAY(arena, rs->rules, seen_rule);
    s.ledger = TM_NEW_ARRAY(arena, s.version->exporters, seen_ledger);
    tm_registry_begin(p->registry);
    for (uint32_t i = 0; i < rs->rules; i++)
        s.rule[i] = read_rule(&s.version->rule[i]);
    for (uint32_t i = 0; i < s.version->exporters; i++)
        s.ledger[i] = read_ledger(&s.version->exporter[i]);
    tm_registry_end(p->registry);
    for (uint32_t i = 0; i < rs->rules; i++) {
        dropped += s.rule[i].reload.dropped;
        s.took_ns += s.rule[i].took_ns;
    }
    s.measured = loaded(&s.version->measured);
    s.by_others = s.version->exporters ? s.ledger[0].spans[DROPPED] - dropped : 0;
    return s;
}

/* --- for people --- */

static void print_ledger(const seen *s, uint32_t i, tm_buf *out)
{
    const uint64_t *spans = s->ledger[i].spans;
    tm_buf_print(
        out, "  to %.*s: %llu received =", TM_PRI(tm_exporter_id(s->version->exporter[i].exporter)),
        (unsigned long long)spans[RECEIVED]);
    for (int k = KEPT; k < STATES; k++)
        tm_buf_print(out, "%s %llu %s", k == KEPT ? "" : " +", (unsigned long long)spans[k],
                     STATE[k]);
    tm_buf_print(out, "\n");
}

static double share_of(const seen *s, const seen_rule *r)
{
    return s->took_ns ? (double)r->took_ns / (double)s->took_ns : 0;
}

static void print_rule(const seen *s, uint32_t i, tm_buf *out)
{
    const seen_rule *r = &s->rule[i];
    tm_buf_print(out, "  ");
    tm_page_rule_line(out, s->ruleset->rule[i], true);
    tm_buf_print(out, "\n      matched %llu, dropped %llu, errors %llu since the reload; ",
                 (unsigned long long)r->reload.matched, (unsigned long long)r->reload.dropped,
                 (unsigned long long)r->reload.errors);
    tm_buf_print(out, "%llu, %llu, %llu since the start; ", (unsigned long long)r->start.matched,
                 (unsigned long long)r->start.dropped, (unsigned long long)r->start.errors);
    if (r->last_ns) {
        tm_buf_print(out, "last match ");
        tm_page_time(out, r->last_ns);
    } else {
        tm_buf_print(out, "no match yet");
    }
    if (s->took_ns)
        tm_buf_print(out, "; %.1f %% of the time of rules", share_of(s, r) * 100);
    tm_buf_print(out, "\n");
}

static void print_text(const seen *s, tm_buf *out)
{
    tm_buf_print(out, "pipeline %.*s\n", TM_PRI(s->pipeline->id));
    for (uint32_t i = 0; i < s->version->exporters; i++)
        print_ledger(s, i, out);
    if (s->measured)
        tm_buf_print(out, "  rules took %.0f ns a span, of %llu that were measured\n",
                     (double)s->took_ns / (double)s->measured, (unsigned long long)s->measured);
    for (uint32_t i = 0; i < s->ruleset->rules; i++)
        print_rule(s, i, out);
    if (s->by_others)
        tm_buf_print(out, "  %llu spans dropped by rules before the reload\n",
                     (unsigned long long)s->by_others);
}

/* --- as JSON --- */

static void add_ledger(const seen *s, uint32_t i, tm_buf *out)
{
    tm_buf_print(out, "%s{", i ? "," : "");
    tm_page_member(out, "exporter", tm_exporter_id(s->version->exporter[i].exporter));
    for (int k = 0; k < STATES; k++)
        tm_buf_print(out, ",\"%s\":%llu", STATE[k], (unsigned long long)s->ledger[i].spans[k]);
    tm_buf_print(out, "}");
}

static void add_counts(const char *since, const counts *c, tm_buf *out)
{
    tm_buf_print(out, ",\"%s\":{\"matched\":%llu,\"dropped\":%llu,\"errors\":%llu}", since,
                 (unsigned long long)c->matched, (unsigned long long)c->dropped,
                 (unsigned long long)c->errors);
}

static void add_rule(const seen *s, uint32_t i, tm_buf *out)
{
    const seen_rule *r = &s->rule[i];
    tm_buf_print(out, "%s{", i ? "," : "");
    tm_page_rule(out, s->ruleset->rule[i], true);
    add_counts("since_start", &r->start, out);
    add_counts("since_reload", &r->reload, out);
    if (s->measured)
        tm_buf_print(out, ",\"time_share\":%.4f,\"nanoseconds\":%llu", share_of(s, r),
                     (unsigned long long)r->took_ns);
    tm_buf_print(out, ",\"last_match\":");
    if (r->last_ns) {
        tm_buf_print(out, "\"");
        tm_page_time(out, r->last_ns);
        tm_buf_print(out, "\"}");
    } else {
        tm_buf_print(out, "null}");
    }
}

static void print_json(const seen *s, tm_buf *out)
{
    tm_buf_print(out, "{");
    tm_page_member(out, "pipeline", s->pipeline->id);
    tm_buf_print(out, ",\"spans\":[");
    for (uint32_t i = 0; i < s->version->exporters; i++)
        add_ledger(s, i, out);
    tm_buf_print(out, "],\"rules\":[");
    for (uint32_t i = 0; i < s->ruleset->rules; i++)
        add_rule(s, i, out);
    tm_buf_print(out, "],\"measured_spans\":%llu,\"dropped_before_reload\":%llu}",
                 (unsigned long long)s->measured, (unsigned long long)s->by_others);
}

void tm_rules_print(tm_pipeline *pipeline, const tm_ruleset *ruleset, bool json, tm_buf *out)
{
    const seen s = read_all(pipeline, ruleset, out->arena);
    if (json)
        print_json(&s, out);
    else
        print_text(&s, out);
}
