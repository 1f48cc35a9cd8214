/* Edit: editors that write what a path names as a whole, and those of lists (language.md 4.10).
 * Work: each element of what is added or kept once, charged before.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/fn.h"

#include "vm/stored.h"

TM_EDITOR(set, "nothing set(target: path, value: any)",
          "Writes value to target; what is missing on the way is created. nil makes an attribute "
          "empty, empties a map, events or links, and is an error elsewhere.",
          EX(set(attributes["a"], nil)) THEN(Len(attributes) == 24 and attributes["a"] == nil)
          EX(set(attributes["x"]["y"], name)) THEN(attributes["x"]["y"] == "GET /users/{id}")
          EX(set(name, 5)) FAILS)
{
    return tm_target_set(c, 0, tm_arg(c, 1));
}

TM_EDITOR(clear, "nothing clear(target: path)",
          "Sets target to the zero value of the type that it has: an empty text, map or list, 0, "
          "false, a zero id. An absent attribute becomes an empty value.",
          EX(clear(attributes["s"])) THEN(attributes["s"] == "")
          EX(clear(attributes["map"]["n"])) THEN(attributes["map"]["n"] == 0)
          EX(clear(kind.string)) FAILS)
{
    return tm_path_clear(c->vm, tm_arg_target(c, 0));
}

static bool prepare_merge_maps(tm_prepare *p)
{
    static const char *const strategies[] = {"insert", "update", "upsert", NULL};
    return tm_prepare_word(p, 2, strategies);
}

/* Stores a copy of v under key. The entry is there, empty, before v is copied: v may be the very
 * map that is being filled. */
static bool merge_entry(tm_call *c, tm_map *into, tm_text key, tm_value v)
{
    tm_value copy = tm_nil();
    tm_entry *entry = tm_map_find(into, key);
    if (!entry)
        entry = tm_map_append(c->arena, into, key, tm_nil());
    if (v.type == TM_NATIVE_INT)
        v = tm_int(v.integer);
    if (!tm_value_store(c->vm, &copy, v))
        return false;
    entry->value = copy;
    entry->raw = (tm_text){0};
    return true;
}

TM_EDITOR_PREPARED(
    merge_maps, "nothing merge_maps(target: path map, source: map, strategy: 'string)",
    "Copies entries of source into target: only new keys (insert), only keys that target has "
    "(update), or both (upsert). Looks at the top level only.",
    EX(merge_maps(attributes["map"], {"n": 1, "z": 2}, "insert"))
        THEN(attributes["map"]["n"] == 9 and attributes["map"]["z"] == 2)
    EX(merge_maps(attributes["map"], {"n": 1, "z": 2}, "update"))
        THEN(attributes["map"]["n"] == 1 and Len(attributes["map"]) == 3)
    EX(merge_maps(attributes["s"], {"n": 1}, "upsert")) FAILS
    EX(merge_maps(attributes, {"n": 1}, "x")) REFUSED)
{
    const tm_map *from = tm_arg_map(c, 1);
    const tm_text strategy = tm_arg_text(c, 2);
    bool insert = !tm_text_is(strategy, "update"), update = !tm_text_is(strategy, "insert");
    const uint32_t n = from->n; /* source may hold target, and so grow */
    const tm_map *before;
    tm_map *into;
    if (!tm_target_map_read(c, 0, &before) || !tm_target_map(c, 0, &into))
        return false;
    /* Work: entries, each looked up and charged */
    for (uint32_t i = 0; i < n; i++) {
        tm_entry e = from->entry[i];
        if (!tm_charge_bytes(c, e.key.n))
            return false;
        if (before == from && insert && update)
            e.value = tm_nil(); /* the reference empties a key before it copies its value */
        if ((tm_map_find(into, e.key) ? update : insert) && !merge_entry(c, into, e.key, e.value))
            return false;
    }
    return true;
}

/* --- lists --- */
static bool prepare_append(tm_prepare *p)
{
    return p->given >> 1 || tm_refuse(p, -1, "value or values must be given");
}

