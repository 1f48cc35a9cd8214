/* Item: one resource, scope, span or span event of a request, read where it lies, with the edits
 * made to it. SPDX-License-Identifier: Apache-2.0
 *
 * An item keeps the bytes of its message and, after the walk, the last occurrence of each field
 * asked for. Attribute keys that rules name are numbered at compile time ("needs"); the walk fills
 * one slot a need. Only when a rule wants the whole attribute map is it decoded. Edits are kept
 * beside the bytes and spliced in when the request is written. */
#ifndef TM_OTLP_ITEM_H
#define TM_OTLP_ITEM_H

#include "otlp/field_numbers.h"
#include "otlp/value.h"

typedef enum tm_level { TM_RESOURCE, TM_SCOPE, TM_SPAN, TM_EVENT, TM_LEVELS } tm_level;

/* Fields of the four levels, numbered as in the message that holds them; the schema URLs (field 3
 * of ResourceSpans and ScopeSpans) and the parts of Status get numbers of their own. */
enum {
    TM_RESOURCE_ATTRIBUTES = TM_NUMBER_RESOURCE_attributes,
    TM_RESOURCE_DROPPED_ATTRIBUTES = TM_NUMBER_RESOURCE_dropped_attributes_count,
    TM_SCOPE_NAME = TM_NUMBER_SCOPE_name,
    TM_SCOPE_VERSION = TM_NUMBER_SCOPE_version,
    TM_SCOPE_ATTRIBUTES = TM_NUMBER_SCOPE_attributes,
    TM_SCOPE_DROPPED_ATTRIBUTES = TM_NUMBER_SCOPE_dropped_attributes_count,
    TM_SPAN_TRACE_ID = TM_NUMBER_SPAN_trace_id,
    TM_SPAN_SPAN_ID = TM_NUMBER_SPAN_span_id,
    TM_SPAN_TRACE_STATE = TM_NUMBER_SPAN_trace_state,
    TM_SPAN_PARENT_SPAN_ID = TM_NUMBER_SPAN_parent_span_id,
    TM_SPAN_NAME = TM_NUMBER_SPAN_name,
    TM_SPAN_KIND = TM_NUMBER_SPAN_kind,
    TM_SPAN_START = TM_NUMBER_SPAN_start_time_unix_nano,
    TM_SPAN_END = TM_NUMBER_SPAN_end_time_unix_nano,
    TM_SPAN_ATTRIBUTES = TM_NUMBER_SPAN_attributes,
    TM_SPAN_DROPPED_ATTRIBUTES = TM_NUMBER_SPAN_dropped_attributes_count,
    TM_SPAN_EVENTS = TM_NUMBER_SPAN_events,
    TM_SPAN_DROPPED_EVENTS = TM_NUMBER_SPAN_dropped_events_count,
    TM_SPAN_LINKS = TM_NUMBER_SPAN_links,
    TM_SPAN_DROPPED_LINKS = TM_NUMBER_SPAN_dropped_links_count,
    TM_SPAN_STATUS = TM_NUMBER_SPAN_status,
    TM_SPAN_FLAGS = TM_NUMBER_SPAN_flags,
    TM_EVENT_TIME = TM_NUMBER_EVENT_time_unix_nano,
    TM_EVENT_NAME = TM_NUMBER_EVENT_name,
    TM_EVENT_ATTRIBUTES = TM_NUMBER_EVENT_attributes,
    TM_EVENT_DROPPED_ATTRIBUTES = TM_NUMBER_EVENT_dropped_attributes_count,
    TM_STATUS_MESSAGE = 17, /* of the span's status */
    TM_STATUS_CODE = 18,
    TM_SCHEMA_URL = 19, /* of ResourceSpans or ScopeSpans */
    TM_FIELDS = 20
};

/* What the walk found, or an edit made, for one attribute key that a rule names. */
typedef struct tm_slot {
    tm_value value;    /* scalars: decoded; maps and lists: NIL until `composite` was decoded */
    tm_text raw;       /* the KeyValue body in the request, p NULL when the key is absent there */
    tm_text composite; /* AnyValue body of a map or list not decoded yet, p NULL otherwise */
    const tm_text *encoded; /* the whole field when a constant was put, else NULL */
    uint32_t appended;      /* 1, 2, ...: position among new attributes; 0: not new */
    bool found;             /* the key is present (perhaps with an empty value) */
    bool changed;           /* put or removed by a rule: the writer splices */
    uint8_t peeks;          /* how often a value was looked up in `composite` as it lies */
} tm_slot;

/* Attribute keys and fields of one level that a ruleset reads; keys are numbered, by tm_needs_new.
 */
typedef struct tm_needs {
    const tm_text *key;
    uint32_t n;
    uint32_t fields;      /* bit per field number whose value is wanted */
    const uint32_t *next; /* slot -> 1 + next slot of the same hash, 0: none */
    uint32_t first[256];  /* 1 + first slot of that hash, 0: none, as of most */
} tm_needs;

/* Of the length and the last four bytes, which tell most keys apart. */
static inline uint32_t tm_needs_hash(const char *key, size_t n)
{
    if (n < 4)
        return (uint32_t)n;
    uint32_t tail;
    memcpy(&tail, key + n - 4, 4);
    return (tail ^ (uint32_t)n) * 0x9e3779b1u >> 24;
}

