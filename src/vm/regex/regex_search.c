/* Searching and testing: the literal shortcuts, and the subject made fit for the engines.
 * Work: PCRE2 within its limits, then engines that are linear and charge (vm/regex/linear.c).
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"
#include "vm/regex/regex_inside.h"

tm_text tm_regex_pattern(const tm_regex *regex)
{
    return regex->pattern;
}

unsigned tm_regex_groups(const tm_regex *regex)
{
    return regex->re2->groups;
}

tm_text tm_regex_group_name(const tm_regex *regex, unsigned i)
{
    return regex->re2->name[i - 1];
}

tm_literal tm_regex_literal(const tm_regex *regex)
{
    static const tm_literal_place places[] = {[TM_RE2_NO_SHORTCUT] = TM_LITERAL_NONE,
                                              [TM_RE2_CONTAINS] = TM_LITERAL_ANYWHERE,
                                              [TM_RE2_STARTS] = TM_LITERAL_FIRST,
                                              [TM_RE2_ENDS] = TM_LITERAL_LAST,
                                              [TM_RE2_EQUALS] = TM_LITERAL_ALL};
    const tm_re2_shortcut *s = &regex->shortcut;
    return (tm_literal){s->one_line ? TM_LITERAL_NONE : places[s->type], s->literal};
}

static tm_match search_literal(const tm_re2_shortcut *s, tm_text text, size_t from, size_t *group,
                               unsigned groups)
{
    size_t at = tm_re2_shortcut_find(s, text, from);
    if (at == SIZE_MAX)
        return TM_NO_MATCH;
    if (groups) {
        group[0] = at;
        group[1] = at + s->literal.n;
    }
    return TM_MATCH;
}

/* By the linear engine, which stays the one for this subject. */
static tm_match next_linear(tm_finder *f, size_t from, size_t *group, unsigned groups)
{
    tm_dfa *d = tm_matcher_dfa(f->matcher, f->regex, true);
    if (!f->linear) {
        f->linear = TM_NEW(f->arena, tm_linear);
        if (tm_linear_open(f->linear, d, f->arena, f->view->text, from) == TM_MATCH_BUDGET)
            return TM_MATCH_BUDGET;
    }
    return tm_linear_next(f->linear, d, from, group, groups);
}

/* The groups that the expression has, of those asked for; the others did not take part. */
static unsigned known_groups(const tm_regex *regex, size_t *group, unsigned groups)
{
    unsigned known = groups < regex->re2->groups + 1 ? groups : regex->re2->groups + 1;
    /* Work: groups of the pattern */
    for (unsigned i = 2 * known; i < 2 * groups; i++)
        group[i] = SIZE_MAX;
    return known;
}

/* By PCRE2, where it may and can. */
static tm_match search_first(const tm_regex *regex, tm_matcher *matcher, tm_text text, size_t from,
                             size_t *group, unsigned known)
{
    if (regex->re2->idle_loops)
        return TM_MATCH_BUDGET;
    return tm_regex_run(&regex->search, matcher, text, from, group, known);
}

tm_match tm_finder_next(tm_finder *f, size_t from, size_t *group, unsigned groups)
{
    const tm_regex *regex = f->regex;
    const tm_regex_view *view = f->view;
    const unsigned known = known_groups(regex, group, groups);
    if (!regex->search.code)
        return search_literal(&regex->shortcut, view->original, from, group, known);
    from = tm_regex_view_shift(view, from);
    tm_match found = TM_MATCH_BUDGET;
    if (!f->linear)
        found = search_first(regex, f->matcher, view->text, from, group, known);
    if (found == TM_MATCH_BUDGET)
        found = next_linear(f, from, group, known);
    if (found == TM_MATCH && view->bads)
        /* Work: groups of the pattern */
        for (unsigned i = 0; i < 2 * known; i++)
            group[i] = tm_regex_view_unshift(view, group[i]);
    return found;
}

/* Apart, so that the usual way saves nothing. */
static __attribute__((noinline)) tm_match search_any(const tm_regex *regex, tm_matcher *matcher,
                                                     tm_arena *arena, tm_text subject, size_t from,
                                                     size_t *group, unsigned groups)
{
    const tm_arena_mark mark = tm_arena_save(arena);
    const tm_regex_view view = tm_regex_view_of(arena, subject);
    tm_finder f = {.regex = regex, .matcher = matcher, .arena = arena, .view = &view};
    const tm_match found = tm_finder_next(&f, from, group, groups);
    tm_arena_restore(arena, mark);
    return found;
}

tm_match tm_regex_search(const tm_regex *regex, tm_matcher *matcher, tm_arena *arena,
                         tm_text subject, size_t from, size_t *group, unsigned groups)
{
    const unsigned known = known_groups(regex, group, groups);
    if (!regex->search.code)
        return search_literal(&regex->shortcut, subject, from, group, known);
    tm_match found = TM_MATCH_BUDGET;
    if (tm_utf8_valid(subject))
        found = search_first(regex, matcher, subject, from, group, known);
    return found != TM_MATCH_BUDGET
               ? found
               : search_any(regex, matcher, arena, subject, from, group, groups);
}

static tm_match test_valid(const tm_regex *regex, tm_matcher *matcher, tm_text subject)
{
    const tm_code *code = regex->test.code ? &regex->test : &regex->search;
    const tm_match found = tm_regex_run(code, matcher, subject, 0, NULL, 0);
    return found != TM_MATCH_BUDGET
               ? found
               : tm_linear_test(tm_matcher_dfa(matcher, regex, false), subject, 0);
}

/* Apart, so that the ways below save nothing. */
static __attribute__((noinline)) tm_match test_by_engine(const tm_regex *regex, tm_matcher *matcher,
                                                         tm_arena *arena, tm_text subject)
{
    if (tm_utf8_valid(subject))
        return test_valid(regex, matcher, subject);
    const tm_arena_mark mark = tm_arena_save(arena);
    const tm_match found = test_valid(regex, matcher, tm_utf8_mend(arena, subject));
    tm_arena_restore(arena, mark);
    return found;
}

static __attribute__((noinline)) tm_match
test_by_literal(const tm_regex *regex, tm_matcher *matcher, tm_arena *arena, tm_text subject)
{
    const tm_re2_shortcut *s = &regex->shortcut;
    if (s->one_line && subject.n && memchr(subject.p, '\n', subject.n))
        return test_by_engine(regex, matcher, arena, subject);
    return tm_re2_shortcut_find(s, subject, 0) == SIZE_MAX ? TM_NO_MATCH : TM_MATCH;
}

tm_match tm_regex_test(const tm_regex *regex, tm_matcher *matcher, tm_arena *arena, tm_text subject)
{
    if (regex->shortcut.type != TM_RE2_NO_SHORTCUT)
        return test_by_literal(regex, matcher, arena, subject);
    if (regex->row) {
        const tm_re2_row_answer answer = tm_re2_row_test(regex->row, subject);
        if (answer != TM_ROW_UNKNOWN)
            return answer == TM_ROW_YES ? TM_MATCH : TM_NO_MATCH;
    }
    return test_by_engine(regex, matcher, arena, subject);
}
