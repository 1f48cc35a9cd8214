/* High: counting bytes above 0x7f, in wide strides.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The walk counts them once over a whole message and again, field by field, in what is no string.
 * When both counts agree, every string is ASCII, and none of them was looked at on its own. */
#ifndef TM_OTLP_HIGH_H
#define TM_OTLP_HIGH_H

#include "otlp/wire.h"

/* Counters wrap, which only unsigned ones may; comparing is quick for signed ones alone. */
typedef unsigned char tm_high_lanes __attribute__((vector_size(16)));
typedef signed char tm_high_signs __attribute__((vector_size(16)));

/* A lane counts to 4 * 62 + 4 at most. What follows a message is read next: it is asked for early.
 */
enum { TM_HIGH_STRIDE = 64, TM_HIGH_STRIDES_MOST = 62, TM_HIGH_AHEAD = 768 };

/* Of the eight bytes in a word. */
static inline unsigned tm_high_in_8(uint64_t word)
{
    return (unsigned)((word >> 7 & 0x0101010101010101u) * 0x0101010101010101u >> 56);
}

static inline tm_high_lanes tm_high_in_16(const char *p)
{
    tm_high_signs bytes;
    memcpy(&bytes, p, sizeof bytes);
    return (tm_high_lanes)(bytes < 0);
}

/* The sum of 16 lanes that count up to 255 each. */
static inline unsigned tm_high_sum(tm_high_lanes lanes)
{
    uint64_t half[2];
    memcpy(half, &lanes, sizeof half);
    const uint64_t even = 0x00ff00ff00ff00ffu;
    uint64_t pairs =
        (half[0] & even) + (half[0] >> 8 & even) + (half[1] & even) + (half[1] >> 8 & even);
    return (unsigned)(pairs * 0x0001000100010001u >> 48);
}

/* Of the last n bytes of the 64 before `end`. The number of rounds of a loop over the rest would be
 * guessed wrong for every second message. */
static inline tm_high_lanes tm_high_in_last(const char *end, size_t n)
{
    const tm_high_signs lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    const tm_high_signs seen = (tm_high_signs){0} + (signed char)(TM_HIGH_STRIDE - 1 - n);
    tm_high_lanes lanes = tm_high_in_16(end - 64) & (tm_high_lanes)(lane > seen);
    lanes += tm_high_in_16(end - 48) & (tm_high_lanes)(lane + 16 > seen);
    lanes += tm_high_in_16(end - 32) & (tm_high_lanes)(lane + 32 > seen);
    return lanes + (tm_high_in_16(end - 16) & (tm_high_lanes)(lane + 48 > seen));
}

static inline size_t tm_high_bytes(const char *p, size_t n)
{
    size_t high = 0;
    if (n < TM_HIGH_STRIDE) {
        for (; n >= 8; p += 8, n -= 8)
            high += tm_high_in_8(tm_wire_load64(p));
        for (; n; p++, n--)
            high += (uint8_t)*p >> 7;
        return high;
    }
    for (;;) {
        tm_high_lanes lanes = {0};
        for (unsigned i = 0; i < TM_HIGH_STRIDES_MOST && n >= TM_HIGH_STRIDE; i++) {
            __builtin_prefetch(p + TM_HIGH_AHEAD);
            lanes -= tm_high_in_16(p);
            lanes -= tm_high_in_16(p + 16);
            lanes -= tm_high_in_16(p + 32);
            lanes -= tm_high_in_16(p + 48);
            p += TM_HIGH_STRIDE;
            n -= TM_HIGH_STRIDE;
        }
        if (n < TM_HIGH_STRIDE)
            return high + tm_high_sum(lanes - tm_high_in_last(p + n, n));
        high += tm_high_sum(lanes);
    }
}

#endif
