/* Harmless: text from outside as it may be shown on a terminal or in a log.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_BASE_HARMLESS_H
#define TM_BASE_HARMLESS_H

#include "base/buf.h"

/* Code points that would move the cursor, colour the terminal or reorder what stands beside
 * them. */
bool tm_harmless_not(uint32_t rune);

/* Appends the code point at the start of *rest (not empty) and takes it off. Control characters,
 * direction marks, line separators and bytes that are no UTF-8 become \n \r \t \x1b \u202e; a
 * tab stays when `keep_tab`. Returns how many code points were appended. */
size_t tm_harmless_next(tm_text *rest, bool keep_tab, tm_buf *out);

/* The same for a whole text. */
void tm_harmless_add(tm_buf *out, tm_text text);

#endif
