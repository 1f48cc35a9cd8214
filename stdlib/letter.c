/* Letter: upper case, lower case, and names that are made of both (language.md 4.3).
 * Work: each loop takes a byte or character once; the functions that ask have charged for the
 * text.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/letter.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "stdlib/data.h"
#include "stdlib/fn.h"

#include <utf8proc.h>

uint32_t tm_letter_lower(uint32_t rune)
{
    return (uint32_t)utf8proc_tolower((utf8proc_int32_t)rune);
}

/* utf8proc has a capital for the sharp s; the simple mapping of Unicode has none. */
uint32_t tm_letter_upper(uint32_t rune)
{
    return rune == 0xdf ? rune : (uint32_t)utf8proc_toupper((utf8proc_int32_t)rune);
}

bool tm_letter_is_space(uint32_t rune)
{
    if (rune < 0x100)
        return rune == ' ' || (rune >= '\t' && rune <= '\r') || rune == 0x85 || rune == 0xa0;
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)rune);
    return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
           category == UTF8PROC_CATEGORY_ZP;
}

bool tm_letter_is_printable(uint32_t rune)
{
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)rune);
    return rune == ' ' || (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_SO);
}

uint32_t tm_letter_last(tm_text t, size_t *width)
{
    size_t n = 1;
    /* Work: at most 3 bytes */
    while (n < 4 && n < t.n && ((unsigned char)t.p[t.n - n] & 0xc0) == 0x80)
        n++;
    uint32_t rune = tm_utf8_next(tm_text_skip(t, t.n - n), width);
    if (*width == n)
        return rune;
    *width = 1;
    return 0xfffd;
}

/* --- case of whole texts --- */
typedef uint32_t mapping(uint32_t rune);

/* A text in which nothing changes is itself; bytes that are not UTF-8 become U+FFFD. */
static tm_text map_runes(tm_arena *arena, tm_text t, mapping *map)
{
    tm_buf b = {.arena = arena};
    size_t at = 0, width = 0;
    /* Work: bytes of the text, charged before */
    for (; at < t.n; at += width) {
        uint32_t rune = tm_utf8_next(tm_text_skip(t, at), &width);
        if (map(rune) != rune || (rune == 0xfffd && width == 1))
            break;
    }
    if (at == t.n)
        return t;
    tm_buf_reserve(&b, t.n + t.n / 8);
    tm_buf_add(&b, tm_text_slice(t.p, at));
    for (; at < t.n; at += width)
        tm_buf_add_rune(&b, map(tm_utf8_next(tm_text_skip(t, at), &width)));
    return tm_buf_text(&b);
}

/* The same for ASCII, where capitals and small letters are one bit apart. */
static tm_text map_ascii(tm_arena *arena, tm_text t, char first)
{
    size_t at = 0;
    /* Work: bytes of the text, charged before */
    while (at < t.n && (unsigned char)(t.p[at] - first) >= 26)
        at++;
    if (at == t.n)
        return t;
    char *p = tm_arena_alloc(arena, t.n);
    memcpy(p, t.p, t.n);
    for (; at < t.n; at++)
        if ((unsigned char)(p[at] - first) < 26)
            p[at] ^= 0x20;
    return tm_text_slice(p, t.n);
}

static tm_text lower(tm_arena *arena, tm_text t)
{
    return tm_utf8_is_ascii(t) ? map_ascii(arena, t, 'A') : map_runes(arena, t, tm_letter_lower);
}

static tm_text upper(tm_arena *arena, tm_text t)
{
    return tm_utf8_is_ascii(t) ? map_ascii(arena, t, 'a') : map_runes(arena, t, tm_letter_upper);
}

/* --- names: bytes, of which only ASCII letters and digits have a class --- */
static tm_text trim_spaces(tm_text t)
{
    size_t width;
    /* Work: bytes of the text, charged before */
    while (t.n && tm_letter_is_space(tm_utf8_next(t, &width)))
        t = tm_text_skip(t, width);
    while (t.n && tm_letter_is_space(tm_letter_last(t, &width)))
        t.n -= width;
    return t;
}

