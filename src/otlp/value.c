/* Value: lists, copies, and the AnyValue encoding.
 * SPDX-License-Identifier: Apache-2.0 */
#include "otlp/value.h"

#include "otlp/any.h"
#include "otlp/wire.h"

#include <assert.h>

const char *tm_type_name(tm_type type)
{
    static const char *const names[TM_TYPE_COUNT] = {
        [TM_NIL] = "nil",           [TM_BOOL] = "bool",         [TM_INT] = "int",
        [TM_DOUBLE] = "double",     [TM_STRING] = "string",     [TM_BYTES] = "bytes",
        [TM_MAP] = "map",           [TM_LIST] = "list",         [TM_TIME] = "time",
        [TM_DURATION] = "duration", [TM_TRACE_ID] = "trace id", [TM_SPAN_ID] = "span id",
        [TM_EVENTS] = "events",     [TM_LINKS] = "links",       [TM_STATUS] = "status",
        [TM_NATIVE_INT] = "int"};
    assert(type < TM_TYPE_COUNT);
    return names[type];
}

const char *tm_type_article(tm_type type)
{
    return strchr("aeio", tm_type_name(type)[0]) ? "an" : "a";
}

/* --- lists and copies --- */

tm_list *tm_list_new(tm_arena *arena, uint32_t room)
{
    enum { HEAD = (sizeof(tm_list) + 15) & ~15u };
    tm_list *list = tm_arena_alloc(arena, HEAD + room * sizeof *list->item);
    *list = (tm_list){.item = room ? (void *)((char *)list + HEAD) : NULL, .room = room};
    return list;
}

void tm_list_append(tm_arena *arena, tm_list *list, tm_value value)
{
    if (list->n == list->room) {
        uint32_t room = list->room ? list->room * 2 : 4;
        list->item = tm_arena_grow(arena, list->item, list->room * sizeof *list->item,
                                   room * sizeof *list->item);
        list->room = room;
    }
    list->item[list->n++] = value;
}

tm_value tm_value_copy(tm_arena *arena, tm_value value)
{
    if (value.type == TM_MAP) {
        tm_map *copy = tm_map_new(arena, value.map->n);
        for (uint32_t i = 0; i < value.map->n; i++)
            tm_map_append(arena, copy, value.map->entry[i].key,
                          tm_value_copy(arena, value.map->entry[i].value));
        return tm_map_value(copy, TM_DATA);
    }
    if (value.type == TM_LIST) {
        tm_list *copy = tm_list_new(arena, value.list->n);
        for (uint32_t i = 0; i < value.list->n; i++)
            tm_list_append(arena, copy, tm_value_copy(arena, value.list->item[i]));
        return tm_list_value(copy, TM_DATA);
    }
    return value;
}

/* --- reading: the walk has checked the structure, so a malformed field cannot show here --- */

static tm_value decode_list(tm_arena *arena, tm_list *list, tm_text body)
{
    tm_wire_field f;
    const char *p = body.p, *end = p + body.n;
    while (p < end && (p = tm_wire_next(p, end, &f)) != NULL)
        if (f.number == TM_LIST_VALUES)
            tm_list_append(arena, list, tm_value_decode(arena, f.bytes));
    return tm_list_value(list, TM_DATA);
}

void tm_entry_decode(tm_arena *arena, tm_text key_value, tm_text *key, tm_text *any_value)
{
    tm_wire_field f;
    const char *p = key_value.p, *end = p + key_value.n;
    *key = TM_TEXT("");
    *any_value = TM_TEXT("");
    while (p < end && (p = tm_wire_next(p, end, &f)) != NULL) {
        if (f.number == TM_KV_KEY)
            *key = f.bytes;
        else if (f.number == TM_KV_VALUE)
            *any_value = tm_arena_join(arena, *any_value, f.bytes); /* as protobuf merges */
    }
}

static tm_value decode_map(tm_arena *arena, tm_map *map, tm_text body)
{
    tm_wire_field f;
    const char *p = body.p, *end = p + body.n;
    while (p < end && (p = tm_wire_next(p, end, &f)) != NULL) {
        if (f.number != TM_LIST_VALUES)
            continue;
        tm_text key, any_value;
        tm_entry_decode(arena, f.bytes, &key, &any_value);
        tm_map_append(arena, map, key, tm_value_decode(arena, any_value))->raw = f.bytes;
    }
    return tm_map_value(map, TM_DATA);
}

/* Of several members the last counts. Two lists are not joined, as protobuf would have it, since
 * the Collector does not. */
tm_value tm_value_decode(tm_arena *arena, tm_text any_value)
{
    tm_value v = tm_nil();
    tm_wire_field f;
    const char *p = any_value.p, *end = p + any_value.n;
    while (p < end && (p = tm_wire_next(p, end, &f)) != NULL) {
        switch (f.number) {
        case TM_ANY_STRING:
            v = tm_string(f.bytes);
            break;
        case TM_ANY_BOOL:
            v = tm_bool(f.number_value != 0);
            break;
        case TM_ANY_INT:
            v = tm_int((int64_t)f.number_value);
            break;
        case TM_ANY_DOUBLE:
            v = (tm_value){.type = TM_DOUBLE, .integer = (int64_t)f.number_value};
            break;
        case TM_ANY_ARRAY:
            v = decode_list(arena, tm_list_new(arena, 0), f.bytes);
            break;
        case TM_ANY_KVLIST:
            v = decode_map(arena, tm_map_new(arena, 0), f.bytes);
            break;
        case TM_ANY_BYTES:
            v = tm_bytes_value(f.bytes);
            break;
        case TM_ANY_STRINDEX: /* of profiles: a value that traces cannot have */
            v = tm_nil();
            break;
        default:
            break;
        }
    }
    return v;
}

