/* Making: OTLP messages at random, by the table of messages, written as oddly as protobuf allows -
 * and, when asked, as it does not. The same seed always gives the same bytes.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TEST_OTLP_MAKING_H
#define TM_TEST_OTLP_MAKING_H

#include "base/buf.h"
#include "otlp/structure.h"

/* How odd a message may be; the plain ones are as SDKs write them. */
typedef enum tm_oddity {
    TM_ODD_ORDER = 1,    /* fields in any order */
    TM_ODD_REPEATED = 2, /* single fields several times; parts of messages to be merged */
    TM_ODD_UNKNOWN = 4,  /* fields that nobody knows */
    TM_ODD_LONG = 8,     /* varints longer than need be, up to 5 bytes of tag and length */
    TM_ODD_VALUES = 16,  /* AnyValues of no member, of several, KeyValues without key or value */
    TM_ODD_ALL = 31,
    TM_ODD_UTF8 = 32,    /* strings that are no UTF-8 */
    TM_ODD_IDS = 64,     /* ids of a wrong length */
    TM_ODD_GROUPS = 128, /* groups, which proto3 does not have */
    TM_ODD_TYPES = 256,  /* known fields of a wrong wire type */
    TM_ODD_ZEROS = 512   /* ids of zeros only */
} tm_oddity;

typedef struct tm_making {
    tm_arena *arena;
    uint64_t state;
    unsigned odd;     /* of tm_oddity */
    unsigned depth;   /* how deep values still may nest */
    unsigned members; /* most resources, scopes, spans, ... of their parent; 0: 4 */
    bool no_numbers;  /* the next message is to be merged with one behind it: protobuf-c loses its
                         numbers */
} tm_making;

static inline uint64_t making_next(tm_making *m)
{
    m->state ^= m->state >> 12;
    m->state ^= m->state << 25;
    m->state ^= m->state >> 27;
    return m->state * UINT64_C(0x2545f4914f6cdd1d);
}

static inline tm_making making_of(tm_arena *arena, uint64_t seed, unsigned odd)
{
    tm_making m = {
        .arena = arena, .state = seed * 2654435761u + 88172645463325252u, .odd = odd, .depth = 3};
    making_next(&m);
    return m;
}

static inline unsigned making_below(tm_making *m, unsigned n)
{
    return (unsigned)((making_next(m) >> 33) % n);
}

/* True once in n times, if that oddity is asked for. */
static inline bool making_odd(tm_making *m, unsigned oddity, unsigned n)
{
    return (m->odd & oddity) && making_below(m, n) == 0;
}

static inline void making_varint(tm_making *m, tm_buf *out, uint64_t value, bool may_be_long)
{
    unsigned bytes = 1;
    for (uint64_t v = value; v >= 0x80; v >>= 7)
        bytes++;
    if (may_be_long && bytes < 5 && making_odd(m, TM_ODD_LONG, 16))
        bytes += 1 + making_below(m, 5 - bytes);
    for (; bytes > 1; bytes--, value >>= 7)
        tm_buf_add_char(out, (char)(value | 0x80));
    tm_buf_add_char(out, (char)(value & 0x7f));
}

static inline void making_field(tm_making *m, tm_buf *out, unsigned number, unsigned type,
                                uint64_t value, tm_text t)
{
    making_varint(m, out, (uint64_t)number << 3 | type, true);
    if (type == TM_WIRE_BYTES) {
        making_varint(m, out, t.n, true);
        tm_buf_add(out, t);
    } else if (type == TM_WIRE_VARINT) {
        making_varint(m, out, value, true);
    } else {
        unsigned n = type == TM_WIRE_FIXED64 ? 8 : 4;
        for (unsigned i = 0; i < n; i++)
            tm_buf_add_char(out, (char)(value >> (8 * i)));
    }
}

static inline uint64_t making_number(tm_making *m)
{
    static const uint64_t numbers[] = {0,   1,     2,          127,       128,
                                       300, 16384, UINT32_MAX, INT64_MAX, UINT64_MAX};
    unsigned i = making_below(m, 14);
    return i < 10 ? numbers[i] : making_next(m) >> making_below(m, 64);
}

