/* Marks: bits of what a pass leaves.
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/marks.h"

void tm_marks_put(tm_marks *marks, tm_arena *arena, bool mark)
{
    const size_t i = marks->put++;
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
