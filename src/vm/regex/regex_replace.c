/* Replacing matches, by Go's rules for empty matches and for templates.
 * Work: each match once, charged with what it writes; the search for all of them is linear
 * (vm/regex/linear.c).
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"
#include "vm/regex/regex_inside.h"

static tm_text between(tm_text t, size_t from, size_t to)
{
    return tm_text_slice(t.p + from, to - from);
}

/* Where to look next after a match that ended at `end`: behind it, but at least one code point
 * on. */
static size_t advance(tm_text subject, size_t at, size_t end)
{
    size_t width = 0;
    if (at < subject.n)
        tm_utf8_next(tm_text_skip(subject, at), &width);
    if (at + width > end)
        return at + width;
    return at + 1 > end ? at + 1 : end;
}

tm_match tm_regex_replace(const tm_regex *regex, tm_matcher *matcher, tm_arena *arena,
                          tm_text subject, tm_regex_expander expand, void *owner, tm_text *result,
                          bool *stopped)
{
    const tm_arena_mark mark = tm_arena_save(arena);
    unsigned groups = tm_regex_groups(regex) + 1;
    size_t *group = tm_arena_alloc(arena, 2 * groups * sizeof *group);
    tm_regex_view view = tm_regex_view_of(arena, subject);
    tm_buf out = {.arena = arena};
    tm_finder f = {.regex = regex, .matcher = matcher, .arena = arena, .view = &view};
    size_t done = 0; /* what stands before it is in out */
    size_t told = 0; /* bytes of out that are charged */
    bool any = false;
    *stopped = false;
    /* Work: matches, charged by searches and by what is written */
    for (size_t at = 0; at <= subject.n; at = advance(subject, at, done)) {
        tm_match found = tm_finder_next(&f, at, group, groups);
        if (found == TM_MATCH_BUDGET || !tm_matcher_charge(matcher, tm_work_bytes(out.n - told)))
            return TM_MATCH_BUDGET;
        if (found == TM_NO_MATCH)
            break;
        any = true;
        told = out.n;
        tm_buf_add(&out, between(subject, done, group[0]));
        /* No empty match directly behind another match. */
        if (group[1] > done || group[0] == 0) {
            *stopped = !expand(owner, subject, group, groups, &out);
            if (*stopped)
                return TM_MATCH;
        }
        done = group[1];
    }
    *result = subject;
    if (!any) {
        tm_arena_restore(arena, mark);
        return TM_NO_MATCH;
    }
    tm_buf_add(&out, tm_text_skip(subject, done));
    *result = tm_buf_text(&out);
    return TM_MATCH;
}

/* The group that a name stands for: a number without leading zeros, or the first group of that
 * name which took part. groups when there is none. */
static unsigned find_group(const tm_regex *regex, tm_text name, const size_t *group,
                           unsigned groups)
{
    size_t number = 0, digits = 0;
    /* Work: groups of the pattern */
    while (digits < name.n && name.p[digits] >= '0' && name.p[digits] <= '9' && number < 100000000)
        number = number * 10 + (size_t)(name.p[digits++] - '0');
    if (digits == name.n && (name.n == 1 || name.p[0] != '0'))
        return number < groups ? (unsigned)number : groups;
    for (unsigned i = 1; i < groups; i++)
        if (group[2 * i] != SIZE_MAX && tm_text_equal(tm_regex_group_name(regex, i), name))
            return i;
    return groups;
}

/* Bytes of the longest run of letters, digits and _ at the start. */
static size_t name_length(tm_matcher *matcher, tm_text t)
{
    size_t n = 0, width;
    /* Work: bytes of the replacement */
    while (n < t.n) {
        uint32_t rune = tm_utf8_next(tm_text_skip(t, n), &width);
        if (rune != '_' && !tm_matcher_is_name_rune(matcher, rune))
            break;
        n += width;
    }
    return n;
}

/* Takes name or {name} off the front; false when there is no well-formed one. */
static bool take_name(tm_matcher *matcher, tm_text *rest, tm_text *name)
{
    bool brace = rest->n && rest->p[0] == '{';
    tm_text t = tm_text_skip(*rest, brace);
    *name = tm_text_slice(t.p, name_length(matcher, t));
    t = tm_text_skip(t, name->n);
    if (name->n == 0 || (brace && (t.n == 0 || t.p[0] != '}')))
        return false;
    *rest = tm_text_skip(t, brace);
    return true;
}

void tm_regex_expand(const tm_regex *regex, tm_matcher *matcher, tm_text template, tm_text subject,
                     const size_t *group, unsigned groups, tm_buf *out)
{
    /* Work: bytes of the replacement; what is written is charged (tm_regex_replace) */
    for (;;) {
        ptrdiff_t dollar = tm_text_find(template, TM_TEXT("$"));
        if (dollar < 0)
            break;
        tm_buf_add(out, tm_text_slice(template.p, (size_t)dollar));
        template = tm_text_skip(template, (size_t)dollar + 1);
        tm_text name;
        if (template.n && template.p[0] == '$') {
            tm_buf_add_char(out, '$');
            template = tm_text_skip(template, 1);
        } else if (!take_name(matcher, &template, &name)) {
            tm_buf_add_char(out, '$');
        } else {
            unsigned i = find_group(regex, name, group, groups);
            if (i < groups && group[2 * i] != SIZE_MAX)
                tm_buf_add(out, between(subject, group[2 * i], group[2 * i + 1]));
        }
    }
    tm_buf_add(out, template);
}
