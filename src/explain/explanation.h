/* Explanation: one span judged, with all that its rules were asked.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The span is judged by itself, in its resource and scope: what others in its request do to it
 * (a cache that statements share, an error under propagate that refuses them all) does not show. */
#ifndef TM_EXPLAIN_EXPLANATION_H
#define TM_EXPLAIN_EXPLANATION_H

#include "engine/judge.h"
#include "explain/span_facts.h"
#include "vm/proof.h"

typedef enum tm_explained_end {
    TM_EXPLAINED_KEPT,
    TM_EXPLAINED_EDITED,
    TM_EXPLAINED_DROPPED,
    TM_EXPLAINED_REFUSED
} tm_explained_end;

typedef struct tm_explanation {
    const tm_ruleset *ruleset;
    tm_span_facts before, after; /* after: of what leaves, if anything does */
    tm_proofs proofs;            /* of every rule that was asked, in their order */
    tm_explained_end end;
    const tm_rule *dropped_by;
    tm_text reason; /* refused: why */
    const tm_rule_counts *counts;
} tm_explanation;

/* What became of a rule. */
typedef enum tm_asked {
    TM_ASKED,     /* it has proofs */
    TM_NOT_ASKED, /* something before had decided */
    TM_SPARED,    /* the span was kept before, which ends drops */
    TM_APPLIED,   /* actions, matchers and samplers, which are no programs */
    TM_NOT_APPLIED
} tm_asked;

typedef struct tm_explained_rule {
    const tm_rule *rule;
    const tm_step *step;
    tm_asked asked;
    const tm_rule *kept_by; /* SPARED */
} tm_explained_rule;

/* How it is judged; what is 0 or NULL is usual. */
typedef struct tm_explanation_ways {
    const tm_heap *heap;
    const struct tm_clock *clock;
    const tm_client *client; /* NULL: nothing is known of it */
    const tm_bounds *bounds; /* NULL: none */
    tm_utf8_policy utf8;
} tm_explanation_ways;

/* Judges a request (protobuf) that holds one span, by a ruleset that was made to be explained. All
 * lives in `arena`. `ways` may be NULL. False: out of memory. */
bool tm_explanation_make(tm_arena *arena, const tm_ruleset *ruleset, tm_text request,
                         const tm_explanation_ways *ways, tm_explanation *out);

/* Every rule in the order in which they run; *n of them. */
tm_explained_rule *tm_explanation_rules(tm_arena *arena, const tm_explanation *e, size_t *n);

/* The first proof of a rule behind `after` (NULL: the first one), or NULL. */
const tm_proof *tm_explanation_proof(const tm_explanation *e, const tm_rule *rule,
                                     const tm_proof *after);

/* "dropped", "kept", "edited", "refused" */
const char *tm_explained_end_word(tm_explained_end end);

#endif
