/* Waterfall: gathering a trace, and drawing it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/waterfall.h"

#include "base/clock.h"
#include "base/duration.h"
#include "base/json_write.h"
#include "engine/judge.h"
#include "explain/branch.h"
#include "explain/span_facts.h"

#include <stdlib.h>

enum { BAR_COLUMNS = 30, BAR_LEAST = 10, SPANS_MOST = 20000 };

typedef struct node {
    struct node *next, *first, *last; /* siblings by start; children */
    const struct node *parent;        /* that is there */
    size_t at;                        /* number among all spans */
    tm_span_facts facts;
    const tm_rule *dropped_by;
    bool orphan; /* it has a parent, which is not there */
    bool looked_at;
} node;

typedef struct trace {
    tm_repl *repl;
    node *node;
    size_t n;
    uint64_t start_ns, end_ns;
    size_t left_out;
} trace;

/* ---- gathering ------------------------------------------------------------------------------- */

static void note_drop(void *owner, const tm_rule *rule, const tm_request *q)
{
    (void)q;
    ((node *)owner)->dropped_by = rule;
}

static void judge_node(tm_repl *repl, node *x, tm_text request)
{
    tm_outcome o;
    tm_judge *judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
    if (!judge)
        return;
    tm_judge_watch(judge, note_drop, x);
    tm_judge_request(judge, repl->rules.plain, request, NULL, TM_UTF8_MEND, &o);
    tm_judge_free(judge);
}

