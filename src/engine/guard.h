/* Guard: the attribute that a condition needs to be true, so that most conditions are never asked.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_ENGINE_GUARD_H
#define TM_ENGINE_GUARD_H

#include "vm/decision.h"

/* Of a condition at the level of its step that is false unless the item has one attribute; zero:
 * none. */
typedef struct tm_guard {
    uint64_t bit;    /* of the slot, modulo 64 */
    uint32_t number; /* of the slot */
} tm_guard;

/* The guards of up to 64 conditions of one step, turned round: which conditions an attribute lets
 * run. */
typedef struct tm_guards {
    uint64_t always;      /* bit per condition that no attribute guards */
    uint64_t bits;        /* of the slots that guard one */
    uint64_t of_slot[64]; /* bit per condition, by slot modulo 64 */
} tm_guards;

/* The conditions of a block that may hold for an item with these slots. */
static inline uint64_t tm_guards_pass(const tm_guards *g, uint64_t present)
{
    uint64_t pass = g->always;
    for (uint64_t m = present & g->bits; m; m &= m - 1)
        pass |= g->of_slot[__builtin_ctzll(m)];
    return pass;
}

/* What the guard of a condition is that runs on items of `level`: the attribute that its first test
 * asks for. */
tm_guard tm_guard_of(const tm_decision *decision, tm_level level);

/* What guards ask of an item: its `touched`, or everything once its attributes became a map. */
static inline uint64_t tm_guard_present(const tm_item *item)
{
    return item->attributes ? UINT64_MAX : item->touched;
}

#endif
