/* Path: the rows of grammar/paths.def, and one way in and one way out for each kind of access.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/path/path.h"

#include "vm/convert.h"
#include "vm/path/path_client.h"
#include "vm/path/path_fields.h"
#include "vm/path/path_keys.h"
#include "vm/stored.h"

const tm_path *tm_path_rows(void)
{
    static const tm_path rows[] = {
#define PATH(level, dotted, type, access, field, manual)                                           \
    {TM_##level, dotted, TM_##type, TM_ACCESS_##access, field, manual},
#include "paths.def"
#undef PATH
        {.dotted = NULL},
    };
    return rows;
}

/* --- attributes and cache --- */

static tm_map *cache_of(tm_vm *vm)
{
    if (!vm->cache)
        vm->cache = tm_map_new(vm->keep, 4);
    return vm->cache;
}

static bool get_attributes(tm_vm *vm, const tm_target *t, tm_value *value)
{
    tm_item *item = tm_target_item(vm, t);
    bool found;
    if (t->slot < 0)
        return tm_keys_get(vm, tm_map_value(tm_item_attributes(item), TM_DATA), t->key, t->keys,
                           value);
    *value = tm_item_attribute_found(item, (unsigned)t->slot, &found);
    return !found || t->keys == 1 || tm_keys_get(vm, *value, t->key + 1, t->keys - 1, value);
}

static bool get_cache(tm_vm *vm, const tm_target *t, tm_value *value)
{
    return tm_keys_get(vm, tm_map_value(cache_of(vm), TM_DATA), t->key, t->keys, value);
}

/* The map as a whole: a map replaces its entries, nil clears them. */
static bool replace(tm_vm *vm, tm_map *map, tm_value value)
{
    tm_value copy = tm_map_value(tm_map_new(vm->arena, 0), TM_DATA);
    if (value.type == TM_MAP && !tm_value_store(vm, &copy, value))
        return false;
    *map = *copy.map;
    return true;
}

static bool is_map_or_nil(tm_vm *vm, tm_value value)
{
    return value.type == TM_MAP || value.type == TM_NIL ||
           tm_vm_fail(vm, "unsupported type provided for setting a pcommon.Map: %s",
                      tm_value_go_name(value));
}

/* One attribute that has a slot, while the map is not open. An entry that cannot take the value is
 * made all the same, empty (language.md 3.2). */
static bool set_slot(tm_vm *vm, const tm_target *t, tm_value value)
{
    tm_item *item = tm_target_item(vm, t);
    bool found;
    tm_value place = tm_item_attribute_found(item, (unsigned)t->slot, &found);
    const tm_value before = place;
    bool done = tm_value_store(vm, &place, value);
    if (done || !found || memcmp(&before, &place, sizeof place) != 0)
        tm_item_put_attribute(item, (unsigned)t->slot, place);
    return done;
}

static bool set_attributes(tm_vm *vm, const tm_target *t, tm_value value)
{
    tm_item *item = tm_target_item(vm, t);
    if (t->keys == 0)
        return is_map_or_nil(vm, value) && replace(vm, tm_item_change_attributes(item), value);
    if (t->slot >= 0 && t->keys == 1 && !item->attributes)
        return set_slot(vm, t, value);
    return tm_keys_set(vm, tm_item_change_attributes(item), t->key, t->keys, value);
}

static bool set_cache(tm_vm *vm, const tm_target *t, tm_value value)
{
    if (t->keys == 0)
        return is_map_or_nil(vm, value) && replace(vm, cache_of(vm), value);
    return tm_keys_set(vm, cache_of(vm), t->key, t->keys, value);
}

/* --- what there is no writing --- */

static bool get_event_index(tm_vm *vm, const tm_target *t, tm_value *value)
{
    (void)t;
    *value = tm_nil();
    return tm_vm_fail(vm, "the index of the event is not known here");
}

static bool set_nothing(tm_vm *vm, const tm_target *t, tm_value value)
{
    (void)value;
    return tm_vm_fail(vm, "%s cannot be set", t->path->dotted);
}

/* --- the ways in and out --- */

typedef struct door {
    bool (*get)(tm_vm *vm, const tm_target *t, tm_value *value);
    bool (*set)(tm_vm *vm, const tm_target *t, tm_value value);
    tm_type wants; /* the type that set takes; TM_NIL: it looks itself */
} door;

