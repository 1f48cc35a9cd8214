/* XPath, texts: functions of expressions that make and compare texts.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"
#include "stdlib/letter.h"
#include "stdlib/xpath_function.h"
#include "vm/regex.h"

#include <math.h>

/* --- texts --- */

/* Whether the second text stands in the first, at a place that `fits` says; without a node in the
 * first, never. */
static xmlXPathObjectPtr look_for(const tm_xpath_call *c, bool (*fits)(tm_text text, tm_text part))
{
    bool none = tm_xpath_is_nodes(c, 0) && !tm_xpath_first(c, 0);
    return tm_xpath_give_bool(!none && fits(tm_xpath_text(c, 0), tm_xpath_text(c, 1)));
}

static bool holds(tm_text text, tm_text part)
{
    return tm_text_find(text, part) >= 0;
}

xmlXPathObjectPtr tm_xpath_contains(tm_xpath_call *c)
{
    return look_for(c, holds);
}

xmlXPathObjectPtr tm_xpath_starts_with(tm_xpath_call *c)
{
    return look_for(c, tm_text_starts);
}

xmlXPathObjectPtr tm_xpath_ends_with(tm_xpath_call *c)
{
    return look_for(c, tm_text_ends);
}

xmlXPathObjectPtr tm_xpath_concat(tm_xpath_call *c)
{
    tm_buf out = {.arena = c->arena};
    for (unsigned i = 0; i < c->n; i++)
        tm_buf_add(&out, tm_xpath_text(c, i));
    return tm_xpath_give_text(tm_buf_text(&out));
}

xmlXPathObjectPtr tm_xpath_lower_case(tm_xpath_call *c)
{
    tm_buf out = {.arena = c->arena};
    size_t width;
    for (tm_text rest = tm_xpath_text(c, 0); rest.n; rest = tm_text_skip(rest, width))
        tm_buf_add_rune(&out, tm_letter_lower(tm_utf8_next(rest, &width)));
    return tm_xpath_give_text(tm_buf_text(&out));
}

/* Runs of white space become one space. */
xmlXPathObjectPtr tm_xpath_normalize_space(tm_xpath_call *c)
{
    tm_buf out = {.arena = c->arena};
    size_t width;
    bool space = false;
    tm_text text =
        c->n ? tm_xpath_text(c, 0) : tm_xpath_node_text(c->arena, c->parser->context->node);
    for (tm_text rest = tm_utf8_trim(text); rest.n; rest = tm_text_skip(rest, width)) {
        uint32_t rune = tm_utf8_next(rest, &width);
        bool spaced = space;
        space = tm_letter_is_space(rune);
        if (!space || !spaced)
            tm_buf_add_rune(&out, space ? ' ' : rune);
    }
    return tm_xpath_give_text(tm_buf_text(&out));
}

xmlXPathObjectPtr tm_xpath_string(tm_xpath_call *c)
{
    return tm_xpath_give_text(c->n ? tm_xpath_text(c, 0)
                                   : tm_xpath_node_text(c->arena, c->parser->context->node));
}

xmlXPathObjectPtr tm_xpath_string_join(tm_xpath_call *c)
{
    tm_buf out = {.arena = c->arena};
    tm_text between = c->arg[1]->type == XPATH_STRING || tm_xpath_is_nodes(c, 1)
                          ? tm_xpath_text(c, 1)
                          : TM_TEXT("");
    const xmlNodeSet *set = c->arg[0]->nodesetval;
    if (c->arg[0]->type == XPATH_STRING)
        return tm_xpath_give_text(tm_xpath_text(c, 0));
    for (int i = 0; tm_xpath_is_nodes(c, 0) && set && i < set->nodeNr; i++) {
        if (i)
            tm_buf_add(&out, between);
        tm_buf_add(&out, tm_xpath_node_text(c->arena, set->nodeTab[i]));
    }
    return tm_xpath_give_text(tm_buf_text(&out));
}

xmlXPathObjectPtr tm_xpath_string_length(tm_xpath_call *c)
{
    bool text = c->arg[0]->type == XPATH_STRING || tm_xpath_is_nodes(c, 0);
    return tm_xpath_give_double(text ? (double)tm_xpath_text(c, 0).n : 0);
}

/* Bytes from the start-th on; a start in front of the first shortens the length. */
xmlXPathObjectPtr tm_xpath_substring(tm_xpath_call *c)
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
static xmlXPathObjectPtr cut(const tm_xpath_call *c, bool after)
{
    tm_text text = tm_xpath_text(c, 0), word = tm_xpath_text(c, 1);
    ptrdiff_t at = word.n ? tm_text_find(text, word) : -1;
    if (at < 0)
        return tm_xpath_give_text(TM_TEXT(""));
    return tm_xpath_give_text(after ? tm_text_skip(text, (size_t)at + word.n)
                                    : tm_text_slice(text.p, (size_t)at));
}

