/* Texts: what compares and finds without a call agrees with what calls.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void bytes_are_equal_when_each_one_is(void **state)
{
    char a[64], b[64];
    (void)state;
    for (size_t n = 0; n <= sizeof a; n++) {
        for (size_t i = 0; i < n; i++)
            a[i] = b[i] = (char)('a' + i % 26);
        assert_true(tm_bytes_equal(a, b, n));
        for (size_t i = 0; i < n; i++) {
            b[i] ^= 0x20;
            if (tm_bytes_equal(a, b, n))
                fail_msg("byte %zu of %zu differs", i, n);
            b[i] ^= 0x20;
        }
    }
}

/* Each subject in a block of its own, so that a sanitizer sees what is read behind it. */
static void seeking_finds_what_find_finds(void **state)
{
    uint32_t seed = 7;
    unsigned found = 0;
    (void)state;
    for (unsigned i = 0; i < 40000; i++) {
        seed = seed * 1664525u + 1013904223u;
        const size_t n = seed >> 8 & 63, k = seed >> 16 & 31;
        char *text = malloc(n + 1), *part = malloc(k + 1);
        for (size_t at = 0; at < n; at++)
            text[at] = (char)('a' + ((seed = seed * 1664525u + 1013904223u) >> 28 < 4));
        for (size_t at = 0; at < k; at++)
            part[at] = (char)('a' + ((seed = seed * 1664525u + 1013904223u) >> 28 < 4));
        if (i % 2 && k <= n)
            memcpy(part, text + (n - k), k); /* it is there, the last place at the latest */
        const ptrdiff_t want = tm_text_find(tm_text_slice(text, n), tm_text_slice(part, k));
        const size_t got = tm_text_seek(tm_text_slice(text, n), tm_text_slice(part, k));
        if (got != (want < 0 ? SIZE_MAX : (size_t)want))
            fail_msg("%.*s in %.*s: %zu", (int)k, part, (int)n, text, got);
        found += want >= 0;
        free(text);
        free(part);
    }
    assert_true(found > 10000 && found < 30000);
}

static void letters_have_two_cases_and_other_bytes_one(void **state)
{
    (void)state;
    for (int i = -128; i < 128; i++) {
        char c = (char)i;
        bool small = c >= 'a' && c <= 'z', capital = c >= 'A' && c <= 'Z';
        assert_int_equal(tm_ascii_is_letter(c), small || capital);
        assert_int_equal(tm_ascii_is_digit(c), c >= '0' && c <= '9');
        assert_int_equal(tm_ascii_lower(c), capital ? c - 'A' + 'a' : c);
        assert_int_equal(tm_ascii_upper(c), small ? c - 'a' + 'A' : c);
    }
    char text[] = "X-Ray \xc3\x84[@`{";
    tm_ascii_lower_to(text, tm_text_slice(text, sizeof text - 1));
    assert_string_equal(text, "x-ray \xc3\x84[@`{");
}

static void hex_reads_back_what_it_writes_and_nothing_else(void **state)
{
    char bytes[256], digits[512], back[256];
    (void)state;
    for (int i = 0; i < 256; i++)
        bytes[i] = (char)i;
    assert_ptr_equal(tm_hex_put(digits, tm_text_slice(bytes, 256)), digits + 512);
    assert_memory_equal(digits + 2 * 0xa7, "a7", 2);
    assert_true(tm_hex_read(back, tm_text_slice(digits, 512)));
    assert_memory_equal(back, bytes, 256);
    assert_true(tm_hex_read(back, TM_TEXT("aBfF")));
    assert_memory_equal(back, "\xab\xff", 2);
    assert_true(tm_hex_read(back, TM_TEXT("")));
    assert_false(tm_hex_read(back, TM_TEXT("abc")));
    for (int i = 0; i < 256; i++) {
        char c = (char)i, two[2] = {'0', c}, one[2] = {c, '0'};
        bool digit = c && strchr("0123456789abcdefABCDEF", c);
        assert_int_equal(tm_hex_read(back, tm_text_slice(two, 2)), digit);
        assert_int_equal(tm_hex_read(back, tm_text_slice(one, 2)), digit);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_equal_when_each_one_is),
        cmocka_unit_test(letters_have_two_cases_and_other_bytes_one),
        cmocka_unit_test(hex_reads_back_what_it_writes_and_nothing_else),
        cmocka_unit_test(seeking_finds_what_find_finds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
