/* Pipeline, a version: what one configuration makes of a pipeline.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_PIPELINE_VERSION_H
#define TM_PIPE_PIPELINE_VERSION_H

#include "pipe/disagreements.h"
#include "pipe/pipeline.h"

#include <stdatomic.h>

typedef struct tm_rule_series {
    tm_series *matched, *errors, *rejected;
    tm_series *dropped, *dropped_bytes;                       /* NULL: it cannot drop spans */
    tm_series *mismatches;                                    /* NULL: it compares nothing */
    _Atomic uint64_t matched_here, dropped_here, errors_here; /* under this ruleset */
    tm_series *time;                                          /* NULL: nothing is measured */
    _Atomic uint64_t ns_here; /* in requests that were measured, under this ruleset */
    _Atomic uint64_t last_ns; /* when it last matched, since 1970; 0: it did not yet */
    _Atomic bool mismatch_told;
} tm_rule_series;

/* By policy, and whether the span was kept; under the new name and the former. */
typedef struct tm_sampler_series {
    tm_series *spans[TM_SAMPLING_POLICIES][2], *traces[TM_SAMPLING_POLICIES][2];
} tm_sampler_series;

/* Of a memory_limiter. Wherever it stands it counts what comes to the pipeline. */
typedef struct tm_limiter_series {
    tm_series *in, *accepted, *refused; /* `in`: that of all processors */
} tm_limiter_series;

/* One of its exporters, which other pipelines may use too, and the number of its batcher there. */
typedef struct tm_pipeline_exporter {
    tm_exporter *exporter;
    uint32_t batcher;
    const tm_partition_names *names; /* of what parts its batches, or NULL */
} tm_pipeline_exporter;

/* What one configuration makes of a pipeline, and the series of its rules and processors. It goes
 * with its ruleset (ruleset->note), and so with the last request that the ruleset judges. */
typedef struct tm_pipeline_version {
    tm_series_owner series;
    tm_pipeline_exporter *exporter; /* to each of its exporters */
    uint32_t exporters;
    tm_texts receivers;                      /* their ids */
    const tm_partition_names *metadata_keys; /* of the batch processor; NULL: none */
    uint64_t most_combinations;              /* of their values; 0: no bound */
    tm_series *combinations; /* of that processor, how many there are; NULL: no processor */
    bool waits; /* for some exporter clients may have to wait: wait_for_result, block_on_overflow,
                   files that are written at once */
    tm_rule_series *rule;
    _Atomic uint64_t measured;  /* spans of requests that were */
    tm_series **filtered;       /* by processor, NULL: no filter */
    tm_series **in, **out;      /* by processor */
    tm_limiter_series *limiter; /* of each memory_limiter */
    uint32_t limiters;
    tm_sampler_series *sampled;      /* of all samplers together, as in the Collector; NULL: none */
    tm_disagreements *disagreements; /* with the shadow; NULL: there is none */
} tm_pipeline_version;

#endif
