/* Optional: what a build leaves out is said by one table, in whole builds and in others.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "stdlib/charset/charset.h"
#include "stdlib/fn.h"
#include "stdlib/letter.h"
#include "stdlib/locale.h"

static void a_function_of_the_table_is_there_or_its_word_says_why_not(void **state)
{
    (void)state;
    tm_optional needs;
    const char *name;
    for (unsigned i = 0; (name = tm_optional_function(i, &needs)); i++) {
        const char *lacks = tm_optional_lacks(tm_text_of(name));
        assert_true(needs < TM_OPTIONALS);
        assert_int_equal(tm_function_find(tm_text_of(name)) != NULL, tm_optional_is_in(needs));
        assert_int_equal(lacks == NULL, tm_optional_is_in(needs));
        if (lacks)
            assert_string_equal(lacks, tm_optional_word(needs));
    }
}

static void nothing_is_said_of_functions_that_every_build_has(void **state)
{
    (void)state;
    assert_null(tm_optional_lacks(TM_TEXT("FNV")));
    assert_null(tm_optional_lacks(TM_TEXT("Nope")));
    assert_null(tm_optional_lacks(TM_TEXT("")));
}

static void every_build_reads_what_needs_no_icu(void **state)
{
    (void)state;
    static const char *const names[] = {"utf-8", "utf-16", "utf-16be", "us-ascii", "iso-8859-16"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        assert_true(tm_charset_is_in(tm_charset_find(tm_text_of(names[i]))));
    assert_int_equal(tm_charset_is_in(tm_charset_find(TM_TEXT("shift_jis"))), TM_WITH_charset);
    assert_int_equal(tm_charset_is_in(tm_charset_find(TM_TEXT("iso-8859-1"))), TM_WITH_charset);
}

#if TM_WITH_locale
static void assert_same_names(const tm_text *a, const tm_text *b, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        assert_true(tm_text_equal(a[i], b[i]));
}

static void english_is_what_icu_has_for_en_and_en_us(void **state)
{
    (void)state;
    static const char *const tags[] = {"en", "en-US"};
    tm_arena *arena = tm_arena_new(NULL);
    for (unsigned i = 0; i < 2; i++) {
        const tm_locale *ours = tm_locale_new(arena, tm_text_of(tags[i]));
        const tm_locale *icu = tm_locale_of_icu(arena, tm_text_of(tags[i]));
        assert_non_null(icu);
        assert_ptr_equal(ours, tm_locale_english());
        assert_same_names(ours->month, icu->month, 12);
        assert_same_names(ours->month_short, icu->month_short, 12);
        assert_same_names(ours->day, icu->day, 7);
        assert_same_names(ours->day_short, icu->day_short, 7);
        assert_same_names(ours->am_pm, icu->am_pm, 2);
    }
    tm_arena_free(arena);
}

/* So English names are found alike in builds without ICU. */
static void what_folds_to_ascii_by_icu_does_so_by_its_cases(void **state)
{
    (void)state;
    for (uint32_t rune = 0x80; rune <= 0x10ffff; rune++) {
        uint32_t icu = tm_locale_fold_by_icu(rune), ours = tm_letter_lower(tm_letter_upper(rune));
        if (icu != ours)
            assert_true(icu >= 0x80 && (ours >= 0x80 || rune == 0x130 || rune == 0x131));
    }
}
#else
static void other_locales_than_english_are_not_there(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    assert_ptr_equal(tm_locale_new(arena, TM_TEXT("en")), tm_locale_english());
    assert_null(tm_locale_new(arena, TM_TEXT("fr")));
    tm_arena_free(arena);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_function_of_the_table_is_there_or_its_word_says_why_not),
        cmocka_unit_test(nothing_is_said_of_functions_that_every_build_has),
        cmocka_unit_test(every_build_reads_what_needs_no_icu),
#if TM_WITH_locale
        cmocka_unit_test(english_is_what_icu_has_for_en_and_en_us),
        cmocka_unit_test(what_folds_to_ascii_by_icu_does_so_by_its_cases),
#else
        cmocka_unit_test(other_locales_than_english_are_not_there),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
