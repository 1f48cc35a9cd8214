/* Build: what the files that compile processors share.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_ENGINE_RULESET_BUILD_H
#define TM_ENGINE_RULESET_BUILD_H

#include "engine/ruleset.h"
#include "lang/compile.h"

/* A ruleset in the making. */
typedef struct tm_build {
    tm_arena *arena; /* the ruleset's */
    tm_diags *diags;
    tm_need_table needs;
    tm_step **step;
    uint32_t steps, steps_room;
    tm_rule **rule;
    uint32_t rules, rules_room;
    uint32_t processor; /* the one being compiled */
    uint32_t chains;
    const tm_function_set *functions; /* beside the library's, or NULL */
    bool noted;     /* programs tell of their conditions, and nothing is decided without them */
    bool explained; /* each rule is run so that a trace is told of it */
} tm_build;

/* A new step of the current processor; it joins the ruleset. */
tm_step *tm_build_step(tm_build *b, tm_step_kind kind, tm_level level, tm_error_mode error_mode);

/* Gives a rule its number and place. `rule` lives in the ruleset's arena. */
void tm_build_rule(tm_build *b, tm_rule *rule, tm_text name, const tm_source *source,
                   tm_place place);

/* Takes the program that `rule` of `step` was compiled to. */
void tm_build_program(tm_build *b, tm_step *step, tm_rule *rule, tm_program *program);

/* Each adds the steps of one processor (tm_build_filter, ...); false with diagnostics. */
typedef bool tm_build_fn(tm_build *b, const tm_processor_settings *processor);
#define DECLARE_COMPILED(MEMBER) tm_build_fn tm_build_##MEMBER;
#define DECLARE_SKIPPED(MEMBER)
#define PROCESSOR(ID, MEMBER, NAME, STATE, COMPILED, ...) DECLARE_##COMPILED(MEMBER)
#include "engine/processors.def"
#undef PROCESSOR

/* Orders the steps into as few passes as give the same answers (engine/plan.c). */
void tm_build_passes(tm_build *b, tm_ruleset *ruleset);

#endif
