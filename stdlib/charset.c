/* Charset: texts in other character sets than UTF-8, by ICU's converters.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/charset.h"

#include "base/buf.h"
#include "stdlib/data.h"

#include <unicode/ucnv.h>
#include <unicode/ucnv_cb.h>
#include <unicode/uenum.h>

enum { PIVOT_UNITS = 1024 };

/* Characters that stand for nothing: U+0080 to U+009F, and those for private use. */
enum { CONTROLS = 1, PRIVATE = 2 };

/* A character set by a name that IANA has for it, and which of ICU's converters reads it: where
 * there are several, the one that agrees with the WHATWG's encodings. Sets that only ICU knows are
 * left out, so that a rule means the same in OTTL's other implementations. */
struct tm_charset {
    const char *name;
    const char *converter; /* NULL: of the same name */
    unsigned unused;       /* what ICU makes of bytes that the set leaves free */
};

static const tm_charset CHARSETS[] = {
    {"Big5", "ibm-1375_P100-2008", PRIVATE},
    {"EUC-JP", "euc-jp-2007", PRIVATE},
    {"EUC-KR", "windows-949-2000", PRIVATE},
    {"GB18030", NULL, PRIVATE},
    {"GBK", "windows-936-2000", PRIVATE},
    {"HZ-GB-2312", "HZ", PRIVATE},
    {"IBM-Thai", NULL, 0},
    {"IBM00858", NULL, 0},
    {"IBM01140", NULL, 0},
    {"IBM037", NULL, 0},
    {"IBM1047", NULL, 0},
    {"IBM437", NULL, 0},
    {"IBM850", NULL, 0},
    {"IBM852", NULL, 0},
    {"IBM855", NULL, 0},
    {"IBM860", NULL, 0},
    {"IBM862", NULL, 0},
    {"IBM863", NULL, 0},
    {"IBM865", NULL, 0},
    {"IBM866", NULL, 0},
    {"ISO-2022-JP", NULL, 0},
    {"ISO-8859-1", NULL, 0},
    {"ISO-8859-10", NULL, CONTROLS},
    {"ISO-8859-13", NULL, CONTROLS},
    {"ISO-8859-14", NULL, CONTROLS},
    {"ISO-8859-15", NULL, CONTROLS},
    {"ISO-8859-2", NULL, CONTROLS},
    {"ISO-8859-3", NULL, CONTROLS},
    {"ISO-8859-4", NULL, CONTROLS},
    {"ISO-8859-5", NULL, CONTROLS},
    {"ISO-8859-6", NULL, CONTROLS},
    {"ISO-8859-7", NULL, CONTROLS},
    {"ISO-8859-8", NULL, CONTROLS},
    {"ISO-8859-9", NULL, CONTROLS},
    {"KOI8-R", NULL, 0},
    {"KOI8-U", NULL, 0},
    {"Shift_JIS", "ibm-943_P15A-2003", PRIVATE},
    {"UTF-16", "UTF-16LE", 0},
    {"UTF-16BE", NULL, 0},
    {"UTF-16LE", NULL, 0},
    {"macintosh", NULL, 0},
    {"windows-1250", NULL, CONTROLS},
    {"windows-1251", NULL, CONTROLS},
    {"windows-1252", NULL, CONTROLS},
    {"windows-1253", NULL, CONTROLS},
    {"windows-1254", NULL, CONTROLS},
    {"windows-1255", NULL, CONTROLS},
    {"windows-1256", NULL, CONTROLS},
    {"windows-1257", NULL, CONTROLS},
    {"windows-1258", NULL, CONTROLS},
    {"windows-874", "windows-874-2000", CONTROLS | PRIVATE},
};

enum { CHARSET_COUNT = sizeof CHARSETS / sizeof *CHARSETS };

/* ICU compares names as if they had no dashes; IANA's are taken as they are spelt. */
static bool is_name_of(tm_text name, const char *converter)
{
    UErrorCode status = U_ZERO_ERROR;
    UEnumeration *names = ucnv_openStandardNames(converter, "IANA", &status);
    const char *known;
    bool found = false;
    while (!found && U_SUCCESS(status) && (known = uenum_next(names, NULL, &status)) != NULL)
        found = tm_text_same_word(name, tm_text_of(known));
    uenum_close(names);
    return found;
}

const tm_charset *tm_charset_find(tm_text name)
{
    for (unsigned i = 0; i < CHARSET_COUNT; i++)
        if (tm_text_same_word(name, tm_text_of(CHARSETS[i].name)) ||
            is_name_of(name, CHARSETS[i].name))
            return &CHARSETS[i];
    return NULL;
}

/* Some converters would write U+001A for what they cannot read. */
static void substitute(const void *context, UConverterToUnicodeArgs *args, const char *bytes,
                       int32_t n, UConverterCallbackReason reason, UErrorCode *status)
{
    static const UChar replacement = 0xfffd;
    (void)context, (void)bytes, (void)n;
    if (reason > UCNV_IRREGULAR)
        return;
    *status = U_ZERO_ERROR;
    ucnv_cbToUWriteUChars(args, &replacement, 1, 0, status);
}

/* Units of UTF-16 as UTF-8; a pair may be split between two calls. */
static void add_units(tm_buf *out, const UChar *unit, size_t n, uint32_t *high, unsigned unused)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t rune = unit[i];
        if (U16_IS_LEAD(rune)) {
            *high = rune;
            continue;
        }
        if (U16_IS_TRAIL(rune) && *high)
            rune = U16_GET_SUPPLEMENTARY(*high, rune);
        *high = 0;
        if (((unused & CONTROLS) && rune >= 0x80 && rune < 0xa0) ||
            ((unused & PRIVATE) && rune >= 0xe000 && rune <= 0xf8ff))
            rune = 0xfffd;
        tm_buf_add_rune(out, rune);
    }
}

tm_text tm_charset_decode(tm_arena *arena, const tm_charset *charset, tm_text bytes)
{
    tm_buf out = {.arena = arena};
    UErrorCode status = U_ZERO_ERROR;
    UConverter *converter =
        ucnv_open(charset->converter ? charset->converter : charset->name, &status);
    if (U_FAILURE(status))
        tm_arena_out_of_memory(arena); /* the table names only converters that ICU has */
    ucnv_setToUCallBack(converter, substitute, NULL, NULL, NULL, &status);
    const char *at = bytes.p, *end = bytes.p + bytes.n;
    uint32_t high = 0;
    do {
        UChar pivot[PIVOT_UNITS], *to = pivot;
        status = U_ZERO_ERROR;
        ucnv_toUnicode(converter, &to, pivot + PIVOT_UNITS, &at, end, NULL, true, &status);
        add_units(&out, pivot, (size_t)(to - pivot), &high, charset->unused);
    } while (status == U_BUFFER_OVERFLOW_ERROR);
    ucnv_close(converter);
    return tm_buf_text(&out);
}

void tm_data_charset(tm_buf *out)
{
    tm_buf_print(out, "| ICU | %s | %d character sets, %d converters behind them | Decode |\n",
                 U_ICU_VERSION, (int)CHARSET_COUNT, (int)ucnv_countAvailable());
}
