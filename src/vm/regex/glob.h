/* Glob: the patterns of OTTL's replace_match.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_VM_REGEX_GLOB_H
#define TM_VM_REGEX_GLOB_H

#include "vm/regex/regex.h"

typedef struct tm_glob tm_glob;

/* Compiles a glob: * any run of code points, also none and across '/'; ? one code point; [abc]
 * [a-z] [!abc] [!a-z] one of a set or of one range, or not; {one,other} either, nested, an open
 * brace at the end closed there; \x the character x. NULL when malformed: *error says why, *at
 * is the byte offset. */
tm_glob *tm_glob_new(tm_arena *arena, tm_text pattern, tm_text *error, size_t *at);

/* Does it match the whole subject? A byte that is not UTF-8 counts as one code point, which no
 * literal and no set names. Takes time in proportion to the lengths of glob and subject
 * multiplied, charged to `work` (or NULL): TM_MATCH_BUDGET when that is spent. What `scratch` is
 * used for is given back. */
tm_match tm_glob_match(const tm_glob *glob, tm_arena *scratch, tm_work *work, tm_text subject);

#endif
