/* CSV: one row of comma-separated values (language.md 4.5).
 * Work: header and row are read once each, line by line, and charged as they are; names that come
 * twice are found by sorting, n log n.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/fn.h"

#include "base/utf8.h"

typedef enum quotes { STRICT, LAZY, IGNORED } quotes;

typedef struct settings {
    tm_text delimiter, header_delimiter; /* one character each */
    quotes mode;
} settings;

/* --- reading lines as RFC 4180 has them, more or less --- */

/* One record being read. Its fields are the row's: those of a second line go on where the first
 * ended. */
typedef struct reader {
    tm_arena *arena;
    tm_text rest, line; /* what is left of the text, and of the line */
    tm_text delimiter;
    bool lazy;
    tm_list *row;
    uint32_t fields; /* of this record */
    tm_buf last;     /* the last field of the row, once a line went on with it */
} reader;

/* Takes a line with its newline. A carriage return before it, or at the end of the text, goes. */
static bool take_line(reader *r)
{
    if (!r->rest.n)
        return false;
    const char *newline = memchr(r->rest.p, '\n', r->rest.n);
    size_t n = newline ? (size_t)(newline - r->rest.p) + 1 : r->rest.n;
    r->line = tm_text_slice(r->rest.p, n);
    r->rest = tm_text_skip(r->rest, n);
    if (n >= 2 && newline && r->line.p[n - 2] == '\r') {
        r->line = tm_arena_copy(r->arena, tm_text_slice(r->line.p, n - 1));
        ((char *)r->line.p)[n - 2] = '\n';
    } else if (!newline && r->line.p[n - 1] == '\r') {
        r->line.n--;
    }
    return true;
}

static bool at_line_end(const reader *r)
{
    return r->line.n == 0 || (r->line.n == 1 && r->line.p[0] == '\n');
}

/* The first field of a later line goes on with the last field of the line before. */
static void add_field(reader *r, tm_text field)
{
    if (r->fields++ == 0 && r->row->n) {
        tm_value *last = &r->row->item[r->row->n - 1];
        if (!r->last.n)
            tm_buf_add(&r->last, tm_value_text(*last));
        tm_buf_add_char(&r->last, '\n');
        tm_buf_add(&r->last, field);
        *last = tm_string(tm_buf_text(&r->last));
    } else {
        r->last = (tm_buf){.arena = r->arena};
        tm_list_append(r->arena, r->row, tm_string(field));
    }
}

/* A field without quotes around it; *more says whether another one follows. False: a quote inside.
 */
static bool take_plain(reader *r, bool *more)
{
    ptrdiff_t at = tm_text_find(r->line, r->delimiter);
    bool newline = r->line.n && r->line.p[r->line.n - 1] == '\n';
    tm_text field = tm_text_slice(r->line.p, at >= 0 ? (size_t)at : r->line.n - newline);
    if (!r->lazy && field.n && memchr(field.p, '"', field.n))
        return false;
    add_field(r, field);
    *more = at >= 0;
    if (*more)
        r->line = tm_text_skip(r->line, (size_t)at + r->delimiter.n);
    return true;
}

/* A field between quotes, perhaps over several lines. False: a stray quote, or none at the end. */
static bool take_quoted(reader *r, bool *more)
{
    tm_buf field = {.arena = r->arena};
    r->line = tm_text_skip(r->line, 1);
    /* Work: bytes of the text, charged line by line */
    for (*more = false;;) {
        const char *quote = r->line.n ? memchr(r->line.p, '"', r->line.n) : NULL;
        if (!quote) {
            tm_buf_add(&field, r->line);
            if (take_line(r))
                continue;
            if (r->lazy)
                add_field(r, tm_buf_text(&field));
            return r->lazy;
        }
        size_t n = (size_t)(quote - r->line.p);
        tm_buf_add(&field, tm_text_slice(r->line.p, n));
        r->line = tm_text_skip(r->line, n + 1);
        if (r->line.n && r->line.p[0] == '"') {
            tm_buf_add_char(&field, '"');
            r->line = tm_text_skip(r->line, 1);
            continue;
        } else if (tm_text_starts(r->line, r->delimiter)) {
            r->line = tm_text_skip(r->line, r->delimiter.n);
            *more = true;
        } else if (r->lazy && !at_line_end(r)) {
            tm_buf_add_char(&field, '"');
            continue;
        } else if (!at_line_end(r)) {
            return false;
        }
        if (*more || at_line_end(r)) {
            add_field(r, tm_buf_text(&field));
            return true;
        }
    }
}

/* One record; empty lines are none. Of a malformed one the fields before the fault stay, as in the
 * reference; false when there is none. */
