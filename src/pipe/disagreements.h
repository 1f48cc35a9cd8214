/* Disagreements: what the shadow of a pipeline's rules would have done otherwise, counted by rule,
 * with a few samples of each. SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_DISAGREEMENTS_H
#define TM_PIPE_DISAGREEMENTS_H

#include "base/log.h"
#include "base/metric.h"
#include "engine/shadow.h"

#include <pthread.h>

enum { TM_SAMPLES_EACH = 4, TM_SAMPLE_NAME_BYTES = 80 };

/* One span of many. A longer name is cut. */
typedef struct tm_disagreement_sample {
    uint64_t time_ns; /* when it was judged, since 1970 */
    const tm_rule *live, *shadow;
    uint8_t trace_id_bytes, span_id_bytes, name_bytes;
    char trace_id[16], span_id[8], name[TM_SAMPLE_NAME_BYTES];
} tm_disagreement_sample;

/* Disagreements that are told of one rule: the one that drops; or the one whose edit is not the
 * other's, the shadow's where both have one. */
typedef struct tm_disagreement_row {
    const tm_rule *rule; /* NULL: no statement ran on either side */
    tm_disagreement_kind kind;
    uint64_t count;
    tm_series *series;                              /* NULL: nothing was counted yet */
    tm_disagreement_sample sample[TM_SAMPLES_EACH]; /* the latest, in a ring */
    uint64_t sampled;                               /* so far */
} tm_disagreement_row;

/* Of one ruleset and its shadow; lives in the ruleset's arena. */
typedef struct tm_disagreements {
    tm_series_owner *owner;
    tm_text pipeline;
    const tm_ruleset *rules, *shadow;
    pthread_mutex_t lock;     /* of what follows */
    tm_disagreement_row *row; /* of the live rules, of the shadow's, and one of no rule */
    uint32_t rows;
    uint64_t spans[2];                   /* compared, skipped */
    uint64_t requests[TM_COMPARED_ENDS]; /* by how comparing ended */
    tm_rule_counts *of_rule;             /* by number of the shadow's rule */
    tm_series *spans_series[2], *request_series[TM_COMPARED_ENDS];
    tm_series **error_series; /* by number of the shadow's rule; NULL: none yet */
} tm_disagreements;

/* For a ruleset that has a shadow. */
tm_disagreements *tm_disagreements_open(tm_series_owner *owner, tm_text pipeline,
                                        const tm_ruleset *rules);

/* What one worker notes of one request, before it is added. */
typedef struct tm_disagreement_notes tm_disagreement_notes;

/* One worker's, NULL when out of memory. */
tm_disagreement_notes *tm_disagreement_notes_new(const tm_heap *heap);
void tm_disagreement_notes_free(tm_disagreement_notes *notes); /* NULL is fine */

/* Begins a request; false: out of memory. Then notes each disagreement, of the same request. */
bool tm_disagreement_notes_begin(tm_disagreement_notes *notes, const tm_disagreements *of);
void tm_disagreement_note(void *notes, const tm_disagreement *disagreement);

/* Adds what was noted and how comparing ended. NULL for want of memory: nothing was noted. */
void tm_disagreements_add(tm_disagreements *of, tm_disagreement_notes *notes,
                          const tm_shadowed *result, uint64_t now_ns);

/* What became of a request, in a word: "compared", ... */
const char *tm_compared_word(tm_compared end);
const char *tm_disagreement_word(tm_disagreement_kind kind);

/* For people, or as the members of a JSON object. */
void tm_disagreements_print(tm_disagreements *of, bool json, tm_buf *out);

#endif
