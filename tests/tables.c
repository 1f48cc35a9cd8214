/* Tables: what rules do to a table is what they do to the request that it stands for.
 * SPDX-License-Identifier: Apache-2.0
 *
 *     tables [-v] SPANS.json FILE.jsonl... FILE.ottl... FILE.pb...
 *
 * Each rule of the vectors, and each rule file, filters every trace of SPANS.json, every FILE.pb (a
 * request) and all of them as one request both ways: verdicts, counts, and each cell of what stays
 * have to be the same, and for some spans of each ruleset the proofs of their verdicts. Prints what
 * differs, then "N passed, N failed", as rulesets. Exits 0 when none failed. */
#define _GNU_SOURCE /* memmem */
#include "tables_proof.h"
#include "vectors_doc.h"
#include "whole_file.h"

#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>

enum { REQUESTS_MOST = 256, PROVED_EACH = 8 /* requests of a ruleset, starting anywhere */ };

typedef struct session {
    tm_arena *own, *arena; /* as long as the program; as a ruleset */
    tamis_engine *engine;
    tamis_vm *bytes_vm, *table_vm;
    tm_text request[REQUESTS_MOST + 1];
    unsigned requests;
    unsigned whole, alike, differ, edited, changes, dropped, proofs, rulesets;
    bool verbose;
    const char *name;
} session;

static bool differ(session *s, const char *what, size_t i)
{
    s->differ++;
    printf("%s: %s %zu differs\n", s->name, what, i);
    return false;
}

/* ---- comparing ---------------------------------------------------------------------------------
 */

static bool same_rows(session *s, const tamis_table *t, const tamis_table_result *result)
{
    for (size_t i = 0; i < t->spans; i++) {
        tamis_verdict v = {.size = sizeof v};
        if (tamis_vm_verdict(s->bytes_vm, i, &v) != TAMIS_OK || result->row[i].fate != v.fate ||
            result->row[i].rule != (uint32_t)v.rule)
            return differ(s, "the verdict of span", i);
        s->dropped += v.fate == TAMIS_DROPPED;
        s->edited += v.fate == TAMIS_EDITED;
    }
    return true;
}

static bool same_counts(session *s, const tamis_ruleset *ruleset)
{
    for (size_t i = 0; i < tamis_ruleset_rules(ruleset); i++) {
        tamis_counts a = {.size = sizeof a}, b = {.size = sizeof b};
        if (tamis_vm_counts(s->bytes_vm, i, &a) != TAMIS_OK ||
            tamis_vm_counts(s->table_vm, i, &b) != TAMIS_OK || a.matched != b.matched ||
            a.errors != b.errors || a.dropped_spans != b.dropped_spans ||
            a.mismatches != b.mismatches)
            return differ(s, "what is counted of rule", i);
    }
    return true;
}

/* The cells of a level in both, and which rows of the first stay. */
typedef struct level_rows {
    const tamis_table *before, *after;
    const tamis_cell *cells_before, *cells_after;
    size_t n_before, n_after;
    const bool *stays;
    tamis_context context;
    const char *name;
} level_rows;

static const tamis_change *change_at(const tamis_table_result *r, tamis_context context, size_t row,
                                     size_t column)
{
    for (size_t i = 0; i < r->changes; i++)
        if (r->change[i].context == (uint32_t)context && r->change[i].row == row &&
            r->change[i].column == column)
            return &r->change[i];
    return NULL;
}

/* A change names what was not so before, and what stays in the end is what the bytes hold. */
static bool same_cells(session *s, const level_rows *l, size_t columns, bool whole,
                       uint32_t whole_from, const tamis_table_result *result)
{
    const tamis_table changed = {.member = result->member};
    size_t after = 0;
    for (size_t row = 0; row < l->n_before; row++) {
        if (!l->stays[row])
            continue;
        if (after == l->n_after)
            return differ(s, l->name, row);
        for (size_t i = 0; i < columns; i++) {
            const tamis_change *change = change_at(result, l->context, row, i);
            const tamis_cell *cell = &l->cells_before[row * columns + i],
                             *now = &l->cells_after[after * columns + i];
            if (whole && i >= whole_from)
                continue;
            if (change && tables_same(l->before, cell, &changed, &change->value))
                return differ(s, "a change that is none, of row", row);
            if (!tables_same(change ? &changed : l->before, change ? &change->value : cell,
                             l->after, now))
                return differ(s, l->name, row);
        }
        after++;
    }
    return after == l->n_after || differ(s, "the number of rows", after);
}

