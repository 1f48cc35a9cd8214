/* Vectors, typed values: {"type": T, "value": V} against the values of the VM.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/json_write.h"
#include "vectors_case.h"

#include <stdio.h>

static const char *const names[TM_TYPE_COUNT] = {
    [TM_NIL] = "nil",           [TM_BOOL] = "bool",         [TM_INT] = "int",
    [TM_DOUBLE] = "double",     [TM_STRING] = "string",     [TM_BYTES] = "bytes",
    [TM_MAP] = "map",           [TM_LIST] = "slice",        [TM_TIME] = "time",
    [TM_DURATION] = "duration", [TM_TRACE_ID] = "trace_id", [TM_SPAN_ID] = "span_id",
    [TM_EVENTS] = "events",     [TM_LINKS] = "links",       [TM_STATUS] = "status",
    [TM_NATIVE_INT] = "int",
};

const char *tm_vectors_type_name(tm_type type)
{
    return names[type];
}

static tm_text hex(tm_arena *arena, tm_text bytes)
{
    tm_buf out = {.arena = arena};
    for (size_t i = 0; i < bytes.n; i++)
        tm_buf_print(&out, "%02x", (unsigned char)bytes.p[i]);
    return tm_buf_text(&out);
}

static bool same_integer(const tm_doc *want, int64_t got)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)got);
    return want && tm_text_is(want->text, text);
}

static bool same_list(tm_arena *arena, const tm_doc *want, const tm_list *list)
{
    uint32_t i = 0;
    const tm_doc *item = want->first;
    for (; item && i < list->n; item = item->next, i++)
        if (!tm_vectors_same_value(arena, item, list->item[i]))
            return false;
    return !item && i == list->n;
}

static bool same_map(tm_arena *arena, const tm_doc *want, const tm_map *map)
{
    for (uint32_t i = 0; i < map->n; i++)
        if (!tm_doc_find(want, map->entry[i].key))
            return false;
    for (const tm_doc *child = want->first; child; child = child->next) {
        const tm_entry *entry = tm_map_find(map, child->key);
        if (!entry || !tm_vectors_same_value(arena, child, entry->value))
            return false;
    }
    return true;
}

static bool same_time(const tm_doc *want, const tm_time *time)
{
    return same_integer(tm_vectors_find(want, "sec"), time->seconds) &&
           same_integer(tm_vectors_find(want, "nsec"), time->nanoseconds) &&
           same_integer(tm_vectors_find(want, "offset"), time->offset_seconds);
}

static bool same_status(const tm_doc *want, const tm_item *span)
{
    tm_text message = tm_value_text(tm_item_field(span, TM_STATUS_MESSAGE));
    const tm_doc *code = tm_vectors_find(want, "code");
    int64_t got = tm_item_field(span, TM_STATUS_CODE).integer;
    return tm_text_equal(tm_vectors_text(want, "message"), message) &&
           (code ? same_integer(code, got) : got == 0);
}

static bool same_content(tm_arena *arena, const tm_doc *v, tm_value got)
{
    switch ((tm_type)got.type) {
    case TM_NIL:
        return true;
    case TM_BOOL:
        return v->truth == got.truth;
    case TM_INT:
    case TM_NATIVE_INT:
    case TM_DURATION:
        return same_integer(v, got.integer);
    case TM_DOUBLE:
        return tm_vectors_same_number(v, got.number);
    case TM_STRING:
        return tm_text_equal(v->text, tm_value_text(got));
    case TM_BYTES:
    case TM_TRACE_ID:
    case TM_SPAN_ID:
        return tm_text_equal(v->text, hex(arena, tm_value_text(got)));
    case TM_MAP:
        return same_map(arena, v, got.map);
    case TM_LIST:
        return same_list(arena, v, got.list);
    case TM_TIME:
        return same_time(v, got.time);
    case TM_EVENTS:
    case TM_LINKS: {
        const tm_item *span = got.object;
        return tm_vectors_same(
            tm_vectors_find(tm_vectors_decode_span(arena, span->raw), names[got.type]), v);
    }
    case TM_STATUS:
        return same_status(v, got.object);
    case TM_TYPE_COUNT:
        break;
    }
    return false;
}

bool tm_vectors_same_value(tm_arena *arena, const tm_doc *want, tm_value got)
{
    if (!tm_text_is(tm_vectors_text(want, "type"), names[got.type]))
        return false;
    const tm_doc *bad_utf8 = tm_vectors_find(want, "hex"), *v = tm_vectors_find(want, "value");
    if (bad_utf8)
        return tm_text_equal(bad_utf8->text, hex(arena, tm_value_text(got)));
    return got.type == TM_NIL || (v && same_content(arena, v, got));
}

static void print(tm_arena *arena, tm_buf *out, tm_value v)
{
    switch ((tm_type)v.type) {
    case TM_BOOL:
        tm_buf_print(out, "%s", v.truth ? "true" : "false");
        return;
    case TM_INT:
        tm_buf_print(out, "%lld", (long long)v.integer);
        return;
    case TM_DOUBLE:
        tm_buf_print(out, "%.17g (double)", v.number);
        return;
    case TM_STRING:
        tm_json_write_string(out, tm_value_text(v), TM_JSON_PLAIN);
        return;
    case TM_LIST:
        tm_buf_add_char(out, '[');
        for (uint32_t i = 0; i < v.list->n; i++) {
            tm_buf_print(out, "%s", i ? ", " : "");
            print(arena, out, v.list->item[i]);
        }
        tm_buf_add_char(out, ']');
        return;
    case TM_MAP:
        tm_buf_add_char(out, '{');
        for (uint32_t i = 0; i < v.map->n; i++) {
            tm_buf_print(out, "%s%.*s: ", i ? ", " : "", TM_PRI(v.map->entry[i].key));
            print(arena, out, v.map->entry[i].value);
        }
        tm_buf_add_char(out, '}');
        return;
    case TM_BYTES:
    case TM_TRACE_ID:
    case TM_SPAN_ID:
        tm_buf_print(out, "%s %.*s", names[v.type], TM_PRI(hex(arena, tm_value_text(v))));
        return;
    case TM_TIME:
        tm_buf_print(out, "time %lld.%09d%+d", (long long)v.time->seconds, v.time->nanoseconds,
                     v.time->offset_seconds);
        return;
    case TM_DURATION:
    case TM_NATIVE_INT:
        tm_buf_print(out, "%s %lld", names[v.type], (long long)v.integer);
        return;
    default:
        tm_buf_print(out, "%s", names[v.type]);
        return;
    }
}

tm_text tm_vectors_print_value(tm_arena *arena, tm_value value)
{
    tm_buf out = {.arena = arena};
    print(arena, &out, value);
    return tm_buf_text(&out);
}
