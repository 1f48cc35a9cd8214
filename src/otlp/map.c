/* Map: entries in stored order, and the table that finds them in large maps.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Clients choose the keys, so they are hashed with the arena's secret, or not at all. */
#include "base/hash.h"
#include "otlp/value.h"

#include <stdlib.h>

/* A table costs more than looking at all entries of a small map, and at those of any map a few
 * times. */
enum { FIRST_ROOM = 4, SMALL_MOST = 32, LOOKS_MOST = 16, TABLE_FIRST = 128 };

typedef struct place {
    uint32_t hash;
    uint32_t at; /* 1 + number of the entry; 0: none */
} place;

/* What belongs to a map that has, or had, room for more than SMALL_MOST entries. */
typedef struct tm_index {
    tm_arena *arena; /* for tables: look-ups make them at any time */
    uint64_t looked; /* entries and places that look-ups met */
    place *table;    /* `size` places, at least half of them empty; NULL: not built */
    uint32_t size;   /* a power of two */
    uint32_t n;      /* so many entries, from the first on, are in the table: of equal keys one */
} tm_index;

/* --- the table --- */

/* Where an entry with that key stands, or else the empty place for it. */
static place *place_of(const tm_map *map, uint32_t hash, tm_text key)
{
    tm_index *index = map->index;
    for (uint32_t i = hash & (index->size - 1);; i = (i + 1) & (index->size - 1)) {
        index->looked++;
        place *p = &index->table[i];
        if (!p->at || (p->hash == hash && tm_text_equal(map->entry[p->at - 1].key, key)))
            return p;
    }
}

/* A table for n entries with what stood in the old one. */
static void make_table(tm_index *index, uint32_t n)
{
    const place *old = index->table;
    const uint32_t size = index->size;
    index->size = size ? size : TABLE_FIRST;
    while (index->size / 2 < n)
        index->size *= 2;
    index->table = TM_NEW_ARRAY(index->arena, index->size, place);
    for (uint32_t k = 0; k < size; k++) {
        if (!old[k].at)
            continue;
        uint32_t i = old[k].hash & (index->size - 1);
        while (index->table[i].at)
            i = (i + 1) & (index->size - 1);
        index->table[i] = old[k];
    }
}

/* Takes in the entries that are new since the last time; of equal keys the first stays. */
static void catch_up(const tm_map *map)
{
    tm_index *index = map->index;
    const tm_secret secret = *tm_arena_secret(index->arena);
    if (index->size / 2 < map->n)
        make_table(index, map->n);
    for (; index->n < map->n; index->n++) {
        const tm_text key = map->entry[index->n].key;
        const uint32_t hash = (uint32_t)tm_hash(secret, key);
        place *p = place_of(map, hash, key);
        if (!p->at)
            *p = (place){.hash = hash, .at = index->n + 1};
    }
}

static __attribute__((noinline)) tm_entry *find_in_table(const tm_map *map, tm_text key)
{
    catch_up(map);
    const uint32_t hash = (uint32_t)tm_hash(*tm_arena_secret(map->index->arena), key);
    const uint32_t at = place_of(map, hash, key)->at;
    return at ? &map->entry[at - 1] : NULL;
}

static void forget_table(tm_map *map)
{
    if (!map->index)
        return;
    map->index->table = NULL;
    map->index->size = 0;
    map->index->n = 0;
}

/* --- maps --- */

/* Without a secret in the arena there is no table: maps of rules, which many threads read. */
static void make_room(tm_arena *arena, tm_map *map, uint32_t room)
{
    map->entry =
        tm_arena_grow(arena, map->entry, map->room * sizeof *map->entry, room * sizeof *map->entry);
    map->room = room;
    if (room > SMALL_MOST && !map->index && tm_arena_secret(arena)) {
        map->index = TM_NEW(arena, tm_index);
        map->index->arena = tm_arena_keeper(arena);
    }
}

tm_map *tm_map_new(tm_arena *arena, uint32_t room)
{
    tm_map *map = TM_NEW(arena, tm_map);
    if (room)
        make_room(arena, map, room);
    return map;
}

/* Whether a table is to be used from now on. */
static bool is_large(const tm_map *map)
{
    tm_index *index = map->index;
    if (!index || map->n <= SMALL_MOST)
        return false;
    if (index->table || index->looked > (uint64_t)LOOKS_MOST * map->n)
        return true;
    index->looked += map->n;
    return false;
}

void tm_map_make_table(const tm_map *map)
{
    if (map->index && map->n > SMALL_MOST)
        catch_up(map);
}

uint64_t tm_map_looked(const tm_map *map)
{
    return map->index ? map->index->looked : 0;
}

tm_entry *tm_map_find(const tm_map *map, tm_text key)
{
    if (map->n > SMALL_MOST && is_large(map))
        return find_in_table(map, key);
    for (uint32_t i = 0; i < map->n; i++)
        if (tm_text_equal(map->entry[i].key, key))
            return &map->entry[i];
    return NULL;
}

tm_entry *tm_map_append(tm_arena *arena, tm_map *map, tm_text key, tm_value value)
{
    if (map->n == map->room)
        make_room(arena, map, map->room ? map->room * 2 : FIRST_ROOM);
    tm_entry *entry = &map->entry[map->n++];
    *entry = (tm_entry){.key = key, .value = value};
    return entry;
}

tm_entry *tm_map_put(tm_arena *arena, tm_map *map, tm_text key, tm_value value)
{
    tm_entry *entry = tm_map_find(map, key);
    if (!entry)
        return tm_map_append(arena, map, key, value);
    entry->value = value;
    entry->raw = (tm_text){0};
    return entry;
}

void tm_map_settle(tm_map *map, uint32_t n)
{
    map->n = n;
    forget_table(map);
}

void tm_map_remove_swap(tm_map *map, tm_entry *entry)
{
    *entry = map->entry[map->n - 1];
    tm_map_settle(map, map->n - 1);
}

/* By key, entries of one key in stored order. */
static int by_key(const void *a, const void *b)
{
    const tm_entry *x = *(const tm_entry *const *)a, *y = *(const tm_entry *const *)b;
    int order = tm_text_compare(x->key, y->key);
    return order ? order : (x > y) - (x < y);
}

void tm_map_unique(tm_arena *arena, tm_map *map)
{
    if (map->n < 2)
        return;
    tm_entry **sorted = TM_NEW_ARRAY(arena, map->n, tm_entry *);
    bool *repeats = TM_NEW_ARRAY(arena, map->n, bool);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < map->n; i++)
        sorted[i] = &map->entry[i];
    qsort(sorted, map->n, sizeof *sorted, by_key);
    tm_entry *first = sorted[0];
    for (uint32_t i = 1; i < map->n; i++) {
        if (!tm_text_equal(sorted[i]->key, first->key)) {
            first = sorted[i];
            continue;
        }
        first->value = sorted[i]->value;
        first->raw = (tm_text){0};
        repeats[sorted[i] - map->entry] = true;
    }
    for (uint32_t i = 0; i < map->n; i++)
        if (!repeats[i])
            map->entry[kept++] = map->entry[i];
    tm_map_settle(map, kept);
}
