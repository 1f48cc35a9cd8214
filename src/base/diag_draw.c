/* Diag: drawing a message and the place that it is about.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/diag.h"

#include "base/harmless.h"
#include "base/utf8.h"

enum {
    INDENT = 2,
    MOST_COLUMNS = 100 - INDENT, /* of an excerpt, before it is cut */
    HINT_GAP = 5
};

static const char DOTS[] = "...";

/* Colours; every one is an empty text when colour is off. */
typedef struct palette {
    const char *name, *error, *warning, *note, *mark, *other, *off;
} palette;

static const palette PLAIN = {"", "", "", "", "", "", ""};
static const palette ANSI = {"\033[1m",    "\033[1;31m", "\033[1;35m", "\033[1;36m",
                             "\033[1;32m", "\033[1;36m", "\033[0m"};

/* Columns of a drawn line, from 0: to is behind the last. */
typedef struct span_of_columns {
    size_t from, to;
} columns;

/* One line of a source, and the part of it that is shown. */
typedef struct excerpt {
    tm_text line;
    size_t at;     /* offset of the line in the source */
    columns mark;  /* ^ */
    columns other; /* ~, empty when from == to */
    columns shown;
    size_t width; /* of the whole line */
} excerpt;

/* ---- the excerpt
 * ----------------------------------------------------------------------------------- */

/* Columns that the first `bytes` of a line take. `scratch` is left as it was. */
static size_t width_of(tm_text line, size_t bytes, tm_buf *scratch)
{
    size_t before = scratch->n, width = 0;
    const char *end = line.p + (bytes < line.n ? bytes : line.n);
    while (line.n && line.p < end) {
        width += tm_harmless_next(&line, true, scratch);
        scratch->n = before;
    }
    return width;
}

/* At least one column, and no more than one behind the end of the line. */
static columns columns_of(const excerpt *e, tm_place place, tm_buf *scratch)
{
    size_t from = place.at - e->at, to = from + place.n;
    columns c = {.from = width_of(e->line, from, scratch), .to = width_of(e->line, to, scratch)};
    if (c.to == c.from)
        c.to++;
    return c;
}

/* The window of a long line: the mark stands in the middle of it, with the second place when
 * both fit. */
static columns window_of(const excerpt *e)
{
    enum { ROOM = MOST_COLUMNS - 2 * (sizeof DOTS - 1) };
    size_t width = e->width > e->mark.to ? e->width : e->mark.to;
    if (width <= MOST_COLUMNS)
        return (columns){0, width};
    columns focus = e->mark;
    if (e->other.to > e->other.from) {
        columns both = {e->other.from < focus.from ? e->other.from : focus.from,
                        e->other.to > focus.to ? e->other.to : focus.to};
        if (both.to - both.from <= ROOM)
            focus = both;
    }
    size_t length = focus.to - focus.from < ROOM ? focus.to - focus.from : ROOM;
    size_t spare = (ROOM - length) / 2;
    size_t from = focus.from > spare ? focus.from - spare : 0;
    if (from + ROOM > width)
        from = width - ROOM;
    return (columns){from, from + ROOM};
}

static bool is_on_line(const excerpt *e, tm_place place)
{
    return place.at >= e->at && place.at <= e->at + e->line.n;
}

static excerpt excerpt_of(const tm_source *source, tm_place mark, const tm_place *other,
                          tm_buf *scratch)
{
    excerpt e = {0};
    e.line = tm_source_line(source, mark.at, &e.at);
    if (mark.at > source->text.n)
        mark.at = (uint32_t)source->text.n;
    e.width = width_of(e.line, e.line.n, scratch);
    e.mark = columns_of(&e, mark, scratch);
    if (other)
        e.other = columns_of(&e, *other, scratch);
    e.shown = window_of(&e);
    return e;
}

static void draw_line(const excerpt *e, tm_buf *out)
{
    tm_buf_print(out, "%*s%s", INDENT, "", e->shown.from > 0 ? DOTS : "");
    size_t column = 0;
    for (tm_text rest = e->line; rest.n && column < e->shown.to;) {
        size_t before = out->n;
        size_t width = tm_harmless_next(&rest, true, out);
        if (column < e->shown.from || column + width > e->shown.to)
            out->n = before;
        if (column < e->shown.from && column + width > e->shown.from)
            for (size_t c = e->shown.from; c < column + width; c++)
                tm_buf_add_char(out, '.');
        column += width;
    }
    tm_buf_print(out, "%s\n", e->shown.to < e->width ? DOTS : "");
}

static bool is_in(columns c, size_t column)
{
    return column >= c.from && column < c.to;
}

/* What stands under one column: a mark, or white space as wide as what stands above. */
static char sign_at(const excerpt *e, size_t column, bool tab, char mark)
{
    if (is_in(e->mark, column))
        return tab && column != e->mark.from ? '\t' : mark;
    if (is_in(e->other, column))
        return tab && column != e->other.from ? '\t' : '~';
    return tab ? '\t' : ' ';
}

