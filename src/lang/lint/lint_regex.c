/* Lint, regular expressions: anchors and dots.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/lint/lint_pattern.h"

#include "base/ascii.h"
#include "lang/print.h"

/* The offset behind the escape, class or character there. */
static size_t step(tm_text p, size_t at)
{
    if (p.p[at] == '\\')
        return at + 2 < p.n ? at + 2 : p.n;
    if (p.p[at] != '[')
        return at + 1;
    at += at + 1 < p.n && p.p[at + 1] == '^' ? 2 : 1;
    if (at < p.n && p.p[at] == ']')
        at++;
    while (at < p.n && p.p[at] != ']')
        at += p.p[at] == '\\' ? 2 : 1;
    return at < p.n ? at + 1 : p.n;
}

static bool is_word(char c)
{
    return tm_ascii_is_letter(c) || tm_ascii_is_digit(c) || c == '-';
}

/* The text around the offset that is made of letters, digits, -, . and \. */
static tm_text host_around(tm_text p, size_t at)
{
    size_t from = at, to = at;
    while (from && (is_word(p.p[from - 1]) || p.p[from - 1] == '.' || p.p[from - 1] == '\\'))
        from--;
    while (to < p.n && (is_word(p.p[to]) || p.p[to] == '.' || p.p[to] == '\\'))
        to++;
    return tm_text_slice(p.p + from, to - from);
}

/* Ends of names of hosts. */
static bool ends_like_a_host(tm_text host)
{
    static const char *const ends[] = {"com", "org", "net",  "io",    "dev",      "local", "svc",
                                       "app", "edu", "gov",  "cloud", "internal", "de",    "uk",
                                       "fr",  "eu",  "ai",   "co",    "example",  "test",  "ch",
                                       "at",  "nl",  "info", "se",    "invalid"};
    size_t last = host.n;
    while (last && host.p[last - 1] != '.')
        last--;
    const tm_text end = tm_text_skip(host, last);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (tm_text_is(end, ends[i]))
            return true;
    return false;
}

static bool is_number(tm_text t)
{
    for (size_t i = 0; i < t.n; i++)
        if (!tm_ascii_is_digit(t.p[i]))
            return false;
    return t.n > 0;
}

/* Three dots between numbers. */
static bool is_address(tm_text host)
{
    tm_text rest = host, part;
    unsigned parts = 0;
    while (tm_text_next(&rest, '.', &part)) {
        if (part.n && part.p[part.n - 1] == '\\')
            part.n--;
        if (!is_number(part))
            return false;
        parts++;
    }
    return parts == 4;
}

static void look_for_hosts(const tm_lint_look *l, const tm_lint_literal *w)
{
    const tm_text p = w->node->text;
    for (size_t at = 0; at < p.n; at = step(p, at)) {
        if (p.p[at] != '.' || !at || !is_word(p.p[at - 1]) || at + 1 == p.n ||
            !is_word(p.p[at + 1]))
            continue;
        const tm_text host = host_around(p, at);
        if (!ends_like_a_host(host) && !is_address(host))
            continue;
        tm_diag_warning(l->lint->diags, w->source, tm_lint_place_inside(w, at, 1), "W0608",
                        "this dot of a host's name stands for any character");
        tm_diag_hint(l->lint->diags, "write %s. for a dot", w->plain ? "\\" : "\\\\");
        return;
    }
}

/* Whether the expression has a `|` outside of parentheses, and where the first one stands. */
static bool find_bar(tm_text p, size_t *bar, size_t *last)
{
    unsigned depth = 0;
    bool found = false;
    for (size_t at = 0; at < p.n; at = step(p, at)) {
        depth += p.p[at] == '(';
        depth -= p.p[at] == ')' && depth;
        if (p.p[at] != '|' || depth)
            continue;
        if (!found)
            *bar = at;
        *last = at;
        found = true;
    }
    return found;
}

static bool starts_here(tm_text p)
{
    return tm_text_starts(p, TM_TEXT("^")) || tm_text_starts(p, TM_TEXT("\\A"));
}

static bool ends_here(tm_text p)
{
    return tm_text_ends(p, TM_TEXT("$")) && !tm_text_ends(p, TM_TEXT("\\$"));
}

/* Whether some alternative but the given one is anchored, too: then each says what it means. */
static bool others_are_anchored(tm_text p, bool start)
{
    unsigned depth = 0;
    for (size_t at = 0; at < p.n; at = step(p, at)) {
        depth += p.p[at] == '(';
        depth -= p.p[at] == ')' && depth;
        if (p.p[at] != '|' || depth)
            continue;
        const tm_text before = tm_text_slice(p.p, at), behind = tm_text_skip(p, at + 1);
        if (start ? starts_here(behind) : ends_here(before))
            return true;
    }
    return false;
}

