/* Buf: a growing run of bytes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include "base/hex.h"

#include <assert.h>
#include <stdio.h>

char *tm_buf_reserve(tm_buf *b, size_t more)
{
    if (b->room - b->n < more) {
        if (more > SIZE_MAX / 4 - b->n)
            tm_arena_out_of_memory(b->arena);
        size_t room = b->room ? b->room * 2 : 64;
        while (room - b->n < more)
            room *= 2;
        b->p = tm_arena_grow(b->arena, b->p, b->room, room);
        b->room = room;
    }
    return b->p + b->n;
}

void tm_buf_add(tm_buf *b, tm_text t)
{
    if (t.n == 0)
        return;
    memcpy(tm_buf_reserve(b, t.n), t.p, t.n);
    b->n += t.n;
}

bool tm_buf_resume_long(tm_buf *b, tm_text start)
{
    assert(b->n == 0);
    const size_t room = tm_arena_take_over(b->arena, start.p + start.n);
    if (!room) {
        tm_buf_add(b, start);
        return false;
    }
    b->p = (char *)start.p;
    b->n = start.n;
    b->room = start.n + room;
    return true;
}

void tm_buf_print(tm_buf *b, const char *format, ...)
{
    enum { USUAL_BYTES = 32 }; /* most prints fit, and are written once */
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    char *at = tm_buf_reserve(b, USUAL_BYTES);
    int n = vsnprintf(at, b->room - b->n, format, again);
    va_end(again);
    assert(n >= 0);
    if ((size_t)n >= b->room - b->n) {
        at = tm_buf_reserve(b, (size_t)n + 1);
        vsnprintf(at, (size_t)n + 1, format, args);
    }
    va_end(args);
    b->n += (size_t)n;
}

void tm_buf_add_hex(tm_buf *b, tm_text bytes)
{
    if (bytes.n == 0)
        return;
    if (bytes.n > SIZE_MAX / 8)
        tm_arena_out_of_memory(b->arena);
    tm_hex_put(tm_buf_reserve(b, 2 * bytes.n), bytes);
    b->n += 2 * bytes.n;
}

tm_text tm_hex_text(tm_arena *arena, tm_text bytes)
{
    tm_buf out = {.arena = arena};
    tm_buf_add_hex(&out, bytes);
    return tm_buf_text(&out);
}

void tm_buf_add_rune(tm_buf *b, uint32_t rune)
{
    if (rune > 0x10ffff || (rune >= 0xd800 && rune <= 0xdfff))
        rune = 0xfffd;
    char *p = tm_buf_reserve(b, 4);
    if (rune < 0x80) {
        p[0] = (char)rune;
        b->n += 1;
    } else if (rune < 0x800) {
        p[0] = (char)(0xc0 | rune >> 6);
        p[1] = (char)(0x80 | (rune & 0x3f));
        b->n += 2;
    } else if (rune < 0x10000) {
        p[0] = (char)(0xe0 | rune >> 12);
        p[1] = (char)(0x80 | (rune >> 6 & 0x3f));
        p[2] = (char)(0x80 | (rune & 0x3f));
        b->n += 3;
    } else {
        p[0] = (char)(0xf0 | rune >> 18);
        p[1] = (char)(0x80 | (rune >> 12 & 0x3f));
        p[2] = (char)(0x80 | (rune >> 6 & 0x3f));
        p[3] = (char)(0x80 | (rune & 0x3f));
        b->n += 4;
    }
}
