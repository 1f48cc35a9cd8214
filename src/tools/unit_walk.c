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
    tm_progress_end(&w->progress);
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

/* Takes the current unit; false ends the walk. */
static bool take_one(tm_unit_walk *w)
{
    tm_arena_reset(w->arena);
    if (!tm_arena_try(w->arena, take_unit, w)) {
        w->short_of_memory = true;
        if (w->whole)
            return false;
        tm_unit_walk_tell(w, TM_TEXT("out of memory"));
    }
    w->stopped = w->stop && w->stop(w->owner);
    return w->goes_on && !w->stopped;
}

void tm_unit_walk_all(tm_unit_walk *w, const tm_texts *recordings)
{
    bool more = true;
    if (w->shows_progress)
        tm_progress_start(&w->progress);
    tm_input_open_names(&w->input, recordings);
    while (more && tm_input_next(&w->input, &w->block)) {
        if (w->shows_progress)
            tm_progress_draw(&w->progress, tm_input_taken(&w->input), w->input.total_bytes, "");
        for (size_t i = 0; i < w->block.units && more; i++) {
            w->unit = &w->block.unit[i];
            more = take_one(w);
        }
    }
    tm_progress_end(&w->progress);
    tm_input_close(&w->input);
}
