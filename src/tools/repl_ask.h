/* REPL, asking: an expression compiled with the definitions in force.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_REPL_ASK_H
#define TM_TOOLS_REPL_ASK_H

#include "tools/repl.h"
#include "vm/vm.h"

/* An expression to be asked of spans. */
typedef struct tm_asking {
    const tm_program *program;
    tm_level level; /* TM_SPAN or TM_EVENT */
    tm_entry_point entry;
    const tm_needs *needs[TM_LEVELS];
    bool wants_hits; /* a scan is to note which spans it holds for */
} tm_asking;

/* Compiles the text in the arena: a value, a condition or a statement; `explained` makes its parts
 * known. False with diagnostics, which are shown. */
bool tm_repl_ask(tm_repl *repl, tm_arena *arena, tm_text text, bool explained, tm_asking *out);

/* The same of a condition. */
bool tm_repl_ask_condition(tm_repl *repl, tm_text text, tm_asking *out);

#endif