static inline tm_text making_text(tm_making *m)
{
    static const char *const words[] = {
        "",   "a",           "http.route", "user_agent",      "GET",
        "k",  "caf\xc3\xa9", "key7",       "\xe2\x82\xac 10", "0123456789abcdef0123456789abcdef",
        "x.y"};
    unsigned i = making_below(m, 14);
    if (making_odd(m, TM_ODD_UTF8, 40))
        return tm_text_of(i % 2 ? "bad \xff utf" : "\xed\xa0\x80");
    if (i < 11)
        return tm_text_of(words[i]);
    size_t n = making_below(m, i == 11 ? 40 : i == 12 ? 140 : 700);
    char *p = tm_arena_alloc(m->arena, n);
    for (size_t k = 0; k < n; k++)
        p[k] = (char)('!' + making_below(m, 90));
    return tm_text_slice(p, n);
}

static inline tm_text making_bytes(tm_making *m, size_t n)
{
    char *p = tm_arena_alloc(m->arena, n);
    for (size_t i = 0; i < n; i++)
        p[i] = (char)making_next(m);
    return tm_text_slice(p, n);
}

static inline tm_text making_message(tm_making *m, tm_message message);

static inline void making_known(tm_making *m, tm_buf *out, unsigned number, const tm_field_row *row)
{
    static const uint8_t types[] = {
        [TM_FIELD_FIXED32] = TM_WIRE_FIXED32, [TM_FIELD_FIXED64] = TM_WIRE_FIXED64,
        [TM_FIELD_DOUBLE] = TM_WIRE_FIXED64,  [TM_FIELD_STRING] = TM_WIRE_BYTES,
        [TM_FIELD_BYTES] = TM_WIRE_BYTES,     [TM_FIELD_TRACE_ID] = TM_WIRE_BYTES,
        [TM_FIELD_SPAN_ID] = TM_WIRE_BYTES,   [TM_FIELD_MESSAGE] = TM_WIRE_BYTES};
    tm_text t = {0};
    unsigned type = types[row->kind];
    if (row->kind == TM_FIELD_STRING)
        t = making_text(m);
    else if (row->kind == TM_FIELD_BYTES)
        t = making_bytes(m, making_below(m, 20));
    else if (row->kind == TM_FIELD_TRACE_ID || row->kind == TM_FIELD_SPAN_ID)
        t = making_bytes(m, making_odd(m, TM_ODD_IDS, 60)    ? making_below(m, 20)
                            : making_below(m, 8) == 0        ? 0
                            : row->kind == TM_FIELD_TRACE_ID ? 16
                                                             : 8);
    else if (row->kind == TM_FIELD_MESSAGE)
        t = making_message(m, row->sub);
    if ((row->kind == TM_FIELD_TRACE_ID || row->kind == TM_FIELD_SPAN_ID) &&
        making_odd(m, TM_ODD_ZEROS, 3))
        memset((char *)(uintptr_t)t.p, 0, t.n);
    if (making_odd(m, TM_ODD_TYPES, 300))
        type = (type + 1 + making_below(m, 2) * 4) % 6;
    making_field(m, out, number, type, making_number(m), t);
}

static inline void making_unknown(tm_making *m, tm_buf *out)
{
    static const unsigned numbers[] = {17, 18, 31, 100, 1000, 20000, (1u << 29) - 1};
    static const unsigned types[] = {TM_WIRE_VARINT, TM_WIRE_FIXED64, TM_WIRE_BYTES,
                                     TM_WIRE_FIXED32};
    unsigned number = numbers[making_below(m, 7)];
    if (making_odd(m, TM_ODD_GROUPS, 8)) {
        making_varint(m, out, number << 3 | 3, true);
        making_varint(m, out, number << 3 | 4, true);
        return;
    }
    making_field(m, out, number, types[making_below(m, 4)], making_number(m),
                 making_bytes(m, making_below(m, 9)));
}

