/* ASCII: letters and digits of what has no other, whatever the locale says.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_BASE_ASCII_H
#define TM_BASE_ASCII_H

#include "base/text.h"

static inline bool tm_ascii_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool tm_ascii_is_letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* A capital as the small letter; all else, bytes of UTF-8 too, as it is; and the reverse. */
static inline char tm_ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static inline char tm_ascii_upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - ('a' - 'A')) : c;
}

/* Writes the text with small letters to `to`, which has room for it and may be the text itself. */
static inline void tm_ascii_lower_to(char *to, tm_text text)
{
    for (size_t i = 0; i < text.n; i++)
        to[i] = tm_ascii_lower(text.p[i]);
}

#endif
