/* REPL, input: lines from a terminal, with editing, history and completion, or from anywhere else.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_REPL_INPUT_H
#define TM_TOOLS_REPL_INPUT_H

#include "base/buf.h"

/* What could stand at the end of a line: texts that replace it from byte `from` on. */
typedef struct tm_candidates {
    tm_texts texts;
    size_t from;
} tm_candidates;

/* Asked for the text before the cursor. The result lives in the arena. */
typedef tm_candidates tm_repl_complete_fn(void *owner, tm_arena *arena, tm_text before);

/* Prints the prompt into the buffer: `more` lines of the same input came before. */
typedef void tm_repl_prompt_fn(void *owner, tm_buf *out, bool more);

typedef struct tm_repl_input tm_repl_input;

/* NULL: out of memory, or the terminal cannot be used, which is told. `history` is the path of a
 * file, or empty. */
tm_repl_input *tm_repl_input_open(tm_repl_prompt_fn *prompt, tm_repl_complete_fn *complete,
                                  void *owner, tm_text history);
void tm_repl_input_close(tm_repl_input *input); /* NULL is fine */

/* Whether somebody sits there: lines are edited, and prompts shown. */
bool tm_repl_input_is_terminal(const tm_repl_input *input);

/* The next input into the buffer: a line, and those behind it while brackets are open. False: there
 * is no more. */
bool tm_repl_input_next(tm_repl_input *input, tm_buf *out);

/* The number of the line that the latest input began with; 0 on a terminal. */
unsigned tm_repl_input_line(const tm_repl_input *input);

/* Whether a bracket or a string of the text is open. */
bool tm_repl_input_is_open(tm_text text);

#endif
