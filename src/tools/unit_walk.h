/* Unit walk: recordings that a command reads in one thread, request by request.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_UNIT_WALK_H
#define TM_TOOLS_UNIT_WALK_H

#include "recording/unit.h"
#include "tools/input.h"
#include "tools/progress.h"

typedef struct tm_unit_walk {
    tm_arena *arena; /* of a unit: emptied before each */
    /* Takes the request of the next unit, in protobuf. False: no more. */
    bool (*take)(void *owner, tm_text bytes);
    void *owner;
    bool shows_progress;       /* on stderr, if that is a terminal */
    bool whole;                /* a unit for which there is no memory ends the walk */
    bool (*stop)(void *owner); /* asked after each unit; NULL: never */
    tm_input input;
    bool bad;             /* a unit was not right, which was told */
    bool short_of_memory; /* for some unit */
    bool stopped;         /* `stop` said so */
    tm_block block;
    tm_unit_reader reader;
    tm_progress progress;
    const tm_unit *unit;
    bool goes_on;
} tm_unit_walk;

/* The members down to `stop` are set, the rest is zeroed. False, which is told, when out of
 * memory; to be dropped in either case. */
bool tm_unit_walk_open(tm_unit_walk *walk);
void tm_unit_walk_drop(tm_unit_walk *walk);

/* Takes all units of the recordings. What cannot be read is told on stderr, and the next unit
 * taken; so is a unit for which there is no memory, unless that ends it. */
void tm_unit_walk_all(tm_unit_walk *walk, const tm_texts *recordings);

/* Tells what is wrong with the unit that is taken. */
void tm_unit_walk_tell(tm_unit_walk *walk, tm_text error);

/* Whether something was wrong with a unit or a recording. */
static inline bool tm_unit_walk_fault(const tm_unit_walk *walk)
{
    return walk->bad || walk->input.fault;
}

#endif
