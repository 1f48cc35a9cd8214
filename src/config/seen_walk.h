/* Seen, walks: the entries of directories that a path passes through.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_CONFIG_SEEN_WALK_H
#define TM_CONFIG_SEEN_WALK_H

#include "config/seen.h"

/* See tm_seen_each. */
void tm_seen_walk(tm_arena *arena, tm_text path, tm_seen_fn *fn, void *owner);
void tm_seen_walk_pattern(tm_arena *arena, tm_text pattern, tm_seen_fn *fn, void *owner);

#endif
