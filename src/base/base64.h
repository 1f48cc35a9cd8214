/* Base64 of RFC 4648: bytes to text and back.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_BASE_BASE64_H
#define TM_BASE_BASE64_H

#include "base/buf.h"

/* 0 is the standard alphabet, padded; may be combined. */
enum {
    TM_BASE64_URL = 1,       /* - and _ instead of + and / */
    TM_BASE64_RAW = 2,       /* without padding; when decoding padding is then an error */
    TM_BASE64_ANY = 4,       /* decoding: both alphabets, padded or not */
    TM_BASE64_SKIP_LINES = 8 /* decoding: \r and \n count for nothing, as Go's decoder has it */
};

/* Writes the digits and returns their end; there is room for tm_base64_room(bytes.n). */
char *tm_base64_put(char *at, tm_text bytes, unsigned options);

static inline size_t tm_base64_room(size_t bytes)
{
    return bytes / 3 * 4 + 4;
}

/* Writes the bytes that the digits mean to *at and moves it to their end; there is room for
 * text.n / 4 * 3 + 3. False when `text` is no base64 of that kind; what came before is written.
 * Bits left over in the last digit are ignored, as most decoders do. */
bool tm_base64_take(char **at, tm_text text, unsigned options);

/* The same at the end of a buffer. */
void tm_base64_encode(tm_buf *out, tm_text bytes, unsigned options);

bool tm_base64_decode(tm_buf *out, tm_text text, unsigned options);

#endif
