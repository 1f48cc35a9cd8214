/* Run, the pool: one thread reads and writes, the others judge between, in order at both ends.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_RUN_POOL_H
#define TM_TOOLS_RUN_POOL_H

#include "tools/input.h"
#include "tools/run_job.h"

/* What the thread does with a job that is done, and how it shows that it goes on. False stops. */
typedef struct tm_run_sink {
    bool (*write)(void *owner, const tm_run_job *job);
    void (*progress)(void *owner);
    void *owner;
} tm_run_sink;

/* Runs everything that the input gives; *tally sums up what the workers did, its rows are in the
 * arena. False, told on stderr: out of memory, or no thread could be started. */
bool tm_run_pool(tm_arena *arena, const tm_run_plan *plan, unsigned workers, tm_input *input,
                 const tm_run_sink *sink, tm_run_tally *tally);

#endif
