/* Disagreements: noted by a worker without a lock, added once a request.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/disagreements.h"

#include "pipe/metrics.h"

const char *tm_compared_word(tm_compared end)
{
    static const char *const words[] = {[TM_COMPARED] = "compared",
                                        [TM_COMPARED_NOT_LIVE] = "live_refused",
                                        [TM_COMPARED_NOT_SHADOW] = "shadow_refused",
                                        [TM_COMPARED_NOT_COST] = "cost",
                                        [TM_COMPARED_NOT_MEMORY] = "memory"};
    return words[end];
}

const char *tm_disagreement_word(tm_disagreement_kind kind)
{
    static const char *const words[] = {[TM_LIVE_DROPPED] = "live_dropped",
                                        [TM_SHADOW_DROPPED] = "shadow_dropped",
                                        [TM_EDITS_DIFFER] = "edits_differ"};
    return words[kind];
}

/* --- making --- */

static void drop_lock(void *what)
{
    pthread_mutex_destroy(what);
}

static void open_series(tm_disagreements *all)
{
    static const char *const results[] = {"compared", "skipped"};
    for (int i = 0; i < 2; i++) {
        const tm_text labels[] = {all->pipeline, tm_text_of(results[i])};
        all->spans_series[i] = tm_pipe_series(all->owner, TM_PIPE_SHADOW_SPANS, labels);
    }
    for (int i = 0; i < TM_COMPARED_ENDS; i++) {
        const tm_text labels[] = {all->pipeline, tm_text_of(tm_compared_word((tm_compared)i))};
        all->request_series[i] = tm_pipe_series(all->owner, TM_PIPE_SHADOW_REQUESTS, labels);
    }
}

static void add_rows(tm_disagreements *all, const tm_ruleset *rules, tm_disagreement_kind dropped)
{
    for (uint32_t i = 0; i < rules->rules; i++)
        all->row[all->rows++] = (tm_disagreement_row){
            .rule = rules->rule[i], .kind = rules->rule[i]->drops ? dropped : TM_EDITS_DIFFER};
}

tm_disagreements *tm_disagreements_open(tm_series_owner *owner, tm_text pipeline,
                                        const tm_ruleset *rules)
{
    tm_arena *arena = rules->arena;
    const tm_ruleset *shadow = rules->shadow;
    tm_disagreements *all = TM_NEW(arena, tm_disagreements);
    *all = (tm_disagreements){.owner = owner,
                              .pipeline = tm_arena_copy(arena, pipeline),
                              .rules = rules,
                              .shadow = shadow};
    all->row = TM_NEW_ARRAY(arena, rules->rules + shadow->rules + 1, tm_disagreement_row);
    add_rows(all, rules, TM_LIVE_DROPPED);
    add_rows(all, shadow, TM_SHADOW_DROPPED);
    all->row[all->rows++] = (tm_disagreement_row){.kind = TM_EDITS_DIFFER};
    all->of_rule = TM_NEW_ARRAY(arena, shadow->rules, tm_rule_counts);
    all->error_series = TM_NEW_ARRAY(arena, shadow->rules, tm_series *);
    open_series(all);
    pthread_mutex_init(&all->lock, NULL);
    tm_arena_cleanup(arena, drop_lock, &all->lock);
    return all;
}

/* --- noting --- */

typedef struct noted {
    uint64_t count;
    tm_disagreement_sample sample; /* the first one */
} noted;

struct tm_disagreement_notes {
    const tm_heap *heap;
    const tm_disagreements *of; /* the request's */
    noted *noted;               /* by row; what is counted is in `touched` */
    uint32_t *touched;
    uint32_t n, room;
};

tm_disagreement_notes *tm_disagreement_notes_new(const tm_heap *heap)
{
    tm_disagreement_notes *notes = tm_heap_alloc(heap, sizeof *notes);
    if (notes)
        *notes = (tm_disagreement_notes){.heap = heap};
    return notes;
}

void tm_disagreement_notes_free(tm_disagreement_notes *notes)
{
    if (!notes)
        return;
    tm_heap_free(notes->heap, notes->noted);
    tm_heap_free(notes->heap, notes->touched);
    tm_heap_free(notes->heap, notes);
}

bool tm_disagreement_notes_begin(tm_disagreement_notes *notes, const tm_disagreements *of)
{
    notes->of = of;
    notes->n = 0;
    if (of->rows <= notes->room)
        return true;
    noted *rows = tm_heap_grow(notes->heap, notes->noted, of->rows * sizeof *rows);
    if (!rows)
        return false;
    notes->noted = rows;
    uint32_t *touched = tm_heap_grow(notes->heap, notes->touched, of->rows * sizeof *touched);
    if (!touched)
        return false;
    notes->touched = touched;
    notes->room = of->rows;
    memset(rows, 0, of->rows * sizeof *rows);
    return true;
}

