/* Walk: fields of an item, its attributes first of all, since most bytes are theirs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "otlp/walk.h"

#include "base/utf8.h"

static const uint8_t message_of[TM_LEVELS] = {[TM_RESOURCE] = TM_MESSAGE_RESOURCE,
                                              [TM_SCOPE] = TM_MESSAGE_SCOPE,
                                              [TM_SPAN] = TM_MESSAGE_SPAN,
                                              [TM_EVENT] = TM_MESSAGE_EVENT};

static tm_soundness malformed(tm_fault *fault, const char *what, const char *field, const char *at)
{
    *fault = (tm_fault){.what = what, .field = field, .at = at};
    return TM_MALFORMED;
}

/* Where the walk is: how far the bytes are known to be ASCII, so that a run of attributes is looked at
 * once, in wide strides, and not string by string. */
typedef struct tm_ascii {
    const char *from, *until; /* [from, until) is ASCII */
    const char *retry;        /* no wide look before this place: it holds something else */
} tm_ascii;

enum { TM_STRIDE_BYTES = 64 };

static inline bool stride_is_ascii(const char *p)
{
    uint64_t seen = 0;
    for (unsigned i = 0; i < TM_STRIDE_BYTES; i += 8)
        seen |= tm_utf8_load8(p + i);
    return (seen & 0x8080808080808080u) == 0;
}

static bool is_ascii_slow(tm_ascii *known, tm_text t, const char *end)
{
    const char *p = t.p;
    if (p >= known->retry) {
        const char *until = p;
        while (end - until >= TM_STRIDE_BYTES && stride_is_ascii(until))
            until += TM_STRIDE_BYTES;
        known->from = p;
        known->until = until;
        known->retry = until + TM_STRIDE_BYTES;
        if (t.p + t.n <= until)
            return true;
    }
    return tm_utf8_is_ascii(t);
}

/* True when the text, which ends before `end`, is ASCII. */
static inline bool is_ascii(tm_ascii *known, tm_text t, const char *end)
{
    if (t.p >= known->from && t.p + t.n <= known->until)
        return true;
    return is_ascii_slow(known, t, end);
}

/* Fills the slot of an AnyValue body that was found sound. */
static void fill_slot(tm_item *item, tm_slot *slot, tm_text any_value, tm_text key_value)
{
    slot->found = true;
    slot->raw = key_value;
    tm_wire_field f;
    const char *p = any_value.p, *end = p + any_value.n;
    bool composite = false;
    while (p < end && (p = tm_wire_next(p, end, &f)) != NULL)
        composite |= f.number == 5 || f.number == 6;
    if (composite)
        slot->composite = any_value;
    else
        slot->value = tm_value_decode(item->arena, any_value);
}

static inline tm_slot *find_slot(tm_item *item, tm_text key)
{
    const tm_needs *needs = item->needs;
    for (uint32_t i = needs->head[key.n < 63 ? key.n : 63]; i; i = needs->next[i - 1])
        if (tm_text_equal(needs->key[i - 1], key)) {
            item->touched |= (uint64_t)1 << ((i - 1) & 63);
            return &item->slot[i - 1];
        }
    return NULL;
}

static inline bool is_needed(const tm_item *item, tm_text key)
{
    return item->needs->lengths >> (key.n < 63 ? key.n : 63) & 1;
}

/* A length of one or two bytes (what strings of a span have) that stays inside; NULL: another one. */
static inline const uint8_t *usual_length(const uint8_t *p, const uint8_t *end, size_t *n)
{
    if (end - p < 2)
        return NULL;
    *n = p[0];
    p++;
    if (*n >= 0x80) {
        if (p[0] >= 0x80)
            return NULL;
        *n = (*n & 0x7f) | (size_t)p[0] << 7;
        p++;
    }
    return *n <= (size_t)(end - p) ? p : NULL;
}

