/* Number: reading decimal texts exactly.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/number.h"

#include <stdio.h>
#include <stdlib.h>

/* A number cut into its parts; its value is (whole . fraction) * 10^exponent. */
typedef struct decimal {
    bool negative;
    tm_text whole, fraction;
    int64_t exponent;
} decimal;

enum {
    /* No double lies nearer to the middle of two others than its 767th digit tells. */
    MOST_DIGITS = 780,
    EXACT_POWER = 22 /* the largest power of ten that a double holds exactly */
};
static const int64_t MOST_EXPONENT = 1000000000000;
static const uint64_t MOST_EXACT = (uint64_t)1 << 53;

static const double POWERS[EXACT_POWER + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                               1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                               1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static bool take_char(tm_text *t, char c)
{
    if (t->n == 0 || t->p[0] != c)
        return false;
    *t = tm_text_skip(*t, 1);
    return true;
}

static tm_text take_digits(tm_text *t)
{
    tm_text digits = {.p = t->p, .n = 0};
    while (digits.n < t->n && t->p[digits.n] >= '0' && t->p[digits.n] <= '9')
        digits.n++;
    *t = tm_text_skip(*t, digits.n);
    return digits;
}

static bool take_exponent(tm_text *t, int64_t *exponent)
{
    bool negative = take_char(t, '-');
    if (!negative)
        take_char(t, '+');
    tm_text digits = take_digits(t);
    *exponent = 0;
    for (size_t i = 0; i < digits.n; i++)
        if (*exponent < MOST_EXPONENT)
            *exponent = *exponent * 10 + (digits.p[i] - '0');
    if (negative)
        *exponent = -*exponent;
    return digits.n > 0;
}

static bool cut(tm_text t, decimal *d)
{
    *d = (decimal){.negative = take_char(&t, '-')};
    d->whole = take_digits(&t);
    if (d->whole.n == 0 || (d->whole.n > 1 && d->whole.p[0] == '0'))
        return false;
    if (take_char(&t, '.')) {
        d->fraction = take_digits(&t);
        if (d->fraction.n == 0)
            return false;
    }
    if (take_char(&t, 'e') || take_char(&t, 'E'))
        if (!take_exponent(&t, &d->exponent))
            return false;
    return t.n == 0;
}

static size_t digit_count(const decimal *d)
{
    return d->whole.n + d->fraction.n;
}

static unsigned digit_at(const decimal *d, size_t i)
{
    char c = i < d->whole.n ? d->whole.p[i] : d->fraction.p[i - d->whole.n];
    return (unsigned)(c - '0');
}

/* The magnitude, when it is integral and fits. */
static bool magnitude(const decimal *d, uint64_t *value)
{
    size_t count = digit_count(d);
    int64_t integral = (int64_t)d->whole.n + d->exponent; /* digits before the point */
    *value = 0;
    for (size_t i = 0; i < count || (int64_t)i < integral; i++) {
        unsigned digit = i < count ? digit_at(d, i) : 0;
        if ((int64_t)i >= integral) {
            if (digit)
                return false;
            continue;
        }
        if (i >= count && *value == 0)
            break;
        if (__builtin_mul_overflow(*value, 10, value) ||
            __builtin_add_overflow(*value, digit, value))
            return false;
    }
    return true;
}

bool tm_number_uint(tm_text text, uint64_t *natural)
{
    decimal d;
    return cut(text, &d) && magnitude(&d, natural) && (!d.negative || *natural == 0);
}

bool tm_number_int(tm_text text, int64_t *integer)
{
    decimal d;
    uint64_t value;
    if (!cut(text, &d) || !magnitude(&d, &value) || value > (uint64_t)INT64_MAX + d.negative)
        return false;
    *integer = (int64_t)(d.negative ? 0 - value : value);
    return true;
}

/* Few digits and a small power of ten: one rounding, so the result is exact. */
static bool quick_double(const decimal *d, double *number)
{
    int64_t power = d->exponent - (int64_t)d->fraction.n;
    size_t count = digit_count(d);
    if (count > 19 || power < -EXACT_POWER || power > EXACT_POWER)
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < count; i++)
        value = value * 10 + digit_at(d, i);
    if (value > MOST_EXACT)
        return false;
    *number = power < 0 ? (double)value / POWERS[-power] : (double)value * POWERS[power];
    return true;
}

/* Writes the digits and a power of ten without a point, which strtod reads alike in every
 * locale. */
static double slow_double(const decimal *d)
{
    char text[MOST_DIGITS + 32];
    size_t count = digit_count(d), first = 0, n = 0;
    while (first < count && digit_at(d, first) == 0)
        first++;
    size_t i = first;
    for (; i < count && n < MOST_DIGITS; i++)
        text[n++] = (char)('0' + digit_at(d, i));
    int64_t power = d->exponent + (int64_t)d->whole.n - (int64_t)i;
    for (; i < count; i++)
        if (digit_at(d, i)) {
            text[n++] = '1'; /* something is left: enough to decide a middle */
            power--;
            break;
        }
    if (n == 0)
        return 0;
    snprintf(text + n, sizeof text - n, "e%lld", (long long)power);
    return strtod(text, NULL);
}

bool tm_number_double(tm_text text, double *number)
{
    decimal d;
    if (!cut(text, &d))
        return false;
    if (!quick_double(&d, number))
        *number = slow_double(&d);
    if (d.negative)
        *number = -*number;
    return true;
}