/* As one would write it there. */
static void hint_meant(const tm_lint_look *l, const tm_lint_literal *w, tm_text regex)
{
    tm_buf meant = {.arena = l->lint->arena};
    if (w->plain)
        tm_buf_add(&meant, regex);
    else
        tm_print_string(regex, &meant);
    tm_diag_hint(l->lint->diags, "did you mean %.*s?", TM_PRI(tm_buf_text(&meant)));
}

static bool look_at_alternatives(const tm_lint_look *l, const tm_lint_literal *w)
{
    const tm_text p = w->node->text;
    size_t bar = 0, last = 0;
    if (!find_bar(p, &bar, &last))
        return false;
    const bool start = starts_here(p) && !others_are_anchored(p, true);
    const bool end = ends_here(p) && !others_are_anchored(p, false);
    if (start)
        tm_diag_warning(l->lint->diags, w->source, tm_lint_place_inside(w, 0, bar), "W0607",
                        "^ belongs to the first alternative only");
    else if (end)
        tm_diag_warning(l->lint->diags, w->source,
                        tm_lint_place_inside(w, last + 1, p.n - last - 1), "W0607",
                        "$ belongs to the last alternative only");
    else
        return true;
    const tm_text inner = tm_text_slice(p.p + (starts_here(p) ? 1 : 0),
                                        p.n - (starts_here(p) ? 1 : 0) - (ends_here(p) ? 1 : 0));
    hint_meant(l, w,
               tm_arena_print(l->lint->arena, "%s(%.*s)%s", starts_here(p) ? "^" : "",
                              TM_PRI(inner), ends_here(p) ? "$" : ""));
    return true;
}

/* What is written without `.*` at its ends, and what was there. */
static tm_text without_rest(tm_text p, bool *front, bool *back)
{
    *front = tm_text_starts(p, TM_TEXT(".*"));
    *back = tm_text_ends(p, TM_TEXT(".*")) && !tm_text_ends(p, TM_TEXT("\\.*"));
    if (*front)
        p = tm_text_skip(p, 2);
    if (*back && p.n >= 2)
        p.n -= 2;
    return p;
}

/* `.*` at one end only says that the other end is where the text begins or ends, which takes an
 * anchor; and a URL is not looked for in the middle of a text. */
static void look_for_anchors(const tm_lint_look *l, const tm_lint_literal *w)
{
    const tm_text p = w->node->text;
    bool front, back;
    const tm_text inner = without_rest(p, &front, &back);
    const bool url = tm_text_starts(p, TM_TEXT("http://")) ||
                     tm_text_starts(p, TM_TEXT("https://")) ||
                     tm_text_starts(p, TM_TEXT("https?://"));
    if (!inner.n || starts_here(p) || ends_here(p) || front == back)
        if (!url || starts_here(p))
            return;
    tm_diag_warning(l->lint->diags, w->source, w->node->place, "W0606",
                    "this looks like the %s of a text and matches anywhere in it",
                    front ? "end" : "start");
    hint_meant(l, w,
               tm_arena_print(l->lint->arena, "%s%.*s%s", front ? "" : "^", TM_PRI(inner),
                              front ? "$" : ""));
}

/* A star behind a plain character at the end: what a glob would say. */
static void look_for_stars(const tm_lint_look *l, const tm_lint_literal *w)
{
    const tm_text p = w->node->text;
    size_t last = 0, before = 0;
    for (size_t at = 0; at < p.n; at = step(p, at)) {
        before = last;
        last = at;
    }
    if (p.n < 3 || p.p[last] != '*' || last != p.n - 1 || before != last - 1 ||
        !(is_word(p.p[before]) || p.p[before] == '/' || p.p[before] == '_'))
        return;
    tm_diag_warning(l->lint->diags, w->source, tm_lint_place_inside(w, before, 2), "W0619",
                    "* repeats the character before it, since a pattern is no glob");
    tm_diag_hint(l->lint->diags, "for anything write .*, or leave it out");
}

void tm_lint_regex(const tm_lint_look *l, const tm_lint_literal *w, bool tests)
{
    look_for_hosts(l, w);
    look_for_stars(l, w);
    if (!look_at_alternatives(l, w) && tests)
        look_for_anchors(l, w);
}

void tm_lint_plain_regex(tm_lint *lint, const tm_source *source, tm_place place, tm_text text)
{
    const tm_node node = {.kind = TM_NODE_STRING, .place = place, .text = text};
    tm_lint_regex(&(tm_lint_look){.lint = lint, .source = source},
                  &(tm_lint_literal){.source = source, .node = &node, .plain = true}, true);
}
