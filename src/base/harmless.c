/* Harmless: escaping what a terminal or a reader of logs would obey.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/harmless.h"

#include "base/utf8.h"

bool tm_harmless_not(uint32_t rune)
{
    return rune < 0x20 || (rune >= 0x7f && rune <= 0x9f) || rune == 0x200e || rune == 0x200f ||
           (rune >= 0x2028 && rune <= 0x202e) || (rune >= 0x2066 && rune <= 0x2069) ||
           rune == 0xfeff;
}

size_t tm_harmless_next(tm_text *rest, bool keep_tab, tm_buf *out)
{
    size_t width, before = out->n;
    uint32_t rune = tm_utf8_next(*rest, &width);
    tm_text as_it_is = tm_text_slice(rest->p, width);
    *rest = tm_text_skip(*rest, width);
    bool bad = rune == 0xfffd && width == 1;
    if (!bad && (!tm_harmless_not(rune) || (rune == '\t' && keep_tab))) {
        tm_buf_add(out, as_it_is);
        return 1;
    }
    if (rune == '\n' || rune == '\r' || rune == '\t')
        tm_buf_print(out, "\\%c", rune == '\n' ? 'n' : rune == '\r' ? 'r' : 't');
    else if (bad || rune < 0x80)
        tm_buf_print(out, "\\x%02x", (unsigned char)as_it_is.p[0]);
    else
        tm_buf_print(out, "\\u%04x", (unsigned)rune);
    return out->n - before;
}

void tm_harmless_add(tm_buf *out, tm_text text)
{
    while (text.n)
        tm_harmless_next(&text, false, out);
}
