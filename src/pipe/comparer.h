/* Comparer: a worker lets the shadow of the rules judge what the rules have judged.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_COMPARER_H
#define TM_PIPE_COMPARER_H

#include "pipe/disagreements.h"

/* One worker's, for one pipeline; empty while its rules have no shadow. Zero-initialise. */
typedef struct tm_comparer {
    tm_shadow *shadow;
    tm_disagreement_notes *notes;
} tm_comparer;

typedef struct tm_comparer_options {
    const tm_heap *heap;
    const tm_clock *clock;
    tm_log *log;
} tm_comparer_options;

/* A request as its judge got it. */
typedef struct tm_compared_request {
    tm_text bytes;
    const tm_client *client;
    tm_utf8_policy utf8;
} tm_compared_request;

/* Before the rules judge a request: what their judge is to record; NULL: nothing, since they have
 * no shadow, or for want of memory. */
tm_span_verdicts *tm_comparer_begin(tm_comparer *comparer, const tm_comparer_options *options,
                                    const tm_ruleset *rules);

/* After they have, of rules that have a shadow and were published: compares, counts, and changes
 * nothing of the outcome. */
void tm_comparer_end(tm_comparer *comparer, const tm_comparer_options *options,
                     const tm_judge *live, const tm_ruleset *rules,
                     const tm_compared_request *request, const tm_outcome *outcome);

/* See tm_judge_trim. */
bool tm_comparer_trim(tm_comparer *comparer);
void tm_comparer_drop(tm_comparer *comparer);

#endif
