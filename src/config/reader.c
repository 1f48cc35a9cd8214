/* Reader: a map of a configuration into a struct, by the rows of its table.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/reader.h"

#include "base/utf8.h"
#include "config/scalar.h"
#include "config/yaml.h"

/* ---- reports ------------------------------------------------------------------------------- */

bool tm_reading_fail(tm_reading *r, const tm_doc *doc, const char *code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    tm_text what = tm_arena_vprint(r->arena, format, args);
    va_end(args);
    tm_text path = tm_doc_path(r->arena, doc);
    return tm_diag_error(r->diags, doc->source, doc->place, code, "%.*s: %.*s", TM_PRI(path),
                         TM_PRI(what));
}

bool tm_reading_expect(tm_reading *r, const tm_doc *doc, const char *what)
{
    tm_reading_fail(r, doc, "E0521", "expected %s, found %s", what, tm_doc_type_name(doc->type));
    bool opens = tm_text_starts(doc->text, TM_TEXT("{")) || tm_text_starts(doc->text, TM_TEXT("["));
    return doc->expanded && doc->type == TM_DOC_STRING && opens &&
           tm_diag_hint(r->diags, "what the expansion gives is not YAML");
}

/* What to underline for something that a map lacks: its key, or its start when it has none. */
static tm_place name_of_map(const tm_doc *doc)
{
    return doc->key_place.n ? doc->key_place : doc->place;
}

/* The maps, so many levels below `keys`, that have a key of that name: "grpc" or "http". */
static void find_below(const tm_keys *keys, tm_text name, tm_text path, unsigned levels,
                       tm_buf *found)
{
    for (size_t i = 0; i < keys->count; i++) {
        const tm_key *row = &keys->rows[i];
        if (levels == 0 && tm_text_is(name, row->name))
            tm_buf_print(found, "%s\"%.*s\"", found->n ? " or " : "", TM_PRI(path));
        if (levels == 0 || row->state != TM_BUILT || !row->nested ||
            (row->kind != TM_KEY_MAP && row->kind != TM_KEY_OPTION && row->kind != TM_KEY_SWITCH))
            continue;
        find_below(
            row->nested, name,
            tm_arena_print(found->arena, "%.*s%s%s", TM_PRI(path), path.n ? "." : "", row->name),
            levels - 1, found);
    }
}

/* A key at the wrong level, as a slip of its indentation leaves it. */
static void hint_below(tm_reading *r, const tm_keys *keys, tm_text name)
{
    enum { LEVELS = 2 };
    tm_buf found = {.arena = r->arena};
    for (unsigned levels = 1; levels <= LEVELS && !found.n; levels++)
        find_below(keys, name, TM_TEXT(""), levels, &found);
    if (found.n)
        tm_diag_hint(r->diags, "it belongs into %.*s, indented further",
                     TM_PRI(tm_buf_text(&found)));
}

/* Keys that the Collector had once, and what has come in their place: a key of the same map, or of
 * one in it. */
static const struct {
    const char *was, *map, *key;
} FORMER[] = {{"cors_allowed_origins", "cors", "allowed_origins"},
              {"cors_allowed_headers", "cors", "allowed_headers"},
              {"tls_settings", "tls", ""},
              {"per_rpc_auth", "auth", ""},
              {"blocking", "block_on_overflow", ""},
              {"batcher", "sending_queue", "batch"},
              {"min_size_items", "min_size", ""},
              {"max_size_items", "max_size", ""},
              {"loglevel", "verbosity", ""}};

static bool hint_former(tm_reading *r, const tm_keys *keys, tm_text name)
{
    for (size_t f = 0; f < sizeof FORMER / sizeof *FORMER; f++)
        for (size_t i = 0; i < keys->count && tm_text_is(name, FORMER[f].was); i++)
            if (!strcmp(keys->rows[i].name, FORMER[f].map)) {
                tm_diag_hint(r->diags, "it has become \"%s%s%s\"", FORMER[f].map,
                             *FORMER[f].key ? "." : "", FORMER[f].key);
                return true;
            }
    return false;
}

static bool refuse_unknown(tm_reading *r, const tm_keys *keys, const tm_doc *doc)
{
    tm_text path = tm_doc_path(r->arena, doc->parent);
    tm_diag_error(r->diags, doc->source, doc->key_place, "E0520", "unknown key \"%.*s\"%s%.*s",
                  TM_PRI(doc->key), path.n ? " in " : "", TM_PRI(path));
    if (hint_former(r, keys, doc->key))
        return false;
    tm_text *names = TM_NEW_ARRAY(r->arena, keys->count, tm_text);
    for (size_t i = 0; i < keys->count; i++)
        names[i] = tm_text_of(keys->rows[i].name);
    tm_text nearest = tm_nearest(r->arena, doc->key, names, keys->count);
    if (nearest.n)
        tm_diag_hint(r->diags, "did you mean \"%.*s\"?", TM_PRI(nearest));
    else
        hint_below(r, keys, doc->key);
    return false;
}

/* ---- names and places of rules ------------------------------------------------------------- */

bool tm_reading_text(const tm_doc *doc, tm_text *text)
{
    if (doc->type != TM_DOC_STRING && !doc->expanded)
        return false;
    *text = doc->text;
    return true;
}

tm_text tm_reading_path(tm_reading *r, const tm_doc *doc)
{
    tm_text path = tm_doc_path(r->arena, doc);
    size_t above = r->root ? tm_doc_path(r->arena, r->root).n + 1 : 0;
    return above < path.n ? tm_text_skip(path, above) : path;
}

