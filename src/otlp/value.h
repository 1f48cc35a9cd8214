/* Value: what an attribute holds and what an OTTL expression yields, in 16 bytes, by value.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The type stands here and not in vm because the reader fills slots with values and the writer
 * encodes them; what OTTL makes of values (comparison, coercion, text forms) stands in vm. */
#ifndef TM_OTLP_VALUE_H
#define TM_OTLP_VALUE_H

#include "base/arena.h"

typedef enum tm_type {
    TM_NIL, /* absent, or an AnyValue with no value set: the same to every operator */
    TM_BOOL,
    TM_INT,
    TM_DOUBLE,
    TM_STRING,
    TM_BYTES,
    TM_MAP,
    TM_LIST,
    TM_TIME,
    TM_DURATION, /* nanoseconds */
    TM_TRACE_ID, /* 16 bytes */
    TM_SPAN_ID,  /* 8 bytes */
    TM_EVENTS,   /* the span's events as a whole: opaque */
    TM_LINKS,
    TM_STATUS,
    TM_NATIVE_INT, /* only URL(...)["url.port"] */
    TM_TYPE_COUNT
} tm_type;

/* Where a map or list came from: OTTL treats a few corner cases apart (language.md 2.1). */
typedef enum tm_form {
    TM_DATA,    /* telemetry, cache, most converters */
    TM_LITERAL, /* written in the text: {"a": 1}, [1, 2]; also Sort's result */
    TM_NATIVE,  /* URL, UserAgent: a map whose absent keys are errors */
    TM_STRINGS  /* Split: a native list of strings */
} tm_form;

typedef struct tm_map tm_map;
typedef struct tm_list tm_list;

struct tm_zone;

/* An instant with nanoseconds and the zone it is shown in. */
typedef struct tm_time {
    int64_t seconds;        /* since 1970-01-01T00:00:00Z, may be negative */
    int32_t nanoseconds;    /* 0 .. 999999999 */
    int32_t offset_seconds; /* east of UTC */
    tm_text zone;           /* abbreviation such as "CET"; empty: show the offset; "UTC" for UTC */
    const struct tm_zone
        *location; /* what offset and abbreviation follow; NULL: they stay (base/zone.h) */
} tm_time;

typedef struct tm_value {
    uint8_t type; /* tm_type */
    uint8_t form; /* tm_form, of maps and lists */
    uint16_t spare;
    uint32_t n; /* bytes of string, bytes and ids */
    union {
        bool truth;
        int64_t integer; /* INT, DURATION, NATIVE_INT */
        double number;
        const char *p; /* STRING, BYTES, TRACE_ID, SPAN_ID */
        tm_map *map;
        tm_list *list;
        const tm_time *time;
        void *object; /* EVENTS, LINKS, STATUS: the tm_item they belong to */
    };
} tm_value;

_Static_assert(sizeof(tm_value) == 16, "a value is 16 bytes");

/* One key and its value. raw holds the encoded KeyValue body while the entry is as it was read,
 * and is empty (p NULL) once it was made or changed here. */
typedef struct tm_entry {
    tm_text key;
    tm_value value;
    tm_text raw;
} tm_entry;

/* Entries in stored order; a key may stand twice in telemetry. Lives in an arena. Entries come in
 * by tm_map_append and tm_map_put only; who moves them or takes some away calls tm_map_settle. */
struct tm_map {
    tm_entry *entry;
    uint32_t n, room;
    struct tm_index *index; /* of large maps; known only to otlp/map.c */
};

struct tm_list {
    tm_value *item;
    uint32_t n, room;
    uint32_t depth, weight; /* of list literals: see tm_literal_list */
};

static inline tm_value tm_nil(void)
{
    return (tm_value){.type = TM_NIL};
}
static inline tm_value tm_bool(bool truth)
{
    return (tm_value){.type = TM_BOOL, .truth = truth};
}
static inline tm_value tm_int(int64_t integer)
{
    return (tm_value){.type = TM_INT, .integer = integer};
}
static inline tm_value tm_double(double number)
{
    return (tm_value){.type = TM_DOUBLE, .number = number};
}
static inline tm_value tm_duration(int64_t nanoseconds)
{
    return (tm_value){.type = TM_DURATION, .integer = nanoseconds};
}
/* The caller's bytes must live as long as the value; a text above 4 GiB cannot occur (requests are
 * smaller). */
