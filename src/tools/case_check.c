/* Case check: counts, spans, errors.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/case_check.h"

#include "tools/case_compare.h"
#include "tools/case_update.h"

typedef struct checking {
    tm_arena *arena;
    tm_case_results *results;
    const tm_case *test;
    const tm_case_outcome *outcome;
} checking;

static tm_case_failure *fail(const checking *c, const tm_doc *at, tm_text what)
{
    return tm_case_fail(c->results, at->source, at->place, "%.*s", TM_PRI(what));
}

static const char *spans(size_t n)
{
    return n == 1 ? "span" : "spans";
}

/* A count that is another one; --update writes that. */
static void fail_count(const checking *c, const tm_doc *at, tm_text what, size_t n)
{
    tm_case_failure *f = fail(c, at, what);
    tm_case_mend_add(c->arena, f, at->source, at->place, tm_arena_print(c->arena, "%zu", n));
    f->expected = tm_arena_print(c->arena, "%.*s: %.*s\n", TM_PRI(at->key), TM_PRI(at->text));
    f->got = tm_arena_print(c->arena, "%.*s: %zu\n", TM_PRI(at->key), n);
}

/* A text as YAML. */
static tm_text scalar(const checking *c, tm_text text)
{
    const tm_doc doc = {.type = TM_DOC_STRING, .text = text};
    tm_buf out = {.arena = c->arena};
    tm_case_print_flow(&out, &doc);
    return tm_buf_text(&out);
}

/* ---- which spans a matcher means ------------------------------------------------------------- */

static bool holds(const checking *c, const tm_case_value *where, const tm_case_seen *seen)
{
    tm_value v;
    tm_text error;
    if (!where)
        return true;
    return tm_case_value_ask(c->arena, where, tm_case_seen_request(c->arena, seen), NULL, &v,
                             &error) &&
           v.type == TM_BOOL && v.truth;
}

/* But for the rule. */
static bool is_like(const checking *c, const tm_case_matcher *m, const tm_case_seen *seen)
{
    return (!m->span || !tm_case_differs(m->span, seen->span)) && holds(c, m->where, seen);
}

static bool is_by(const tm_case_matcher *m, const tm_case_seen *seen)
{
    return !m->by || (seen->by && tm_text_equal(seen->by->name, m->by->text));
}

/* ---- dropped and kept ------------------------------------------------------------------------ */

/* The span that differs in the fewest places. */
static const tm_case_seen *nearest(const tm_case_matcher *m, const tm_case_seens *list)
{
    const tm_case_seen *best = NULL;
    unsigned least = 0;
    for (const tm_case_seen *s = m->span ? list->first : NULL; s; s = s->next) {
        const unsigned n = tm_case_differs(m->span, s->span);
        if (!best || n < least)
            best = s, least = n;
    }
    return best;
}

/* No span is as the matcher says: the nearest one is shown. */
static void fail_nearest(const checking *c, const tm_case_matcher *m, const tm_case_seens *list,
                         const tm_case_seens *others, const char *became)
{
    const tm_case_seen *near = nearest(m, list);
    if (!near)
        near = nearest(m, others);
    tm_buf expected = {.arena = c->arena}, got = expected;
    tm_case_failure *f = fail(c, m->doc,
                              tm_arena_print(c->arena,
                                             near ? "no span like this was %s; the nearest one"
                                                  : "no span like this was %s",
                                             became));
    if (!near)
        return;
    tm_case_print(&expected, m->span);
    tm_case_print_got(&got, m->span, near->span);
    f->expected = tm_buf_text(&expected);
    f->got = tm_buf_text(&got);
}

/* Where spans of that kind went instead, if anywhere. */
static bool fail_elsewhere(const checking *c, const tm_case_matcher *m, const tm_case_seens *list,
                           const tm_case_seens *others, bool dropped)
{
    const tm_case_seen *s = list->first;
    while (s && !is_like(c, m, s))
        s = s->next;
    if (s) { /* so it is another rule */
        tm_case_failure *f = fail(c, m->by,
                                  tm_arena_print(c->arena, "it was dropped by %.*s (%.*s)",
                                                 TM_PRI(s->by->name), TM_PRI(s->by->file)));
        f->expected = tm_arena_print(c->arena, "by: %.*s\n", TM_PRI(m->by->text));
        f->got = tm_arena_print(c->arena, "by: %.*s\n", TM_PRI(s->by->name));
        tm_case_mend_add(c->arena, f, m->by->source, m->by->place, scalar(c, s->by->name));
        return true;
    }
    for (s = others->first; s && !is_like(c, m, s);)
        s = s->next;
    if (s && dropped)
        fail(c, m->doc, TM_TEXT("it was kept"));
    else if (s)
        fail(c, m->doc,
             tm_arena_print(c->arena, "it was dropped by %.*s (%.*s)", TM_PRI(s->by->name),
                            TM_PRI(s->by->file)));
    return s != NULL;
}

