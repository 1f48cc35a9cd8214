/* Case read: YAML to tests.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/case_read.h"

#include "config/rule_files.h"
#include "config/yaml.h"
#include "tools/case_files.h"
#include "tools/case_span.h"

typedef struct reader {
    tm_arena *arena;
    tm_diags *diags;
    tm_case_file *file;
} reader;

static const tm_case_key file_keys[] = {
    {"rules", TM_CASE_ANY}, {"pipeline", TM_CASE_TEXT}, {"tests", TM_CASE_ANY}, {0}};
static const tm_case_key test_keys[] = {{"name", TM_CASE_TEXT},
                                        {"input", TM_CASE_ANY},
                                        {"spans", TM_CASE_ANY},
                                        {"expect", TM_CASE_ANY},
                                        {0}};
static const tm_case_key expect_keys[] = {{"dropped", TM_CASE_ANY},  {"kept", TM_CASE_ANY},
                                          {"spans", TM_CASE_ANY},    {"errors", TM_CASE_COUNT},
                                          {"refused", TM_CASE_BOOL}, {0}};
static const tm_case_key dropped_keys[] = {{"span", TM_CASE_ANY},
                                           {"where", TM_CASE_TEXT},
                                           {"by", TM_CASE_TEXT},
                                           {"count", TM_CASE_COUNT},
                                           {0}};
static const tm_case_key kept_keys[] = {
    {"span", TM_CASE_ANY}, {"where", TM_CASE_TEXT}, {"count", TM_CASE_COUNT}, {0}};
static const tm_case_key like_keys[] = {{"where", TM_CASE_TEXT}, {"count", TM_CASE_COUNT}, {0}};

static bool missing(reader *r, const tm_doc *doc, const char *what, const char *key)
{
    return tm_diag_error(r->diags, doc->source, doc->place, "E0603", "%s lacks %s", what, key);
}

static const tm_doc *member(const tm_doc *map, const char *key)
{
    const tm_doc *d = tm_doc_find(map, tm_text_of(key));
    return d && d->type != TM_DOC_NULL ? d : NULL;
}

/* ---- texts and lists of them ----------------------------------------------------------------- */

static void append(tm_arena *arena, tm_texts *list, tm_text text)
{
    list->items = tm_arena_grow(arena, list->items, list->count * sizeof *list->items,
                                (list->count + 1) * sizeof *list->items);
    list->items[list->count++] = text;
}

/* The paths that a node names, a text, as seen from the file. */
static bool add_paths(reader *r, tm_texts *paths, const tm_doc *doc)
{
    const tm_text path = tm_case_path_beside(r->arena, r->file->source->name, doc->text);
    if (doc->type != TM_DOC_STRING)
        return tm_case_expect(r->diags, doc, "the path of a file");
    const tm_texts found = tm_rule_files_match(r->arena, path);
    for (size_t i = 0; i < found.count; i++)
        append(r->arena, paths, found.items[i]);
    return found.count || tm_diag_error(r->diags, doc->source, doc->place, "E0500",
                                        "no file matches %.*s", TM_PRI(path));
}

/* Of a text, or of a list of them. */
static bool add_all_paths(reader *r, tm_texts *paths, const tm_doc *doc)
{
    bool ok = true;
    if (doc->type != TM_DOC_LIST)
        return add_paths(r, paths, doc);
    for (const tm_doc *d = doc->first; d; d = d->next)
        ok &= add_paths(r, paths, d);
    return ok;
}

/* ---- matchers -------------------------------------------------------------------------------- */

/* The text of a scalar as a source of its own, in its place in the file. */
static const tm_source *source_of(reader *r, const tm_doc *doc)
{
    tm_source *source = TM_NEW(r->arena, tm_source);
    *source = (tm_source){.name = doc->source->name, .text = doc->text};
    tm_source_position(doc->source, tm_yaml_text_at(doc), &source->first_line,
                       &source->first_column);
    return source;
}

