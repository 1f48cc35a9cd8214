/* Vectors, OTLP: JSON to protobuf and back, after the rows of src/otlp/messages.def.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vectors_doc.h"

#include "base/base64.h"
#include "base/number.h"
#include "otlp/wire.h"

typedef enum field_kind {
    KIND_BOOL,
    KIND_INT32,
    KIND_UINT32,
    KIND_INT64,
    KIND_ENUM,
    KIND_FIXED32,
    KIND_FIXED64,
    KIND_DOUBLE,
    KIND_STRING,
    KIND_BYTES,
    KIND_TRACE_ID,
    KIND_SPAN_ID,
    KIND_MESSAGE,
    KIND_RMESSAGE,
    KIND_RSTRING
} field_kind;

typedef enum message_kind {
    MESSAGE_REQUEST,
    MESSAGE_RESOURCE_SPANS,
    MESSAGE_RESOURCE,
    MESSAGE_ENTITY_REF,
    MESSAGE_SCOPE_SPANS,
    MESSAGE_SCOPE,
    MESSAGE_SPAN,
    MESSAGE_EVENT,
    MESSAGE_LINK,
    MESSAGE_STATUS,
    MESSAGE_KEY_VALUE,
    MESSAGE_ANY_VALUE,
    MESSAGE_ARRAY_VALUE,
    MESSAGE_KV_LIST,
    MESSAGE_NONE
} message_kind;

typedef struct field {
    uint32_t number;
    field_kind kind;
    const char *name; /* snake_case */
    message_kind message;
} field;

enum { FIELDS_MOST = 24 };

static const field fields[MESSAGE_NONE][FIELDS_MOST] = {
#define MESSAGE(name) [MESSAGE_##name] = {
#define FIELD(of, number, kind, name, message) {number, KIND_##kind, #name, MESSAGE_##message},
#define END                                                                                        \
    }                                                                                              \
    ,
#include "otlp/messages.def"
#undef MESSAGE
#undef FIELD
#undef END
};

/* "trace_id" to "traceId". */
static tm_text json_name(tm_arena *arena, const char *snake)
{
    tm_buf out = {.arena = arena};
    for (const char *p = snake; *p; p++) {
        if (*p == '_' && p[1])
            tm_buf_add_char(&out, (char)(*++p - 32));
        else
            tm_buf_add_char(&out, *p);
    }
    return tm_buf_text(&out);
}

static void put_varint(tm_buf *out, uint64_t value)
{
    out->n = (size_t)(tm_wire_put_varint(tm_buf_reserve(out, 10), value) - out->p);
}

static void put_bytes(tm_buf *out, const field *f, tm_text bytes)
{
    put_varint(out, tm_wire_tag(f->number, TM_WIRE_BYTES));
    put_varint(out, bytes.n);
    tm_buf_add(out, bytes);
}

static void put_fixed(tm_buf *out, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        tm_buf_add_char(out, (char)(value >> (8 * i)));
}

static uint64_t integer_of(const tm_doc *doc)
{
    int64_t integer;
    uint64_t natural = 0;
    if (doc->type == TM_DOC_BOOL)
        return doc->truth;
    if (tm_number_int(doc->text, &integer))
        return (uint64_t)integer;
    tm_number_uint(doc->text, &natural);
    return natural;
}

static unsigned digit(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c | 32) - 'a' + 10;
}

static tm_text unhex(tm_arena *arena, tm_text hex)
{
    tm_buf out = {.arena = arena};
    for (size_t i = 0; i + 1 < hex.n; i += 2)
        tm_buf_add_char(&out, (char)(digit(hex.p[i]) << 4 | digit(hex.p[i + 1])));
    return tm_buf_text(&out);
}

