/* Value: one node of a configuration into the member that its row names.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/reader.h"

#include "base/duration.h"

#include <math.h>
#include <stdlib.h>

typedef bool value_reader(tm_reading *r, const tm_key *key, const tm_doc *doc, void *into);

/* Every array of the settings begins like this. */
typedef struct array {
    void *items;
    size_t count;
} array;

/* ---- numbers and words --------------------------------------------------------------------- */

static bool read_bool(tm_reading *r, const tm_key *key, const tm_doc *doc, void *into)
{
    (void)key;
    if (doc->type == TM_DOC_BOOL) {
        *(bool *)into = doc->truth;
        return true;
    }
    tm_reading_expect(r, doc, "a bool");
    return doc->type == TM_DOC_STRING && tm_diag_hint(r->diags, "write true or false");
}

static bool in_range(tm_reading *r, const tm_key *key, const tm_doc *doc, double number)
{
    if (key->least == INT64_MIN && key->most == INT64_MAX)
        return true; /* any double */
    bool low = number<(double)key->least, high = number>(double) key->most;
    if (!low && !high)
        return true;
    if (key->most == INT64_MAX)
        return tm_reading_fail(r, doc, "E0524", "%.*s is too small, the least is %lld",
                               TM_PRI(doc->text), (long long)key->least);
    return tm_reading_fail(r, doc, "E0524", "%.*s is not between %lld and %lld", TM_PRI(doc->text),
                           (long long)key->least, (long long)key->most);
}

/* Ints, and doubles such as 1e4 that are one. */
static bool whole_number(const tm_doc *doc, int64_t *number)
{
    if (doc->type == TM_DOC_INT) {
        *number = doc->integer;
        return true;
    }
    if (doc->type != TM_DOC_DOUBLE || doc->number != floor(doc->number) ||
        fabs(doc->number) > 9007199254740992.0)
        return false;
    *number = (int64_t)doc->number;
    return true;
}

static bool read_int(tm_reading *r, const tm_key *key, const tm_doc *doc, void *into)
{
    int64_t number;
    if (whole_number(doc, &number)) {
        *(int64_t *)into = number;
        return in_range(r, key, doc, (double)number);
    }
    if (doc->type == TM_DOC_DOUBLE && doc->number == floor(doc->number))
        return tm_reading_fail(r, doc, "E0524", "%.*s is too large", TM_PRI(doc->text));
    tm_reading_expect(r, doc, "an int");
    return doc->quoted && tm_diag_hint(r->diags, "write it without quotes");
}

static bool read_double(tm_reading *r, const tm_key *key, const tm_doc *doc, void *into)
{
    if (doc->type == TM_DOC_INT)
        *(double *)into = (double)doc->integer;
    else if (doc->type == TM_DOC_DOUBLE && !isnan(doc->number))
        *(double *)into = doc->number;
    else
        return tm_reading_expect(r, doc, "a number");
    return in_range(r, key, doc, *(double *)into);
}

static bool read_duration(tm_reading *r, const tm_key *key, const tm_doc *doc, void *into)
{
    int64_t *ns = into;
    if (doc->type == TM_DOC_INT) {
        *ns = doc->integer;
        if (*ns > 0) {
            tm_text path = tm_doc_path(r->arena, doc);
            tm_diag_warning(r->diags, doc->source, doc->place, "W0529",
                            "%.*s: %lld means nanoseconds, as in the Collector", TM_PRI(path),
                            (long long)*ns);
            tm_diag_hint(r->diags, "write %llds for seconds", (long long)*ns);
        }
    } else if (doc->type != TM_DOC_STRING) {
        return tm_reading_expect(r, doc, "a duration such as 10s or 200ms");
    } else if (!tm_duration_read(doc->text, ns)) {
        return tm_reading_fail(r, doc, "E0521", "\"%.*s\" is no duration such as 10s or 200ms",
                               TM_PRI(doc->text));
    }
    if (*ns < key->least)
        return tm_reading_fail(r, doc, "E0524", "%.*s is negative", TM_PRI(doc->text));
    return true;
}

/* "none, gzip, zstd": the words of a row that may be written. */
static tm_text words_of(tm_reading *r, const tm_key *key)
{
    tm_buf out = {.arena = r->arena};
    for (const tm_word *word = key->word; word->name; word++)
        if (tm_word_is_listed(word))
            tm_buf_print(&out, "%s%s", out.n ? ", " : "", word->name);
    return tm_buf_text(&out);
}

