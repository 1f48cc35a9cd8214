/* Judge, rows: spans that nobody wrote as bytes, judged where their owner has them.
 * SPDX-License-Identifier: Apache-2.0
 *
 * What rules ask of fields and single attributes can be filled into the items that the judge asks,
 * and what they wrote is read off them. Rules about whole maps and events, and those that want
 * several passes, need bytes. */
#ifndef TM_ENGINE_JUDGE_ROWS_H
#define TM_ENGINE_JUDGE_ROWS_H

#include "engine/judge.h"

/* Resources, scopes and spans by their numbers, as in a request. */
typedef struct tm_rows {
    size_t resources, scopes, spans;
    const uint32_t *resource_of_scope; /* one a scope, never falling */
    const uint32_t *scope_of_span;     /* one a span, never falling */
    size_t size_bytes;                 /* the size of the request, for what bounds it */
    /* Puts what the row has into the item, which was reset and has the needs of its level. How many
     * bytes the row counts for; 0: it cannot be judged so. */
    size_t (*fill)(void *owner, tm_item *item, size_t row);
    /* Rules changed the item, which stays, and are done with it. How many bytes it grew by. What
     * the item holds lives until the judge's next request, unless it came from `fill`. */
    size_t (*leave)(void *owner, tm_item *item, size_t row);
    void *owner;
} tm_rows;

/* Whether the ruleset can be asked without bytes. */
bool tm_rows_are_enough(const tm_ruleset *ruleset);

/* Judges rows by such a ruleset, as tm_judge_request does the request that they stand for;
 * outcome->out is NULL. REFUSED_FORM: rows are not enough after all, and nothing is said of any.
 * False: out of memory. */
bool tm_judge_rows(tm_judge *judge, const tm_ruleset *ruleset, const tm_rows *rows,
                   const tm_client *client, tm_outcome *outcome);

#endif