static bool read_where(reader *r, const tm_doc *map, const tm_case_value **out)
{
    const tm_doc *where = member(map, "where");
    if (!where)
        return true;
    tm_case_value *value = TM_NEW(r->arena, tm_case_value);
    *out = value;
    return tm_case_value_compile(r->arena, r->diags, NULL, source_of(r, where), false, value);
}

/* The members of a map that are a span's. */
static const tm_doc *span_in(reader *r, const tm_doc *map)
{
    tm_doc *span = tm_doc_new(r->arena, TM_DOC_MAP);
    span->source = map->source;
    span->place = map->place;
    for (const tm_doc *d = map->first; d; d = d->next) {
        if (tm_text_is(d->key, "where") || tm_text_is(d->key, "count"))
            continue;
        tm_doc *twin = tm_doc_new(r->arena, d->type);
        *twin = *d;
        twin->next = NULL;
        tm_doc_append(span, twin);
    }
    return span->first ? span : NULL;
}

/* An item of dropped or kept; of `spans` when `like`. */
static bool read_matcher(reader *r, const tm_doc *doc, const char *what, const tm_case_key *keys,
                         bool like, tm_case_matcher **end)
{
    tm_case_matcher *m = TM_NEW(r->arena, tm_case_matcher);
    *m = (tm_case_matcher){
        .doc = doc, .by = member(doc, "by"), .count = member(doc, "count"), .next = NULL};
    *end = m;
    bool ok =
        tm_case_keys_check(r->diags, doc, what, keys, like ? tm_case_span_keys() : NULL, like);
    m->span = like ? span_in(r, doc) : member(doc, "span");
    ok &= like || !m->span || tm_case_span_check(r->diags, m->span, true);
    ok &= read_where(r, doc, &m->where);
    if (ok && like && !m->span && !m->count)
        ok = missing(r, doc, what, "what the spans are like, such as attributes");
    return ok;
}

/* A count, a matcher or a list of matchers. */
static bool read_claim(reader *r, const tm_doc *doc, const char *what, const tm_case_key *keys,
                       tm_case_claim *claim)
{
    tm_case_matcher **end = &claim->first;
    bool ok = true;
    if (!doc)
        return true;
    claim->doc = doc;
    if (doc->type == TM_DOC_INT && doc->integer >= 0) {
        claim->count = doc;
        return true;
    }
    if (doc->type == TM_DOC_MAP)
        return read_matcher(r, doc, what, keys, false, end);
    if (doc->type != TM_DOC_LIST)
        return tm_case_expect(r->diags, doc, "a count, or a list of spans");
    for (const tm_doc *d = doc->first; d; d = d->next, end = &(*end)->next)
        ok &= read_matcher(r, d, what, keys, false, end);
    return ok;
}

static bool read_like(reader *r, const tm_doc *doc, tm_case *c)
{
    tm_case_matcher **end = &c->like;
    bool ok = true;
    if (!doc)
        return true;
    if (doc->type == TM_DOC_MAP)
        return read_matcher(r, doc, "an expected span", like_keys, true, end);
    if (doc->type != TM_DOC_LIST)
        return tm_case_expect(r->diags, doc, "a list of spans");
    for (const tm_doc *d = doc->first; d; d = d->next, end = &(*end)->next)
        ok &= read_matcher(r, d, "an expected span", like_keys, true, end);
    return ok;
}

/* ---- tests ----------------------------------------------------------------------------------- */

static bool read_expect(reader *r, tm_case *c)
{
    const tm_doc *expect = c->expect;
    if (!expect)
        return true;
    bool ok = tm_case_keys_check(r->diags, expect, "expect", expect_keys, NULL, false);
    ok &= read_claim(r, member(expect, "dropped"), "an item of dropped", dropped_keys, &c->dropped);
    ok &= read_claim(r, member(expect, "kept"), "an item of kept", kept_keys, &c->kept);
    c->errors = member(expect, "errors");
    c->refused = member(expect, "refused");
    return read_like(r, member(expect, "spans"), c) && ok;
}

