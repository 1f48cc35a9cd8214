/* Rotate: full files under names with the time in them, and which of them are kept.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_ROTATE_H
#define TM_PIPE_ROTATE_H

#include "base/arena.h"
#include "config/settings.h"

/* Renames "DIR/name.ext" to "DIR/name-2026-01-02T03-04-05.678.ext". False with errno. Names are
 * made in the arena. */
bool tm_rotate_rename(tm_arena *arena, tm_text path, uint64_t now_ms, bool localtime);

/* Deletes renamed files of `path` that are too old, or the oldest when there are too many. */
void tm_rotate_clean(tm_arena *arena, tm_text path, const tm_rotation_settings *settings,
                     uint64_t now_ms);

/* Makes the directories above the path. False with errno. */
bool tm_rotate_make_directory(tm_arena *arena, tm_text path, unsigned mode);

#endif
