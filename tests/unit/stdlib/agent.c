/* Agent: the patterns of uap-core are RE2's, every one.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/regex/regex.h"

#include <stdio.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char *const patterns[] = {
#define AGENT(regex, ...) regex,
#define SYSTEM(regex, ...) regex,
#include "agents.inc"
#undef AGENT
#undef SYSTEM
};

static void every_pattern_compiles(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    unsigned bad = 0;
    for (unsigned i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        tm_text error = {0};
        size_t at = 0;
        if (tm_regex_new(arena, tm_text_of(patterns[i]), &error, &at))
            continue;
        print_error("%s\n  byte %zu: %.*s\n", patterns[i], at, TM_PRI(error));
        bad++;
    }
    tm_arena_free(arena);
    assert_int_equal(bad, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_pattern_compiles)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
