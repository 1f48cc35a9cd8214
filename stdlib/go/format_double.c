/* Format double: doubles in all notations. Texts are those of the absolute value until the end.
 * Work: bounded by the digits of a double, and by the precision that the rule says.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/number.h"
#include "stdlib/go/format.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* printf's %.*e, %.*f, %.*g, in every locale with a point. */
static void add_printf(tm_buf *out, uint32_t verb, int precision, double x)
{
    size_t room = (size_t)precision + 400; /* the largest double has 309 digits */
    char *text = tm_buf_reserve(out, room);
    int n = verb == 'e'   ? snprintf(text, room, "%.*e", precision, x)
            : verb == 'f' ? snprintf(text, room, "%.*f", precision, x)
                          : snprintf(text, room, "%.*g", precision, x);
    bool pointed = false;
    /* Work: digits of a double and the precision of the rule */
    for (int i = 0; i < n; i++) {
        bool known = strchr("0123456789e+-", text[i]) != NULL;
        if (known || !pointed)
            out->p[out->n++] = known ? text[i] : '.';
        pointed = pointed || !known;
    }
}

/* The shortest digits that read back equal, without zeros at either end; the point stands behind
 * the first of them, and *exponent says by how much it is off. Returns how many. */
static int shortest_digits(double x, char *digits, int *exponent)
{
    char text[TM_NUMBER_ROOM + 1];
    int n = 0, point = -1, zeros = 0;
    text[tm_number_print(text, x, TM_EXPONENT_PADDED)] = 0;
    const char *at = text;
    /* Work: digits of a double and the precision of the rule */
    for (; *at && *at != 'e'; at++) {
        if (*at == '.')
            point = n;
        else
            digits[n++] = *at;
    }
    *exponent = (*at ? atoi(at + 1) : 0) + (point < 0 ? n : point) - 1;
    while (zeros < n - 1 && digits[zeros] == '0')
        zeros++;
    memmove(digits, digits + zeros, (size_t)(n - zeros));
    *exponent -= zeros;
    for (n -= zeros; n > 1 && digits[n - 1] == '0'; n--)
        ;
    return n;
}

/* %g without a precision: an exponent for what is below 1e-4 or from 1e6 on. */
static void add_shortest(tm_buf *out, double x)
{
    char digits[TM_NUMBER_ROOM];
    int exponent, n = shortest_digits(x, digits, &exponent);
    if (x != 0 && (exponent < -4 || exponent >= 6)) {
        tm_buf_print(out, "%c%s%.*se%c%02d", digits[0], n > 1 ? "." : "", n - 1, digits + 1,
                     exponent < 0 ? '-' : '+', abs(exponent));
        return;
    }
    /* Work: digits of a double and the precision of the rule */
    for (int i = exponent < 0 ? exponent : 0; i < n || i <= exponent; i++) {
        if (i == exponent + 1 && i > (exponent < 0 ? exponent : 0))
            tm_buf_add_char(out, '.');
        tm_buf_add_char(out, i >= 0 && i < n ? digits[i] : '0');
    }
}

/* The bits of the fraction with the leading one, and the power of two of the last of them. */
static uint64_t take_apart(double x, int *exponent)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    int biased = (int)(bits >> 52 & 0x7ff);
    bits &= (UINT64_C(1) << 52) - 1;
    if (biased > 0)
        bits |= UINT64_C(1) << 52;
    *exponent = (biased > 0 ? biased : 1) - 1023 - 52;
    return bits;
}

/* %b: 4503599627370496p-52. */
static void add_binary(tm_buf *out, double x)
{
    int exponent;
    uint64_t bits = take_apart(x, &exponent);
    tm_buf_print(out, "%llup%+d", (unsigned long long)bits, exponent);
}

