/* Item: fields and slots, the map behind them, and what edits do to both.
 * SPDX-License-Identifier: Apache-2.0 */
#include "otlp/item.h"

#include "otlp/wire.h"

#include <assert.h>

tm_needs *tm_needs_new(tm_arena *arena, const tm_text *keys, uint32_t n, uint32_t fields)
{
    tm_needs *needs = TM_NEW(arena, tm_needs);
    uint32_t *next = TM_NEW_ARRAY(arena, n, uint32_t);
    *needs = (tm_needs){.key = keys, .n = n, .fields = fields, .next = next};
    for (uint32_t i = 0; i < n; i++) {
        uint32_t *first = &needs->first[tm_needs_hash(keys[i].p, keys[i].n)];
        next[i] = *first;
        *first = i + 1;
    }
    return needs;
}

tm_value tm_field_default(unsigned level, unsigned field)
{
    static const char zero[16] = {0};
    bool span = level == TM_SPAN;
    if (span && field == TM_SPAN_TRACE_ID)
        return (tm_value){.type = TM_TRACE_ID, .n = 16, .p = zero};
    if (span && (field == TM_SPAN_SPAN_ID || field == TM_SPAN_PARENT_SPAN_ID))
        return (tm_value){.type = TM_SPAN_ID, .n = 8, .p = zero};
    bool text = field == TM_SCHEMA_URL || field == TM_STATUS_MESSAGE ||
                (span && (field == TM_SPAN_TRACE_STATE || field == TM_SPAN_NAME)) ||
                (level == TM_SCOPE && (field == TM_SCOPE_NAME || field == TM_SCOPE_VERSION)) ||
                (level == TM_EVENT && field == TM_EVENT_NAME);
    return text ? tm_string(TM_TEXT("")) : tm_int(0);
}

void tm_item_set_field(tm_item *item, unsigned field, tm_value value)
{
    assert(field < TM_FIELDS && value.type == tm_field_default(item->level, field).type);
    item->field[field] = value;
    item->seen |= 1u << field;
    item->changed |= 1u << field;
}

void tm_item_reset(tm_item *item, tm_level level, tm_arena *arena, const tm_needs *needs,
                   tm_slot *slots)
{
    item->raw = TM_TEXT("");
    item->needs = needs;
    item->slot = slots;
    item->attributes = NULL;
    item->arena = arena;
    item->event_now = NULL;
    item->events_gone = 0;
    item->events_came = 0;
    item->links_came = 0;
    item->seen = 0;
    item->changed = 0;
    item->appended = 0;
    item->appended_slot = 0;
    item->level = (uint8_t)level;
    item->replaces = false;
    item->twice = false;
    item->zero_links = false;
    item->kept = false;
    if (needs->n > 64 && item->touched)
        memset(slots, 0, needs->n * sizeof *slots), item->touched = 0;
    else
        for (; item->touched; item->touched &= item->touched - 1)
            slots[__builtin_ctzll(item->touched)] = (tm_slot){0};
}

/* --- attributes --- */

tm_value tm_item_find_attribute(tm_item *item, unsigned slot_number, bool *found)
{
    assert(slot_number < item->needs->n);
    if (item->attributes) {
        const tm_entry *entry = tm_map_find(item->attributes, item->needs->key[slot_number]);
        *found = entry != NULL;
        return entry ? entry->value : tm_nil();
    }
    tm_slot *slot = &item->slot[slot_number];
    if (slot->composite.p) {
        slot->value = tm_value_decode(item->arena, slot->composite);
        slot->composite = (tm_text){0};
        item->opened++;
    }
    *found = slot->found;
    return slot->value;
}

void tm_item_put_attribute(tm_item *item, unsigned slot_number, tm_value value)
{
    tm_item_put_constant(item, slot_number, value, NULL);
}

