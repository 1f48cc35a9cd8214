/* Disagreements, printed: what /debug/shadow shows of one pipeline.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/harmless.h"
#include "pipe/disagreements.h"
#include "pipe/page.h"

static tm_text trace_id_of(const tm_disagreement_sample *s)
{
    return tm_text_slice(s->trace_id, s->trace_id_bytes);
}

static tm_text span_id_of(const tm_disagreement_sample *s)
{
    return tm_text_slice(s->span_id, s->span_id_bytes);
}

static tm_text name_of(const tm_disagreement_sample *s)
{
    return tm_text_slice(s->name, s->name_bytes);
}

/* The samples of a row, the latest first; NULL at the end. */
static const tm_disagreement_sample *next_sample(const tm_disagreement_row *row, uint64_t *taken)
{
    if (*taken == row->sampled || *taken == TM_SAMPLES_EACH)
        return NULL;
    return &row->sample[(row->sampled - ++*taken) % TM_SAMPLES_EACH];
}

/* --- for people --- */

static void add_side(tm_buf *out, const char *side, const tm_rule *rule)
{
    tm_buf_print(out, "  %s: ", side);
    if (rule)
        tm_page_rule_line(out, rule, false);
    else
        tm_buf_print(out, "no rule");
}

static void print_sample(tm_buf *out, const tm_disagreement_sample *s)
{
    tm_buf_print(out, "      ");
    tm_page_time(out, s->time_ns);
    tm_buf_print(out, "  trace ");
    tm_buf_add_hex(out, trace_id_of(s));
    tm_buf_print(out, "  span ");
    tm_buf_add_hex(out, span_id_of(s));
    tm_buf_print(out, "  \"");
    tm_harmless_add(out, name_of(s));
    tm_buf_print(out, "\"");
    add_side(out, "live", s->live);
    add_side(out, "shadow", s->shadow);
    tm_buf_print(out, "\n");
}

static void print_row(tm_buf *out, const tm_disagreement_row *row)
{
    static const char *const sentences[] = {[TM_LIVE_DROPPED] = "dropped, the shadow keeps them",
                                            [TM_SHADOW_DROPPED] = "kept, the shadow drops them",
                                            [TM_EDITS_DIFFER] = "edited differently"};
    tm_buf_print(out, "  %llu spans %s: ", (unsigned long long)row->count, sentences[row->kind]);
    if (row->rule)
        tm_page_rule_line(out, row->rule, true);
    else
        tm_buf_print(out, "by no statement of either side");
    tm_buf_print(out, "\n");
    uint64_t taken = 0;
    for (const tm_disagreement_sample *s; (s = next_sample(row, &taken)) != NULL;)
        print_sample(out, s);
}

static void print_text(const tm_disagreements *all, tm_buf *out)
{
    tm_buf_print(out, "pipeline %.*s: %llu spans compared, %llu skipped\n", TM_PRI(all->pipeline),
                 (unsigned long long)all->spans[0], (unsigned long long)all->spans[1]);
    for (int i = TM_COMPARED + 1; i < TM_COMPARED_ENDS; i++)
        if (all->requests[i])
            tm_buf_print(out, "  %llu requests not compared: %s\n",
                         (unsigned long long)all->requests[i], tm_compared_word((tm_compared)i));
    for (uint32_t i = 0; i < all->rows; i++)
        if (all->row[i].count)
            print_row(out, &all->row[i]);
    tm_buf_print(out, "rules of the shadow\n");
    for (uint32_t i = 0; i < all->shadow->rules; i++) {
        const tm_rule_counts *c = &all->of_rule[i];
        tm_buf_print(out,
                     "  %llu matched, %llu dropped, %llu errors: ", (unsigned long long)c->matched,
                     (unsigned long long)c->dropped_spans, (unsigned long long)c->errors);
        tm_page_rule_line(out, all->shadow->rule[i], true);
        tm_buf_print(out, "\n");
    }
}

/* --- as JSON --- */

static void add_rule(tm_buf *out, const char *key, const tm_rule *rule, bool text)
{
    tm_buf_print(out, ",\"%s\":%s", key, rule ? "{" : "null");
    if (!rule)
        return;
    tm_page_rule(out, rule, text);
    tm_buf_print(out, "}");
}