/* One member most often; odd ones have none or several. */
static inline tm_text making_value(tm_making *m)
{
    tm_buf out = {.arena = m->arena};
    unsigned members = making_odd(m, TM_ODD_VALUES, 8) ? making_below(m, 4) : 1;
    if (m->no_numbers && members == 0)
        members = 1; /* protobuf-c loses the value before an empty one */
    m->no_numbers = false;
    for (unsigned i = 0; i < members; i++) {
        unsigned number = 1 + making_below(m, (m->odd & TM_ODD_VALUES) ? 8 : 7);
        if ((number == 5 || number == 6) && m->depth == 0)
            number = 1;
        m->depth -= number == 5 || number == 6;
        making_known(m, &out, number, tm_field_find(TM_MESSAGE_ANY_VALUE, number));
        m->depth += number == 5 || number == 6;
    }
    if (making_odd(m, TM_ODD_UNKNOWN, 20))
        making_unknown(m, &out);
    return tm_buf_text(&out);
}

/* How often a field stands in its message. */
static inline unsigned making_times(tm_making *m, tm_message message, const tm_field_row *row,
                                    unsigned number)
{
    if (message == TM_MESSAGE_KEY_VALUE)
        return number == 3
                   ? making_odd(m, TM_ODD_VALUES, 16)
                   : 1 + making_odd(m, TM_ODD_REPEATED, 20) - making_odd(m, TM_ODD_VALUES, 20);
    if (m->no_numbers && (row->kind == TM_FIELD_UINT32 || row->kind == TM_FIELD_ENUM))
        return 0;
    if (row->repeated)
        return making_below(m, (m->members ? m->members : 4) + 1);
    if (making_odd(m, TM_ODD_REPEATED, 10))
        return 2;
    return making_below(m, 4) != 0;
}

static inline void making_shuffle(tm_making *m, tm_text *field, unsigned n)
{
    for (unsigned i = n; i > 1; i--) {
        unsigned k = making_below(m, i);
        tm_text t = field[i - 1];
        field[i - 1] = field[k];
        field[k] = t;
    }
}

static inline tm_text making_message(tm_making *m, tm_message message)
{
    enum { MOST = 400 };
    if (message == TM_MESSAGE_ANY_VALUE)
        return making_value(m);
    tm_text *field = TM_NEW_ARRAY(m->arena, MOST, tm_text);
    unsigned n = 0;
    const bool merged = m->no_numbers;
    for (unsigned number = 1; number < TM_FIELD_ROWS; number++) {
        const tm_field_row *row = tm_field_find(message, number);
        m->no_numbers = merged;
        unsigned times = row ? making_times(m, message, row, number) : 0;
        for (unsigned i = 0; i < times && n < MOST - 4; i++) {
            tm_buf out = {.arena = m->arena};
            m->no_numbers = row->kind == TM_FIELD_MESSAGE && !row->repeated && times > 1;
            making_known(m, &out, number, row);
            field[n++] = tm_buf_text(&out);
        }
    }
    m->no_numbers = false;
    while (making_odd(m, TM_ODD_UNKNOWN, 6) && n < MOST) {
        tm_buf out = {.arena = m->arena};
        making_unknown(m, &out);
        field[n++] = tm_buf_text(&out);
    }
    if (making_odd(m, TM_ODD_ORDER, 2))
        making_shuffle(m, field, n);
    tm_buf out = {.arena = m->arena};
    for (unsigned i = 0; i < n; i++)
        tm_buf_add(&out, field[i]);
    return tm_buf_text(&out);
}

static inline tm_text making_request(tm_making *m)
{
    return making_message(m, TM_MESSAGE_REQUEST);
}

/* The bytes with a few of them changed, taken out, doubled, or the end cut off. */
static inline tm_text making_mutated(tm_making *m, tm_text bytes)
{
    tm_text t = tm_arena_copy(m->arena, bytes);
    char *p = (char *)(uintptr_t)t.p;
    for (unsigned i = making_below(m, 4); i > 0 && t.n; i--) {
        size_t at = making_below(m, (unsigned)t.n);
        switch (making_below(m, 4)) {
        case 0:
            p[at] = (char)making_next(m);
            break;
        case 1:
            p[at] = (char)(p[at] ^ 1 << making_below(m, 8));
            break;
        case 2:
            memmove(p + at, p + at + 1, t.n - at - 1);
            t.n--;
            break;
        default:
            t.n = at;
            break;
        }
    }
    return t;
}

#endif
