/* Sample: its items opened for a VM.
 * SPDX-License-Identifier: Apache-2.0 */
#include "sample.h"

#include <stdio.h>

void sample_open(tm_arena *arena, const tm_doc *sample, tm_need_table *table, tm_vm *vm,
                 tm_request *q)
{
    const tm_needs *needs[TM_LEVELS];
    for (unsigned level = 0; level < TM_LEVELS; level++)
        needs[level] = tm_need_finish(table, (tm_level)level);
    tm_slot *slots = TM_NEW_ARRAY(arena, tm_request_slots(needs), tm_slot);
    tm_request_open(q, arena, needs, slots, tm_vectors_encode(arena, sample), false, TM_UTF8_KEEP);
    if (!tm_request_next_resource(q) || !tm_request_next_scope(q) || !tm_request_next_span(q))
        fprintf(stderr, "the sample has no span\n");
    for (unsigned level = TM_RESOURCE; level <= TM_SPAN; level++)
        vm->item[level] = &q->item[level];
    vm->cache = NULL;
}
