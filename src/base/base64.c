/* Base64: three bytes are four digits.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

static const char STANDARD[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char URL[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Up to three bytes as a group of 24 bits, high ones first. */
static uint32_t group_of(tm_text bytes)
{
    uint32_t group = (uint32_t)(unsigned char)bytes.p[0] << 16;
    if (bytes.n > 1)
        group |= (uint32_t)(unsigned char)bytes.p[1] << 8;
    if (bytes.n > 2)
        group |= (unsigned char)bytes.p[2];
    return group;
}

char *tm_base64_put(char *at, tm_text bytes, unsigned options)
{
    const char *alphabet = options & TM_BASE64_URL ? URL : STANDARD;
    while (bytes.n) {
        uint32_t group = group_of(bytes);
        size_t taken = bytes.n < 3 ? bytes.n : 3;
        for (size_t i = 0; i < 4; i++)
            if (i <= taken)
                *at++ = alphabet[group >> (18 - 6 * i) & 63];
            else if (!(options & TM_BASE64_RAW))
                *at++ = '=';
        bytes = tm_text_skip(bytes, taken);
    }
    return at;
}

void tm_base64_encode(tm_buf *out, tm_text bytes, unsigned options)
{
    char *at = tm_buf_reserve(out, tm_base64_room(bytes.n));
    out->n += (size_t)(tm_base64_put(at, bytes, options) - at);
}

/* The value of a digit, or -1. */
static int digit_of(char c, unsigned options)
{
    bool url = options & (TM_BASE64_URL | TM_BASE64_ANY);
    bool standard = !(options & TM_BASE64_URL) || options & TM_BASE64_ANY;
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if ((c == '+' && standard) || (c == '-' && url))
        return 62;
    return (c == '/' && standard) || (c == '_' && url) ? 63 : -1;
}

/* What stands behind the digits is right for that many digits in the last group. */
static bool ends_well(size_t digits, size_t padding, unsigned options)
{
    if (digits == 1)
        return false;
    size_t wanted = digits ? 4 - digits : 0;
    if (options & TM_BASE64_ANY)
        return padding == wanted || padding == 0;
    return padding == (options & TM_BASE64_RAW ? 0 : wanted);
}

bool tm_base64_take(char **at, tm_text text, unsigned options)
{
    uint32_t group = 0;
    size_t digits = 0, padding = 0;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (options & TM_BASE64_SKIP_LINES && (c == '\n' || c == '\r'))
            continue;
        if (c == '=') {
            padding++;
            continue;
        }
        int digit = digit_of(c, options);
        if (digit < 0 || padding)
            return false;
        group = group << 6 | (uint32_t)digit;
        /* The first digit of a group completes no byte, each of the others does. */
        if (digits > 0)
            *(*at)++ = (char)(group >> (6 - 2 * digits));
        digits = (digits + 1) % 4;
    }
    return ends_well(digits, padding, options);
}

bool tm_base64_decode(tm_buf *out, tm_text text, unsigned options)
{
    char *begin = tm_buf_reserve(out, text.n / 4 * 3 + 3), *at = begin;
    bool fine = tm_base64_take(&at, text, options);
    out->n += (size_t)(at - begin);
    return fine;
}
