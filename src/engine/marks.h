/* Marks: which spans and events of a request are kept, from one pass to the next.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_ENGINE_MARKS_H
#define TM_ENGINE_MARKS_H

#include "otlp/item.h"

/* A bit for each item, in the order of the bytes. A pass takes the bits of what it reads and puts
 * those of what it leaves in the same place: what it leaves is never ahead of what it reads. */
typedef struct tm_marks {
    uint64_t *word;
    size_t room; /* words */
    size_t taken, put;
    size_t n; /* bits that can be asked for: the pass before left them, or they were set */
} tm_marks;

/* Before a pass; the first one of a request finds no mark. */
static inline void tm_marks_turn(tm_marks *marks)
{
    marks->n = marks->put;
    marks->taken = marks->put = 0;
}

/* Of an item that was never marked, false. */
static inline bool tm_marks_at(const tm_marks *marks, size_t i)
{
    return i < marks->n && marks->word[i / 64] >> (i % 64) & 1;
}

static inline bool tm_marks_take(tm_marks *marks)
{
    return tm_marks_at(marks, marks->taken++);
}

/* The bits live in the arena, which grows with the request. */
void tm_marks_put(tm_marks *marks, tm_arena *arena, bool mark);

/* Marks the item of that number, where no pass is taken or put. */
void tm_marks_set(tm_marks *marks, tm_arena *arena, size_t i, bool mark);

#endif
