/* Edit: an item with its edits spliced into its bytes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "otlp/event.h"
#include "otlp/pieces.h"
#include "otlp/walk.h"
#include "otlp/wire.h"

tm_text tm_attribute_field(tm_arena *arena, tm_level level, const tm_entry *entry)
{
    const unsigned number = tm_level_attributes(level);
    size_t body = tm_entry_encoded_bytes(entry);
    char *start = tm_arena_alloc(arena, tm_wire_bytes_field_bytes(number, body));
    char *at = tm_wire_put_varint(start, tm_wire_tag(number, TM_WIRE_BYTES));
    at = tm_entry_encode(tm_wire_put_varint(at, body), entry);
    return tm_text_slice(start, (size_t)(at - start));
}

/* Long texts stay where they are, whoever else has them: only what stands before them is made. */
static void add_attribute(tm_pieces *out, unsigned level, const tm_entry *entry)
{
    enum { SHARED_LEAST_BYTES = 512, HEADS_BYTES = 64 };
    const tm_value v = entry->value;
    const bool is_text = v.type == TM_STRING || v.type == TM_BYTES;
    const tm_text shared = entry->raw.p ? entry->raw : is_text ? tm_value_text(v) : (tm_text){0};
    if (shared.n < SHARED_LEAST_BYTES) {
        tm_pieces_add(out, tm_attribute_field(out->arena, (tm_level)level, entry));
        return;
    }
    char *start = tm_arena_alloc(out->arena, (entry->raw.p ? 0 : entry->key.n) + HEADS_BYTES);
    char *at = tm_wire_put_varint(start, tm_wire_tag(tm_level_attributes(level), TM_WIRE_BYTES));
    at = tm_wire_put_varint(at, tm_entry_encoded_bytes(entry));
    if (!entry->raw.p)
        at = tm_entry_encode_head(at, entry);
    tm_pieces_add(out, tm_text_slice(start, (size_t)(at - start)));
    tm_pieces_add(out, shared);
}

static void add_slot(tm_pieces *out, const tm_item *item, uint32_t slot)
{
    if (item->slot[slot].encoded) {
        tm_pieces_add(out, *item->slot[slot].encoded);
        return;
    }
    tm_entry entry = {.key = item->needs->key[slot], .value = item->slot[slot].value};
    add_attribute(out, item->level, &entry);
}

/* In the order in which they were appended. */
static void add_appended(tm_pieces *out, const tm_item *item)
{
    if (item->appended == 1 && item->slot[item->appended_slot].found) {
        add_slot(out, item, item->appended_slot);
        return;
    }
    for (uint32_t order = 1; order <= item->appended; order++)
        for (uint32_t i = 0; i < item->needs->n; i++)
            if (item->slot[i].appended == order && item->slot[i].found)
                add_slot(out, item, i);
}

static void add_map(tm_pieces *out, const tm_item *item)
{
    for (uint32_t i = 0; i < item->attributes->n; i++)
        add_attribute(out, item->level, &item->attributes->entry[i]);
}

/* --- scalar fields that a rule set --- */

/* A parent of zeros only, which is none. */
static bool is_no_parent(uint32_t number, tm_value v)
{
    return number == TM_SPAN_PARENT_SPAN_ID && v.type == TM_SPAN_ID && v.n == 8 &&
           tm_wire_load64(v.p) == 0;
}

static size_t put_scalar(char *at, uint32_t number, unsigned kind, tm_value v)
{
    char *start = at;
    if (v.type != TM_INT) {
        if (v.n && !is_no_parent(number, v))
            at = tm_wire_put_bytes_field(at, number, tm_value_text(v));
    } else if (v.integer == 0) {
        return 0;
    } else if (kind == TM_FIELD_FIXED64) {
        at = tm_wire_put_fixed64(tm_wire_put_varint(at, tm_wire_tag(number, TM_WIRE_FIXED64)),
                                 (uint64_t)v.integer);
    } else if (kind == TM_FIELD_FIXED32) {
        at = tm_wire_put_fixed32(tm_wire_put_varint(at, tm_wire_tag(number, TM_WIRE_FIXED32)),
                                 (uint32_t)v.integer);
    } else {
        uint64_t u = kind == TM_FIELD_UINT32 ? (uint32_t)v.integer : (uint64_t)v.integer;
        at = tm_wire_put_varint(tm_wire_put_varint(at, tm_wire_tag(number, TM_WIRE_VARINT)), u);
    }
    return (size_t)(at - start);
}

static void add_scalar(tm_pieces *out, uint32_t number, unsigned kind, tm_value v)
{
    char *at = tm_arena_alloc(out->arena, (v.type == TM_INT ? 0 : v.n) + 24u);
    tm_pieces_add(out, tm_text_slice(at, put_scalar(at, number, kind, v)));
}

/* The status with what was set of it, whatever else it holds kept. */
static void add_status(tm_pieces *out, const tm_item *span)
{
    const bool message = span->changed >> TM_STATUS_MESSAGE & 1,
               code = span->changed >> TM_STATUS_CODE & 1;
    tm_pieces_mark status = tm_pieces_open(out);
    tm_wire_field f, g;
    const char *p = span->raw.p, *end = p + span->raw.n;
    while (p < end && (p = tm_wire_next(p, end, &f)) != NULL) {
        if (f.number != TM_SPAN_STATUS)
            continue;
        const char *q = f.bytes.p, *q_end = q + f.bytes.n;
        while (q < q_end && (q = tm_wire_next(q, q_end, &g)) != NULL)
            if (!(g.number == TM_NUMBER_STATUS_message && message) &&
                !(g.number == TM_NUMBER_STATUS_code && code))
                tm_pieces_add(out, tm_text_slice(g.start, (size_t)(q - g.start)));
    }
    if (message)
        add_scalar(out, TM_NUMBER_STATUS_message, TM_FIELD_STRING, span->field[TM_STATUS_MESSAGE]);
    if (code)
        add_scalar(out, TM_NUMBER_STATUS_code, TM_FIELD_ENUM, span->field[TM_STATUS_CODE]);
    tm_pieces_close(out, status, TM_SPAN_STATUS);
}

