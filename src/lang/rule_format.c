/* Rule format: items as text, between the comments and empty lines that stood there.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/rule_format.h"

#include "lang/print.h"
#include "lang/rule_item.h"

enum { INDENT = 4 };

typedef struct format {
    const tm_rule_file *file;
    tm_buf *out;
} format;

static tm_text slice(const format *f, tm_place place)
{
    return tm_text_slice(f->file->source->text.p + place.at, place.n);
}

/* ---- one item -------------------------------------------------------------------------------- */

static void add_spaces(tm_buf *out, size_t n)
{
    while (n--)
        tm_buf_add_char(out, ' ');
}

static size_t column(const tm_buf *out)
{
    size_t n = 0;
    while (n < out->n && out->p[out->n - 1 - n] != '\n')
        n++;
    return n;
}

static tm_text printed(tm_arena *arena, const tm_node *node)
{
    tm_buf out = {.arena = arena};
    tm_print_node(node, &out);
    return tm_buf_text(&out);
}

/* Text in code points: how wide it is, near enough. */
static size_t width_of(tm_text text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++)
        n += ((unsigned char)text.p[i] & 0xc0) != 0x80;
    return n;
}

static void add_node(tm_buf *out, const tm_node *node, size_t indent);

/* a or b or c: each operand behind the first on a line of its own, the operator before it. */
static void add_chain(tm_buf *out, const tm_node *chain, size_t indent)
{
    const char *word = chain->kind == TM_NODE_AND ? "and " : "or ";
    for (const tm_node *operand = chain->first; operand; operand = operand->next) {
        if (operand != chain->first) {
            tm_buf_add_char(out, '\n');
            add_spaces(out, indent);
            tm_buf_print(out, "%s", word);
        }
        add_node(out, operand, indent + INDENT);
    }
}

/* [ and ] with an item a line between them. */
static void add_list(tm_buf *out, const tm_node *list, size_t indent)
{
    tm_buf_add_char(out, '[');
    for (const tm_node *item = list->first; item; item = item->next) {
        tm_buf_add_char(out, '\n');
        add_spaces(out, indent);
        add_node(out, item, indent + INDENT);
        if (item->next)
            tm_buf_add_char(out, ',');
    }
    tm_buf_add_char(out, '\n');
    add_spaces(out, indent >= INDENT ? indent - INDENT : 0);
    tm_buf_add_char(out, ']');
}

/* On one line where it fits, else broken if it is of a kind that can be. */
static void add_node(tm_buf *out, const tm_node *node, size_t indent)
{
    tm_text line = printed(out->arena, node);
    bool fits = column(out) + width_of(line) <= TM_FORMAT_WIDTH;
    if (!fits && (node->kind == TM_NODE_AND || node->kind == TM_NODE_OR)) {
        add_chain(out, node, indent);
    } else if (!fits && node->kind == TM_NODE_LIST && node->first) {
        add_list(out, node, indent);
    } else if (!fits && node->kind == TM_NODE_GROUP) {
        tm_buf_add_char(out, '(');
        add_node(out, node->first, indent);
        tm_buf_add_char(out, ')');
    } else {
        tm_buf_add(out, line);
    }
}

/* What stands in front of the tree, label apart. */
static void add_head(const format *f, tm_buf *out, const tm_file_item *item)
{
    switch (item->kind) {
    case TM_FILE_LET:
        tm_buf_print(out, "let %.*s = ", TM_PRI(item->name));
        break;
    case TM_FILE_DEF:
        tm_buf_print(out, "def %.*s(", TM_PRI(item->name));
        for (const tm_segment *p = item->parameters; p; p = p->next)
            tm_buf_print(out, "%.*s%s", TM_PRI(p->name), p->next ? ", " : "");
        tm_buf_print(out, ") = ");
        break;
    case TM_FILE_DROP:
        tm_buf_print(out, item->bare ? "" : "drop where ");
        break;
    case TM_FILE_KEEP:
        tm_buf_print(out, "keep where ");
        break;
    case TM_FILE_IMPORT:
        tm_buf_print(out, "import %.*s", TM_PRI(slice(f, item->text)));
        break;
    case TM_FILE_OPTION:
        tm_buf_print(out, "option %.*s %.*s", TM_PRI(item->name), TM_PRI(item->value));
        break;
    case TM_FILE_EDIT:
    case TM_FILE_BROKEN:
        break;
    }
}

/* The item behind its label, which ends in column `indent`. */
static void add_item(const format *f, tm_buf *out, const tm_file_item *item, size_t indent)
{
    add_head(f, out, item);
    if (!item->tree)
        return;
    add_node(out, item->tree->expression, item->kind == TM_FILE_LET ? INDENT : indent + INDENT);
    if (!item->tree->where)
        return;
    tm_text where = printed(out->arena, item->tree->where);
    if (column(out) + strlen(" where ") + width_of(where) > TM_FORMAT_WIDTH) {
        tm_buf_add_char(out, '\n');
        add_spaces(out, indent + INDENT);
        tm_buf_print(out, "where ");
    } else {
        tm_buf_print(out, " where ");
    }
    add_node(out, item->tree->where, indent + 2 * INDENT);
}