static void add_sample(tm_buf *out, const tm_disagreement_sample *s)
{
    tm_buf_print(out, "{\"time\":\"");
    tm_page_time(out, s->time_ns);
    tm_buf_print(out, "\",\"trace_id\":\"");
    tm_buf_add_hex(out, trace_id_of(s));
    tm_buf_print(out, "\",\"span_id\":\"");
    tm_buf_add_hex(out, span_id_of(s));
    tm_buf_print(out, "\",");
    tm_page_member(out, "name", name_of(s));
    add_rule(out, "live", s->live, false);
    add_rule(out, "shadow", s->shadow, false);
    tm_buf_print(out, "}");
}

static void add_row(tm_buf *out, const tm_disagreement_row *row)
{
    tm_buf_print(out, "{\"kind\":\"%s\",\"spans\":%llu", tm_disagreement_word(row->kind),
                 (unsigned long long)row->count);
    add_rule(out, "rule", row->rule, true);
    tm_buf_print(out, ",\"samples\":[");
    uint64_t taken = 0;
    for (const tm_disagreement_sample *s; (s = next_sample(row, &taken)) != NULL;) {
        tm_buf_print(out, "%s", taken > 1 ? "," : "");
        add_sample(out, s);
    }
    tm_buf_print(out, "]}");
}

static void add_rules(const tm_disagreements *all, tm_buf *out)
{
    for (uint32_t i = 0; i < all->shadow->rules; i++) {
        const tm_rule_counts *c = &all->of_rule[i];
        tm_buf_print(out, "%s{\"matched\":%llu,\"dropped\":%llu,\"errors\":%llu,", i ? "," : "",
                     (unsigned long long)c->matched, (unsigned long long)c->dropped_spans,
                     (unsigned long long)c->errors);
        tm_page_rule(out, all->shadow->rule[i], true);
        tm_buf_print(out, "}");
    }
}

static void print_json(const tm_disagreements *all, tm_buf *out)
{
    tm_buf_print(out, "{");
    tm_page_member(out, "pipeline", all->pipeline);
    tm_buf_print(out, ",\"spans\":{\"compared\":%llu,\"skipped\":%llu},\"requests\":{",
                 (unsigned long long)all->spans[0], (unsigned long long)all->spans[1]);
    for (int i = 0; i < TM_COMPARED_ENDS; i++)
        tm_buf_print(out, "%s\"%s\":%llu", i ? "," : "", tm_compared_word((tm_compared)i),
                     (unsigned long long)all->requests[i]);
    tm_buf_print(out, "},\"disagreements\":[");
    const char *comma = "";
    for (uint32_t i = 0; i < all->rows; i++) {
        if (!all->row[i].count)
            continue;
        tm_buf_print(out, "%s", comma);
        add_row(out, &all->row[i]);
        comma = ",";
    }
    tm_buf_print(out, "],\"rules\":[");
    add_rules(all, out);
    tm_buf_print(out, "]}");
}

/* --- both --- */

void tm_disagreements_print(tm_disagreements *of, bool json, tm_buf *out)
{
    /* A copy, so that no worker waits until all is printed. */
    tm_disagreements *seen = TM_NEW(out->arena, tm_disagreements);
    tm_disagreement_row *rows = TM_NEW_ARRAY(out->arena, of->rows, tm_disagreement_row);
    tm_rule_counts *counts = TM_NEW_ARRAY(out->arena, of->shadow->rules, tm_rule_counts);
    pthread_mutex_lock(&of->lock);
    seen->rows = of->rows;
    memcpy(rows, of->row, of->rows * sizeof *rows);
    memcpy(counts, of->of_rule, of->shadow->rules * sizeof *counts);
    memcpy(seen->spans, of->spans, sizeof seen->spans);
    memcpy(seen->requests, of->requests, sizeof seen->requests);
    pthread_mutex_unlock(&of->lock);
    seen->pipeline = of->pipeline;
    seen->shadow = of->shadow;
    seen->row = rows;
    seen->of_rule = counts;
    if (json)
        print_json(seen, out);
    else
        print_text(seen, out);
}
