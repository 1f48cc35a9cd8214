/* Judge: one worker's machine that runs a ruleset over requests.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_ENGINE_JUDGE_H
#define TM_ENGINE_JUDGE_H

#include "engine/bounds.h"
#include "engine/span_verdicts.h"
#include "engine/ruleset.h"
#include "vm/vm.h"

typedef struct tm_judge tm_judge;

/* What a rule did to the requests judged so far, or to one request. */
typedef struct tm_rule_counts {
    uint64_t matched; /* items for which the condition held or the statement ran */
    uint64_t errors;
    uint64_t dropped_spans;
    uint64_t dropped_bytes;
    uint64_t mismatches;     /* comparisons that were false because types do not compare */
    uint64_t rejected_spans; /* that took more than their share while the rule ran */
} tm_rule_counts;

/* The operands of such a comparison. */
typedef struct tm_mismatch {
    tm_value left, right;
} tm_mismatch;

/* Spans that one sampler judged, by policy: [0] dropped, [1] kept. */
typedef struct tm_sampled {
    uint64_t spans[TM_SAMPLING_POLICIES][2];
} tm_sampled;

typedef enum tm_verdict_status {
    TM_JUDGED,       /* `out` leaves (perhaps nothing) */
    TM_REFUSED_FORM, /* the bytes are no sound request: INVALID_ARGUMENT / 400 */
    TM_REFUSED_RULE, /* a rule failed under error_mode propagate */
    TM_REFUSED_COST, /* it takes too much: nobody should send it again */
    TM_UNFINISHED    /* it takes more than a turn (tm_judge_turn): as if it had not been judged */
} tm_verdict_status;

/* The outcome for one request; valid until the next one is judged. */
typedef struct tm_outcome {
    tm_verdict_status status;
    tm_text reason;       /* refused: one sentence */
    const tm_pieces *out; /* what leaves; out->bytes may be 0 */
    uint32_t spans_in, spans_out;
    bool mended;                 /* bad UTF-8 was replaced */
    const tm_rule_counts *rule;  /* ruleset->rules rows: what each rule did to this request */
    const tm_mismatch *mismatch; /* as many: the first of each rule whose mismatches are not 0 */
    const uint64_t *filtered;    /* ruleset->processors rows: spans that each processor removed */
    const tm_sampled *sampled;   /* as many rows, all zero where the processor is no sampler */
    uint64_t steps;              /* that the rules took for the data (base/work.h) */
    const uint64_t *rule_ns;     /* rows as `rule`: what each took; NULL: it was not measured */
    uint32_t spans_rejected;     /* took more than their share, and were dropped */
    tm_text rejection;           /* of the first of them: why; p NULL: none was */
} tm_outcome;

/* Called for every runtime error of a rule whose error_mode is ignore, and for every span that
 * takes too much; may be NULL. `text` lives until the call returns. */
typedef void (*tm_rule_failed)(void *owner, const tm_rule *rule, tm_text text);

/* NULL when out of memory. Not shared between threads. */
tm_judge *tm_judge_new(const tm_heap *heap, const struct tm_clock *clock, tm_rule_failed failed,
                       void *owner);
void tm_judge_free(tm_judge *judge);

/* Gives back what the latest request took, whose outcome is of no use any more, if that was much:
 * true then, and what was freed may be given back to the system (tm_heap_trim). */
bool tm_judge_trim(tm_judge *judge);

/* Bounds what requests may cost from now on; without, nothing is bounded. */
void tm_judge_bound(tm_judge *judge, const tm_bounds *bounds);

/* From now on a request that takes more processor time of its thread is left unfinished; 0: none
 * is. Looked at as bounds are, and while the request is walked over. */
void tm_judge_turn(tm_judge *judge, uint64_t turn_ns);

/* Called for every span that a rule drops, while `request` stands on it: what its fields point to
 * lives until the judge's next request. */
typedef void (*tm_span_dropped)(void *owner, const tm_rule *rule, const tm_request *request);

/* From now on tells of dropped spans. */
void tm_judge_watch(tm_judge *judge, tm_span_dropped dropped, void *owner);

/* Of the spans that no rule drops: that a request is judged, perhaps anew since its text had to be
 * mended, so that what was told of it counts not; and each span that the last pass keeps, while
 * `request` stands on it. */
typedef struct tm_kept_watch {
    void (*began)(void *began_owner);
    void *began_owner;
    void (*kept)(void *owner, const tm_request *request);
    void *owner;
} tm_kept_watch;

/* From now on tells of kept spans. */
void tm_judge_watch_kept(tm_judge *judge, const tm_kept_watch *watch);

/* From now on measures how long rules take in one request in `every`; 0: none. */
void tm_judge_measure(tm_judge *judge, uint32_t every);

/* From now on fills `verdicts`, which outlive that, for each request. NULL: none. */
void tm_judge_record(tm_judge *judge, tm_span_verdicts *verdicts);

/* What the latest request has left of its bounds, for whoever goes on with it. */
tm_bounds tm_judge_rest(const tm_judge *judge);
/* The VM that runs the rules, for those who trace it or record proofs (vm/proof.h). */
tm_vm *tm_judge_vm(tm_judge *judge);

/* Judges one ExportTraceServiceRequest. `bytes` must stay until the outcome was used. False: out of
 * memory; the judge can be used again. */
bool tm_judge_request(tm_judge *judge, const tm_ruleset *ruleset, tm_text bytes,
                      const tm_client *client, tm_utf8_policy utf8, tm_outcome *outcome);

#endif
