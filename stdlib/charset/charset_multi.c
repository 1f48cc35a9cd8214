/* Charset, multi: character sets with characters of several bytes. Each reader takes what belongs
 * together off the front, valid or not, by the rules of the WHATWG's encodings; ICU is asked about
 * one whole character at a time.
 * Work: each byte is read once, beside tables of a fixed size; Decode (codec.c) has charged them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/charset/charset.h"

#include <unicode/ucnv.h>

enum { REPLACEMENT = 0xfffd };

/* What the escapes of the two stateful sets have switched to. */
typedef enum state { PLAIN, DOUBLE, SECOND_DOUBLE, KATAKANA } state;

typedef struct reader {
    const unsigned char *at;
    size_t n; /* bytes left */
    tm_buf *out;
    UConverter *converter;
    UConverter *second; /* of JIS X 0212; NULL where it is not needed */
    state state;
} reader;

/* Adds what `width` bytes mean and goes on behind them. */
static void add(reader *r, uint32_t rune, size_t width)
{
    tm_buf_add_rune(r->out, rune);
    r->at += width;
    r->n -= width;
}

static bool within(unsigned char c, unsigned char low, unsigned char high)
{
    return c >= low && c <= high;
}

static bool is_private(uint32_t rune)
{
    return rune >= 0xe000 && rune <= 0xf8ff;
}

/* The character that the bytes are to ICU; U+FFFD for none. */
static uint32_t look_up(UConverter *converter, const unsigned char *bytes, size_t n)
{
    UErrorCode status = U_ZERO_ERROR;
    const char *at = (const char *)bytes, *end = at + n;
    ucnv_resetToUnicode(converter);
    UChar32 rune = ucnv_getNextUChar(converter, &at, end, &status);
    return U_FAILURE(status) || at != end || rune == 0xffff ? REPLACEMENT : (uint32_t)rune;
}

static uint32_t look_up_pair(UConverter *converter, unsigned first, unsigned second)
{
    uint32_t rune =
        look_up(converter, (unsigned char[]){(unsigned char)first, (unsigned char)second}, 2);
    return is_private(rune) ? REPLACEMENT : rune;
}

/* --- Big5 --- */

/* What ICU's table lacks. 0: nothing. */
static uint32_t big5_extra(unsigned pair)
{
    static const struct {
        uint16_t pair, rune;
    } extras[] = {
#define BIG5(pair, rune) {pair, rune},
#include "charset_big5.def"
#undef BIG5
    };
    if (pair >= 0xa3c0 && pair <= 0xa3e0) /* pictures of control characters */
        return pair == 0xa3e0 ? 0x2421 : 0x2400 + pair - 0xa3c0;
    /* Work: rows of the table */
    for (unsigned i = 0; i < sizeof extras / sizeof *extras; i++)
        if (extras[i].pair == pair)
            return extras[i].rune;
    return 0;
}

static void add_big5(reader *r, unsigned first, unsigned second)
{
    unsigned pair = first << 8 | second;
    uint32_t extra = big5_extra(pair);
    bool accented = pair == 0x8862 || pair == 0x8864 || pair == 0x88a3 || pair == 0x88a5;
    if (!accented) {
        add(r, extra ? extra : look_up_pair(r->converter, first, second), 2);
        return;
    }
    add(r, pair < 0x8880 ? 0xca : 0xea, 0); /* with a macron or caron of its own */
    add(r, pair == 0x8862 || pair == 0x88a3 ? 0x304 : 0x30c, 2);
}

static void read_big5(reader *r)
{
    unsigned char c = r->at[0], next = r->n > 1 ? r->at[1] : 0;
    if (!within(c, 0x81, 0xfe) || r->n < 2 || next < 0x40)
        add(r, REPLACEMENT, 1);
    else if (within(next, 0x40, 0x7e) || within(next, 0xa1, 0xfe))
        add_big5(r, c, next);
    else
        add(r, REPLACEMENT, 2);
}

/* --- Korean --- */

static void read_euc_kr(reader *r)
{
    unsigned char c = r->at[0], next = r->n > 1 ? r->at[1] : 0;
    bool fits =
        c < 0xc7 ? within(next, 0x41, 0x5a) || within(next, 0x61, 0x7a) || within(next, 0x81, 0xfe)
                 : within(next, 0xa1, 0xfe);
    if (!within(c, 0x81, 0xfe) || r->n < 2) {
        add(r, REPLACEMENT, 1);
        return;
    }
    uint32_t rune = fits ? look_up_pair(r->converter, c, next) : REPLACEMENT;
    add(r, rune, rune == REPLACEMENT && next < 0x80 ? 1 : 2);
}

/* --- Chinese --- */

static uint32_t gbk(const reader *r, unsigned first, unsigned second)
{
    unsigned pair = first << 8 | second;
    return pair == 0xa3a0   ? 0x3000
           : pair == 0xa8bc ? REPLACEMENT
                            : look_up_pair(r->converter, first, second);
}