void tm_item_put_constant(tm_item *item, unsigned slot_number, tm_value value,
                          const tm_text *encoded)
{
    assert(slot_number < item->needs->n);
    item->changed |= 1u << tm_level_attributes(item->level);
    if (item->attributes) {
        tm_map_put(item->arena, item->attributes, item->needs->key[slot_number], value);
        return;
    }
    tm_slot *slot = &item->slot[slot_number];
    item->touched |= (uint64_t)1 << (slot_number & 63);
    if (slot->raw.p)
        item->replaces = true;
    else if (!slot->found) {
        slot->appended = ++item->appended;
        item->appended_slot = slot_number;
    }
    slot->encoded = encoded;
    slot->value = value;
    slot->composite = (tm_text){0};
    slot->found = true;
    slot->changed = true;
}

void tm_item_remove_attribute(tm_item *item, unsigned slot_number)
{
    assert(slot_number < item->needs->n);
    if (item->twice)
        tm_item_attributes(
            item); /* the second of equal keys comes to light: slots do not know it */
    if (item->attributes) {
        tm_entry *entry = tm_map_find(item->attributes, item->needs->key[slot_number]);
        if (entry) {
            tm_map_remove_swap(item->attributes, entry);
            item->changed |= 1u << tm_level_attributes(item->level);
        }
        return;
    }
    tm_slot *slot = &item->slot[slot_number];
    if (!slot->found)
        return;
    item->changed |= 1u << tm_level_attributes(item->level);
    if (slot->raw.p)
        item->replaces = true;
    *slot = (tm_slot){.raw = slot->raw, .changed = true};
}

static tm_map *decode_attributes(tm_item *item)
{
    const unsigned attributes = tm_level_attributes(item->level);
    tm_map *map = tm_map_new(item->arena, 16);
    tm_wire_field f;
    const char *p = item->raw.p, *end = p + item->raw.n;
    while (p < end && (p = tm_wire_next(p, end, &f)) != NULL) {
        if (f.number != attributes)
            continue;
        tm_text key, any_value;
        tm_entry_decode(item->arena, f.bytes, &key, &any_value);
        tm_map_append(item->arena, map, key, tm_value_decode(item->arena, any_value))->raw =
            f.bytes;
    }
    return map;
}

/* The entry that was read from the bytes at `raw`: keys may stand twice, bytes do not. */
static tm_entry *entry_at(tm_map *map, const char *raw)
{
    for (uint32_t i = 0; i < map->n; i++)
        if (map->entry[i].raw.p == raw)
            return &map->entry[i];
    return NULL;
}

static void apply_replaced(tm_map *map, const tm_slot *slot)
{
    tm_entry *entry = entry_at(map, slot->raw.p);
    assert(entry);
    if (!slot->found) {
        memmove(entry, entry + 1, (size_t)(map->entry + map->n - (entry + 1)) * sizeof *entry);
        tm_map_settle(map, map->n - 1);
        return;
    }
    entry->value = slot->value;
    entry->raw = (tm_text){0};
}

/* Carries the edits made through slots over into the map. */
static void apply_slots(tm_item *item, tm_map *map)
{
    const tm_needs *needs = item->needs;
    for (uint32_t i = 0; i < needs->n; i++)
        if (item->slot[i].changed && item->slot[i].raw.p)
            apply_replaced(map, &item->slot[i]);
    for (uint32_t order = 1; order <= item->appended; order++)
        for (uint32_t i = 0; i < needs->n; i++)
            if (item->slot[i].appended == order && item->slot[i].found)
                tm_map_append(item->arena, map, needs->key[i], item->slot[i].value);
}

tm_map *tm_item_attributes(tm_item *item)
{
    if (!item->attributes) {
        tm_map *map = decode_attributes(item);
        if (item->changed >> tm_level_attributes(item->level) & 1)
            apply_slots(item, map);
        item->attributes = map;
        item->opened++;
    }
    return item->attributes;
}

tm_map *tm_item_change_attributes(tm_item *item)
{
    tm_map *map = tm_item_attributes(item);
    item->changed |= 1u << tm_level_attributes(item->level);
    return map;
}

bool tm_item_is_edited(const tm_item *item)
{
    return item->changed || item->zero_links || item->event_now;
}
