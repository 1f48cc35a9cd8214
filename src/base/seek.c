/* Seek: finding a short text in a short text.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <endian.h>

typedef unsigned char tm_vec16 __attribute__((vector_size(16)));

/* 16 times the same byte, from a word: a compiler that puts a byte away reads more than it wrote.
 */
static inline tm_vec16 all(char c)
{
    const uint32_t four = (uint8_t)c * UINT32_C(0x01010101);
    const uint32_t sixteen[] = {four, four, four, four};
    tm_vec16 bytes;
    memcpy(&bytes, sixteen, sizeof bytes);
    return bytes;
}

/* Which of the 16 bytes at p are those of `bytes`. */
static inline tm_vec16 equal_bytes(const char *p, tm_vec16 bytes)
{
    tm_vec16 here;
    memcpy(&here, p, sizeof here);
    return (tm_vec16)(here == bytes);
}

/* Bit per byte that is all ones. */
static unsigned mask_of(tm_vec16 bytes)
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

/* Whether a start whose first byte is right is worth a closer look. The last bytes tell most: the
 * texts of rules and spans start alike. */
static inline bool looks_right(const char *p, tm_text part)
{
    if (part.n >= 8) {
        uint64_t a, b;
        memcpy(&a, p + part.n - 8, 8);
        memcpy(&b, part.p + part.n - 8, 8);
        return a == b;
    }
    return p[part.n - 1] == part.p[part.n - 1];
}

/* The first start that looks right in a text of at least as many bytes as the part has; SIZE_MAX:
 * there is none. No calls here, so that nothing is saved for them. */
static inline __attribute__((always_inline)) size_t candidate(tm_text text, tm_text part)
{
    const size_t starts = text.n - part.n + 1;
    if (text.n < 16) {
        for (size_t at = 0; at < starts; at++)
            if (text.p[at] == part.p[0] && looks_right(text.p + at, part))
                return at;
        return SIZE_MAX;
    }
    const tm_vec16 first = all(part.p[0]);
    if (starts < 16) {
        unsigned mask = mask_of(equal_bytes(text.p, first)) & ((1u << starts) - 1);
        for (; mask; mask &= mask - 1)
            if (looks_right(text.p + __builtin_ctz(mask), part))
                return (size_t)__builtin_ctz(mask);
        return SIZE_MAX;
    }
    const tm_vec16 final = all(part.p[part.n - 1]);
    for (size_t at = 0;; at = at + 32 < starts ? at + 16 : starts - 16) {
        const char *p = text.p + at;
        unsigned mask = mask_of(equal_bytes(p, first) & equal_bytes(p + part.n - 1, final));
        for (; mask; mask &= mask - 1)
            if (looks_right(p + __builtin_ctz(mask), part))
                return at + (size_t)__builtin_ctz(mask);
        if (at == starts - 16)
            return SIZE_MAX;
    }
}

/* Goes on from a candidate. */
static __attribute__((noinline)) size_t look_closer(tm_text text, tm_text part, size_t at)
{
    while (!tm_bytes_equal(text.p + at, part.p, part.n)) {
        const tm_text rest = tm_text_skip(text, at + 1);
        const size_t next = rest.n < part.n ? SIZE_MAX : candidate(rest, part);
        if (next == SIZE_MAX)
            return SIZE_MAX;
        at += 1 + next;
    }
    return at;
}

size_t tm_text_seek(tm_text text, tm_text part)
{
    if (part.n == 0)
        return 0;
    if (text.n < part.n)
        return SIZE_MAX;
    const size_t at = candidate(text, part);
    return at == SIZE_MAX ? at : look_closer(text, part, at);
}