static inline tm_value tm_string(tm_text t)
{
    return (tm_value){.type = TM_STRING, .n = (uint32_t)t.n, .p = t.p};
}
static inline tm_value tm_bytes_value(tm_text t)
{
    return (tm_value){.type = TM_BYTES, .n = (uint32_t)t.n, .p = t.p};
}
static inline tm_value tm_map_value(tm_map *map, tm_form form)
{
    return (tm_value){.type = TM_MAP, .form = (uint8_t)form, .map = map};
}
static inline tm_value tm_list_value(tm_list *list, tm_form form)
{
    return (tm_value){.type = TM_LIST, .form = (uint8_t)form, .list = list};
}
/* Of STRING, BYTES, TRACE_ID and SPAN_ID. */
static inline tm_text tm_value_text(tm_value v)
{
    return tm_text_slice(v.p, v.n);
}

/* "string", "int", "map", ...: the word used in messages and signatures. */
const char *tm_type_name(tm_type type);

/* "a" or "an", in front of it. */
const char *tm_type_article(tm_type type);

tm_map *tm_map_new(tm_arena *arena, uint32_t room);

/* The first entry with that key, or NULL. Entries of small maps are looked at one by one; those of
 * larger ones in an arena that has a secret get a hash table once so much looking is worth it, so
 * that n look-ups cost no more than n times a constant, whatever the keys are. */
tm_entry *tm_map_find(const tm_map *map, tm_text key);

/* Makes the table of a larger map now, so that look-ups allocate nothing while it stays as it is.
 */
void tm_map_make_table(const tm_map *map);

/* How many entries and places of the table look-ups in a larger map have met so far; 0: unknown. */
uint64_t tm_map_looked(const tm_map *map);

/* Sets or appends; the key's bytes are not copied. Returns the entry (raw cleared). */
tm_entry *tm_map_put(tm_arena *arena, tm_map *map, tm_text key, tm_value value);
tm_entry *tm_map_append(tm_arena *arena, tm_map *map, tm_text key, tm_value value); /* no look-up */
/* Of a key that stands several times only the first entry stays, with the last value. For maps that
 * were filled by tm_map_append: the time does not grow with the square of the entries. */
void tm_map_unique(tm_arena *arena, tm_map *map);
void tm_map_remove_swap(tm_map *map, tm_entry *entry); /* last entry moves into the slot */

/* Leaves the map its first n entries, among which some may have been moved. */
void tm_map_settle(tm_map *map, uint32_t n);

tm_list *tm_list_new(tm_arena *arena, uint32_t room);
void tm_list_append(tm_arena *arena, tm_list *list, tm_value value);

/* Copies maps and lists to all depths; scalars and texts are shared, every form becomes TM_DATA. */
tm_value tm_value_copy(tm_arena *arena, tm_value value);

/* Decodes the body of an AnyValue whose structure the walk has already checked (depth <= 64). */
tm_value tm_value_decode(tm_arena *arena, tm_text any_value);

/* Splits a checked KeyValue body into its key and its AnyValue body (a value given twice merges).
 */
void tm_entry_decode(tm_arena *arena, tm_text key_value, tm_text *key, tm_text *any_value);

/* Bytes of the encoded AnyValue body / KeyValue body, and writing them. Times, durations, ids and
 * opaque values cannot be stored and must not be passed. */
size_t tm_value_encoded_bytes(tm_value value);
char *tm_value_encode(char *at, tm_value value); /* returns the end */
size_t tm_entry_encoded_bytes(const tm_entry *entry);
char *tm_entry_encode(char *at, const tm_entry *entry);

/* Of an entry without raw whose value is a STRING or BYTES: all but the text itself. */
char *tm_entry_encode_head(char *at, const tm_entry *entry);

#endif
