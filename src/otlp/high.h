/* High: counting bytes above 0x7f, in wide strides.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The walk counts them once over a whole message and again, field by field, in what is no string. When
 * both counts agree, every string is ASCII, and none of them was looked at on its own. */
#ifndef TM_OTLP_HIGH_H
#define TM_OTLP_HIGH_H

#include "otlp/wire.h"

typedef signed char tm_high_lanes __attribute__((vector_size(16)));

enum { TM_HIGH_STRIDE = 64, TM_HIGH_STRIDES_MOST = 63 }; /* a lane counts to 4 * 63 + 3 */

/* Of the eight bytes in a word. */
static inline unsigned tm_high_in_8(uint64_t word)
{
    return (unsigned)((word >> 7 & 0x0101010101010101u) * 0x0101010101010101u >> 56);
}

static inline tm_high_lanes tm_high_in_16(const char *p)
{
    tm_high_lanes bytes;
    memcpy(&bytes, p, sizeof bytes);
    return (tm_high_lanes)(bytes < 0);
}

/* The sum of 16 lanes that count up to 255 each. */
static inline unsigned tm_high_sum(tm_high_lanes lanes)
{
    uint64_t half[2];
    memcpy(half, &lanes, sizeof half);
    const uint64_t even = 0x00ff00ff00ff00ffu;
    uint64_t pairs = (half[0] & even) + (half[0] >> 8 & even) + (half[1] & even) + (half[1] >> 8 & even);
    return (unsigned)(pairs * 0x0001000100010001u >> 48);
}

static inline size_t tm_high_bytes(const char *p, size_t n)
{
    size_t high = 0;
    while (n >= 16) {
        tm_high_lanes lanes = {0};
        for (unsigned i = 0; i < TM_HIGH_STRIDES_MOST && n >= TM_HIGH_STRIDE; i++) {
            lanes -= tm_high_in_16(p);
            lanes -= tm_high_in_16(p + 16);
            lanes -= tm_high_in_16(p + 32);
            lanes -= tm_high_in_16(p + 48);
            p += TM_HIGH_STRIDE;
            n -= TM_HIGH_STRIDE;
        }
        for (unsigned i = 0; i < 3 && n >= 16; i++, p += 16, n -= 16)
            lanes -= tm_high_in_16(p);
        high += tm_high_sum(lanes);
    }
    if (n >= 8) {
        high += tm_high_in_8(tm_wire_load64(p));
        p += 8;
        n -= 8;
    }
    for (; n; p++, n--)
        high += (uint8_t)*p >> 7;
    return high;
}

#endif
