/* Deciding: a VM over items of all levels, that counts mismatches.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TEST_LANG_DECIDING_H
#define TM_TEST_LANG_DECIDING_H

#include "compiling.h"

#include "vm/decide/decision.h"

/* Items of all levels with the attributes and fields that rules asked for. */
typedef struct deciding {
    tm_item item[TM_LEVELS];
    tm_vm vm;
    unsigned mismatches; /* told so far */
} deciding;

static inline void deciding_count(void *owner, const tm_program *program, tm_value a, tm_value b)
{
    (void)program;
    assert_true(a.type != TM_NIL && b.type != TM_NIL && a.type != b.type);
    ((deciding *)owner)->mismatches++;
}

static inline deciding *deciding_of(compiling *c)
{
    deciding *d = TM_NEW(c->arena, deciding);
    tm_vm_init(&d->vm, c->arena, c->arena, NULL);
    d->vm.mismatched = deciding_count;
    d->vm.mismatched_owner = d;
    for (unsigned level = 0; level < TM_LEVELS; level++) {
        const tm_needs *needs = tm_need_finish(&c->needs, (tm_level)level);
        tm_item_reset(&d->item[level], (tm_level)level, c->arena, needs,
                      TM_NEW_ARRAY(c->arena, needs->n + 1, tm_slot));
        d->item[level].parent = level ? &d->item[level - 1] : NULL;
        d->vm.item[level] = &d->item[level];
    }
    return d;
}

#endif
