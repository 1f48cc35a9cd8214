/* Pipeline: a ruleset between receivers and exporters.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_PIPELINE_H
#define TM_PIPE_PIPELINE_H

#include "engine/current.h"
#include "engine/judge.h"
#include "pipe/exporters.h"
#include "pipe/partition.h"

/* It outlives the configurations that it serves: what each of them makes of it (exporters, headers
 * that part batches, series) goes with the ruleset that is published with it. */
typedef struct tm_pipeline {
    tm_text id;
    tm_current current;
    tm_partitions partitions; /* by the metadata_keys of the batch processor */
    bool profiles;            /* times of rules are measured */
    tm_exporters *exporters;
    tm_registry *registry;
    tm_log *log;
    const tm_clock *clock;
    tm_budget *budget;   /* of what leaves; NULL: none */
    const tm_heap *heap; /* of what judging takes; NULL: libc's */
} tm_pipeline;

typedef struct tm_pipeline_options {
    tm_log *log;
    const tm_clock *clock; /* tells when rules match; NULL: nobody wants to know */
    tm_registry *registry;
    tm_publisher *publisher; /* of the rules of all pipelines */
    tm_exporters *exporters; /* those of all exporters */
    tm_budget_heap *heap;    /* whose budget its requests share, outlives it; NULL: none */
    bool profiles;           /* see tm_intake_options */
} tm_pipeline_options;

/* Makes the pipeline of `settings` around a compiled ruleset, whose reference it takes over; both
 * may go afterwards. False when it cannot be published; it is to be dropped in either case. */
bool tm_pipeline_init(tm_pipeline *pipeline, tm_arena *arena, const tm_pipeline_settings *settings,
                      tm_ruleset *ruleset, const tm_pipeline_options *options);
void tm_pipeline_drop(tm_pipeline *pipeline); /* in the home thread, when nobody offers any more */

/* Publishes another ruleset, with what its settings make of the pipeline; takes over the reference.
 * It reads otelcol.grpc.metadata only if the first one did. False, and everything is as before,
 * when out of memory or when one of the exporters is not there or was made for other pipelines. */
bool tm_pipeline_publish(tm_pipeline *pipeline, const tm_pipeline_settings *settings,
                         tm_ruleset *ruleset);

/* The same in two steps, so that several pipelines can be published together: what may fail, which
 * leaves the reference with the caller and may run in any thread while nobody opens or drops
 * exporters, and what cannot, between tm_publisher_begin and _end, which takes it over and leaves
 * that of the ruleset before with the caller. */
bool tm_pipeline_prepare(tm_pipeline *pipeline, const tm_pipeline_settings *settings,
                         tm_ruleset *ruleset);
tm_ruleset *tm_pipeline_switch(tm_pipeline *pipeline, tm_ruleset *ruleset);

/* What became of one request. */
typedef enum tm_taken {
    TM_TAKEN,
    TM_TAKEN_NOTHING_LEFT,
    TM_QUEUE_FULL,
    TM_NO_MEMORY,          /* of the budget */
    TM_TOO_MANY_PARTITIONS /* metadata_cardinality_limit */
} tm_taken;

/* Where a request that is passed comes from. */
typedef struct tm_passing {
    const tm_client *client;
    tm_waiter *waiter; /* NULL: nobody waits */
    tm_origin origin;
} tm_passing;

/* Adds the outcome to the counters and hands what leaves to every exporter. */
tm_taken tm_pipeline_pass(tm_pipeline *pipeline, const tm_ruleset *ruleset,
                          const tm_outcome *outcome, const tm_passing *from);

/* The client that waited is gone; see tm_exporter_cancel. */
void tm_pipeline_forget(tm_pipeline *pipeline, const tm_waiter *waiter);

/* Adds the counters only: the request was refused. */
void tm_pipeline_count(tm_pipeline *pipeline, const tm_ruleset *ruleset, const tm_outcome *outcome);

/* The same of a request of so many spans that was not judged, because there is no memory for it. */
void tm_pipeline_refuse(tm_pipeline *pipeline, const tm_ruleset *ruleset, uint32_t spans);

/* Spans dropped by each rule since it was published, for people: fn(owner, rule name, spans) for
 * those above 0. */
void tm_pipeline_dropped(tm_pipeline *pipeline,
                         void (*fn)(void *owner, tm_text rule, uint64_t spans), void *owner);

#endif
