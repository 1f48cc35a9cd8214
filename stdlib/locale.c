/* Locale: names of months and days, in English here, in other languages from ICU.
 * Work: names are the locale's, a dozen of some bytes; no more than a name is read of a text.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/locale.h"

#include "base/utf8.h"
#include "stdlib/letter.h"
#include "stdlib/optional.h"

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

const tm_locale *tm_locale_new(tm_arena *arena, tm_text tag)
{
    if (tm_text_is(tag, "en") || tm_text_is(tag, "en-US"))
        return tm_locale_english();
#if TM_WITH_locale
    return tm_locale_of_icu(arena, tag);
#else
    (void)arena;
    return NULL;
#endif
}

static uint32_t folded(uint32_t rune)
{
#if TM_WITH_locale
    return tm_locale_fold_by_icu(rune);
#else
    return tm_letter_lower(tm_letter_upper(rune)); /* the same of all that folds to ASCII */
#endif
}

static bool same_letter(uint32_t a, uint32_t b)
{
    if (a < 0x80 && b < 0x80) /* most names; Unicode takes its time */
        return a == b || ((a ^ b) == 0x20 && (a | 0x20) >= 'a' && (a | 0x20) <= 'z');
    return folded(a) == folded(b);
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
