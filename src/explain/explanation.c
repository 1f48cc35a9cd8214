/* Explanation: judging, and what became of each rule.
 * SPDX-License-Identifier: Apache-2.0 */
#include "explain/explanation.h"

#include "base/clock.h"

const char *tm_explained_end_word(tm_explained_end end)
{
    static const char *const words[] = {[TM_EXPLAINED_KEPT] = "kept",
                                        [TM_EXPLAINED_EDITED] = "edited",
                                        [TM_EXPLAINED_DROPPED] = "dropped",
                                        [TM_EXPLAINED_REFUSED] = "refused"};
    return words[end];
}

static void note_drop(void *owner, const tm_rule *rule, const tm_request *q)
{
    tm_explanation *e = owner;
    (void)q;
    e->dropped_by = rule;
}

static void take_outcome(tm_arena *arena, const tm_outcome *o, tm_explanation *e)
{
    tm_rule_counts *counts = TM_NEW_ARRAY(arena, e->ruleset->rules + 1, tm_rule_counts);
    memcpy(counts, o->rule, e->ruleset->rules * sizeof *counts);
    e->counts = counts;
    if (o->status != TM_JUDGED) {
        e->end = TM_EXPLAINED_REFUSED;
        e->reason = tm_arena_copy(arena, o->reason);
        return;
    }
    if (!o->spans_out) {
        e->end = TM_EXPLAINED_DROPPED;
        return;
    }
    char *bytes = tm_arena_alloc(arena, o->out->bytes);
    tm_buf differs = {.arena = arena};
    const tm_screen plain = {0};
    tm_pieces_copy(o->out, bytes);
    e->after = tm_span_facts_of(arena, tm_text_slice(bytes, o->out->bytes));
    e->end = tm_span_facts_diff(&differs, &e->before, &e->after, &plain) ? TM_EXPLAINED_EDITED
                                                                         : TM_EXPLAINED_KEPT;
}

/* One call of tm_explanation_make. */
typedef struct making {
    tm_arena *arena;
    const tm_ruleset *ruleset;
    tm_text request;
    tm_explanation_ways ways;
    tm_judge *judge;
    tm_explanation *out;
    bool done;
} making;

static void judge_it(void *argument)
{
    making *m = argument;
    tm_outcome o;
    m->out->before = tm_span_facts_of(m->arena, m->request);
    tm_judge_watch(m->judge, note_drop, m->out);
    tm_proofs_record(&m->out->proofs, tm_judge_vm(m->judge));
    if (m->ways.bounds)
        tm_judge_bound(m->judge, m->ways.bounds);
    m->done = tm_judge_request(m->judge, m->ruleset, m->request, m->ways.client, m->ways.utf8, &o);
    if (m->done)
        take_outcome(m->arena, &o, m->out);
}

static void free_judge(void *argument)
{
    tm_judge_free(((making *)argument)->judge);
}

bool tm_explanation_make(tm_arena *arena, const tm_ruleset *ruleset, tm_text request,
                         const tm_explanation_ways *ways, tm_explanation *out)
{
    making *m = TM_NEW(arena, making);
    *out = (tm_explanation){.ruleset = ruleset, .proofs = {.arena = arena}};
    *m = (making){.arena = arena,
                  .ruleset = ruleset,
                  .request = request,
                  .ways = ways ? *ways : (tm_explanation_ways){0},
                  .out = out};
    m->judge =
        tm_judge_new(m->ways.heap, m->ways.clock ? m->ways.clock : tm_clock_real(), NULL, NULL);
    if (m->judge)
        tm_arena_finally(arena, judge_it, free_judge, m);
    return m->done;
}

const tm_proof *tm_explanation_proof(const tm_explanation *e, const tm_rule *rule,
                                     const tm_proof *after)
{
    for (const tm_proof *p = after ? after->next : e->proofs.first; p; p = p->next)
        if (p->program == rule->program)
            return p;
    return NULL;
}

/* ---- rules ----------------------------------------------------------------------------------- */

typedef struct listing {
    const tm_explanation *e;
    tm_explained_rule *item;
    size_t n;
    const tm_rule *kept_by;
    bool gone; /* the span was dropped by a rule before */
} listing;

static bool is_proved(const listing *l, const tm_rule *rule)
{
    return rule->program && tm_explanation_proof(l->e, rule, NULL);
}

static void add(listing *l, const tm_step *step, const tm_rule *rule, tm_asked asked)
{
    l->item[l->n++] =
        (tm_explained_rule){rule, step, asked, asked == TM_SPARED ? l->kept_by : NULL};
    l->gone |= rule == l->e->dropped_by;
}

static void add_program(listing *l, const tm_step *step, const tm_rule *rule)
{
    const tm_proof *proof = rule->program ? tm_explanation_proof(l->e, rule, NULL) : NULL;
    if (proof && step->kind == TM_STEP_KEEP && proof->ended && proof->result.truth)
        l->kept_by = rule;
    add(l, step, rule,
        is_proved(l, rule)                       ? TM_ASKED
        : step->spares && l->kept_by && !l->gone ? TM_SPARED
                                                 : TM_NOT_ASKED);
}

static void add_other(listing *l, const tm_step *step, const tm_rule *rule)
{
    add(l, step, rule,
        l->e->counts[rule->number].matched || rule == l->e->dropped_by ? TM_APPLIED
        : l->gone                                                      ? TM_NOT_ASKED
                                                                       : TM_NOT_APPLIED);
}

static void add_step(listing *l, const tm_step *step)
{
    for (uint32_t i = 0; i < step->conditions; i++)
        add_program(l, step, &step->condition[i]);
    for (uint32_t i = 0; i < step->statements; i++)
        add_program(l, step, &step->statement[i]);
    if (!step->action_rule)
        return;
    const uint32_t actions = step->kind == TM_STEP_ACTIONS ? step->actions : 1;
    for (uint32_t i = 0; i < actions; i++)
        add_other(l, step, &step->action_rule[i]);
}

tm_explained_rule *tm_explanation_rules(tm_arena *arena, const tm_explanation *e, size_t *n)
{
    listing l = {.e = e, .item = TM_NEW_ARRAY(arena, e->ruleset->rules + 1, tm_explained_rule)};
    for (uint32_t i = 0; i < e->ruleset->passes; i++)
        for (uint32_t k = 0; k < e->ruleset->pass[i].steps; k++)
            add_step(&l, e->ruleset->pass[i].step[k]);
    *n = l.n;
    return l.item;
}
