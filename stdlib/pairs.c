/* Pairs: texts such as a=1 b="x y" (language.md 4.5).
 * Work: each pair is charged with the bytes that it takes off the text; keys are looked up in a
 * map, sorting is n log n.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/fn.h"

#include "base/utf8.h"

#include <stdlib.h>

/* Two literal delimiters, parameters 1 and 2 of both functions. */
typedef struct delimiters {
    tm_text key, pair;
} delimiters;

static bool prepare_delimiters(tm_prepare *p)
{
    delimiters *d = TM_NEW(p->arena, delimiters);
    d->key = p->given & 2 ? tm_value_text(p->literal[1]) : TM_TEXT("=");
    d->pair = p->given & 4 ? tm_value_text(p->literal[2]) : TM_TEXT(" ");
    p->state = d;
    if (!d->key.n || !d->pair.n)
        return tm_refuse(p, d->key.n ? 2 : 1, "a delimiter must not be empty");
    return !tm_text_equal(d->key, d->pair) || tm_refuse(p, -1, "the delimiters must differ");
}

/* --- ParseKeyValue --- */

/* Takes the next piece off *rest: up to a delimiter outside quotes, without the quotes. A backslash
 * stays and keeps what follows it from being a quote, even behind delimiters: *escaped goes from
 * piece to piece. A NUL outside quotes, without a backslash, is left out, as the Collector does.
 * False when a quote is not closed. A piece without quotes is not copied. */
static bool take_piece(tm_arena *arena, tm_text *rest, tm_text delimiter, bool *escaped,
                       tm_text *piece)
{
    tm_buf out = {.arena = arena};
    char quote = 0;
    size_t from = 0, i = 0, end; /* what lies between `from` and i is not in `out` yet */
    /* Work: bytes that it takes off the text, charged */
    for (; i < rest->n; i++) {
        char c = rest->p[i];
        if (!quote && tm_text_starts(tm_text_skip(*rest, i), delimiter))
            break;
        if (!*escaped && (quote ? c == quote : c == '"' || c == '\'' || c == 0)) {
            quote = quote ? 0 : c;
            tm_buf_add(&out, tm_text_slice(rest->p + from, i - from));
            from = i + 1;
        }
        *escaped = !*escaped && c == '\\';
    }
    end = i < rest->n ? i + delimiter.n : i;
    *piece = tm_text_slice(rest->p + from, i - from);
    if (from) {
        tm_buf_add(&out, *piece);
        *piece = tm_buf_text(&out);
    }
    *rest = tm_text_skip(*rest, end);
    return !quote;
}

static bool prepare_ParseKeyValue(tm_prepare *p)
{
    return prepare_delimiters(p);
}

TM_CONVERTER_PREPARED(
    ParseKeyValue,
    "map ParseKeyValue(target: string, delimiter?: 'string = \"=\", pair_delimiter?: 'string = \" "
    "\")",
    "The map that a text of keys and values says, such as a=1 b=\"x y\". Single or double quotes "
    "keep "
    "delimiters of pairs inside them from counting.",
    EX(ParseKeyValue("a=1  b=\"x y\"") == {"a": "1", "b": "x y"})
    EX(ParseKeyValue("a:1,b:2", ":", ",")["b"] == "2")
    EX(ParseKeyValue("a=1 b")) FAILS
    EX(ParseKeyValue("a=1", "=", "=")) REFUSED)
{
    const delimiters *d = c->state;
    tm_text rest = tm_arg_text(c, 0), piece;
    tm_map *map = tm_map_new(c->arena, 0);
    bool escaped = false;
    if (!rest.n)
        return tm_fail(c, "the text is empty");
    /* Work: bytes of the text, charged piece by piece */
    while (rest.n) {
        const size_t left = rest.n;
        if (!take_piece(c->arena, &rest, d->pair, &escaped, &piece))
            return tm_fail(c, "a quote is not closed");
        if (!tm_charge_bytes(c, left - rest.n))
            return false;
        if (!piece.n)
            continue;
        ptrdiff_t at = tm_text_find(piece, d->key);
        if (at < 0)
            return tm_fail(c, "\"%.*s\" has no \"%.*s\"", TM_PRI(piece), TM_PRI(d->key));
        tm_text value = tm_utf8_trim(tm_text_skip(piece, (size_t)at + d->key.n));
        tm_map_append(c->arena, map, tm_utf8_trim(tm_text_slice(piece.p, (size_t)at)),
                      tm_string(value));
    }
    tm_map_unique(c->arena, map);
    return tm_return_map(c, map);
}

/* --- ToKeyValueString --- */

/* Quotes get a backslash; what holds a delimiter is put between quotes. */
static void add_escaped(tm_buf *out, tm_text t, const delimiters *d)
{
    bool wrapped = tm_text_find(t, d->key) >= 0 || tm_text_find(t, d->pair) >= 0;
    if (wrapped)
        tm_buf_add_char(out, '"');
    for (size_t i = 0; i < t.n; i++) {
        if (t.p[i] == '"')
            tm_buf_add_char(out, '\\');
        tm_buf_add_char(out, t.p[i]);
    }
    if (wrapped)
        tm_buf_add_char(out, '"');
}

static int by_key(const void *a, const void *b)
{
    return tm_text_compare((*(const tm_entry *const *)a)->key, (*(const tm_entry *const *)b)->key);
}

static bool prepare_ToKeyValueString(tm_prepare *p)
{
    return prepare_delimiters(p);
}

TM_CONVERTER_PREPARED(ToKeyValueString,
                      "string ToKeyValueString(target: map, delimiter?: 'string = \"=\", "
                      "pair_delimiter?: 'string = \" \", "
                      "sort_output?: 'bool = false)",
                      "The map as a text of keys and values, in the map's order or sorted by key. "
                      "A key or value that holds a "
                      "delimiter is put between double quotes.",
                      EX(ToKeyValueString({"b": "x y", "a": 1}, "=", " ", true) == "a=1 b=\"x y\"")
                      EX(ToKeyValueString(attributes["emap"]) == "")
                      EX(ToKeyValueString(attributes["i"])) FAILS
                      EX(ToKeyValueString({"a": 1}, "")) REFUSED)
{
    const delimiters *d = c->state;
    const tm_map *map = tm_arg_map(c, 0);
    if (!tm_charge(c, map->n))
        return false;
    const tm_entry **entry = TM_NEW_ARRAY(c->arena, map->n, const tm_entry *);
    tm_buf out = {.arena = c->arena};
    /* Work: entries, n log n, charged, with the bytes written */
    for (uint32_t i = 0; i < map->n; i++)
        entry[i] = &map->entry[i];
    if (tm_arg_given(c, 3) && tm_arg_bool(c, 3))
        qsort(entry, map->n, sizeof *entry, by_key);
    for (uint32_t i = 0; i < map->n; i++) {
        const size_t written = out.n;
        if (i)
            tm_buf_add(&out, d->pair);
        add_escaped(&out, entry[i]->key, d);
        tm_buf_add(&out, d->key);
        add_escaped(&out, tm_data_text(c->arena, entry[i]->value), d);
        if (!tm_charge_bytes(c, out.n - written))
            return false;
    }
    return tm_return_text(c, tm_buf_text(&out));
}

TM_CHAPTER(pairs, ROW(ParseKeyValue), ROW(ToKeyValueString))
