/* XPath, texts: functions of expressions that make and compare texts.
 * Work: each character once; texts are charged as they are taken from nodes (xpath_compare.c).
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"
#include "stdlib/letter.h"
#include "stdlib/xml/xpath_run.h"
#include "vm/regex/regexes.h"

#include <math.h>

/* --- texts --- */

static bool is_text(const tm_xpath_call *c, unsigned i)
{
    return c->arg[i].type == TM_IS_TEXT || c->arg[i].type == TM_IS_NODES;
}

/* Whether the second text stands in the first, at a place that `fits` says; without a node in the
 * first, never. */
static tm_xpath_value look_for(tm_xpath_call *c, bool (*fits)(tm_text text, tm_text part))
{
    bool none = tm_xpath_is_nodes(c, 0) && !tm_xpath_first(c, 0);
    return tm_xpath_give_bool(!none && fits(tm_xpath_text(c, 0), tm_xpath_text(c, 1)));
}

static bool holds(tm_text text, tm_text part)
{
    return tm_text_find(text, part) >= 0;
}

tm_xpath_value tm_xpath_contains(tm_xpath_call *c)
{
    return look_for(c, holds);
}

tm_xpath_value tm_xpath_starts_with(tm_xpath_call *c)
{
    return look_for(c, tm_text_starts);
}

tm_xpath_value tm_xpath_ends_with(tm_xpath_call *c)
{
    return look_for(c, tm_text_ends);
}

tm_xpath_value tm_xpath_concat(tm_xpath_call *c)
{
    tm_buf out = {.arena = c->arena};
    /* Work: arguments of the expression */
    for (unsigned i = 0; i < c->n; i++)
        tm_buf_add(&out, tm_xpath_text(c, i));
    return tm_xpath_give_text(tm_buf_text(&out));
}

tm_xpath_value tm_xpath_lower_case(tm_xpath_call *c)
{
    tm_buf out = {.arena = c->arena};
    size_t width;
    /* Work: characters of a text, charged as it is taken from its node */
    for (tm_text rest = tm_xpath_text(c, 0); rest.n; rest = tm_text_skip(rest, width))
        tm_buf_add_rune(&out, tm_letter_lower(tm_utf8_next(rest, &width)));
    return tm_xpath_give_text(tm_buf_text(&out));
}

/* Runs of white space become one space. */
tm_xpath_value tm_xpath_normalize_space(tm_xpath_call *c)
{
    tm_buf out = {.arena = c->arena};
    size_t width;
    bool space = false;
    tm_text text = c->n ? tm_xpath_text(c, 0) : tm_xpath_node_text(c->run, c->at.node);
    /* Work: characters of a text, charged as it is taken from its node */
    for (tm_text rest = tm_utf8_trim(text); rest.n; rest = tm_text_skip(rest, width)) {
        uint32_t rune = tm_utf8_next(rest, &width);
        bool spaced = space;
        space = tm_letter_is_space(rune);
        if (!space || !spaced)
            tm_buf_add_rune(&out, space ? ' ' : rune);
    }
    return tm_xpath_give_text(tm_buf_text(&out));
}

tm_xpath_value tm_xpath_string(tm_xpath_call *c)
{
    return tm_xpath_give_text(c->n ? tm_xpath_text(c, 0) : tm_xpath_node_text(c->run, c->at.node));
}

tm_xpath_value tm_xpath_string_join(tm_xpath_call *c)
{
    tm_buf out = {.arena = c->arena};
    tm_text between = is_text(c, 1) ? tm_xpath_text(c, 1) : TM_TEXT("");
    const tm_xpath_nodes *nodes = &c->arg[0].nodes;
    if (c->arg[0].type == TM_IS_TEXT)
        return tm_xpath_give_text(tm_xpath_text(c, 0));
    /* Work: nodes, each charged */
    for (size_t i = 0; tm_xpath_is_nodes(c, 0) && i < nodes->n; i++) {
        if (i)
            tm_buf_add(&out, between);
        tm_buf_add(&out, tm_xpath_node_text(c->run, nodes->node[i]));
        if (!tm_xpath_charge(c->run, 1 + tm_work_bytes(between.n)))
            break;
    }
    return tm_xpath_give_text(tm_buf_text(&out));
}

