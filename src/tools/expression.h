/* Expression: a value, a condition or a statement that somebody typed.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_EXPRESSION_H
#define TM_TOOLS_EXPRESSION_H

#include "lang/tree.h"

/* Reads what the source is, which the tree's entry point says. NULL with diagnostics. */
tm_tree *tm_expression_parse(tm_arena *arena, tm_diags *diags, const tm_source *source);

#endif