static uint64_t double_bits(const tm_doc *doc)
{
    double number = doc->number;
    if (doc->type == TM_DOC_STRING)
        number = tm_text_is(doc->text, "NaN") ? tm_number_nan()
                 : doc->text.p[0] == '-'      ? -__builtin_inf()
                                              : __builtin_inf();
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

static tm_text encode(tm_arena *arena, message_kind message, const tm_doc *doc);

static void encode_field(tm_buf *out, const field *f, const tm_doc *doc)
{
    tm_buf base64 = {.arena = out->arena};
    switch (f->kind) {
    case KIND_FIXED32:
        put_varint(out, tm_wire_tag(f->number, TM_WIRE_FIXED32));
        put_fixed(out, integer_of(doc), 4);
        break;
    case KIND_FIXED64:
    case KIND_DOUBLE:
        put_varint(out, tm_wire_tag(f->number, TM_WIRE_FIXED64));
        put_fixed(out, f->kind == KIND_DOUBLE ? double_bits(doc) : integer_of(doc), 8);
        break;
    case KIND_STRING:
        put_bytes(out, f, doc->text);
        break;
    case KIND_BYTES:
        tm_base64_decode(&base64, doc->text, 0);
        put_bytes(out, f, tm_buf_text(&base64));
        break;
    case KIND_TRACE_ID:
    case KIND_SPAN_ID:
        put_bytes(out, f, unhex(out->arena, doc->text));
        break;
    case KIND_MESSAGE:
        put_bytes(out, f, encode(out->arena, f->message, doc));
        break;
    case KIND_RMESSAGE:
        for (const tm_doc *item = doc->first; item; item = item->next)
            put_bytes(out, f, encode(out->arena, f->message, item));
        break;
    case KIND_RSTRING:
        for (const tm_doc *item = doc->first; item; item = item->next)
            put_bytes(out, f, item->text);
        break;
    default:
        put_varint(out, tm_wire_tag(f->number, TM_WIRE_VARINT));
        put_varint(out, integer_of(doc));
    }
}

static tm_text encode(tm_arena *arena, message_kind message, const tm_doc *doc)
{
    tm_buf out = {.arena = arena};
    for (const field *f = fields[message]; f->number; f++) {
        const tm_doc *child = tm_doc_find(doc, json_name(arena, f->name));
        if (child)
            encode_field(&out, f, child);
    }
    return tm_buf_text(&out);
}

tm_text tm_vectors_encode(tm_arena *arena, const tm_doc *traces)
{
    return encode(arena, MESSAGE_REQUEST, traces);
}

static tm_doc *decode(tm_arena *arena, message_kind message, tm_text bytes);

static tm_doc *new_text(tm_arena *arena, tm_text text)
{
    tm_doc *doc = tm_doc_new(arena, TM_DOC_STRING);
    doc->text = text;
    return doc;
}

static tm_doc *decode_double(tm_arena *arena, uint64_t bits)
{
    tm_doc *doc = tm_doc_new(arena, TM_DOC_DOUBLE);
    char text[TM_NUMBER_ROOM];
    memcpy(&doc->number, &bits, sizeof bits);
    doc->text = tm_arena_copy(
        arena, tm_text_slice(text, tm_number_print(text, doc->number, TM_EXPONENT_SHORT)));
    return doc;
}

static tm_doc *decode_hex(tm_arena *arena, tm_text bytes)
{
    tm_buf out = {.arena = arena};
    for (size_t i = 0; i < bytes.n; i++)
        tm_buf_print(&out, "%02x", (unsigned char)bytes.p[i]);
    return new_text(arena, tm_buf_text(&out));
}

static tm_doc *decode_bool(tm_arena *arena, bool truth)
{
    tm_doc *doc = tm_doc_new(arena, TM_DOC_BOOL);
    doc->truth = truth;
    doc->text = truth ? TM_TEXT("true") : TM_TEXT("false");
    return doc;
}

static tm_doc *decode_field(tm_arena *arena, const field *f, const tm_wire_field *w)
{
    tm_buf base64 = {.arena = arena};
    switch (f->kind) {
    case KIND_BOOL:
        return decode_bool(arena, w->number_value != 0);
    case KIND_DOUBLE:
        return decode_double(arena, w->number_value);
    case KIND_FIXED32:
    case KIND_FIXED64:
    case KIND_UINT32:
        return new_text(arena, tm_arena_print(arena, "%llu", (unsigned long long)w->number_value));
    case KIND_INT32:
    case KIND_ENUM:
        return new_text(arena, tm_arena_print(arena, "%d", (int)(int32_t)w->number_value));
    case KIND_INT64:
        return new_text(arena, tm_arena_print(arena, "%lld", (long long)w->number_value));
    case KIND_BYTES:
        tm_base64_encode(&base64, w->bytes, 0);
        return new_text(arena, tm_buf_text(&base64));
    case KIND_TRACE_ID:
    case KIND_SPAN_ID:
        return decode_hex(arena, w->bytes);
    case KIND_MESSAGE:
    case KIND_RMESSAGE:
        return decode(arena, f->message, w->bytes);
    case KIND_STRING:
    case KIND_RSTRING:
        break;
    }
    return new_text(arena, w->bytes);
}

/* Appends to the list of a repeated field; a scalar that comes twice replaces the first. */
static void add_member(tm_arena *arena, tm_doc *map, const field *f, tm_doc *child)
{
    tm_text name = json_name(arena, f->name);
    tm_doc *there = tm_doc_find(map, name);
    if (f->kind != KIND_RMESSAGE && f->kind != KIND_RSTRING) {
        child->key = name;
        if (there)
            there->key = TM_TEXT("");
        tm_doc_append(map, child);
        return;
    }
    if (!there) {
        there = tm_doc_new(arena, TM_DOC_LIST);
        there->key = name;
        tm_doc_append(map, there);
    }
    tm_doc_append(there, child);
}

static tm_doc *decode(tm_arena *arena, message_kind message, tm_text bytes)
{
    tm_doc *map = tm_doc_new(arena, TM_DOC_MAP);
    const char *p = bytes.p, *end = bytes.p + bytes.n;
    tm_wire_field w = {0};
    while (p && p < end) {
        p = tm_wire_next(p, end, &w);
        for (const field *f = fields[message]; p && f->number; f++)
            if (f->number == w.number)
                add_member(arena, map, f, decode_field(arena, f, &w));
    }
    return map;
}

tm_doc *tm_vectors_decode(tm_arena *arena, tm_text request)
{
    return decode(arena, MESSAGE_REQUEST, request);
}

tm_doc *tm_vectors_decode_span(tm_arena *arena, tm_text span)
{
    return decode(arena, MESSAGE_SPAN, span);
}
