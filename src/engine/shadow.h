/* Shadow: rules that judge each request beside the live ones and change nothing; where the two
 * disagree. SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_ENGINE_SHADOW_H
#define TM_ENGINE_SHADOW_H

#include "engine/judge.h"

typedef enum tm_disagreement_kind {
    TM_LIVE_DROPPED,   /* the live rules dropped the span, the shadow keeps it */
    TM_SHADOW_DROPPED, /* the other way round */
    TM_EDITS_DIFFER,   /* both keep it, but what leaves is not the same, resource and scope included
                        */
    TM_DISAGREEMENT_KINDS
} tm_disagreement_kind;

/* A span and what stands around it: the bodies of ResourceSpans, ScopeSpans and Span. */
typedef struct tm_span_bodies {
    tm_text resource_spans, scope_spans, span;
} tm_span_bodies;

/* One span. The rule of each side is, of a side that drops it, the one that does; of a side that
 * keeps it from that, the one that does so, or NULL; of edits, where the statements that ran for
 * the span first part: one side may have none there. Texts are of the request. */
typedef struct tm_disagreement {
    tm_disagreement_kind kind;
    const tm_rule *live, *shadow;
    tm_text trace_id, span_id, name;
    tm_span_bodies came;                   /* as it was received */
    tm_span_bodies live_left, shadow_left; /* of edits: as it leaves on each side */
} tm_disagreement;

/* The rule that it is told of: the one that drops; or the one whose edit is not the other's, the
 * shadow's where both have one. NULL: no statement ran on either side. */
static inline const tm_rule *tm_disagreement_rule(const tm_disagreement *d)
{
    const bool by_live = d->kind == TM_LIVE_DROPPED || (d->kind == TM_EDITS_DIFFER && !d->shadow);
    return by_live ? d->live : d->shadow;
}

typedef void (*tm_disagreed)(void *owner, const tm_disagreement *disagreement);

/* What became of a comparison. */
typedef enum tm_compared {
    TM_COMPARED,
    TM_COMPARED_NOT_LIVE,   /* the live rules refused the request */
    TM_COMPARED_NOT_SHADOW, /* the shadow would refuse it, under error_mode propagate */
    TM_COMPARED_NOT_COST,   /* both together take more than a request may: the shadow was stopped */
    TM_COMPARED_NOT_MEMORY, /* out of memory */
    TM_COMPARED_ENDS
} tm_compared;

typedef struct tm_shadowed {
    tm_compared end;
    uint32_t spans;   /* compared */
    uint32_t skipped; /* spans of the request that were not */
    const tm_rule_counts
        *rule; /* of the shadow's rules, for this request; NULL: it was not judged */
} tm_shadowed;

/* One worker's, for one pipeline. */
typedef struct tm_shadow tm_shadow;

/* NULL when out of memory. `failed`: as of tm_judge_new, of the shadow's rules. */
tm_shadow *tm_shadow_new(const tm_heap *heap, const struct tm_clock *clock, tm_rule_failed failed,
                         void *owner);
void tm_shadow_free(tm_shadow *shadow); /* NULL is fine */

/* What the live judge has to record (tm_judge_record) for the comparison that follows. */
tm_span_verdicts *tm_shadow_live(tm_shadow *shadow);

/* What the shadow's judge has recorded of the same request. */
const tm_span_verdicts *tm_shadow_own(const tm_shadow *shadow);

/* Judges the request that `live` has just judged to `outcome`, by the rules of the shadow, within
 * what is left of the request's bounds, and tells each disagreement in the order of the spans.
 * Nothing of `live` or `outcome` changes. */
tm_shadowed tm_shadow_compare(tm_shadow *shadow, const tm_judge *live, const tm_ruleset *rules,
                              const tm_ruleset *shadow_rules, tm_text bytes,
                              const tm_client *client, tm_utf8_policy utf8,
                              const tm_outcome *outcome, tm_disagreed disagreed, void *owner);

/* Gives back what the latest request took if that was much: see tm_judge_trim. */
bool tm_shadow_trim(tm_shadow *shadow);

#endif