/* %x: 0x1.8p+01, with one bit before the point; a negative precision: as many digits as needed. */
static void add_hex(tm_buf *out, double x, int precision)
{
    const uint64_t one = UINT64_C(1) << 60;
    int exponent;
    uint64_t bits = take_apart(x, &exponent) << 8;
    exponent = bits ? exponent + 52 : 0;
    /* Work: digits of a double and the precision of the rule */
    while (bits && !(bits & one)) {
        bits <<= 1;
        exponent--;
    }
    if (precision >= 0 && precision < 15) {
        unsigned shift = (unsigned)precision * 4;
        uint64_t extra = (bits << shift) & (one - 1);
        bits >>= 60 - shift;
        bits += (extra | (bits & 1)) > one >> 1;
        bits <<= 60 - shift;
        if (bits & one << 1) {
            bits >>= 1;
            exponent++;
        }
    }
    tm_buf_print(out, "0x%u", (unsigned)(bits >> 60 & 1));
    bits <<= 4;
    if (precision < 0 ? bits != 0 : precision > 0)
        tm_buf_add_char(out, '.');
    for (int i = 0; precision < 0 ? bits != 0 : i < precision; i++, bits <<= 4)
        tm_buf_add_char(out, "0123456789abcdef"[bits >> 60]);
    tm_buf_print(out, "p%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
}

/* What # asks for: a point in any case, and `digits` significant digits. */
static tm_text with_point(tm_arena *arena, tm_text t, bool hex, int digits)
{
    tm_buf b = {.arena = arena};
    size_t end = 0;
    bool pointed = false, counts = false;
    /* Work: digits of a double and the precision of the rule */
    for (; end < t.n && t.p[end] != 'p' && (hex || t.p[end] != 'e'); end++) {
        pointed = pointed || t.p[end] == '.';
        counts = counts || (t.p[end] != '0' && t.p[end] != '.');
        digits -= counts && t.p[end] != '.';
    }
    tm_buf_add(&b, tm_text_slice(t.p, end));
    if (!pointed) {
        digits -= end == 1 && t.p[0] == '0';
        tm_buf_add_char(&b, '.');
    }
    for (; digits > 0; digits--)
        tm_buf_add_char(&b, '0');
    tm_buf_add(&b, tm_text_skip(t, end));
    return tm_buf_text(&b);
}

static tm_text finite_text(const tm_printer *p, double x, uint32_t verb, int precision)
{
    tm_buf b = {.arena = p->out.arena};
    uint32_t small = verb | 0x20;
    if (small == 'b')
        add_binary(&b, x);
    else if (small == 'x')
        add_hex(&b, x, precision);
    else if (small == 'g' && precision < 0)
        add_shortest(&b, x);
    else
        add_printf(&b, small, precision, x);
    tm_text t = tm_buf_text(&b);
    if (p->flag.sharp && small != 'b') {
        bool counts = small == 'g' || verb == 'x';
        t = with_point(b.arena, t, small == 'x', !counts ? 0 : precision < 0 ? 6 : precision);
    }
    /* Work: digits of a double and the precision of the rule */
    for (size_t i = 0; verb < 'a' && i < t.n; i++)
        if (t.p[i] >= 'a' && t.p[i] <= 'z')
            ((char *)t.p)[i] ^= 0x20; /* of a buffer of our own */
    return t;
}

/* Zeros go between the sign and the digits. */
static void print_signed(tm_printer *p, char sign, tm_text t)
{
    const tm_format_flags *f = &p->flag;
    if (sign && f->zero && !f->minus && f->has_width && f->width > (int)t.n + 1) {
        tm_buf_add_char(&p->out, sign);
        tm_format_padding(p, f->width - (int)t.n - 1);
        tm_buf_add(&p->out, t);
    } else {
        tm_format_padded(p, tm_arena_join(p->out.arena, tm_text_slice(&sign, sign != 0), t));
    }
}

bool tm_format_double(tm_printer *p, double d, uint32_t verb)
{
    const tm_format_flags *f = &p->flag;
    int precision = verb == 'e' || verb == 'E' || verb == 'f' || verb == 'F' ? 6 : -1;
    if (verb == 'v')
        verb = 'g';
    if (verb == 'F')
        verb = 'f';
    if (verb > 0x7f || !verb || !strchr("bgGxXeEf", (int)verb))
        return false;
    if (f->has_precision)
        precision = f->precision;
    char sign = signbit(d) && !isnan(d) ? '-' : f->plus ? '+' : f->space ? ' ' : 0;
    if (isfinite(d)) {
        print_signed(p, sign, finite_text(p, fabs(d), verb, precision));
        return true;
    }
    if (isinf(d) && !sign)
        sign = '+';
    tm_text word = isnan(d) ? TM_TEXT("NaN") : TM_TEXT("Inf");
    tm_format_blank_padded(p, tm_arena_join(p->out.arena, tm_text_slice(&sign, sign != 0), word));
    return true;
}
