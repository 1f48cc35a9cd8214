/* Guard: what a condition needs to be true, seen at a glance, so that most conditions are never
 * run. SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_ENGINE_GUARD_H
#define TM_ENGINE_GUARD_H

#include "vm/program.h"

typedef enum tm_guard_kind {
    TM_GUARD_NONE,
    TM_GUARD_SLOT,   /* false unless the item has the attribute of the slot */
    TM_GUARD_SLOT_N, /* ... and it is no string of another length */
    TM_GUARD_FIELD_N /* false when the field is a string of another length */
} tm_guard_kind;

/* Of a condition at the level of its step; zero: none. */
typedef struct tm_guard {
    uint64_t bit; /* of the slot, modulo 64 */
    uint32_t kind;
    uint32_t number; /* of slot or field */
    uint32_t n;      /* length of the string that it must be equal to */
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

/* What the guard of a condition is that runs on items of `level`: it compares one attribute or
 * field, or does so first and ends when that is false. */
tm_guard tm_guard_of(const tm_program *program, tm_level level);

/* What guards ask of an item: its `touched`, or everything once its attributes became a map. */
static inline uint64_t tm_guard_present(const tm_item *item)
{
    return item->attributes ? UINT64_MAX : item->touched;
}

/* True when the condition, which its block let pass, surely is false all the same. */
static inline bool tm_guard_refuses(const tm_guard *g, const tm_item *item)
{
    if (g->kind == TM_GUARD_FIELD_N)
        return item->seen >> g->number & 1 && item->field[g->number].type == TM_STRING &&
               item->field[g->number].n != g->n;
    if (g->kind != TM_GUARD_SLOT_N || item->attributes)
        return false;
    const tm_value *v = &item->slot[g->number].value;
    return v->type == TM_STRING && v->n != g->n;
}

#endif