static void find_rows(const tamis_table *before, const tamis_table *after,
                      const tamis_table_result *r, bool *spans, bool *scopes, bool *resources)
{
    for (size_t i = 0; i < before->spans; i++) {
        spans[i] = r->row[i].fate <= TAMIS_EDITED;
        scopes[before->scope_of_span[i]] |= spans[i];
    }
    for (size_t i = 0; i < before->scopes; i++)
        resources[before->resource_of_scope[i]] |= scopes[i] |= before->scopes == after->scopes;
    for (size_t i = 0; i < before->resources; i++)
        resources[i] |= before->resources == after->resources;
}

static bool same_tables(session *s, const tables_columns *c, const tamis_table *before,
                        const tamis_table *after, const tamis_table_result *r)
{
    bool *spans = TM_NEW_ARRAY(s->arena, before->spans, bool),
         *scopes = TM_NEW_ARRAY(s->arena, before->scopes, bool),
         *resources = TM_NEW_ARRAY(s->arena, before->resources, bool);
    find_rows(before, after, r, spans, scopes, resources);
    const level_rows levels[] = {{before, after, before->resource, after->resource,
                                  before->resources, after->resources, resources, TAMIS_RESOURCE,
                                  "resource"},
                                 {before, after, before->scope, after->scope, before->scopes,
                                  after->scopes, scopes, TAMIS_SCOPE, "scope"},
                                 {before, after, before->span, after->span, before->spans,
                                  after->spans, spans, TAMIS_SPAN, "span"}};
    for (unsigned level = 0; level < TABLES_LEVELS; level++) {
        const bool whole = c->needs[level]->fields >> tm_level_attributes(level) & 1;
        if (!same_cells(s, &levels[level], c->n[level], whole, c->fields[level], r))
            return false;
    }
    s->changes += (unsigned)r->changes;
    return true;
}

/* Of one span, which is another one for each ruleset and request. `judged` is gone afterwards. */
static bool same_proof(session *s, tamis_ruleset *explained, const tamis_request *request,
                       const tamis_table *table, const tamis_table_result *judged)
{
    if (!table->spans)
        return true;
    const size_t span = (s->rulesets * 31 + s->proofs * 7) % table->spans;
    tables_row row = {.arena = s->arena,
                      .vm = s->table_vm,
                      .explained = explained,
                      .table = table,
                      .request = request,
                      .span = span};
    for (size_t i = 0; i < judged->changes; i++)
        row.alone |= judged->change[i].context != TAMIS_SPAN;
    s->proofs++;
    const char *what = tables_proof_differs(&row, judged->row[span]);
    return !what || differ(s, what, span);
}

static bool compare(session *s, tamis_ruleset *ruleset, tamis_ruleset *explained,
                    const tables_columns *columns, tm_text bytes, bool texts)
{
    const tamis_request request = {.size = sizeof request, .bytes = bytes.p, .size_bytes = bytes.n};
    tamis_table table = tables_table_of(s->arena, columns, bytes, texts);
    table.ruleset = ruleset;
    tamis_result a = {.size = sizeof a};
    tamis_table_result b = {.size = sizeof b};
    const tamis_status status = tamis_filter(s->bytes_vm, ruleset, &request, &a);
    if (tamis_filter_table(s->table_vm, ruleset, &table, &b) != status)
        return differ(s, "the status", status);
    if (status != TAMIS_OK)
        return true;
    char *out = tm_arena_alloc(s->arena, a.size_bytes + 1);
    tamis_vm_copy(s->bytes_vm, out, a.size_bytes);
    const tamis_table after =
        tables_table_of(s->arena, columns, tm_text_slice(out, a.size_bytes), !texts);
    return same_rows(s, &table, &b) && same_counts(s, ruleset) &&
           same_tables(s, columns, &table, &after, &b) &&
           (!explained || same_proof(s, explained, &request, &table, &b));
}

