/* Store: copies of values as data, and the literals made of them.
 * Work: each element once, charged before.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/stored.h"

#include "vm/convert.h"

static bool too_deep(tm_vm *vm)
{
    return tm_vm_fail(vm, "the value is nested more than %d deep", TM_STORE_DEPTH_MOST);
}

/* `raw`: inside a native map, where the native int is an int like others. */
static bool store(tm_vm *vm, tm_value *place, tm_value v, bool raw, unsigned depth);

/* What is no map yet is an empty one while it is filled: a map stored inside itself shows there so.
 */
static bool store_map(tm_vm *vm, tm_value *place, const tm_map *from, bool raw, unsigned depth)
{
    const uint32_t n = from->n;
    if (!tm_vm_charge(vm, n))
        return false;
    tm_map *map = tm_map_new(vm->arena, n);
    if (place->type != TM_MAP)
        *place = tm_map_value(tm_map_new(vm->arena, 0), TM_DATA);
    /* Work: elements, charged before */
    for (uint32_t i = 0; i < n; i++) {
        tm_entry *entry = tm_map_append(vm->arena, map, from->entry[i].key, tm_nil());
        if (!store(vm, &entry->value, from->entry[i].value, raw, depth + 1))
            return false;
    }
    *place = tm_map_value(map, TM_DATA);
    return true;
}

/* A data list is whole before it takes its place: meanwhile what is no list yet is an empty one. Of
 * others the elements show one by one, as each is stored. */
static bool store_list(tm_vm *vm, tm_value *place, tm_value v, bool raw, unsigned depth)
{
    const tm_list *from = v.list;
    const uint32_t n = from->n;
    if (!tm_vm_charge(vm, n))
        return false;
    tm_list *list = tm_list_new(vm->arena, n);
    bool last = true;
    if (v.form != TM_DATA)
        *place = tm_list_value(list, TM_DATA);
    else if (place->type != TM_LIST)
        *place = tm_list_value(tm_list_new(vm->arena, 0), TM_DATA);
    /* Work: elements, charged before */
    for (uint32_t i = 0; i < n; i++) {
        tm_list_append(vm->arena, list, tm_nil());
        last = store(vm, &list->item[i], from->item[i], raw, depth + 1);
    }
    *place = tm_list_value(list, TM_DATA);
    return last;
}

static bool store(tm_vm *vm, tm_value *place, tm_value v, bool raw, unsigned depth)
{
    if ((v.type == TM_MAP || v.type == TM_LIST) && depth >= TM_STORE_DEPTH_MOST)
        return too_deep(vm);
    switch (v.type) {
    case TM_MAP:
        return store_map(vm, place, v.map, raw || v.form == TM_NATIVE, depth);
    case TM_LIST:
        return store_list(vm, place, v, raw, depth);
    case TM_NATIVE_INT:
        if (!raw)
            break;
        *place = tm_int(v.integer);
        return true;
    default:
        break;
    }
    if (!tm_value_is_storable(v))
        return tm_vm_fail(vm, "unsupported type %s for set operation; current value type is %s",
                          tm_value_go_name(v), tm_value_go_name(*place));
    *place = v;
    return true;
}

bool tm_value_store(tm_vm *vm, tm_value *place, tm_value v)
{
    return store(vm, place, v, false, 0);
}

/* --- native values as data --- */

static bool to_data(tm_vm *vm, tm_value v, unsigned depth, tm_value *out);

/* `maps`: elements that are data maps are taken too, one level deep. */
static bool list_to_data(tm_vm *vm, const tm_list *from, bool maps, unsigned depth, tm_value *out)
{
    if (!tm_vm_charge(vm, from->n))
        return false;
    tm_list *list = tm_list_new(vm->arena, from->n);
    /* Work: elements, charged before */
    for (uint32_t i = 0; i < from->n; i++) {
        tm_value v = from->item[i], data = tm_nil();
        bool done = maps && v.type == TM_MAP ? store(vm, &data, v, true, depth)
                                             : to_data(vm, v, depth, &data);
        if (!done)
            return false;
        tm_list_append(vm->arena, list, data);
    }
    *out = tm_list_value(list, TM_DATA);
    return true;
}

