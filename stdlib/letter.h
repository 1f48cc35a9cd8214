/* Letter: what Unicode says of single code points, as Go sees them.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_STDLIB_LETTER_H
#define TM_STDLIB_LETTER_H

#include "base/arena.h"

/* The simple mapping, one code point to one; what has none is itself. */
uint32_t tm_letter_lower(uint32_t rune);
uint32_t tm_letter_upper(uint32_t rune);

/* White space, as unicode.IsSpace has it. */
bool tm_letter_is_space(uint32_t rune);

/* Letters, marks, numbers, punctuation, symbols and the ASCII space: what Go's %q leaves as it
 * is. */
bool tm_letter_is_printable(uint32_t rune);

/* The last code point of a non-empty text and its width; a bad byte is U+FFFD of width 1. */
uint32_t tm_letter_last(tm_text t, size_t *width);

#endif
