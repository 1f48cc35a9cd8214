/* Unit walk: blocks of recordings, and the units of each.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/unit_walk.h"

#include "tools/complain.h"

bool tm_unit_walk_open(tm_unit_walk *w)
{
    w->goes_on = true;
    return (w->arena && tm_unit_reader_init(&w->reader, NULL, w->arena)) ||
           tm_complain("out of memory");
}

void tm_unit_walk_drop(tm_unit_walk *w)
{
    tm_unit_reader_free(&w->reader);
    tm_bytes_free(&w->block.bytes);
}

void tm_unit_walk_tell(tm_unit_walk *w, tm_text error)
{
    w->bad = true;
    tm_input_tell(w->input.name, w->unit->position, error);
}

static void take_unit(void *argument)
{
    tm_unit_walk *w = argument;
    tm_text bytes, error;
    if (!tm_unit_read(&w->reader, &w->block, w->unit, &bytes, &error))
        tm_unit_walk_tell(w, error);
    else
        w->goes_on = w->take(w->owner, bytes);
}

void tm_unit_walk_all(tm_unit_walk *w, const tm_texts *recordings)
{
    tm_input_open_names(&w->input, recordings);
    while (w->goes_on && tm_input_next(&w->input, &w->block))
        for (size_t i = 0; i < w->block.units && w->goes_on; i++) {
            w->unit = &w->block.unit[i];
            tm_arena_reset(w->arena);
            if (!tm_arena_try(w->arena, take_unit, w))
                tm_unit_walk_tell(w, TM_TEXT("out of memory"));
        }
    tm_input_close(&w->input);
}
