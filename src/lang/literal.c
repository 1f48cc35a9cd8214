/* Literal: what the text of a literal means.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/parse.h"

#include "base/hex.h"
#include "base/utf8.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>

/* ---- strings --------------------------------------------------------------------------------- */

/* An escape is a letter, or three octal digits, that stand for one code point. */
typedef struct tm_escape {
    char letter;
    char means;      /* the code point itself, when there are no digits */
    unsigned digits; /* so many hexadecimal digits follow and are the code point */
} tm_escape;

static const tm_escape escapes[] = {
    {'a', '\a', 0}, {'b', '\b', 0}, {'f', '\f', 0},  {'n', '\n', 0}, {'r', '\r', 0}, {'t', '\t', 0},
    {'v', '\v', 0}, {'"', '"', 0},  {'\\', '\\', 0}, {'x', 0, 2},    {'u', 0, 4},    {'U', 0, 8},
};

/* Reads exactly `count` digits off the front of *rest; false leaves *rest at the culprit. */
static bool take_digits(tm_text *rest, unsigned count, int base, uint64_t *number)
{
    *number = 0;
    for (unsigned i = 0; i < count; i++) {
        int digit = rest->n ? tm_hex_value(*rest->p) : -1;
        if (digit < 0 || digit >= base)
            return false;
        *number = *number * (uint64_t)base + (uint64_t)digit;
        *rest = tm_text_skip(*rest, 1);
    }
    return true;
}

static const tm_escape *find_escape(char letter)
{
    for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++)
        if (escapes[i].letter == letter)
            return &escapes[i];
    return NULL;
}

/* Takes the character behind the backslash off *rest. */
static bool report_unknown_escape(tm_parser *p, tm_place place, tm_text *rest)
{
    size_t width;
    char letter = *rest->p;
    tm_utf8_next(*rest, &width);
    *rest = tm_text_skip(*rest, width);
    place.n = 1 + (uint32_t)width;
    TM_PARSE_ERROR(p, place, "E0104", "`%.*s` is not an escape", TM_PRI(tm_parse_text(p, place)));
    if (letter == '\'' || letter == '/')
        return tm_diag_hint(p->diags, "this character needs no backslash");
    return tm_diag_hint(p->diags, "a backslash itself is written `\\\\`");
}

/* Reads what stands behind the backslash at `place`. False when that is no escape; *rest then
 * starts behind what could be read of it. */
static bool take_escape(tm_parser *p, tm_place place, tm_text *rest, uint32_t *rune)
{
    uint64_t number = 0;
    const char *from = rest->p;
    bool octal = *rest->p >= '0' && *rest->p <= '7';
    const tm_escape *escape = find_escape(*rest->p);
    if (!octal && !escape)
        return report_unknown_escape(p, place, rest);
    if (!octal)
        *rest = tm_text_skip(*rest, 1);
    bool complete = take_digits(rest, octal ? 3 : escape->digits, octal ? 8 : 16, &number);
    place.n = 1 + (uint32_t)(rest->p - from);
    if (!complete)
        return TM_PARSE_ERROR(p, place, "E0104", "this escape takes exactly %u %s digits",
                              octal ? 3 : escape->digits, octal ? "octal" : "hexadecimal");
    if (octal && number > 0xff)
        return TM_PARSE_ERROR(p, place, "E0104", "an octal escape is at most `\\377`");
    if (number > 0x10ffff || (number >= 0xd800 && number < 0xe000))
        return TM_PARSE_ERROR(p, place, "E0104", "`%.*s` is not a code point",
                              TM_PRI(tm_parse_text(p, place)));
    *rune = octal || escape->digits ? (uint32_t)number : (uint32_t)(unsigned char)escape->means;
    return true;
}

/* What stands between the quotes, without escapes; bytes that are not UTF-8 become U+FFFD. */
static tm_text unescape(tm_parser *p, tm_text inside)
{
    tm_buf out = {.arena = p->arena};
    tm_text rest = inside;
    while (rest.n) {
        size_t width;
        uint32_t rune = tm_utf8_next(rest, &width);
        tm_place place = {.at = (uint32_t)(rest.p - p->source->text.p), .n = 1};
        rest = tm_text_skip(rest, width);
        if (rune != '\\' || (rest.n && take_escape(p, place, &rest, &rune)))
            tm_buf_add_rune(&out, rune);
    }
    return tm_buf_text(&out);
}

