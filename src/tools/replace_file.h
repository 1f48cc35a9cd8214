/* Replace file: a file with a new text, which nobody reads half.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_REPLACE_FILE_H
#define TM_TOOLS_REPLACE_FILE_H

#include "base/arena.h"

/* Writes beside the file, then puts that in its place, with the permissions that the file had.
 * False: told, and the file is as it was. */
bool tm_replace_file(tm_arena *arena, tm_text path, tm_text text);

#endif
