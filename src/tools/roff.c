/* Roff: pages of Markdown in the language of man pages.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/roff.h"

#include "base/ascii.h"
#include "base/exit.h"

/* ---- texts ----------------------------------------------------------------------------------- */

/* One character; - is a minus sign in code, so that it can be copied. */
static void add_char(tm_buf *out, char c, bool code)
{
    if (c == '\\')
        tm_buf_add(out, TM_TEXT("\\e"));
    else if (c == '-' && code)
        tm_buf_add(out, TM_TEXT("\\-"));
    else if (c == '\'' && code)
        tm_buf_add(out, TM_TEXT("\\(aq"));
    else if (c == '`' && code)
        tm_buf_add(out, TM_TEXT("\\(ga"));
    else if (c == '^' && code)
        tm_buf_add(out, TM_TEXT("\\(ha"));
    else if (c == '~' && code)
        tm_buf_add(out, TM_TEXT("\\(ti"));
    else
        tm_buf_add_char(out, c);
}

static void add_plain(tm_buf *out, tm_text text, bool code)
{
    for (size_t i = 0; i < text.n; i++)
        add_char(out, text.p[i], code);
}

/* Where the mark that opened at `from` closes; 0 when it does not. A mark hugs what it marks. */
static size_t find_close(tm_text text, size_t from, tm_text mark)
{
    const tm_text rest = tm_text_skip(text, from);
    const ptrdiff_t at = tm_text_find(rest, mark);
    return at > 0 && rest.p[0] != ' ' && rest.p[at - 1] != ' ' ? from + (size_t)at : 0;
}

/* Code, word or words at `at`, which moves behind it; false when none begins there. */
static bool add_marked(tm_buf *out, tm_text text, size_t *at)
{
    static const struct {
        const char *mark, *font;
        bool code;
    } marks[] = {{"`", "\\fB", true}, {"**", "\\fB", false}, {"*", "\\fI", false}};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        const tm_text mark = tm_text_of(marks[i].mark);
        if (!tm_text_starts(tm_text_skip(text, *at), mark))
            continue;
        const size_t from = *at + mark.n, to = find_close(text, from, mark);
        if (!to)
            continue;
        tm_buf_add(out, tm_text_of(marks[i].font));
        add_plain(out, tm_text_slice(text.p + from, to - from), marks[i].code);
        tm_buf_add(out, TM_TEXT("\\fR"));
        *at = to + mark.n;
        return true;
    }
    return false;
}

void tm_roff_text(tm_buf *out, tm_text text)
{
    if (text.n && (text.p[0] == '.' || text.p[0] == '\''))
        tm_buf_add(out, TM_TEXT("\\&"));
    for (size_t at = 0; at < text.n;) {
        if (text.p[at] == '\\' && at + 1 < text.n && strchr("|*`_", text.p[at + 1])) {
            add_char(out, text.p[at + 1], false);
            at += 2;
        } else if (!add_marked(out, text, &at)) {
            add_char(out, text.p[at++], false);
        }
    }
}

/* ---- parts ----------------------------------------------------------------------------------- */

static void add_upper(tm_buf *out, tm_text text)
{
    for (size_t i = 0; i < text.n; i++)
        add_char(out, tm_ascii_upper(text.p[i]), true);
}

void tm_roff_head(tm_buf *out, tm_text name, unsigned section, tm_text clause)
{
    tm_buf_add(out, TM_TEXT(".TH "));
    add_upper(out, name);
    tm_buf_print(out, " %u \"\" \"tamis " TM_VERSION "\" \"tamis\"\n.ad l\n.SH NAME\n", section);
    add_plain(out, name, true);
    tm_buf_add(out, TM_TEXT(" \\- "));
    tm_roff_text(out, clause);
    tm_buf_add_char(out, '\n');
}

void tm_roff_section(tm_buf *out, const char *title)
{
    tm_buf_print(out, ".SH %s\n", title);
}

void tm_roff_entry(tm_buf *out, tm_text tag, tm_text text)
{
    tm_buf_add(out, TM_TEXT(".TP\n"));
    tm_roff_text(out, tag);
    tm_buf_add_char(out, '\n');
    if (text.n)
        tm_roff_text(out, text);
    else
        tm_buf_add(out, TM_TEXT("\\&"));
    tm_buf_add_char(out, '\n');
}

/* ---- pages ----------------------------------------------------------------------------------- */

typedef struct page {
    tm_buf *out;
    tm_text rest;
    bool broken; /* a paragraph ended */
    bool entry;  /* what comes is below an entry */
} page;

