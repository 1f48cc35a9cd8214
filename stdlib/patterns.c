/* Patterns: parts of texts by regular expressions (language.md 4.4).
 * Work: the search charges for the text (vm/regex); what is made of it are groups of the pattern.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/fn.h"

static bool has_names(const tm_regex *regex)
{
    /* Work: groups of the pattern */
    for (unsigned i = 1; i <= tm_regex_groups(regex); i++)
        if (tm_regex_group_name(regex, i).n)
            return true;
    return false;
}

static bool prepare_ExtractPatterns(tm_prepare *p)
{
    return tm_prepare_regex(p, 1);
}

TM_CONVERTER_PREPARED(ExtractPatterns, "map ExtractPatterns(target: string, pattern: string)",
                      "What the named groups of a regular expression matched first, as strings; an "
                      "empty map without a match. "
                      "A group that took no part gives an empty string.",
                      EX(ExtractPatterns("GET /a", "^(?P<m>\\w+) (?P<p>.*)$")["p"] == "/a")
                      EX(Len(ExtractPatterns("x", "(?P<m>y)")) == 0)
                      EX(ExtractPatterns("x", "(y)")) FAILS
                      EX(ExtractPatterns("x", "(?P<m>y")) REFUSED)
{
    const tm_regex *regex;
    tm_text target = tm_arg_text(c, 0);
    if (!tm_call_regex(c, 1, &regex))
        return false;
    if (!has_names(regex))
        return tm_fail(c, "the regular expression has no named group");
    unsigned groups = tm_regex_groups(regex) + 1;
    size_t *group = TM_NEW_ARRAY(c->arena, 2 * (size_t)groups, size_t);
    tm_match found = tm_regex_search(regex, c->vm->matcher, c->arena, target, 0, group, groups);
    if (found == TM_MATCH_BUDGET)
        return tm_vm_spent(c->vm);
    tm_map *map = tm_map_new(c->arena, found == TM_MATCH ? groups : 0);
    /* Work: groups of the pattern */
    for (unsigned i = 1; found == TM_MATCH && i < groups; i++) {
        tm_text name = tm_regex_group_name(regex, i), part = TM_TEXT("");
        if (group[2 * i] != SIZE_MAX)
            part = tm_text_slice(target.p + group[2 * i], group[2 * i + 1] - group[2 * i]);
        if (name.n)
            tm_map_put(c->arena, map, name, tm_string(part));
    }
    return tm_return_map(c, map);
}

TM_CHAPTER(patterns, ROW(ExtractPatterns))
