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
static inline void tm_buf_add_char(tm_buf *b, char c)
{
    if (__builtin_expect(b->n == b->room, 0))
        tm_buf_reserve(b, 1);
    b->p[b->n++] = c;
}
void tm_buf_print(tm_buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds the bytes as lower-case hex digits. */
void tm_buf_add_hex(tm_buf *b, tm_text bytes);

/* These digits alone. */
tm_text tm_hex_text(tm_arena *arena, tm_text bytes);

/* Adds a code point as UTF-8; a surrogate or a value above U+10FFFF becomes U+FFFD. */
void tm_buf_add_rune(tm_buf *b, uint32_t rune);

static inline tm_text tm_buf_text(const tm_buf *b)
{
    return tm_text_slice(b->p ? b->p : "", b->n);
}

/* Puts a text into an empty buffer. If the text was made by tm_buf_leave, the buffer goes on behind
 * it, in its place, and nothing is copied; what stands there already must not be changed then.
 * False: it was copied. Short texts always are. */
enum { TM_BUF_SHORT_MOST = 256 };
bool tm_buf_resume_long(tm_buf *b, tm_text start);
static inline bool tm_buf_resume(tm_buf *b, tm_text start)
{
    if (start.n > TM_BUF_SHORT_MOST)
        return tm_buf_resume_long(b, start);
    tm_buf_add(b, start);
    return false;
}

/* The text, whose room another buffer may use to go on. */
static inline tm_text tm_buf_leave(const tm_buf *b)
{
    if (b->n > TM_BUF_SHORT_MOST)
        tm_arena_leave(b->arena, b->p + b->n, b->room - b->n);
    return tm_buf_text(b);
}

#endif
