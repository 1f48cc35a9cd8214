/* Text pairs: of many conditions that look for texts in one value, few are asked: those all of
 * whose pairs of neighbouring bytes the value has. SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_ENGINE_TEXT_PAIRS_H
#define TM_ENGINE_TEXT_PAIRS_H

#include "vm/decide/decision.h"

enum { TM_TEXT_PAIRS_VALUES = 16 };

/* Of the conditions of one step. A set of pairs is a bit for each pair, by its hash modulo 64. */
typedef struct tm_text_pairs {
    uint32_t values;                            /* at which enough conditions look */
    const tm_test *value[TM_TEXT_PAIRS_VALUES]; /* a test of each, which says where it stands */
    uint64_t *set; /* by condition: the pairs that it needs; 0: is asked */
    uint8_t *of;   /* by condition: index of the value */
} tm_text_pairs;

/* The sets of these conditions, which run on items of `level`; NULL when it does not pay. A
 * condition that is NULL is asked always. */
tm_text_pairs *tm_text_pairs_of(tm_arena *arena, const tm_decision *const *condition,
                                uint32_t conditions, tm_level level);

/* The sets of the values of an item as it is now; everything of values that are no strings. */
void tm_text_pairs_look(const tm_text_pairs *pairs, const tm_item *item,
                        uint64_t set[TM_TEXT_PAIRS_VALUES]);

/* The condition is false, whatever else it asks. */
static inline bool tm_text_pairs_lack(const tm_text_pairs *pairs, const uint64_t *set,
                                      uint32_t condition)
{
    return pairs->set[condition] & ~set[pairs->of[condition]];
}

#endif