tm_xpath_value tm_xpath_string_length(tm_xpath_call *c)
{
    return tm_xpath_give_double(is_text(c, 0) ? (double)tm_xpath_text(c, 0).n : 0);
}

/* Bytes from the start-th on; a start in front of the first shortens the length. */
tm_xpath_value tm_xpath_substring(tm_xpath_call *c)
{
    tm_text text = tm_xpath_text(c, 0);
    double start = round(tm_xpath_double(c, 1)),
           length = c->n > 2 ? round(tm_xpath_double(c, 2)) : INFINITY;
    if (isnan(start) || isnan(length))
        return tm_xpath_give_up(c, "substring() takes numbers");
    if (tm_xpath_is_nodes(c, 0) && !tm_xpath_first(c, 0))
        return tm_xpath_give_text(TM_TEXT(""));
    double end = c->n > 2 ? start + fmin(length, (double)text.n) : INFINITY;
    size_t from = start < 1 ? 0 : start > (double)text.n ? text.n : (size_t)start - 1;
    size_t to = end < 1 || length <= 0 ? 0 : end > (double)text.n ? text.n : (size_t)end - 1;
    return tm_xpath_give_text(tm_text_slice(text.p + from, to > from ? to - from : 0));
}

/* The text in front of or behind the first place of a word; nothing without one. */
static tm_xpath_value cut(tm_xpath_call *c, bool after)
{
    tm_text text = tm_xpath_text(c, 0), word = tm_xpath_text(c, 1);
    ptrdiff_t at = word.n ? tm_text_find(text, word) : -1;
    if (at < 0)
        return tm_xpath_give_text(TM_TEXT(""));
    return tm_xpath_give_text(after ? tm_text_skip(text, (size_t)at + word.n)
                                    : tm_text_slice(text.p, (size_t)at));
}

tm_xpath_value tm_xpath_substring_after(tm_xpath_call *c)
{
    return cut(c, true);
}

tm_xpath_value tm_xpath_substring_before(tm_xpath_call *c)
{
    return cut(c, false);
}

/* Above so many bytes the places of characters are looked up. */
enum { SHORT_MOST = 32 };

/* Where each code point stands first. */
static tm_map *places_of(tm_arena *arena, tm_text text)
{
    tm_map *places = tm_map_new(arena, (uint32_t)text.n);
    size_t width;
    /* Work: characters of a text, charged as it is taken from its node */
    for (tm_text rest = text; rest.n; rest = tm_text_skip(rest, width)) {
        tm_utf8_next(rest, &width);
        tm_map_append(arena, places, tm_text_slice(rest.p, width), tm_int(rest.p - text.p));
    }
    return places;
}

static ptrdiff_t place_of(const tm_map *places, tm_text rune)
{
    const tm_entry *entry = tm_map_find(places, rune);
    return entry ? (ptrdiff_t)entry->value.integer : -1;
}

/* Where the first text has a code point of the second, the byte of the third that stands as far in
 * as the code point's first byte, as a code point; nothing when the third is shorter. */