/* As much of the name as there is room for, cut between characters. */
static uint8_t bytes_of_name(tm_text name)
{
    size_t n = name.n;
    if (n > TM_SAMPLE_NAME_BYTES)
        for (n = TM_SAMPLE_NAME_BYTES; n && ((uint8_t)name.p[n] & 0xc0) == 0x80;)
            n--;
    return (uint8_t)n;
}

static uint8_t put(char *at, tm_text text, size_t most)
{
    const size_t n = text.n < most ? text.n : most;
    if (n)
        memcpy(at, text.p, n);
    return (uint8_t)n;
}

static void keep_sample(tm_disagreement_sample *s, const tm_disagreement *d)
{
    s->live = d->live;
    s->shadow = d->shadow;
    s->trace_id_bytes = put(s->trace_id, d->trace_id, sizeof s->trace_id);
    s->span_id_bytes = put(s->span_id, d->span_id, sizeof s->span_id);
    s->name_bytes = put(s->name, d->name, bytes_of_name(d->name));
}

/* The row that the disagreement is told of. */
static uint32_t row_of(const tm_disagreements *of, const tm_disagreement *d)
{
    const tm_rule *rule = tm_disagreement_rule(d);
    if (!rule)
        return of->rows - 1;
    return rule == d->live ? rule->number : of->rules->rules + rule->number;
}

void tm_disagreement_note(void *owner, const tm_disagreement *d)
{
    tm_disagreement_notes *notes = owner;
    const uint32_t row = row_of(notes->of, d);
    noted *n = &notes->noted[row];
    if (n->count++)
        return;
    notes->touched[notes->n++] = row;
    keep_sample(&n->sample, d);
}

/* --- adding --- */

static void add_row(tm_disagreements *all, uint32_t number, const noted *n, uint64_t now_ns)
{
    tm_disagreement_row *row = &all->row[number];
    if (!row->series) {
        const tm_text none = TM_TEXT("");
        const tm_text labels[] = {all->pipeline, tm_text_of(tm_disagreement_word(row->kind)),
                                  row->rule ? row->rule->name : none,
                                  row->rule ? row->rule->file : none};
        row->series = tm_pipe_series(all->owner, TM_PIPE_SHADOW_DISAGREEMENTS, labels);
    }
    if (row->series)
        tm_series_add(row->series, n->count);
    row->count += n->count;
    tm_disagreement_sample *s = &row->sample[row->sampled++ % TM_SAMPLES_EACH];
    *s = n->sample;
    s->time_ns = now_ns;
}

static void add_errors(tm_disagreements *all, uint32_t number, uint64_t errors)
{
    if (!all->error_series[number]) {
        const tm_rule *rule = all->shadow->rule[number];
        const tm_text labels[] = {all->pipeline, rule->name, rule->file};
        all->error_series[number] = tm_pipe_series(all->owner, TM_PIPE_SHADOW_ERRORS, labels);
    }
    if (all->error_series[number])
        tm_series_add(all->error_series[number], errors);
}

static void add_rules(tm_disagreements *all, const tm_rule_counts *counts)
{
    for (uint32_t i = 0; i < all->shadow->rules; i++) {
        all->of_rule[i].matched += counts[i].matched;
        all->of_rule[i].dropped_spans += counts[i].dropped_spans;
        all->of_rule[i].errors += counts[i].errors;
        if (counts[i].errors)
            add_errors(all, i, counts[i].errors);
    }
}

void tm_disagreements_add(tm_disagreements *all, tm_disagreement_notes *notes,
                          const tm_shadowed *result, uint64_t now_ns)
{
    pthread_mutex_lock(&all->lock);
    all->requests[result->end]++;
    tm_series_add(all->request_series[result->end], 1);
    all->spans[0] += result->spans;
    all->spans[1] += result->skipped;
    tm_series_add(all->spans_series[0], result->spans);
    tm_series_add(all->spans_series[1], result->skipped);
    for (uint32_t i = 0; notes && i < notes->n; i++)
        add_row(all, notes->touched[i], &notes->noted[notes->touched[i]], now_ns);
    if (result->rule)
        add_rules(all, result->rule);
    pthread_mutex_unlock(&all->lock);
    if (!notes)
        return;
    for (uint32_t i = 0; i < notes->n; i++)
        notes->noted[notes->touched[i]].count = 0;
    notes->n = 0;
}
