/* RE2 shortcuts: expressions that come down to looking for a literal.
 * Work: of rules alone: the nodes of a pattern, once each; the search is charged by who asks.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/regex/re2.h"

/* The nodes that must match one after the other, from `from` up to `to`. */
typedef struct tm_row {
    const tm_re2_node **node;
    size_t from, to, room;
    tm_arena *arena;
    bool trimmed;
    bool one_line;
} tm_row;

static void flatten(tm_row *row, const tm_re2_node *node)
{
    if (node->type == TM_RE2_SEQUENCE || node->type == TM_RE2_GROUP) {
        row->trimmed |= node->type == TM_RE2_GROUP;
        for (const tm_re2_node *c = node->first; c; c = c->next)
            flatten(row, c);
        return;
    }
    if (row->to == row->room) {
        size_t room = row->room ? row->room * 2 : 32;
        row->node = tm_arena_grow(row->arena, row->node, row->room * sizeof *row->node,
                                  room * sizeof *row->node);
        row->room = room;
    }
    row->node[row->to++] = node;
}

/* .* that lifts an anchor beside it, in subjects of one line at least. */
static bool is_anything(const tm_re2_node *node, bool *one_line)
{
    if (node->type != TM_RE2_REPEAT || node->min != 0 || node->max != -1)
        return false;
    *one_line |= node->first->type == TM_RE2_DOT;
    return node->first->type == TM_RE2_DOT || node->first->type == TM_RE2_ANY;
}

/* Takes nodes off one end while they cannot keep a match from being found: empty texts and what
 * may be left out, unless `anchor` holds them in place. Returns whether the rest is anchored
 * there. */
static bool trim(tm_row *row, bool front, tm_re2_type anchor)
{
    bool anchored = false;
    while (row->from < row->to) {
        const tm_re2_node *node = row->node[front ? row->from : row->to - 1];
        if (node->type == anchor)
            anchored = true;
        else if (node->type == TM_RE2_EMPTY)
            row->trimmed = true;
        else if (anchored && is_anything(node, &row->one_line))
            row->trimmed = true, anchored = false;
        else if (!anchored && node->type == TM_RE2_REPEAT && node->min == 0)
            row->trimmed = true;
        else
            break;
        row->from += front;
        row->to -= !front;
    }
    return anchored;
}

/* A code point that stands for itself, whatever the subject's bytes. */
static bool is_literal(const tm_re2_node *node)
{
    if (node->type != TM_RE2_RUNE || node->rune == 0xfffd ||
        (node->rune >= 0xd800 && node->rune <= 0xdfff))
        return false;
    uint32_t lower = node->rune | 0x20;
    return !node->fold || (node->rune < 0x80 && (lower < 'a' || lower > 'z'));
}

static tm_re2_node *append(tm_arena *arena, tm_re2_node *sequence, tm_re2_node node)
{
    tm_re2_node *copy = TM_NEW(arena, tm_re2_node);
    *copy = node;
    copy->next = NULL;
    if (sequence->last)
        sequence->last->next = copy;
    else
        sequence->first = copy;
    sequence->last = copy;
    return sequence;
}

/* What is left of the row, as an expression; NULL when that holds for some subjects only. */
static const tm_re2_node *rest_of(const tm_row *row, bool starts, bool ends)
{
    if (row->one_line)
        return NULL;
    tm_re2_node *rest = TM_NEW(row->arena, tm_re2_node);
    rest->type = TM_RE2_SEQUENCE;
    if (starts)
        append(row->arena, rest, (tm_re2_node){.type = TM_RE2_TEXT_START});
    for (size_t i = row->from; i < row->to; i++)
        append(row->arena, rest, *row->node[i]);
    if (ends)
        append(row->arena, rest, (tm_re2_node){.type = TM_RE2_TEXT_END});
    return rest;
}

tm_re2_shortcut tm_re2_find_shortcut(tm_arena *arena, const tm_re2 *re2)
{
    tm_row row = {.arena = arena};
    flatten(&row, re2->root);
    bool starts = trim(&row, true, TM_RE2_TEXT_START);
    bool ends = trim(&row, false, TM_RE2_TEXT_END);
    tm_buf literal = {.arena = arena};
    for (size_t i = row.from; i < row.to; i++) {
        if (!is_literal(row.node[i]))
            return (tm_re2_shortcut){.rest = row.trimmed ? rest_of(&row, starts, ends) : NULL};
        tm_buf_add_rune(&literal, row.node[i]->rune);
    }
    tm_re2_shortcut_type anchored = starts ? TM_RE2_STARTS : TM_RE2_ENDS;
    return (tm_re2_shortcut){
        .type = starts && ends   ? TM_RE2_EQUALS
                : starts || ends ? anchored
                                 : TM_RE2_CONTAINS,
        .literal = tm_buf_text(&literal),
        .one_line = row.one_line,
        .whole = !row.trimmed,
    };
}

size_t tm_re2_shortcut_find(const tm_re2_shortcut *s, tm_text text, size_t from)
{
    tm_text rest = tm_text_skip(text, from);
    switch (s->type) {
    case TM_RE2_STARTS:
        return from == 0 && tm_text_starts(text, s->literal) ? 0 : SIZE_MAX;
    case TM_RE2_ENDS:
        return tm_text_ends(rest, s->literal) ? text.n - s->literal.n : SIZE_MAX;
    case TM_RE2_EQUALS:
        return from == 0 && tm_text_equal(text, s->literal) ? 0 : SIZE_MAX;
    default: {
        size_t at = tm_text_seek(rest, s->literal);
        return at == SIZE_MAX ? at : from + at;
    }
    }
}