/* --- writing --- */

static size_t list_bytes(const tm_list *list)
{
    size_t n = 0;
    for (uint32_t i = 0; i < list->n; i++)
        n += tm_wire_bytes_field_bytes(TM_LIST_VALUES, tm_value_encoded_bytes(list->item[i]));
    return n;
}

static size_t map_bytes(const tm_map *map)
{
    size_t n = 0;
    for (uint32_t i = 0; i < map->n; i++)
        n += tm_wire_bytes_field_bytes(TM_LIST_VALUES, tm_entry_encoded_bytes(&map->entry[i]));
    return n;
}

size_t tm_value_encoded_bytes(tm_value value)
{
    switch (value.type) {
    case TM_BOOL:
        return 2;
    case TM_INT:
    case TM_NATIVE_INT:
        return 1 + tm_wire_varint_bytes((uint64_t)value.integer);
    case TM_DOUBLE:
        return 9;
    case TM_STRING:
    case TM_BYTES:
        return tm_wire_bytes_field_bytes(TM_ANY_BYTES, value.n);
    case TM_LIST:
        return tm_wire_bytes_field_bytes(TM_ANY_ARRAY, list_bytes(value.list));
    case TM_MAP:
        return tm_wire_bytes_field_bytes(TM_ANY_KVLIST, map_bytes(value.map));
    default:
        assert(value.type == TM_NIL);
        return 0;
    }
}

static char *encode_list(char *at, const tm_list *list)
{
    at = tm_wire_put_varint(at, tm_wire_tag(TM_ANY_ARRAY, TM_WIRE_BYTES));
    at = tm_wire_put_varint(at, list_bytes(list));
    for (uint32_t i = 0; i < list->n; i++) {
        at = tm_wire_put_varint(at, tm_wire_tag(TM_LIST_VALUES, TM_WIRE_BYTES));
        at = tm_wire_put_varint(at, tm_value_encoded_bytes(list->item[i]));
        at = tm_value_encode(at, list->item[i]);
    }
    return at;
}

static char *encode_map(char *at, const tm_map *map)
{
    at = tm_wire_put_varint(at, tm_wire_tag(TM_ANY_KVLIST, TM_WIRE_BYTES));
    at = tm_wire_put_varint(at, map_bytes(map));
    for (uint32_t i = 0; i < map->n; i++) {
        at = tm_wire_put_varint(at, tm_wire_tag(TM_LIST_VALUES, TM_WIRE_BYTES));
        at = tm_wire_put_varint(at, tm_entry_encoded_bytes(&map->entry[i]));
        at = tm_entry_encode(at, &map->entry[i]);
    }
    return at;
}

char *tm_value_encode(char *at, tm_value value)
{
    switch (value.type) {
    case TM_BOOL:
        at = tm_wire_put_varint(at, tm_wire_tag(TM_ANY_BOOL, TM_WIRE_VARINT));
        return tm_wire_put_varint(at, value.truth);
    case TM_INT:
    case TM_NATIVE_INT:
        at = tm_wire_put_varint(at, tm_wire_tag(TM_ANY_INT, TM_WIRE_VARINT));
        return tm_wire_put_varint(at, (uint64_t)value.integer);
    case TM_DOUBLE:
        at = tm_wire_put_varint(at, tm_wire_tag(TM_ANY_DOUBLE, TM_WIRE_FIXED64));
        return tm_wire_put_fixed64(at, (uint64_t)value.integer);
    case TM_STRING:
        return tm_wire_put_bytes_field(at, TM_ANY_STRING, tm_value_text(value));
    case TM_BYTES:
        return tm_wire_put_bytes_field(at, TM_ANY_BYTES, tm_value_text(value));
    case TM_LIST:
        return encode_list(at, value.list);
    case TM_MAP:
        return encode_map(at, value.map);
    default:
        return at;
    }
}

size_t tm_entry_encoded_bytes(const tm_entry *entry)
{
    if (entry->raw.p)
        return entry->raw.n;
    return tm_wire_bytes_field_bytes(TM_KV_KEY, entry->key.n) +
           tm_wire_bytes_field_bytes(TM_KV_VALUE, tm_value_encoded_bytes(entry->value));
}

/* Key, and what stands before the AnyValue's body. */
static char *encode_key(char *at, const tm_entry *entry)
{
    at = tm_wire_put_bytes_field(at, TM_KV_KEY, entry->key);
    at = tm_wire_put_varint(at, tm_wire_tag(TM_KV_VALUE, TM_WIRE_BYTES));
    return tm_wire_put_varint(at, tm_value_encoded_bytes(entry->value));
}

char *tm_entry_encode(char *at, const tm_entry *entry)
{
    if (entry->raw.p)
        return tm_wire_put_text(at, entry->raw);
    return tm_value_encode(encode_key(at, entry), entry->value);
}

char *tm_entry_encode_head(char *at, const tm_entry *entry)
{
    const tm_value v = entry->value;
    at = tm_wire_put_varint(
        encode_key(at, entry),
        tm_wire_tag(v.type == TM_STRING ? TM_ANY_STRING : TM_ANY_BYTES, TM_WIRE_BYTES));
    return tm_wire_put_varint(at, v.n);
}
