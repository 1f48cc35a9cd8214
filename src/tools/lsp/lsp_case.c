/* LSP, tests of rules: `rules` and `by` of files that `tamis test` reads.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/lsp/lsp_case.h"

#include "base/ascii.h"
#include "config/yaml.h"

/* ---- rules ----------------------------------------------------------------------------------- */

typedef struct reading {
    tm_arena *arena;
    tm_lsp_world *world;
    tm_text directory; /* with its slash */
    const tm_source **source;
    size_t n;
} reading;

static void add_path(reading *r, tm_text path)
{
    tm_text why;
    if (path.n && path.p[0] != '/')
        path = tm_arena_join(r->arena, r->directory, path);
    const tm_texts paths = tm_rule_files_match(r->arena, path);
    for (size_t i = 0; i < paths.count; i++) {
        const tm_source *source =
            tm_text_ends(paths.items[i], TM_TEXT(".ottl"))
                ? tm_rule_files_open(&r->world->rule_files, r->arena, paths.items[i], &why)
                : NULL;
        r->source = tm_arena_grow(r->arena, r->source, r->n * sizeof *r->source,
                                  (r->n + 1) * sizeof *r->source);
        if (source)
            r->source[r->n++] = source;
    }
}

void tm_lsp_case_rules(tm_lsp_analysis *a, tm_lsp_world *w, const tm_lsp_document *d)
{
    tm_diags aside = {.arena = a->arena};
    tm_source *source = TM_NEW(a->arena, tm_source);
    reading r = {.arena = a->arena, .world = w, .directory = tm_arena_copy(a->arena, d->path)};
    const tm_rule_importer importer = {.open = tm_rule_files_import, .owner = &w->rule_files};
    *source = (tm_source){.name = d->path, .text = a->lines.text};
    const tm_doc *root = tm_yaml_read(a->arena, &aside, source);
    const tm_doc *rules = tm_doc_find(root, TM_TEXT("rules"));
    if (!rules || !tm_doc_find(root, TM_TEXT("tests")))
        return;
    while (r.directory.n && r.directory.p[r.directory.n - 1] != '/')
        r.directory.n--;
    if (rules->type == TM_DOC_STRING)
        add_path(&r, rules->text);
    for (const tm_doc *one = rules->first; one; one = one->next)
        if (one->type == TM_DOC_STRING)
            add_path(&r, one->text);
    tm_rule_unit_read(a->arena, &aside, &importer, r.source, r.n, &a->unit);
}

/* ---- names ----------------------------------------------------------------------------------- */

static bool is_of_name(char c)
{
    return tm_ascii_is_letter(c) || tm_ascii_is_digit(c) || (c && strchr("_-./:", c));
}

bool tm_lsp_case_name_at(const tm_lsp_analysis *a, size_t at, tm_lsp_span *name)
{
    const tm_text text = a->lines.text, key = TM_TEXT("by:");
    size_t begin = at;
    if (!a->unit.first_rule || a->source)
        return false;
    while (begin && is_of_name(text.p[begin - 1]))
        begin--;
    size_t before = begin;
    while (before && strchr(" \"'", text.p[before - 1]))
        before--;
    if (before == begin || !tm_text_ends(tm_text_slice(text.p, before), key) ||
        (before > key.n && is_of_name(text.p[before - key.n - 1])))
        return false;
    *name = (tm_lsp_span){begin, at};
    while (name->end < text.n && is_of_name(text.p[name->end]))
        name->end++;
    return true;
}

const tm_unit_rule *tm_lsp_case_rule(const tm_lsp_analysis *a, tm_lsp_span name)
{
    const tm_text text = tm_text_slice(a->lines.text.p + name.begin, name.end - name.begin);
    for (const tm_unit_rule *r = a->unit.first_rule; r; r = r->next)
        if (tm_text_equal(r->name, text))
            return r;
    return NULL;
}
