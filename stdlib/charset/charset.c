/* Charset: texts in other character sets than UTF-8. ICU's converters say what bytes mean
 * (charset_icu.c); where characters start and end, and what bytes that mean nothing become, is
 * decided here, as the WHATWG's encodings and Go's package text do. Work: each byte is read once,
 * and makes three at most; Decode (codec.c) has charged them. SPDX-License-Identifier: Apache-2.0
 */
#include "stdlib/charset/charset.h"

#include "base/diag.h"
#include "base/utf8.h"
#include "stdlib/optional.h"

enum { REPLACEMENT = 0xfffd };

static const tm_charset CHARSETS[] = {
#define CHARSET(way, converter, names) {TM_CHARSET_##way, converter, names},
#include "charset.def"
#undef CHARSET
};

enum { CHARSET_COUNT = sizeof CHARSETS / sizeof *CHARSETS };

const tm_charset *tm_charset_find(tm_text name)
{
    /* Work: names of the table */
    for (unsigned i = 0; i < CHARSET_COUNT; i++) {
        tm_text rest = tm_text_of(CHARSETS[i].names), known;
        while (tm_text_next(&rest, ' ', &known))
            if (tm_text_same_word(name, known))
                return &CHARSETS[i];
    }
    return NULL;
}

bool tm_charset_is_in(const tm_charset *charset)
{
    return TM_WITH_charset || charset->way < TM_CHARSET_SINGLE;
}

unsigned tm_charset_count(void)
{
    return CHARSET_COUNT;
}

tm_text tm_charset_near(tm_arena *arena, tm_text name)
{
    tm_text known[256], next;
    size_t n = 0;
    /* Work: names of the table */
    for (unsigned i = 0; i < CHARSET_COUNT; i++) {
        tm_text rest = tm_text_of(CHARSETS[i].names);
        while (n < sizeof known / sizeof *known && tm_text_next(&rest, ' ', &next))
            known[n++] = next;
    }
    return tm_nearest(arena, name, known, n);
}

/* --- UTF-8 and UTF-16 --- */

/* How many bytes of a character that is no character belong together: the longest part of what
 * could have become one. */
static size_t broken_width(tm_text t)
{
    unsigned char c = (unsigned char)t.p[0];
    unsigned char second = t.n > 1 ? (unsigned char)t.p[1] : 0;
    size_t size = c >= 0xc2 && c < 0xe0   ? 2
                  : c >= 0xe0 && c < 0xf0 ? 3
                  : c >= 0xf0 && c < 0xf5 ? 4
                                          : 1;
    unsigned char low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
    unsigned char high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
    if (size == 1 || second < low || second > high)
        return 1;
    size_t width = 2;
    /* Work: at most 3 bytes */
    while (width < size - 1 && width < t.n && ((unsigned char)t.p[width] & 0xc0) == 0x80)
        width++;
    return width;
}

static void decode_utf8(tm_text bytes, tm_buf *out)
{
    size_t width;
    /* Work: bytes of the text, charged (codec.c) */
    for (tm_text rest = bytes; rest.n; rest = tm_text_skip(rest, width)) {
        uint32_t rune = tm_utf8_next(rest, &width);
        bool broken = rune == REPLACEMENT && width == 1;
        width = broken ? broken_width(rest) : width;
        tm_buf_add_rune(out, rune);
    }
}

static uint32_t unit_at(tm_text t, size_t at, bool little)
{
    unsigned char a = (unsigned char)t.p[at], b = (unsigned char)t.p[at + 1];
    return little ? (uint32_t)(b << 8 | a) : (uint32_t)(a << 8 | b);
}

static void decode_utf16(tm_text t, bool little, tm_buf *out)
{
    size_t at = 0;
    /* Work: bytes of the text, charged (codec.c) */
    for (; at + 1 < t.n; at += 2) {
        uint32_t rune = unit_at(t, at, little);
        bool half = rune >= 0xd800 && rune < 0xe000 && at + 3 < t.n;
        uint32_t low = half ? unit_at(t, at + 2, little) : 0;
        if (low >= 0xdc00 && low < 0xe000) { /* two second halves are one mistake */
            rune = rune < 0xdc00 ? 0x10000 + ((rune - 0xd800) << 10) + (low - 0xdc00) : REPLACEMENT;
            at += 2;
        }
        tm_buf_add_rune(out, rune);
    }
    if (at < t.n)
        tm_buf_add_rune(out, REPLACEMENT);
}