static bool to_data(tm_vm *vm, tm_value v, unsigned depth, tm_value *out)
{
    if (depth >= TM_STORE_DEPTH_MOST)
        return too_deep(vm);
    if (v.type == TM_LIST && v.form == TM_LITERAL)
        return list_to_data(vm, v.list, false, depth + 1, out);
    bool opaque = v.type == TM_LIST || (v.type == TM_MAP && v.form != TM_NATIVE);
    if (opaque || !(tm_value_is_storable(v) || v.type == TM_NATIVE_INT))
        return tm_vm_fail(vm, "<Invalid value type %s>", tm_value_go_name(v));
    return store(vm, out, v, true, depth + 1);
}

bool tm_value_to_data(tm_vm *vm, tm_value v, tm_value *out)
{
    return to_data(vm, v, 0, out);
}

bool tm_list_to_data(tm_vm *vm, tm_value list, tm_value *out)
{
    *out = list;
    return list.form == TM_DATA || list_to_data(vm, list.list, false, 1, out);
}

/* --- literals --- */

static bool is_literal_list(tm_value v)
{
    return v.type == TM_LIST && v.form == TM_LITERAL;
}

/* Of a literal that has others in it: how deep they lie, and how many elements all have. */
static __attribute__((noinline)) bool weigh(tm_vm *vm, tm_list *list)
{
    uint64_t weight = list->n;
    /* Work: elements of a literal list */
    for (uint32_t i = 0; i < list->n; i++) {
        if (!is_literal_list(list->item[i]))
            continue;
        const tm_list *inner = list->item[i].list;
        weight += inner->weight > inner->n ? inner->weight : inner->n;
        if (list->depth <= inner->depth)
            list->depth = inner->depth + 1;
    }
    if (list->depth > TM_LITERAL_DEPTH_MOST || weight > TM_LITERAL_WEIGHT_MOST)
        return tm_vm_fail(vm, "lists lie too deep in each other");
    list->weight = (uint32_t)weight;
    return true;
}

bool tm_literal_list(tm_vm *vm, const tm_value *item, uint32_t n, tm_value *out)
{
    tm_list *list = tm_list_new(vm->arena, n);
    bool nests = false;
    /* Work: elements of a literal list */
    for (uint32_t i = 0; i < n; i++) {
        memcpy(&list->item[i], &item[i], sizeof *item); /* all of it: vm/memo.c compares bytes */
        nests |= is_literal_list(item[i]);
    }
    list->n = list->weight = n;
    *out = tm_list_value(list, TM_LITERAL);
    return !nests || weigh(vm, list);
}

static bool entry_to_data(tm_vm *vm, tm_value v, tm_value *out)
{
    if (v.type == TM_MAP)
        return store(vm, out, v, true, 1);
    if (v.type == TM_LIST && v.form == TM_LITERAL)
        return list_to_data(vm, v.list, true, 1, out);
    return to_data(vm, v, 0, out);
}

bool tm_literal_map(tm_vm *vm, const tm_value *pair, uint32_t n, tm_value *out)
{
    tm_map *map = tm_map_new(vm->arena, n);
    /* Work: entries of a literal map */
    for (uint32_t i = 0; i < n; i++) {
        tm_value key = pair[2 * i], data = tm_nil();
        if (key.type != TM_STRING)
            return tm_vm_fail(vm, "a map key must be string but got %s", tm_value_go_name(key));
        if (!entry_to_data(vm, pair[2 * i + 1], &data))
            return false;
        tm_map_put(vm->arena, map, tm_value_text(key), data);
    }
    *out = tm_map_value(map, TM_LITERAL);
    return true;
}
