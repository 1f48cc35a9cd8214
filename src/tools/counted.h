/* Counted: how often texts occur.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_COUNTED_H
#define TM_TOOLS_COUNTED_H

#include "base/arena.h"

typedef struct tm_counted_text {
    tm_text text;
    uint64_t count;
} tm_counted_text;

/* Zero-initialise with an arena. Texts that come when there are `most` others already are counted
 * together in `others`. */
typedef struct tm_counted {
    tm_arena *arena;
    tm_counted_text *row;
    uint32_t *table; /* 1 + row, 0: free; a power of two of them */
    size_t n, room, places;
    size_t most; /* 0: a hundred thousand */
    uint64_t others;
} tm_counted;

/* Its row, as long as nothing is sorted; SIZE_MAX: it is among the others. */
size_t tm_counted_add(tm_counted *counted, tm_text text, uint64_t count);

/* Adds all that another one has. */
void tm_counted_take(tm_counted *counted, const tm_counted *other);

/* Most frequent first, equal ones in bytewise order. Nothing may be added then. */
void tm_counted_sort(tm_counted *counted);

#endif
