/* JSON: writing scalars.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/json_write.h"

#include "base/harmless.h"
#include "base/hex.h"
#include "base/utf8.h"

#include <math.h>

static const char HEX[] = TM_HEX_DIGITS;

static void write_unit(tm_buf *out, uint32_t unit)
{
    const char digits[6] = {
        '\\', 'u', HEX[unit >> 12 & 15], HEX[unit >> 8 & 15], HEX[unit >> 4 & 15], HEX[unit & 15]};
    tm_buf_add(out, tm_text_slice(digits, sizeof digits));
}

/* The letter behind the backslash, or 0 when the character has none. */
static char short_escape(char c, unsigned style)
{
    switch (c) {
    case '"':
    case '\\':
        return c;
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    case '\b':
        return style & TM_JSON_LONG_CONTROLS ? 0 : 'b';
    case '\f':
        return style & TM_JSON_LONG_CONTROLS ? 0 : 'f';
    default:
        return 0;
    }
}

static bool is_plain(char c, unsigned style)
{
    unsigned char u = (unsigned char)c;
    if (u < 0x20 || u >= 0x7f || c == '"' || c == '\\')
        return false;
    return !(style & TM_JSON_ESCAPE_HTML) || (c != '<' && c != '>' && c != '&');
}

static void write_ascii(tm_buf *out, char c, unsigned style)
{
    char letter = short_escape(c, style);
    if (letter) {
        tm_buf_add_char(out, '\\');
        tm_buf_add_char(out, letter);
    } else if (c == 0x7f && !(style & TM_JSON_ESCAPE_HARMFUL)) {
        tm_buf_add_char(out, c);
    } else {
        write_unit(out, (unsigned char)c);
    }
}

static void write_rune(tm_buf *out, tm_text as_it_is, uint32_t rune, unsigned style)
{
    bool bad = rune == 0xfffd && as_it_is.n == 1;
    bool line = rune == 0x2028 || rune == 0x2029;
    if ((bad && style & TM_JSON_ESCAPE_BAD) || (line && style & TM_JSON_ESCAPE_LINES) ||
        (style & TM_JSON_ESCAPE_HARMFUL && tm_harmless_not(rune)))
        write_unit(out, rune);
    else if (bad && !(style & TM_JSON_KEEP_BAD))
        tm_buf_add_rune(out, rune);
    else
        tm_buf_add(out, as_it_is);
}

void tm_json_write_string(tm_buf *out, tm_text text, unsigned style)
{
    tm_buf_reserve(out, text.n + 2);
    tm_buf_add_char(out, '"');
    while (text.n) {
        size_t n = 0;
        while (n < text.n && is_plain(text.p[n], style))
            n++;
        tm_buf_add(out, tm_text_slice(text.p, n));
        text = tm_text_skip(text, n);
        if (text.n == 0)
            break;
        size_t width;
        uint32_t rune = tm_utf8_next(text, &width);
        if (rune < 0x80)
            write_ascii(out, text.p[0], style);
        else
            write_rune(out, tm_text_slice(text.p, width), rune, style);
        text = tm_text_skip(text, width);
    }
    tm_buf_add_char(out, '"');
}

void tm_json_write_uint(tm_buf *out, uint64_t natural)
{
    char digits[20], *at = digits + sizeof digits;
    do {
        *--at = (char)('0' + natural % 10);
        natural /= 10;
    } while (natural);
    tm_buf_add(out, tm_text_slice(at, (size_t)(digits + sizeof digits - at)));
}

void tm_json_write_int(tm_buf *out, int64_t integer)
{
    if (integer < 0)
        tm_buf_add_char(out, '-');
    tm_json_write_uint(out, integer < 0 ? 0 - (uint64_t)integer : (uint64_t)integer);
}

void tm_json_write_double(tm_buf *out, double number, tm_exponent exponent)
{
    bool word = !isfinite(number);
    if (word)
        tm_buf_add_char(out, '"');
    char *at = tm_buf_reserve(out, TM_NUMBER_ROOM);
    out->n += tm_number_print(at, number, exponent);
    if (word)
        tm_buf_add_char(out, '"');
}
