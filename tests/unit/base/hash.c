/* Hash: SipHash-1-3 as others compute it.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hash.h"

/* With the key 0, what hash() of Python 3.11 answers for bytes under PYTHONHASHSEED=0. */
static void answers_are_those_of_siphash_1_3(void **state)
{
    const tm_secret zero = {{0, 0}}, counted = {{0x0706050403020100, 0x0f0e0d0c0b0a0908}};
    (void)state;
    assert_true(tm_hash(zero, TM_TEXT("a")) == 0x407448d2b89b1813);
    assert_true(tm_hash(zero, TM_TEXT("12345678")) == 0x3489982430560a87);
    assert_true(tm_hash(zero, TM_TEXT("http.route")) == 0x5fbfff66f8a96a2a);
    assert_true(tm_hash(zero, TM_TEXT("123456789012345")) == 0x43699fe13351339f);
    assert_true(tm_hash(counted, TM_TEXT("")) == 0xabac0158050fc4dc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(answers_are_those_of_siphash_1_3)};
    return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
