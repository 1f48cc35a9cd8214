/* Protobuf to OTLP/JSON: the message is checked first, so that writing meets only what is sound.
 * SPDX-License-Identifier: Apache-2.0 */
#include "otlp/otlp_json_write.h"

#include "base/base64.h"
#include "base/hex.h"
#include "base/json_write.h"
#include "otlp/otlp_json_name.h"

#include <assert.h>

/* Where in a body one field occurs. */
typedef struct occurrence {
    uint32_t number;
    uint32_t count;
    const char *first, *last; /* tags of the first and the last one */
    const char *end;          /* of the last one */
} occurrence;

static void write_message(tm_buf *out, tm_message message, tm_text body);

static void write_hex(tm_buf *out, tm_text id)
{
    char *at = tm_buf_reserve(out, 2 * id.n + 2);
    *at++ = '"';
    at = tm_hex_put(at, id);
    *at = '"';
    out->n += 2 * id.n + 2;
}

static void write_base64(tm_buf *out, tm_text bytes)
{
    tm_buf_add_char(out, '"');
    tm_base64_encode(out, bytes, 0);
    tm_buf_add_char(out, '"');
}

static void write_double(tm_buf *out, uint64_t bits)
{
    double number;
    memcpy(&number, &bits, sizeof number);
    tm_json_write_double(out, number, TM_EXPONENT_PADDED);
}

static void write_scalar(tm_buf *out, uint8_t kind, const tm_wire_field *f)
{
    bool wide = kind == TM_FIELD_INT64 || kind == TM_FIELD_FIXED64;
    if (wide)
        tm_buf_add_char(out, '"');
    switch (kind) {
    case TM_FIELD_BOOL:
        tm_buf_add(out, f->number_value ? TM_TEXT("true") : TM_TEXT("false"));
        break;
    case TM_FIELD_INT32:
    case TM_FIELD_ENUM:
        tm_json_write_int(out, (int32_t)f->number_value);
        break;
    case TM_FIELD_INT64:
        tm_json_write_int(out, (int64_t)f->number_value);
        break;
    case TM_FIELD_UINT32:
        tm_json_write_uint(out, (uint32_t)f->number_value);
        break;
    case TM_FIELD_DOUBLE:
        write_double(out, f->number_value);
        break;
    default:
        tm_json_write_uint(out, f->number_value);
    }
    if (wide)
        tm_buf_add_char(out, '"');
}

static void write_value(tm_buf *out, const tm_field_row *row, const tm_wire_field *f)
{
    switch (row->kind) {
    case TM_FIELD_STRING:
        tm_json_write_string(out, f->bytes, TM_JSON_KEEP_BAD);
        break;
    case TM_FIELD_BYTES:
        write_base64(out, f->bytes);
        break;
    case TM_FIELD_TRACE_ID:
    case TM_FIELD_SPAN_ID:
        write_hex(out, f->bytes);
        break;
    case TM_FIELD_MESSAGE:
        write_message(out, row->sub, f->bytes);
        break;
    default:
        write_scalar(out, row->kind, f);
    }
}

/* Zero, false or empty: proto3 does not tell it from an absent one. 32-bit varints count their
 * low bits. */
static bool is_default(const tm_field_row *row, const tm_wire_field *f)
{
    switch (row->kind) {
    case TM_FIELD_MESSAGE:
        return false;
    case TM_FIELD_STRING:
    case TM_FIELD_BYTES:
    case TM_FIELD_TRACE_ID:
    case TM_FIELD_SPAN_ID:
        return f->bytes.n == 0;
    case TM_FIELD_INT32:
    case TM_FIELD_UINT32:
    case TM_FIELD_ENUM:
        return (uint32_t)f->number_value == 0;
    default:
        return f->number_value == 0;
    }
}

/* The field at p, of a body that was checked. */
static const char *next_field(const char *p, const char *end, tm_wire_field *f)
{
    p = tm_wire_next(p, end, f);
    assert(p);
    return p;
}

