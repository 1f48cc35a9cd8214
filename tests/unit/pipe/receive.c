/* Receive: what is answered when there is no memory for a request.
 * SPDX-License-Identifier: Apache-2.0 */
#include "receiving.h"

static void out_of_memory_is_retryable(void **state)
{
    (void)state;
    enum { NAME = 200000 };
    static char body[NAME + 200];
    receiving r = {.loop = NULL};
    open_receiving(&r);
    is_retryable_without_memory(&r, long_name(body, sizeof body, NAME));
    assert_non_null(strstr(post(&r, TM_TEXT("{")), "HTTP/1.1 400")); /* which it is not otherwise */
    close_receiving(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(out_of_memory_is_retryable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
