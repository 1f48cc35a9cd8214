/* Case span: checking the short form.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/case_span.h"

#include "base/duration.h"
#include "base/hex.h"
#include "otlp/enums.h"

static const tm_case_key span_keys[] = {{"name", TM_CASE_TEXT},
                                        {"kind", TM_CASE_SPAN_KIND},
                                        {"status", TM_CASE_STATUS},
                                        {"attributes", TM_CASE_MAP},
                                        {"resource", TM_CASE_MAP},
                                        {"scope", TM_CASE_SCOPE},
                                        {"events", TM_CASE_EVENTS},
                                        {"links", TM_CASE_LINKS},
                                        {"duration", TM_CASE_DURATION},
                                        {"start_time_unix_nano", TM_CASE_COUNT},
                                        {"trace_id", TM_CASE_HEX16},
                                        {"span_id", TM_CASE_HEX8},
                                        {"parent_span_id", TM_CASE_HEX8},
                                        {"trace_state", TM_CASE_TEXT},
                                        {0}};
static const tm_case_key scope_keys[] = {
    {"name", TM_CASE_TEXT}, {"version", TM_CASE_TEXT}, {"attributes", TM_CASE_MAP}, {0}};
static const tm_case_key event_keys[] = {
    {"name", TM_CASE_TEXT}, {"attributes", TM_CASE_MAP}, {"time_unix_nano", TM_CASE_COUNT}, {0}};
static const tm_case_key link_keys[] = {{"trace_id", TM_CASE_HEX16},
                                        {"span_id", TM_CASE_HEX8},
                                        {"trace_state", TM_CASE_TEXT},
                                        {"attributes", TM_CASE_MAP},
                                        {0}};
static const tm_case_key status_keys[] = {{"code", TM_CASE_ANY}, {"message", TM_CASE_TEXT}, {0}};

const tm_case_key *tm_case_span_keys(void)
{
    return span_keys;
}

bool tm_case_expect(tm_diags *diags, const tm_doc *doc, const char *what)
{
    const bool scalar =
        doc->type != TM_DOC_MAP && doc->type != TM_DOC_LIST && doc->type != TM_DOC_NULL;
    const tm_text is = scalar ? doc->text : TM_TEXT("");
    return tm_diag_error(diags, doc->source, doc->place, "E0602",
                         "%.*s%sexpected %s, found %s%s%.*s", TM_PRI(doc->key),
                         doc->key.n ? ": " : "", what, tm_doc_type_name(doc->type), is.n ? " " : "",
                         TM_PRI(is));
}

/* ---- scalars --------------------------------------------------------------------------------- */

static bool is_scalar(const tm_doc *doc)
{
    return doc->type != TM_DOC_MAP && doc->type != TM_DOC_LIST && doc->type != TM_DOC_NULL;
}

/* The text is what the node says from now on. */
static bool put_text(tm_doc *doc, tm_text text)
{
    doc->type = TM_DOC_STRING;
    doc->text = text;
    return true;
}

static bool check_text(tm_diags *diags, tm_doc *doc)
{
    return is_scalar(doc) ? put_text(doc, doc->text) : tm_case_expect(diags, doc, "a string");
}

static bool check_hex(tm_diags *diags, tm_doc *doc, size_t bytes)
{
    char id[16];
    tm_buf digits = {.arena = diags->arena};
    if (!is_scalar(doc) || doc->text.n != 2 * bytes || !tm_hex_read(id, doc->text))
        return tm_case_expect(diags, doc, bytes == 16 ? "32 hex digits" : "16 hex digits");
    tm_buf_add_hex(&digits, tm_text_slice(id, bytes));
    return put_text(doc, tm_buf_text(&digits));
}

static bool check_duration(tm_diags *diags, tm_doc *doc)
{
    int64_t ns;
    tm_buf shortest = {.arena = diags->arena};
    if (!is_scalar(doc) || !tm_duration_read(doc->text, &ns) || ns < 0)
        return tm_case_expect(diags, doc, "a duration such as 250ms");
    tm_duration_print(ns, &shortest);
    return put_text(doc, tm_buf_text(&shortest));
}

/* The symbol without its beginning: SERVER of SPAN_KIND_SERVER. */
static bool check_enum(tm_diags *diags, tm_doc *doc, tm_enum which, const char *beginning)
{
    const tm_text front = tm_text_of(beginning);
    const bool kind = which == TM_ENUM_SPAN_KIND;
    tm_text words[TM_ENUM_SYMBOLS];
    size_t n = 0;
    for (; tm_enum_row_of(which, (int64_t)n).symbol.n; n++)
        words[n] = tm_text_skip(tm_enum_row_of(which, (int64_t)n).symbol, front.n);
    tm_text word = doc->text;
    if (!is_scalar(doc))
        return tm_case_expect(diags, doc, kind ? "a kind of span" : "a status code");
    if (tm_text_starts(word, front))
        word = tm_text_skip(word, front.n);
    for (size_t i = 0; i < n; i++)
        if (tm_text_equal(words[i], word))
            return put_text(doc, word);
    tm_diag_error(diags, doc->source, doc->place, "E0602", "%.*s is no %s", TM_PRI(doc->text),
                  kind ? "kind of span" : "status code");
    const tm_text near = tm_nearest(diags->arena, word, words, n);
    return near.n ? tm_diag_hint(diags, "did you mean %.*s?", TM_PRI(near))
                  : tm_diag_hint(diags, "there are %s",
                                 kind ? "SERVER, CLIENT, PRODUCER, CONSUMER, INTERNAL"
                                        " and UNSPECIFIED"
                                      : "UNSET, OK and ERROR");
}

