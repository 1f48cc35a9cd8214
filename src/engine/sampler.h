/* Sampler: the probabilistic_sampler processor, which keeps a share of all traces
 * (language.md 6.7). SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_ENGINE_SAMPLER_H
#define TM_ENGINE_SAMPLER_H

#include "engine/ruleset_build.h"

typedef struct tm_sampler tm_sampler;

/* What became of one span. */
typedef struct tm_sampling {
    bool kept;
    tm_sampling_policy policy;
    bool failed; /* fail_closed had to be asked; vm->error says why */
} tm_sampling;

/* Decides about the span vm->item[TM_SPAN], and writes the probability into the trace state of one
 * that is kept. Memory is taken, from vm->arena, only for a trace state that changes. */
tm_sampling tm_sampler_judge(const tm_sampler *sampler, tm_vm *vm);

#endif
