/* Buf: bytes that grow at the end, in an arena.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_BASE_BUF_H
#define TM_BASE_BUF_H

#include "base/arena.h"

/* Zero-initialise with an arena: tm_buf b = {.arena = a}. The bytes live as long as the arena. */
typedef struct tm_buf {
    char *p;
    size_t n;
    size_t room;
    tm_arena *arena;
} tm_buf;

/* Makes room for `more` bytes behind the end and returns where they go; b->n does not change. */
char *tm_buf_reserve(tm_buf *b, size_t more);

void tm_buf_add(tm_buf *b, tm_text t);
void tm_buf_add_char(tm_buf *b, char c);
void tm_buf_print(tm_buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds the bytes as lower-case hex digits. */
void tm_buf_add_hex(tm_buf *b, tm_text bytes);

/* Adds a code point as UTF-8; a surrogate or a value above U+10FFFF becomes U+FFFD. */
void tm_buf_add_rune(tm_buf *b, uint32_t rune);

/* Puts a text into an empty buffer. If the text was made by tm_buf_leave, the buffer goes on behind
 * it, in its place, and nothing is copied; what stands there already must not be changed then.
 * False: it was copied. */
bool tm_buf_resume(tm_buf *b, tm_text start);

/* The text, whose room another buffer may use to go on. */
tm_text tm_buf_leave(const tm_buf *b);

static inline tm_text tm_buf_text(const tm_buf *b)
{
    return tm_text_slice(b->p ? b->p : "", b->n);
}

#endif