xmlXPathObjectPtr tm_xpath_substring_after(tm_xpath_call *c)
{
    return cut(c, true);
}

xmlXPathObjectPtr tm_xpath_substring_before(tm_xpath_call *c)
{
    return cut(c, false);
}

/* Where the first text has a code point of the second, the byte of the third that stands as far in
 * as the code point's first byte, as a code point; nothing when the third is shorter. */
xmlXPathObjectPtr tm_xpath_translate(tm_xpath_call *c)
{
    tm_buf out = {.arena = c->arena};
    tm_text from = tm_xpath_text(c, 1), to = tm_xpath_text(c, 2);
    size_t width;
    for (tm_text rest = tm_xpath_text(c, 0); rest.n; rest = tm_text_skip(rest, width)) {
        tm_utf8_next(rest, &width);
        ptrdiff_t at = tm_text_find(from, tm_text_slice(rest.p, width));
        if (at < 0)
            tm_buf_add(&out, tm_text_slice(rest.p, width));
        else if ((size_t)at < to.n)
            tm_buf_add_rune(&out, (unsigned char)to.p[at]);
    }
    return tm_xpath_give_text(tm_buf_text(&out));
}

/* --- regular expressions --- */

static const tm_regex *regex_of(tm_xpath_call *c, tm_text pattern)
{
    tm_text error;
    size_t at;
    for (const tm_xpath_regex *known = c->run->regex; known; known = known->next)
        if (tm_text_equal(tm_regex_pattern(known->regex), pattern))
            return known->regex;
    tm_xpath_regex *made = TM_NEW(c->arena, tm_xpath_regex);
    made->regex = tm_regex_new(c->arena, pattern, &error, &at);
    if (!made->regex) {
        tm_xpath_give_up(c, "a regular expression that it makes is bad");
        return NULL;
    }
    made->next = c->run->regex;
    c->run->regex = made;
    return made->regex;
}

static tm_matcher *matcher_of(const tm_xpath_call *c)
{
    if (!c->run->matcher)
        c->run->matcher = tm_matcher_new(c->arena);
    return c->run->matcher;
}

static const char SLOW[] = "a regular expression in it took too long to match";

/* Without a node an empty text, which is not true. */
xmlXPathObjectPtr tm_xpath_matches(tm_xpath_call *c)
{
    if (tm_xpath_is_nodes(c, 0) && !tm_xpath_first(c, 0))
        return tm_xpath_give_text(TM_TEXT(""));
    bool text = c->arg[0]->type == XPATH_STRING || tm_xpath_is_nodes(c, 0);
    const tm_regex *regex = regex_of(c, tm_xpath_text(c, 1));
    if (!regex)
        return NULL;
    tm_match found =
        tm_regex_test(regex, matcher_of(c), c->arena, text ? tm_xpath_text(c, 0) : TM_TEXT(""));
    return found == TM_MATCH_BUDGET ? tm_xpath_give_up(c, SLOW)
                                    : tm_xpath_give_bool(found == TM_MATCH);
}

/* $1 as ${1}, so that what stands behind is no part of it. */
static tm_text brace_numbers(tm_arena *arena, tm_text replacement, unsigned groups)
{
    for (unsigned i = groups; i > 0; i--) {
        tm_buf out = {.arena = arena};
        tm_text plain = tm_arena_print(arena, "$%u", i);
        ptrdiff_t at;
        while ((at = tm_text_find(replacement, plain)) >= 0) {
            tm_buf_add(&out, tm_text_slice(replacement.p, (size_t)at));
            tm_buf_print(&out, "${%u}", i);
            replacement = tm_text_skip(replacement, (size_t)at + plain.n);
        }
        tm_buf_add(&out, replacement);
        replacement = tm_buf_text(&out);
    }
    return replacement;
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

xmlXPathObjectPtr tm_xpath_replace(tm_xpath_call *c)
{
    replacing r = {.regex = regex_of(c, tm_xpath_text(c, 1))};
    tm_text result;
    bool stopped;
    if (!r.regex)
        return NULL;
    r.matcher = matcher_of(c);
    r.replacement = brace_numbers(c->arena, tm_xpath_text(c, 2), tm_regex_groups(r.regex));
    tm_match found = tm_regex_replace(r.regex, r.matcher, c->arena, tm_xpath_text(c, 0), expand, &r,
                                      &result, &stopped);
    return found == TM_MATCH_BUDGET ? tm_xpath_give_up(c, SLOW) : tm_xpath_give_text(result);
}