/* What target holds becomes the start of the list. */
static bool open_appended(tm_call *c, tm_list **list)
{
    tm_value v;
    if (!tm_target_get(c, 0, &v))
        return false;
    *list = tm_list_new(c->arena, v.type == TM_LIST ? v.list->n + 8 : 8);
    if (v.type == TM_NIL)
        return true;
    if (v.type == TM_MAP || !tm_value_is_storable(v))
        return tm_fail(c, "<Invalid value type %s>", tm_value_go_name(v));
    if (v.type == TM_LIST && !tm_charge(c, v.list->n))
        return false;
    if (v.type != TM_LIST)
        tm_list_append(c->arena, *list, v);
    else
        /* Work: elements, charged before */
        for (uint32_t i = 0; i < v.list->n; i++)
            tm_list_append(c->arena, *list, v.list->item[i]);
    return true;
}

static bool append_value(tm_call *c, tm_list *list, tm_value v)
{
    tm_value data;
    if (!tm_value_to_data(c->vm, v, &data))
        return false;
    tm_list_append(c->arena, list, data);
    return true;
}

TM_EDITOR_PREPARED(append, "nothing append(target: path, value?: any, values?: [any])",
                   "Makes target a list: what it holds, then value, then values. A single value "
                   "becomes the first element, an absent one starts an empty list.",
                   EX(append(attributes["strs"], "x", ["y"]))
                       THEN(attributes["strs"] == ["b", "a", "c", "x", "y"])
                   EX(append(attributes["s"], "z")) THEN(attributes["s"] == ["hello world", "z"])
                   EX(append(attributes["strs"], attributes["ints"])) FAILS
                   EX(append(attributes["strs"])) REFUSED)
{
    tm_list *list;
    if (!open_appended(c, &list) || (tm_arg_given(c, 2) && !tm_charge(c, tm_arg_list(c, 2)->n)))
        return false;
    if (tm_arg_given(c, 1) && !append_value(c, list, tm_arg(c, 1)))
        return false;
    /* Work: elements, charged before */
    for (uint32_t i = 0; tm_arg_given(c, 2) && i < tm_arg_list(c, 2)->n; i++)
        if (!append_value(c, list, tm_arg_list(c, 2)->item[i]))
            return false;
    return tm_target_set(c, 0, tm_list_value(list, TM_DATA));
}

TM_EDITOR(delete_index,
          "nothing delete_index(target: path list, start_index: int, end_index?: int)",
          "Removes the elements from start_index to before end_index, or just the one at "
          "start_index. Both must lie in the list.",
          EX(delete_index(attributes["ints"], 1, 3)) THEN(attributes["ints"] == [3])
          EX(delete_index(attributes["ints"], 0)) THEN(attributes["ints"] == [1, 2])
          EX(delete_index(attributes["ints"], 3)) FAILS)
{
    const tm_list *list;
    if (!tm_target_list(c, 0, &list))
        return false;
    const int64_t start = tm_arg_int(c, 1), n = list->n;
    const bool nothing = n == 0 && start == 0 && tm_arg_given(c, 2) && tm_arg_int(c, 2) == 0;
    if ((start < 0 || start >= n) && !nothing)
        return tm_fail(c, "start index %lld out of bounds", (long long)start);
    const int64_t end = tm_arg_given(c, 2) ? tm_arg_int(c, 2) : start + 1;
    if (end < start || end > n)
        return tm_fail(c, "end index %lld out of bounds", (long long)end);
    if (start == end)
        return true;
    if (!tm_charge(c, list->n))
        return false;
    tm_list *rest = tm_list_new(c->arena, (uint32_t)(n - (end - start)));
    /* Work: elements, charged before */
    for (uint32_t i = 0; i < list->n; i++)
        if (i < start || i >= end)
            tm_list_append(c->arena, rest, list->item[i]);
    return tm_target_set(c, 0, tm_list_value(rest, TM_DATA));
}

TM_CHAPTER(edit, ROW(set), ROW(clear), ROW(merge_maps), ROW(append), ROW(delete_index))
