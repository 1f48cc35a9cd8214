/* Unit walk: recordings that a command reads in one thread, request by request.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_UNIT_WALK_H
#define TM_TOOLS_UNIT_WALK_H

#include "recording/unit.h"
#include "tools/input.h"

typedef struct tm_unit_walk {
    tm_input input;
    tm_arena *arena; /* of a unit: emptied before each */
    /* Takes the request of the next unit, in protobuf. False: no more. */
    bool (*take)(void *owner, tm_text bytes);
    void *owner;
    bool bad; /* a unit was not right, which was told */
    tm_block block;
    tm_unit_reader reader;
    const tm_unit *unit;
    bool goes_on;
} tm_unit_walk;

/* `arena`, `take` and `owner` are set, the rest is zeroed. False, which is told, when out of
 * memory; to be dropped in either case. */
bool tm_unit_walk_open(tm_unit_walk *walk);
void tm_unit_walk_drop(tm_unit_walk *walk);

/* Takes all units of the recordings. What cannot be read is told on stderr, and the next unit
 * taken; so is a unit for which there is no memory. */
void tm_unit_walk_all(tm_unit_walk *walk, const tm_texts *recordings);

/* Tells what is wrong with the unit that is taken. */
void tm_unit_walk_tell(tm_unit_walk *walk, tm_text error);

/* Whether something was wrong with a unit or a recording. */
static inline bool tm_unit_walk_fault(const tm_unit_walk *walk)
{
    return walk->bad || walk->input.fault;
}

#endif
