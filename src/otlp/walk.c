/* Walk: fields of an item, its attributes first of all, since most bytes are theirs.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Each field is tried in its usual form first: what SDKs and the Collector write, lengths of one or
 * two bytes, one value an attribute. The usual form is checked here, all but the UTF-8 of its
 * strings, which one count of high bytes decides (otlp/high.h). Whatever is not usual goes through
 * tm_check. */
#include "otlp/walk.h"

#include "otlp/attribute.h"
#include "otlp/high.h"

static const uint8_t message_of[TM_LEVELS] = {[TM_RESOURCE] = TM_MESSAGE_RESOURCE,
                                              [TM_SCOPE] = TM_MESSAGE_SCOPE,
                                              [TM_SPAN] = TM_MESSAGE_SPAN,
                                              [TM_EVENT] = TM_MESSAGE_EVENT};

static tm_soundness malformed(tm_fault *fault, const char *what, const char *at)
{
    *fault = (tm_fault){.what = what, .at = at};
    return TM_MALFORMED;
}

/* In the path that every span takes; the compiler would rather save the space. */
#define TM_HOT inline __attribute__((always_inline))

static inline bool is_wanted(const tm_item *item, unsigned field)
{
    return item->needs->fields >> field & 1;
}

static inline void see(tm_item *item, unsigned field, tm_value value)
{
    if (!is_wanted(item, field))
        return;
    item->field[field] = value;
    item->seen |= 1u << field;
}

/* --- fields in their usual form: each adds the high bytes that are no string's to *high --- */

static inline const char *usual_fixed64(tm_item *item, const char *p, const char *end, size_t *high)
{
    if (end - p < 9)
        return NULL;
    const uint64_t word = tm_wire_load64(p + 1);
    see(item, (uint8_t)*p >> 3, tm_int((int64_t)word));
    *high += tm_high_in_8(word);
    return p + 9;
}

static inline const char *usual_varint(tm_item *item, const char *p, const char *end)
{
    if (end - p < 2 || (uint8_t)p[1] >= 0x80)
        return NULL;
    see(item, (uint8_t)*p >> 3, tm_int(p[1]));
    return p + 2;
}

static inline const char *usual_id(tm_item *item, tm_type type, const char *p, const char *end,
                                   size_t *high)
{
    const unsigned n = type == TM_TRACE_ID ? 16 : 8;
    if (end - p < 2 + (ptrdiff_t)n || (uint8_t)p[1] != n)
        return NULL;
    see(item, (uint8_t)*p >> 3, (tm_value){.type = (uint8_t)type, .n = n, .p = p + 2});
    *high += tm_high_in_8(tm_wire_load64(p + 2));
    if (n == 16)
        *high += tm_high_in_8(tm_wire_load64(p + 10));
    return p + 2 + n;
}

static inline const char *usual_string(tm_item *item, const char *p, const char *end, size_t *high)
{
    size_t n, more = 0;
    const char *s = tm_usual_length(p + 1, end, &n, &more);
    if (!s)
        return NULL;
    see(item, (uint8_t)*p >> 3, tm_string(tm_text_slice(s, n)));
    *high += more;
    return s + n;
}

/* A parent of zeros only is none, and is left out of what leaves, as the Collector does. */
static __attribute__((noinline, cold)) void leave_parent_out(tm_item *span)
{
    span->field[TM_SPAN_PARENT_SPAN_ID] = tm_field_default(TM_SPAN, TM_SPAN_PARENT_SPAN_ID);
    span->changed |= 1u << TM_SPAN_PARENT_SPAN_ID;
}

/* Of several the last one holds. */
static void note_parent(tm_item *span, const char *id)
{
    span->changed &= ~(1u << TM_SPAN_PARENT_SPAN_ID);
    if (tm_wire_load64(id) == 0)
        leave_parent_out(span);
}

static const char *usual_span_id(tm_item *item, const char *p, const char *end, size_t *high)
{
    const char *next = usual_id(item, TM_SPAN_ID, p, end, high);
    if (next && *p == (TM_SPAN_PARENT_SPAN_ID << 3 | TM_WIRE_BYTES))
        note_parent(item, p + 2);
    return next;
}

/* The status of most spans: none, or a code and no message. */
static inline const char *usual_status(tm_item *span, const char *p, const char *end)
{
    if (end - p >= 2 && p[1] == 0)
        return p + 2;
    if (end - p < 4 || p[1] != 2 || p[2] != 0x18 || (uint8_t)p[3] >= 0x80)
        return NULL;
    see(span, TM_STATUS_CODE, tm_int(p[3]));
    return p + 4;
}

