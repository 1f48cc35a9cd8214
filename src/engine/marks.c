/* Marks: bits of what a pass leaves.
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/marks.h"

static void place(tm_marks *marks, tm_arena *arena, size_t i, bool mark)
{
    const uint64_t bit = (uint64_t)1 << (i % 64);
    if (i / 64 == marks->room) {
        const size_t room = marks->room ? marks->room * 2 : 8;
        marks->word = tm_arena_grow(arena, marks->word, marks->room * sizeof *marks->word,
                                    room * sizeof *marks->word);
        marks->room = room;
    }
    if (mark)
        marks->word[i / 64] |= bit;
    else
        marks->word[i / 64] &= ~bit;
}

void tm_marks_put(tm_marks *marks, tm_arena *arena, bool mark)
{
    place(marks, arena, marks->put++, mark);
}

void tm_marks_set(tm_marks *marks, tm_arena *arena, size_t i, bool mark)
{
    for (; marks->n <= i; marks->n++)
        place(marks, arena, marks->n, false);
    place(marks, arena, i, mark);
}