static void check_matcher(const checking *c, const tm_case_matcher *m, const tm_case_seens *list,
                          const tm_case_seens *others, bool dropped)
{
    const char *became = dropped ? "dropped" : "kept";
    size_t n = 0;
    for (const tm_case_seen *s = list->first; s; s = s->next)
        n += is_by(m, s) && is_like(c, m, s);
    if (m->count && (size_t)m->count->integer != n)
        fail_count(c, m->count,
                   tm_arena_print(c->arena, "%zu such %s %s %s", n, spans(n),
                                  n == 1 ? "was" : "were", became),
                   n);
    if (!m->count && !n && !fail_elsewhere(c, m, list, others, dropped))
        fail_nearest(c, m, list, others, became);
}

static void check_claim(const checking *c, const tm_case_claim *claim, const tm_case_seens *list,
                        const tm_case_seens *others, bool dropped)
{
    const char *became = dropped ? "dropped" : "kept";
    const size_t n = list->count;
    if (!claim->doc)
        return;
    if (claim->count && (size_t)claim->count->integer != n)
        fail_count(
            c, claim->count,
            tm_arena_print(c->arena, "%zu %s %s %s", n, spans(n), n == 1 ? "was" : "were", became),
            n);
    if (!claim->count && !claim->first && n)
        fail(
            c, claim->doc,
            tm_arena_print(c->arena, "%zu %s %s %s", n, spans(n), n == 1 ? "was" : "were", became));
    for (const tm_case_matcher *m = claim->first; m; m = m->next)
        check_matcher(c, m, list, others, dropped);
}

/* ---- what the spans that leave are like ------------------------------------------------------ */

static void fail_like(const checking *c, const tm_case_matcher *m, const tm_case_seen *s,
                      size_t wrong, size_t all)
{
    tm_buf expected = {.arena = c->arena}, got = expected;
    tm_case_failure *f =
        fail(c, m->doc,
             all == 1 ? TM_TEXT("the span is different")
                      : tm_arena_print(c->arena, "%zu of %zu spans are different; the first one",
                                       wrong, all));
    tm_case_print(&expected, m->span);
    tm_case_print_got(&got, m->span, s->span);
    f->expected = tm_buf_text(&expected);
    f->got = tm_buf_text(&got);
    if (wrong == all)
        tm_case_mend_span(c->arena, f, m->span, s->span);
}

static void check_like(const checking *c, const tm_case_matcher *m)
{
    const tm_case_seen *first = NULL;
    size_t all = 0, wrong = 0;
    for (const tm_case_seen *s = c->outcome->kept.first; s; s = s->next) {
        if (!holds(c, m->where, s))
            continue;
        all++;
        if (m->span && tm_case_differs(m->span, s->span) && !wrong++)
            first = s;
    }
    if (m->count && (size_t)m->count->integer != all)
        fail_count(c, m->count, tm_arena_print(c->arena, "%zu such %s left", all, spans(all)), all);
    else if (!m->count && !all)
        fail(c, m->doc,
             m->where ? TM_TEXT("no span for which the condition holds left")
                      : TM_TEXT("no span left"));
    if (first)
        fail_like(c, m, first, wrong, all);
}

/* ---- the rest -------------------------------------------------------------------------------- */

static void check_errors(const checking *c)
{
    const tm_case_outcome *o = c->outcome;
    const tm_doc *at = c->test->errors;
    const uint64_t wanted = at ? (uint64_t)at->integer : 0;
    if (o->errors == wanted)
        return;
    tm_text what = tm_arena_print(
        c->arena, "%llu %s at run time%s%.*s", (unsigned long long)o->errors,
        o->errors == 1 ? "rule failed" : "rules failed", o->error.p ? ": " : "", TM_PRI(o->error));
    if (at)
        fail_count(c, at, what, (size_t)o->errors);
    else
        fail(c, c->test->doc, what);
}

/* False: nothing more is of interest. */
static bool check_refused(const checking *c)
{
    const tm_case_outcome *o = c->outcome;
    const tm_doc *at = c->test->refused;
    const bool wanted = at && at->truth;
    const bool refused = o->refused.p != NULL;
    if (refused == wanted && !o->malformed)
        return !refused;
    tm_case_failure *f = fail(c, at ? at : c->test->doc,
                              !refused ? TM_TEXT("the request was not refused")
                                       : tm_arena_print(c->arena, "%s: %.*s",
                                                        o->malformed ? "the spans are no sound OTLP"
                                                                     : "the request was refused",
                                                        TM_PRI(o->refused)));
    if (at && !o->malformed)
        tm_case_mend_add(c->arena, f, at->source, at->place,
                         refused ? TM_TEXT("true") : TM_TEXT("false"));
    return !refused;
}

void tm_case_check(tm_case_results *results, const tm_case *test, const tm_case_outcome *outcome)
{
    const checking c = {results->arena, results, test, outcome};
    if (!test->expect) {
        tm_case_mend_expect(
            results->arena,
            fail(&c, test->doc, TM_TEXT("the test expects nothing (--update writes what came)")),
            test, outcome);
        return;
    }
    if (!check_refused(&c))
        return;
    check_claim(&c, &test->dropped, &outcome->dropped, &outcome->kept, true);
    check_claim(&c, &test->kept, &outcome->kept, &outcome->dropped, false);
    for (const tm_case_matcher *m = test->like; m; m = m->next)
        check_like(&c, m);
    check_errors(&c);
}