/* The AnyValue as most are: one scalar and nothing else. */
static inline bool read_usual_value(const uint8_t *p, const uint8_t *end, tm_value *value)
{
    size_t n;
    switch (end - p < 2 ? 0 : *p) {
    case 0x0a: /* string_value */
        p = usual_length(p + 1, end, &n);
        if (!p || p + n != end || !tm_utf8_is_ascii(tm_text_slice(p, n)))
            return false;
        *value = tm_string(tm_text_slice(p, n));
        return true;
    case 0x10: /* bool_value */
        *value = tm_bool(p[1] != 0);
        return end - p == 2 && p[1] < 0x80;
    case 0x18: { /* int_value */
        uint64_t u = 0;
        const char *after = tm_wire_varint((const char *)p + 1, (const char *)end, &u);
        *value = tm_int((int64_t)u);
        return after == (const char *)end;
    }
    case 0x21: /* double_value */
        if (end - p != 9)
            return false;
        *value = (tm_value){.type = TM_DOUBLE,
                            .integer = (int64_t)tm_wire_load64((const char *)p + 1)};
        return true;
    default:
        return false;
    }
}

/* A KeyValue as most senders write it: key, then value (the Collector: value, then key), once each. */
static inline bool read_usual(tm_text kv, tm_text *key, tm_value *value)
{
    const uint8_t *p = (const uint8_t *)kv.p, *end = p + kv.n, *first, *second;
    size_t a, b;
    if (kv.n < 2 || !(first = usual_length(p + 1, end, &a)) || end - (first + a) < 2 ||
        !(second = usual_length(first + a + 1, end, &b)) || second + b != end)
        return false;
    bool ok;
    if (p[0] == 0x0a && first[a] == 0x12) {
        *key = tm_text_slice(first, a);
        ok = read_usual_value(second, second + b, value);
    } else if (p[0] == 0x12 && first[a] == 0x0a) {
        *key = tm_text_slice(second, b);
        ok = read_usual_value(first, first + a, value);
    } else {
        return false;
    }
    return ok && tm_utf8_is_ascii(*key);
}

static tm_soundness walk_unusual(tm_item *item, tm_text kv, tm_fault *fault)
{
    tm_soundness s = tm_check(TM_MESSAGE_KEY_VALUE, kv, fault);
    if (s == TM_MALFORMED)
        return s;
    tm_text key, any_value;
    tm_entry_decode(item->arena, kv, &key, &any_value);
    if (is_needed(item, key)) {
        tm_slot *slot = find_slot(item, key);
        if (slot && !slot->found)
            fill_slot(item, slot, any_value, kv);
    }
    return s;
}

static inline void note_attribute(tm_item *item, tm_text key, tm_value value, tm_text kv)
{
    if (!is_needed(item, key))
        return;
    tm_slot *slot = find_slot(item, key);
    if (slot && !slot->found) { /* of equal keys the first counts, as in the Collector */
        slot->found = true;
        slot->raw = kv;
        slot->value = value;
    }
}

static tm_soundness walk_attribute(tm_item *item, tm_text kv, tm_fault *fault)
{
    tm_text key;
    tm_value value;
    if (!read_usual(kv, &key, &value))
        return walk_unusual(item, kv, fault);
    note_attribute(item, key, value, kv);
    return TM_SOUND;
}

/* Passes over a run of attributes with one-byte lengths, key first and a string behind it: what most bytes
 * of most requests are. Returns where the run ends; all of it was sound. */
static const char *walk_strings(tm_item *item, tm_ascii *known, uint8_t tag, const char *p,
                                const char *end)
{
    while (end - p >= 8 && (uint8_t)p[0] == tag) {
        const unsigned n = (uint8_t)p[1], k = (uint8_t)p[3];
        const char *kv = p + 2;
        if (n >= 0x80 || k + 6 > n || n > (size_t)(end - kv) || kv[0] != 0x0a)
            break;
        const unsigned rest = n - k - 4;
        const char *v = kv + 2 + k;
        /* value: tag and length, then the string's tag and length */
        if (tm_wire_load32(v) != (0x000a0012u | rest << 8 | (rest - 2) << 24) ||
            !is_ascii(known, tm_text_slice(kv, n), end))
            break;
        note_attribute(item, tm_text_slice(kv + 2, k), tm_string(tm_text_slice(v + 4, rest - 2)),
                       tm_text_slice(kv, n));
        p = kv + n;
    }
    return p;
}

