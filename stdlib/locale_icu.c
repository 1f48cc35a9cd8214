/* Locale of ICU: names of months and days in many languages. A build WITHOUT=locale has none of it.
 * Work: names are the locale's, a dozen of some bytes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/locale.h"

#include "stdlib/data.h"

#include <unicode/uchar.h>
#include <unicode/udat.h>
#include <unicode/uloc.h>
#include <unicode/ustring.h>

enum { NAME_MOST = 64, NAME_BYTES_MOST = 4 * NAME_MOST };

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

const tm_locale *tm_locale_of_icu(tm_arena *arena, tm_text tag)
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

uint32_t tm_locale_fold_by_icu(uint32_t rune)
{
    return (uint32_t)u_foldCase((UChar32)rune, U_FOLD_CASE_DEFAULT);
}

void tm_data_locale(tm_buf *out)
{
    tm_buf_print(out, "| ICU | %s, Unicode %s | %d locales | Time: names of months and days |\n",
                 U_ICU_VERSION, U_UNICODE_VERSION, (int)uloc_countAvailable());
}
