/* JSON strings: finding the end of one, and undoing its escapes. For base/json only.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_BASE_JSON_STRING_H
#define TM_BASE_JSON_STRING_H

#include "base/arena.h"

/* Reads a string whose opening quote stands before *at, and moves *at behind the closing one.
 * `options` are those of base/json.h. *text is a slice of the input, or of the arena when there
 * were escapes. NULL when all is well,
 * else what is wrong, at *wrong. */
const char *tm_json_string_read(tm_arena *arena, const char *end, unsigned options, const char **at,
                                tm_text *text, const char **wrong);

#endif
