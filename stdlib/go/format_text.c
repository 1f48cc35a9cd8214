/* Format text: padding, strings, quoting.
 * Work: each byte or character once; who prints a value has charged for its text.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"
#include "stdlib/go/format.h"
#include "stdlib/letter.h"

/* --- padding --- */
void tm_format_padding(tm_printer *p, int n)
{
    if (n <= 0)
        return;
    memset(tm_buf_reserve(&p->out, (size_t)n), p->flag.zero && !p->flag.minus ? '0' : ' ',
           (size_t)n);
    p->out.n += (size_t)n;
}

void tm_format_padded(tm_printer *p, tm_text t)
{
    int missing = p->flag.has_width ? p->flag.width - (int)tm_utf8_count(t) : 0;
    if (!p->flag.minus)
        tm_format_padding(p, missing);
    bool in_place = false;
    if (p->out.n)
        tm_buf_add(&p->out, t);
    else
        in_place = tm_buf_resume(&p->out, t);
    if (t.n > TM_BUF_SHORT_MOST && !in_place)
        tm_format_charge(p, t.n);
    if (p->flag.minus)
        tm_format_padding(p, missing);
}

void tm_format_blank_padded(tm_printer *p, tm_text t)
{
    bool zero = p->flag.zero;
    p->flag.zero = false;
    tm_format_padded(p, t);
    p->flag.zero = zero;
}

/* --- quoting --- */
static void add_escape(tm_buf *out, uint32_t rune, bool ascii)
{
    static const char letters[] = "abtnvfr"; /* \a is 7, \b 8, ... \r 13 */
    if (rune < 0x80 ? rune >= ' ' && rune != 0x7f : !ascii && tm_letter_is_printable(rune))
        tm_buf_add_rune(out, rune);
    else if (rune >= '\a' && rune <= '\r')
        tm_buf_print(out, "\\%c", letters[rune - '\a']);
    else if (rune < 0x80)
        tm_buf_print(out, "\\x%02x", (unsigned)rune);
    else
        tm_buf_print(out, rune < 0x10000 ? "\\u%04x" : "\\U%08x", (unsigned)rune);
}

static void add_quoted(tm_buf *out, uint32_t rune, char quote, bool ascii)
{
    if (rune == (unsigned char)quote || rune == '\\')
        tm_buf_print(out, "\\%c", (char)rune);
    else
        add_escape(out, rune, ascii);
}

void tm_quote_text(tm_buf *out, tm_text t, bool ascii)
{
    size_t width;
    tm_buf_add_char(out, '"');
    for (; t.n; t = tm_text_skip(t, width)) {
        uint32_t rune = tm_utf8_next(t, &width);
        if (rune == 0xfffd && width == 1)
            tm_buf_print(out, "\\x%02x", (unsigned char)t.p[0]);
        else
            add_quoted(out, rune, '"', ascii);
    }
    tm_buf_add_char(out, '"');
}

void tm_quote_rune(tm_buf *out, uint32_t rune, bool ascii)
{
    if (rune > 0x10ffff || (rune >= 0xd800 && rune <= 0xdfff))
        rune = 0xfffd;
    tm_buf_add_char(out, '\'');
    add_quoted(out, rune, '\'', ascii);
    tm_buf_add_char(out, '\'');
}

/* Can it stand between back quotes, which know no escapes? */
static bool fits_back_quotes(tm_text t)
{
    size_t width;
    /* Work: bytes of the text, charged by who prints it */
    for (; t.n; t = tm_text_skip(t, width)) {
        uint32_t rune = tm_utf8_next(t, &width);
        if ((rune < ' ' && rune != '\t') || rune == '`' || rune == 0x7f || rune == 0xfeff ||
            (rune == 0xfffd && width == 1))
            return false;
    }
    return true;
}

/* --- strings --- */

/* The first characters, as many as the precision says. */
static tm_text truncate(const tm_printer *p, tm_text t)
{
    size_t at = 0, width;
    if (!p->flag.has_precision)
        return t;
    /* Work: bytes of the text, charged by who prints it */
    for (int i = 0; i < p->flag.precision && at < t.n; i++, at += width)
        tm_utf8_next(tm_text_skip(t, at), &width);
    return tm_text_slice(t.p, at);
}

static void print_quoted(tm_printer *p, tm_text t)
{
    tm_buf b = {.arena = p->out.arena};
    if (p->flag.sharp && fits_back_quotes(t))
        tm_buf_print(&b, "`%.*s`", TM_PRI(t));
    else
        tm_quote_text(&b, t, p->flag.plus);
    tm_format_padded(p, tm_buf_text(&b));
}

/* The bytes in hex; a space puts spaces between them, # a 0x in front, or in front of each. */
static void print_hex(tm_printer *p, tm_text t, bool upper)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    tm_buf b = {.arena = p->out.arena};
    const tm_format_flags *f = &p->flag;
    if (f->has_precision && (size_t)f->precision < t.n)
        t.n = (size_t)f->precision;
    /* Work: bytes of the text, charged by who prints it */
    for (size_t i = 0; i < t.n; i++) {
        if (i && f->space)
            tm_buf_add_char(&b, ' ');
        if (f->sharp && (i == 0 || f->space))
            tm_buf_add(&b, upper ? TM_TEXT("0X") : TM_TEXT("0x"));
        tm_buf_add_char(&b, digits[(unsigned char)t.p[i] >> 4]);
        tm_buf_add_char(&b, digits[t.p[i] & 15]);
    }
    tm_format_padded(p, tm_buf_text(&b));
}

bool tm_format_text(tm_printer *p, tm_text t, uint32_t verb)
{
    switch (verb) {
    case 'v':
        if (p->flag.sharp_v)
            print_quoted(p, truncate(p, t));
        else
            tm_format_padded(p, truncate(p, t));
        return true;
    case 's':
        tm_format_padded(p, truncate(p, t));
        return true;
    case 'q':
        print_quoted(p, truncate(p, t));
        return true;
    case 'x':
    case 'X':
        print_hex(p, t, verb == 'X');
        return true;
    default:
        return false;
    }
}
