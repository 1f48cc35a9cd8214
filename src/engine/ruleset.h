/* Ruleset: the processors of one pipeline, compiled into passes over a request. Immutable, shared
 * by workers. SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_ENGINE_RULESET_H
#define TM_ENGINE_RULESET_H

#include "engine/prefilter.h"
#include "engine/processor_settings.h"
#include "engine/text_pairs.h"
#include "lang/needs.h"
#include "otlp/request.h"

/* Anything with a name and counters: an OTTL condition or statement, an action, a matcher. */
typedef struct tm_rule {
    tm_text name;           /* "filter/traces.span[3]" */
    tm_text file;           /* where it stands: "collector.yaml:12" */
    tm_text text;           /* its OTTL, or what it is: "upsert cluster" */
    uint32_t number;        /* index into tm_ruleset.rule and into counters */
    uint32_t processor;     /* index into tm_ruleset.processor */
    tm_program *program;    /* NULL of actions and matchers */
    tm_decision decision;   /* of conditions and statements: what decides them without running */
    tm_prefilter prefilter; /* of a condition: tells at a glance that it is false */
    bool drops;             /* it can drop spans */
    int8_t hoisted; /* level whose items alone decide it and that is above the step's; -1: none */
} tm_rule;

struct tm_action_program;
struct tm_span_matcher;
struct tm_sampler;

/* What a step does with an item of its level. */
typedef enum tm_step_kind {
    TM_STEP_DROP,    /* conditions: any that holds drops the item */
    TM_STEP_KEEP,    /* conditions: any that holds marks the item as kept */
    TM_STEP_EDIT,    /* preconditions (any, or none given), then statements in order */
    TM_STEP_ACTIONS, /* the attributes and resource processors */
    TM_STEP_MATCH,   /* filter's spans.include and spans.exclude */
    TM_STEP_SAMPLE   /* the probabilistic_sampler processor */
} tm_step_kind;

/* By what a sampler decided about a span. */
typedef enum tm_sampling_policy {
    TM_BY_TRACE_ID_HASH,
    TM_BY_TRACE_ID_W3C,
    TM_BY_SAMPLING_RANDOMNESS,
    TM_BY_SAMPLING_PRIORITY,
    TM_BY_MISSING_RANDOMNESS,
    TM_SAMPLING_POLICIES
} tm_sampling_policy;

/* One walk of the Collector's over a whole request: one group of one processor, at one level. */
typedef struct tm_step {
    tm_step_kind kind;
    tm_level level;
    tm_error_mode error_mode;
    bool shared_cache;
    bool is_timed;  /* in a copy of one request's: the clock is read behind each rule */
    bool tells;     /* of a timed ruleset, without programs: a stopwatch is told of each rule */
    bool detours;   /* one of the three */
    uint32_t chain; /* DROP: steps of levels one below the other, 0: none. Under propagate, what is
                     * below an item for which a condition failed is not asked by its chain */
    bool unmarks;   /* KEEP: the first of its processor and level, before it nothing is kept */
    bool spares;    /* DROP: what is kept is not asked */
    uint8_t reads, writes; /* bit per level */
    uint32_t processor;
    uint32_t number;    /* index among all steps: its shared cache */
    tm_rule *condition; /* conditions, or preconditions */
    uint32_t conditions;
    tm_prefilters *prefilters;  /* one for each 64 conditions */
    const tm_text_pairs *pairs; /* NULL unless many conditions look for texts in one value */
    tm_rule *statement;
    uint32_t statements;
    tm_rule *action_rule; /* names the actions, matcher or sampler in counters */
    struct tm_action_program *action;
    uint32_t actions;
    const struct tm_span_matcher *include, *exclude;
    const struct tm_sampler *sampler;
} tm_step;

/* Steps that one pass over the bytes can do together with the answers of one pass each. */
typedef struct tm_pass {
    const tm_step *const *step;
    uint32_t steps;
    bool prune;     /* something drops: emptied scopes and resources vanish */
    bool hoists;    /* some condition is decided once per resource or scope */
    uint8_t levels; /* bit per level that a step runs at */
    uint8_t asks;   /* bit per level whose items a step reads or writes */
} tm_pass;

typedef struct tm_processor_row {
    tm_text id; /* "filter/noise" */
    tm_processor_type type;
} tm_processor_row;

typedef struct tm_ruleset {
    const tm_pass *pass;
    uint32_t passes;
    uint32_t steps;
    uint8_t keeps; /* bit per level at which items are kept: marks go from pass to pass */
    const tm_rule *const *rule;
    uint32_t rules;
    const tm_processor_row *processor;
    uint32_t processors;
    const tm_needs *needs[TM_LEVELS];
    bool grpc_metadata;        /* some rule reads otelcol.grpc.metadata */
    struct tm_ruleset *shadow; /* judges beside it without acting (engine/shadow); NULL: none */
    void *note; /* the publisher's own; set before it is published, lives in `arena` */
    tm_arena *arena;
    _Atomic uint32_t references;
} tm_ruleset;

/* Compiles processors (batch and memory_limiter are passed over) in their order. NULL when
 * something does not compile, everything wrong being in `diags`, or when out of memory. One
 * reference is the caller's. */
tm_ruleset *tm_ruleset_new(const tm_heap *heap, const tm_processor_settings *const *processors,
                           uint32_t n, tm_diags *diags);

/* The same, whose programs have notes (tm_program.note) and are always run, so that a trace of the
 * judge sees every condition that is asked: slower. */
tm_ruleset *tm_ruleset_new_noted(const tm_heap *heap,
                                 const tm_processor_settings *const *processors, uint32_t n,
                                 tm_diags *diags);
/* The same, to be explained: every condition and statement that is asked runs as a program, which
 * knows its parts, so that a trace of tm_judge_vm is told of each. It answers the same, slowly. */
tm_ruleset *tm_ruleset_new_explained(const tm_heap *heap,
                                     const tm_processor_settings *const *processors, uint32_t n,
                                     tm_diags *diags);

/* The same with functions beside the library's, which live as long as the ruleset; perhaps to be
 * explained. */
tm_ruleset *tm_ruleset_new_with(const tm_heap *heap, const tm_processor_settings *const *processors,
                                uint32_t n, const tm_function_set *functions, bool explained,
                                tm_diags *diags);

/* The same, for a stopwatch (engine/stopwatch.h): decides alike, and tells when each test begins.
 */
tm_ruleset *tm_ruleset_new_timed(const tm_heap *heap,
                                 const tm_processor_settings *const *processors, uint32_t n,
                                 tm_diags *diags);
void tm_ruleset_ref(tm_ruleset *ruleset);

/* Gives it a shadow before it is published, over the caller's reference. */
void tm_ruleset_set_shadow(tm_ruleset *ruleset, tm_ruleset *shadow);
void tm_ruleset_unref(tm_ruleset *ruleset); /* NULL is fine */

#endif
