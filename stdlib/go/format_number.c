/* Format number: integers in all bases.
 * Work: bounded by the digits of an int, and by the width that the rule says.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/go/format.h"
#include "stdlib/letter.h"

/* Sign, prefix and at least as many digits as precision or zero padding ask for. */
static void print_based(tm_printer *p, uint64_t bits, unsigned base, bool is_signed, uint32_t verb)
{
    const char *const alphabet = verb == 'X' ? "0123456789ABCDEFX" : "0123456789abcdefx";
    const tm_format_flags *f = &p->flag;
    bool negative = is_signed && (int64_t)bits < 0;
    int least = 0, n = 0;
    char digits[64];
    tm_buf b = {.arena = p->out.arena};
    if (negative)
        bits = 0 - bits;
    if (f->has_precision && f->precision == 0 && bits == 0) {
        tm_format_blank_padded(p, TM_TEXT("")); /* nothing but padding */
        return;
    }
    if (f->has_precision)
        least = f->precision;
    else if (f->zero && !f->minus && f->has_width)
        least = f->width - (negative || f->plus || f->space);
    /* Work: digits of an int and the width of the rule */
    for (; bits || n == 0; bits /= base)
        digits[n++] = alphabet[bits % base];
    if (negative || f->plus || f->space)
        tm_buf_add_char(&b, negative ? '-' : f->plus ? '+' : ' ');
    if (verb == 'O')
        tm_buf_add(&b, TM_TEXT("0o"));
    if (f->sharp && (base == 2 || base == 16))
        tm_buf_print(&b, "0%c", base == 2 ? 'b' : alphabet[16]);
    if (f->sharp && base == 8 && digits[n - 1] != '0' && least <= n)
        tm_buf_add_char(&b, '0');
    for (int i = n; i < least; i++)
        tm_buf_add_char(&b, '0');
    while (n > 0)
        tm_buf_add_char(&b, digits[--n]);
    tm_format_blank_padded(p, tm_buf_text(&b));
}

/* U+0041, with # the character behind it. */
static void print_code_point(tm_printer *p, uint64_t bits)
{
    tm_buf b = {.arena = p->out.arena};
    int least = p->flag.has_precision && p->flag.precision > 4 ? p->flag.precision : 4;
    tm_buf_print(&b, "U+%0*llX", least, (unsigned long long)bits);
    if (p->flag.sharp && bits <= 0x10ffff && tm_letter_is_printable((uint32_t)bits)) {
        tm_buf_add(&b, TM_TEXT(" '"));
        tm_buf_add_rune(&b, (uint32_t)bits);
        tm_buf_add_char(&b, '\'');
    }
    tm_format_blank_padded(p, tm_buf_text(&b));
}

static void print_character(tm_printer *p, uint64_t bits, bool quoted)
{
    tm_buf b = {.arena = p->out.arena};
    uint32_t rune = bits > 0x10ffff ? 0xfffd : (uint32_t)bits;
    if (quoted)
        tm_quote_rune(&b, rune, p->flag.plus);
    else
        tm_buf_add_rune(&b, rune);
    tm_format_padded(p, tm_buf_text(&b));
}

/* %#v of what has no sign: 0x2a. */
static void print_literal(tm_printer *p, uint64_t bits)
{
    bool sharp = p->flag.sharp;
    p->flag.sharp = true;
    print_based(p, bits, 16, false, 'v');
    p->flag.sharp = sharp;
}

bool tm_format_integer(tm_printer *p, uint64_t bits, bool is_signed, uint32_t verb)
{
    static const struct {
        char verb;
        unsigned char base;
    } bases[] = {{'v', 10}, {'d', 10}, {'b', 2}, {'o', 8}, {'O', 8}, {'x', 16}, {'X', 16}};
    /* Work: verbs of the table */
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++)
        if (verb == (unsigned char)bases[i].verb) {
            if (verb == 'v' && p->flag.sharp_v && !is_signed)
                print_literal(p, bits);
            else
                print_based(p, bits, bases[i].base, is_signed, verb);
            return true;
        }
    if (verb == 'U')
        print_code_point(p, bits);
    else if (verb == 'c' || verb == 'q')
        print_character(p, bits, verb == 'q');
    else
        return false;
    return true;
}
