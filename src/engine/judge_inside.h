/* Judge, inside: what its files share.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_ENGINE_JUDGE_INSIDE_H
#define TM_ENGINE_JUDGE_INSIDE_H

#include "engine/judge.h"
#include "engine/marks.h"
#include "otlp/event.h"

/* For how many of each the buffers of a judge have room. */
typedef struct tm_judge_room {
    uint32_t rules, processors, steps, slots, event_slots;
} tm_judge_room;

/* What is over its bounds. */
typedef enum tm_over {
    TM_OVER_NOTHING,
    TM_OVER_TURN, /* the request, as the next ones */
    TM_OVER_TIME,
    TM_OVER_MEMORY,
    TM_OVER_STEPS,
    TM_OVER_SPAN_TIME,
    TM_OVER_SPAN_MEMORY
} tm_over;

struct tm_judge {
    tm_arena *own;     /* as long as the judge: buffers sized by the ruleset, the VM's */
    tm_arena *arena;   /* one request */
    tm_arena *scratch; /* of the rules that run, for one request at most */
    tm_vm_mark mark;   /* of scratch: nothing made since is of use once a rule has run */
    tm_quota quota;    /* of both */
    tm_vm vm;
    tm_rule_failed failed;
    void *owner;
    tm_span_dropped dropped; /* or NULL */
    void *dropped_owner;
    tm_kept_watch watch;        /* zero: nobody asks for kept spans */
    tm_span_verdicts *verdicts; /* or NULL */
    bool tells;                 /* of each dropped span: `dropped` or `verdicts` */
    const tm_ruleset *ruleset;  /* of this request; may be gone after it */
    tm_judge_room room;         /* of the buffers below; none while there are none */
    tm_arena *sized;            /* holds them */
    tm_rule_counts *counts;
    tm_mismatch *mismatch; /* one a rule, which holds something where its count is not 0 */
    uint64_t *filtered;
    tm_sampled *sampled;
    uint8_t *hoisted;      /* tm_decided, one a rule: of the current resource or scope */
    tm_map **shared_cache; /* one a step */
    tm_slot *slots;
    tm_request request;
    tm_item event;                    /* that is being judged */
    tm_slot *event_slots;             /* its */
    tm_marks kept_spans, kept_events; /* of rulesets that keep some and have several passes */
    tm_marks span_events;             /* those of the current span, by their numbers */
    tm_text error;                    /* first error under propagate, of the current processor */
    bool last_pass;
    uint32_t measures_every, unmeasured; /* requests; 0: none is measured */
    bool is_timed;                       /* this request is */
    uint64_t *rule_ns;                   /* one a rule */
    uint64_t clock_cost_ns, lap_ns;
    bool stop; /* a statement failed under propagate: nothing more runs */
    tm_bounds bounds;
    const struct tm_clock *clock;
    size_t request_bytes;
    size_t memory_most, output_most; /* of this request; SIZE_MAX: no bound */
    uint64_t steps_before;           /* the request */
    uint64_t turn_ns;                /* that a request may take in one go; 0: any */
    uintptr_t look_at;               /* the address in the request from which on the clock is due */
    bool unfinished;                 /* the turn is over */
    bool looked;                     /* at the clock, in this request */
    uint64_t began_ns;               /* then */
    uint64_t looked_at;              /* the span of the latest look, as the pass counts them;
                                      * UINT64_MAX: none yet in this pass */
    uint64_t span_began_ns;          /* at the first look in it */
    size_t span_began_bytes;
    tm_over over;
    const tm_rule *blamed; /* the first rule that failed for want of work, and what it said */
    tm_text blame;
    uint32_t rejected; /* spans that took too much, and the first one's reason */
    tm_text rejection;
    tm_text refusal; /* why the request takes too much; p NULL: it does not */
    uint8_t spared;  /* bit per level above events: a condition of a chain failed for its item */
};

/* Makes room for what the ruleset, which is that of the request, counts, and begins to count what a
 * request of that size costs. */
void tm_judge_open(tm_judge *judge, const tm_ruleset *ruleset, size_t request_bytes);

/* Calls all(argument), which judges. False when out of memory; more than a request may take is told
 * in the outcome. */
