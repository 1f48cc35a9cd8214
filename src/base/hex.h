/* Hex: bytes as two digits each, and back.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_BASE_HEX_H
#define TM_BASE_HEX_H

#include "base/ascii.h"

#define TM_HEX_DIGITS "0123456789abcdef"

/* The value of a digit in either case, or -1. */
static inline int tm_hex_value(char c)
{
    if (tm_ascii_is_digit(c))
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Writes 2 * bytes.n lower-case digits and returns their end; the caller has room. */
static inline char *tm_hex_put(char *at, tm_text bytes)
{
    for (size_t i = 0; i < bytes.n; i++) {
        *at++ = TM_HEX_DIGITS[(unsigned char)bytes.p[i] >> 4];
        *at++ = TM_HEX_DIGITS[bytes.p[i] & 15];
    }
    return at;
}

/* Writes the digits.n / 2 bytes to `to`. False when the digits are odd in number or one is none;
 * what was written then is of no use. */
static inline bool tm_hex_read(char *to, tm_text digits)
{
    for (size_t i = 0; i + 1 < digits.n; i += 2) {
        int high = tm_hex_value(digits.p[i]), low = tm_hex_value(digits.p[i + 1]);
        if (high < 0 || low < 0)
            return false;
        *to++ = (char)(high << 4 | low);
    }
    return digits.n % 2 == 0;
}

#endif
