/* Migrate, place: where nodes stand in the text, and how they are taken out with their comments.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/migrate_text.h"

#include "config/yaml.h"

#include <ctype.h>

/* ---- lines ----------------------------------------------------------------------------------- */

size_t tm_migrate_line_start(tm_text text, size_t at)
{
    while (at && text.p[at - 1] != '\n')
        at--;
    return at;
}

/* Behind the line break, or the end of the text. */
size_t tm_migrate_line_end(tm_text text, size_t at)
{
    while (at < text.n && text.p[at] != '\n')
        at++;
    return at + (at < text.n);
}

static size_t skip_spaces(tm_text text, size_t at)
{
    while (at < text.n && (text.p[at] == ' ' || text.p[at] == '\t'))
        at++;
    return at;
}

size_t tm_migrate_indent(tm_text text, size_t at)
{
    size_t start = tm_migrate_line_start(text, at);
    return skip_spaces(text, start) - start;
}

static bool is_blank(tm_text text, size_t line)
{
    size_t at = skip_spaces(text, line);
    return at < text.n && (text.p[at] == '\n' || text.p[at] == '\r');
}

static bool is_comment(tm_text text, size_t line)
{
    size_t at = skip_spaces(text, line);
    return at < text.n && text.p[at] == '#';
}

/* ---- nodes ----------------------------------------------------------------------------------- */

bool tm_migrate_in_brackets(tm_text text, const tm_doc *node)
{
    return (node->type == TM_DOC_MAP || node->type == TM_DOC_LIST) && node->place.at < text.n &&
           (text.p[node->place.at] == '{' || text.p[node->place.at] == '[');
}

static bool is_item(const tm_doc *node)
{
    return node->parent && node->parent->type == TM_DOC_LIST;
}

/* A value that an alias repeats stands before its key. */
static bool is_alias(const tm_doc *node)
{
    return !is_item(node) && node->key_place.n && node->place.at < node->key_place.at;
}

size_t tm_migrate_start(tm_text text, const tm_doc *node)
{
    size_t at = node->place.at;
    if (!is_item(node))
        return node->key_place.n ? node->key_place.at : at;
    if (tm_migrate_in_brackets(text, node->parent))
        return at;
    while (at && text.p[at - 1] != '\n' &&
           !(text.p[at - 1] == '-' && isspace((unsigned char)text.p[at])))
        at--;
    return at && text.p[at - 1] == '-' ? at - 1 : at;
}

/* Behind white space, comments and commas. */
static size_t skip_between(tm_text text, size_t at)
{
    while (at < text.n && (isspace((unsigned char)text.p[at]) || strchr(",#", text.p[at])))
        at = text.p[at] == '#' ? tm_migrate_line_end(text, at) : at + 1;
    return at;
}

static size_t end_of_alias(tm_text text, const tm_doc *node)
{
    size_t at = node->key_place.at + node->key_place.n;
    while (at < text.n && text.p[at] != '*' && text.p[at] != '\n')
        at++;
    while (at < text.n && !isspace((unsigned char)text.p[at]) && !strchr(",}]", text.p[at]))
        at++;
    return at;
}

size_t tm_migrate_end(tm_text text, const tm_doc *node)
{
    size_t from = node->key_place.n ? node->key_place.at + node->key_place.n : node->place.at;
    if (is_alias(node))
        return end_of_alias(text, node);
    if (tm_migrate_in_brackets(text, node)) {
        size_t at = node->last ? tm_migrate_end(text, node->last) : node->place.at + 1;
        return skip_between(text, at) + 1;
    }
    size_t end = node->last ? tm_migrate_end(text, node->last) : node->place.at + node->place.n;
    while (end > from && isspace((unsigned char)text.p[end - 1]))
        end--;
    return end;
}

/* ---- sets of nodes --------------------------------------------------------------------------- */

static const tm_doc *const *items_of(const tm_migrate_nodes *all, size_t *count)
{
    *count = all->nodes.n / sizeof(const tm_doc *);
    return (const tm_doc *const *)(const void *)all->nodes.p;
}

bool tm_migrate_nodes_have(const tm_migrate_nodes *all, const tm_doc *node)
{
    size_t count;
    const tm_doc *const *items = items_of(all, &count);
    for (size_t i = 0; i < count; i++)
        if (items[i] == node)
            return true;
    return false;
}

