/* REPL, :profile: what each rule does with the recording, and what it costs.
 * SPDX-License-Identifier: Apache-2.0
 *
 * What rules did is counted by the judge over all spans. Time is taken rule by rule over a part of
 * them, each asked of each span behind those before it, without what the judge spares. */
#include "base/clock.h"
#include "engine/judge.h"
#include "otlp/event.h"
#include "tools/repl_commands.h"
#include "vm/decide/decision.h"

enum { SPANS_TIMED = 20000, LOOKS = 1000 };

typedef struct profile {
    tm_repl *repl;
    tm_arena *arena; /* of a request */
    tm_judge *judge;
    tm_rule_counts *counts; /* one a rule */
    uint64_t *ns;
    uint64_t spans, kept, timed;
    uint64_t look_ns; /* what looking at the clock takes */
    tm_vm vm;
    tm_request request;
    tm_slot *slots;
    tm_text bytes;
    bool stopped, done;
} profile;

static uint64_t now(void)
{
    return tm_clock_monotonic_ns(tm_clock_real());
}

/* ---- time ------------------------------------------------------------------------------------ */

static void time_rule(profile *p, const tm_rule *rule)
{
    tm_value result;
    const uint64_t begin = now();
    p->vm.cache = NULL;
    const tm_decided d = tm_decide(&p->vm, &rule->decision);
    if (d == TM_UNDECIDED || (d == TM_DECIDED_TRUE && rule->program->entry_point == TM_STATEMENT))
        tm_vm_run(&p->vm, rule->program, &result);
    const uint64_t took = now() - begin;
    p->ns[rule->number] += took > p->look_ns ? took - p->look_ns : 0;
}

static void time_level(profile *p, tm_level level)
{
    const tm_ruleset *rs = p->repl->rules.plain;
    for (uint32_t i = 0; i < rs->rules; i++)
        if (rs->rule[i]->program && rs->rule[i]->program->context == level)
            time_rule(p, rs->rule[i]);
}

static void time_span(profile *p)
{
    const tm_needs *needs = p->repl->rules.plain->needs[TM_EVENT];
    tm_item *span = &p->request.item[TM_SPAN], event = {0};
    p->timed++;
    time_level(p, TM_SPAN);
    tm_event_walk w = tm_event_walk_of(span, &event, needs,
                                       TM_NEW_ARRAY(p->arena, needs->n + 1, tm_slot), p->arena);
    while (tm_event_walk_next(&w)) {
        p->vm.item[TM_EVENT] = w.event;
        time_level(p, TM_EVENT);
    }
}

static void time_request(profile *p)
{
    tm_request *q = &p->request;
    tm_request_open(q, p->arena, p->repl->rules.plain->needs, p->slots, p->bytes, false,
                    TM_UTF8_KEEP);
    for (unsigned level = 0; level <= TM_SPAN; level++)
        p->vm.item[level] = &q->item[level];
    while (tm_request_next_resource(q)) {
        time_level(p, TM_RESOURCE);
        while (tm_request_next_scope(q)) {
            time_level(p, TM_SCOPE);
            while (tm_request_next_span(q))
                time_span(p);
        }
    }
}

/* ---- the recording --------------------------------------------------------------------------- */

static void take_request(void *argument)
{
    profile *p = argument;
    tm_outcome o;
    if (!tm_judge_request(p->judge, p->repl->rules.plain, p->bytes, NULL, TM_UTF8_MEND, &o))
        tm_arena_out_of_memory(p->arena);
    p->spans += o.spans_in;
    p->kept += o.spans_out;
    for (uint32_t i = 0; i < p->repl->rules.plain->rules; i++) {
        p->counts[i].matched += o.rule[i].matched;
        p->counts[i].errors += o.rule[i].errors;
        p->counts[i].dropped_spans += o.rule[i].dropped_spans;
    }
    if (p->timed < SPANS_TIMED)
        time_request(p);
}