/* The character of a number below those of the other planes, by the four bytes that it has. */
static uint32_t gb18030(const reader *r, uint32_t number)
{
    unsigned char bytes[] = {
        (unsigned char)(0x81 + number / 12600), (unsigned char)('0' + number / 1260 % 10),
        (unsigned char)(0x81 + number / 10 % 126), (unsigned char)('0' + number % 10)};
    return number == 7457 ? 0x1e3f : look_up(r->converter, bytes, 4);
}

/* Four bytes. The last is a digit; the second may be one of the six characters behind them, as in
 * Go, and then means a later number. */
static void read_four(reader *r)
{
    if (r->n < 4 || !within(r->at[2], 0x81, 0xfe) || !within(r->at[3], '0', '9')) {
        add(r, REPLACEMENT, 1);
        return;
    }
    uint32_t number =
        (((r->at[0] - 0x81u) * 10 + (r->at[1] - '0')) * 126 + (r->at[2] - 0x81u)) * 10 +
        (r->at[3] - '0');
    if (number < 39420)
        add(r, gb18030(r, number), 4);
    else if (number >= 189000 && number - 189000 < 0x100000)
        add(r, number - 189000 + 0x10000, 4);
    else
        add(r, REPLACEMENT, 1);
}

static void read_gbk(reader *r, bool four)
{
    unsigned char c = r->at[0], next = r->n > 1 ? r->at[1] : 0;
    if (c == 0x80)
        add(r, 0x20ac, 1);
    else if (c == 0xff || r->n < 2)
        add(r, REPLACEMENT, 1);
    else if (within(next, 0x40, 0x7e) || within(next, 0x80, 0xfe))
        add(r, gbk(r, c, next), 2);
    else if (four && within(next, 0x30, 0x3f))
        read_four(r);
    else
        add(r, REPLACEMENT, 1);
}

static void skip(reader *r, size_t n)
{
    r->at += n;
    r->n -= n;
}

static void read_tilde(reader *r)
{
    unsigned char next = r->n > 1 ? r->at[1] : 0;
    if (r->n < 2) {
        add(r, REPLACEMENT, 1);
        return;
    }
    if (next == '{' || next == '}')
        r->state = next == '{' ? DOUBLE : PLAIN;
    if (next == '{' || next == '}' || next == '\n')
        skip(r, 2);
    else
        add(r, next == '~' ? '~' : REPLACEMENT, 2);
}

static void read_hz(reader *r)
{
    unsigned char c = r->at[0], next = r->n > 1 ? r->at[1] : 0;
    if (c >= 0x80) {
        add(r, REPLACEMENT, 1);
    } else if (c == '~') {
        read_tilde(r);
    } else if (r->state == PLAIN) {
        add(r, c, 1);
    } else if (r->n < 2) {
        add(r, REPLACEMENT, 1);
    } else {
        bool fits = within(c, 0x21, 0x7d) && within(next, 0x21, 0x7e);
        uint32_t rune = fits ? gbk(r, c | 0x80u, next | 0x80u) : REPLACEMENT;
        add(r, rune, rune == REPLACEMENT && next > 0x80 ? 1 : 2);
    }
}

/* --- Japanese --- */

/* The character at a place of JIS X 0208 and the rows that vendors put behind it, by its bytes in
 * Shift_JIS. */
static uint32_t jis0208(const reader *r, unsigned place)
{
    unsigned row = place / 94, column = place % 94;
    unsigned first = row / 2 + (row < 62 ? 0x81 : 0xc1);
    unsigned second = row % 2 ? column + 0x9f : column + 0x40 + (column >= 63);
    return row < 120 ? look_up_pair(r->converter, first, second) : REPLACEMENT;
}

static uint32_t jis0212(const reader *r, unsigned place)
{
    enum { ROWS = 77 }; /* those behind are ICU's own */
    unsigned char bytes[] = {0x8f, (unsigned char)(place / 94 + 0xa1),
                             (unsigned char)(place % 94 + 0xa1)};
    return place < ROWS * 94 ? look_up(r->second, bytes, 3) : REPLACEMENT;
}

static void read_shift_jis(reader *r)
{
    unsigned char c = r->at[0], next = r->n > 1 ? r->at[1] : 0;
    if (within(c, 0xa1, 0xdf))
        add(r, c + 0xff61u - 0xa1, 1);
    else if (c == 0x80)
        add(r, c, 1);
    else if (!(within(c, 0x81, 0x9f) || within(c, 0xe0, 0xfc)) || r->n < 2 || next < 0x40 ||
             next == 0x7f)
        add(r, REPLACEMENT, 1);
    else
        add(r, next < 0xfd ? look_up_pair(r->converter, c, next) : REPLACEMENT, 2);
}

