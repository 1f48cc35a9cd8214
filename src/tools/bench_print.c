/* Bench, print: the whole, each rule, each function, and the dearest rules with their reasons.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/bench_print.h"

#include "base/harmless.h"
#include "base/json_write.h"
#include "explain/rule_line.h"

enum { DEAREST = 3, REASONS = 3, DETAIL_BYTES_MOST = 60 };

typedef unsigned long long number;

typedef struct printing {
    tm_buf *out;
    const tm_screen *screen;
    const tm_bench *bench;
    double spans;
} printing;

static double share(double part, double all)
{
    return all > 0 ? 100 * part / all : 0;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void print_side(const printing *p, const tm_bench_side *side)
{
    tm_buf line = {.arena = p->out->arena};
    tm_buf_print(&line, "%10.1f %10.1f  ", side->least_ns, side->median_ns);
    tm_screen_add(p->screen, &line, TM_INK_BOLD,
                  side->name.n ? side->name : TM_TEXT("without rules"));
    if (side->name.n)
        tm_buf_print(&line, ": %llu kept, %llu dropped", (number)side->kept,
                     (number)((uint64_t)p->spans - side->kept - side->refused));
    if (side->refused)
        tm_buf_print(&line, ", %llu refused", (number)side->refused);
    tm_screen_line(p->screen, p->out, tm_buf_text(&line));
}

static void print_comparison(const printing *p)
{
    const tm_bench_side *rules = &p->bench->side[0], *other = &p->bench->side[1];
    const double by = rules->least_ns - other->least_ns;
    if (!other->plain)
        return;
    tm_buf_print(p->out, "%.*s takes %.1f ns a span %s than %.*s (%+.1f %%)\n", TM_PRI(rules->name),
                 by < 0 ? -by : by, by < 0 ? "less" : "more", TM_PRI(other->name),
                 share(by, other->least_ns));
}

static void print_head(const printing *p, tm_text machine)
{
    const tm_bench *b = p->bench;
    tm_buf line = {.arena = p->out->arena};
    tm_harmless_add(&line, machine);
    tm_screen_line(p->screen, p->out, tm_buf_text(&line));
    tm_buf_print(p->out,
                 "%.0f span%s in %zu request%s, %llu time%s a round; %u round%s behind one to warm "
                 "up, taking turns\n",
                 p->spans, p->spans == 1 ? "" : "s", tm_loaded_requests(b->loaded),
                 tm_loaded_requests(b->loaded) == 1 ? "" : "s", (number)b->passes,
                 b->passes == 1 ? "" : "s", b->rounds, b->rounds == 1 ? "" : "s");
    tm_screen_print(p->screen, p->out, TM_INK_DIM, "\n%10s %10s  %s\n", "least", "median",
                    "ns of processor time a span");
    for (int i = 0; i < TM_BENCH_SIDES; i++)
        if (b->side[i].plain)
            print_side(p, &b->side[i]);
    print_comparison(p);
}

/* ---- rules and functions --------------------------------------------------------------------- */

static void print_rule(const printing *p, const tm_bench_side *side, const tm_bench_rule *r)
{
    tm_buf line = {.arena = p->out->arena};
    tm_buf_print(&line, "%10.1f %6.1f %% %10llu %10llu %10llu  ", r->ns,
                 share(r->ns, side->rules_ns), (number)r->timed.asked, (number)r->timed.runs,
                 (number)r->matched);
    tm_rule_line_add(&line, p->screen, r->rule);
    tm_screen_line(p->screen, p->out, tm_buf_text(&line));
}

static void print_function(const printing *p, const tm_bench_side *side, const tm_timed_part *f)
{
    const double ns = (double)f->ns;
    tm_buf_print(p->out, "%10.1f %6.1f %% %10llu %10.1f  %.*s\n", ns / p->spans,
                 share(ns / p->spans, side->rules_ns), (number)f->times,
                 f->times ? ns / (double)f->times : 0,
                 TM_PRI(f->function.n ? f->function : TM_TEXT("(comparisons, paths, jumps)")));
}