static void measure_look(profile *p)
{
    const uint64_t begin = now();
    for (unsigned i = 1; i < LOOKS; i++)
        now();
    p->look_ns = (now() - begin) / LOOKS;
}

static bool run(profile *p)
{
    const tm_loaded *l = &p->repl->loaded;
    bool ok = true;
    for (size_t i = 0; ok && !p->stopped && i < tm_loaded_requests(l); i++) {
        p->bytes = tm_loaded_request_at(l, i)->bytes;
        tm_arena_reset(p->arena);
        ok = tm_arena_try(p->arena, take_request, p);
        p->stopped = tm_repl_interrupted(NULL);
    }
    return ok;
}

/* ---- showing --------------------------------------------------------------------------------- */

static void show_rule(const profile *p, const tm_rule *rule, uint64_t all_ns)
{
    tm_repl *repl = p->repl;
    tm_buf line = {.arena = repl->line};
    const tm_rule_counts *c = &p->counts[rule->number];
    const double spans = p->timed ? (double)p->timed : 1;
    tm_buf_print(&line, "%10llu %10llu %8llu ", (unsigned long long)c->matched,
                 (unsigned long long)c->dropped_spans, (unsigned long long)c->errors);
    if (rule->program)
        tm_buf_print(&line, "%9.1f %6.1f %%  ", (double)p->ns[rule->number] / spans,
                     all_ns ? 100.0 * (double)p->ns[rule->number] / (double)all_ns : 0);
    else
        tm_buf_print(&line, "%9s %8s  ", "-", "-");
    tm_screen_add(&repl->screen, &line, TM_INK_BOLD, rule->name);
    tm_screen_line(&repl->screen, &repl->out, tm_buf_text(&line));
}

static void show(const profile *p)
{
    tm_repl *repl = p->repl;
    const tm_ruleset *rs = repl->rules.plain;
    uint64_t all_ns = 0;
    for (uint32_t i = 0; i < rs->rules; i++)
        all_ns += p->ns[i];
    tm_buf_print(&repl->out, "%llu spans: %llu kept, %llu dropped\n", (unsigned long long)p->spans,
                 (unsigned long long)p->kept, (unsigned long long)(p->spans - p->kept));
    tm_screen_print(&repl->screen, &repl->out, TM_INK_DIM, "%10s %10s %8s %9s %8s  %s\n", "matched",
                    "dropped", "errors", "ns/span", "of all", "rule");
    for (uint32_t i = 0; i < rs->rules; i++)
        show_rule(p, rs->rule[i], all_ns);
    if (p->stopped)
        tm_repl_wrong(repl, "interrupted: only %llu spans were judged",
                      (unsigned long long)p->spans);
}

static void measure(void *argument)
{
    profile *p = argument;
    tm_vm_init(&p->vm, p->repl->line, p->arena, tm_clock_real());
    measure_look(p);
    p->done = run(p);
}

static void close_profile(void *argument)
{
    profile *p = argument;
    tm_judge_free(p->judge);
    tm_arena_free(p->arena);
}

void tm_repl_profile(tm_repl *repl, tm_text argument)
{
    const tm_ruleset *rs = repl->rules.plain;
    (void)argument;
    if (!rs || !tm_loaded_count(&repl->loaded)) {
        tm_repl_wrong(repl, ":profile wants rules (:rules) and a recording (:load)");
        return;
    }
    profile *p = TM_NEW(repl->line, profile);
    *p = (profile){.repl = repl,
                   .counts = TM_NEW_ARRAY(repl->line, rs->rules + 1, tm_rule_counts),
                   .ns = TM_NEW_ARRAY(repl->line, rs->rules + 1, uint64_t),
                   .slots = TM_NEW_ARRAY(repl->line, tm_request_slots(rs->needs) + 1, tm_slot)};
    p->arena = tm_arena_new(NULL);
    p->judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
    if (p->arena && p->judge)
        tm_arena_finally(repl->line, measure, close_profile, p);
    else
        close_profile(p);
    if (p->done)
        show(p);
    else
        tm_repl_wrong(repl, "out of memory");
}