static bool is_rule(tm_text line)
{
    return tm_text_starts(line, TM_TEXT("|---"));
}

/* The line behind the one that was taken. */
static tm_text look_ahead(const page *p)
{
    tm_text rest = p->rest, line = TM_TEXT("");
    tm_text_next(&rest, '\n', &line);
    return line;
}

/* The next cell off a row that starts behind its |. */
static bool take_cell(tm_text *row, tm_text *cell)
{
    size_t n = 0;
    while (n < row->n && (row->p[n] != '|' || (n && row->p[n - 1] == '\\')))
        n++;
    if (n == row->n)
        return false;
    *cell = tm_text_trim(tm_text_slice(row->p, n));
    *row = tm_text_skip(*row, n + 1);
    return true;
}

/* All cells but the last are what the entry is called. */
static void add_row(page *p, tm_text line)
{
    tm_text row = tm_text_skip(line, 1), cell, next;
    tm_buf tag = {.arena = p->out->arena};
    bool more = take_cell(&row, &cell);
    while (more && take_cell(&row, &next)) {
        if (cell.n)
            tm_buf_print(&tag, "%s%.*s", tag.n ? "  " : "", TM_PRI(cell));
        cell = next;
    }
    tm_roff_entry(p->out, tm_buf_text(&tag), cell);
    p->entry = true;
}

static void leave_entry(page *p)
{
    if (p->entry)
        tm_buf_add(p->out, TM_TEXT(".PP\n"));
    p->entry = p->broken = false;
}

/* Lines of code, the first of which is taken. */
static void add_code(page *p, tm_text line, bool fenced)
{
    tm_buf_add(p->out, TM_TEXT(".PP\n.RS 4\n.nf\n"));
    while (fenced ? !tm_text_starts(line, TM_TEXT("```")) : true) {
        const tm_text code = fenced ? line : tm_text_skip(line, 4);
        if (code.n && (code.p[0] == '.' || code.p[0] == '\''))
            tm_buf_add(p->out, TM_TEXT("\\&"));
        add_plain(p->out, code, true);
        tm_buf_add_char(p->out, '\n');
        if (!fenced && !tm_text_starts(look_ahead(p), TM_TEXT("    ")))
            break;
        if (!tm_text_next(&p->rest, '\n', &line))
            break;
    }
    tm_buf_add(p->out, TM_TEXT(".fi\n.RE\n"));
    p->entry = false;
    p->broken = true;
}

static void add_heading(page *p, tm_text line)
{
    const bool top = tm_text_starts(line, TM_TEXT("## "));
    const tm_text title = tm_text_skip(line, top ? 3 : 4);
    if (top) {
        tm_buf_add(p->out, TM_TEXT(".SH "));
        add_upper(p->out, title);
    } else {
        tm_buf_add(p->out, TM_TEXT(".SS "));
        tm_roff_text(p->out, title);
    }
    tm_buf_add_char(p->out, '\n');
    p->entry = p->broken = false;
}

static void add_line(page *p, tm_text line)
{
    if (tm_text_starts(line, TM_TEXT("- "))) {
        tm_buf_add(p->out, TM_TEXT(".IP \\(bu 2\n"));
        line = tm_text_skip(line, 2);
        p->entry = true;
    } else if (p->broken) {
        tm_buf_add(p->out, TM_TEXT(".PP\n"));
        p->entry = false;
    } else {
        leave_entry(p);
    }
    p->broken = false;
    tm_roff_text(p->out, tm_text_trim(line));
    tm_buf_add_char(p->out, '\n');
}

void tm_roff_markdown(tm_buf *out, tm_text text)
{
    page p = {.out = out, .rest = text};
    tm_text line;
    while (tm_text_next(&p.rest, '\n', &line)) {
        if (!tm_text_trim(line).n)
            p.broken = true;
        else if (tm_text_starts(line, TM_TEXT("# ")) || is_rule(line) ||
                 (line.p[0] == '|' && is_rule(look_ahead(&p))))
            continue;
        else if (tm_text_starts(line, TM_TEXT("## ")) || tm_text_starts(line, TM_TEXT("### ")))
            add_heading(&p, line);
        else if (line.p[0] == '|')
            add_row(&p, line);
        else if (tm_text_starts(line, TM_TEXT("```")) && tm_text_next(&p.rest, '\n', &line))
            add_code(&p, line, true);
        else if (tm_text_starts(line, TM_TEXT("    ")))
            add_code(&p, line, false);
        else
            add_line(&p, line);
    }
}
