/* Path keys: steps from a map or list into what it holds.
 * Work: as many steps as the path of the rule has; each looks one key up (otlp/map).
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/path/path_keys.h"

#include "vm/convert.h"
#include "vm/path/path.h"
#include "vm/stored.h"

#include <assert.h>

static bool wrong_key(tm_vm *vm, const char *want, tm_value got)
{
    return tm_vm_fail(vm, "could not resolve key for map/slice, expecting '%s' but got '%s'", want,
                      tm_value_go_name(got));
}

bool tm_keys_text(tm_vm *vm, const tm_path_key *key, tm_text *text)
{
    tm_value v;
    if (!tm_keys_value(vm, key, &v))
        return false;
    *text = tm_value_text(v);
    return v.type == TM_STRING || wrong_key(vm, "string", v);
}

bool tm_keys_index(tm_vm *vm, const tm_path_key *key, int64_t *index)
{
    tm_value v;
    if (!tm_keys_value(vm, key, &v))
        return false;
    *index = v.integer;
    return v.type == TM_INT || wrong_key(vm, "int64", v);
}

static bool in_bounds(tm_vm *vm, int64_t index, uint32_t n)
{
    if (index >= 0 && index < n)
        return true;
    return tm_vm_fail(vm, "index %lld out of bounds", (long long)index);
}

static bool not_indexable(tm_vm *vm, tm_value container, const tm_path_key *key)
{
    tm_value v;
    return tm_keys_value(vm, key, &v) &&
           tm_vm_fail(vm, "type %s does not support %s indexing", tm_value_go_name(container),
                      v.type == TM_INT ? "int" : "string");
}

/* --- reading --- */

bool tm_keys_get(tm_vm *vm, tm_value container, const tm_path_key *key, unsigned n, tm_value *out)
{
    tm_text text;
    int64_t index;
    *out = container;
    /* Work: keys of the rule */
    for (unsigned i = 0; i < n; i++) {
        if (out->type == TM_MAP) {
            if (!tm_keys_text(vm, &key[i], &text))
                return false;
            const tm_entry *entry = tm_map_find(out->map, text);
            *out = entry ? entry->value : tm_nil();
            if (!entry)
                return true;
        } else if (out->type == TM_LIST) {
            if (!tm_keys_index(vm, &key[i], &index) || !in_bounds(vm, index, out->list->n))
                return false;
            *out = out->list->item[index];
        } else {
            return not_indexable(vm, *out, &key[i]);
        }
    }
    return true;
}

/* A byte is an int that equals nothing and is no operand (language.md 4.12): a marked native int.
 */
static tm_value byte_value(tm_value bytes, int64_t index)
{
    return (tm_value){.type = TM_NATIVE_INT, .spare = 1, .integer = (unsigned char)bytes.p[index]};
}

bool tm_value_index(tm_vm *vm, tm_value container, tm_value key, tm_value *value)
{
    const tm_path_key step = {.value = key};
    tm_text text;
    int64_t index;
    switch (container.type) {
    case TM_MAP:
        if (!tm_keys_text(vm, &step, &text))
            return false;
        const tm_entry *entry = tm_map_find(container.map, text);
        if (!entry)
            return tm_vm_fail(vm, "key not found in map");
        *value = entry->value;
        return true;
    case TM_LIST:
        if (!tm_keys_index(vm, &step, &index) || !in_bounds(vm, index, container.list->n))
            return false;
        *value = container.list->item[index];
        return true;
    case TM_BYTES:
        if (!tm_keys_index(vm, &step, &index) || !in_bounds(vm, index, container.n))
            return false;
        *value = byte_value(container, index);
        return true;
    default:
        return not_indexable(vm, container, &step);
    }
}

/* --- writing --- */

static bool step_into_map(tm_vm *vm, tm_map *map, const tm_path_key *key, tm_value **place)
{
    tm_text text;
    if (!tm_keys_text(vm, key, &text))
        return false;
    tm_entry *entry = tm_map_find(map, text);
    if (!entry)
        entry = tm_map_append(vm->arena, map, text, tm_nil());
    entry->raw = (tm_text){0};
    *place = &entry->value;
    return true;
}

static bool step_into_list(tm_vm *vm, tm_list *list, const tm_path_key *key, tm_value **place)
{
    int64_t index;
    if (!tm_keys_index(vm, key, &index) || !in_bounds(vm, index, list->n))
        return false;
    *place = &list->item[index];
    return true;
}

/* A list with empty values up to the index; a negative one makes a list of one. */
static bool make_list(tm_vm *vm, tm_value *place, int64_t index)
{
    if (index > TM_KEYS_PADDING_MOST)
        return tm_vm_fail(vm, "index %lld is above %d, the most that a new list is padded to",
                          (long long)index, TM_KEYS_PADDING_MOST);
    uint32_t n = index < 0 ? 1 : (uint32_t)index + 1;
    tm_list *list = tm_list_new(vm->arena, n);
    /* Work: at most TM_KEYS_PADDING_MOST */
    for (uint32_t i = 0; i < n; i++)
        list->item[i] = tm_nil();
    list->n = n;
    *place = tm_list_value(list, TM_DATA);
    return true;
}

/* An empty value becomes what the key fits. */
static bool step_into_empty(tm_vm *vm, tm_value *at, const tm_path_key *key, tm_value **place)
{
    tm_value v;
    if (!tm_keys_value(vm, key, &v))
        return false;
    if (v.type == TM_STRING) {
        const tm_path_key known = {.value = v};
        *at = tm_map_value(tm_map_new(vm->arena, 1), TM_DATA);
        return step_into_map(vm, at->map, &known, place);
    }
    if (v.type != TM_INT)
        return tm_vm_fail(vm, "an index must be string or int64 but is %s", tm_value_go_name(v));
    if (!make_list(vm, at, v.integer))
        return false;
    *place = &at->list->item[at->list->n - 1];
    return true;
}

bool tm_keys_set_at(tm_vm *vm, tm_value *place, const tm_path_key *key, unsigned n, tm_value value)
{
    /* Work: keys of the rule */
    for (unsigned i = 0; i < n; i++) {
        tm_value *at = place;
        bool done = at->type == TM_MAP    ? step_into_map(vm, at->map, &key[i], &place)
                    : at->type == TM_LIST ? step_into_list(vm, at->list, &key[i], &place)
                    : at->type == TM_NIL  ? step_into_empty(vm, at, &key[i], &place)
                                          : not_indexable(vm, *at, &key[i]);
        if (!done)
            return false;
    }
    return tm_value_store(vm, place, value);
}

bool tm_keys_set(tm_vm *vm, tm_map *map, const tm_path_key *key, unsigned n, tm_value value)
{
    tm_value root = tm_map_value(map, TM_DATA);
    return tm_keys_set_at(vm, &root, key, n, value);
}

tm_map *tm_keys_open(tm_vm *vm, tm_map *map, const tm_path_key *key, unsigned n)
{
    tm_value root = tm_map_value(map, TM_DATA), *place = &root;
    /* Work: keys of the rule */
    for (unsigned i = 0; i < n; i++) {
        tm_value *at = place;
        bool done = at->type == TM_MAP ? step_into_map(vm, at->map, &key[i], &place)
                                       : step_into_list(vm, at->list, &key[i], &place);
        assert(done);
        (void)done;
    }
    assert(place->type == TM_MAP);
    return place->map;
}
