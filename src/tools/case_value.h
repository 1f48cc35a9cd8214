/* Case value: what an expression is for one span: conditions of tests, definitions of examples.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_CASE_VALUE_H
#define TM_TOOLS_CASE_VALUE_H

#include "lang/definition.h"
#include "vm/trace.h"

typedef struct tm_case_value {
    const tm_program *program;
    const tm_needs *needs[TM_LEVELS];
    tm_level level;
} tm_case_value;

/* Compiles an expression of a source: a value, or a condition. `definitions` may be NULL. False
 * with diagnostics. */
bool tm_case_value_compile(tm_arena *arena, tm_diags *diags, const tm_definitions *definitions,
                           const tm_source *source, bool noted, tm_case_value *value);

/* What it is for the one span of the request. Where it asks for events: of a condition whether it
 * holds for any of them, else the value for the first one; NIL when there is none. False: it
 * failed, *error says why. Lives in the arena. */
bool tm_case_value_ask(tm_arena *arena, const tm_case_value *value, tm_text request,
                       tm_trace *trace, tm_value *result, tm_text *error);

#endif
