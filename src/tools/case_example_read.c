/* Case example, reading: brackets and quotes, then YAML.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/case_example_read.h"

#include "config/yaml.h"
#include "tools/case_span.h"

enum { GROUPS_MOST = 2 };

/* The maps that stand side by side, from bracket to bracket. */
typedef struct groups {
    tm_place map[GROUPS_MOST];
    unsigned n; /* that there are, which may be more */
} groups;

typedef struct reader {
    tm_arena *arena;
    tm_diags *diags;
    const tm_source *source;
    tm_case_example *example;
} reader;

static bool fail(reader *r, const char *what)
{
    return tm_diag_error(r->diags, r->source, r->example->place, "E0605", "%s", what);
}

static bool opens_quote(const char *text, uint32_t at, uint32_t start)
{
    const char c = text[at];
    return (c == '"' || c == '\'') && (at == start || strchr(" \t{[,:", text[at - 1]));
}

/* The end of the quoted text that starts at `at`: \" and '' stand for quotes in it. */
static uint32_t skip_quote(const char *text, uint32_t at, uint32_t end)
{
    const char quote = text[at++];
    while (at < end) {
        const bool twice = quote == '\'' && at + 1 < end && text[at + 1] == quote;
        if (text[at] == quote && !twice)
            return at;
        at += (text[at] == quote && twice) || (text[at] == '\\' && quote == '"') ? 2 : 1;
    }
    return end - 1;
}

static groups groups_in(tm_text text, tm_place place)
{
    groups g = {0};
    unsigned depth = 0;
    uint32_t end = place.at + place.n, from = 0;
    bool curly = false;
    for (uint32_t at = place.at; at < end; at++) {
        const char c = text.p[at];
        if (opens_quote(text.p, at, place.at)) {
            at = skip_quote(text.p, at, end);
        } else if (c == '{' || c == '[') {
            if (depth++ == 0)
                from = at, curly = c == '{';
        } else if ((c == '}' || c == ']') && depth && --depth == 0 && curly) {
            g.map[g.n < GROUPS_MOST ? g.n : GROUPS_MOST - 1] =
                (tm_place){.at = from, .n = at + 1 - from};
            g.n++;
        }
    }
    return g;
}

/* What stands between two bytes, without the white space around it. */
static tm_place between(const reader *r, uint32_t from, uint32_t to)
{
    const char *text = r->source->text.p;
    while (from < to && (text[from] == ' ' || text[from] == '\t'))
        from++;
    while (to > from && (text[to - 1] == ' ' || text[to - 1] == '\t' || text[to - 1] == '\r'))
        to--;
    return (tm_place){.at = from, .n = to - from};
}

static tm_text text_at(const reader *r, tm_place place)
{
    return tm_text_slice(r->source->text.p + place.at, place.n);
}

/* The YAML at a place, which is a source of its own. NULL: told. */
static tm_doc *yaml_at(reader *r, tm_place place)
{
    tm_source *part = TM_NEW(r->arena, tm_source);
    *part = (tm_source){.name = r->source->name, .text = text_at(r, place)};
    tm_source_position(r->source, place.at, &part->first_line, &part->first_column);
    return tm_yaml_read(r->arena, r->diags, part);
}

static const tm_doc *span_at(reader *r, tm_place place, bool partial)
{
    const tm_doc *doc = yaml_at(r, place);
    return doc && tm_case_span_check(r->diags, doc, partial) ? doc : NULL;
}

/* OTTL's nil is YAML's null. */
static bool read_value(reader *r, tm_place place)
{
    tm_doc *doc = yaml_at(r, place);
    if (doc && doc->type == TM_DOC_STRING && !doc->quoted && tm_text_is(doc->text, "nil"))
        doc->type = TM_DOC_NULL;
    r->example->value = doc;
    return doc != NULL;
}

static bool read_arrow(reader *r, const groups *g)
{
    tm_case_example *e = r->example;
    e->span = span_at(r, g->map[0], false);
    e->after = span_at(r, g->map[1], true);
    return e->span && e->after;
}

/* Whether the form fits what stands below. */
static bool check_form(reader *r, const tm_file_item *item)
{
    const tm_case_example *e = r->example;
    switch (item->kind) {
    case TM_FILE_DROP:
    case TM_FILE_KEEP:
        return e->after || tm_text_is(text_at(r, e->said), "drop") ||
               tm_text_is(text_at(r, e->said), "keep") ||
               fail(r, "an example of a rule is `drop SPAN`, `keep SPAN` or `SPAN -> SPAN`");
    case TM_FILE_EDIT:
        return e->after || fail(r, "an example of an edit is `SPAN -> SPAN`");
    case TM_FILE_DEF:
        if (e->after || !e->said.n)
            return fail(r, "an example of a definition is `VALUE SPAN`");
        return !item->parameter_count ||
               fail(r, "a definition with parameters has no examples: it is tested by the rules "
                       "that call it");
    default:
        return fail(r, "examples are of rules and definitions");
    }
}

bool tm_case_example_read(tm_arena *arena, tm_diags *diags, const tm_source *source,
                          const tm_comment *comment, const tm_file_item *item,
                          tm_case_example *example)
{
    const uint32_t end = comment->place.at + comment->place.n;
    reader r = {arena, diags, source, example};
    *example = (tm_case_example){.source = source};
    example->place = between(&r, comment->place.at + 2, end);
    example->text = text_at(&r, example->place);
    const groups g = groups_in(source->text, example->place);
    const unsigned last = g.n > 1;
    const tm_place span = g.map[last];
    if (!g.n || g.n > GROUPS_MOST || between(&r, span.at + span.n, end).n)
        return fail(&r, "an example ends with a span such as {name: GET /x}");
    const bool arrow =
        g.n == 2 && !between(&r, example->place.at, g.map[0].at).n &&
        tm_text_is(text_at(&r, between(&r, g.map[0].at + g.map[0].n, span.at)), "->");
    if (arrow && !read_arrow(&r, &g))
        return false;
    if (!arrow)
        example->said = between(&r, example->place.at, span.at);
    if (!check_form(&r, item))
        return false;
    if (arrow)
        return true;
    example->drops = tm_text_is(text_at(&r, example->said), "drop");
    example->span = span_at(&r, span, false);
    return example->span && (item->kind != TM_FILE_DEF || read_value(&r, example->said));
}