/* The flags of a span, the one field with a tag of two bytes. */
static inline const char *usual_flags(tm_item *span, const char *p, const char *end, size_t *high)
{
    if (end - p < 6 || (uint8_t)p[0] != 0x85 || p[1] != 1)
        return NULL;
    const uint32_t word = tm_wire_load32(p + 2);
    see(span, TM_SPAN_FLAGS, tm_int((int64_t)word));
    *high += 1 + tm_high_in_8(word);
    return p + 6;
}

static TM_HOT const char *usual_field(tm_item *item, const uint8_t *kind_of_tag, const char *p,
                                      const char *end, size_t *high)
{
    const uint8_t tag = (uint8_t)*p;
    switch (tag < 0x80 ? kind_of_tag[tag] : TM_FIELD_UNKNOWN) {
    case TM_FIELD_FIXED64:
        return usual_fixed64(item, p, end, high);
    case TM_FIELD_ENUM:
    case TM_FIELD_UINT32:
        return usual_varint(item, p, end);
    case TM_FIELD_TRACE_ID:
        return usual_id(item, TM_TRACE_ID, p, end, high);
    case TM_FIELD_SPAN_ID:
        return usual_span_id(item, p, end, high);
    case TM_FIELD_STRING:
        return usual_string(item, p, end, high);
    case TM_FIELD_MESSAGE:
        return item->level == TM_SPAN && tag == (TM_SPAN_STATUS << 3 | TM_WIRE_BYTES)
                   ? usual_status(item, p, end)
                   : NULL;
    default:
        return item->level == TM_SPAN ? usual_flags(item, p, end, high) : NULL;
    }
}

/* The first fields of a span in the order in which SDKs write them, each if it is there: no
 * dispatch. */
static TM_HOT const char *usual_ids(tm_item *span, const char *p, const char *end)
{
    const char *next;
    size_t uncounted = 0;
    size_t *high = &uncounted;
    if (p < end && *p == (TM_SPAN_TRACE_ID << 3 | TM_WIRE_BYTES) &&
        (next = usual_id(span, TM_TRACE_ID, p, end, high)) != NULL)
        p = next;
    if (p < end && *p == (TM_SPAN_SPAN_ID << 3 | TM_WIRE_BYTES) &&
        (next = usual_id(span, TM_SPAN_ID, p, end, high)) != NULL)
        p = next;
    if (p < end && *p == (TM_SPAN_PARENT_SPAN_ID << 3 | TM_WIRE_BYTES) &&
        (next = usual_id(span, TM_SPAN_ID, p, end, high)) != NULL) {
        if (tm_wire_load64(p + 2) == 0)
            leave_parent_out(span);
        p = next;
    }
    return p;
}

static TM_HOT const char *usual_name_and_times(tm_item *span, const char *p, const char *end,
                                               size_t *high)
{
    const char *next;
    if (p < end && *p == (TM_SPAN_NAME << 3 | TM_WIRE_BYTES) &&
        (next = usual_string(span, p, end, high)) != NULL)
        p = next;
    if (p < end && *p == (TM_SPAN_KIND << 3 | TM_WIRE_VARINT) &&
        (next = usual_varint(span, p, end)) != NULL)
        p = next;
    if (p < end && *p == (TM_SPAN_START << 3 | TM_WIRE_FIXED64) &&
        (next = usual_fixed64(span, p, end, high)) != NULL)
        p = next;
    if (p < end && *p == (TM_SPAN_END << 3 | TM_WIRE_FIXED64) &&
        (next = usual_fixed64(span, p, end, high)) != NULL)
        p = next;
    return p;
}

/* --- any field, however it is written: tm_check has found it sound --- */

static void note_status(tm_item *span, tm_text body)
{
    tm_wire_field f;
    const char *p = body.p, *end = p + body.n;
    while (p < end && (p = tm_wire_next(p, end, &f)) != NULL) {
        if (f.number == TM_NUMBER_STATUS_message)
            see(span, TM_STATUS_MESSAGE, tm_string(f.bytes));
        else if (f.number == TM_NUMBER_STATUS_code)
            see(span, TM_STATUS_CODE, tm_int((int32_t)f.number_value));
    }
}

