/* Lint, patterns: expressions and replacements in the texts of rules.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Looks at what is written, at the place where it stands: literals in rules, and in the lets that
 * rules and definitions name. */
#include "lang/lint/lint_pattern.h"

#include "stdlib/fn.h"

/* ---- literals -------------------------------------------------------------------------------- */

bool tm_lint_find_literal(const tm_lint_look *l, const tm_node *node, tm_lint_literal *out)
{
    *out = (tm_lint_literal){.source = l->source, .node = node};
    if (node->kind == TM_NODE_PATH && !node->segments->next && !node->segments->keys) {
        const tm_definition *d = tm_definition_find(l->definitions, node->segments->name);
        if (!d || d->item->kind != TM_FILE_LET || d->broken || !d->item->tree)
            return false;
        *out = (tm_lint_literal){.source = d->source, .node = d->item->tree->expression};
    }
    return out->node->kind == TM_NODE_STRING;
}

/* How many bytes of the source the rune or escape there takes, and of the text that it means. */
static size_t width_of(const char *at, size_t *meant)
{
    *meant = 1;
    if (*at != '\\')
        return 1;
    switch (at[1]) {
    case 'x':
        return 4;
    case 'u':
        return 6;
    case 'U':
        return 10;
    default:
        return at[1] >= '0' && at[1] <= '7' ? 4 : 2;
    }
}

/* Escapes of runes, whose widths are not worth the trouble, give the whole place. */
tm_place tm_lint_place_inside(const tm_lint_literal *w, size_t at, size_t n)
{
    const tm_place whole = w->node->place;
    const char *text = w->source->text.p + whole.at;
    tm_place place = {.at = whole.at + 1};
    size_t seen = 0, meant;
    if (w->plain)
        return whole;
    for (size_t i = 1; i + 1 < whole.n; seen += meant) {
        const size_t width = width_of(text + i, &meant);
        if (width > 2)
            return whole;
        if (seen == at)
            place.at = whole.at + (uint32_t)i;
        i += width;
        if (seen + 1 == at + n)
            place.n = whole.at + (uint32_t)i - place.at;
    }
    return place.n ? place : whole;
}

/* ---- trees ----------------------------------------------------------------------------------- */

/* The argument of a parameter whose name ends so. */
static const tm_node *argument_of(const tm_node *call, const tm_signature *s, const char *end)
{
    unsigned i = 0;
    for (const tm_node *a = call->first; a; a = a->next, i++) {
        const tm_text name = a->label.n ? a->label : i < s->n ? s->parameter[i].name : TM_TEXT("");
        if (tm_text_ends(name, tm_text_of(end)))
            return a;
    }
    return NULL;
}

/* Globs and grok have a `pattern`, too. */
static bool takes_regex(const tm_function *f)
{
    const tm_text name = tm_text_of(f->name);
    return tm_text_find(name, TM_TEXT("match")) < 0 || tm_text_find(name, TM_TEXT("keys")) >= 0
               ? tm_text_find(name, TM_TEXT("Grok")) < 0
               : false;
}

static void look_at_call(const tm_lint_look *l, const tm_node *call)
{
    const tm_function *f = tm_function_find(call->name);
    tm_signature s;
    tm_lint_literal w;
    if (!f || !takes_regex(f))
        return;
    tm_signature_read(f, &s);
    const tm_node *pattern = argument_of(call, &s, "pattern");
    const tm_node *replacement = pattern ? argument_of(call, &s, "replacement") : NULL;
    if (pattern && tm_lint_find_literal(l, pattern, &w))
        tm_lint_regex(l, &w, strcmp(f->name, "IsMatch") == 0);
    if (replacement && tm_lint_find_literal(l, replacement, &w))
        tm_lint_replacement(l, &w, pattern);
}

static bool looks_like_a_regex(tm_text p)
{
    return tm_text_find(p, TM_TEXT(".*")) >= 0 || tm_text_find(p, TM_TEXT(".+")) >= 0 ||
           (p.n > 1 && p.p[0] == '^');
}

static bool looks_like_a_glob(tm_text p)
{
    return p.n > 1 && tm_text_ends(p, TM_TEXT("*"));
}

void tm_lint_plain_text(tm_lint *lint, const tm_source *source, tm_place place, tm_text text)
{
    if (!looks_like_a_regex(text) && !looks_like_a_glob(text))
        return;
    tm_diag_warning(
        lint->diags, source, place, "W0605",
        "match_type: strict compares with the text itself, and this looks like a pattern");
    tm_diag_hint(lint->diags, "did you mean match_type: regexp?");
}

/* A text that is a pattern, or a glob, is compared as it is. */
static void look_at_comparison(const tm_lint_look *l, const tm_node *compare)
{
    const tm_node *text =
        compare->first->kind == TM_NODE_STRING ? compare->first : compare->first->next;
    const tm_node *other = text == compare->first ? text->next : compare->first;
    if (text->kind != TM_NODE_STRING || other->kind == TM_NODE_STRING ||
        (compare->op != TM_EQ && compare->op != TM_NE))
        return;
    const tm_text p = text->text;
    const bool pattern = looks_like_a_regex(p), glob = looks_like_a_glob(p);
    if (!pattern && !glob)
        return;
    const tm_text subject = tm_text_slice(l->source->text.p + other->place.at, other->place.n);
    tm_diag_warning(l->lint->diags, l->source, text->place, "W0605",
                    "%s compares with the text itself, and this looks like a pattern",
                    compare->op == TM_EQ ? "==" : "!=");
    tm_diag_other(l->lint->diags, other->place);
    if (subject.n <= 60 && pattern)
        tm_diag_hint(l->lint->diags, "did you mean %sIsMatch(%.*s, ...)?",
                     compare->op == TM_EQ ? "" : "not ", TM_PRI(subject));
    else if (subject.n <= 60)
        tm_diag_hint(l->lint->diags, "did you mean %sHasPrefix(%.*s, \"%.*s\")?",
                     compare->op == TM_EQ ? "" : "not ", TM_PRI(subject), (int)p.n - 1, p.p);
}

static void look(const tm_lint_look *l, const tm_node *node)
{
    for (; node; node = node->next) {
        if (node->kind == TM_NODE_CALL)
            look_at_call(l, node);
        else if (node->kind == TM_NODE_COMPARE)
            look_at_comparison(l, node);
        look(l, node->first);
        look(l, node->keys);
    }
}

void tm_lint_patterns(tm_lint *lint, const tm_source *source, const tm_definitions *definitions,
                      const tm_tree *tree)
{
    const tm_lint_look l = {.lint = lint, .source = source, .definitions = definitions};
    look(&l, tree->expression);
    look(&l, tree->where);
}