static bool is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_small(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_divider(char c)
{
    return c == ' ' || c == '_' || c == '-' || c == '.';
}

/* A byte of a name is followed by one of another class. */
static bool class_changes(char c, char next)
{
    return (is_capital(c) && (is_small(next) || tm_ascii_is_digit(next))) ||
           (is_small(c) && (is_capital(next) || tm_ascii_is_digit(next))) ||
           (tm_ascii_is_digit(c) && (is_capital(next) || is_small(next)));
}

/* A run of capitals is one word, but its last letter belongs to the small letters behind it. */
static tm_text snake(tm_arena *arena, tm_text t)
{
    tm_buf b = {.arena = arena};
    t = trim_spaces(t);
    /* Work: bytes of the text, charged before */
    for (size_t i = 0; i < t.n; i++) {
        char c = t.p[i], next = i + 1 < t.n ? t.p[i + 1] : 0;
        char written = is_capital(c) ? (char)(c | 0x20) : c;
        if (!class_changes(c, next)) {
            tm_buf_add_char(&b, is_divider(c) ? '_' : written);
            continue;
        }
        if (is_capital(c) && is_small(next) && i > 0 && is_capital(t.p[i - 1]))
            tm_buf_add_char(&b, '_');
        tm_buf_add_char(&b, written);
        if (!is_capital(c) || tm_ascii_is_digit(next))
            tm_buf_add_char(&b, '_');
    }
    return tm_buf_text(&b);
}

/* Capitals at the start, behind dividers and behind digits; the second of two capitals becomes
 * small. */
static tm_text camel(tm_arena *arena, tm_text t)
{
    tm_buf b = {.arena = arena};
    bool raise = true, after_capital = false;
    t = trim_spaces(t);
    if (tm_text_is(t, "ID"))
        return TM_TEXT("Id");
    /* Work: bytes of the text, charged before */
    for (size_t i = 0; i < t.n; i++) {
        char c = t.p[i];
        bool letter = is_capital(c) || is_small(c);
        bool flips = raise ? is_small(c) : after_capital && is_capital(c);
        if (letter || tm_ascii_is_digit(c))
            tm_buf_add_char(&b, flips ? (char)(c ^ 0x20) : c);
        raise = tm_ascii_is_digit(c) || is_divider(c);
        after_capital = is_capital(c);
    }
    return tm_buf_text(&b);
}

/* --- the functions --- */
TM_CONVERTER(ToLowerCase, "string ToLowerCase(target: string)",
             "target with each letter in lower case, one code point for one.",
             EX(ToLowerCase("GET \u00c9") == "get \u00e9")
             EX(ToLowerCase("abc") == "abc")
             EX(ToLowerCase(attributes["i"])) FAILS)
{
    return tm_charge_bytes(c, tm_arg_text(c, 0).n) &&
           tm_return_text(c, lower(c->arena, tm_arg_text(c, 0)));
}

TM_CONVERTER(ToUpperCase, "string ToUpperCase(target: string)",
             "target with each letter in upper case, one code point for one.",
             EX(ToUpperCase("get") == "GET")
             EX(ToUpperCase("stra\u00dfe") == "STRA\u00dfE")
             EX(ToUpperCase(attributes["i"])) FAILS)
{
    return tm_charge_bytes(c, tm_arg_text(c, 0).n) &&
           tm_return_text(c, upper(c->arena, tm_arg_text(c, 0)));
}

TM_CONVERTER(ToSnakeCase, "string ToSnakeCase(target: string)",
             "target as small words between underscores.",
             EX(ToSnakeCase("HTTPServer2Go") == "http_server_2_go")
             EX(ToSnakeCase("foo.bar-q") == "foo_bar_q")
             EX(ToSnakeCase(nil)) REFUSED)
{
    return tm_charge_bytes(c, tm_arg_text(c, 0).n) &&
           tm_return_text(c, snake(c->arena, tm_arg_text(c, 0)));
}

TM_CONVERTER(ToCamelCase, "string ToCamelCase(target: string)",
             "target as words without anything between them, each with a capital in front.",
             EX(ToCamelCase("http_server 2go") == "HttpServer2Go")
             EX(ToCamelCase("userID") == "UserId")
             EX(ToCamelCase(nil)) REFUSED)
{
    return tm_charge_bytes(c, tm_arg_text(c, 0).n) &&
           tm_return_text(c, camel(c->arena, tm_arg_text(c, 0)));
}

static bool prepare_ConvertCase(tm_prepare *p)
{
    static const char *const cases[] = {"lower", "upper", "snake", "camel", NULL};
    return tm_prepare_word(p, 1, cases);
}

TM_CONVERTER_PREPARED(ConvertCase, "string ConvertCase(target: string, to_case: 'string)",
                      "target in another case: lower, upper, snake or camel.",
                      EX(ConvertCase("aB c", "snake") == "a_b_c")
                      EX(ConvertCase("aB", "upper") == "AB")
                      EX(ConvertCase("a", "Upper")) REFUSED)
{
    const tm_text text = tm_arg_text(c, 0);
    if (!tm_charge_bytes(c, text.n))
        return false;
    switch (tm_arg_text(c, 1).p[0]) {
    case 'l':
        return tm_return_text(c, lower(c->arena, text));
    case 'u':
        return tm_return_text(c, upper(c->arena, text));
    case 's':
        return tm_return_text(c, snake(c->arena, text));
    default:
        return tm_return_text(c, camel(c->arena, text));
    }
}

void tm_data_letter(tm_buf *out)
{
    tm_buf_print(
        out,
        "| utf8proc | %s, Unicode %s | upper and lower case | ToUpperCase, ConvertCase, ... |\n",
        utf8proc_version(), utf8proc_unicode_version());
}

TM_CHAPTER(letter, ROW(ToLowerCase), ROW(ToUpperCase), ROW(ToSnakeCase), ROW(ToCamelCase),
           ROW(ConvertCase))