/* Line and column of a byte of a file. Rules come in the order of the file, so that counting goes
 * on where it stopped: ten thousand rules cost one walk. */
static void position(tm_reading *r, const tm_source *source, size_t at, tm_source *out)
{
    const char *text = source->text.p;
    if (at > source->text.n) /* the text is longer than what it was expanded from */
        at = source->text.n;
    if (r->counted != source || at < r->counted_to) {
        r->counted = source;
        r->counted_to = 0;
        r->lines = 0;
    }
    for (const char *end; (end = memchr(text + r->counted_to, '\n', at - r->counted_to));) {
        r->counted_to = (size_t)(end - text) + 1;
        r->lines++;
    }
    out->first_line = r->lines + 1;
    out->first_column =
        (unsigned)tm_utf8_count(tm_text_slice(text + r->counted_to, at - r->counted_to)) + 1;
}

tm_rule_text tm_reading_rule(tm_reading *r, const tm_doc *doc, tm_text text)
{
    tm_text path = tm_reading_path(r, doc);
    tm_rule_text rule = {.source = {.text = text}};
    rule.name = tm_arena_print(r->arena, "%.*s/%.*s", TM_PRI(r->id), TM_PRI(path));
    if (!doc->source)
        return rule;
    rule.source.name = doc->source->name;
    size_t before = text.p > doc->text.p ? (size_t)(text.p - doc->text.p) : 0;
    position(r, doc->source, tm_yaml_text_at(doc) + before, &rule.source);
    return rule;
}

/* ---- rows ---------------------------------------------------------------------------------- */

static const tm_key *row_of(const tm_keys *keys, tm_text name)
{
    for (size_t i = 0; i < keys->count; i++)
        if (tm_text_is(name, keys->rows[i].name))
            return &keys->rows[i];
    return NULL;
}

/* Reads a row's default through the same code as a value of the file. */
static bool read_fallback(tm_reading *r, const tm_key *key, void *into)
{
    tm_doc doc = {.text = tm_text_of(key->fallback), .type = TM_DOC_STRING};
    if (key->kind != TM_KEY_WORD) /* a word may look like a number */
        tm_scalar_type(&doc);
    return tm_value_read(r, key, &doc, into);
}

static bool read_defaults(tm_reading *r, const tm_keys *keys, char *settings)
{
    bool fine = true;
    for (size_t i = 0; i < keys->count; i++) {
        const tm_key *key = &keys->rows[i];
        if (key->fallback)
            fine = read_fallback(r, key, settings + key->at) && fine;
        else if (key->kind == TM_KEY_MAP && !key->required)
            fine = tm_keys_read(r, key->nested, NULL, settings + key->at) && fine;
    }
    return fine;
}

/* A row that is not built. */
static bool refuse_or_warn(tm_reading *r, const tm_key *key, const tm_doc *doc)
{
    tm_text path = tm_doc_path(r->arena, doc);
    if (key->state == TM_SOON)
        return tm_diag_error(r->diags, doc->source, doc->key_place, "E0522",
                             "%.*s is not supported yet", TM_PRI(path));
    return tm_diag_warning(r->diags, doc->source, doc->key_place, "W0528",
                           "%.*s has no effect in tamis", TM_PRI(path));
}

static bool is_zero(const tm_key *key, const tm_doc *doc)
{
    return (doc->type == TM_DOC_INT && doc->integer <= 0 && doc->integer >= key->least) ||
           (doc->type == TM_DOC_STRING && !doc->text.n);
}

static bool read_child(tm_reading *r, const tm_keys *keys, const tm_doc *doc, char *settings)
{
    const tm_key *key = row_of(keys, doc->key);
    if (!key)
        return refuse_unknown(r, keys, doc);
    if (key->state != TM_BUILT)
        return refuse_or_warn(r, key, doc);
    if (key->kind == TM_KEY_SECTION || (doc->type == TM_DOC_NULL && key->kind != TM_KEY_SWITCH))
        return true; /* nothing is the same as no key */
    if (key->zero_is_default && is_zero(key, doc))
        return true; /* the default is there already */
    return tm_value_read(r, key, doc, settings + key->at);
}

static bool require_keys(tm_reading *r, const tm_keys *keys, const tm_doc *doc)
{
    bool fine = true;
    for (size_t i = 0; i < keys->count; i++) {
        const tm_doc *child = tm_doc_find(doc, tm_text_of(keys->rows[i].name));
        const tm_doc *at = doc ? doc : r->root;
        if (!keys->rows[i].required || (child && child->type != TM_DOC_NULL) || !at)
            continue;
        tm_text path = tm_doc_path(r->arena, at);
        fine = tm_diag_error(r->diags, at->source, name_of_map(at), "E0523",
                             "%.*s needs the key \"%s\"", TM_PRI(path), keys->rows[i].name);
    }
    return fine;
}

bool tm_keys_read(tm_reading *r, const tm_keys *keys, const tm_doc *doc, void *settings)
{
    bool fine = read_defaults(r, keys, settings);
    if (doc && doc->type == TM_DOC_NULL) {
        fine = require_keys(r, keys, doc) && fine;
    } else if (doc) {
        if (doc->type != TM_DOC_MAP)
            return tm_reading_expect(r, doc, "a map");
        for (const tm_doc *child = doc->first; child; child = child->next)
            fine = read_child(r, keys, child, settings) && fine;
        fine = require_keys(r, keys, doc) && fine;
    }
    return fine && (!keys->check || keys->check(r, doc, settings));
}
