/* Proof tree: what a rule said, and the parts of it that decided, as branches or JSON.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_EXPLAIN_PROOF_TREE_H
#define TM_EXPLAIN_PROOF_TREE_H

#include "explain/branch.h"
#include "vm/proof.h"

typedef struct tm_proof_look {
    tm_arena *arena;
    const tm_screen *screen;
    const tm_needs *const *needs; /* names of attribute slots, for listings */
} tm_proof_look;

/* Adds to `branch` what decided the proof: its parts with their values, and why it failed. */
void tm_proof_branches(const tm_proof_look *look, tm_branch *branch, const tm_proof *proof);

/* The same of a part, with a line for the part itself. */
void tm_proof_part_branch(const tm_proof_look *look, tm_branch *branch, const tm_proof *proof,
                          uint32_t part);

/* Adds a line for each instruction: the part that it stands for at its left, and what that part was
 * worth. proof NULL: of a program that has not run. */
void tm_proof_code(const tm_proof_look *look, tm_branch *branch, const tm_program *program,
                   const tm_proof *proof);

/* Appends {"text":...,"value":...,"parts":[...]} of the outermost part, null where there is none.
 */
void tm_proof_json(tm_buf *out, const tm_proof *proof);

/* The part's text in one line, cut when it is longer than `most` bytes (0: never). */
tm_text tm_proof_part_text(tm_arena *arena, const tm_code_part *part, size_t most);

/* The symbol of a kind or status code that the path yielded, or an empty text. */
tm_text tm_proof_symbol(tm_text path, tm_value value);

/* Whether the rule of a proof holds: a condition that is true, a statement that ran. */
bool tm_proof_holds(const tm_proof *proof);

#endif