/* Both rulesets, which are given back. `explained` is of the same rules. */
static void try_rulesets(session *s, tamis_ruleset *ruleset, tamis_ruleset *explained,
                         const char *name)
{
    tamis_columns columns = {.size = sizeof columns};
    s->name = name;
    const tamis_status status = tamis_ruleset_columns(ruleset, &columns);
    if (status == TAMIS_WHOLE_SPANS) {
        s->whole++;
    } else {
        const tables_columns mine = tables_columns_of(s->arena, ruleset);
        bool alike = columns.resource == mine.n[TM_RESOURCE] && columns.scope == mine.n[TM_SCOPE] &&
                     columns.span == mine.n[TM_SPAN];
        if (!alike)
            differ(s, "the number of columns", 0);
        for (unsigned i = 0; alike && i < s->requests; i++) {
            const bool proved = (i + s->rulesets) % PROVED_EACH == 0;
            alike = compare(s, ruleset, proved ? explained : NULL, &mine, s->request[i], i & 1);
        }
        s->alike += alike;
        s->rulesets++;
    }
    tamis_ruleset_unref(ruleset);
    tamis_ruleset_unref(explained);
    tm_arena_reset(s->arena);
}

/* False: they do not compile. */
static bool try_rules_of(session *s, tamis_compile_options *options, const char *name)
{
    tamis_ruleset *ruleset, *explained;
    if (tamis_compile(s->engine, options, &ruleset, NULL) != TAMIS_OK)
        return false;
    options->explained = true;
    if (tamis_compile(s->engine, options, &explained, NULL) != TAMIS_OK)
        differ(s, "whether it compiles to be explained", 0);
    try_rulesets(s, ruleset, explained, name);
    return true;
}

/* ---- rules -------------------------------------------------------------------------------------
 */

static tm_text needed_file(tm_arena *arena, const char *name)
{
    const tm_text text = read_file(arena, name);
    if (!text.p) {
        fprintf(stderr, "%s cannot be read\n", name);
        exit(2);
    }
    return text;
}

/* A value is put into an attribute that nothing else has. */
static void try_vector(session *s, tm_text line)
{
    const tm_doc *row = tm_vectors_json(s->arena, line);
    const tm_text kind = tm_vectors_text(row, "kind"), context = tm_vectors_text(row, "context"),
                  expr = tm_vectors_text(row, "expr");
    const bool resource = tm_text_is(context, "resource"), scope = tm_text_is(context, "scope");
    if (tm_text_is(kind, "processor") || !(resource || scope || tm_text_is(context, "span")))
        return;
    const char *prefix = !tm_text_is(tm_vectors_text(row, "paths"), "prefixed") ? ""
                         : resource                                             ? "resource."
                         : scope                                                ? "scope."
                                                                                : "span.";
    const bool value = tm_text_is(kind, "value");
    const char *rule =
        tm_arena_print(s->arena, value ? "set(%sattributes[\"tables\"], %.*s)" : "%s%.*s",
                       value ? prefix : "", TM_PRI(expr))
            .p;
    const tamis_step step = {.name = "vector",
                             .kind = tm_text_is(kind, "condition") ? TAMIS_DROP : TAMIS_EDIT,
                             .context = *prefix    ? TAMIS_INFER
                                        : resource ? TAMIS_RESOURCE
                                        : scope    ? TAMIS_SCOPE
                                                   : TAMIS_SPAN,
                             .error_mode = TAMIS_SILENT,
                             .rule = &rule,
                             .rules = 1};
    tamis_compile_options options = {.size = sizeof options, .step = &step, .steps = 1};
    const char *id = tm_arena_copy(s->own, tm_vectors_text(row, "id")).p;
    try_rules_of(s, &options, id);
}

