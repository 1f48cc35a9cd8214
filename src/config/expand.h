/* Expand: ${env:X} and its kin in the scalars of a configuration.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_CONFIG_EXPAND_H
#define TM_CONFIG_EXPAND_H

#include "config/settings.h"

/* Files that were read, each once. */
typedef struct tm_file_list {
    tm_arena *arena;
    tm_texts names;
    size_t room;
    bool unread; /* something else was named and cannot be read */
} tm_file_list;

void tm_file_list_add(tm_file_list *files, tm_text name);

/* Expands every scalar below `doc` in place: ${env:X}, ${env:X:-default}, ${X}, ${file:PATH},
 * ${yaml:VALUE}, and $$ for a dollar. What they give is expanded, too, in all 8 deep and 64 MiB.
 * A scalar that is one expansion is what its text is as YAML, also a list or a map, and is marked
 * as `expanded`; a string keeps its quotes, and a text that is no YAML is one. Within a longer text
 * it is text. Places stay those of the scalar before. A variable that is not set is nothing, with a
 * warning; a default that is empty is the empty string. */
bool tm_expand(tm_arena *arena, tm_diags *diags, const tm_config_world *world, tm_doc *doc,
               tm_file_list *files);

#endif
