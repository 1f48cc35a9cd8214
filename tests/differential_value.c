/* Differential, values: typed values and documents as JSON.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/json_write.h"
#include "base/utf8.h"
#include "differential.h"

#include <math.h>

static void write_hex(tm_buf *out, tm_text bytes)
{
    tm_buf_add_char(out, '"');
    for (size_t i = 0; i < bytes.n; i++)
        tm_buf_print(out, "%02x", (unsigned char)bytes.p[i]);
    tm_buf_add_char(out, '"');
}

static void write_list(tm_buf *out, const tm_list *list)
{
    tm_buf_add_char(out, '[');
    for (uint32_t i = 0; i < list->n; i++) {
        if (i)
            tm_buf_add_char(out, ',');
        tm_differential_write_value(out, list->item[i]);
    }
    tm_buf_add_char(out, ']');
}

static void write_map(tm_buf *out, const tm_map *map)
{
    tm_buf_add_char(out, '{');
    for (uint32_t i = 0; i < map->n; i++) {
        if (i)
            tm_buf_add_char(out, ',');
        tm_json_write_string(out, map->entry[i].key, TM_JSON_PLAIN);
        tm_buf_add_char(out, ':');
        tm_differential_write_value(out, map->entry[i].value);
    }
    tm_buf_add_char(out, '}');
}

/* Events and links: the member of the span that holds them. */
static void write_member(tm_buf *out, tm_value value)
{
    const tm_item *span = value.object;
    const tm_doc *doc = tm_vectors_decode_span(out->arena, span->raw);
    const tm_doc *list = tm_vectors_find(doc, tm_vectors_type_name((tm_type)value.type));
    if (list)
        tm_differential_write_doc(out, list);
    else
        tm_buf_add(out, TM_TEXT("[]"));
}

static void write_status(tm_buf *out, const tm_item *span)
{
    tm_buf_print(
        out, "{\"code\":%lld,\"message\":", (long long)tm_item_field(span, TM_STATUS_CODE).integer);
    tm_json_write_string(out, tm_value_text(tm_item_field(span, TM_STATUS_MESSAGE)), TM_JSON_PLAIN);
    tm_buf_add_char(out, '}');
}

static void write_content(tm_buf *out, tm_value v)
{
    switch ((tm_type)v.type) {
    case TM_BOOL:
        tm_buf_print(out, "%s", v.truth ? "true" : "false");
        return;
    case TM_INT:
    case TM_NATIVE_INT:
    case TM_DURATION:
        tm_buf_print(out, "\"%lld\"", (long long)v.integer);
        return;
    case TM_DOUBLE:
        tm_json_write_double(out, v.number, TM_EXPONENT_SHORT);
        return;
    case TM_STRING:
        tm_json_write_string(out, tm_value_text(v), TM_JSON_PLAIN);
        return;
    case TM_MAP:
        write_map(out, v.map);
        return;
    case TM_LIST:
        write_list(out, v.list);
        return;
    case TM_TIME:
        tm_buf_print(out, "{\"sec\":\"%lld\",\"nsec\":%d,\"offset\":%d}",
                     (long long)v.time->seconds, (int)v.time->nanoseconds,
                     (int)v.time->offset_seconds);
        return;
    case TM_EVENTS:
    case TM_LINKS:
        write_member(out, v);
        return;
    case TM_STATUS:
        write_status(out, v.object);
        return;
    default:
        write_hex(out, tm_value_text(v));
    }
}

void tm_differential_write_value(tm_buf *out, tm_value v)
{
    tm_buf_print(out, "{\"type\":\"%s\"", tm_vectors_type_name((tm_type)v.type));
    if (v.type == TM_STRING && !tm_utf8_valid(tm_value_text(v))) {
        tm_buf_add(out, TM_TEXT(",\"hex\":"));
        write_hex(out, tm_value_text(v));
    } else if (v.type != TM_NIL) {
        tm_buf_add(out, TM_TEXT(",\"value\":"));
        write_content(out, v);
    }
    tm_buf_add_char(out, '}');
}

static void write_string(tm_buf *out, tm_text text)
{
    tm_buf_add_char(out, '"');
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (c < ' ')
            tm_buf_print(out, "\\u%04x", c);
        else {
            if (c == '"' || c == '\\')
                tm_buf_add_char(out, '\\');
            tm_buf_add_char(out, (char)c);
        }
    }
    tm_buf_add_char(out, '"');
}

void tm_differential_write_doc(tm_buf *out, const tm_doc *doc)
{
    bool map = doc->type == TM_DOC_MAP;
    if (doc->type != TM_DOC_LIST && !map) {
        if (doc->type == TM_DOC_STRING || doc->type == TM_DOC_DOUBLE)
            write_string(out, doc->text);
        else
            tm_buf_add(out, doc->type == TM_DOC_NULL ? TM_TEXT("null") : doc->text);
        return;
    }
    tm_buf_add_char(out, map ? '{' : '[');
    for (const tm_doc *child = doc->first; child; child = child->next) {
        if (child != doc->first)
            tm_buf_add_char(out, ',');
        if (map) {
            write_string(out, child->key);
            tm_buf_add_char(out, ':');
        }
        tm_differential_write_doc(out, child);
    }
    tm_buf_add_char(out, map ? '}' : ']');
}