static bool read_spans(reader *r, tm_case *c)
{
    const tm_doc *spans = c->spans;
    bool ok = true;
    if (!spans)
        return true;
    if (spans->type == TM_DOC_MAP)
        return tm_case_span_check(r->diags, spans, false);
    if (spans->type != TM_DOC_LIST)
        return tm_case_expect(r->diags, spans, "a list of spans");
    for (const tm_doc *d = spans->first; d; d = d->next)
        ok &= tm_case_span_check(r->diags, d, false);
    return ok;
}

static bool read_test(reader *r, const tm_doc *doc, tm_case ***end)
{
    tm_case *c = TM_NEW(r->arena, tm_case);
    const tm_doc *name = member(doc, "name"), *input = member(doc, "input");
    *c = (tm_case){.doc = doc, .spans = member(doc, "spans"), .expect = member(doc, "expect")};
    **end = c;
    *end = &c->next;
    bool ok = tm_case_keys_check(r->diags, doc, "a test", test_keys, NULL, false);
    if (name)
        c->name = name->text;
    else if (doc->type == TM_DOC_MAP)
        ok = missing(r, doc, "the test", "name");
    if (!input && !c->spans && doc->type == TM_DOC_MAP)
        ok = missing(r, doc, "the test", "input or spans");
    if (input)
        ok &= add_all_paths(r, &c->inputs, input);
    ok &= read_spans(r, c);
    return read_expect(r, c) && ok;
}

static bool read_tests(reader *r, const tm_doc *tests)
{
    tm_case **end = &r->file->first;
    bool ok = true;
    if (tests->type != TM_DOC_LIST)
        return tm_case_expect(r->diags, tests, "a list of tests");
    for (const tm_doc *d = tests->first; d; d = d->next)
        ok &= read_test(r, d, &end);
    return ok;
}

/* Told at once, instead of each of its keys. */
static bool is_configuration(reader *r)
{
    const tm_doc *doc = r->file->doc, *service = tm_doc_find(doc, TM_TEXT("service"));
    if (!service || tm_doc_find(doc, TM_TEXT("tests")))
        return false;
    tm_diag_error(r->diags, doc->source, service->key_place, "E0601",
                  "this is a configuration, not a file of tests");
    tm_diag_hint(r->diags, "tests of it stand in a file of their own: rules: %.*s, then tests",
                 TM_PRI(doc->source->name));
    return true;
}

static bool read_file(reader *r)
{
    tm_case_file *f = r->file;
    if (is_configuration(r))
        return false;
    const tm_doc *tests = member(f->doc, "tests");
    bool ok = tm_case_keys_check(r->diags, f->doc, "a file of tests", file_keys, NULL, false);
    if (f->doc->type != TM_DOC_MAP)
        return false;
    f->rules = member(f->doc, "rules");
    f->pipeline = member(f->doc, "pipeline");
    ok &= f->rules ? add_all_paths(r, &f->rule_paths, f->rules)
                   : missing(r, f->doc, "the file", "rules");
    if (!tests)
        return missing(r, f->doc, "the file", "tests");
    return read_tests(r, tests) && ok;
}

bool tm_case_read(tm_arena *arena, tm_diags *diags, const tm_config_world *world, tm_text path,
                  tm_case_file *file)
{
    const tm_rule_files files = {.world = world};
    reader r = {.arena = arena, .diags = diags, .file = file};
    tm_text why;
    *file = (tm_case_file){.source = tm_rule_files_open(&files, arena, path, &why)};
    if (!file->source)
        return tm_diag_error(diags, NULL, (tm_place){0}, "E0500", "cannot read %.*s: %.*s",
                             TM_PRI(path), TM_PRI(why));
    file->doc = tm_yaml_read(arena, diags, file->source);
    return file->doc && read_file(&r);
}