static void read_three(reader *r)
{
    bool second = r->n > 1 && within(r->at[1], 0xa1, 0xfe);
    if (r->n < 3)
        add(r, REPLACEMENT, second && r->at[1] < 0xfe ? 2 : 1);
    else if (!second)
        add(r, REPLACEMENT, 1);
    else if (!within(r->at[2], 0xa1, 0xfe))
        add(r, REPLACEMENT, 2);
    else
        add(r, jis0212(r, (r->at[1] - 0xa1u) * 94 + (r->at[2] - 0xa1u)), 3);
}

static void read_euc_jp(reader *r)
{
    unsigned char c = r->at[0], next = r->n > 1 ? r->at[1] : 0;
    if (c == 0x8f)
        read_three(r);
    else if (c == 0x8e && r->n > 1 && next >= 0xa1 && next < 0xff)
        add(r, next < 0xe0 ? next + 0xff61u - 0xa1 : REPLACEMENT, 2);
    else if (within(c, 0xa1, 0xfe) && r->n > 1 && within(next, 0xa1, 0xfe))
        add(r, jis0208(r, (c - 0xa1u) * 94 + (next - 0xa1u)), 2);
    else
        add(r, REPLACEMENT, 1);
}

static void read_escape(reader *r)
{
    static const struct {
        const char *text;
        state state;
    } escapes[] = {{"\x1b$@", DOUBLE}, {"\x1b$B", DOUBLE}, {"\x1b$(D", SECOND_DOUBLE},
                   {"\x1b(B", PLAIN},  {"\x1b(J", PLAIN},  {"\x1b(I", KATAKANA}};
    /* Work: rows of the table */
    for (unsigned i = 0; i < sizeof escapes / sizeof *escapes; i++) {
        tm_text text = tm_text_of(escapes[i].text);
        if (tm_text_starts(tm_text_slice(r->at, r->n), text)) {
            r->state = escapes[i].state;
            skip(r, text.n);
            return;
        }
    }
    add(r, REPLACEMENT, 1);
}

/* The bytes of a pair are counted from 0x21 on round a byte, as Go counts them: a second byte
 * behind the last column reaches into the next rows. */
static void read_pair(reader *r)
{
    if (r->at[0] == '\n') {
        r->state = PLAIN;
        add(r, '\n', 1);
    } else if (r->n < 2) {
        add(r, REPLACEMENT, 1);
    } else {
        unsigned place = (unsigned char)(r->at[0] - 0x21) * 94u + (unsigned char)(r->at[1] - 0x21);
        add(r, r->state == DOUBLE ? jis0208(r, place) : jis0212(r, place), 2);
    }
}

static void read_iso_2022_jp(reader *r)
{
    unsigned char c = r->at[0];
    if (c >= 0x80)
        add(r, REPLACEMENT, 1);
    else if (c == 0x1b)
        read_escape(r);
    else if (r->state == PLAIN)
        add(r, c, 1);
    else if (r->state == KATAKANA)
        add(r, within(c, 0x21, 0x5f) ? c + 0xff61u - 0x21 : REPLACEMENT, 1);
    else
        read_pair(r);
}

/* --- all --- */

static void read_one(tm_charset_way way, reader *r)
{
    bool stateful = way == TM_CHARSET_HZ || way == TM_CHARSET_ISO_2022_JP;
    if (r->at[0] < 0x80 && !stateful) {
        add(r, r->at[0], 1);
        return;
    }
    switch (way) {
    case TM_CHARSET_BIG5:
        read_big5(r);
        break;
    case TM_CHARSET_EUC_JP:
        read_euc_jp(r);
        break;
    case TM_CHARSET_EUC_KR:
        read_euc_kr(r);
        break;
    case TM_CHARSET_GB18030:
    case TM_CHARSET_GBK:
        read_gbk(r, way == TM_CHARSET_GB18030);
        break;
    case TM_CHARSET_HZ:
        read_hz(r);
        break;
    case TM_CHARSET_ISO_2022_JP:
        read_iso_2022_jp(r);
        break;
    default:
        read_shift_jis(r);
        break;
    }
}

/* NULL: ICU lacks memory. */
static UConverter *open_converter(const char *name)
{
    UErrorCode status = U_ZERO_ERROR;
    UConverter *converter = ucnv_open(name, &status);
    if (converter)
        ucnv_setToUCallBack(converter, UCNV_TO_U_CALLBACK_STOP, NULL, NULL, NULL, &status);
    return converter;
}

bool tm_charset_decode_multi(const tm_charset *charset, tm_text bytes, tm_buf *out)
{
    bool two = charset->way == TM_CHARSET_EUC_JP || charset->way == TM_CHARSET_ISO_2022_JP;
    reader r = {.at = (const unsigned char *)bytes.p, .n = bytes.n, .out = out};
    r.converter = open_converter(charset->converter);
    r.second = two ? open_converter("euc-jp-2007") : NULL;
    bool ok = r.converter && (r.second || !two);
    /* Work: bytes of the text, charged (codec.c) */
    while (ok && r.n)
        read_one(charset->way, &r);
    ucnv_close(r.second);
    ucnv_close(r.converter);
    return ok;
}
