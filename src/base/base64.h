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

void tm_base64_encode(tm_buf *out, tm_text bytes, unsigned options);

/* False when `text` is no base64 of that kind; `out` then holds what came before. Bits left over
 * in the last digit are ignored, as most decoders do. */
bool tm_base64_decode(tm_buf *out, tm_text text, unsigned options);

#endif
