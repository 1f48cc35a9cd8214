/* Duration: spans of time as Go writes them, such as 1m30s or 200ms.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/duration.h"

typedef struct time_unit {
    const char *name;
    int64_t ns;
} time_unit;

/* Longer names before their prefixes. */
static const time_unit UNITS[] = {
    {"ns", 1},       {"us", 1000},      {"\xc2\xb5s", 1000},      {"\xce\xbcs", 1000},
    {"ms", 1000000}, {"s", 1000000000}, {"m", 60 * 1000000000LL}, {"h", 3600 * 1000000000LL},
};

static const time_unit *take_unit(tm_text *rest)
{
    for (size_t i = 0; i < sizeof UNITS / sizeof *UNITS; i++) {
        tm_text name = tm_text_of(UNITS[i].name);
        if (!tm_text_starts(*rest, name))
            continue;
        *rest = tm_text_skip(*rest, name.n);
        return &UNITS[i];
    }
    return NULL;
}

static bool at_digit(tm_text t)
{
    return t.n && t.p[0] >= '0' && t.p[0] <= '9';
}

/* Digits into *number; false when there are too many of them. *any says whether there was one. */
static bool take_digits(tm_text *rest, uint64_t *number, bool *any)
{
    *number = 0;
    for (*any = false; at_digit(*rest); *rest = tm_text_skip(*rest, 1)) {
        *any = true;
        if (__builtin_mul_overflow(*number, 10, number) ||
            __builtin_add_overflow(*number, (uint64_t)(rest->p[0] - '0'), number))
            return false;
    }
    return true;
}

/* Digits behind a point as a number and the power of ten it is to be divided by; digits that do not
 * fit do not matter. */
static double take_fraction(tm_text *rest, double *scale, bool *any)
{
    uint64_t fraction = 0;
    bool full = false;
    *scale = 1;
    for (*any = false; at_digit(*rest); *rest = tm_text_skip(*rest, 1)) {
        *any = true;
        uint64_t more = fraction * 10 + (uint64_t)(rest->p[0] - '0');
        full = full || fraction > INT64_MAX / 10 || more > INT64_MAX;
        if (full)
            continue;
        fraction = more;
        *scale *= 10;
    }
    return (double)fraction;
}

/* One number with its unit, added to *total. */
static bool take_part(tm_text *rest, uint64_t *total)
{
    bool whole, fractional = false;
    uint64_t number;
    double fraction = 0, scale = 1;
    if (!take_digits(rest, &number, &whole))
        return false;
    if (rest->n && rest->p[0] == '.') {
        *rest = tm_text_skip(*rest, 1);
        fraction = take_fraction(rest, &scale, &fractional);
    }
    const time_unit *unit = whole || fractional ? take_unit(rest) : NULL;
    return unit && !__builtin_mul_overflow(number, (uint64_t)unit->ns, &number) &&
           !__builtin_add_overflow(*total, number, total) &&
           !__builtin_add_overflow(*total, (uint64_t)(fraction * ((double)unit->ns / scale)),
                                   total);
}

bool tm_duration_read(tm_text text, int64_t *ns)
{
    uint64_t total = 0;
    tm_text rest = text;
    bool minus = rest.n && rest.p[0] == '-';
    if (rest.n && (minus || rest.p[0] == '+'))
        rest = tm_text_skip(rest, 1);
    if (!rest.n)
        return false;
    if (tm_text_is(rest, "0"))
        rest.n = 0;
    while (rest.n)
        if (!take_part(&rest, &total))
            return false;
    if (total > (uint64_t)INT64_MAX + minus)
        return false;
    *ns = minus ? (int64_t)(0 - total) : (int64_t)total;
    return true;
}

/* "1.5" and a unit, without zeros at the end. */
static void print_share(uint64_t n, uint64_t unit, const char *name, tm_buf *out)
{
    tm_buf_print(out, "%llu", (unsigned long long)(n / unit));
    n %= unit;
    if (n)
        tm_buf_add_char(out, '.');
    for (; n; n %= unit) {
        unit /= 10;
        tm_buf_add_char(out, (char)('0' + n / unit));
    }
    tm_buf_add(out, tm_text_of(name));
}

uint64_t tm_duration_ms(int64_t ns)
{
    return (uint64_t)ns / 1000000 + ((uint64_t)ns % 1000000 > 0);
}

void tm_duration_print(int64_t ns, tm_buf *out)
{
    const uint64_t second = 1000000000;
    uint64_t n = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
    if (ns < 0)
        tm_buf_add_char(out, '-');
    if (n >= 3600 * second)
        tm_buf_print(out, "%lluh", (unsigned long long)(n / (3600 * second)));
    n %= 3600 * second;
    if (n >= 60 * second)
        tm_buf_print(out, "%llum", (unsigned long long)(n / (60 * second)));
    n %= 60 * second;
    if (n >= second)
        print_share(n, second, "s", out);
    else if (n >= 1000000)
        print_share(n, 1000000, "ms", out);
    else if (n >= 1000)
        print_share(n, 1000, "us", out);
    else if (n)
        print_share(n, 1, "ns", out);
    else if (!ns)
        tm_buf_add(out, TM_TEXT("0s"));
}

void tm_duration_print_whole(int64_t ns, tm_buf *out)
{
    const uint64_t second = 1000000000, minute = 60 * second, hour = 60 * minute;
    uint64_t n = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
    if (ns < 0)
        tm_buf_add_char(out, '-');
    if (n >= hour)
        tm_buf_print(out, "%lluh", (unsigned long long)(n / hour));
    if (n >= minute)
        tm_buf_print(out, "%llum", (unsigned long long)(n % hour / minute));
    if (n >= second || !n)
        print_share(n % minute, second, "s", out);
    else if (n >= 1000000)
        print_share(n, 1000000, "ms", out);
    else if (n >= 1000)
        print_share(n, 1000, "µs", out);
    else
        print_share(n, 1, "ns", out);
}