static void note_id(tm_item *item, unsigned kind, const tm_wire_field *f)
{
    item->seen &= ~(1u << f->number);
    if (!f->bytes.n)
        return; /* an empty id is as good as none */
    see(item, f->number,
        (tm_value){.type = kind == TM_FIELD_TRACE_ID ? TM_TRACE_ID : TM_SPAN_ID,
                   .n = (uint32_t)f->bytes.n,
                   .p = f->bytes.p});
    if (f->number == TM_SPAN_PARENT_SPAN_ID)
        note_parent(item, f->bytes.p);
}

static void note_message(tm_item *item, const tm_wire_field *f)
{
    if (f->number == tm_level_attributes(item->level))
        tm_attribute_note(item, f->bytes);
    else if (item->level == TM_SPAN && f->number == TM_SPAN_STATUS)
        note_status(item, f->bytes);
    else if (item->level == TM_SPAN && f->number == TM_SPAN_LINKS)
        item->zero_links |= tm_link_zero_ids(f->bytes) != 0;
}

static void note_field(tm_item *item, const tm_wire_field *f)
{
    const tm_field_row *row = tm_field_find(message_of[item->level], f->number);
    switch (row ? row->kind : TM_FIELD_UNKNOWN) {
    case TM_FIELD_STRING:
        see(item, f->number, tm_string(f->bytes));
        break;
    case TM_FIELD_FIXED64:
    case TM_FIELD_FIXED32:
        see(item, f->number, tm_int((int64_t)f->number_value));
        break;
    case TM_FIELD_UINT32:
        see(item, f->number, tm_int((uint32_t)f->number_value));
        break;
    case TM_FIELD_ENUM:
        see(item, f->number, tm_int((int32_t)f->number_value));
        break;
    case TM_FIELD_TRACE_ID:
    case TM_FIELD_SPAN_ID:
        note_id(item, row->kind, f);
        break;
    case TM_FIELD_MESSAGE:
        note_message(item, f);
        break;
    default:
        break;
    }
}

/* Returns where the field ends; NULL when it is malformed. */
static const char *any_field(tm_item *item, const char *p, const char *end, tm_soundness *worst,
                             tm_fault *fault)
{
    tm_wire_field f;
    const char *next = tm_wire_next(p, end, &f);
    if (!next) {
        *worst = malformed(fault, "not a protobuf field", p);
        return NULL;
    }
    tm_fault here;
    tm_soundness s = tm_check_field(message_of[item->level], &f, &here);
    if (s > *worst) {
        *worst = s;
        *fault = here;
    }
    if (s == TM_MALFORMED)
        return NULL;
    note_field(item, &f);
    return next;
}

unsigned tm_link_zero_ids(tm_text link)
{
    static const char zeros[16] = {0};
    unsigned zero = 0;
    tm_wire_field f;
    const char *p = link.p, *end = p + link.n;
    while (p < end && (p = tm_wire_next(p, end, &f)) != NULL) {
        if (f.number != TM_LINK_TRACE_ID && f.number != TM_LINK_SPAN_ID)
            continue;
        zero &= ~(1u << f.number);
        if (f.bytes.n && memcmp(f.bytes.p, zeros, f.bytes.n) == 0)
            zero |= 1u << f.number;
    }
    return zero;
}

tm_soundness tm_item_walk(tm_item *item, tm_fault *fault)
{
    const uint8_t *const kind_of_tag = tm_field_of_tag()[message_of[item->level]];
    tm_soundness worst = TM_SOUND;
    const char *p = item->raw.p, *const end = p + item->raw.n;
    const uint8_t attribute = (uint8_t)(tm_level_attributes(item->level) << 3 | TM_WIRE_BYTES);
    if (item->level == TM_SPAN)
        p = usual_ids(item, p, end);
    const size_t high = tm_high_bytes(p, (size_t)(end - p));
    size_t explained = 0; /* high bytes that are no string's, or whose strings were looked at */
    if (item->level == TM_SPAN)
        p = usual_name_and_times(item, p, end, &explained);
    while (p < end) {
        if ((uint8_t)*p == attribute &&
            (p = tm_attributes_walk(item, attribute, p, end, &explained)) == end)
            break;
        const char *next = usual_field(item, kind_of_tag, p, end, &explained);
        if (!next) {
            next = any_field(item, p, end, &worst, fault);
            if (!next)
                return worst;
            explained += tm_high_bytes(p, (size_t)(next - p));
        }
        p = next;
    }
    if (worst == TM_SOUND && high != explained)
        return tm_check(message_of[item->level], item->raw, fault);
    return worst;
}