/* A string without escapes stays a slice of the source. */
tm_node *tm_literal_string(tm_parser *p, tm_place place)
{
    tm_node *node = tm_node_new(p, TM_NODE_STRING, place);
    tm_text inside = tm_text_slice(p->source->text.p + place.at + 1, place.n - 2);
    bool plain = !inside.n || (!memchr(inside.p, '\\', inside.n) && tm_utf8_valid(inside));
    node->text = plain ? inside : unescape(p, inside);
    return node;
}

/* ---- bytes and numbers ----------------------------------------------------------------------- */

/* 0x and digits, two for each byte. */
tm_node *tm_literal_bytes(tm_parser *p, tm_place place)
{
    tm_node *node = tm_node_new(p, TM_NODE_BYTES, place);
    tm_text digits = tm_text_skip(tm_parse_text(p, place), 2);
    if (digits.n % 2) {
        TM_PARSE_ERROR(p, place, "E0106", "bytes have an even number of hexadecimal digits");
        tm_diag_hint(p->diags, "0x starts a bytes literal, not an int");
    }
    char *bytes = tm_arena_alloc(p->arena, digits.n / 2);
    tm_hex_read(bytes, digits);
    node->text = tm_text_slice(bytes, digits.n / 2);
    return node;
}

/* A float's text without its point, so that strtod reads it in any locale. */
static tm_text without_point(tm_parser *p, tm_text text)
{
    size_t mantissa = 0;
    while (mantissa < text.n && text.p[mantissa] != 'e' && text.p[mantissa] != 'E')
        mantissa++;
    size_t point = (size_t)((const char *)memchr(text.p, '.', mantissa) - text.p);
    long exponent = 0;
    tm_text written = tm_text_skip(text, mantissa);
    if (written.n) {
        tm_text copy = tm_arena_copy(p->arena, tm_text_skip(written, 1));
        exponent = strtol(copy.p, NULL, 10); /* out of range: LONG_MIN or LONG_MAX will do */
    }
    long fraction = (long)(mantissa - point - 1);
    if (exponent >= LONG_MIN + fraction)
        exponent -= fraction;
    return tm_arena_print(p->arena, "%.*s%.*se%ld", (int)point, text.p, (int)fraction,
                          text.p + point + 1, exponent);
}

/* Underflow gives 0, as it does in Go; overflow is an error. */
tm_node *tm_literal_double(tm_parser *p, tm_place place)
{
    tm_node *node = tm_node_new(p, TM_NODE_DOUBLE, place);
    node->number = strtod(without_point(p, tm_parse_text(p, place)).p, NULL);
    if (isinf(node->number))
        TM_PARSE_ERROR(p, place, "E0105", "this number is out of the range of doubles");
    return node;
}

/* Decimal, or octal after a leading zero. There is no sign: it is an operator. */
tm_node *tm_literal_int(tm_parser *p, tm_place place)
{
    tm_node *node = tm_node_new(p, TM_NODE_INT, place);
    tm_text rest = tm_parse_text(p, place);
    int64_t base = *rest.p == '0' ? 8 : 10;
    for (; rest.n; rest = tm_text_skip(rest, 1)) {
        int64_t digit = *rest.p - '0';
        if (digit >= base) {
            TM_PARSE_ERROR(p, place, "E0105",
                           "an int that starts with 0 is octal and has no digit %c", *rest.p);
            tm_diag_hint(p->diags, "leave the leading zeros out");
            break;
        }
        if (__builtin_mul_overflow(node->integer, base, &node->integer) ||
            __builtin_add_overflow(node->integer, digit, &node->integer)) {
            TM_PARSE_ERROR(p, place, "E0105", "this int is above 9223372036854775807");
            break;
        }
    }
    return node;
}

tm_node *tm_literal_bool(tm_parser *p, tm_place place, bool truth)
{
    tm_node *node = tm_node_new(p, TM_NODE_BOOL, place);
    node->truth = truth;
    return node;
}

tm_node *tm_literal_nil(tm_parser *p, tm_place place)
{
    return tm_node_new(p, TM_NODE_NIL, place);
}
