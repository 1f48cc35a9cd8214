/* RE2 parser: nodes of the tree, groups and flags.
 * Work: of rules alone: a pattern, each part once; regexes.c charges what is compiled at run time.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/regex/re2_parse.h"

#include "base/utf8.h"
#include "vm/regex/re2_class.h"

#include "re2.tab.h"

bool tm_re2_fail(tm_re2_parse *p, const char *error, const char *from, const char *to)
{
    if (p->error)
        return false;
    p->error = error;
    p->offender = tm_text_slice(from, (size_t)(to - from));
    return false;
}

const char *tm_re2_end(const tm_re2_parse *p)
{
    return p->pattern.p + p->pattern.n;
}

static tm_text rest_of(const tm_re2_parse *p, const char *from)
{
    return tm_text_slice(from, (size_t)(tm_re2_end(p) - from));
}

bool tm_re2_at_end(const tm_re2_parse *p)
{
    return p->at == tm_re2_end(p);
}

uint32_t tm_re2_take_rune(tm_re2_parse *p)
{
    size_t width;
    if (tm_re2_at_end(p))
        return 0;
    uint32_t rune = tm_utf8_next(rest_of(p, p->at), &width);
    p->at += width;
    return rune;
}

bool tm_re2_starts(const tm_re2_parse *p, const char *word)
{
    return tm_text_starts(rest_of(p, p->at), tm_text_of(word));
}

const char *tm_re2_find(const tm_re2_parse *p, const char *from, const char *part)
{
    ptrdiff_t i = tm_text_find(rest_of(p, from), tm_text_of(part));
    return i < 0 ? NULL : from + i;
}

void tm_re2_push_flags(tm_re2_parse *p)
{
    if (p->depth == p->room) {
        size_t room = p->room ? p->room * 2 : 16;
        p->outer =
            tm_arena_grow(p->arena, p->outer, p->room * sizeof *p->outer, room * sizeof *p->outer);
        p->room = room;
    }
    p->outer[p->depth++] = p->flags;
}

void tm_re2_pop_flags(tm_re2_parse *p)
{
    if (p->depth) /* else the grammar refuses the parenthesis */
        p->flags = p->outer[--p->depth];
}

unsigned tm_re2_add_group(tm_re2_parse *p, tm_text name)
{
    tm_re2 *re2 = p->re2;
    if (re2->groups == p->name_room) {
        size_t room = p->name_room ? p->name_room * 2 : 8;
        re2->name = tm_arena_grow(p->arena, re2->name, p->name_room * sizeof *re2->name,
                                  room * sizeof *re2->name);
        p->name_room = room;
    }
    re2->name[re2->groups] = name;
    return ++re2->groups;
}

tm_re2_node *tm_re2_leaf(tm_re2_parse *p, tm_re2_type type)
{
    tm_re2_node *node = TM_NEW(p->arena, tm_re2_node);
    node->type = type;
    node->nullable = type == TM_RE2_EMPTY || (type >= TM_RE2_TEXT_START && type < TM_RE2_GROUP);
    node->height = 1;
    return node;
}

tm_re2_node *tm_re2_rune(tm_re2_parse *p, uint32_t rune)
{
    tm_re2_node *node = tm_re2_leaf(p, TM_RE2_RUNE);
    node->rune = rune;
    node->fold = p->flags.fold;
    if (node->fold)
        node->set = p->re2->sets++;
    return node;
}

tm_re2_node *tm_re2_set(tm_re2_parse *p, tm_re2_class *class)
{
    tm_re2_class_finish(class);
    if (class->ranges == 1 && class->properties == 0 && !class->negated &&
        class->range[0].low == class->range[0].high)
        return tm_re2_rune(p, class->range[0].low);
    tm_re2_node *node = tm_re2_leaf(p, TM_RE2_CLASS);
    node->class = class;
    node->set = p->re2->sets++;
    return node;
}