static inline void see(tm_item *item, unsigned field, tm_value value)
{
    item->field[field] = value;
    item->seen |= 1u << field;
}

static void see_status(tm_item *span, tm_text body)
{
    tm_wire_field f;
    const char *p = body.p, *end = p + body.n;
    while (p < end && (p = tm_wire_next(p, end, &f)) != NULL) {
        if (f.number == 2)
            see(span, TM_STATUS_MESSAGE, tm_string(f.bytes));
        else if (f.number == 3)
            see(span, TM_STATUS_CODE, tm_int((int32_t)f.number_value));
    }
}

/* An empty id field is as good as none. */
static tm_soundness walk_id(tm_item *item, const tm_wire_field *f, tm_type type, tm_fault *fault)
{
    if (f->bytes.n == (type == TM_TRACE_ID ? 16 : 8)) {
        see(item, f->number, (tm_value){.type = (uint8_t)type, .n = (uint32_t)f->bytes.n, .p = f->bytes.p});
        return TM_SOUND;
    }
    item->seen &= ~(1u << f->number);
    return tm_check_field(TM_MESSAGE_SPAN, f, fault);
}

static inline tm_soundness walk_string(tm_item *item, const tm_wire_field *f, const char *name,
                                       tm_fault *fault)
{
    see(item, f->number, tm_string(f->bytes));
    if (tm_utf8_valid(f->bytes))
        return TM_SOUND;
    *fault = (tm_fault){"text is not UTF-8", name, f->start};
    return TM_BAD_UTF8;
}

static tm_soundness walk_message(tm_item *item, const tm_wire_field *f, tm_fault *fault)
{
    tm_soundness s = tm_check_field(message_of[item->level], f, fault);
    if (item->level == TM_SPAN && f->number == TM_SPAN_STATUS && s != TM_MALFORMED)
        see_status(item, f->bytes);
    return s;
}

static inline tm_soundness walk_field(tm_item *item, const tm_field_row *row, const tm_wire_field *f,
                                      tm_fault *fault)
{
    switch (row->kind) {
    case TM_FIELD_STRING:
        if (f->type != TM_WIRE_BYTES)
            break;
        return walk_string(item, f, row->name, fault);
    case TM_FIELD_FIXED64:
        if (f->type != TM_WIRE_FIXED64)
            break;
        see(item, f->number, tm_int((int64_t)f->number_value));
        return TM_SOUND;
    case TM_FIELD_FIXED32:
        if (f->type != TM_WIRE_FIXED32)
            break;
        see(item, f->number, tm_int((int64_t)f->number_value));
        return TM_SOUND;
    case TM_FIELD_UINT32:
        if (f->type != TM_WIRE_VARINT)
            break;
        see(item, f->number, tm_int((uint32_t)f->number_value));
        return TM_SOUND;
    case TM_FIELD_ENUM:
        if (f->type != TM_WIRE_VARINT)
            break;
        see(item, f->number, tm_int((int32_t)f->number_value));
        return TM_SOUND;
    case TM_FIELD_TRACE_ID:
    case TM_FIELD_SPAN_ID:
        if (f->type != TM_WIRE_BYTES)
            break;
        return walk_id(item, f, row->kind == TM_FIELD_TRACE_ID ? TM_TRACE_ID : TM_SPAN_ID, fault);
    default:
        if (f->type != TM_WIRE_BYTES)
            break;
        return walk_message(item, f, fault);
    }
    return malformed(fault, "wrong wire type", row->name, f->start);
}

/* Any field, however it is written. */
static tm_soundness walk_any(tm_item *item, const tm_wire_field *f, tm_fault *fault)
{
    if (f->number == tm_level_attributes(item->level) && f->type == TM_WIRE_BYTES)
        return walk_attribute(item, f->bytes, fault);
    const tm_field_row *row = tm_field_find(message_of[item->level], f->number);
    return row ? walk_field(item, row, f, fault) : TM_SOUND;
}

/* A scalar field with a one-byte tag in its usual form, stored and passed over: fixed64, ids of the right
 * length, short ASCII strings, one-byte varints. NULL: anything else, nothing was done. */
