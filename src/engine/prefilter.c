/* Guard: read off the first test of a decision.
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/prefilter.h"

/* What the test says of nil. */
static bool refuses_nil(const tm_test *t)
{
    return t->ask != TM_ASK_NIL && t->ask != TM_ASK_STARTS && t->ask != TM_ASK_ENDS &&
           t->no == tm_test_answer(TM_DECIDED_FALSE);
}

tm_prefilter tm_prefilter_of(const tm_decision *d, tm_level level)
{
    const tm_test *first = d->first;
    if (!first->yes || first->source != TM_FROM_SLOT || first->level != level ||
        !refuses_nil(first))
        return (tm_prefilter){0};
    return (tm_prefilter){.bit = (uint64_t)1 << (first->number & 63), .number = first->number};
}