static void print_tables(const printing *p, const tm_bench_side *side)
{
    size_t n;
    const tm_timed_part *functions = tm_bench_functions(p->out->arena, side, &n);
    tm_buf_add_char(p->out, '\n');
    tm_screen_print(p->screen, p->out, TM_INK_DIM, "%10s %8s %10s %10s %10s  rule of %.*s\n",
                    "ns/span", "of all", "asked", "run", "matched", TM_PRI(side->name));
    for (uint32_t i = 0; i < side->plain->rules; i++)
        print_rule(p, side, &side->rule[i]);
    if (!n)
        return;
    tm_buf_add_char(p->out, '\n');
    tm_screen_print(p->screen, p->out, TM_INK_DIM, "%10s %8s %10s %10s  function\n", "ns/span",
                    "of all", "times", "ns/time");
    for (size_t i = 0; i < n; i++)
        print_function(p, side, &functions[i]);
}

/* ---- the dearest ----------------------------------------------------------------------------- */

/* "IsMatch \"^kube-probe/\" 500 times, 200.0 ns each: 83.0 % of it" */
static void print_reason(const printing *p, const tm_bench_rule *r, const tm_timed_part *part)
{
    tm_buf line = {.arena = p->out->arena}, detail = line;
    tm_buf_print(&line, "     %.*s",
                 TM_PRI(part->function.n ? part->function : TM_TEXT("comparisons, paths, jumps")));
    if (part->detail.n) {
        tm_json_write_string(&detail, part->detail, TM_JSON_ESCAPE_HARMFUL);
        const bool cut = detail.n > DETAIL_BYTES_MOST;
        tm_buf_print(&line, " %.*s%s", cut ? DETAIL_BYTES_MOST : (int)detail.n, detail.p,
                     cut ? "..." : "");
    }
    tm_buf_print(&line, " %llu time%s, %.1f ns each: %.1f %% of it", (number)part->times,
                 part->times == 1 ? "" : "s",
                 part->times ? (double)part->ns / (double)part->times : 0,
                 share((double)part->ns / p->spans, r->ns));
    tm_screen_wrap(p->screen, p->out, tm_buf_text(&line), TM_TEXT("       "));
}

static void print_dear_rule(const printing *p, const tm_bench_side *side, const tm_bench_rule *r,
                            unsigned rank)
{
    tm_buf line = {.arena = p->out->arena};
    const uint64_t asked = r->timed.asked;
    tm_buf_print(&line, "%2u. ", rank);
    tm_rule_line_add(&line, p->screen, r->rule);
    tm_screen_wrap(p->screen, p->out, tm_buf_text(&line), TM_TEXT("    "));
    tm_buf_print(p->out,
                 "    %.1f ns a span, %.1f %% of all rules: asked %llu time%s, %.1f ns each", r->ns,
                 share(r->ns, side->rules_ns), (number)asked, asked == 1 ? "" : "s",
                 asked ? r->ns * p->spans / (double)asked : 0);
    if (r->rule->program)
        tm_buf_print(p->out, ", and its program run %llu time%s", (number)r->timed.runs,
                     r->timed.runs == 1 ? "" : "s");
    tm_buf_add_char(p->out, '\n');
    for (size_t i = 0; i < r->parts && i < REASONS; i++)
        if (r->part[i].times && r->part[i].ns > 0)
            print_reason(p, r, &r->part[i]);
}

static void print_dearest(const printing *p, const tm_bench_side *side)
{
    const tm_bench_rule **sorted = tm_bench_dearest(p->out->arena, side);
    unsigned n = 0;
    while (n < side->plain->rules && n < DEAREST && sorted[n]->timed.asked)
        n++;
    if (!n)
        return;
    tm_buf_print(p->out,
                 n == 1 ? "\nthe dearest rule of %.*s:\n" : "\nthe dearest rules of %.*s:\n",
                 TM_PRI(side->name));
    for (unsigned i = 0; i < n; i++)
        print_dear_rule(p, side, sorted[i], i + 1);
}

void tm_bench_print(tm_buf *out, const tm_bench *bench, tm_text machine, const tm_screen *screen)
{
    const printing p = {.out = out,
                        .screen = screen,
                        .bench = bench,
                        .spans = (double)tm_loaded_count(bench->loaded)};
    print_head(&p, machine);
    for (int i = 0; i < TM_BENCH_SIDES; i++)
        if (bench->side[i].timed)
            print_tables(&p, &bench->side[i]);
    for (int i = 0; i < TM_BENCH_SIDES; i++)
        if (bench->side[i].timed)
            print_dearest(&p, &bench->side[i]);
}
