/* Edit values: editors that rewrite the values of a map (language.md 4.10).
 * Work: each entry once, charged with the bytes of keys and values that are made of it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/fn.h"

/* --- length --- */
static bool prepare_truncate_all(tm_prepare *p)
{
    if (!(p->given >> 3 & 1) || p->literal[3].n <= p->literal[1].integer)
        return true;
    return tm_refuse(p, 3, "the marker has %u bytes, more than the limit %lld", p->literal[3].n,
                     (long long)p->literal[1].integer);
}

/* The first n bytes; `whole`: without a part of a character at the end. */
static tm_text cut(tm_text t, size_t n, bool whole)
{
    /* Work: at most 3 bytes, or those of a text that is no UTF-8, charged */
    while (whole && n > 0 && ((unsigned char)t.p[n] & 0xc0) == 0x80)
        n--;
    return tm_text_slice(t.p, n);
}

/* The number of the first value from i on that is too long; the number of entries when none is. */
static uint32_t find_long(const tm_map *map, uint32_t i, int64_t limit)
{
    /* Work: entries, charged before */
    while (i < map->n && (map->entry[i].value.type != TM_STRING || map->entry[i].value.n <= limit))
        i++;
    return i;
}

TM_EDITOR_PREPARED(
    truncate_all,
    "nothing truncate_all(target: path map, limit: 'int, utf8_safe?: 'bool = true, "
    "truncation_marker?: 'string = \"\")",
    "Cuts each string of more than limit bytes on the top level, and ends it with the marker, "
    "which counts. utf8_safe cuts between characters.",
    EX(truncate_all(attributes, 5, true, ".."))
        THEN(attributes["s"] == "hel.." and attributes["num"] == "42")
    EX(truncate_all(attributes, 2)) THEN(attributes["uni"] == "h")
    EX(truncate_all(attributes, 1, true, "..")) REFUSED
    EX(truncate_all(attributes["s"], 1)) FAILS)
{
    const int64_t limit = tm_arg_int(c, 1);
    const bool whole = !tm_arg_given(c, 2) || tm_arg_bool(c, 2);
    const tm_text marker = tm_arg_given(c, 3) ? tm_arg_text(c, 3) : TM_TEXT("");
    const tm_map *map;
    tm_map *changed;
    if (!tm_target_map_read(c, 0, &map))
        return false;
    if (!tm_charge(c, map->n))
        return false;
    uint32_t i = find_long(map, 0, limit);
    if (i == map->n)
        return true;
    if (!tm_target_map(c, 0, &changed))
        return false;
    /* Work: entries, charged before */
    for (; i < changed->n; i = find_long(changed, i + 1, limit)) {
        tm_entry *e = &changed->entry[i];
        if (!tm_charge_bytes(c, (size_t)limit))
            return false;
        tm_text kept = cut(tm_value_text(e->value), (size_t)limit - marker.n, whole);
        e->value = tm_string(tm_arena_join(c->arena, kept, marker));
        e->raw = (tm_text){0};
    }
    return true;
}

/* --- text --- */
static uint32_t find_other(const tm_map *map, uint32_t i)
{
    /* Work: entries, charged before */
    while (i < map->n && map->entry[i].value.type == TM_STRING)
        i++;
    return i;
}

TM_EDITOR(stringify_all, "nothing stringify_all(target: path map)",
          "Replaces each value that is no string by its text; maps and lists become JSON, bytes "
          "base64, an empty value an empty text.",
          EX(stringify_all(attributes))
              THEN(attributes["i"] == "200" and attributes["ints"] == "[3,1,2]")
          EX(stringify_all(attributes["map"]["deep"]))
              THEN(attributes["map"]["deep"]["x"] == "true")
          EX(stringify_all(attributes["s"])) FAILS)
{
    const tm_map *map;
    tm_map *changed;
    if (!tm_target_map_read(c, 0, &map))
        return false;
    if (!tm_charge(c, map->n))
        return false;
    uint32_t i = find_other(map, 0);
    if (i == map->n)
        return true;
    if (!tm_target_map(c, 0, &changed))
        return false;
    /* Work: entries, charged before, with the bytes written */
    for (; i < changed->n; i = find_other(changed, i + 1)) {
        tm_entry *e = &changed->entry[i];
        e->value = tm_string(tm_data_text(c->arena, e->value));
        if (!tm_charge_bytes(c, e->value.n))
            return false;
        e->raw = (tm_text){0};
    }
    return true;
}

/* --- depth --- */

typedef struct flattener {
    tm_arena *arena;
    tm_work *work;
    tm_map *out;
    int64_t depth;
    bool resolves;   /* keys that are taken get a number */
    tm_map *repeats; /* how often each of them was met since: the numbers */
} flattener;

static int64_t count_repeat(flattener *f, tm_text key)
{
    tm_entry *repeat = tm_map_find(f->repeats, key);
    if (!repeat)
        repeat = tm_map_append(f->arena, f->repeats, key, tm_int(0));
    return repeat->value.integer++;
}

