/* Seek: finding a short text in a short text.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <endian.h>

typedef unsigned char tm_bytes __attribute__((vector_size(16)));

/* 16 times the same byte, from a word: a compiler that puts a byte away reads more than it wrote.
 */
static inline tm_bytes all(char c)
{
    const uint32_t four = (uint8_t)c * UINT32_C(0x01010101);
    const uint32_t sixteen[] = {four, four, four, four};
    tm_bytes bytes;
    memcpy(&bytes, sixteen, sizeof bytes);
    return bytes;
}

/* Which of the 16 bytes at p are those of `bytes`. */
static inline tm_bytes equal_bytes(const char *p, tm_bytes bytes)
{
    tm_bytes here;
    memcpy(&here, p, sizeof here);
    return (tm_bytes)(here == bytes);
}

/* Bit per byte that is all ones. */
static unsigned mask_of(tm_bytes bytes)
{
#ifdef __SSE2__
    return (unsigned)__builtin_ia32_pmovmskb128((char __attribute__((vector_size(16))))bytes);
#else
    uint64_t half[2];
    unsigned mask = 0;
    memcpy(half, &bytes, sizeof half);
    for (unsigned i = 0; i < 2; i++) /* the product gathers the lowest bits of all bytes on top */
        mask |= (unsigned)((le64toh(half[i]) & UINT64_C(0x0101010101010101)) *
                               UINT64_C(0x0102040810204080) >>
                           56)
                << 8 * i;
    return mask;
#endif
}

static __attribute__((noinline)) bool equal_apart(const char *p, tm_text part)
{
    return tm_bytes_equal(p, part.p, part.n);
}

/* Most starts that look right are wrong: a look at 8 bytes is not worth a call. */
static inline bool starts_here(const char *p, tm_text part)
{
    uint64_t a, b;
    if (part.n < 8)
        return equal_apart(p, part);
    memcpy(&a, p, 8);
    memcpy(&b, part.p, 8);
    return a == b && equal_apart(p, part);
}

/* In a text of 16 bytes and a few more, which has fewer than 16 starts. */
static size_t seek_in_few(tm_text text, tm_text part)
{
    const unsigned starts = (1u << (text.n - part.n + 1)) - 1;
    unsigned mask = mask_of(equal_bytes(text.p, all(part.p[0]))) & starts;
    for (; mask; mask &= mask - 1) {
        size_t at = (size_t)__builtin_ctz(mask);
        if (text.p[at + part.n - 1] == part.p[part.n - 1] && starts_here(text.p + at, part))
            return at;
    }
    return SIZE_MAX;
}

static size_t seek_in_less(tm_text text, tm_text part)
{
    for (size_t at = 0; at + part.n <= text.n; at++)
        if (text.p[at] == part.p[0] && starts_here(text.p + at, part))
            return at;
    return SIZE_MAX;
}

/* 16 starts at a time: where first and last byte are in place, the rest is looked at. */
static size_t seek_in_many(tm_text text, tm_text part)
{
    const tm_bytes first = all(part.p[0]), final = all(part.p[part.n - 1]);
    const size_t last = text.n - part.n - 15; /* the last start of 16 */
    for (size_t at = 0;; at = at + 16 < last ? at + 16 : last) {
        const char *p = text.p + at;
        unsigned mask = mask_of(equal_bytes(p, first) & equal_bytes(p + part.n - 1, final));
        for (; mask; mask &= mask - 1)
            if (starts_here(p + __builtin_ctz(mask), part))
                return at + (size_t)__builtin_ctz(mask);
        if (at == last)
            return SIZE_MAX;
    }
}

size_t tm_text_seek(tm_text text, tm_text part)
{
    if (part.n == 0)
        return 0;
    if (text.n < part.n)
        return SIZE_MAX;
    if (text.n >= part.n + 15)
        return seek_in_many(text, part);
    return text.n >= 16 ? seek_in_few(text, part) : seek_in_less(text, part);
}