static void decode_marked_utf16(tm_text t, tm_buf *out)
{
    uint32_t mark = t.n > 1 ? unit_at(t, 0, false) : 0;
    bool marked = mark == 0xfeff || mark == 0xfffe;
    decode_utf16(marked ? tm_text_skip(t, 2) : t, mark == 0xfffe, out);
}

/* --- a byte each --- */

static void decode_ascii(tm_text bytes, tm_buf *out)
{
    /* Work: bytes of the text, charged (codec.c) */
    for (size_t i = 0; i < bytes.n; i++)
        tm_buf_add_rune(out,
                        (unsigned char)bytes.p[i] < 0x80 ? (unsigned char)bytes.p[i] : REPLACEMENT);
}

static void decode_latin10(tm_text bytes, tm_buf *out)
{
    static const uint16_t upper[] = {
        /* from 0xa0 on */
        0x00a0, 0x0104, 0x0105, 0x0141, 0x20ac, 0x201e, 0x0160, 0x00a7, 0x0161, 0x00a9, 0x0218,
        0x00ab, 0x0179, 0x00ad, 0x017a, 0x017b, 0x00b0, 0x00b1, 0x010c, 0x0142, 0x017d, 0x201d,
        0x00b6, 0x00b7, 0x017e, 0x010d, 0x0219, 0x00bb, 0x0152, 0x0153, 0x0178, 0x017c, 0x00c0,
        0x00c1, 0x00c2, 0x0102, 0x00c4, 0x0106, 0x00c6, 0x00c7, 0x00c8, 0x00c9, 0x00ca, 0x00cb,
        0x00cc, 0x00cd, 0x00ce, 0x00cf, 0x0110, 0x0143, 0x00d2, 0x00d3, 0x00d4, 0x0150, 0x00d6,
        0x015a, 0x0170, 0x00d9, 0x00da, 0x00db, 0x00dc, 0x0118, 0x021a, 0x00df, 0x00e0, 0x00e1,
        0x00e2, 0x0103, 0x00e4, 0x0107, 0x00e6, 0x00e7, 0x00e8, 0x00e9, 0x00ea, 0x00eb, 0x00ec,
        0x00ed, 0x00ee, 0x00ef, 0x0111, 0x0144, 0x00f2, 0x00f3, 0x00f4, 0x0151, 0x00f6, 0x015b,
        0x0171, 0x00f9, 0x00fa, 0x00fb, 0x00fc, 0x0119, 0x021b, 0x00ff};
    /* Work: bytes of the text, charged (codec.c) */
    for (size_t i = 0; i < bytes.n; i++) {
        unsigned char c = (unsigned char)bytes.p[i];
        tm_buf_add_rune(out, c < 0x80 ? c : c < 0xa0 ? REPLACEMENT : upper[c - 0xa0]);
    }
}

tm_text tm_charset_decode(tm_arena *arena, const tm_charset *charset, tm_text bytes)
{
    tm_buf out = {.arena = arena};
    bool ok = true;
    /* No byte becomes more than three: so nothing allocates while ICU holds memory. */
    tm_buf_reserve(&out, 3 * bytes.n + 8);
    if (charset->way == TM_CHARSET_ASCII)
        decode_ascii(bytes, &out);
    else if (charset->way == TM_CHARSET_UTF8)
        decode_utf8(bytes, &out);
    else if (charset->way == TM_CHARSET_UTF16)
        decode_marked_utf16(bytes, &out);
    else if (charset->way == TM_CHARSET_UTF16LE || charset->way == TM_CHARSET_UTF16BE)
        decode_utf16(bytes, charset->way == TM_CHARSET_UTF16LE, &out);
    else if (charset->way == TM_CHARSET_LATIN10)
        decode_latin10(bytes, &out);
#if TM_WITH_charset
    else
        ok = tm_charset_decode_by_icu(charset, bytes, &out);
#endif
    if (!ok)
        tm_arena_out_of_memory(arena);
    return tm_buf_text(&out);
}