static int by_start(const void *a, const void *b)
{
    const node *x = a, *y = b;
    if (x->facts.start_ns != y->facts.start_ns)
        return x->facts.start_ns < y->facts.start_ns ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static void add_node(trace *t, size_t at)
{
    node *x = &t->node[t->n++];
    tm_text request = tm_repl_span(t->repl, t->repl->line, at);
    *x = (node){.at = at, .facts = tm_span_facts_of(t->repl->line, request)};
    if (x->facts.start_ns && (!t->start_ns || x->facts.start_ns < t->start_ns))
        t->start_ns = x->facts.start_ns;
    if (x->facts.end_ns > t->end_ns)
        t->end_ns = x->facts.end_ns;
    if (t->repl->rules.plain)
        judge_node(t->repl, x, request);
}

/* All spans of the current span's trace, by their start. */
static trace gather(tm_repl *repl)
{
    const tm_loaded *l = &repl->loaded;
    const tm_text id = tm_loaded_id(tm_loaded_span_at(l, repl->at), TM_SPAN_TRACE_ID);
    trace t = {.repl = repl};
    tm_buf members = {.arena = repl->line};
    size_t n = 0;
    for (size_t i = 0; i < tm_loaded_count(l); i++)
        if (tm_text_equal(tm_loaded_id(tm_loaded_span_at(l, i), TM_SPAN_TRACE_ID), id) &&
            n++ < SPANS_MOST)
            tm_buf_add(&members, tm_text_slice(&i, sizeof i));
    t.left_out = n > SPANS_MOST ? n - SPANS_MOST : 0;
    t.node = TM_NEW_ARRAY(repl->line, n - t.left_out, node);
    while (t.n < n - t.left_out)
        add_node(&t, ((const size_t *)(const void *)members.p)[t.n]);
    qsort(t.node, t.n, sizeof *t.node, by_start);
    return t;
}

static int by_id(const void *a, const void *b)
{
    const node *const *x = a, *const *y = b;
    return tm_text_compare((*x)->facts.span_id, (*y)->facts.span_id);
}

static node *find(node *const *sorted, size_t n, tm_text id)
{
    size_t low = 0, high = n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (tm_text_compare(sorted[middle]->facts.span_id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && tm_text_equal(sorted[low]->facts.span_id, id) ? sorted[low] : NULL;
}

/* A span may name itself, or one that is below it. */
static bool is_below(const node *x, const node *top)
{
    while (x && x != top)
        x = x->parent;
    return x != NULL;
}

static void add_child(node *parent, node *child)
{
    child->parent = parent;
    if (parent->last)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
}

/* Links the nodes; those without a parent stay at the top. */
static void link_nodes(trace *t)
{
    node **sorted = TM_NEW_ARRAY(t->repl->line, t->n + 1, node *);
    for (size_t i = 0; i < t->n; i++)
        sorted[i] = &t->node[i];
    qsort(sorted, t->n, sizeof *sorted, by_id);
    for (size_t i = 0; i < t->n; i++) {
        node *x = &t->node[i], *parent;
        if (!x->facts.parent_id.n)
            continue;
        parent = find(sorted, t->n, x->facts.parent_id);
        if (parent && !is_below(parent, x))
            add_child(parent, x);
        else
            x->orphan = true;
    }
}

/* ---- lines ----------------------------------------------------------------------------------- */

static void add_name(const trace *t, tm_buf *line, const node *x)
{
    const tm_screen *screen = &t->repl->screen;
    tm_buf name = {.arena = line->arena}, plain = name;
    tm_json_write_string(&name, x->facts.name, TM_JSON_ESCAPE_HARMFUL);
    tm_screen_add(screen, line,
                  x->dropped_by               ? TM_INK_STRUCK
                  : x->facts.status_code == 2 ? TM_INK_RED
                                              : TM_INK_PLAIN,
                  tm_buf_text(&name));
    if (x->facts.service.n) {
        tm_json_write_string(&plain, x->facts.service, TM_JSON_ESCAPE_HARMFUL);
        tm_screen_print(screen, line, TM_INK_DIM, " %.*s", (int)plain.n - 2, plain.p + 1);
    }
}

static void add_remarks(const trace *t, tm_buf *line, const node *x)
{
    const tm_screen *screen = &t->repl->screen;
    if (x->at == t->repl->at)
        tm_screen_print(screen, line, TM_INK_BOLD, " <");
    if (x->facts.status_code == 2)
        tm_screen_print(screen, line, TM_INK_RED, " error");
    if (x->dropped_by)
        tm_screen_print(screen, line, TM_INK_RED, " dropped by %.*s", TM_PRI(x->dropped_by->name));
    if (x->orphan) {
        tm_buf hex = {.arena = line->arena};
        tm_buf_add_hex(&hex, x->facts.parent_id);
        tm_screen_print(screen, line, TM_INK_YELLOW, " orphan: its parent %.*s is not there",
                        TM_PRI(tm_buf_text(&hex)));
    } else if (!x->dropped_by && x->parent && x->parent->dropped_by) {
        tm_screen_print(screen, line, TM_INK_YELLOW, " becomes an orphan");
    }
}

static tm_text line_of(const trace *t, const node *x)
{
    tm_buf line = {.arena = t->repl->line};
    tm_screen_print(&t->repl->screen, &line, TM_INK_DIM, "%zu ", x->at + 1);
    add_name(t, &line, x);
    add_remarks(t, &line, x);
    return tm_buf_text(&line);
}

static uint64_t length_of(const node *x)
{
    return x->facts.end_ns > x->facts.start_ns ? x->facts.end_ns - x->facts.start_ns : 0;
}

/* Three digits are enough. */
static tm_text duration_of(tm_arena *arena, uint64_t ns)
{
    tm_buf out = {.arena = arena};
    uint64_t unit = 1;
    while (ns / unit >= 1000)
        unit *= 10;
    tm_duration_print((int64_t)(ns / unit * unit), &out);
    return tm_buf_text(&out);
}

/* "|  ====    | 12ms": where the span lies within the trace. */
static tm_text bar_of(const trace *t, const node *x)
{
    const tm_screen *screen = &t->repl->screen;
    tm_buf out = {.arena = t->repl->line}, bar = out;
    size_t columns = BAR_COLUMNS;
    if (screen->columns && screen->columns < 3 * BAR_COLUMNS)
        columns = screen->columns / 4 > BAR_LEAST ? screen->columns / 4 : BAR_LEAST;
    const double all = (double)(t->end_ns - t->start_ns);
    const double from = all > 0 ? (double)(x->facts.start_ns - t->start_ns) / all : 0,
                 part = all > 0 ? (double)length_of(x) / all : 0;
    size_t first = (size_t)(from * (double)columns), n = (size_t)(part * (double)columns + 0.5);
    first = first < columns ? first : columns - 1;
    n = n ? n : 1;
    n = n < columns - first ? n : columns - first;
    tm_buf_print(&out, "|%*s", (int)first, "");
    for (size_t i = 0; i < n; i++)
        tm_buf_add(&bar, TM_TEXT("━"));
    tm_screen_add(screen, &out,
                  x->dropped_by               ? TM_INK_DIM
                  : x->facts.status_code == 2 ? TM_INK_RED
                                              : TM_INK_BLUE,
                  tm_buf_text(&bar));
    tm_buf_print(&out, "%*s| %.*s", (int)(columns - first - n), "",
                 TM_PRI(duration_of(t->repl->line, length_of(x))));
    return tm_buf_text(&out);
}

/* ---- drawing --------------------------------------------------------------------------------- */

static void add_branches(const trace *t, tm_branch *branch, const node *x)
{
    tm_branch *own = tm_branch_add(t->repl->line, branch, line_of(t, x));
    own->tail = bar_of(t, x);
    for (const node *child = x->first; child; child = child->next)
        add_branches(t, own, child);
}

static tm_text head_of(const trace *t)
{
    size_t dropped = 0, orphans = 0, next = 0;
    tm_buf out = {.arena = t->repl->line};
    for (size_t i = 0; i < t->n; i++) {
        const node *x = &t->node[i];
        dropped += x->dropped_by != NULL;
        orphans += x->orphan;
        next += !x->dropped_by && x->parent && x->parent->dropped_by;
    }
    tm_buf_print(&out, "trace ");
    tm_buf_add_hex(&out, t->n ? t->node[0].facts.trace_id : TM_TEXT(""));
    tm_buf_print(&out, ": %zu span%s", t->n + t->left_out, t->n + t->left_out == 1 ? "" : "s");
    if (t->end_ns > t->start_ns)
        tm_buf_print(&out, " in %.*s", TM_PRI(duration_of(t->repl->line, t->end_ns - t->start_ns)));
    if (t->repl->rules.plain)
        tm_buf_print(&out, ", %zu dropped", dropped);
    if (orphans)
        tm_buf_print(&out, ", %zu orphan%s", orphans, orphans == 1 ? "" : "s");
    if (next)
        tm_buf_print(&out, next == 1 ? ", %zu becomes an orphan" : ", %zu become orphans", next);
    if (t->left_out)
        tm_buf_print(&out, "; %zu are not shown", t->left_out);
    return tm_buf_text(&out);
}

void tm_waterfall_draw(tm_repl *repl)
{
    trace t = gather(repl);
    link_nodes(&t);
    tm_branch *root = tm_branch_add(repl->line, NULL, head_of(&t));
    for (size_t i = 0; i < t.n; i++)
        if (!t.node[i].parent)
            add_branches(&t, root, &t.node[i]);
    tm_branch_print(&repl->out, root, &repl->screen);
}

void tm_waterfall_list(tm_repl *repl)
{
    trace t = gather(repl);
    link_nodes(&t);
    tm_screen_line(&repl->screen, &repl->out, head_of(&t));
    for (size_t i = 0; i < t.n; i++) {
        const node *x = &t.node[i];
        tm_buf line = {.arena = repl->line};
        const uint64_t after = x->facts.start_ns > t.start_ns ? x->facts.start_ns - t.start_ns : 0;
        tm_buf_print(&line, "  +%-8.*s %8.*s  ", TM_PRI(duration_of(repl->line, after)),
                     TM_PRI(duration_of(repl->line, length_of(x))));
        tm_buf_add(&line, line_of(&t, x));
        tm_screen_line(&repl->screen, &repl->out, tm_buf_text(&line));
    }
}
