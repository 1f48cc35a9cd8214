/* Retry-After: seconds, dates in three forms, and what is neither.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/http_client/retry_after.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* Sun, 06 Nov 1994 08:49:37 GMT, less ten seconds. */
static const uint64_t NOW_MS = (784111777 - 10) * 1000ull;

static int64_t after(const char *value)
{
    return tm_retry_after_ms(tm_text_of(value), NOW_MS);
}

static void a_number_is_seconds(void **state)
{
    (void)state;
    assert_int_equal(after("0"), 0);
    assert_int_equal(after("120"), 120000);
    assert_int_equal(after(" 7 "), 7000);
    assert_int_equal(after("20261130"), 20261130000);
    assert_int_equal(after("99999999999999999999999999"), after("366000000")); /* a year */
    assert_true(after("366000000") == 366 * 86400 * 1000ll);
}

static void a_date_is_the_time_until_then(void **state)
{
    (void)state;
    assert_int_equal(after("Sun, 06 Nov 1994 08:49:37 GMT"), 10000);
    assert_int_equal(after("Sunday, 06-Nov-94 08:49:37 GMT"), 10000);
    assert_int_equal(after("Sun Nov  6 08:49:37 1994"), 10000);
    assert_int_equal(after("Sun, 06 Nov 1994 08:49:27 GMT"), 0);
    assert_int_equal(after("Sat, 01 Jan 1994 00:00:00 GMT"), 0);
    assert_int_equal(after("Fri, 31 Dec 2199 23:59:59 GMT"), after("366000000"));
}

static void anything_else_asks_for_nothing(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      " ",
                                      "soon",
                                      "-1",
                                      "+1",
                                      "1.5",
                                      "1s",
                                      "0x10",
                                      "Sunday",
                                      "Sun,",
                                      "1994-11-06T08:49:37Z",
                                      "12 34"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(after(bad[i]), -1);
    char longer[400];
    memset(longer, 'S', sizeof longer);
    assert_int_equal(tm_retry_after_ms(tm_text_slice(longer, sizeof longer), NOW_MS), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_is_seconds),
        cmocka_unit_test(a_date_is_the_time_until_then),
        cmocka_unit_test(anything_else_asks_for_nothing),
    };
    return cmocka_run_group_tests_name("net/retry_after", tests, NULL, NULL);
}
