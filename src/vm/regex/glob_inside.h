/* Glob, inside: what compiling leaves for matching.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_VM_REGEX_GLOB_INSIDE_H
#define TM_VM_REGEX_GLOB_INSIDE_H

#include "vm/regex/glob.h"

typedef enum tm_glob_op {
    TM_GLOB_RUNE,
    TM_GLOB_ONE,   /* ? */
    TM_GLOB_RANGE, /* low to high, or not */
    TM_GLOB_SET,   /* a code point of set, or not */
    TM_GLOB_RUN,   /* * */
    TM_GLOB_SPLIT, /* to the next state and to `to` */
    TM_GLOB_JUMP,  /* to `to` */
    TM_GLOB_END
} tm_glob_op;

typedef struct tm_glob_state {
    tm_glob_op op;
    bool negated;
    uint32_t low, high; /* RUNE: low */
    uint32_t to;
    tm_text set;
} tm_glob_state;

struct tm_glob {
    tm_text start;        /* every match starts with it */
    bool open;            /* and may go on in any way */
    tm_glob_state *state; /* what comes behind it */
    uint32_t states, room;
    tm_text *piece; /* when that is literals and * alone: the literals behind each * */
    uint32_t pieces;
};

#endif
