/* JSON strings: eight bytes a look until something needs care.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/json_string.h"

#include "base/buf.h"
#include "base/hex.h"
#include "base/json.h"
#include "base/utf8.h"

#include <endian.h>

static const uint64_t ONES = 0x0101010101010101u;
static const uint64_t HIGHS = 0x8080808080808080u;

/* Letters behind a backslash, and what each means. */
static const char NAMES[] = "\"\\/bfnrt";
static const char MEANS[] = "\"\\/\b\f\n\r\t";

static uint64_t load8(const char *p)
{
    uint64_t x;
    memcpy(&x, p, 8);
    return le64toh(x);
}

/* A high bit for each zero byte; the lowest one set is right, those above it may be wrong. */
static uint64_t zero_bytes(uint64_t x)
{
    return (x - ONES) & ~x & HIGHS;
}

static uint64_t special_bytes(uint64_t x)
{
    uint64_t controls = (x - ONES * 0x20) & ~x & HIGHS;
    return zero_bytes(x ^ ONES * '"') | zero_bytes(x ^ ONES * '\\') | controls;
}

static bool is_special(unsigned char c)
{
    return c == '"' || c == '\\' || c < 0x20;
}

/* The first quote, backslash or control character, or `end`. Collects high bits of what it
 * passes (and of a few bytes more, which costs at worst a needless check). */
static const char *find_special(const char *p, const char *end, uint64_t *high)
{
    for (; end - p >= 8; p += 8) {
        uint64_t x = load8(p), special = special_bytes(x);
        *high |= x & HIGHS;
        if (special)
            return p + (__builtin_ctzll(special) >> 3);
    }
    for (; p < end && !is_special((unsigned char)*p); p++)
        *high |= (unsigned char)*p & 0x80;
    return p;
}

/* Four hex digits behind \u, or -1. */
static int32_t hex4(const char *p, const char *end)
{
    int32_t unit = 0;
    if (end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int digit = tm_hex_value(p[i]);
        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

static bool is_high(int32_t unit)
{
    return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low(int32_t unit)
{
    return unit >= 0xdc00 && unit <= 0xdfff;
}

/* *at stands behind \u. A pair of surrogates is one code point; tm_buf_add_rune mends a lone
 * one. */
static bool add_unicode(tm_buf *out, const char **at, const char *end)
{
    int32_t unit = hex4(*at, end);
    if (unit < 0)
        return false;
    *at += 4;
    if (is_high(unit) && end - *at >= 6 && (*at)[0] == '\\' && (*at)[1] == 'u') {
        int32_t low = hex4(*at + 2, end);
        if (is_low(low)) {
            unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
            *at += 6;
        }
    }
    tm_buf_add_rune(out, (uint32_t)unit);
    return true;
}

/* *at stands behind a backslash. */
static bool add_escape(tm_buf *out, const char **at, const char *end)
{
    if (*at == end)
        return false;
    char c = *(*at)++;
    if (c == 'u')
        return add_unicode(out, at, end);
    const char *name = c ? strchr(NAMES, c) : NULL;
    if (!name)
        return false;
    tm_buf_add_char(out, MEANS[name - NAMES]);
    return true;
}

/* What the escapes of `raw` stand for. An escape is never shorter than what it means, so one
 * reservation is enough. */
static bool unescape(tm_arena *arena, tm_text raw, tm_text *text, const char **wrong)
{
    tm_buf out = {.arena = arena};
    tm_buf_reserve(&out, raw.n + 4);
    const char *at = raw.p, *end = raw.p + raw.n;
    while (at < end) {
        const char *next = memchr(at, '\\', (size_t)(end - at));
        if (!next)
            next = end;
        tm_buf_add(&out, tm_text_slice(at, (size_t)(next - at)));
        at = next;
        if (at == end)
            break;
        *wrong = at++;
        if (!add_escape(&out, &at, end))
            return false;
    }
    *text = tm_buf_text(&out);
    return true;
}

const char *tm_json_string_read(tm_arena *arena, const char *end, unsigned options, const char **at,
                                tm_text *text, const char **wrong)
{
    const char *begin = *at, *p = begin;
    uint64_t high = 0;
    bool escaped = false;
    for (;; p++) {
        p = find_special(p, end, &high);
        *wrong = p;
        if (p == end)
            return "a string has no end";
        if (*p == '"')
            break;
        if (*p != '\\' && !(options & TM_JSON_RAW_CONTROLS))
            return "a control character must be escaped";
        if (*p != '\\')
            continue;
        escaped = true;
        *wrong = ++p;
        if (p == end)
            return "a string has no end";
        high |= (unsigned char)*p & 0x80;
    }
    *at = p + 1;
    *text = tm_text_slice(begin, (size_t)(p - begin));
    if (high && !(options & TM_JSON_ANY_BYTES) && !tm_utf8_valid(*text)) {
        *wrong = begin;
        return "a string is not valid UTF-8";
    }
    if (escaped && !unescape(arena, *text, text, wrong))
        return "an escape is not known";
    return NULL;
}
