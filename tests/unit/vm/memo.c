/* Memo: what is asked again is answered from memory, whatever else is asked in between.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/memo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

enum { SITES = 400, SITE_BYTES = 16 };

/* Asks, and remembers an answer where that is due; whether it was known. */
static bool ask(tm_vm *vm, const void *site, tm_value value)
{
    bool known;
    tm_memo_row *row = tm_memo_find(vm, site, &value, 1, &known);
    if (row && !known)
        tm_memo_keep(vm, row, true, tm_int(1));
    return row && known;
}

static void two_that_ask_in_turn_do_not_forget_each_other(void **state)
{
    (void)state;
    static char site[SITES][SITE_BYTES], text[TM_MEMO_LEAST_BYTES];
    const tm_value value = tm_string(tm_text_slice(text, sizeof text));
    for (unsigned other = 1; other < SITES; other++) {
        tm_arena *arena = tm_arena_new(NULL);
        tm_vm vm;
        tm_vm_init(&vm, arena, arena, NULL);
        tm_memo_enable(&vm, TM_MEMO_LEAST_BYTES);
        for (int i = 0; i < 2; i++) {
            ask(&vm, site[0], value);
            ask(&vm, site[other], value);
        }
        if (!ask(&vm, site[0], value) || !ask(&vm, site[other], value))
            fail_msg("site %u makes the first one be forgotten", other);
        tm_memo_forget(&vm);
        assert_false(ask(&vm, site[0], value));
        tm_arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_that_ask_in_turn_do_not_forget_each_other),
    };
    return cmocka_run_group_tests_name("memo", tests, NULL, NULL);
}
