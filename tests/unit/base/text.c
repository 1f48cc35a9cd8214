/* Texts: what compares and finds without a call agrees with what calls.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_equal_when_each_one_is),
        cmocka_unit_test(seeking_finds_what_find_finds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
