/* Value: between the host's values and ours.
 * SPDX-License-Identifier: Apache-2.0 */
#include "embed/embed.h"

#include "engine/span_value.h"

enum { NS = 1000000000 };

static tamis_slice slice_of(tm_text text)
{
    return (tamis_slice){text.p, text.n};
}

/* Times outside of what 64 bits hold become the nearest that they do. */
static int64_t unix_ns(const tm_time *time)
{
    int64_t ns;
    if (__builtin_mul_overflow(time->seconds, (int64_t)NS, &ns) ||
        __builtin_add_overflow(ns, (int64_t)time->nanoseconds, &ns))
        return time->seconds < 0 ? INT64_MIN : INT64_MAX;
    return ns;
}

static tamis_value map_to_host(tm_arena *arena, const tm_map *map)
{
    tamis_entry *entry = TM_NEW_ARRAY(arena, map->n, tamis_entry);
    for (uint32_t i = 0; i < map->n; i++)
        entry[i] = (tamis_entry){slice_of(map->entry[i].key),
                                 tm_value_to_host(arena, map->entry[i].value)};
    return (tamis_value){.type = TAMIS_MAP, .entries = map->n, .as.entry = entry};
}

static tamis_value list_to_host(tm_arena *arena, const tm_list *list)
{
    tamis_entry *entry = TM_NEW_ARRAY(arena, list->n, tamis_entry);
    for (uint32_t i = 0; i < list->n; i++)
        entry[i].value = tm_value_to_host(arena, list->item[i]);
    return (tamis_value){.type = TAMIS_LIST, .entries = list->n, .as.entry = entry};
}

static tamis_value opaque_to_host(tm_arena *arena, tm_value value)
{
    tm_buf json = {.arena = arena};
    tm_span_value_json(&json, value);
    return (tamis_value){.type = TAMIS_OPAQUE, .as.text = slice_of(tm_buf_text(&json))};
}

tamis_value tm_value_to_host(tm_arena *arena, tm_value v)
{
    static const tamis_type texts[TM_TYPE_COUNT] = {[TM_STRING] = TAMIS_STRING,
                                                    [TM_BYTES] = TAMIS_BYTES,
                                                    [TM_TRACE_ID] = TAMIS_TRACE_ID,
                                                    [TM_SPAN_ID] = TAMIS_SPAN_ID};
    switch ((tm_type)v.type) {
    case TM_NIL:
        return (tamis_value){.type = TAMIS_NIL};
    case TM_BOOL:
        return (tamis_value){.type = TAMIS_BOOL, .as.truth = v.truth};
    case TM_INT:
    case TM_NATIVE_INT:
        return (tamis_value){.type = TAMIS_INT, .as.integer = v.integer};
    case TM_DURATION:
        return (tamis_value){.type = TAMIS_DURATION, .as.integer = v.integer};
    case TM_DOUBLE:
        return (tamis_value){.type = TAMIS_DOUBLE, .as.number = v.number};
    case TM_TIME:
        return (tamis_value){.type = TAMIS_TIME, .as.integer = unix_ns(v.time)};
    case TM_MAP:
        return map_to_host(arena, v.map);
    case TM_LIST:
        return list_to_host(arena, v.list);
    case TM_EVENTS:
    case TM_LINKS:
    case TM_STATUS:
        return opaque_to_host(arena, v);
    default:
        return (tamis_value){.type = texts[v.type], .as.text = slice_of(tm_value_text(v))};
    }
}

/* ---- the other way -----------------------------------------------------------------------------
 */

static bool text_of_host(tm_type type, const tamis_value *v, size_t exactly, tm_value *out)
{
    const tamis_slice t = v->as.text;
    if ((t.size_bytes && !t.bytes) || t.size_bytes > UINT32_MAX ||
        (exactly && t.size_bytes != exactly))
        return false;
    *out = (tm_value){.type = (uint8_t)type, .n = (uint32_t)t.size_bytes, .p = t.bytes};
    if (!t.size_bytes)
        out->p = "";
    return true;
}

static bool map_of_host(tm_arena *arena, const tamis_value *v, unsigned depth, tm_value *out)
{
    tm_map *map = tm_map_new(arena, (uint32_t)v->entries);
    for (size_t i = 0; i < v->entries; i++) {
        const tamis_entry *entry = &v->as.entry[i];
        tm_value value;
        if ((entry->key.size_bytes && !entry->key.bytes) ||
            !tm_value_of_host(arena, &entry->value, depth + 1, &value))
            return false;
        tm_map_put(arena, map, tm_text_slice(entry->key.bytes, entry->key.size_bytes), value);
    }
    *out = tm_map_value(map, TM_DATA);
    return true;
}

static bool list_of_host(tm_arena *arena, const tamis_value *v, unsigned depth, tm_value *out)
{
    tm_list *list = tm_list_new(arena, (uint32_t)v->entries);
    for (size_t i = 0; i < v->entries; i++) {
        tm_value value;
        if (!tm_value_of_host(arena, &v->as.entry[i].value, depth + 1, &value))
            return false;
        tm_list_append(arena, list, value);
    }
    *out = tm_list_value(list, TM_DATA);
    return true;
}

static tm_value time_of_host(tm_arena *arena, int64_t ns)
{
    tm_time *time = TM_NEW(arena, tm_time);
    time->seconds = ns / NS - (ns % NS < 0);
    time->nanoseconds = (int32_t)(ns - time->seconds * NS);
    time->zone = TM_TEXT("UTC");
    return (tm_value){.type = TM_TIME, .time = time};
}

/* Whatever byte the host left there. */
static bool truth_of(const tamis_value *v)
{
    unsigned char byte;
    memcpy(&byte, &v->as.truth, 1);
    return byte != 0;
}

bool tm_value_of_host(tm_arena *arena, const tamis_value *v, unsigned depth, tm_value *out)
{
    enum { TRACE_ID_BYTES = 16, SPAN_ID_BYTES = 8 };
    if (depth > TM_VALUE_DEPTH || v->entries > UINT32_MAX)
        return false;
    if ((v->type == TAMIS_MAP || v->type == TAMIS_LIST) && v->entries && !v->as.entry)
        return false;
    switch (v->type) {
    case TAMIS_NIL:
        *out = tm_nil();
        return true;
    case TAMIS_BOOL:
        *out = tm_bool(truth_of(v));
        return true;
    case TAMIS_INT:
        *out = tm_int(v->as.integer);
        return true;
    case TAMIS_DOUBLE:
        *out = tm_double(v->as.number);
        return true;
    case TAMIS_DURATION:
        *out = tm_duration(v->as.integer);
        return true;
    case TAMIS_TIME:
        *out = time_of_host(arena, v->as.integer);
        return true;
    case TAMIS_STRING:
        return text_of_host(TM_STRING, v, 0, out);
    case TAMIS_BYTES:
        return text_of_host(TM_BYTES, v, 0, out);
    case TAMIS_TRACE_ID:
        return text_of_host(TM_TRACE_ID, v, TRACE_ID_BYTES, out);
    case TAMIS_SPAN_ID:
        return text_of_host(TM_SPAN_ID, v, SPAN_ID_BYTES, out);
    case TAMIS_MAP:
        return map_of_host(arena, v, depth, out);
    case TAMIS_LIST:
        return list_of_host(arena, v, depth, out);
    default:
        return false;
    }
}