static void put_sign(char sign, char *last, const palette *colour, tm_buf *out)
{
    bool drawn = sign == '^' || sign == '~';
    if (sign != *last) {
        if (*last == '^' || *last == '~')
            tm_buf_add(out, tm_text_of(colour->off));
        if (drawn)
            tm_buf_add(out, tm_text_of(sign == '^' ? colour->mark : colour->other));
    }
    *last = sign;
    tm_buf_add_char(out, sign);
}

static size_t last_column(const excerpt *e)
{
    size_t last = e->mark.to > e->other.to ? e->mark.to : e->other.to;
    return last < e->shown.to ? last : e->shown.to;
}

/* Draws the line of marks without its end, and says in which column it stopped. */
static size_t draw_marks(const excerpt *e, char mark, const palette *colour, tm_buf *out)
{
    size_t column = 0, last = last_column(e), cut = e->shown.from > 0 ? sizeof DOTS - 1 : 0;
    tm_text rest = e->line;
    char before = ' ';
    tm_buf_print(out, "%*s", (int)(INDENT + cut), "");
    while (column < last) {
        bool tab = rest.n && rest.p[0] == '\t';
        size_t at = out->n, width = rest.n ? tm_harmless_next(&rest, true, out) : 1;
        out->n = at;
        for (size_t end = column + width; column < end; column++)
            if (column >= e->shown.from && column < last)
                put_sign(sign_at(e, column, tab, mark), &before, colour, out);
    }
    put_sign(' ', &before, colour, out);
    out->n--;
    return last - e->shown.from + cut;
}

/* ---- the whole message
 * -------------------------------------------------------------------------------- */

static void draw_position(const tm_source *source, size_t at, const palette *colour, tm_buf *out)
{
    unsigned line, column;
    tm_source_position(source, at, &line, &column);
    tm_buf_add(out, tm_text_of(colour->name));
    tm_harmless_add(out, source->name);
    tm_buf_print(out, "%s%u:%u:%s ", source->name.n ? ":" : "", line, column, colour->off);
}

static void draw_head(const tm_diag *diag, const palette *colour, tm_buf *out)
{
    if (diag->source)
        draw_position(diag->source, diag->place.at, colour, out);
    bool error = diag->severity == TM_ERROR;
    tm_buf_add(out, tm_text_of(error ? colour->error : colour->warning));
    tm_buf_print(out, "%s", error ? "error" : "warning");
    if (diag->code)
        tm_buf_print(out, "[%s]", diag->code);
    tm_buf_print(out, ":%s ", colour->off);
    tm_harmless_add(out, diag->message);
    tm_buf_add_char(out, '\n');
}

/* Behind the marks while the line stays short, else on a line of its own. */
static void draw_hint(tm_text hint, size_t marks_end, tm_buf *out)
{
    if (hint.n && marks_end) {
        if (INDENT + marks_end + HINT_GAP + tm_utf8_count(hint) <= MOST_COLUMNS + INDENT)
            tm_buf_print(out, "%*s", HINT_GAP, "");
        else
            tm_buf_print(out, "\n%*s", INDENT, "");
    } else if (hint.n) {
        tm_buf_print(out, "%*s", INDENT, "");
    }
    tm_harmless_add(out, hint);
    if (hint.n || marks_end)
        tm_buf_add_char(out, '\n');
}

static void draw_note(const tm_source *source, tm_place other, const palette *colour, tm_buf *out)
{
    draw_position(source, other.at, colour, out);
    tm_buf_print(out, "%snote:%s the other place\n", colour->note, colour->off);
    excerpt e = excerpt_of(source, other, NULL, out);
    draw_line(&e, out);
    draw_marks(&e, '~', colour, out);
    tm_buf_add_char(out, '\n');
}

void tm_diag_render(const tm_diag *diag, bool with_colour, tm_buf *out)
{
    const palette *colour = with_colour ? &ANSI : &PLAIN;
    draw_head(diag, colour, out);
    if (!diag->source) {
        draw_hint(diag->hint, 0, out);
        return;
    }
    excerpt e = excerpt_of(diag->source, diag->place, NULL, out);
    bool same_line = diag->two && is_on_line(&e, diag->other);
    if (same_line)
        e = excerpt_of(diag->source, diag->place, &diag->other, out);
    draw_line(&e, out);
    draw_hint(diag->hint, draw_marks(&e, '^', colour, out), out);
    if (diag->two && !same_line)
        draw_note(diag->source, diag->other, colour, out);
}

void tm_diags_render(const tm_diags *d, bool colour, tm_buf *out)
{
    for (const tm_diag *diag = d->first; diag; diag = diag->next)
        tm_diag_render(diag, colour, out);
}