static bool read_word(tm_reading *r, const tm_key *key, const tm_doc *doc, void *into)
{
    tm_text text, list = words_of(r, key);
    if (!tm_reading_text(doc, &text))
        return tm_reading_expect(r, doc, tm_arena_print(r->arena, "one of %.*s", TM_PRI(list)).p);
    const tm_word *found = tm_key_find_word(key, text);
    if (found && found->soon)
        return tm_reading_fail(r, doc, "E0522", "\"%.*s\" is not supported yet", TM_PRI(text));
    if (found) {
        *(int *)into = found->value;
        return true;
    }
    tm_reading_fail(r, doc, "E0524", "\"%.*s\" is none of %.*s", TM_PRI(text), TM_PRI(list));
    tm_text words[16];
    size_t count = 0;
    for (const tm_word *word = key->word; word->name && count < 16; word++)
        if (tm_word_is_listed(word))
            words[count++] = tm_text_of(word->name);
    tm_text nearest = tm_nearest(r->arena, text, words, count);
    return nearest.n && tm_diag_hint(r->diags, "did you mean \"%.*s\"?", TM_PRI(nearest));
}

/* ---- texts --------------------------------------------------------------------------------- */

static bool need_text(tm_reading *r, const tm_doc *doc, tm_text *text)
{
    if (tm_reading_text(doc, text))
        return true;
    tm_reading_expect(r, doc, "a string");
    if (doc->text.n)
        tm_diag_hint(r->diags, "write it in quotes: \"%.*s\"", TM_PRI(doc->text));
    return false;
}

static bool read_text(tm_reading *r, const tm_key *key, const tm_doc *doc, void *into)
{
    (void)key;
    return need_text(r, doc, into);
}

/* What it stands for is found when all extensions are known. */
static bool read_extension(tm_reading *r, const tm_key *key, const tm_doc *doc, void *into)
{
    tm_auth_settings *auth = into;
    auth->doc = doc;
    return read_text(r, key, doc, &auth->authenticator);
}

static bool read_rule(tm_reading *r, const tm_key *key, const tm_doc *doc, void *into)
{
    (void)key;
    tm_text text;
    if (!need_text(r, doc, &text))
        return doc->type == TM_DOC_MAP && doc->first &&
               tm_diag_hint(r->diags,
                            "a colon with a blank behind it makes a map: quote the whole");
    *(tm_rule_text *)into = tm_reading_rule(r, doc, text);
    return true;
}

static bool read_endpoint(tm_reading *r, const tm_key *key, const tm_doc *doc, void *into)
{
    tm_text text;
    return need_text(r, doc, &text) && tm_endpoint_read(r, doc, text, key->kind, into);
}

static bool read_value(tm_reading *r, const tm_key *key, const tm_doc *doc, void *into)
{
    (void)r, (void)key;
    *(const tm_doc **)into = doc;
    return true;
}

/* ---- lists and maps ------------------------------------------------------------------------ */

/* Each item by `read`, into an array of things of that size. */
static bool read_items(tm_reading *r, const tm_key *key, const tm_doc *doc, size_t size_bytes,
                       value_reader *read, void *into)
{
    array out = {0};
    bool fine = true;
    if (doc->type != TM_DOC_LIST)
        return tm_reading_expect(r, doc, "a list");
    for (const tm_doc *item = doc->first; item; item = item->next)
        out.count++;
    char *at = tm_arena_zero(r->arena, out.count, size_bytes);
    out.items = at;
    for (const tm_doc *item = doc->first; item; item = item->next, at += size_bytes)
        fine = read(r, key, item, at) && fine;
    memcpy(into, &out, sizeof out);
    return fine;
}

/* "a,b" is the list of both, as in the Collector. */
static tm_texts split_text(tm_reading *r, tm_text text)
{
    tm_texts out = {0};
    tm_text part;
    size_t commas = 0;
    for (size_t i = 0; i < text.n; i++)
        commas += text.p[i] == ',';
    out.items = TM_NEW_ARRAY(r->arena, commas + 1, tm_text);
    while (text.n && tm_text_next(&text, ',', &part))
        out.items[out.count++] = part;
    return out;
}

/* A text that was meant as a list must not become other items: "[a" and "b]". */
static bool refuse_brackets(tm_reading *r, const tm_doc *doc)
{
    if (!tm_text_starts(doc->text, TM_TEXT("[")))
        return false;
    tm_reading_expect(r, doc, "a list");
    if (!doc->expanded)
        tm_diag_hint(r->diags, "write it without quotes");
    return true;
}

static bool read_texts(tm_reading *r, const tm_key *key, const tm_doc *doc, void *into)
{
    if (doc->type != TM_DOC_STRING)
        return read_items(r, key, doc, sizeof(tm_text), read_text, into);
    if (refuse_brackets(r, doc))
        return false;
    *(tm_texts *)into = split_text(r, doc->text);
    return true;
}

/* Secrets may hold commas: only a list is one. */
static bool read_secrets(tm_reading *r, const tm_key *key, const tm_doc *doc, void *into)
{
    return read_items(r, key, doc, sizeof(tm_text), read_text, into);
}

