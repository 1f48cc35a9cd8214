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

static tm_slot *find_slot(tm_item *item, tm_text key)
{
    const tm_needs *needs = item->needs;
    for (uint32_t i = needs->head[key.n < 63 ? key.n : 63]; i; i = needs->next[i - 1])
        if (tm_text_equal(needs->key[i - 1], key))
            return &item->slot[i - 1];
    return NULL;
}

static inline bool is_needed(const tm_item *item, tm_text key)
{
    return item->needs->lengths >> (key.n < 63 ? key.n : 63) & 1;
}

/* A KeyValue as most senders write it: key, then a string value, nothing else, every length in one byte,
 * all of it ASCII. Gives key and string, or false when it is anything else. */
static inline bool read_usual(tm_text kv, tm_text *key, tm_text *string)
{
    const uint8_t *b = (const uint8_t *)kv.p;
    if (kv.n < 6 || kv.n > 0x7f + 4 || b[0] != 0x0a || (size_t)b[1] + 6 > kv.n)
        return false;
    size_t k = b[1], rest = kv.n - k - 4; /* rest: bytes of the AnyValue */
    const uint8_t *v = b + 2 + k;
    if (v[0] != 0x12 || v[1] != rest || v[2] != 0x0a || v[3] != rest - 2)
        return false;
    *key = tm_text_slice(b + 2, k);
    *string = tm_text_slice(v + 4, rest - 2);
    return tm_utf8_is_ascii(kv);
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

static inline tm_soundness walk_attribute(tm_item *item, tm_text kv, tm_fault *fault)
{
    tm_text key, string;
    if (!read_usual(kv, &key, &string))
        return walk_unusual(item, kv, fault);
    if (is_needed(item, key)) {
        tm_slot *slot = find_slot(item, key);
        if (slot && !slot->found) {
            slot->found = true;
            slot->raw = kv;
            slot->value = tm_string(string);
        }
    }
    return TM_SOUND;
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

tm_soundness tm_item_walk(tm_item *item, tm_fault *fault)
{
    const unsigned message = message_of[item->level];
    const unsigned attributes = tm_level_attributes(item->level);
    tm_soundness worst = TM_SOUND;
    const char *p = item->raw.p, *end = p + item->raw.n;
    while (p < end) {
        tm_wire_field f;
        const char *start = p;
        p = tm_wire_next(p, end, &f);
        if (!p)
            return malformed(fault, "not a protobuf field", NULL, start);
        tm_soundness s;
        tm_fault here;
        const tm_field_row *row;
        if (f.number == attributes && f.type == TM_WIRE_BYTES)
            s = walk_attribute(item, f.bytes, &here);
        else if ((row = tm_field_find(message, f.number)) != NULL)
            s = walk_field(item, row, &f, &here);
        else
            continue;
        if (s > worst) {
            worst = s;
            *fault = here;
            if (s == TM_MALFORMED)
                return s;
        }
    }
    return worst;
}
