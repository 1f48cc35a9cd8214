/* Explain, printing: an explanation as a tree, or as JSON.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_EXPLAIN_EXPLAIN_PRINT_H
#define TM_EXPLAIN_EXPLAIN_PRINT_H

#include "explain/explanation.h"
#include "explain/proof_tree.h"

/* Appends the tree: what became of the span, every rule with what decided it, what was edited. With
 * `code` the instructions of each rule stand beside its text. */
void tm_explain_print(tm_buf *out, const tm_explanation *explanation, bool code,
                      const tm_screen *screen);

/* Appends the same as one JSON object. */
void tm_explain_json(tm_buf *out, const tm_explanation *explanation, bool code);

/* The first line: the span, and what became of it. */
tm_text tm_explain_head(tm_arena *arena, const tm_explanation *explanation,
                        const tm_screen *screen);

#endif
