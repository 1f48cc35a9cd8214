/* REPL, :profile: what each rule does with the recording, and what it costs.
 * SPDX-License-Identifier: Apache-2.0
 *
 * What rules did is counted by the judge over all spans. Time is taken by a stopwatch over the
 * first of them, again and again where they are few; `tamis bench` goes into more of it. */
#include "base/clock.h"
#include "engine/stopwatch.h"
#include "tools/repl_commands.h"

enum { SPANS_TIMED = 20000, NS_AGAIN = 200 * 1000 * 1000 };

typedef struct profile {
    tm_repl *repl;
    tm_arena *arena; /* of a request */
    tm_judge *judge, *watched;
    tm_stopwatch *watch;
    tm_rule_counts *counts; /* one a rule */
    uint64_t spans, kept, timed;
    tm_text bytes;
    bool stopped, done;
} profile;

/* ---- the recording --------------------------------------------------------------------------- */

static void time_request(void *argument)
{
    profile *p = argument;
    tm_outcome o;
    if (!tm_judge_request(p->watched, p->repl->rules.timed, p->bytes, NULL, TM_UTF8_MEND, &o))
        tm_arena_out_of_memory(p->arena);
    p->timed += o.spans_in;
}

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

/* Nothing but the time of a few spans is taken again. */
static bool run(profile *p)
{
    const tm_loaded *l = &p->repl->loaded;
    const size_t requests = tm_loaded_requests(l);
    uint64_t began = 0;
    for (size_t i = 0; !p->stopped; i++) {
        const bool again = i >= requests;
        if (i == requests)
            began = tm_clock_monotonic_ns(tm_clock_real());
        if (again &&
            (p->timed >= SPANS_TIMED || tm_clock_monotonic_ns(tm_clock_real()) - began >= NS_AGAIN))
            break;
        p->bytes = tm_loaded_request_at(l, i % requests)->bytes;
        tm_arena_reset(p->arena);
        if (!tm_arena_try(p->arena, again ? time_request : take_request, p))
            return false;
        p->stopped = tm_repl_interrupted(NULL);
    }
    return true;
}

/* ---- showing --------------------------------------------------------------------------------- */

static double ns_of(const profile *p, uint32_t rule)
{
    const int64_t ns = tm_stopwatch_rule(p->watch, rule)->ns;
    return ns > 0 ? (double)ns : 0;
}

static void show_rule(const profile *p, const tm_rule *rule, double all_ns)
{
    tm_repl *repl = p->repl;
    tm_buf line = {.arena = repl->line};
    const tm_rule_counts *c = &p->counts[rule->number];
    const double spans = p->timed ? (double)p->timed : 1;
    tm_buf_print(&line, "%10llu %10llu %8llu ", (unsigned long long)c->matched,
                 (unsigned long long)c->dropped_spans, (unsigned long long)c->errors);
    tm_buf_print(&line, "%9.1f %6.1f %%  ", ns_of(p, rule->number) / spans,
                 all_ns > 0 ? 100.0 * ns_of(p, rule->number) / all_ns : 0);
    tm_screen_add(&repl->screen, &line, TM_INK_BOLD, rule->name);
    tm_screen_line(&repl->screen, &repl->out, tm_buf_text(&line));
}

static void show(const profile *p)
{
    tm_repl *repl = p->repl;
    const tm_ruleset *rs = repl->rules.plain;
    double all_ns = 0;
    for (uint32_t i = 0; i < rs->rules; i++)
        all_ns += ns_of(p, i);
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
    p->watch = tm_stopwatch_new(p->repl->line, p->repl->rules.timed, tm_clock_real());
    tm_stopwatch_attach(p->watch, p->watched);
    p->done = run(p);
}

static void close_profile(void *argument)
{
    profile *p = argument;
    tm_judge_free(p->judge);
    tm_judge_free(p->watched);
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
    *p = (profile){.repl = repl, .counts = TM_NEW_ARRAY(repl->line, rs->rules + 1, tm_rule_counts)};
    p->arena = tm_arena_new(NULL);
    p->judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
    p->watched = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
    if (p->arena && p->judge && p->watched)
        tm_arena_finally(repl->line, measure, close_profile, p);
    else
        close_profile(p);
    if (p->done)
        show(p);
    else
        tm_repl_wrong(repl, "out of memory");
}