static const door *door_of(const tm_target *t)
{
    static const door doors[] = {
        [TM_ACCESS_STRING] = {tm_field_get, tm_field_set, TM_STRING},
        [TM_ACCESS_INT32] = {tm_field_get, tm_field_set_int32, TM_INT},
        [TM_ACCESS_UINT32] = {tm_field_get, tm_field_set_uint32, TM_INT},
        [TM_ACCESS_FLAGS] = {tm_field_get, tm_field_set_flags, TM_INT},
        [TM_ACCESS_INT64] = {tm_field_get, tm_field_set, TM_INT},
        [TM_ACCESS_TIME] = {tm_field_get_time, tm_field_set_time, TM_TIME},
        [TM_ACCESS_TRACE_ID] = {tm_field_get, tm_field_set, TM_TRACE_ID},
        [TM_ACCESS_SPAN_ID] = {tm_field_get, tm_field_set, TM_SPAN_ID},
        [TM_ACCESS_ID_HEX] = {tm_field_get_hex, tm_field_set_hex, TM_STRING},
        [TM_ACCESS_KIND] = {tm_field_get_kind, tm_field_set_kind, TM_STRING},
        [TM_ACCESS_KIND_OLD] = {tm_field_get_kind, tm_field_set_kind, TM_STRING},
        [TM_ACCESS_TRACE_STATE] = {tm_field_get_state, tm_field_set_state, TM_STRING},
        [TM_ACCESS_STATUS] = {tm_field_get_object, tm_field_set_status, TM_STATUS},
        [TM_ACCESS_EVENTS] = {tm_field_get_object, tm_field_set_children, TM_NIL},
        [TM_ACCESS_LINKS] = {tm_field_get_object, tm_field_set_children, TM_NIL},
        [TM_ACCESS_ATTRIBUTES] = {get_attributes, set_attributes, TM_NIL},
        [TM_ACCESS_CACHE] = {get_cache, set_cache, TM_NIL},
        [TM_ACCESS_EVENT_INDEX] = {get_event_index, set_nothing, TM_NIL},
        [TM_ACCESS_CLIENT_ADDRESS] = {tm_client_get, set_nothing, TM_NIL},
        [TM_ACCESS_CLIENT_METADATA] = {tm_client_get, set_nothing, TM_NIL},
        [TM_ACCESS_CLIENT_AUTH] = {tm_client_get, set_nothing, TM_NIL},
        [TM_ACCESS_GRPC_METADATA] = {tm_client_get, set_nothing, TM_NIL},
    };
    return &doors[t->path->access];
}

static void note_edit(tm_vm *vm, const tm_target *t)
{
    vm->edits++;
    vm->held += t->path->level != TM_EVENT || t->path->access == TM_ACCESS_CACHE;
}

bool tm_path_get(tm_vm *vm, const tm_target *target, tm_value *value)
{
    return door_of(target)->get(vm, target, value);
}

bool tm_path_set(tm_vm *vm, const tm_target *target, tm_value value)
{
    const door *d = door_of(target);
    note_edit(vm, target);
    if (d->wants != TM_NIL && value.type != d->wants) {
        if (value.type == TM_NIL)
            return tm_vm_fail(vm, "setting a value to nil is not supported");
        return tm_vm_fail(vm, "expects %s but got %s",
                          tm_value_go_name((tm_value){.type = d->wants}), tm_value_go_name(value));
    }
    return d->set(vm, target, value);
}

bool tm_path_map_read(tm_vm *vm, const tm_target *target, const tm_map **map)
{
    tm_value v;
    if (!tm_path_get(vm, target, &v))
        return false;
    if (v.type != TM_MAP)
        return tm_vm_fail(vm, "expected pcommon.Map but got %s", tm_value_go_name(v));
    *map = v.map;
    tm_access access = target->path->access;
    return access == TM_ACCESS_CACHE || access == TM_ACCESS_ATTRIBUTES ||
           set_nothing(vm, target, v);
}

bool tm_path_map(tm_vm *vm, const tm_target *target, tm_map **map)
{
    const tm_map *found;
    note_edit(vm, target);
    if (!tm_path_map_read(vm, target, &found))
        return false;
    *map = target->path->access == TM_ACCESS_CACHE
               ? cache_of(vm)
               : tm_item_change_attributes(tm_target_item(vm, target));
    if (target->keys)
        *map = tm_keys_open(vm, *map, target->key, target->keys);
    return true;
}

bool tm_path_list(tm_vm *vm, const tm_target *target, tm_value *list)
{
    if (!tm_path_get(vm, target, list))
        return false;
    return list->type == TM_LIST ||
           tm_vm_fail(vm, "expected pcommon.Slice but got %s", tm_value_go_name(*list));
}

/* --- clear --- */

/* The zero value of v's type. */
static tm_value zero_of(tm_vm *vm, tm_value v)
{
    static const char no_id[16];
    static const tm_time year_1 = {.seconds = -62135596800, .zone = {"UTC", 3}};
    switch ((tm_type)v.type) {
    case TM_NIL:
        return tm_nil();
    case TM_STRING:
    case TM_BYTES:
        return (tm_value){.type = v.type, .p = ""};
    case TM_TRACE_ID:
    case TM_SPAN_ID:
        return (tm_value){.type = v.type, .n = v.n, .p = no_id};
    case TM_MAP:
        return tm_map_value(tm_map_new(vm->arena, 0), TM_DATA);
    case TM_LIST:
        return tm_list_value(tm_list_new(vm->arena, 0), TM_DATA);
    case TM_TIME:
        return (tm_value){.type = TM_TIME, .time = &year_1};
    default: /* false, 0 and 0.0 are all bits zero */
        return (tm_value){.type = v.type, .integer = 0};
    }
}

bool tm_path_clear(tm_vm *vm, const tm_target *target)
{
    tm_value v;
    if (!tm_path_get(vm, target, &v))
        return false;
    if (v.type == TM_STATUS)
        return true; /* the reference changes nothing and says nothing */
    if (v.type == TM_EVENTS || v.type == TM_LINKS)
        return tm_vm_fail(vm, "%s cannot be cleared; set them to nil", target->path->dotted);
    return tm_path_set(vm, target, zero_of(vm, v));
}