/* The i-th occurrences from the first to the last, between them maybe other fields. */
static void write_items(tm_buf *out, const tm_field_row *row, const occurrence *o)
{
    char before = '[';
    for (const char *p = o->first; p < o->end;) {
        tm_wire_field f;
        p = next_field(p, o->end, &f);
        if (f.number != o->number)
            continue;
        tm_buf_add_char(out, before);
        write_value(out, row, &f);
        before = ',';
    }
    tm_buf_add_char(out, ']');
}

/* A message that occurs several times counts as its parts together: protobuf's merging. */
static tm_text joined(tm_arena *arena, const occurrence *o)
{
    tm_buf all = {.arena = arena};
    for (const char *p = o->first; p < o->end;) {
        tm_wire_field f;
        p = next_field(p, o->end, &f);
        if (f.number == o->number)
            tm_buf_add(&all, f.bytes);
    }
    return tm_buf_text(&all);
}

static void write_field(tm_buf *out, tm_message message, const tm_field_row *row,
                        const occurrence *o)
{
    tm_json_name_add(out, row->name);
    if (row->repeated) {
        write_items(out, row, o);
        return;
    }
    tm_wire_field f;
    next_field(o->last, o->end, &f);
    if (row->kind == TM_FIELD_MESSAGE && o->count > 1 && message != TM_MESSAGE_ANY_VALUE)
        f.bytes = joined(out->arena, o);
    write_value(out, row, &f);
}

/* Finds the fields of a body; returns the number of the one that came last, or 0. */
static uint32_t look(tm_message message, tm_text body, occurrence *seen)
{
    uint32_t last = 0;
    for (const char *p = body.p, *end = p + body.n; p < end;) {
        tm_wire_field f;
        p = next_field(p, end, &f);
        const tm_field_row *row = tm_field_find(message, f.number);
        /* The only INT32 fields are string indexes of profiles: in traces they count as absent. */
        if (!row || row->kind == TM_FIELD_INT32)
            continue;
        occurrence *o = &seen[f.number];
        if (o->count++ == 0)
            o->first = f.start;
        o->number = f.number;
        o->last = f.start;
        o->end = p;
        last = f.number;
    }
    return last;
}

/* Of the members of AnyValue the last one counts, whatever it holds; of others those that hold
 * something. */
static bool is_written(tm_message message, uint32_t number, uint32_t last, const tm_field_row *row,
                       const occurrence *o)
{
    if (message == TM_MESSAGE_ANY_VALUE)
        return number == last;
    if (o->count == 0 || row->repeated)
        return o->count > 0;
    tm_wire_field f;
    next_field(o->last, o->end, &f);
    return !is_default(row, &f);
}

static void write_message(tm_buf *out, tm_message message, tm_text body)
{
    occurrence seen[TM_FIELD_ROWS] = {0};
    uint32_t last = look(message, body, seen);
    char before = '{';
    for (uint32_t number = 1; number < TM_FIELD_ROWS; number++) {
        const tm_field_row *row = tm_field_find(message, number);
        if (!row || !is_written(message, number, last, row, &seen[number]))
            continue;
        tm_buf_add_char(out, before);
        write_field(out, message, row, &seen[number]);
        before = ',';
    }
    if (before == '{')
        tm_buf_add_char(out, '{');
    tm_buf_add_char(out, '}');
}

bool tm_otlp_to_json(tm_buf *out, tm_message message, tm_text protobuf, tm_text *error)
{
    tm_fault fault;
    if (tm_check(message, protobuf, &fault) == TM_MALFORMED) {
        size_t at = (size_t)(fault.at - protobuf.p);
        const char *field = fault.field ? fault.field : "";
        *error = tm_arena_print(out->arena, "%s%s%s at byte %zu", field, fault.field ? ": " : "",
                                fault.what, at);
        return false;
    }
    write_message(out, message, protobuf);
    return true;
}