/* Puts child under node; NULL when the tree gets too high. */
static tm_re2_node *adopt(tm_re2_parse *p, tm_re2_node *node, tm_re2_node *child)
{
    if (node->last)
        node->last->next = child;
    else
        node->first = child;
    node->last = child;
    if (child->height >= node->height)
        node->height = child->height + 1;
    if (node->height <= TM_RE2_MOST_HEIGHT)
        return node;
    tm_re2_fail(p, "expression nests too deeply", p->pattern.p, tm_re2_end(p));
    return NULL;
}

tm_re2_node *tm_re2_group(tm_re2_parse *p, tm_re2_open open, tm_re2_node *body)
{
    if (open.group == 0)
        return body;
    tm_re2_node *node = tm_re2_leaf(p, TM_RE2_GROUP);
    node->group = open.group;
    node->nullable = body->nullable;
    return adopt(p, node, body);
}

/* Do the repetitions in and below node multiply to `most` copies of something, or fewer? */
static bool repeats_fit(const tm_re2_node *node, int most)
{
    if (node->type == TM_RE2_REPEAT) {
        int times = node->max < 0 ? node->min : node->max;
        if (node->max == 0)
            return true;
        if (times > most)
            return false;
        if (times > 0)
            most /= times;
    }
    for (const tm_re2_node *c = node->first; c; c = c->next)
        if (!repeats_fit(c, most))
            return false;
    return true;
}

tm_re2_node *tm_re2_repeat(tm_re2_parse *p, tm_re2_node *body, tm_re2_times times)
{
    tm_re2_node *node = tm_re2_leaf(p, TM_RE2_REPEAT);
    node->min = times.min;
    node->max = times.max;
    node->lazy = times.lazy;
    node->nullable = times.min == 0 || body->nullable;
    p->re2->idle_loops |= times.max < 0 && body->nullable && body->type != TM_RE2_EMPTY;
    if (!adopt(p, node, body))
        return NULL;
    /* Only {n,m} counts as many copies: * + and ? are one. */
    const char *at = p->pattern.p + times.at;
    if ((times.min >= 2 || times.max >= 2) && !repeats_fit(node, TM_RE2_MOST_REPEATS)) {
        tm_re2_fail(p, "invalid repeat count", at, at + times.n);
        return NULL;
    }
    return node;
}

/* Two nodes as one of `type`, without empty texts in sequences and nodes of a type in one of its
 * own. The parser hands in the left one as long as it grows, so that appending in place is fine. */
tm_re2_node *tm_re2_join(tm_re2_parse *p, tm_re2_type type, tm_re2_node *a, tm_re2_node *b)
{
    bool sequence = type == TM_RE2_SEQUENCE;
    if (sequence && a->type == TM_RE2_EMPTY)
        return b;
    tm_re2_node *node = a;
    if (a->type != type) {
        node = tm_re2_leaf(p, type);
        node->nullable = a->nullable;
        if (!adopt(p, node, a))
            return NULL;
    }
    node->nullable = sequence ? node->nullable && b->nullable : node->nullable || b->nullable;
    return adopt(p, node, b);
}

/* The first byte that is not part of a well-formed code point. */
static const char *find_bad_byte(const tm_re2_parse *p)
{
    tm_text rest = p->pattern;
    for (size_t width; rest.n; rest = tm_text_skip(rest, width))
        if (tm_utf8_next(rest, &width) == 0xfffd && width == 1)
            break;
    return rest.p;
}

tm_re2 *tm_re2_new(tm_arena *arena, tm_text pattern, tm_text *error, size_t *at)
{
    tm_re2_parse p = {.arena = arena, .pattern = tm_arena_copy(arena, pattern)};
    p.at = p.token = p.pattern.p;
    p.re2 = TM_NEW(arena, tm_re2);
    if (!tm_utf8_valid(pattern))
        tm_re2_fail(&p, "invalid UTF-8", find_bad_byte(&p), tm_re2_end(&p));
    else
        tm_re2_yyparse(&p);
    if (!p.error)
        return p.re2;
    tm_text offender = tm_utf8_mend(arena, p.offender);
    *error = tm_arena_print(arena, "%s: `%.*s`", p.error, TM_PRI(offender));
    *at = (size_t)(p.offender.p - p.pattern.p);
    return NULL;
}
