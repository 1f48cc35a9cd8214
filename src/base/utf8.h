/* UTF-8: checking, decoding and mending.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_BASE_UTF8_H
#define TM_BASE_UTF8_H

#include "base/arena.h"

static inline uint64_t tm_utf8_load8(const char *p)
{
    uint64_t x;
    memcpy(&x, p, 8);
    return x;
}

/* True when every byte is below 0x80: overlapping wide loads, no byte loop. Inline, because the
 * reader asks it of every string of a request. */
static inline bool tm_utf8_is_ascii(tm_text t)
{
    const char *p = t.p;
    uint64_t seen;
    if (t.n >= 16) {
        const char *last = t.p + t.n;
        seen = tm_utf8_load8(last - 16) | tm_utf8_load8(last - 8);
        for (; last - p > 16; p += 16)
            seen |= tm_utf8_load8(p) | tm_utf8_load8(p + 8);
    } else if (t.n >= 8) {
        seen = tm_utf8_load8(p) | tm_utf8_load8(p + t.n - 8);
    } else if (t.n >= 4) {
        uint32_t a, b;
        memcpy(&a, p, 4);
        memcpy(&b, p + t.n - 4, 4);
        seen = a | b;
    } else {
        seen = 0;
        for (size_t i = 0; i < t.n; i++) /* p may be NULL: nothing is added to it then */
            seen |= (uint8_t)p[i];
    }
    return (seen & 0x8080808080808080u) == 0;
}

/* True when the text is well-formed UTF-8 (no surrogates, no overlong forms, at most U+10FFFF). */
bool tm_utf8_valid(tm_text t);

/* Decodes the code point at the start of a non-empty text and says its width in bytes. A bad byte
 * decodes as U+FFFD of width 1, as Go does. */
uint32_t tm_utf8_next(tm_text t, size_t *width);

/* The text itself when it is valid, else a copy in which each bad byte is U+FFFD, as Go does. */
tm_text tm_utf8_mend(tm_arena *arena, tm_text t);

/* Without the white space of Unicode at both ends. */
tm_text tm_utf8_trim(tm_text t);

/* Number of code points, a bad byte counting as one. */
size_t tm_utf8_count(tm_text t);

#endif