tm_xpath_value tm_xpath_translate(tm_xpath_call *c)
{
    tm_buf out = {.arena = c->arena};
    tm_text from = tm_xpath_text(c, 1), to = tm_xpath_text(c, 2);
    const tm_map *places = from.n > SHORT_MOST ? places_of(c->arena, from) : NULL;
    size_t width;
    /* Work: characters of a text, charged as it is taken from its node */
    for (tm_text rest = tm_xpath_text(c, 0); rest.n; rest = tm_text_skip(rest, width)) {
        tm_utf8_next(rest, &width);
        const tm_text rune = tm_text_slice(rest.p, width);
        ptrdiff_t at = places ? place_of(places, rune) : tm_text_find(from, rune);
        if (at < 0)
            tm_buf_add(&out, tm_text_slice(rest.p, width));
        else if ((size_t)at < to.n)
            tm_buf_add_rune(&out, (unsigned char)to.p[at]);
    }
    return tm_xpath_give_text(tm_buf_text(&out));
}

/* --- regular expressions --- */

/* That of the second argument, a literal or made by the expression. NULL: the run ends. */
static const tm_regex *regex_of(tm_xpath_call *c)
{
    tm_text error;
    if (c->expr->regex)
        return c->expr->regex;
    const tm_regex *regex = tm_regexes_get(c->run->vm, tm_xpath_text(c, 1), &error);
    if (!regex)
        tm_xpath_end(c->run, "a regular expression that it makes is bad");
    return regex;
}

static const char SLOW[] = "it takes too many steps";

/* Without a node an empty text, which is not true. */
tm_xpath_value tm_xpath_matches(tm_xpath_call *c)
{
    if (tm_xpath_is_nodes(c, 0) && !tm_xpath_first(c, 0))
        return tm_xpath_give_text(TM_TEXT(""));
    const tm_regex *regex = regex_of(c);
    if (!regex)
        return tm_xpath_give_bool(false);
    tm_match found = tm_regex_test(regex, c->run->vm->matcher, c->arena,
                                   is_text(c, 0) ? tm_xpath_text(c, 0) : TM_TEXT(""));
    return found == TM_MATCH_BUDGET ? tm_xpath_give_up(c, SLOW)
                                    : tm_xpath_give_bool(found == TM_MATCH);
}

/* $1 as ${1}, so that what stands behind is no part of it; as many digits as still name a group. */
static tm_text brace_numbers(tm_arena *arena, tm_text replacement, unsigned groups)
{
    tm_buf out = {.arena = arena};
    /* Work: bytes of the replacement */
    for (size_t i = 0, n; i < replacement.n; i += n) {
        const tm_text digits = tm_text_skip(replacement, i + 1);
        unsigned number = 0;
        n = 1;
        for (; replacement.p[i] == '$' && n <= digits.n; n++) {
            const char digit = digits.p[n - 1];
            if (digit < '0' || digit > '9' || (n == 1 && digit == '0') ||
                number * 10 + (unsigned)(digit - '0') > groups)
                break;
            number = number * 10 + (unsigned)(digit - '0');
        }
        if (n > 1)
            tm_buf_print(&out, "${%u}", number);
        else
            tm_buf_add_char(&out, replacement.p[i]);
    }
    return tm_buf_text(&out);
}

typedef struct replacing {
    const tm_regex *regex;
    tm_matcher *matcher;
    tm_text replacement;
} replacing;

static bool expand(void *owner, tm_text subject, const size_t *group, unsigned groups, tm_buf *out)
{
    const replacing *r = owner;
    tm_regex_expand(r->regex, r->matcher, r->replacement, subject, group, groups, out);
    return true;
}

tm_xpath_value tm_xpath_replace(tm_xpath_call *c)
{
    replacing r = {.regex = regex_of(c)};
    tm_text result;
    bool stopped;
    if (!r.regex)
        return tm_xpath_give_bool(false);
    r.matcher = c->run->vm->matcher;
    r.replacement = brace_numbers(c->arena, tm_xpath_text(c, 2), tm_regex_groups(r.regex));
    tm_match found = tm_regex_replace(r.regex, r.matcher, c->arena, tm_xpath_text(c, 0), expand, &r,
                                      &result, &stopped);
    return found == TM_MATCH_BUDGET ? tm_xpath_give_up(c, SLOW) : tm_xpath_give_text(result);
}
