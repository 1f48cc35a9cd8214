/* Reload: who may ask for it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "daemon/parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void only_this_machine_may_ask(void **state)
{
    (void)state;
    static const char *const local[] = {"127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"};
    static const char *const remote[] = {"10.0.0.1", "128.0.0.1", "::2", "::ffff:10.127.0.1",
                                         "fe80::1",  "12.7.0.1",  "",    "::127.0.0.1",
                                         "::11"};
    for (size_t i = 0; i < sizeof local / sizeof *local; i++)
        assert_true(tm_daemon_is_local_address(tm_text_of(local[i])));
    for (size_t i = 0; i < sizeof remote / sizeof *remote; i++)
        assert_false(tm_daemon_is_local_address(tm_text_of(remote[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(only_this_machine_may_ask)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
