/* Counted: a hash table.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/counted.h"

#include "base/hash.h"

#include <stdlib.h>

enum { FIRST_PLACES = 64, USUALLY_MOST = 100000 };

static uint64_t hash_of(const tm_counted *c, tm_text text)
{
    const tm_secret *secret = tm_arena_secret(c->arena);
    return tm_hash(secret ? *secret : (tm_secret){{1, 2}}, text);
}

/* The place of the text, or the free one where it would go. */
static uint32_t *place_of(const tm_counted *c, tm_text text)
{
    size_t at = hash_of(c, text) & (c->places - 1);
    while (c->table[at] && !tm_text_equal(c->row[c->table[at] - 1].text, text))
        at = (at + 1) & (c->places - 1);
    return &c->table[at];
}

static void grow(tm_counted *c)
{
    c->places = c->places ? 2 * c->places : FIRST_PLACES;
    c->table = TM_NEW_ARRAY(c->arena, c->places, uint32_t);
    for (size_t i = 0; i < c->n; i++)
        *place_of(c, c->row[i].text) = (uint32_t)i + 1;
}

static uint32_t add_row(tm_counted *c, tm_text text)
{
    if (c->n == c->room) {
        size_t room = c->room ? 2 * c->room : FIRST_PLACES;
        c->row = tm_arena_grow(c->arena, c->row, c->room * sizeof *c->row, room * sizeof *c->row);
        c->room = room;
    }
    c->row[c->n++] = (tm_counted_text){.text = tm_arena_copy(c->arena, text)};
    return (uint32_t)c->n;
}

size_t tm_counted_add(tm_counted *c, tm_text text, uint64_t count)
{
    if (2 * c->n >= c->places)
        grow(c);
    uint32_t *place = place_of(c, text);
    if (!*place && c->n >= (c->most ? c->most : USUALLY_MOST)) {
        c->others += count;
        return SIZE_MAX;
    }
    if (!*place)
        *place = add_row(c, text);
    c->row[*place - 1].count += count;
    return *place - 1;
}

void tm_counted_take(tm_counted *c, const tm_counted *other)
{
    for (size_t i = 0; i < other->n; i++)
        tm_counted_add(c, other->row[i].text, other->row[i].count);
    c->others += other->others;
}

static int by_count(const void *a, const void *b)
{
    const tm_counted_text *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return tm_text_compare(x->text, y->text);
}

void tm_counted_sort(tm_counted *c)
{
    if (c->n)
        qsort(c->row, c->n, sizeof *c->row, by_count);
}
