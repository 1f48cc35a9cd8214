/* Lint, replacements: groups that there are not.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/lint/lint_pattern.h"

#include "base/ascii.h"

/* The groups of the pattern, when it is a literal. */
static const tm_regex *regex_of(const tm_lint_look *l, const tm_node *pattern)
{
    tm_lint_literal w;
    tm_text error;
    size_t at;
    return pattern && tm_lint_find_literal(l, pattern, &w)
               ? tm_regex_new(l->lint->arena, w.node->text, &error, &at)
               : NULL;
}

static bool has_name(const tm_regex *regex, tm_text name)
{
    for (unsigned i = 1; i <= tm_regex_groups(regex); i++)
        if (tm_text_equal(tm_regex_group_name(regex, i), name))
            return true;
    return false;
}

/* A reference of a replacement: $1, ${1}, $name, ${name}. */
typedef struct reference {
    size_t at, n; /* with its sign */
    tm_text name;
    bool braces;
} reference;

/* The reference that starts at the dollar there; n is 0 where none does. */
static reference read_reference(tm_text text, size_t at)
{
    reference r = {.at = at};
    size_t i = at + 1;
    r.braces = i < text.n && text.p[i] == '{';
    i += r.braces;
    const size_t from = i;
    while (i < text.n &&
           (tm_ascii_is_letter(text.p[i]) || tm_ascii_is_digit(text.p[i]) || text.p[i] == '_'))
        i++;
    r.name = tm_text_slice(text.p + from, i - from);
    if (r.braces && (i == text.n || text.p[i++] != '}'))
        return r;
    r.n = r.name.n ? i - at : 0;
    return r;
}

/* As it is written there: a configuration doubles it. */
static const char *dollar_of(const tm_lint_literal *w)
{
    return w->source->first_line ? "$$" : "$";
}

static void check_reference(const tm_lint_look *l, const tm_lint_literal *w, const tm_regex *regex,
                            const reference *r)
{
    size_t digits = 0;
    unsigned long number = 0;
    while (digits < r->name.n && digits < 6 && tm_ascii_is_digit(r->name.p[digits]))
        number = number * 10 + (unsigned long)(r->name.p[digits++] - '0');
    const tm_place place = tm_lint_place_inside(w, r->at, r->n);
    if (digits && digits < r->name.n && !(regex && has_name(regex, r->name))) {
        tm_diag_warning(l->lint->diags, w->source, place, "W0609",
                        "$%.*s is the group of that name, which there is not, so nothing stands "
                        "there",
                        TM_PRI(r->name));
        tm_diag_hint(l->lint->diags, "did you mean %s{%.*s}%.*s?", dollar_of(w),
                     TM_PRI(tm_text_slice(r->name.p, digits)),
                     TM_PRI(tm_text_skip(r->name, digits)));
        return;
    }
    if (!regex || (digits ? number <= tm_regex_groups(regex) : has_name(regex, r->name)))
        return;
    if (digits)
        tm_diag_warning(l->lint->diags, w->source, place, "W0609",
                        "the pattern has %u group%s, so nothing stands for $%.*s",
                        tm_regex_groups(regex), tm_regex_groups(regex) == 1 ? "" : "s",
                        TM_PRI(r->name));
    else
        tm_diag_warning(l->lint->diags, w->source, place, "W0609",
                        "the pattern has no group %.*s, so nothing stands there", TM_PRI(r->name));
}

void tm_lint_replacement(const tm_lint_look *l, const tm_lint_literal *w, const tm_node *pattern)
{
    const tm_text text = w->node->text;
    const tm_regex *regex = regex_of(l, pattern);
    for (size_t at = 0; at < text.n; at++) {
        if (text.p[at] == '\\' && at + 1 < text.n && text.p[at + 1] >= '1' &&
            text.p[at + 1] <= '9') {
            tm_diag_warning(l->lint->diags, w->source, tm_lint_place_inside(w, at, 2), "W0609",
                            "a backslash in a replacement is a backslash");
            tm_diag_hint(l->lint->diags, "did you mean %s%c?", dollar_of(w), text.p[at + 1]);
        }
        if (text.p[at] != '$' || at + 1 == text.n)
            continue;
        if (text.p[at + 1] == '$') {
            at++;
            continue;
        }
        const reference r = read_reference(text, at);
        if (r.n)
            check_reference(l, w, regex, &r);
    }
}
