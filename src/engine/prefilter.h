/* Prefilter: the attribute that a condition needs to be true, so that most conditions are never
 * asked. SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_ENGINE_PREFILTER_H
#define TM_ENGINE_PREFILTER_H

#include "vm/decide/decision.h"

/* Of a condition at the level of its step that is false unless the item has one attribute; zero:
 * none. */
typedef struct tm_prefilter {
    uint64_t bit;    /* of the slot, modulo 64 */
    uint32_t number; /* of the slot */
} tm_prefilter;

/* The prefilters of up to 64 conditions of one step, turned round: which conditions an attribute
 * lets run. */
typedef struct tm_prefilters {
    uint64_t always;      /* bit per condition that no attribute filters */
    uint64_t bits;        /* of the slots that filter one */
    uint64_t of_slot[64]; /* bit per condition, by slot modulo 64 */
} tm_prefilters;

/* The conditions of a block that may hold for an item with these slots. */
static inline uint64_t tm_prefilters_pass(const tm_prefilters *g, uint64_t present)
{
    uint64_t pass = g->always;
    for (uint64_t m = present & g->bits; m; m &= m - 1)
        pass |= g->of_slot[__builtin_ctzll(m)];
    return pass;
}

/* What the prefilter of a condition is that runs on items of `level`: the attribute that its first
 * test asks for. */
tm_prefilter tm_prefilter_of(const tm_decision *decision, tm_level level);

/* What prefilters ask of an item: its `touched`, or everything once its attributes became a map. */
static inline uint64_t tm_prefilter_present(const tm_item *item)
{
    return item->attributes ? UINT64_MAX : item->touched;
}

#endif