static bool read_rules(tm_reading *r, const tm_key *key, const tm_doc *doc, void *into)
{
    tm_rule_texts *rules = into;
    if (doc->type != TM_DOC_STRING)
        return read_items(r, key, doc, sizeof(tm_rule_text), read_rule, into);
    if (refuse_brackets(r, doc))
        return false;
    tm_texts texts = split_text(r, doc->text);
    rules->items = TM_NEW_ARRAY(r->arena, texts.count, tm_rule_text);
    for (rules->count = 0; rules->count < texts.count; rules->count++)
        rules->items[rules->count] = tm_reading_rule(r, doc, texts.items[rules->count]);
    return true;
}

static bool read_map(tm_reading *r, const tm_key *key, const tm_doc *doc, void *into)
{
    return tm_keys_read(r, key->nested, doc, into);
}

static bool read_maps(tm_reading *r, const tm_key *key, const tm_doc *doc, void *into)
{
    return read_items(r, key, doc, key->nested->size_bytes, read_map, into);
}

static bool read_option(tm_reading *r, const tm_key *key, const tm_doc *doc, void *into)
{
    void *settings = tm_arena_zero(r->arena, 1, key->nested->size_bytes);
    memcpy(into, &settings, sizeof settings);
    return tm_keys_read(r, key->nested, doc, settings);
}

/* ---- headers ------------------------------------------------------------------------------- */

static bool is_token(tm_text text)
{
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.p[i] <= ' ' || (unsigned char)text.p[i] >= 0x7f ||
            strchr("\"(),/:;<=>?@[\\]{}", text.p[i]))
            return false;
    return text.n > 0;
}

static bool is_header_value(tm_text text)
{
    for (size_t i = 0; i < text.n; i++)
        if (((unsigned char)text.p[i] < ' ' && text.p[i] != '\t') || text.p[i] == 0x7f)
            return false;
    return true;
}

static bool check_header(tm_reading *r, const tm_doc *doc, const tm_header *header)
{
    if (!is_token(header->key))
        return tm_reading_fail(r, doc, "E0524", "\"%.*s\" is no name of a header",
                               TM_PRI(header->key));
    return is_header_value(header->value) ||
           tm_reading_fail(r, doc, "E0524", "a header's value has no control characters");
}

/* "KEY: VALUE" */
static bool read_header(tm_reading *r, const tm_doc *doc, tm_header *header)
{
    *header = (tm_header){.key = doc->key, .place = doc->key_place};
    return (doc->type == TM_DOC_NULL || need_text(r, doc, &header->value)) &&
           check_header(r, doc, header);
}

/* "{name: KEY, value: VALUE}" */
static bool read_pair(tm_reading *r, const tm_doc *doc, tm_header *header)
{
    const tm_doc *name = tm_doc_find(doc, TM_TEXT("name"));
    const tm_doc *value = tm_doc_find(doc, TM_TEXT("value"));
    if (!name || !value)
        return tm_reading_fail(r, doc, "E0521", "expected a map of name and value");
    header->place = name->place;
    return need_text(r, name, &header->key) && need_text(r, value, &header->value) &&
           check_header(r, doc, header);
}

static bool read_headers(tm_reading *r, const tm_key *key, const tm_doc *doc, void *into)
{
    (void)key;
    tm_headers *headers = into;
    bool fine = true;
    if (doc->type != TM_DOC_MAP && doc->type != TM_DOC_LIST)
        return tm_reading_expect(r, doc, "a map of strings");
    for (const tm_doc *child = doc->first; child; child = child->next)
        headers->count++;
    headers->items = TM_NEW_ARRAY(r->arena, headers->count, tm_header);
    tm_header *header = headers->items;
    for (const tm_doc *child = doc->first; child; child = child->next)
        if (doc->type == TM_DOC_MAP)
            fine = read_header(r, child, header++) && fine;
        else
            fine = read_pair(r, child, header++) && fine;
    return fine;
}

/* ---- kinds --------------------------------------------------------------------------------- */

static bool read_groups(tm_reading *r, const tm_key *key, const tm_doc *doc, void *into)
{
    return tm_groups_read(r, key, doc, into);
}

/* Of keys that have no member. */
static bool read_nothing(tm_reading *r, const tm_key *key, const tm_doc *doc, void *into)
{
    (void)r, (void)key, (void)doc, (void)into;
    return true;
}

static value_reader *const READERS[] = {
#define KIND(ID, MANUAL, READER, PRINTER, COPIER) [TM_KEY_##ID] = read_##READER,
#include "config/keys/kinds.def"
#undef KIND
};

bool tm_value_read(tm_reading *r, const tm_key *key, const tm_doc *doc, void *into)
{
    return READERS[key->kind](r, key, doc, into);
}
