/* UTF-8: wide loads look for a high bit; only where one shows, bytes are decoded.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include "base/buf.h"

static bool is_tail(tm_text t, size_t i)
{
    return i < t.n && ((unsigned char)t.p[i] & 0xc0) == 0x80;
}

/* The smallest second byte, the largest, and the width, by lead byte class (Unicode table 3-7). */
static size_t lead(unsigned char c, unsigned char *low, unsigned char *high)
{
    *low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
    *high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
    if (c >= 0xc2 && c <= 0xdf)
        return 2;
    if (c >= 0xe0 && c <= 0xef)
        return 3;
    return c >= 0xf0 && c <= 0xf4 ? 4 : 0;
}

uint32_t tm_utf8_next(tm_text t, size_t *width)
{
    unsigned char c = (unsigned char)t.p[0], low, high;
    *width = 1;
    if (c < 0x80)
        return c;
    size_t n = lead(c, &low, &high);
    if (n == 0 || t.n < n || (unsigned char)t.p[1] < low || (unsigned char)t.p[1] > high)
        return 0xfffd;
    uint32_t rune = c & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if (!is_tail(t, i))
            return 0xfffd;
        rune = rune << 6 | ((unsigned char)t.p[i] & 0x3f);
    }
    *width = n;
    return rune;
}

static bool is_bad(uint32_t rune, size_t width)
{
    return rune == 0xfffd && width == 1;
}

bool tm_utf8_valid(tm_text t)
{
    if (tm_utf8_is_ascii(t))
        return true;
    while (t.n) {
        size_t width;
        uint32_t rune = tm_utf8_next(t, &width);
        if (is_bad(rune, width))
            return false;
        t = tm_text_skip(t, width);
    }
    return true;
}

tm_text tm_utf8_mend(tm_arena *arena, tm_text t)
{
    if (tm_utf8_valid(t))
        return t;
    tm_buf b = {.arena = arena};
    while (t.n) {
        size_t width;
        uint32_t rune = tm_utf8_next(t, &width);
        if (is_bad(rune, width))
            tm_buf_add_rune(&b, 0xfffd);
        else
            tm_buf_add(&b, tm_text_slice(t.p, width));
        t = tm_text_skip(t, width);
    }
    return tm_buf_text(&b);
}

size_t tm_utf8_count(tm_text t)
{
    size_t count = 0;
    for (; t.n; count++) {
        size_t width;
        tm_utf8_next(t, &width);
        t = tm_text_skip(t, width);
    }
    return count;
}

static bool is_white(uint32_t rune)
{
    return (rune >= 9 && rune <= 13) || rune == ' ' || rune == 0x85 || rune == 0xa0 ||
           rune == 0x1680 || (rune >= 0x2000 && rune <= 0x200a) || rune == 0x2028 ||
           rune == 0x2029 || rune == 0x202f || rune == 0x205f || rune == 0x3000;
}

/* The last code point, and its width in bytes. */
static uint32_t last_rune(tm_text t, size_t *width)
{
    size_t start = t.n - 1;
    while (start > 0 && t.n - start < 4 && ((uint8_t)t.p[start] & 0xc0) == 0x80)
        start--;
    uint32_t rune = tm_utf8_next(tm_text_skip(t, start), width);
    if (start + *width == t.n)
        return rune;
    *width = 1;
    return 0xfffd;
}

tm_text tm_utf8_trim(tm_text t)
{
    size_t width;
    while (t.n && is_white(tm_utf8_next(t, &width)))
        t = tm_text_skip(t, width);
    while (t.n && is_white(last_rune(t, &width)))
        t.n -= width;
    return t;
}
