/* Parents: spans that stay while their parents are dropped, in bounded memory.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_PARENTS_H
#define TM_TOOLS_PARENTS_H

#include "base/text.h"

enum { TM_PARENTS_MOST = 4 << 20 }; /* spans of either kind; more are counted and left out */

/* One span: its ids, or those of its parent, and what its owner knows it by. */
typedef struct tm_parents_row {
    uint64_t ids;
    uint32_t note;
} tm_parents_row;

typedef struct tm_parents_rows {
    tm_parents_row *row;
    size_t n, room;
} tm_parents_rows;

/* Zero-initialise. */
typedef struct tm_parents {
    tm_parents_rows dropped, stay;
    uint64_t left_out; /* spans for which there was no room */
} tm_parents;

/* Adds a span that is dropped; and one that stays, unless it has no parent. False when out of
 * memory. */
bool tm_parents_drop(tm_parents *p, tm_text trace, tm_text span, uint32_t note);
bool tm_parents_stay(tm_parents *p, tm_text trace, tm_text parent, uint32_t note);

/* Calls `found` for each span that stays and whose parent is dropped, in the order in which they
 * were added. Nothing may be added then. */
typedef void (*tm_parents_found)(void *owner, uint32_t dropped_note, uint32_t stay_note);
void tm_parents_each(tm_parents *p, tm_parents_found found, void *owner);

void tm_parents_free(tm_parents *p);

#endif
