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
 * ${yaml:VALUE}, and $$ for a dollar. A default may hold expansions; what a variable or file gives
 * is never expanded again. A scalar that is one expansion takes the type that YAML gives its text,
 * so it is one scalar, never a map or list; else it is a string. Places stay those of the text
 * before. A variable that is not set is empty, with a warning. */
bool tm_expand(tm_arena *arena, tm_diags *diags, const tm_config_world *world, tm_doc *doc,
               tm_file_list *files);

/* True when the scalar was written as an expansion, so that a key that wants a string may take its
 * text whatever type it has. */
bool tm_expand_made(const tm_doc *scalar);

#endif