/* Values are moved, not copied: the map they came from is given up. What follows costs the bytes of
 * the keys that it makes: a value deep inside has all those around it in its own. False: too much.
 */
static bool put(flattener *f, tm_text key, tm_value v)
{
    if (!tm_work_charge(f->work, tm_work_bytes(key.n)))
        return false;
    if (f->resolves && tm_map_find(f->out, key))
        key = tm_arena_print(f->arena, "%.*s.%lld", TM_PRI(key), (long long)count_repeat(f, key));
    tm_map_put(f->arena, f->out, key, v);
    return true;
}

static bool flatten_entry(flattener *f, tm_text key, tm_value v, int64_t level);

static bool flatten_map(flattener *f, tm_text prefix, const tm_map *map, int64_t level)
{
    /* Work: entries, each charged */
    for (uint32_t i = 0; i < map->n; i++) {
        const tm_entry *e = &map->entry[i];
        if (!tm_work_charge(f->work, tm_work_bytes(prefix.n + e->key.n)) ||
            !flatten_entry(f, tm_arena_join(f->arena, prefix, e->key), e->value, level))
            return false;
    }
    return true;
}

/* A list inside a list: its elements stand under the key and both numbers, without a dot between
 * these. */
static bool flatten_inner(flattener *f, tm_text numbered, const tm_list *list, int64_t level)
{
    /* Work: elements, each charged */
    for (uint32_t i = 0; i < list->n; i++)
        if (!tm_work_charge(f->work, tm_work_bytes(numbered.n)) ||
            !flatten_entry(f, tm_arena_print(f->arena, "%.*s%u", TM_PRI(numbered), i),
                           list->item[i], level))
            return false;
    return true;
}

/* The elements of a list under `key` and their numbers. */
static bool flatten_list(flattener *f, tm_text key, const tm_list *list, int64_t level)
{
    const bool opens = level + 1 < f->depth;
    bool ok = true;
    /* Work: elements, each charged */
    for (uint32_t i = 0; i < list->n && ok; i++) {
        tm_value v = list->item[i];
        if (!tm_work_charge(f->work, tm_work_bytes(key.n)))
            return false;
        tm_text numbered = tm_arena_print(f->arena, "%.*s.%u", TM_PRI(key), i);
        if (v.type == TM_MAP && opens)
            ok = flatten_map(f, tm_arena_join(f->arena, numbered, TM_TEXT(".")), v.map, level + 2);
        else if (v.type == TM_LIST && opens)
            ok = flatten_inner(f, numbered, v.list, level + 3);
        else
            ok = put(f, f->resolves ? key : numbered, v);
    }
    return ok;
}

static bool flatten_entry(flattener *f, tm_text key, tm_value v, int64_t level)
{
    if (v.type == TM_MAP && level < f->depth)
        return flatten_map(f, tm_arena_join(f->arena, key, TM_TEXT(".")), v.map, level + 1);
    if (v.type == TM_LIST && level < f->depth)
        return flatten_list(f, key, v.list, level);
    return put(f, key, v);
}

static bool prepare_flatten(tm_prepare *p)
{
    bool given = p->given >> 2 & 1;
    return !given || p->literal[2].integer >= 1 || tm_refuse(p, 2, "the depth must be 1 or more");
}

TM_EDITOR_PREPARED(
    flatten,
    "nothing flatten(target: path map, prefix?: 'string = \"\", depth?: 'int, "
    "resolve_conflicts?: 'bool = false)",
    "Moves what stands in maps and lists inside target to its top level, under keys with dots, "
    "down to depth levels. A later value replaces an earlier one of the same key, unless "
    "resolve_conflicts gives it a number.",
    EX(flatten(attributes["map"]))
        THEN(attributes["map"]["deep.x"] == true and attributes["map"]["deep.l.1"] == 2)
    EX(flatten(attributes["map"], "p", 1))
        THEN(Keys(attributes["map"]) == ["p.k", "p.n", "p.deep.x", "p.deep.l"])
    EX(flatten(attributes["map"], depth = 0)) REFUSED
    EX(flatten(attributes["s"])) FAILS)
{
    flattener f = {.arena = c->arena,
                   .work = tm_call_work(c),
                   .repeats = tm_map_new(c->arena, 0),
                   .depth = tm_arg_given(c, 2) ? tm_arg_int(c, 2) : INT64_MAX,
                   .resolves = tm_arg_given(c, 3) && tm_arg_bool(c, 3)};
    tm_text prefix = tm_arg_given(c, 1) ? tm_arg_text(c, 1) : TM_TEXT("");
    tm_map *map;
    if (!tm_target_map(c, 0, &map))
        return false;
    f.out = tm_map_new(c->arena, map->n);
    if (prefix.n)
        prefix = tm_arena_join(c->arena, prefix, TM_TEXT("."));
    if (!flatten_map(&f, prefix, map, 0))
        return tm_vm_spent(c->vm);
    *map = *f.out;
    return true;
}

TM_CHAPTER(edit_values, ROW(truncate_all), ROW(stringify_all), ROW(flatten))
