/* Pipeline: a ruleset between receivers and exporters.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_PIPELINE_H
#define TM_PIPE_PIPELINE_H

#include "engine/current.h"
#include "engine/judge.h"
#include "pipe/exporters.h"
#include "pipe/partition.h"

/* One of its exporters, which other pipelines may use too, and the number of its batcher there.
 */
typedef struct tm_pipeline_exporter {
    tm_exporter *exporter;
    uint32_t batcher;
    const tm_texts *names; /* headers whose values part its batches, or NULL */
} tm_pipeline_exporter;

typedef struct tm_pipeline {
    tm_text id;
    tm_current current;
    tm_pipeline_exporter *exporter; /* to each of its exporters */
    uint32_t exporters;
    const tm_texts *metadata_keys; /* of the batch processor; NULL: none */
    tm_partitions partitions;      /* by them */
    bool waits; /* for some exporter clients may have to wait: wait_for_result, block_on_overflow,
                   files that are written at once */
    tm_registry *registry;
    tm_log *log;
} tm_pipeline;

typedef struct tm_pipeline_options {
    tm_log *log;
    tm_registry *registry;
    const tm_exporters *exporters; /* those of all exporters */
} tm_pipeline_options;

/* Makes the pipeline of `settings` around a compiled ruleset, whose reference it takes over. */
void tm_pipeline_init(tm_pipeline *pipeline, tm_arena *arena, const tm_pipeline_settings *settings,
                      tm_ruleset *ruleset, const tm_pipeline_options *options);
void tm_pipeline_drop(tm_pipeline *pipeline); /* in the home thread, when nobody offers any more */

/* Publishes another ruleset, which reads otelcol.grpc.metadata only if the first one did; takes
 * over the reference. */
void tm_pipeline_publish(tm_pipeline *pipeline, tm_ruleset *ruleset);

/* What became of one request. */
typedef enum tm_taken {
    TM_TAKEN,
    TM_TAKEN_NOTHING_LEFT,
    TM_QUEUE_FULL,
    TM_TOO_MANY_PARTITIONS /* metadata_cardinality_limit */
} tm_taken;

/* Adds the outcome to the counters and hands what leaves to every exporter. */
tm_taken tm_pipeline_pass(tm_pipeline *pipeline, const tm_ruleset *ruleset,
                          const tm_outcome *outcome, const tm_client *client, tm_waiter *waiter);

/* The client that waited is gone; see tm_exporter_cancel. */
void tm_pipeline_forget(tm_pipeline *pipeline, const tm_waiter *waiter);

/* Adds the counters only: the request was refused. */
void tm_pipeline_count(tm_pipeline *pipeline, const tm_ruleset *ruleset, const tm_outcome *outcome);

/* Spans dropped by each rule since it was published, for people: fn(owner, rule name, spans) for
 * those above 0. */
void tm_pipeline_dropped(tm_pipeline *pipeline,
                         void (*fn)(void *owner, tm_text rule, uint64_t spans), void *owner);

#endif