static inline const char *walk_usual(tm_item *item, unsigned kind, const char *p, const char *end)
{
    const unsigned number = (uint8_t)*p >> 3;
    if (end - p < 2)
        return NULL;
    const uint8_t n = (uint8_t)p[1];
    switch (kind) {
    case TM_FIELD_FIXED64:
        if (end - p < 9)
            return NULL;
        see(item, number, tm_int((int64_t)tm_wire_load64(p + 1)));
        return p + 9;
    case TM_FIELD_ENUM:
    case TM_FIELD_UINT32:
        if (n >= 0x80)
            return NULL;
        see(item, number, tm_int(n));
        return p + 2;
    case TM_FIELD_TRACE_ID:
    case TM_FIELD_SPAN_ID:
        if (n != (kind == TM_FIELD_TRACE_ID ? 16 : 8) || end - p < 2 + n)
            return NULL;
        see(item, number,
            (tm_value){.type = kind == TM_FIELD_TRACE_ID ? TM_TRACE_ID : TM_SPAN_ID, .n = n, .p = p + 2});
        return p + 2 + n;
    case TM_FIELD_STRING:
        if (n >= 0x80 || end - p < 2 + n || !tm_utf8_is_ascii(tm_text_slice(p + 2, n)))
            return NULL;
        see(item, number, tm_string(tm_text_slice(p + 2, n)));
        return p + 2 + n;
    default:
        return NULL;
    }
}

/* The fields before the attributes in the order in which SDKs write them, each if it is there. */
static const char *walk_span_head(tm_item *span, const char *p, const char *end)
{
    static const uint8_t usual[] = {
        TM_SPAN_TRACE_ID << 3 | TM_WIRE_BYTES,       TM_FIELD_TRACE_ID,
        TM_SPAN_SPAN_ID << 3 | TM_WIRE_BYTES,        TM_FIELD_SPAN_ID,
        TM_SPAN_TRACE_STATE << 3 | TM_WIRE_BYTES,    TM_FIELD_STRING,
        TM_SPAN_PARENT_SPAN_ID << 3 | TM_WIRE_BYTES, TM_FIELD_SPAN_ID,
        TM_SPAN_NAME << 3 | TM_WIRE_BYTES,           TM_FIELD_STRING,
        TM_SPAN_KIND << 3 | TM_WIRE_VARINT,          TM_FIELD_ENUM,
        TM_SPAN_START << 3 | TM_WIRE_FIXED64,        TM_FIELD_FIXED64,
        TM_SPAN_END << 3 | TM_WIRE_FIXED64,          TM_FIELD_FIXED64};
#pragma GCC unroll 8
    for (unsigned i = 0; i < sizeof usual; i += 2) {
        if (p == end || (uint8_t)*p != usual[i])
            continue;
        const char *next = walk_usual(span, usual[i + 1], p, end);
        if (!next)
            return p;
        p = next;
    }
    return p;
}

tm_soundness tm_item_walk(tm_item *item, tm_fault *fault)
{
    const uint8_t *const kind_of_tag = tm_field_of_tag()[message_of[item->level]];
    tm_soundness worst = TM_SOUND;
    tm_ascii known = {0};
    const char *p = item->raw.p, *const end = p + item->raw.n;
    if (item->level == TM_SPAN)
        p = walk_span_head(item, p, end);
    while (p < end) {
        const uint8_t tag = (uint8_t)*p;
        const unsigned kind = tag < 0x80 ? kind_of_tag[tag] : TM_FIELD_UNKNOWN;
        const char *next = kind == TM_FIELD_ATTRIBUTE ? walk_strings(item, &known, tag, p, end)
                                                      : walk_usual(item, kind, p, end);
        if (next && next != p) {
            p = next;
            continue;
        }
        tm_wire_field f;
        tm_fault here;
        next = tm_wire_next(p, end, &f);
        if (!next)
            return malformed(fault, "not a protobuf field", NULL, p);
        tm_soundness s = walk_any(item, &f, &here);
        p = next;
        if (s > worst) {
            worst = s;
            *fault = here;
            if (s == TM_MALFORMED)
                return s;
        }
    }
    return worst;
}
