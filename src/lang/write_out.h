/* Write out: the rule of a file as a tree of plain OTTL, which needs no file around it.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_LANG_WRITE_OUT_H
#define TM_LANG_WRITE_OUT_H

#include "lang/definition.h"

/* A rule that compiles, with all that it names written into it: lets and defs, a context in front
 * of each path that has none, and Any and All over lists of literals as chains of `or` and `and`,
 * where these decide alike. NULL after E0330 at the place in the rule: some of it has no plain
 * form. Lives in `arena`; texts may be slices of sources. */
tm_tree *tm_write_out(tm_arena *arena, tm_diags *diags, const tm_definitions *definitions,
                      const tm_tree *rule);

/* New nodes over those given, as a parser would make them of a text. */
tm_node *tm_written_node(tm_arena *arena, tm_node_kind kind);
void tm_written_add(tm_node *parent, tm_node *child);

/* Adds a condition to a chain of `and` or `or`: the parts of a chain of the same kind one by one,
 * another chain in parentheses. */
void tm_written_join(tm_arena *arena, tm_node *chain, tm_node *condition);

/* The condition in parentheses, when it is a chain or, under `not`, a comparison or another `not`.
 */
tm_node *tm_written_part(tm_arena *arena, tm_node *condition, bool negated);

#endif
