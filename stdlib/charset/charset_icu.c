/* Charset of ICU: the sets of which ICU's converters say what bytes mean. A build WITHOUT=charset
 * has none of it. Work: each byte is read once, and makes three at most; Decode (codec.c) has
 * charged them. SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/charset/charset.h"

#include "stdlib/data.h"

#include <unicode/ucnv.h>
#include <unicode/ucnv_cb.h>

enum { PIVOT_UNITS = 1024, REPLACEMENT = 0xfffd };

/* Some converters would write U+001A for what they cannot read. */
static void substitute(const void *context, UConverterToUnicodeArgs *args, const char *bytes,
                       int32_t n, UConverterCallbackReason reason, UErrorCode *status)
{
    static const UChar replacement = REPLACEMENT;
    (void)context, (void)bytes, (void)n;
    if (reason > UCNV_IRREGULAR)
        return;
    *status = U_ZERO_ERROR;
    ucnv_cbToUWriteUChars(args, &replacement, 1, 0, status);
}

/* Where ICU's table is not the WHATWG's. */
static uint32_t mended(const tm_charset *charset, unsigned char byte, uint32_t rune)
{
    static const struct {
        const char *converter;
        unsigned char byte;
        uint16_t rune;
    } mends[] = {
        {"IBM437", 0xe6, 0xb5},       {"IBM852", 0xaa, 0xac},  {"IBM860", 0xe6, 0xb5},
        {"IBM862", 0xe6, 0xb5},       {"IBM863", 0xe6, 0xb5},  {"IBM865", 0xe6, 0xb5},
        {"KOI8-U", 0xae, 0x45e},      {"KOI8-U", 0xbe, 0x40e}, {"windows-1253", 0xaa, REPLACEMENT},
        {"windows-1255", 0xca, 0x5ba}};
    bool strict = charset->way == TM_CHARSET_STRICT;
    if (byte < 0x80 && charset->way != TM_CHARSET_EBCDIC)
        return byte;
    /* Work: rows of the table */
    for (unsigned i = 0; i < sizeof mends / sizeof *mends; i++)
        if (byte == mends[i].byte && strcmp(charset->converter, mends[i].converter) == 0)
            return mends[i].rune;
    if (strict && ((rune >= 0x80 && rune < 0xa0) || (rune >= 0xe000 && rune <= 0xf8ff)))
        return REPLACEMENT;
    return rune;
}

/* False when ICU lacks memory. Every byte is one unit of UTF-16. */
static bool decode_single(const tm_charset *charset, tm_text bytes, tm_buf *out)
{
    UErrorCode status = U_ZERO_ERROR;
    UConverter *converter = ucnv_open(charset->converter, &status);
    if (U_FAILURE(status))
        return false; /* the table names only converters that ICU has */
    ucnv_setToUCallBack(converter, substitute, NULL, NULL, NULL, &status);
    const char *at = bytes.p, *end = bytes.p + bytes.n;
    size_t byte = 0;
    /* Work: bytes of the text, charged (codec.c) */
    do {
        UChar pivot[PIVOT_UNITS], *to = pivot;
        status = U_ZERO_ERROR;
        ucnv_toUnicode(converter, &to, pivot + PIVOT_UNITS, &at, end, NULL, true, &status);
        for (const UChar *unit = pivot; unit < to && byte < bytes.n; unit++, byte++)
            tm_buf_add_rune(out, mended(charset, (unsigned char)bytes.p[byte], *unit));
    } while (status == U_BUFFER_OVERFLOW_ERROR);
    ucnv_close(converter);
    return true;
}

bool tm_charset_decode_by_icu(const tm_charset *charset, tm_text bytes, tm_buf *out)
{
    return charset->way <= TM_CHARSET_EBCDIC ? decode_single(charset, bytes, out)
                                             : tm_charset_decode_multi(charset, bytes, out);
}

void tm_data_charset(tm_buf *out)
{
    tm_buf_print(out, "| ICU | %s | %u character sets, %d converters behind them | Decode |\n",
                 U_ICU_VERSION, tm_charset_count(), (int)ucnv_countAvailable());
}