static bool check_status(tm_diags *diags, tm_doc *doc, bool partial)
{
    if (doc->type != TM_DOC_MAP)
        return check_enum(diags, doc, TM_ENUM_STATUS_CODE, "STATUS_CODE_");
    tm_doc *code = tm_doc_find(doc, TM_TEXT("code"));
    const bool known = tm_case_keys_check(diags, doc, "a status", status_keys, NULL, partial);
    return (!code || check_enum(diags, code, TM_ENUM_STATUS_CODE, "STATUS_CODE_")) && known;
}

/* ---- maps ------------------------------------------------------------------------------------ */

static bool check_list(tm_diags *diags, const tm_doc *doc, const char *what,
                       const tm_case_key *keys, bool partial)
{
    bool ok = true;
    if (doc->type != TM_DOC_LIST)
        return tm_case_expect(diags, doc, "a list");
    for (const tm_doc *d = doc->first; d; d = d->next)
        ok &= tm_case_keys_check(diags, d, what, keys, NULL, partial);
    return ok;
}

static bool check_value(tm_diags *diags, tm_doc *doc, tm_case_kind kind, bool partial)
{
    switch (kind) {
    case TM_CASE_TEXT:
        return check_text(diags, doc);
    case TM_CASE_COUNT:
        return (doc->type == TM_DOC_INT && doc->integer >= 0) ||
               tm_case_expect(diags, doc, "a number from 0 on");
    case TM_CASE_BOOL:
        return doc->type == TM_DOC_BOOL || tm_case_expect(diags, doc, "true or false");
    case TM_CASE_HEX16:
        return check_hex(diags, doc, 16);
    case TM_CASE_HEX8:
        return check_hex(diags, doc, 8);
    case TM_CASE_DURATION:
        return check_duration(diags, doc);
    case TM_CASE_SPAN_KIND:
        return check_enum(diags, doc, TM_ENUM_SPAN_KIND, "SPAN_KIND_");
    case TM_CASE_STATUS:
        return check_status(diags, doc, partial);
    case TM_CASE_MAP:
        return doc->type == TM_DOC_MAP || tm_case_expect(diags, doc, "a map");
    case TM_CASE_SCOPE:
        return tm_case_keys_check(diags, doc, "a scope", scope_keys, NULL, partial);
    case TM_CASE_EVENTS:
        return check_list(diags, doc, "an event", event_keys, partial);
    case TM_CASE_LINKS:
        return check_list(diags, doc, "a link", link_keys, partial);
    case TM_CASE_ANY:
        break;
    }
    return true;
}

static const tm_case_key *find_key(const tm_case_key *keys, tm_text name)
{
    for (; keys && keys->name; keys++)
        if (tm_text_is(name, keys->name))
            return keys;
    return NULL;
}

static bool unknown_key(tm_diags *diags, const tm_doc *child, const char *what,
                        const tm_case_key *keys, const tm_case_key *more)
{
    enum { MOST = 32 };
    tm_text names[MOST];
    tm_buf all = {.arena = diags->arena};
    size_t n = 0;
    for (; keys->name && n < MOST; keys++)
        names[n++] = tm_text_of(keys->name);
    for (; more && more->name && n < MOST; more++)
        names[n++] = tm_text_of(more->name);
    tm_diag_error(diags, child->source, child->key_place, "E0601", "%s has no key %.*s", what,
                  TM_PRI(child->key));
    const tm_text near = tm_nearest(diags->arena, child->key, names, n);
    if (near.n)
        return tm_diag_hint(diags, "did you mean %.*s?", TM_PRI(near));
    for (size_t i = 0; i < n; i++)
        tm_buf_print(&all, "%s%.*s", i == 0 ? "" : i + 1 < n ? ", " : " and ", TM_PRI(names[i]));
    return tm_diag_hint(diags, "there are %.*s", TM_PRI(tm_buf_text(&all)));
}

bool tm_case_keys_check(tm_diags *diags, const tm_doc *map, const char *what,
                        const tm_case_key *keys, const tm_case_key *more, bool partial)
{
    bool ok = true;
    if (map->type != TM_DOC_MAP)
        return tm_case_expect(diags, map, what);
    for (tm_doc *d = map->first; d; d = d->next) {
        const tm_case_key *key = find_key(keys, d->key);
        key = key ? key : find_key(more, d->key);
        if (!key)
            ok = unknown_key(diags, d, what, keys, more);
        else if (!partial || d->type != TM_DOC_NULL)
            ok &= check_value(diags, d, key->kind, partial);
    }
    return ok;
}

bool tm_case_span_check(tm_diags *diags, const tm_doc *span, bool partial)
{
    return tm_case_keys_check(diags, span, "a span", span_keys, NULL, partial);
}