static const uint8_t message_of[TM_LEVELS] = {[TM_RESOURCE] = TM_MESSAGE_RESOURCE,
                                              [TM_SCOPE] = TM_MESSAGE_SCOPE,
                                              [TM_SPAN] = TM_MESSAGE_SPAN,
                                              [TM_EVENT] = TM_MESSAGE_EVENT};

/* Field numbers whose bytes in the message no longer hold: what was set, and the status when a part
 * was. */
static uint32_t stale_fields(const tm_item *item)
{
    uint32_t stale = item->changed & ((1u << TM_STATUS_MESSAGE) - 1);
    if (item->changed & (1u << TM_STATUS_MESSAGE | 1u << TM_STATUS_CODE))
        stale |= 1u << TM_SPAN_STATUS;
    return stale;
}

static void add_changed_scalars(tm_pieces *out, const tm_item *item)
{
    for (unsigned number = 1; number < TM_FIELD_ROWS; number++) {
        if (!(item->changed >> number & 1) || number == tm_level_attributes(item->level))
            continue;
        if (item->level == TM_SPAN && (number == TM_SPAN_EVENTS || number == TM_SPAN_LINKS))
            continue;
        add_scalar(out, number, tm_field_find(message_of[item->level], number)->kind,
                   item->field[number]);
    }
    if (item->changed & (1u << TM_STATUS_MESSAGE | 1u << TM_STATUS_CODE))
        add_status(out, item);
}

/* --- the message as a whole --- */

/* What replaces one attribute field of the bytes while only slots were edited. */
static void add_attribute_in_place(tm_pieces *out, const tm_item *item, tm_text field, tm_text body)
{
    for (uint32_t i = 0; i < item->needs->n; i++) {
        const tm_slot *slot = &item->slot[i];
        if (!slot->changed || slot->raw.p != body.p)
            continue;
        if (slot->found)
            add_slot(out, item, i);
        return;
    }
    tm_pieces_add(out, field);
}

/* A link without ids of zeros only. */
static void add_link(tm_pieces *out, tm_text field, tm_text body)
{
    const unsigned zero = tm_link_zero_ids(body);
    if (!zero) {
        tm_pieces_add(out, field);
        return;
    }
    tm_pieces_mark link = tm_pieces_open(out);
    tm_wire_field f;
    const char *p = body.p, *end = p + body.n;
    while (p < end && (p = tm_wire_next(p, end, &f)) != NULL)
        if (f.number >= 32 || !(zero >> f.number & 1))
            tm_pieces_add(out, tm_text_slice(f.start, (size_t)(p - f.start)));
    tm_pieces_close(out, link, TM_SPAN_LINKS);
}

/* Copies the fields that still hold, and puts edits where the bytes had what they replace. */
static void add_spliced(tm_pieces *out, const tm_item *item)
{
    const unsigned attributes = tm_level_attributes(item->level);
    const uint32_t stale = stale_fields(item);
    bool attributes_written = false;
    uint32_t event = 0;
    tm_wire_field f;
    const char *p = item->raw.p, *end = p + item->raw.n;
    while (p < end && (p = tm_wire_next(p, end, &f)) != NULL) {
        tm_text field = tm_text_slice(f.start, (size_t)(p - f.start));
        bool is_stale = f.number < TM_FIELD_ROWS && stale >> f.number & 1;
        if (f.number == attributes && is_stale) {
            if (!item->attributes)
                add_attribute_in_place(out, item, field, f.bytes);
            else if (!attributes_written)
                add_map(out, item);
            attributes_written = true;
        } else if (item->event_now && f.number == TM_SPAN_EVENTS && !is_stale) {
            tm_pieces_add(out, tm_item_event_now(item, event++, field));
        } else if (item->zero_links && f.number == TM_SPAN_LINKS && !is_stale) {
            add_link(out, field, f.bytes);
        } else if (!is_stale) {
            tm_pieces_add(out, field);
        }
    }
    if (stale >> attributes & 1 && item->attributes && !attributes_written)
        add_map(out, item);
}

/* The field that is all a rule added, when it was a constant; NULL: there is more to it. */
static const tm_text *only_constant(const tm_item *item)
{
    if (item->changed != 1u << tm_level_attributes(item->level) || item->appended != 1 ||
        item->replaces || item->attributes || item->event_now || item->zero_links)
        return NULL;
    const tm_slot *slot = &item->slot[item->appended_slot];
    return slot->found ? slot->encoded : NULL;
}

void tm_pieces_add_item(tm_pieces *out, const tm_item *item, uint32_t field_number)
{
    const uint32_t attributes = 1u << tm_level_attributes(item->level);
    const tm_text *constant = only_constant(item);
    if (constant && item->raw.n) {
        tm_pieces_add_message(out, field_number, item->raw, *constant);
        return;
    }
    tm_pieces_mark opened = tm_pieces_open(out);
    if ((item->changed & ~attributes) == 0 && !item->replaces && !item->attributes &&
        !item->event_now && !item->zero_links)
        tm_pieces_add(out, item->raw); /* only new attributes: the usual edit */
    else
        add_spliced(out, item);
    if (item->changed & attributes && !item->attributes)
        add_appended(out, item);
    if (item->changed & ~attributes)
        add_changed_scalars(out, item);
    tm_pieces_close(out, opened, field_number);
}
