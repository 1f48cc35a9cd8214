/* Actions: the attributes and resource processors, and the include/exclude matcher.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_ENGINE_ACTIONS_H
#define TM_ENGINE_ACTIONS_H

#include "engine/ruleset_build.h"

/* One action, compiled (language.md 6.3). */
typedef struct tm_action_program {
    tm_action action;
    int32_t slot;      /* of key, -1: none */
    int32_t from_slot; /* of from_attribute, -1: none */
    tm_text key;
    tm_text from_context; /* empty: none */
    tm_value value;       /* the constant */
    bool has_value;
    tm_text encoded;   /* the constant as an attribute field */
    tm_value fallback; /* default_value */
    bool has_fallback;
    tm_convert_to convert;
    tm_regex *pattern; /* or NULL */
} tm_action_program;

/* Runs the actions in order on the item, whose level the step has. False: a pattern exceeded its
 * budget; vm->error says so, and the actions before it stay done. */
bool tm_actions_run(const tm_step *step, tm_vm *vm, tm_item *item);

/* One of them. */
bool tm_action_run(const tm_action_program *action, tm_vm *vm, tm_item *item);

/* "upsert" */
tm_text tm_action_verb(tm_action action);

/* True when the span is to be treated: include matches (or there is none) and exclude does not. */
bool tm_matchers_pass(const tm_step *step, tm_vm *vm);

/* A step that drops spans by filter's spans.include and spans.exclude. */
bool tm_build_matcher_step(tm_build *b, const tm_match_settings *include,
                           const tm_match_settings *exclude);

/* Compiles a matcher for the step (reads are noted there); *out is NULL when settings is NULL. */
bool tm_build_matcher(tm_build *b, tm_step *step, const tm_match_settings *settings,
                      const struct tm_span_matcher **out);

/* Compiles an RE2 pattern of the configuration, reporting at its place. NULL when it is refused. */
tm_regex *tm_build_regex(tm_build *b, const tm_rule_text *pattern);

/* The value of a YAML constant. */
tm_value tm_doc_value(tm_arena *arena, const tm_doc *doc);

#endif
