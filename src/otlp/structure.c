/* Check: one table of messages drives it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "otlp/structure.h"

#include "base/utf8.h"

enum {
    TM_FIELD_RSTRING = TM_FIELD_STRING | 0x80,
    TM_FIELD_RMESSAGE = TM_FIELD_MESSAGE | 0x80,
};

static const tm_field_row rows[TM_MESSAGES][TM_FIELD_ROWS] = {
#define MESSAGE(name) [TM_MESSAGE_##name] = {
#define FIELD(message, number, kind_, name_, sub_)                                                 \
    [number] = {.kind = TM_FIELD_##kind_ & 0x7f,                                                   \
                .sub = TM_MESSAGE_##sub_,                                                          \
                .repeated = (TM_FIELD_##kind_ & 0x80) != 0,                                        \
                .name = #name_},
#define END                                                                                        \
    }                                                                                              \
    ,
#include "otlp/messages.def"
#undef MESSAGE
#undef FIELD
#undef END
};

enum {
    TM_WIRE_OF_BOOL = TM_WIRE_VARINT,
    TM_WIRE_OF_INT32 = TM_WIRE_VARINT,
    TM_WIRE_OF_UINT32 = TM_WIRE_VARINT,
    TM_WIRE_OF_INT64 = TM_WIRE_VARINT,
    TM_WIRE_OF_ENUM = TM_WIRE_VARINT,
    TM_WIRE_OF_FIXED32 = TM_WIRE_FIXED32,
    TM_WIRE_OF_FIXED64 = TM_WIRE_FIXED64,
    TM_WIRE_OF_DOUBLE = TM_WIRE_FIXED64,
    TM_WIRE_OF_STRING = TM_WIRE_BYTES,
    TM_WIRE_OF_RSTRING = TM_WIRE_BYTES,
    TM_WIRE_OF_BYTES = TM_WIRE_BYTES,
    TM_WIRE_OF_TRACE_ID = TM_WIRE_BYTES,
    TM_WIRE_OF_SPAN_ID = TM_WIRE_BYTES,
    TM_WIRE_OF_MESSAGE = TM_WIRE_BYTES,
    TM_WIRE_OF_RMESSAGE = TM_WIRE_BYTES
};

/* Tag 0 opens no field, so fields above 15, whose tags take two bytes, may leave their mark there.
 */
static const uint8_t of_tag[TM_MESSAGES][128] = {
#define MESSAGE(name) [TM_MESSAGE_##name] = {
#define FIELD(message, number, kind_, name_, sub_)                                                 \
    [(number) < 16 ? ((number) << 3 | TM_WIRE_OF_##kind_) : 0] =                                   \
        TM_MESSAGE_##sub_ == TM_MESSAGE_KEY_VALUE ? TM_FIELD_ATTRIBUTE                             \
                                                  : (TM_FIELD_##kind_ & 0x7f),
#define END                                                                                        \
    }                                                                                              \
    ,
#include "otlp/messages.def"
#undef MESSAGE
#undef FIELD
#undef END
};

const uint8_t (*tm_field_of_tag(void))[128]
{
    return of_tag;
}

static const uint8_t wire_of[] = {
#define WIRE(kind) [TM_FIELD_##kind] = TM_WIRE_OF_##kind,
    WIRE(BOOL) WIRE(INT32) WIRE(UINT32) WIRE(INT64) WIRE(ENUM) WIRE(FIXED32) WIRE(FIXED64)
        WIRE(DOUBLE) WIRE(STRING) WIRE(BYTES) WIRE(TRACE_ID) WIRE(SPAN_ID) WIRE(MESSAGE)
#undef WIRE
};

const tm_field_row *tm_field_find(tm_message message, uint32_t number)
{
    if (number >= TM_FIELD_ROWS || !rows[message][number].name)
        return NULL;
    return &rows[message][number];
}

static tm_soundness malformed(tm_fault *fault, const char *what, const char *field, const char *at)
{
    *fault = (tm_fault){.what = what, .field = field, .at = at};
    return TM_MALFORMED;
}

static tm_soundness check_body(tm_message message, tm_text body, unsigned depth, tm_fault *fault);

static tm_soundness check_value(const tm_field_row *row, const tm_wire_field *f, unsigned depth,
                                tm_fault *fault)
{
    switch (row->kind) {
    case TM_FIELD_STRING:
        if (tm_utf8_valid(f->bytes))
            return TM_SOUND;
        *fault = (tm_fault){"text is not UTF-8", row->name, f->start};
        return TM_BAD_UTF8;
    case TM_FIELD_TRACE_ID:
        if (f->bytes.n != 0 && f->bytes.n != 16)
            return malformed(fault, "a trace id has 16 bytes", row->name, f->start);
        return TM_SOUND;
    case TM_FIELD_SPAN_ID:
        if (f->bytes.n != 0 && f->bytes.n != 8)
            return malformed(fault, "a span id has 8 bytes", row->name, f->start);
        return TM_SOUND;
    case TM_FIELD_MESSAGE:
        if (row->sub == TM_MESSAGE_ARRAY_VALUE || row->sub == TM_MESSAGE_KV_LIST)
            depth++;
        if (depth > TM_VALUE_DEPTH)
            return malformed(fault, "arrays and maps nest too deeply", row->name, f->start);
        return check_body(row->sub, f->bytes, depth, fault);
    default:
        return TM_SOUND;
    }
}

static tm_soundness check_one(tm_message message, const tm_wire_field *f, unsigned depth,
                              tm_fault *fault)
{
    const tm_field_row *row = tm_field_find(message, f->number);
    if (!row)
        return TM_SOUND;
    if (f->type != wire_of[row->kind])
        return malformed(fault, "wrong wire type", row->name, f->start);
    return check_value(row, f, depth, fault);
}

static tm_soundness check_body(tm_message message, tm_text body, unsigned depth, tm_fault *fault)
{
    tm_soundness worst = TM_SOUND;
    const char *p = body.p, *end = p + body.n;
    while (p < end) {
        tm_wire_field f;
        const char *start = p;
        p = tm_wire_next(p, end, &f);
        if (!p)
            return malformed(fault, "not a protobuf field", NULL, start);
        tm_fault here;
        tm_soundness s = check_one(message, &f, depth, &here);
        if (s > worst) {
            worst = s;
            *fault = here;
        }
        if (worst == TM_MALFORMED)
            return worst;
    }
    return worst;
}

tm_soundness tm_check(tm_message message, tm_text body, tm_fault *fault)
{
    return check_body(message, body, 0, fault);
}

tm_soundness tm_check_field(tm_message message, const tm_wire_field *f, tm_fault *fault)
{
    return check_one(message, f, 0, fault);
}
