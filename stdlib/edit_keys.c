/* Edit keys: editors that choose the entries of a map by their keys (language.md 4.10).
 * Work: each entry once, charged before; keys that stay are looked up in a table (otlp/map).
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/fn.h"

TM_EDITOR(delete_key, "nothing delete_key(target: path map, key: string)",
          "Removes the entry with that key, if there is one; the last entry takes its place.",
          EX(delete_key(attributes["map"], "k")) THEN(Keys(attributes["map"]) == ["deep", "n"])
          EX(delete_key(attributes, "nope")) THEN(Len(attributes) == 23)
          EX(delete_key(attributes["s"], "k")) FAILS)
{
    const tm_map *map;
    tm_map *changed;
    if (!tm_target_map_read(c, 0, &map) || !tm_charge(c, map->n))
        return false;
    const tm_entry *entry = tm_map_find(map, tm_arg_text(c, 1));
    if (!entry)
        return true;
    const ptrdiff_t at = entry - map->entry;
    if (!tm_target_map(c, 0, &changed))
        return false;
    tm_map_remove_swap(changed, &changed->entry[at]);
    return true;
}

/* Says in *keep whether the entry with that key stays; asked once an entry, in order. False: a
 * runtime error. */
typedef bool keeper(tm_call *c, void *owner, tm_text key, bool *keep);

/* Removes the entries that do not stay; the others keep their order. After an error the rest stays
 * as it is. A map of which everything stays is not touched. */
static bool keep_entries(tm_call *c, keeper *judge, void *owner)
{
    const tm_map *map;
    tm_map *changed;
    uint32_t i = 0;
    bool keep = true, ok = true;
    if (!tm_target_map_read(c, 0, &map))
        return false;
    if (!tm_charge(c, map->n))
        return false;
    /* Work: entries, charged before */
    for (; i < map->n; i++) {
        if (!judge(c, owner, map->entry[i].key, &keep))
            return false;
        if (!keep)
            break;
    }
    if (i == map->n)
        return true;
    if (!tm_target_map(c, 0, &changed))
        return false;
    uint32_t kept = i;
    for (i++; i < changed->n; i++) {
        ok = ok && judge(c, owner, changed->entry[i].key, &keep);
        if (keep || !ok)
            changed->entry[kept++] = changed->entry[i];
    }
    tm_map_settle(changed, kept);
    return ok;
}

/* --- by pattern --- */
typedef struct by_pattern {
    const tm_regex *regex;
    bool keeps; /* what matches stays; else it goes */
} by_pattern;

static bool judge_pattern(tm_call *c, void *owner, tm_text key, bool *keep)
{
    const by_pattern *by = owner;
    tm_match found = tm_regex_test(by->regex, c->vm->matcher, c->arena, key);
    if (found == TM_MATCH_BUDGET)
        return tm_vm_spent(c->vm);
    *keep = (found == TM_MATCH) == by->keeps;
    return true;
}

static bool keep_by_pattern(tm_call *c, bool keeps)
{
    by_pattern by = {.keeps = keeps};
    return tm_call_regex(c, 1, &by.regex) && keep_entries(c, judge_pattern, &by);
}

static bool prepare_delete_matching_keys(tm_prepare *p)
{
    return tm_prepare_regex(p, 1);
}

TM_EDITOR_PREPARED(delete_matching_keys,
                   "nothing delete_matching_keys(target: path map, pattern: string)",
                   "Removes the entries whose keys match pattern anywhere.",
                   EX(delete_matching_keys(attributes["map"], "^[kn]"))
                       THEN(Keys(attributes["map"]) == ["deep"])
                   EX(delete_matching_keys(attributes, "[")) REFUSED
                   EX(delete_matching_keys(attributes["i"], "a")) FAILS)
{
    return keep_by_pattern(c, false);
}

static bool prepare_keep_matching_keys(tm_prepare *p)
{
    return tm_prepare_regex(p, 1);
}

TM_EDITOR_PREPARED(keep_matching_keys,
                   "nothing keep_matching_keys(target: path map, pattern: string)",
                   "Removes the entries whose keys do not match pattern.",
                   EX(keep_matching_keys(attributes["map"], "ee"))
                       THEN(Keys(attributes["map"]) == ["deep"])
                   EX(keep_matching_keys(attributes, "[")) REFUSED
                   EX(keep_matching_keys(attributes["map"], attributes["i"])) FAILS)
{
    return keep_by_pattern(c, true);
}

