/* OTLP/JSON to protobuf: scalars.
 * SPDX-License-Identifier: Apache-2.0 */
#include "otlp/otlp_json_inside.h"

#include "base/base64.h"
#include "base/hex.h"
#include "base/number.h"
#include "otlp/enums.h"

#include <math.h>

bool tm_json_value_fail(tm_json_reader *r, const tm_json_field *f, const char *error)
{
    if (!r->json.error && f)
        r->field = f->row->name;
    tm_json_fail(&r->json, error);
    return false;
}

static void put_varint(tm_json_reader *r, uint64_t value)
{
    char *at = tm_buf_reserve(&r->out, 10);
    r->out.n += (size_t)(tm_wire_put_varint(at, value) - at);
}

void tm_json_value_put_tag(tm_json_reader *r, const tm_json_field *f, uint32_t type)
{
    put_varint(r, tm_wire_tag(f->number, type));
}

void tm_json_value_put_empty(tm_json_reader *r, const tm_json_field *f)
{
    tm_json_value_put_tag(r, f, TM_WIRE_BYTES);
    put_varint(r, 0);
}

static void put_text(tm_json_reader *r, const tm_json_field *f, tm_text text)
{
    if (text.n == 0 && !f->keep_default)
        return;
    tm_json_value_put_tag(r, f, TM_WIRE_BYTES);
    put_varint(r, text.n);
    tm_buf_add(&r->out, text);
}

static uint32_t wire_type(uint8_t number_kind)
{
    switch (number_kind) {
    case TM_FIELD_DOUBLE:
    case TM_FIELD_FIXED64:
        return TM_WIRE_FIXED64;
    case TM_FIELD_FIXED32:
        return TM_WIRE_FIXED32;
    default:
        return TM_WIRE_VARINT;
    }
}

static void put_number(tm_json_reader *r, const tm_json_field *f, uint64_t value)
{
    uint32_t type = wire_type(f->row->kind);
    if (value == 0 && !f->keep_default)
        return;
    tm_json_value_put_tag(r, f, type);
    char *at = tm_buf_reserve(&r->out, 10), *end;
    if (type == TM_WIRE_FIXED64)
        end = tm_wire_put_fixed64(at, value);
    else if (type == TM_WIRE_FIXED32)
        end = tm_wire_put_fixed32(at, (uint32_t)value);
    else
        end = tm_wire_put_varint(at, value);
    r->out.n += (size_t)(end - at);
}

static bool is_numeric(tm_json_event event)
{
    return event == TM_JSON_NUMBER || event == TM_JSON_STRING;
}

/* A text may be padded with zeros, which a number of JSON may not: 007. */
static tm_text unpadded(const tm_json_reader *r, tm_json_event event)
{
    tm_text text = r->json.text;
    if (event == TM_JSON_STRING)
        while (text.n > 1 && text.p[0] == '0' && text.p[1] >= '0' && text.p[1] <= '9')
            text = tm_text_skip(text, 1);
    return text;
}

/* A signed number between the two bounds. */
static bool read_int(tm_json_reader *r, const tm_json_field *f, tm_json_event event, int64_t least,
                     int64_t most)
{
    int64_t value;
    if (!is_numeric(event) || !tm_number_int(unpadded(r, event), &value) || value < least ||
        value > most)
        return tm_json_value_fail(r, f, "it is not an integer that fits");
    put_number(r, f, (uint64_t)value);
    return true;
}

static bool read_uint(tm_json_reader *r, const tm_json_field *f, tm_json_event event, uint64_t most)
{
    uint64_t value;
    if (!is_numeric(event) || !tm_number_uint(unpadded(r, event), &value) || value > most)
        return tm_json_value_fail(r, f, "it is not a non-negative integer that fits");
    put_number(r, f, value);
    return true;
}

