/* Run, a job: one block of a recording on its way from the reader to the writer.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_RUN_JOB_H
#define TM_TOOLS_RUN_JOB_H

#include "engine/judge.h"
#include "io/compress.h"
#include "recording/unit.h"
#include "tools/run_gather.h"
#include "tools/run_output.h"

typedef enum tm_job_state { TM_JOB_FREE, TM_JOB_READ, TM_JOB_TAKEN, TM_JOB_DONE } tm_job_state;

typedef struct tm_run_job {
    tm_job_state state;
    const char *name; /* of the recording */
    tm_block block;
    tm_bytes kept, dropped; /* as they are written */
    tm_bytes why;           /* lines about dropped spans */
    tm_bytes messages;      /* what was wrong */
} tm_run_job;

/* What all judge by; the same for all threads. */
typedef struct tm_run_plan {
    const tm_ruleset *ruleset;
    tm_output_form kept, dropped;
    bool wants_dropped, why;
} tm_run_plan;

typedef struct tm_run_tally {
    uint64_t in, kept;
    uint64_t refused; /* by a rule that failed under propagate */
    bool bad_input;   /* a unit could not be read */
    tm_rule_counts *rule;
} tm_run_tally;

/* One thread's. */
typedef struct tm_run_worker {
    const tm_run_plan *plan;
    tm_arena *arena; /* of a unit */
    tm_judge *judge;
    tm_unit_reader reader;
    tm_deflater *deflater;
    tm_bytes kept, dropped; /* of the job, before compression */
    tm_bytes drops;         /* tm_run_drop, of a unit */
    tm_run_gathered gathered;
    tm_run_tally tally;
    tm_run_job *job;
    const tm_unit *unit;
    bool short_of_memory;
} tm_run_worker;

/* False when out of memory; it is to be freed in either case. `own` holds the tally. */
bool tm_run_worker_init(tm_run_worker *worker, const tm_run_plan *plan, tm_arena *own);
void tm_run_worker_free(tm_run_worker *worker);

/* Judges the block; what leaves is in the job then. */
void tm_run_work(tm_run_worker *worker, tm_run_job *job);

void tm_run_job_free(tm_run_job *job);

#endif
