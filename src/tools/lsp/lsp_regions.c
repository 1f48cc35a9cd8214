/* LSP, regions: from the settings to places in the file, and back.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/lsp/lsp_regions.h"

#include "base/utf8.h"

/* ---- from the settings ----------------------------------------------------------------------- */

typedef struct adding {
    tm_lsp_analysis *analysis;
    tm_lsp_region *last;
    tm_text name;
} adding;

static void add_all(adding *a, const tm_rule_texts *texts, tm_entry_point entry, tm_level level,
                    bool prefixed)
{
    for (size_t i = 0; i < texts->count; i++) {
        const tm_source *source = &texts->items[i].source;
        if (!source->first_line || !tm_text_equal(source->name, a->name))
            continue;
        tm_lsp_region *r = TM_NEW(a->analysis->arena, tm_lsp_region);
        *r =
            (tm_lsp_region){.source = source, .entry = entry, .level = level, .prefixed = prefixed};
        *(a->last ? &a->last->next : &a->analysis->region) = r;
        a->last = r;
    }
}

/* The level of a context; that of spans where it is inferred. */
static tm_level level_of(tm_rules_context context)
{
    return context == TM_IN_RESOURCE ? TM_RESOURCE
           : context == TM_IN_SCOPE  ? TM_SCOPE
           : context == TM_IN_EVENT  ? TM_EVENT
                                     : TM_SPAN;
}

static void add_filter(adding *a, const tm_filter_settings *s)
{
    add_all(a, &s->traces.resource, TM_CONDITION, TM_RESOURCE, false);
    add_all(a, &s->traces.span, TM_CONDITION, TM_SPAN, false);
    add_all(a, &s->traces.event, TM_CONDITION, TM_EVENT, false);
    for (size_t i = 0; i < s->groups.count; i++)
        add_all(a, &s->groups.items[i].conditions, TM_CONDITION,
                level_of(s->groups.items[i].context),
                s->groups.items[i].context == TM_INFER_CONTEXT);
}

static void add_transform(adding *a, const tm_transform_settings *s)
{
    for (size_t i = 0; i < s->groups.count; i++) {
        const tm_statement_group *g = &s->groups.items[i];
        const bool prefixed = g->context == TM_INFER_CONTEXT;
        add_all(a, &g->conditions, TM_CONDITION, level_of(g->context), prefixed);
        add_all(a, &g->statements, TM_STATEMENT, level_of(g->context), prefixed);
    }
}

void tm_lsp_regions_of(tm_lsp_analysis *analysis, const tm_settings *settings, tm_text name)
{
    adding a = {.analysis = analysis, .name = name};
    for (size_t i = 0; i < settings->processor_count; i++) {
        const tm_processor_settings *p = &settings->processors[i];
        if (p->type == TM_PROCESSOR_FILTER)
            add_filter(&a, &p->filter);
        else if (p->type == TM_PROCESSOR_TRANSFORM)
            add_transform(&a, &p->transform);
    }
}

/* ---- places ---------------------------------------------------------------------------------- */

/* The byte of a line of the file at which a line of a source begins. The first one's column is
 * known; the others of a block are indented. */
static size_t line_begin(const tm_lsp_lines *lines, uint32_t number, const tm_source *source,
                         tm_text line)
{
    const tm_text file = tm_lsp_line(lines, number);
    size_t at = 0;
    if (line.p != source->text.p) {
        const ptrdiff_t found = tm_text_find(file, line);
        return lines->start[number] + (found > 0 ? (size_t)found : 0);
    }
    for (unsigned column = 1; column < source->first_column && at < file.n; column++) {
        size_t width;
        tm_utf8_next(tm_text_skip(file, at), &width);
        at += width;
    }
    return lines->start[number] + at;
}

/* The quote that stands before the source's first line in the file, or 0. */
static char quote_of(const tm_lsp_lines *lines, const tm_source *source, tm_text line, size_t begin)
{
    const char before = begin ? lines->text.p[begin - 1] : 0;
    return line.p == source->text.p && (before == '"' || before == '\'') ? before : 0;
}

/* Bytes of the file behind `begin` that make n bytes of the line, as far as the file has them: a
 * quote inside of quotes takes two. */
static size_t file_bytes(tm_text file, size_t n, char quote)
{
    size_t at = 0;
    for (; n && at < file.n; n--) {
        const bool escaped = quote == '"' ? file.p[at] == '\\' : quote && file.p[at] == quote;
        at += escaped && at + 1 < file.n ? 2 : 1;
    }
    return at;
}

/* Where a line of a source stands in the file. */
typedef struct placed {
    size_t begin;
    tm_text rest; /* of the file's line, from there on */
    char quote;
} placed;

static placed place_line(const tm_lsp_lines *lines, uint32_t number, const tm_source *source,
                         tm_text line)
{
    const size_t begin = line_begin(lines, number, source, line);
    const size_t end = lines->start[number] + tm_lsp_line(lines, number).n;
    return (placed){begin, tm_text_slice(lines->text.p + begin, end - begin),
                    quote_of(lines, source, line, begin)};
}

size_t tm_lsp_file_offset(const tm_lsp_lines *lines, const tm_source *source, size_t at)
{
    size_t starts_at;
    uint32_t number = source->first_line - 1;
    if (!source->first_line)
        return at;
    at = at < source->text.n ? at : source->text.n;
    const tm_text line = tm_source_line(source, at, &starts_at);
    for (size_t i = 0; i < starts_at; i++)
        number += source->text.p[i] == '\n';
    if (number >= lines->n)
        return lines->text.n;
    const placed p = place_line(lines, number, source, line);
    return p.begin + file_bytes(p.rest, at - starts_at, p.quote);
}

static bool is_in(const tm_lsp_lines *lines, const tm_lsp_region *r, size_t at, tm_lsp_spot *spot)
{
    uint32_t number = r->source->first_line - 1;
    tm_text rest = r->source->text, line;
    for (; rest.p && number < lines->n && tm_text_next(&rest, '\n', &line); number++) {
        const placed p = place_line(lines, number, r->source, line);
        size_t n = 0;
        if (at < p.begin || at > p.begin + file_bytes(p.rest, line.n, p.quote))
            continue;
        while (n < line.n && p.begin + file_bytes(p.rest, n, p.quote) < at)
            n++;
        *spot = (tm_lsp_spot){r, r->source->text, (size_t)(line.p - r->source->text.p) + n};
        return true;
    }
    return false;
}

bool tm_lsp_spot_at(const tm_lsp_analysis *a, size_t at, tm_lsp_spot *spot)
{
    if (a->source) {
        *spot = (tm_lsp_spot){NULL, a->source->text, at};
        return true;
    }
    for (const tm_lsp_region *r = a->region; r; r = r->next)
        if (is_in(&a->lines, r, at, spot))
            return true;
    return false;
}
