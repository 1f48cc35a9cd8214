/* Number: the shortest digits of a double, and how they are laid out.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/number.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_DIGITS = 17, SAFE_DIGITS = 15 };

/* Digits without trailing zeros; the value is 0.DIGITS * 10^point. */
typedef struct digits {
    char p[MOST_DIGITS + 8];
    int n;
    int point;
} digits;

static void strip_zeros(digits *d)
{
    while (d->n > 1 && d->p[d->n - 1] == '0')
        d->n--;
}

static digits digits_of_integer(uint64_t value, int power)
{
    digits d = {.n = 1};
    for (uint64_t rest = value; rest >= 10; rest /= 10)
        d.n++;
    for (int i = d.n; i-- > 0; value /= 10)
        d.p[i] = (char)('0' + value % 10);
    d.point = d.n + power;
    strip_zeros(&d);
    return d;
}

/* Decimals of at most 15 digits are told apart by doubles: if one reads back as x, it is the
 * shortest. */
static bool quick(double x, digits *d)
{
    double power = 1;
    if (x >= 1e15 || x < 1e-6)
        return false;
    for (int k = 0; k <= 20; k++, power *= 10) {
        double scaled = x * power;
        if (scaled >= 1e15)
            return false;
        uint64_t rounded = (uint64_t)(scaled + 0.5);
        if (rounded && (double)rounded / power == x) {
            *d = digits_of_integer(rounded, -k);
            return true;
        }
    }
    return false;
}

static bool reads_back(const digits *d, double x)
{
    char text[64];
    snprintf(text, sizeof text, "%.*se%d", d->n, d->p, d->point - d->n);
    return strtod(text, NULL) == x;
}

/* x rounded to `precision` digits. */
static digits rounded_to(double x, int precision)
{
    char text[64];
    digits d = {.n = 0};
    snprintf(text, sizeof text, "%.*e", precision - 1, x);
    const char *at = text;
    for (; *at && *at != 'e'; at++) /* the point differs by locale */
        if (*at >= '0' && *at <= '9')
            d.p[d.n++] = *at;
    d.point = atoi(at + 1) + 1;
    return d;
}

/* The next decimal of as many digits. */
static void step_up(digits *d)
{
    int i = d->n - 1;
    for (; i >= 0 && d->p[i] == '9'; i--)
        d->p[i] = '0';
    if (i >= 0) {
        d->p[i]++;
        return;
    }
    d->p[0] = '1';
    d->point++;
}

/* Below a power of two doubles lie closer together than above it, so the nearest decimal may
 * belong to the neighbour below while the next one up still belongs to x. */
static bool is_power_of_two(double x)
{
    int exponent;
    return frexp(x, &exponent) == 0.5;
}

static digits shortest(double x)
{
    digits d;
    if (quick(x, &d))
        return d;
    for (int precision = x < DBL_MIN ? 1 : SAFE_DIGITS;; precision++) {
        d = rounded_to(x, precision);
        if (precision == MOST_DIGITS || reads_back(&d, x))
            break;
        if (is_power_of_two(x)) {
            step_up(&d);
            if (reads_back(&d, x))
                break;
        }
    }
    strip_zeros(&d);
    return d;
}

static size_t print_plain(char *out, const digits *d)
{
    char *at = out;
    if (d->point <= 0) {
        *at++ = '0';
        *at++ = '.';
        memset(at, '0', (size_t)-d->point);
        at += -d->point;
    }
    for (int i = 0; i < d->n || i < d->point; i++) {
        if (i == d->point && i > 0)
            *at++ = '.';
        *at++ = i < d->n ? d->p[i] : '0';
    }
    return (size_t)(at - out);
}

static size_t print_exponent(char *out, const digits *d, tm_exponent style)
{
    char *at = out;
    *at++ = d->p[0];
    if (d->n > 1) {
        *at++ = '.';
        memcpy(at, d->p + 1, (size_t)d->n - 1);
        at += d->n - 1;
    }
    int exponent = d->point - 1;
    at += sprintf(at, "e%c%0*d", exponent < 0 ? '-' : '+', style == TM_EXPONENT_PADDED ? 2 : 1,
                  abs(exponent));
    return (size_t)(at - out);
}

static size_t print_word(char *out, const char *word)
{
    size_t n = strlen(word);
    memcpy(out, word, n);
    return n;
}

size_t tm_number_print(char *out, double number, tm_exponent style)
{
    if (isnan(number))
        return print_word(out, "NaN");
    size_t sign = signbit(number) != 0;
    if (sign)
        *out++ = '-';
    double x = fabs(number);
    if (isinf(x))
        return sign + print_word(out, "Infinity");
    if (x == 0)
        return sign + print_word(out, "0");
    digits d = shortest(x);
    bool plain = x >= 1e-6 && x < 1e21;
    return sign + (plain ? print_plain(out, &d) : print_exponent(out, &d, style));
}

size_t tm_number_print_plain(char *out, double number)
{
    if (isnan(number))
        return print_word(out, "NaN");
    if (isinf(number))
        return print_word(out, number < 0 ? "-Inf" : "+Inf");
    size_t sign = signbit(number) != 0;
    if (sign)
        *out++ = '-';
    if (number == 0)
        return sign + print_word(out, "0");
    digits d = shortest(fabs(number));
    return sign + print_plain(out, &d);
}