static bool read_enum(tm_json_reader *r, const tm_json_field *f, tm_json_event event)
{
    tm_enum which = strcmp(f->row->name, "kind") == 0 ? TM_ENUM_SPAN_KIND : TM_ENUM_STATUS_CODE;
    int64_t value;
    if (event == TM_JSON_STRING && tm_enum_read(which, r->json.text, &value)) {
        put_number(r, f, (uint64_t)value);
        return true;
    }
    return read_int(r, f, event, INT32_MIN, INT32_MAX);
}

static bool word_double(tm_text word, double *number)
{
    bool negative = tm_text_is(word, "-Infinity");
    if (negative || tm_text_is(word, "Infinity"))
        *number = negative ? -INFINITY : INFINITY;
    else if (tm_text_is(word, "NaN"))
        *number = tm_number_nan();
    else
        return false;
    return true;
}

static bool read_double(tm_json_reader *r, const tm_json_field *f, tm_json_event event)
{
    double number;
    bool word = event == TM_JSON_STRING && word_double(r->json.text, &number);
    if (!word) {
        if (!is_numeric(event) || !tm_number_double(r->json.text, &number))
            return tm_json_value_fail(r, f, "it is not a number");
        if (isinf(number))
            return tm_json_value_fail(r, f, "it does not fit a double");
    }
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    put_number(r, f, bits);
    return true;
}

static bool read_bool(tm_json_reader *r, const tm_json_field *f, tm_json_event event)
{
    if (event != TM_JSON_TRUE && event != TM_JSON_FALSE)
        return tm_json_value_fail(r, f, "it is not true or false");
    put_number(r, f, event == TM_JSON_TRUE);
    return true;
}

static bool read_text(tm_json_reader *r, const tm_json_field *f, tm_json_event event)
{
    if (event != TM_JSON_STRING)
        return tm_json_value_fail(r, f, "it is not a string");
    put_text(r, f, r->json.text);
    return true;
}

static bool read_base64(tm_json_reader *r, const tm_json_field *f, tm_json_event event)
{
    tm_buf bytes = {.arena = r->json.arena};
    if (event != TM_JSON_STRING || !tm_base64_decode(&bytes, r->json.text, TM_BASE64_ANY))
        return tm_json_value_fail(r, f, "it is not base64");
    put_text(r, f, tm_buf_text(&bytes));
    return true;
}

/* `size` bytes in hex, or nothing at all. */
static bool read_id(tm_json_reader *r, const tm_json_field *f, tm_json_event event, size_t size)
{
    char id[16];
    tm_text hex = r->json.text;
    if (event == TM_JSON_STRING && hex.n == 0)
        return true;
    if (event != TM_JSON_STRING || hex.n != 2 * size)
        return tm_json_value_fail(
            r, f, size == 16 ? "it is not 32 hex digits" : "it is not 16 hex digits");
    if (!tm_hex_read(id, hex))
        return tm_json_value_fail(r, f, "it is not hex");
    put_text(r, f, tm_text_slice(id, size));
    return true;
}

bool tm_json_value_read(tm_json_reader *r, const tm_json_field *f, tm_json_event event)
{
    switch (f->row->kind) {
    case TM_FIELD_BOOL:
        return read_bool(r, f, event);
    case TM_FIELD_INT64:
        return read_int(r, f, event, INT64_MIN, INT64_MAX);
    case TM_FIELD_UINT32:
    case TM_FIELD_FIXED32:
        return read_uint(r, f, event, UINT32_MAX);
    case TM_FIELD_FIXED64:
        return read_uint(r, f, event, UINT64_MAX);
    case TM_FIELD_ENUM:
        return read_enum(r, f, event);
    case TM_FIELD_DOUBLE:
        return read_double(r, f, event);
    case TM_FIELD_STRING:
        return read_text(r, f, event);
    case TM_FIELD_BYTES:
        return read_base64(r, f, event);
    case TM_FIELD_TRACE_ID:
        return read_id(r, f, event, 16);
    case TM_FIELD_SPAN_ID:
        return read_id(r, f, event, 8);
    default:
        return tm_json_value_fail(r, f, "it is not understood");
    }
}