bool tm_judge_try(tm_judge *judge, void (*all)(void *argument), void *argument,
                  tm_outcome *outcome);

/* A request is judged, perhaps anew: nothing was counted yet. */
void tm_judge_start(tm_judge *judge, tm_outcome *outcome);

/* Nothing leaves. */
void tm_judge_refuse(tm_outcome *outcome, tm_verdict_status status, tm_text reason);

/* Begins counting what a request of that size costs. */
void tm_judge_begin(tm_judge *judge, size_t request_bytes);

/* A pass over judge->request begins. */
void tm_judge_begin_turn(tm_judge *judge);

/* Whether a turn has room for a request of that size to be mended. */
bool tm_judge_may_mend(const tm_judge *judge, size_t bytes);

/* The clock is due. False: the turn is over. */
bool tm_judge_goes_on(tm_judge *judge, const char *at);

/* The walk over the request has come to `at`. False: the turn is over. */
static inline bool tm_judge_has_turn(tm_judge *judge, const char *at)
{
    return __builtin_expect((uintptr_t)at < judge->look_at, 1) || tm_judge_goes_on(judge, at);
}

/* The rule failed, and the work is over. */
void tm_judge_blame(tm_judge *judge, const tm_rule *rule);

/* The work is over, in this step. True: the current span has taken more than its share, and is to
 * be dropped. False: the request has, and ends (judge->stop, judge->refusal). */
bool tm_judge_ends_span(tm_judge *judge, const tm_step *step);

/* A rule has run, or several: gives back what they made, as far as that is of no use any more. */
static inline void tm_judge_release(tm_judge *judge)
{
    tm_vm_turn_by(tm_vm_release, &judge->vm, &judge->mark, TM_RELEASE_BYTES);
}

/* Over the events of the current span. */
static inline tm_event_walk tm_judge_walk_of(tm_judge *judge)
{
    return tm_event_walk_of(judge->vm.item[TM_SPAN], &judge->event, judge->ruleset->needs[TM_EVENT],
                            judge->event_slots, judge->scratch);
}

/* Measures this request, if it is its turn. */
void tm_judge_begin_times(tm_judge *judge);

/* Of timed steps: the clock starts; the rule has run since then or since the lap before. */
void tm_judge_begin_lap(tm_judge *judge);
void tm_judge_end_lap(tm_judge *judge, const tm_rule *rule);

/* True when the processor whose rule failed has no step behind this pass. */
static inline bool tm_judge_ends_processor(const tm_ruleset *rs, uint32_t pass)
{
    const tm_pass *p = &rs->pass[pass];
    return pass + 1 == rs->passes || p->step[p->steps - 1]->processor != p[1].step[0]->processor;
}

/* A request is judged, perhaps anew: whoever records it or watches is told. */
void tm_judge_tell_start(tm_judge *judge);

/* The current span begins: marks it and its events as the pass before left them, if there are
 * marks, and tells the verdicts. It stays: notes its marks, and of those of its events that stay.
 */
void tm_judge_begin_span(tm_judge *judge, bool marks);
void tm_judge_end_span(tm_judge *judge, bool marks);

/* The current span stays: notes that, if asked to, or only tells whoever watches what the last pass
 * keeps. */
static inline void tm_judge_stay(tm_judge *judge, bool notes, bool marks)
{
    if (notes)
        tm_judge_end_span(judge, marks);
    if (!notes || (judge->last_pass && judge->watch.kept))
        judge->watch.kept(judge->watch.owner, &judge->request);
}

/* The rule drops the current span: whoever wants to know is told. */
static inline void tm_judge_tell_dropped(tm_judge *judge, const tm_rule *rule)
{
    if (judge->verdicts)
        tm_span_verdicts_fall(judge->verdicts, rule);
    if (judge->dropped) /* last, so that it is jumped to */
        judge->dropped(judge->dropped_owner, rule, &judge->request);
}

static inline bool tm_judge_is_over(const tm_judge *judge)
{
    return __builtin_expect(judge->vm.work->over, 0);
}

/* Runs one step on the current item of its level. The rule that drops the item, or NULL. */
const tm_rule *tm_judge_step(tm_judge *judge, const tm_step *step);

#endif
