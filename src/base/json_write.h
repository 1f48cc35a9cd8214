/* JSON: writing scalars. Brackets, commas and colons are the caller's.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_BASE_JSON_WRITE_H
#define TM_BASE_JSON_WRITE_H

#include "base/number.h"

/* Which characters of a string are escaped beyond what JSON demands; may be combined. */
enum {
    TM_JSON_PLAIN = 0,           /* \b \f \n \r \t \" \\ \u001f; bytes that are no UTF-8: U+FFFD */
    TM_JSON_ESCAPE_HTML = 1,     /* < > & as \u003c \u003e \u0026 */
    TM_JSON_ESCAPE_LINES = 2,    /* U+2028 and U+2029 as \u2028 \u2029 */
    TM_JSON_ESCAPE_BAD = 4,      /* a byte that is no UTF-8 as \ufffd, six characters */
    TM_JSON_LONG_CONTROLS = 8,   /* \u0008 \u000c instead of \b \f */
    TM_JSON_ESCAPE_HARMFUL = 16, /* what a terminal would obey (base/harmless.h) as \u007f \u202e */
    TM_JSON_KEEP_BAD = 32,       /* a byte that is no UTF-8 as it is */
    /* Go's encoding/json as OTTL's String uses it, and without the HTML part as its data values
     * use it. */
    TM_JSON_GO =
        TM_JSON_ESCAPE_HTML | TM_JSON_ESCAPE_LINES | TM_JSON_ESCAPE_BAD | TM_JSON_LONG_CONTROLS,
    TM_JSON_GO_TEXT = TM_JSON_ESCAPE_LINES | TM_JSON_ESCAPE_BAD
};

/* With the quotes. */
void tm_json_write_string(tm_buf *out, tm_text text, unsigned style);

void tm_json_write_int(tm_buf *out, int64_t integer);
void tm_json_write_uint(tm_buf *out, uint64_t natural);

/* As tm_number_print does; what JSON has no number for is written "NaN", "Infinity", "-Infinity"
 * with the quotes, as proto3 JSON wants it. */
void tm_json_write_double(tm_buf *out, double number, tm_exponent exponent);

#endif
