/* Prefix: paths of a fixed context as rule files write them.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_LANG_PREFIX_H
#define TM_LANG_PREFIX_H

#include "vm/program.h"
#include "lang/tree.h"

/* Puts the name of `level` in front of each path of the tree that has no context and is no
 * parameter of a lambda around it. A path of the span stands without, as far as no parameter has
 * the name of its first part. */
void tm_prefix_paths(tm_arena *arena, tm_tree *tree, tm_level level);

#endif
