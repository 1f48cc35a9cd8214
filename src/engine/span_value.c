/* Span value: writing.
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/span_value.h"

#include "base/base64.h"
#include "base/duration.h"
#include "base/json_write.h"
#include "otlp/otlp_json_write.h"
#include "otlp/wire.h"
#include "vm/convert.h"

/* Events or links, which are fields of the span's message. */
static void add_members(tm_buf *out, const tm_item *span, uint32_t number, tm_message message)
{
    const char *p = span->raw.p, *end = p + span->raw.n;
    tm_wire_field f;
    tm_text error;
    bool first = true;
    tm_buf_add_char(out, '[');
    while (p && p < end && (p = tm_wire_next(p, end, &f)) != NULL) {
        if (f.number != number)
            continue;
        if (!first)
            tm_buf_add_char(out, ',');
        first = false;
        tm_otlp_to_json(out, message, f.bytes, &error);
    }
    tm_buf_add_char(out, ']');
}

static void add_status(tm_buf *out, const tm_item *span)
{
    tm_buf_print(out, "{\"message\":");
    tm_json_write_string(out, tm_value_text(tm_item_field(span, TM_STATUS_MESSAGE)), TM_JSON_PLAIN);
    tm_buf_print(out, ",\"code\":%lld}", (long long)tm_item_field(span, TM_STATUS_CODE).integer);
}

/* What has no JSON of its own, without quotes. */
static void add_plain(tm_buf *out, tm_value v)
{
    tm_text json;
    if (v.type == TM_TRACE_ID || v.type == TM_SPAN_ID)
        tm_buf_add_hex(out, tm_value_text(v));
    else if (v.type == TM_BYTES)
        tm_base64_encode(out, tm_value_text(v), 0);
    else if (v.type == TM_STRING)
        tm_buf_add(out, tm_value_text(v));
    else if (v.type == TM_DURATION)
        tm_duration_print_whole(v.integer, out);
    else if (v.type == TM_TIME && tm_value_json(out->arena, v, false, &json))
        tm_buf_add(out, tm_text_slice(json.p + 1, json.n - 2)); /* in quotes */
    else
        tm_buf_add(out, tm_data_text(out->arena, v));
}

static void add_quoted(tm_buf *out, tm_value v)
{
    tm_buf text = {.arena = out->arena};
    add_plain(&text, v);
    tm_json_write_string(out, tm_buf_text(&text), TM_JSON_PLAIN);
}

void tm_span_value_json(tm_buf *out, tm_value v)
{
    tm_text json;
    switch ((tm_type)v.type) {
    case TM_NIL:
        tm_buf_print(out, "null");
        break;
    case TM_BOOL:
        tm_buf_print(out, "%s", v.truth ? "true" : "false");
        break;
    case TM_INT:
    case TM_NATIVE_INT:
        tm_json_write_int(out, v.integer);
        break;
    case TM_DOUBLE:
        tm_json_write_double(out, v.number, TM_EXPONENT_SHORT);
        break;
    case TM_MAP:
    case TM_LIST:
        if (tm_value_json(out->arena, v, false, &json))
            tm_buf_add(out, json);
        else
            add_quoted(out, v);
        break;
    case TM_EVENTS:
        add_members(out, v.object, TM_SPAN_EVENTS, TM_MESSAGE_EVENT);
        break;
    case TM_LINKS:
        add_members(out, v.object, TM_SPAN_LINKS, TM_MESSAGE_LINK);
        break;
    case TM_STATUS:
        add_status(out, v.object);
        break;
    default:
        add_quoted(out, v);
    }
}

void tm_span_value_text(tm_buf *out, tm_value v)
{
    bool plain = v.type == TM_STRING || v.type == TM_BYTES || v.type == TM_TIME ||
                 v.type == TM_DURATION || v.type == TM_TRACE_ID || v.type == TM_SPAN_ID;
    if (plain)
        add_plain(out, v);
    else
        tm_span_value_json(out, v);
}

void tm_span_request_json(tm_buf *out, const tm_request *q)
{
    tm_pieces pieces = {.arena = out->arena};
    tm_text error;
    tm_pieces_mark resource = tm_pieces_open(&pieces);
    tm_pieces_add_item(&pieces, &q->item[TM_RESOURCE], TM_NUMBER_RESOURCE_SPANS_resource);
    tm_pieces_mark scope = tm_pieces_open(&pieces);
    tm_pieces_add_item(&pieces, &q->item[TM_SCOPE], TM_NUMBER_SCOPE_SPANS_scope);
    tm_pieces_add_item(&pieces, &q->item[TM_SPAN], TM_NUMBER_SCOPE_SPANS_spans);
    tm_pieces_close(&pieces, scope, TM_NUMBER_RESOURCE_SPANS_scope_spans);
    tm_pieces_close(&pieces, resource, TM_NUMBER_REQUEST_resource_spans);
    char *bytes = tm_arena_alloc(out->arena, pieces.bytes);
    tm_pieces_copy(&pieces, bytes);
    tm_otlp_to_json(out, TM_MESSAGE_REQUEST, tm_text_slice(bytes, pieces.bytes), &error);
}
