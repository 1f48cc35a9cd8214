/* Locale: names of months and days in many languages.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_STDLIB_LOCALE_H
#define TM_STDLIB_LOCALE_H

#include "base/arena.h"

typedef struct tm_locale {
    tm_text month[12], month_short[12];
    tm_text day[7], day_short[7]; /* Sunday first */
    tm_text am_pm[2];             /* empty: the language has none of its own */
} tm_locale;

/* English, as layouts use it. */
const tm_locale *tm_locale_english(void);

/* The locale of a BCP 47 tag, spelt exactly as ICU does: "fr", "de-DE", "zh-Hant-TW". NULL when
 * there is none; a build WITHOUT=locale has "en" and "en-US". */
const tm_locale *tm_locale_new(tm_arena *arena, tm_text tag);

/* locale_icu.c: the same of any tag, and a letter's simple case folding. */
const tm_locale *tm_locale_of_icu(tm_arena *arena, tm_text tag);
uint32_t tm_locale_fold_by_icu(uint32_t rune);

/* The longest of n names that `text` starts with, upper and lower case alike: its number, with its
 * length in *width; -1 when there is none. */
int tm_locale_find(const tm_text *name, unsigned n, tm_text text, size_t *width);

#endif