/* The keys live as long as the needs and are distinct. */
tm_needs *tm_needs_new(tm_arena *arena, const tm_text *keys, uint32_t n, uint32_t fields);

typedef struct tm_item tm_item;
struct tm_item {
    tm_text raw; /* body of Resource, InstrumentationScope, Span or Event */
    const tm_needs *needs;
    tm_slot *slot;      /* needs->n of them */
    tm_map *attributes; /* the whole map once somebody asked for it; slots are stale then */
    tm_arena *arena;    /* the request's */
    tm_item *parent;    /* span of an event, scope of a span, resource of a scope */
    tm_text *event_now; /* spans: what each event's field has become, p NULL where it is as it came;
                         * NULL before an event was edited or dropped (otlp/event.h) */
    uint32_t events_gone;   /* how many of them were dropped */
    uint32_t events_came;   /* 1 + how many events there are in the bytes; 0: not counted yet */
    uint32_t links_came;    /* the same of links: rules for events may ask once an event */
    uint32_t seen;          /* bit per field present in `field` */
    uint32_t changed;       /* bit per field set by a rule; attributes, events and links too; the
                             * parent's id when it is to be left out, being of zeros only */
    uint32_t appended;      /* number of attributes appended through slots */
    uint32_t appended_slot; /* the slot of the last one */
    uint32_t opened;        /* how often something was decoded into `arena` for the item to keep; it
                             * goes on counting from item to item */
    uint64_t touched; /* bit per slot, modulo 64, that is no longer as reset left it: absent */
    uint8_t level;    /* tm_level */
    bool replaces;    /* an attribute that the bytes hold was changed or removed through a slot */
    bool twice;       /* a key that rules name stands there twice */
    bool zero_links;  /* spans: a link has an id of zeros only, which is to be left out */
    bool kept;        /* a rule keeps it from rules behind that would drop it */
    tm_value field[TM_FIELDS]; /* scalars by field number, valid where `seen` */
};

/* Number of the field that holds the attributes, by level. */
static inline unsigned tm_level_attributes(unsigned level)
{
    return level == TM_SPAN       ? TM_SPAN_ATTRIBUTES
           : level == TM_RESOURCE ? TM_RESOURCE_ATTRIBUTES
                                  : TM_SCOPE_ATTRIBUTES; /* and those of events */
}

/* The default of proto3 for a field: 0, "" or a zero id. */
tm_value tm_field_default(unsigned level, unsigned field);

/* The field's value, or its default. INT for numbers (the unsigned 64-bit times as two's
 * complement, counters and flags as unsigned, kind and status code as signed 32 bits), STRING for
 * texts, TRACE_ID and SPAN_ID for ids. Only fields named in needs->fields were read. */
static inline tm_value tm_item_field(const tm_item *item, unsigned field)
{
    return item->seen >> field & 1 ? item->field[field] : tm_field_default(item->level, field);
}

/* Sets a scalar field. The value has the type that tm_item_field returns for it. */
void tm_item_set_field(tm_item *item, unsigned field, tm_value value);

/* The value of the attribute that need `slot` names: NIL when absent or empty. Also after the whole
 * map was opened or edited. */
tm_value tm_item_find_attribute(tm_item *item, unsigned slot, bool *found);

static inline tm_value tm_item_attribute(tm_item *item, unsigned slot)
{
    if (!item->attributes && !item->slot[slot].composite.p)
        return item->slot[slot].value;
    bool found;
    return tm_item_find_attribute(item, slot, &found);
}

/* The same, and whether the key is present: an empty value is not the same as an absent key to
 * indexing. */
static inline tm_value tm_item_attribute_found(tm_item *item, unsigned slot, bool *found)
{
    return tm_item_find_attribute(item, slot, found);
}

/* Puts or removes one attribute; `value` must be storable and is not copied. */
void tm_item_put_attribute(tm_item *item, unsigned slot, tm_value value);
void tm_item_remove_attribute(tm_item *item, unsigned slot);

/* The same for a constant, whose bytes as an attribute field (tm_attribute_field) were made
 * beforehand. */
void tm_item_put_constant(tm_item *item, unsigned slot, tm_value value, const tm_text *encoded);

/* All attributes as a map, decoded at the first call. To change the map or anything under it, call
 * tm_item_change_attributes instead; entries that are changed need raw cleared, on every level down
 * to the change (tm_map_put does it for its own). */
tm_map *tm_item_attributes(tm_item *item);
tm_map *tm_item_change_attributes(tm_item *item);

/* Number of span events and links. */
uint32_t tm_item_event_count(tm_item *span);
uint32_t tm_item_link_count(tm_item *span);

/* Removes all events or links: what set(events, nil) does. */
void tm_item_clear_events(tm_item *span);
void tm_item_clear_links(tm_item *span);

/* Forgets the last message: the item is empty, with all slots absent. Item and slots were zeroed
 * before the first reset, and slots are those of the last one. */
void tm_item_reset(tm_item *item, tm_level level, tm_arena *arena, const tm_needs *needs,
                   tm_slot *slots);

/* True when the item or one of its events was edited, or has an id that is to be left out: its
 * bytes are no longer what it says. */
bool tm_item_is_edited(const tm_item *item);

#endif