/* --- by name --- */

/* Lists of rules are short; those of client data need not be. */
enum { SHORT_MOST = 16 };

/* The keys that a list names. */
typedef struct names {
    const tm_list *list;
    const tm_map *map; /* the same of a long list; NULL: it is short */
} names;

static names names_of(tm_arena *arena, const tm_list *list)
{
    if (list->n <= SHORT_MOST)
        return (names){.list = list};
    tm_map *map = tm_map_new(arena, list->n);
    /* Work: names, each charged by who lists them, or of the rule */
    for (uint32_t i = 0; i < list->n; i++)
        tm_map_append(arena, map, tm_value_text(list->item[i]), tm_nil());
    return (names){.list = list, .map = map};
}

static bool is_named(const names *n, tm_text key)
{
    if (n->map)
        return tm_map_find(n->map, key) != NULL;
    /* Work: at most SHORT_MOST */
    for (uint32_t i = 0; i < n->list->n; i++)
        if (tm_text_equal(tm_value_text(n->list->item[i]), key))
            return true;
    return false;
}

static bool judge_name(tm_call *c, void *owner, tm_text key, bool *keep)
{
    (void)c;
    *keep = is_named(owner, key);
    return true;
}

/* The keys, where a path or converter yields them. */
static bool check_names(tm_call *c, tm_value keys)
{
    if (keys.type != TM_LIST)
        return tm_fail(c, "expected a slice, got %s", tm_value_go_name(keys));
    if (!tm_charge(c, keys.list->n))
        return false;
    /* Work: names, charged before */
    for (uint32_t i = 0; i < keys.list->n; i++)
        if (keys.list->item[i].type != TM_STRING)
            return tm_fail(c, "expected string but got %s", tm_value_go_name(keys.list->item[i]));
    return true;
}

TM_EDITOR(keep_keys, "nothing keep_keys(target: path map, keys: [string]*)",
          "Removes the entries whose keys are not listed.",
          EX(keep_keys(attributes["map"], ["n", "zz"])) THEN(Keys(attributes["map"]) == ["n"])
          EX(keep_keys(attributes["map"], [])) THEN(Len(attributes["map"]) == 0)
          EX(keep_keys(attributes["map"], attributes["ints"])) FAILS
          EX(keep_keys(attributes["map"], [1])) REFUSED)
{
    if (!check_names(c, tm_arg(c, 1)))
        return false;
    names kept = names_of(c->arena, tm_arg_list(c, 1));
    return keep_entries(c, judge_name, &kept);
}

/* --- by number --- */
static bool prepare_limit(tm_prepare *p)
{
    const tm_list *first = p->literal[2].list;
    if (p->literal[1].integer >= first->n)
        return true;
    return tm_refuse(p, 1, "the limit %lld is less than the number of priority keys, %u",
                     (long long)p->literal[1].integer, first->n);
}

typedef struct by_number {
    names first;  /* these stay, and count before all others */
    int64_t left; /* how many of the others still may stay */
} by_number;

static bool judge_number(tm_call *c, void *owner, tm_text key, bool *keep)
{
    by_number *by = owner;
    (void)c;
    *keep = is_named(&by->first, key) || by->left-- > 0;
    return true;
}

TM_EDITOR_PREPARED(
    limit, "nothing limit(target: path map, limit: 'int, priority_keys: ['string])",
    "Leaves limit entries of a larger map: those with a priority key, then the first others.",
    EX(limit(attributes["map"], 1, ["deep"])) THEN(Keys(attributes["map"]) == ["deep"])
    EX(limit(attributes, 2, [])) THEN(Keys(attributes) == ["s", "num"])
    EX(limit(attributes, 1, ["a", "b"])) REFUSED)
{
    const tm_map *map;
    const tm_list *first = tm_arg_list(c, 2);
    by_number by = {.left = tm_arg_int(c, 1)};
    if (!tm_target_map_read(c, 0, &map))
        return false;
    if (map->n <= by.left)
        return true;
    by.first = names_of(c->arena, first);
    /* Work: names of the rule */
    for (uint32_t i = 0; i < first->n; i++)
        by.left -= tm_map_find(map, tm_value_text(first->item[i])) != NULL;
    return keep_entries(c, judge_number, &by);
}

TM_CHAPTER(edit_keys, ROW(delete_key), ROW(delete_matching_keys), ROW(keep_matching_keys),
           ROW(keep_keys), ROW(limit))
