/* Optional: what a build can leave out of the library, and whether this one has it.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_STDLIB_OPTIONAL_H
#define TM_STDLIB_OPTIONAL_H

#include "base/buf.h"

#include "built_with.h" /* TM_WITH_xml and so on: 1 or 0 */

#define OPTIONAL(word, constant, what) TM_OPTIONAL_##constant,
typedef enum tm_optional {
#include "stdlib/optional.def"
    TM_OPTIONALS
} tm_optional;
#undef OPTIONAL

bool tm_optional_is_in(tm_optional optional);
/* Its word: "xml". */
const char *tm_optional_word(tm_optional optional);

/* The i-th function that only builds with something have, and what that is; NULL behind the last
 * one. */
const char *tm_optional_function(unsigned i, tm_optional *needs);

/* The word without which this build was made, when that is why it has no such function; else NULL.
 */
const char *tm_optional_lacks(tm_text function);

/* The table: a line for each word, with the functions that go with it, for docs/functions.md. */
void tm_optional_print(tm_buf *out);

#endif
