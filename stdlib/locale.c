/* Locale: names of months and days in many languages, from ICU.
 * Work: names are the locale's, a dozen of some bytes; no more than a name is read of a text.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/locale.h"

#include "base/utf8.h"
#include "stdlib/data.h"

#include <unicode/uchar.h>
#include <unicode/udat.h>
#include <unicode/uloc.h>
#include <unicode/ustring.h>

enum { NAME_MOST = 64, NAME_BYTES_MOST = 4 * NAME_MOST };

const tm_locale *tm_locale_english(void)
{
    static const tm_locale english = {
        .month = {{"January", 7},
                  {"February", 8},
                  {"March", 5},
                  {"April", 5},
                  {"May", 3},
                  {"June", 4},
                  {"July", 4},
                  {"August", 6},
                  {"September", 9},
                  {"October", 7},
                  {"November", 8},
                  {"December", 8}},
        .month_short = {{"Jan", 3},
                        {"Feb", 3},
                        {"Mar", 3},
                        {"Apr", 3},
                        {"May", 3},
                        {"Jun", 3},
                        {"Jul", 3},
                        {"Aug", 3},
                        {"Sep", 3},
                        {"Oct", 3},
                        {"Nov", 3},
                        {"Dec", 3}},
        .day = {{"Sunday", 6},
                {"Monday", 6},
                {"Tuesday", 7},
                {"Wednesday", 9},
                {"Thursday", 8},
                {"Friday", 6},
                {"Saturday", 8}},
        .day_short =
            {{"Sun", 3}, {"Mon", 3}, {"Tue", 3}, {"Wed", 3}, {"Thu", 3}, {"Fri", 3}, {"Sat", 3}},
        .am_pm = {{"AM", 2}, {"PM", 2}}};
    return &english;
}

/* ICU's name of a locale of which `tag` is the exact tag; NULL: none. */
static const char *find_locale(tm_text tag)
{
    char candidate[ULOC_FULLNAME_CAPACITY];
    /* Work: locales that there are */
    for (int32_t i = 0; i < uloc_countAvailable(); i++) {
        UErrorCode status = U_ZERO_ERROR;
        int32_t n =
            uloc_toLanguageTag(uloc_getAvailable(i), candidate, sizeof candidate, true, &status);
        if (U_SUCCESS(status) && tm_text_equal(tag, tm_text_slice(candidate, (size_t)n)))
            return uloc_getAvailable(i);
    }
    return tm_text_is(tag, "und") ? "" : NULL;
}

/* Names `first`, `first` + 1, ... of one kind. */
static bool get_names(tm_arena *arena, const UDateFormat *format, UDateFormatSymbolType kind,
                      int32_t first, unsigned n, tm_text *name)
{
    /* Work: names of the locale */
    for (unsigned i = 0; i < n; i++) {
        UErrorCode status = U_ZERO_ERROR;
        UChar wide[NAME_MOST];
        char narrow[NAME_BYTES_MOST];
        int32_t bytes = 0;
        int32_t units = udat_getSymbols(format, kind, first + (int32_t)i, wide, NAME_MOST, &status);
        u_strToUTF8(narrow, sizeof narrow, &bytes, wide, units, &status);
        if (U_FAILURE(status))
            return false;
        name[i] = tm_arena_copy(arena, tm_text_slice(narrow, (size_t)bytes));
    }
    return true;
}

const tm_locale *tm_locale_new(tm_arena *arena, tm_text tag)
{
    const char *id = find_locale(tag);
    if (!id)
        return NULL;
    UErrorCode status = U_ZERO_ERROR;
    UDateFormat *f = udat_open(UDAT_FULL, UDAT_FULL, id, NULL, 0, NULL, 0, &status);
    if (U_FAILURE(status))
        return NULL;
    tm_locale *locale = TM_NEW(arena, tm_locale);
    bool ok = get_names(arena, f, UDAT_MONTHS, 0, 12, locale->month) &&
              get_names(arena, f, UDAT_SHORT_MONTHS, 0, 12, locale->month_short) &&
              get_names(arena, f, UDAT_WEEKDAYS, 1, 7, locale->day) &&
              get_names(arena, f, UDAT_SHORT_WEEKDAYS, 1, 7, locale->day_short) &&
              get_names(arena, f, UDAT_AM_PMS, 0, 2, locale->am_pm);
    udat_close(f);
    if (!ok)
        return NULL;
    /* ICU fills in the English words where a language has none. */
    if (tm_text_is(locale->am_pm[0], "AM") && !tm_text_starts(tag, TM_TEXT("en")))
        locale->am_pm[0] = locale->am_pm[1] = TM_TEXT("");
    return locale;
}

static bool same_letter(uint32_t a, uint32_t b)
{
    if (a < 0x80 && b < 0x80) /* most names; ICU takes its time */
        return a == b || ((a ^ b) == 0x20 && (a | 0x20) >= 'a' && (a | 0x20) <= 'z');
    return u_foldCase((UChar32)a, U_FOLD_CASE_DEFAULT) ==
           u_foldCase((UChar32)b, U_FOLD_CASE_DEFAULT);
}

/* How many bytes of `text` spell `name`; 0: none. */
static size_t spelt(tm_text name, tm_text text)
{
    size_t at = 0, width, other;
    /* Work: bytes of a name of the locale */
    for (size_t i = 0; i < name.n; i += width, at += other) {
        if (at == text.n)
            return 0;
        uint32_t a = tm_utf8_next(tm_text_skip(name, i), &width);
        uint32_t b = tm_utf8_next(tm_text_skip(text, at), &other);
        if (!same_letter(a, b))
            return 0;
    }
    return at;
}

int tm_locale_find(const tm_text *name, unsigned n, tm_text text, size_t *width)
{
    int found = -1;
    *width = 0;
    /* Work: names of the locale */
    for (unsigned i = 0; i < n; i++) {
        size_t w = spelt(name[i], text);
        if (w > *width) {
            *width = w;
            found = (int)i;
        }
    }
    return found;
}

void tm_data_locale(tm_buf *out)
{
    tm_buf_print(out, "| ICU | %s, Unicode %s | %d locales | Time: names of months and days |\n",
                 U_ICU_VERSION, U_UNICODE_VERSION, (int)uloc_countAvailable());
}