void tm_migrate_nodes_add(tm_migrate_nodes *all, const tm_doc *node)
{
    if (!tm_migrate_nodes_have(all, node))
        tm_buf_add(&all->nodes, tm_text_slice(&node, sizeof node));
}

/* ---- taking out ------------------------------------------------------------------------------ */

/* Up over the comments that stand right above at the same column. */
static size_t with_comments_above(tm_text text, size_t line, size_t indent)
{
    while (line) {
        size_t above = tm_migrate_line_start(text, line - 1);
        if (!is_comment(text, above) || tm_migrate_indent(text, above) != indent)
            break;
        line = above;
    }
    return line;
}

/* Down over the comments that stand further in. */
static size_t with_comments_below(tm_text text, size_t line, size_t indent)
{
    for (size_t next = line; next < text.n; next = tm_migrate_line_end(text, next)) {
        if (is_comment(text, next) && tm_migrate_indent(text, next) > indent)
            line = tm_migrate_line_end(text, next);
        else if (!is_blank(text, next))
            break;
    }
    return line;
}

static void cut_lines(tm_migrate_text *t, size_t from, size_t to, size_t indent)
{
    from = with_comments_above(t->text, tm_migrate_line_start(t->text, from), indent);
    to = with_comments_below(t->text, tm_migrate_line_end(t->text, to), indent);
    bool open = from == 0 || is_blank(t->text, tm_migrate_line_start(t->text, from - 1));
    if (open && to < t->text.n && is_blank(t->text, to))
        to = tm_migrate_line_end(t->text, to);
    tm_migrate_text_edit(t, from, to - from, TM_TEXT(""));
}

static const tm_doc *next_kept(const tm_migrate_nodes *all, const tm_doc *node)
{
    const tm_doc *next = node->next;
    while (next && tm_migrate_nodes_have(all, next))
        next = next->next;
    return next;
}

static bool stands_between(tm_text text, size_t from, size_t to, char c)
{
    return memchr(text.p + from, c, to - from) != NULL;
}

static bool is_first_in_line(tm_text text, size_t at)
{
    return tm_migrate_line_start(text, at) + tm_migrate_indent(text, at) == at;
}

/* An item of a list or map in brackets goes with one of the commas beside it, and not with comments
 * of its neighbours: a comma may be left at the end. */
static void cut_between_commas(tm_migrate_text *t, const tm_migrate_nodes *all, const tm_doc *node)
{
    const tm_doc *kept = next_kept(all, node), *before = NULL;
    size_t from = tm_migrate_start(t->text, node), to = tm_migrate_end(t->text, node);
    for (const tm_doc *d = node->parent->first; d != node; d = d->next)
        before = d;
    if (kept) {
        size_t end = tm_migrate_line_end(t->text, to), next = tm_migrate_start(t->text, node->next);
        bool lines =
            is_first_in_line(t->text, from) && next >= end && stands_between(t->text, to, end, ',');
        from = lines ? tm_migrate_line_start(t->text, from) : from;
        to = lines ? end : next;
    } else if (before) {
        size_t behind = tm_migrate_end(t->text, before);
        from = stands_between(t->text, behind, from, '#') ? from : behind;
    }
    tm_migrate_text_edit(t, from, to - from, TM_TEXT(""));
}

static void cut_one(tm_migrate_text *t, const tm_migrate_nodes *all, const tm_doc *node)
{
    size_t from = tm_migrate_start(t->text, node), to = tm_migrate_end(t->text, node);
    size_t indent = tm_migrate_indent(t->text, from);
    if (node->parent && tm_migrate_in_brackets(t->text, node->parent))
        cut_between_commas(t, all, node);
    else if (is_first_in_line(t->text, from))
        cut_lines(t, from, to, indent);
    else if (next_kept(all, node)) /* the first key of a list's item: the dash stays */
        tm_migrate_text_edit(t, from, tm_migrate_start(t->text, next_kept(all, node)) - from,
                             TM_TEXT(""));
}

/* Does it go with something around it? */
static bool goes_with_parent(const tm_migrate_nodes *all, const tm_doc *node)
{
    for (const tm_doc *d = node->parent; d; d = d->parent)
        if (tm_migrate_nodes_have(all, d))
            return true;
    return false;
}

void tm_migrate_cut(tm_migrate_text *t, const tm_migrate_nodes *all)
{
    size_t count;
    const tm_doc *const *items = items_of(all, &count);
    for (size_t i = 0; i < count; i++)
        if (!goes_with_parent(all, items[i]))
            cut_one(t, all, items[i]);
}
