/* Wire: protobuf's encoding, read with every bound checked and written in its shortest form.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_OTLP_WIRE_H
#define TM_OTLP_WIRE_H

#include "base/text.h"

/* Wire types; groups (3 and 4) do not occur in proto3 and are malformed here. */
enum { TM_WIRE_VARINT = 0, TM_WIRE_FIXED64 = 1, TM_WIRE_BYTES = 2, TM_WIRE_FIXED32 = 5 };

/* One field: where it starts, its number and its value. */
typedef struct tm_wire_field {
    const char *start; /* of the tag */
    uint32_t number;
    uint32_t type;
    uint64_t number_value; /* VARINT, FIXED64, FIXED32 */
    tm_text bytes;         /* BYTES */
} tm_wire_field;

/* Reads a varint of at most 64 bits; NULL when it is cut off, longer than ten bytes or above
 * 2^64-1. */
static inline const char *tm_wire_varint(const char *p, const char *end, uint64_t *out)
{
    uint64_t value = 0;
    for (unsigned shift = 0; p < end && shift < 64; shift += 7) {
        uint8_t byte = (uint8_t)*p++;
        if (shift == 63 && byte > 1)
            return NULL;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *out = value;
            return p;
        }
    }
    return NULL;
}

/* A varint whose value is most often below 128. */
static inline const char *tm_wire_short(const char *p, const char *end, uint64_t *out)
{
    if (p < end && (uint8_t)*p < 0x80) {
        *out = (uint8_t)*p;
        return p + 1;
    }
    return tm_wire_varint(p, end, out);
}

static inline uint64_t tm_wire_load64(const char *p)
{
    uint64_t x;
    memcpy(&x, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    x = __builtin_bswap64(x);
#endif
    return x;
}

static inline uint32_t tm_wire_load32(const char *p)
{
    uint32_t x;
    memcpy(&x, p, 4);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    x = __builtin_bswap32(x);
#endif
    return x;
}

/* Reads the field at p and returns where the next one starts; NULL when it is malformed: cut off,
 * field number 0 or above 2^29-1, a group, an unknown wire type. */
static inline const char *tm_wire_next(const char *p, const char *end, tm_wire_field *f)
{
    uint64_t tag;
    f->start = p;
    p = tm_wire_short(p, end, &tag);
    if (!p || tag < 8 || tag > UINT32_MAX)
        return NULL;
    f->number = (uint32_t)(tag >> 3);
    f->type = (uint32_t)(tag & 7);
    switch (f->type) {
    case TM_WIRE_VARINT:
        return tm_wire_short(p, end, &f->number_value);
    case TM_WIRE_FIXED64:
        if (end - p < 8)
            return NULL;
        f->number_value = tm_wire_load64(p);
        return p + 8;
    case TM_WIRE_FIXED32:
        if (end - p < 4)
            return NULL;
        f->number_value = tm_wire_load32(p);
        return p + 4;
    case TM_WIRE_BYTES: {
        uint64_t n;
        p = tm_wire_short(p, end, &n);
        if (!p || n > (uint64_t)(end - p))
            return NULL;
        f->bytes = tm_text_slice(p, (size_t)n);
        return p + n;
    }
    default:
        return NULL;
    }
}

/* Takes the fields off the front of *rest until one of that number is of wire type BYTES, whose
 * body *body becomes. False: there is none; *rest is empty, and *body stays. */
static inline bool tm_wire_next_bytes(tm_text *rest, uint32_t number, tm_text *body)
{
    tm_wire_field f;
    const char *p = rest->p, *end = rest->n ? p + rest->n : p; /* NULL + 0 is undefined */
    while (p < end && (p = tm_wire_next(p, end, &f)) != NULL) {
        if (f.number != number || f.type != TM_WIRE_BYTES)
            continue;
        *rest = tm_text_slice(p, (size_t)(end - p));
        *body = f.bytes;
        return true;
    }
    *rest = (tm_text){0};
    return false;
}

/* The field at p when its tag is this one byte, of wire type BYTES, and its length takes at most
 * two; NULL: it is another one, read it by tm_wire_next. */
static inline const char *tm_wire_usual_bytes(const char *p, const char *end, uint8_t tag,
                                              tm_text *body)
{
    if (end - p < 3 || (uint8_t)p[0] != tag)
        return NULL;
    size_t n = (uint8_t)p[1];
    const char *start = p + 2;
    if (n >= 0x80) {
        if ((uint8_t)p[2] >= 0x80)
            return NULL;
        n = (n & 0x7f) | (size_t)p[2] << 7;
        start++;
    }
    if (n > (size_t)(end - start))
        return NULL;
    *body = tm_text_slice(start, n);
    return start + n;
}

/* --- writing: the caller has room; each returns the end --- */
static inline size_t tm_wire_varint_bytes(uint64_t value)
{
    return value < 0x80 ? 1 : ((size_t)(63 - __builtin_clzll(value)) * 9 + 73) / 64;
}

static inline char *tm_wire_put_varint(char *at, uint64_t value)
{
    while (value >= 0x80) {
        *at++ = (char)(value | 0x80);
        value >>= 7;
    }
    *at++ = (char)value;
    return at;
}

static inline uint32_t tm_wire_tag(uint32_t number, uint32_t type)
{
    return number << 3 | type;
}

static inline char *tm_wire_put_text(char *at, tm_text t)
{
    if (t.n)
        memcpy(at, t.p, t.n);
    return at + t.n;
}

/* Tag, length and bytes of a field of wire type BYTES; and how many bytes that is. */
static inline size_t tm_wire_bytes_field_bytes(uint32_t number, size_t n)
{
    return tm_wire_varint_bytes((uint64_t)number << 3) + tm_wire_varint_bytes(n) + n;
}

static inline char *tm_wire_put_bytes_field(char *at, uint32_t number, tm_text t)
{
    at = tm_wire_put_varint(at, tm_wire_tag(number, TM_WIRE_BYTES));
    at = tm_wire_put_varint(at, t.n);
    return tm_wire_put_text(at, t);
}

static inline char *tm_wire_put_fixed64(char *at, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        at[i] = (char)(value >> (8 * i));
    return at + 8;
}

static inline char *tm_wire_put_fixed32(char *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (char)(value >> (8 * i));
    return at + 4;
}

#endif
