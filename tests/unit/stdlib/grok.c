/* Grok: every pattern that has a name can be used.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stdlib/fn.h"

static const char *const patterns[] = {
#define GROK(name, pattern) "%{" #name ":x}",
#include "stdlib/grok/grok.def"
#include "stdlib/grok/grok_firewalls.def"
#include "stdlib/grok/grok_logs.def"
#undef GROK
};

static void every_named_pattern_builds(void **state)
{
    (void)state;
    const tm_function *grok = tm_function_find(TM_TEXT("ExtractGrokPatterns"));
    unsigned bad = 0;
    for (unsigned i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        tm_arena *arena = tm_arena_new(NULL);
        tm_prepare p = {.arena = arena, .function = grok, .given = 3, .is_literal = 2};
        p.literal[1] = tm_string(tm_text_of(patterns[i]));
        if (!grok->prepare(&p)) {
            print_error("%s: %.*s\n", patterns[i], TM_PRI(p.refusal));
            bad++;
        }
        tm_arena_free(arena);
    }
    assert_int_equal(bad, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_named_pattern_builds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
