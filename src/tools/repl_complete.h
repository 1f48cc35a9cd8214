/* REPL, completion: what could stand where the cursor is.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_REPL_COMPLETE_H
#define TM_TOOLS_REPL_COMPLETE_H

#include "tools/repl.h"
#include "tools/repl_input.h"

/* Functions, paths, symbols, definitions and words of the language, attribute keys that the
 * recording has, commands, names of rules, topics of :help, and files: by where `before` ends.
 * Sorted. */
tm_candidates tm_repl_complete(const tm_repl *repl, tm_arena *arena, tm_text before);

#endif