/* ---- comments and lines ---------------------------------------------------------------------- */

/* Whether a comment stands inside the item; strings may hold a #. */
static bool has_comment(const format *f, const tm_file_item *item)
{
    tm_text text = slice(f, item->place);
    bool string = false;
    for (size_t i = 0; i < text.n; i++) {
        if (string && text.p[i] == '\\')
            i++;
        else if (text.p[i] == '"')
            string = !string;
        else if (!string && text.p[i] == '#')
            return true;
    }
    return false;
}

/* The line that the byte stands on, without its end. */
static tm_text line_rest(const format *f, size_t at)
{
    tm_text rest = tm_text_skip(f->file->source->text, at);
    const char *end = rest.n ? memchr(rest.p, '\n', rest.n) : NULL;
    return end ? tm_text_slice(rest.p, (size_t)(end - rest.p)) : rest;
}

/* Lines as they are, without white space at their ends, tabs in front as spaces. */
static void add_as_it_is(const format *f, const tm_file_item *item)
{
    tm_text text = slice(f, item->place), line;
    for (bool first = true; tm_text_next(&text, '\n', &line); first = false) {
        tm_text content = tm_text_trim(line);
        if (!first)
            tm_buf_add_char(f->out, '\n');
        if (!first && content.n) {
            size_t blank = (size_t)(content.p - line.p);
            bool closing = blank == 0;
            add_spaces(f->out, closing ? 0 : blank < INDENT ? INDENT : blank);
        }
        tm_buf_add(f->out, content);
    }
}

/* The comment behind the last line of the item, two spaces before it. */
static void add_end_comment(const format *f, const tm_file_item *item)
{
    tm_text rest = tm_text_trim(line_rest(f, item->place.at + item->place.n));
    if (rest.n)
        tm_buf_print(f->out, "  %.*s", TM_PRI(rest));
    tm_buf_add_char(f->out, '\n');
}

static bool is_rule(const tm_file_item *item)
{
    return item->kind == TM_FILE_DROP || item->kind == TM_FILE_KEEP || item->kind == TM_FILE_EDIT;
}

/* Whether an empty line stands between two places. */
static bool has_gap(const format *f, size_t from, size_t to)
{
    unsigned breaks = 0;
    const char *text = f->file->source->text.p;
    for (size_t i = from; i < to; i++) {
        if (text[i] == '\n')
            breaks++;
        else if (!tm_rule_is_blank(text[i]))
            breaks = 0;
        if (breaks > 1)
            return true;
    }
    return false;
}

/* ---- columns --------------------------------------------------------------------------------- */

/* Rules that follow each other without an empty line have their text in one column: where it starts
 * for the block of this item, 0 where none has a label. */
static size_t block_column(const format *f, const tm_file_item *item)
{
    const tm_file_item *first = f->file->first;
    for (const tm_file_item *i = f->file->first; i != item; i = i->next)
        if (!is_rule(i) || has_gap(f, i->place.at + i->place.n, i->next->place.at))
            first = i->next;
    size_t widest = 0;
    for (const tm_file_item *i = first; i && is_rule(i); i = i->next) {
        if (i->name.n > widest)
            widest = i->name.n;
        if (i->next && has_gap(f, i->place.at + i->place.n, i->next->place.at))
            break;
    }
    return widest ? widest + 2 : 0;
}

static void add_whole_item(const format *f, const tm_file_item *item)
{
    if (has_comment(f, item)) {
        add_as_it_is(f, item);
        add_end_comment(f, item);
        return;
    }
    size_t indent = is_rule(item) && item->name.n ? block_column(f, item) : 0;
    tm_buf text = {.arena = f->out->arena};
    if (indent) {
        tm_buf_print(&text, "%.*s:", TM_PRI(item->name));
        add_spaces(&text, indent - item->name.n - 1);
    }
    add_item(f, &text, item, indent);
    tm_buf_add(f->out, tm_buf_text(&text));
    add_end_comment(f, item);
}

void tm_rule_format(const tm_rule_file *file, tm_buf *out)
{
    format f = {.file = file, .out = out};
    const tm_comment *comment = file->comments;
    size_t end = 0; /* of what was written last, in the source */
    for (const tm_file_item *item = file->first; item || comment;) {
        bool is_comment = comment && (!item || comment->place.at < item->place.at);
        tm_place place = is_comment ? comment->place : item->place;
        if (out->n && has_gap(&f, end, place.at))
            tm_buf_add_char(out, '\n');
        end = place.at + place.n;
        if (is_comment) {
            tm_buf_print(out, "%.*s\n", TM_PRI(slice(&f, place)));
            comment = comment->next;
        } else {
            add_whole_item(&f, item);
            end += line_rest(&f, end).n;
            item = item->next;
        }
    }
}
