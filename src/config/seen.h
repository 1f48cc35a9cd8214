/* Seen: the files that reading a configuration looked at, and whether they are what they were.
 * SPDX-License-Identifier: Apache-2.0
 *
 * What was looked at and is not there counts, too: it may come. So do the files that a pattern
 * matches. */
#ifndef TM_CONFIG_SEEN_H
#define TM_CONFIG_SEEN_H

#include "config/settings.h"

typedef struct tm_seen tm_seen;

/* NULL when out of memory. Belongs to one thread at a time. */
tm_seen *tm_seen_new(const tm_config_world *world);
void tm_seen_free(tm_seen *seen); /* NULL is fine */

/* The world that notes what is read through it; lives as long as `seen`. */
tm_config_world tm_seen_world(tm_seen *seen);

/* Forgets everything. */
void tm_seen_reset(tm_seen *seen);

/* A path that is not now what it was when it was looked at, or an empty text. */
tm_text tm_seen_change(const tm_seen *seen);

/* Where something may happen that changes what was seen: the entry `name` of a directory. When it
 * is a pattern of fnmatch(3), any entry that it matches. */
typedef void tm_seen_fn(void *owner, tm_text directory, tm_text name, bool is_pattern);

/* Calls fn for each, perhaps several times: of every file, and of the symbolic links on the way to
 * it; of what is missing, the first part that is not there. The texts live in `arena`. */
void tm_seen_each(const tm_seen *seen, tm_arena *arena, tm_seen_fn *fn, void *owner);

#endif
