/* Read: numbers in texts, as Go's strconv reads them.
 * Work: each byte of a text once; functions that read long ones charge for them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/number.h"
#include "vm/convert.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

bool tm_int_read(tm_text t, int64_t *out)
{
    bool negative = t.n && t.p[0] == '-';
    uint64_t limit = negative ? (uint64_t)1 << 63 : INT64_MAX, n = 0;
    if (t.n && (t.p[0] == '-' || t.p[0] == '+'))
        t = tm_text_skip(t, 1);
    if (t.n == 0)
        return false;
    /* Work: bytes of the text, charged by who reads long ones */
    for (size_t i = 0; i < t.n; i++) {
        unsigned digit = (unsigned char)t.p[i] - (unsigned)'0';
        if (digit > 9 || n > (limit - digit) / 10)
            return false;
        n = n * 10 + digit;
    }
    *out = (int64_t)(negative ? 0 - n : n);
    return true;
}

/* --- doubles --- */

/* Digits beyond these cannot change the nearest double once one of them is known not to be 0. */
enum { DIGITS_KEPT = 800, EXPONENT_MOST = 1 << 20 };

/* A number taken apart. The value is digits * base^exponent, in hex digits * 2^exponent. */
typedef struct parts {
    bool negative, hex;
    unsigned n;
    int64_t exponent;
    char digit[DIGITS_KEPT + 1];
} parts;

static bool is_digit(char c, bool hex)
{
    return (c >= '0' && c <= '9') || (hex && ((c | 32) >= 'a' && (c | 32) <= 'f'));
}

static void keep_digit(parts *p, char c, bool behind_point)
{
    const int step = p->hex ? 4 : 1;
    if (behind_point)
        p->exponent -= step;
    if (p->n == 0 && c == '0')
        return; /* leading zeros say nothing */
    if (p->n < DIGITS_KEPT) {
        p->digit[p->n++] = c;
        return;
    }
    p->exponent += step;
    if (c != '0')
        p->digit[p->n - 1] = '1'; /* sticky: keeps halfway cases apart */
}

/* "e+10" or "p-2" at *t. False when it has no digits. */
static bool read_exponent(tm_text *t, parts *p)
{
    int64_t e = 0;
    bool negative = false;
    *t = tm_text_skip(*t, 1);
    if (t->n && (t->p[0] == '+' || t->p[0] == '-')) {
        negative = t->p[0] == '-';
        *t = tm_text_skip(*t, 1);
    }
    if (t->n == 0 || !is_digit(t->p[0], false))
        return false;
    /* Work: bytes of the text, charged by who reads long ones */
    for (; t->n && (is_digit(t->p[0], false) || t->p[0] == '_'); *t = tm_text_skip(*t, 1))
        if (t->p[0] != '_' && e < EXPONENT_MOST)
            e = e * 10 + (t->p[0] - '0');
    p->exponent += negative ? -e : e;
    return true;
}

/* Digits with at most one point. False when there is no digit. */
static bool read_mantissa(tm_text *t, parts *p)
{
    bool any = false, point = false;
    /* Work: bytes of the text, charged by who reads long ones */
    for (; t->n; *t = tm_text_skip(*t, 1)) {
        char c = t->p[0];
        if (c == '.' && !point) {
            point = true;
        } else if (is_digit(c, p->hex)) {
            any = true;
            keep_digit(p, c, point);
        } else if (c != '_') {
            break;
        }
    }
    return any;
}

/* An underscore stands between two digits, or between the prefix 0x and a digit. */
static bool underscores_fit(tm_text t, bool hex)
{
    char before = hex ? '0' : '.';
    /* Work: bytes of the text, charged by who reads long ones */
    for (size_t i = 0; i < t.n; i++) {
        if (t.p[i] == '_' && (!is_digit(before, hex) || i + 1 == t.n || !is_digit(t.p[i + 1], hex)))
            return false;
        before = t.p[i];
    }
    return true;
}

static double assemble(parts *p)
{
    char text[DIGITS_KEPT + 40];
    if (p->n == 0)
        return p->negative ? -0.0 : 0.0;
    p->digit[p->n] = 0;
    snprintf(text, sizeof text, "%s%s%s%c%lld", p->negative ? "-" : "", p->hex ? "0x" : "",
             p->digit, p->hex ? 'p' : 'e', (long long)p->exponent);
    return strtod(text, NULL);
}

/* inf, infinity and nan, any case; nan takes no sign. The NaN is Go's. */
static bool read_special(tm_text t, bool is_signed, bool negative, double *out)
{
    if (tm_text_same_word(t, TM_TEXT("inf")) || tm_text_same_word(t, TM_TEXT("infinity"))) {
        *out = negative ? -INFINITY : INFINITY;
        return true;
    }
    if (is_signed || !tm_text_same_word(t, TM_TEXT("nan")))
        return false;
    *out = tm_number_nan();
    return true;
}

bool tm_double_read(tm_text t, double *out)
{
    parts p;
    if (tm_number_double(t, out)) /* as most numbers are written */
        return isfinite(*out);
    p.n = 0;
    p.exponent = 0;
    p.negative = t.n && t.p[0] == '-';
    bool is_signed = t.n && (t.p[0] == '-' || t.p[0] == '+');
    if (is_signed)
        t = tm_text_skip(t, 1);
    if (read_special(t, is_signed, p.negative, out))
        return true;
    p.hex = t.n > 2 && t.p[0] == '0' && (t.p[1] | 32) == 'x';
    if (p.hex)
        t = tm_text_skip(t, 2);
    if (!underscores_fit(t, p.hex) || !read_mantissa(&t, &p))
        return false;
    bool exponent = t.n && (t.p[0] | 32) == (p.hex ? 'p' : 'e');
    if (exponent && !read_exponent(&t, &p))
        return false;
    if (t.n || (p.hex && !exponent))
        return false;
    *out = assemble(&p);
    return isfinite(*out);
}