static void try_text(session *s, const char *name, tm_text text)
{
    const tamis_source source = {name, text.p, text.n};
    tamis_compile_options options = {
        .size = sizeof options, .source = &source, .sources = 1, .error_mode = TAMIS_SILENT};
    if (!try_rules_of(s, &options, name) && s->verbose)
        printf("%s does not compile\n", name);
}

/* The file, and each of its definitions that takes nothing, as a condition and as a value. */
static void try_rules(session *s, const char *name)
{
    const char *slash = strrchr(name, '/'), *file = slash ? slash + 1 : name;
    const tm_text text = needed_file(s->own, name);
    tm_text rest = text, line;
    try_text(s, name, text);
    while (tm_text_next(&rest, '\n', &line)) {
        if (!tm_text_starts(line, TM_TEXT("def ")))
            continue;
        tm_text head = tm_text_slice(line.p + 4, line.n - 4), call;
        if (!tm_text_next(&head, '=', &call) || !memmem(call.p, call.n, "()", 2))
            continue;
        const char *as = tm_arena_copy(s->own, call).p;
        const char *id = tm_arena_print(s->own, "%s:%s", file, as).p;
        try_text(s, id, tm_arena_print(s->own, "%.*s\ndrop where %s\n", TM_PRI(text), as));
        try_text(
            s, id,
            tm_arena_print(s->own, "%.*s\nset(attributes[\"tables\"], %s)\n", TM_PRI(text), as));
    }
}

int main(int argc, char **argv)
{
    static session s;
    s.own = tm_arena_new(NULL);
    s.arena = tm_arena_new(NULL);
    const tamis_vm_options options = {
        .size = sizeof options, .verdicts = true, .bounds = {.time_ns = TAMIS_NO_BOUND}};
    if (tamis_engine_new(NULL, &s.engine) != TAMIS_OK ||
        tamis_vm_new(s.engine, &options, &s.bytes_vm) != TAMIS_OK ||
        tamis_vm_new(s.engine, &options, &s.table_vm) != TAMIS_OK)
        return 2;
    int first = 1;
    for (; first < argc && strcmp(argv[first], "-v") == 0; first++)
        s.verbose = true;
    const tm_doc *pool =
        first < argc ? tm_vectors_json(s.own, needed_file(s.own, argv[first])) : NULL;
    for (const tm_doc *d = pool ? pool->first : NULL; d && s.requests < REQUESTS_MOST; d = d->next)
        s.request[s.requests++] = tm_vectors_encode(s.own, d);
    for (int i = first + 1; i < argc; i++)
        if (tm_text_ends(tm_text_of(argv[i]), TM_TEXT(".pb")) && s.requests < REQUESTS_MOST)
            s.request[s.requests++] = needed_file(s.own, argv[i]);
    tm_text all = TM_TEXT(""); /* of many resources */
    for (unsigned i = 0; i < s.requests; i++)
        all = tm_arena_join(s.own, all, s.request[i]);
    s.request[s.requests++] = all;
    for (int i = first + 1; i < argc; i++) {
        tm_text rest = TM_TEXT(""), line;
        if (tm_text_ends(tm_text_of(argv[i]), TM_TEXT(".jsonl")))
            rest = needed_file(s.own, argv[i]);
        else if (tm_text_ends(tm_text_of(argv[i]), TM_TEXT(".ottl")))
            try_rules(&s, argv[i]);
        while (tm_text_next(&rest, '\n', &line))
            if (line.n)
                try_vector(&s, line);
    }
    printf("over %u requests: %u drops, %u edits, %u changes, %u proofs; %u rulesets need whole "
           "spans\n%u passed, %u failed\n",
           s.requests, s.dropped, s.edited, s.changes, s.proofs, s.whole, s.alike, s.differ);
    tamis_vm_free(s.bytes_vm);
    tamis_vm_free(s.table_vm);
    tamis_engine_unref(s.engine);
    tm_arena_free(s.arena);
    tm_arena_free(s.own);
    return s.differ != 0 || !s.alike;
}