static bool take_record(reader *r)
{
    bool more = true, ok = true;
    r->fields = 0;
    /* Work: fields, charged line by line */
    while (ok && more)
        ok = r->line.n && r->line.p[0] == '"' ? take_quoted(r, &more) : take_plain(r, &more);
    return r->fields > 0;
}

static bool read_row(tm_call *c, const settings *s, tm_text text, tm_list *row)
{
    reader r = {.arena = c->arena,
                .rest = text,
                .delimiter = s->delimiter,
                .lazy = s->mode == LAZY,
                .row = row};
    char first = s->delimiter.p[0];
    if (first == '"' || first == '\n' || first == '\r' || first == 0)
        return tm_fail(c,
                       "quotes are read in this mode, so the delimiter cannot be that character");
    while (take_line(&r))
        if (!tm_charge_bytes(c, r.line.n))
            return false;
        else if (!at_line_end(&r) && !take_record(&r))
            return tm_fail(c, "the quotes of the first field are out of place");
    return row->n > 0 || tm_fail(c, "there is no line");
}

/* --- the function --- */

static void split(tm_arena *arena, tm_text text, tm_text delimiter, tm_list *parts)
{
    /* Work: bytes of the text, charged before */
    for (ptrdiff_t at; (at = tm_text_find(text, delimiter)) >= 0;) {
        tm_list_append(arena, parts, tm_string(tm_text_slice(text.p, (size_t)at)));
        text = tm_text_skip(text, (size_t)at + delimiter.n);
    }
    tm_list_append(arena, parts, tm_string(text));
}

static bool prepare_ParseCSV(tm_prepare *p)
{
    static const char *const mode[] = {"strict", "lazyQuotes", "ignoreQuotes"};
    settings *s = TM_NEW(p->arena, settings);
    s->delimiter = p->given & 4 ? tm_value_text(p->literal[2]) : TM_TEXT(",");
    s->header_delimiter = p->given & 8 ? tm_value_text(p->literal[3]) : s->delimiter;
    p->state = s;
    if (tm_utf8_count(s->delimiter) != 1 || tm_utf8_count(s->header_delimiter) != 1)
        return tm_refuse(p, p->given & 4 ? 2 : 3, "a delimiter must be one character");
    if (!(p->given & 16))
        return true;
    /* Work: 3 modes */
    for (unsigned i = 0; i < 3; i++)
        if (tm_text_is(tm_value_text(p->literal[4]), mode[i])) {
            s->mode = (quotes)i;
            return true;
        }
    return tm_refuse(p, 4, "the mode must be strict, lazyQuotes or ignoreQuotes");
}

TM_CONVERTER_PREPARED(
    ParseCSV,
    "map ParseCSV(target: string, header: string, delimiter?: 'string = \",\", "
    "header_delimiter?: 'string = delimiter, mode?: 'string = \"strict\")",
    "The map that a row of comma-separated values says under the names of header. mode is strict, "
    "lazyQuotes "
    "(quotes may stand anywhere) or ignoreQuotes (they mean nothing). Several lines are one row.",
    EX(ParseCSV("1,\"x,y\"", "a,b") == {"a": "1", "b": "x,y"})
    EX(ParseCSV("1|2", "a,b", "|", ",")["b"] == "2")
    EX(ParseCSV("1,a\"b", "a,b", mode = "lazyQuotes")["b"] == "a\"b")
    EX(ParseCSV("1", "a,b")) FAILS
    EX(ParseCSV("1", "a", mode = "x")) REFUSED)
{
    const settings *s = c->state;
    tm_list *row = tm_list_new(c->arena, 0), *header = tm_list_new(c->arena, 0);
    if (!tm_arg_text(c, 1).n)
        return tm_fail(c, "the header is empty");
    if (!tm_charge_bytes(c, (size_t)tm_arg_text(c, 0).n + tm_arg_text(c, 1).n))
        return false;
    split(c->arena, tm_arg_text(c, 1), s->header_delimiter, header);
    if (s->mode == IGNORED)
        split(c->arena, tm_arg_text(c, 0), s->delimiter, row);
    else if (!read_row(c, s, tm_arg_text(c, 0), row))
        return false;
    if (row->n != header->n)
        return tm_fail(c, "there are %u fields for %u names", row->n, header->n);
    if (!tm_charge(c, row->n))
        return false;
    tm_map *map = tm_map_new(c->arena, row->n);
    /* Work: fields, charged before */
    for (uint32_t i = 0; i < row->n; i++)
        tm_map_append(c->arena, map, tm_value_text(header->item[i]), row->item[i]);
    tm_map_unique(c->arena, map);
    return tm_return_map(c, map);
}

TM_CHAPTER(csv, ROW(ParseCSV))
