/* Judge, inside: what its files share.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_ENGINE_JUDGE_INSIDE_H
#define TM_ENGINE_JUDGE_INSIDE_H

#include "engine/judge.h"
#include "engine/marks.h"

/* For how many of each the buffers of a judge have room. */
typedef struct tm_judge_room {
    uint32_t rules, processors, steps, slots;
} tm_judge_room;

struct tm_judge {
    tm_arena *own;   /* as long as the judge: buffers sized by the ruleset, the VM's */
    tm_arena *arena; /* one request */
    tm_vm vm;
    tm_rule_failed failed;
    void *owner;
    tm_span_dropped dropped; /* or NULL */
    void *dropped_owner;
    const tm_ruleset *ruleset; /* of this request; may be gone after it */
    tm_judge_room room;        /* of the buffers below; none while there are none */
    tm_arena *sized;           /* holds them */
    tm_rule_counts *counts;
    tm_mismatch *mismatch; /* one a rule, which holds something where its count is not 0 */
    uint64_t *filtered;
    tm_sampled *sampled;
    uint8_t *hoisted;      /* tm_decided, one a rule: of the current resource or scope */
    tm_map **shared_cache; /* one a step */
    tm_slot *slots;
    tm_request request;
    tm_marks kept_spans, kept_events; /* of rulesets that keep some and have several passes */
    tm_text error;                    /* first error under propagate, of the current processor */
    bool stop;                        /* a statement failed under propagate: nothing more runs */
    uint8_t spared; /* bit per level above events: a condition of a chain failed for its item */
};

/* Runs one step on the current item of its level. The rule that drops the item, or NULL. */
const tm_rule *tm_judge_step(tm_judge *judge, const tm_step *step);

#endif
