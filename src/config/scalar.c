/* Scalar: what a plain YAML scalar means.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/scalar.h"

#include "base/ascii.h"
#include "base/hex.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_DIGITS = 128 }; /* of a number with sign and underscores; longer ones are strings */

typedef struct word {
    const char *text;
    tm_doc_type type;
    double number; /* a bool: 0 or 1 */
} word;

static const word WORDS[] = {
    {"", TM_DOC_NULL, 0},
    {"~", TM_DOC_NULL, 0},
    {"null", TM_DOC_NULL, 0},
    {"Null", TM_DOC_NULL, 0},
    {"NULL", TM_DOC_NULL, 0},
    {"true", TM_DOC_BOOL, 1},
    {"True", TM_DOC_BOOL, 1},
    {"TRUE", TM_DOC_BOOL, 1},
    {"false", TM_DOC_BOOL, 0},
    {"False", TM_DOC_BOOL, 0},
    {"FALSE", TM_DOC_BOOL, 0},
    {".nan", TM_DOC_DOUBLE, NAN},
    {".NaN", TM_DOC_DOUBLE, NAN},
    {".NAN", TM_DOC_DOUBLE, NAN},
    {".inf", TM_DOC_DOUBLE, INFINITY},
    {".Inf", TM_DOC_DOUBLE, INFINITY},
    {".INF", TM_DOC_DOUBLE, INFINITY},
    {"+.inf", TM_DOC_DOUBLE, INFINITY},
    {"+.Inf", TM_DOC_DOUBLE, INFINITY},
    {"+.INF", TM_DOC_DOUBLE, INFINITY},
    {"-.inf", TM_DOC_DOUBLE, -INFINITY},
    {"-.Inf", TM_DOC_DOUBLE, -INFINITY},
    {"-.INF", TM_DOC_DOUBLE, -INFINITY},
};

static bool is_word(tm_doc *doc)
{
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        if (!tm_text_is(doc->text, WORDS[i].text))
            continue;
        doc->type = WORDS[i].type;
        if (doc->type == TM_DOC_BOOL)
            doc->truth = WORDS[i].number != 0;
        else
            doc->number = WORDS[i].number;
        return true;
    }
    return false;
}

/* 16 for "0x", 8 for "0o" and a leading 0, 2 for "0b", else 10; *digits goes behind the prefix. */
static unsigned base_of(const char **digits)
{
    const char *p = *digits;
    if (p[0] != '0' || !p[1])
        return 10;
    char mark = p[1] | 0x20;
    *digits += mark == 'x' || mark == 'o' || mark == 'b' ? 2 : 1;
    return mark == 'x' ? 16 : mark == 'b' ? 2 : 8;
}

/* Digits of a base up to 2^64 - 1. */
static bool natural(const char *digits, unsigned base, uint64_t *out)
{
    uint64_t n = 0;
    if (!*digits)
        return false;
    for (; *digits; digits++) {
        unsigned digit = (unsigned)tm_hex_value(*digits); /* above any base when it is none */
        if (digit >= base || __builtin_mul_overflow(n, (uint64_t)base, &n) ||
            __builtin_add_overflow(n, (uint64_t)digit, &n))
            return false;
    }
    *out = n;
    return true;
}

static bool is_int(tm_doc *doc, const char *plain)
{
    bool minus = *plain == '-';
    const char *digits = plain + (minus || *plain == '+');
    uint64_t n;
    unsigned base = base_of(&digits);
    if (!natural(digits, base, &n))
        return false;
    if (n > (uint64_t)INT64_MAX + minus) {
        if (minus)
            return false;
        doc->type = TM_DOC_DOUBLE;
        doc->number = (double)n;
        return true;
    }
    doc->type = TM_DOC_INT;
    doc->integer = minus ? (int64_t)(0 - n) : (int64_t)n;
    return true;
}

static const char *skip_digits(const char *p)
{
    while (tm_ascii_is_digit(*p))
        p++;
    return p;
}

/* [-+]? ( .digits | digits .digits? ) ( [eE] [-+]? digits )? */
static bool looks_like_float(const char *p)
{
    p += *p == '-' || *p == '+';
    const char *after = skip_digits(p);
    bool whole = after > p;
    p = after;
    if (*p == '.') {
        after = skip_digits(++p);
        if (!whole && after == p)
            return false;
        p = after;
    } else if (!whole) {
        return false;
    }
    if ((*p | 0x20) == 'e') {
        p += p[1] == '-' || p[1] == '+' ? 2 : 1;
        after = skip_digits(p);
        if (after == p)
            return false;
        p = after;
    }
    return !*p;
}

static bool is_float(tm_doc *doc, const char *plain)
{
    if (!looks_like_float(plain))
        return false;
    double number = strtod(plain, NULL);
    if (isinf(number))
        return false;
    doc->type = TM_DOC_DOUBLE;
    doc->number = number;
    return true;
}

void tm_scalar_type(tm_doc *doc)
{
    char plain[MOST_DIGITS + 1];
    size_t n = 0;
    doc->type = TM_DOC_STRING;
    if (is_word(doc) || doc->text.n > MOST_DIGITS)
        return;
    if (!tm_ascii_is_digit(doc->text.p[0]) && !strchr("+-.", doc->text.p[0]))
        return;
    for (size_t i = 0; i < doc->text.n; i++) {
        if (!doc->text.p[i])
            return;
        if (doc->text.p[i] != '_')
            plain[n++] = doc->text.p[i];
    }
    plain[n] = '\0';
    if (!is_int(doc, plain))
        is_float(doc, plain);
}
