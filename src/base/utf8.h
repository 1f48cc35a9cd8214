/* UTF-8: checking, decoding and mending.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_BASE_UTF8_H
#define TM_BASE_UTF8_H

#include "base/arena.h"

/* True when every byte is below 0x80: overlapping 16-byte loads, no byte loop. */
bool tm_utf8_is_ascii(tm_text t);

/* True when the text is well-formed UTF-8 (no surrogates, no overlong forms, at most U+10FFFF). */
bool tm_utf8_valid(tm_text t);

/* Decodes the code point at the start of a non-empty text and says its width in bytes. A bad byte
 * decodes as U+FFFD of width 1, as Go does. */
uint32_t tm_utf8_next(tm_text t, size_t *width);

/* The text itself when it is valid, else a copy in which each bad byte is U+FFFD, as Go does. */
tm_text tm_utf8_mend(tm_arena *arena, tm_text t);

/* Number of code points, a bad byte counting as one. */
size_t tm_utf8_count(tm_text t);

#endif
