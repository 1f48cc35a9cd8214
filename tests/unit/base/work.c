/* The counter of steps: when it asks, and that it stays refused.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/work.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Grants so many times. */
typedef struct owner {
    unsigned asked, grants;
} owner;

static bool more(void *what, tm_work *work)
{
    owner *o = what;
    (void)work;
    o->asked++;
    return o->asked <= o->grants;
}

static void work_without_an_owner_has_no_end(void **state)
{
    (void)state;
    tm_work w = {0};
    for (int i = 0; i < 100; i++)
        assert_true(tm_work_charge(&w, 1000000));
    assert_int_equal(tm_work_steps(&w), 100000000);
}

static void the_owner_is_asked_once_for_many_steps(void **state)
{
    (void)state;
    owner o = {.grants = 3};
    tm_work w = {.more = more, .owner = &o};
    for (int i = 0; i < 3 * TM_WORK_GRANT; i++)
        assert_true(tm_work_charge(&w, 1));
    assert_int_equal(o.asked, 3);
    assert_false(tm_work_charge(&w, 1));
    assert_true(w.over);
}

static void a_large_charge_asks_once(void **state)
{
    (void)state;
    owner o = {.grants = 1};
    tm_work w = {.more = more, .owner = &o};
    assert_true(tm_work_charge(&w, 1000 * TM_WORK_GRANT));
    assert_int_equal(o.asked, 1);
    assert_int_equal(tm_work_steps(&w), 1000 * TM_WORK_GRANT);
}

static void what_was_refused_stays_refused_without_asking(void **state)
{
    (void)state;
    owner o = {.grants = 0};
    tm_work w = {.more = more, .owner = &o};
    for (int i = 0; i < 5; i++)
        assert_false(tm_work_charge(&w, 1));
    assert_int_equal(o.asked, 1);
}

static void an_end_from_outside_shows_at_the_next_charge(void **state)
{
    (void)state;
    owner o = {.grants = 9};
    tm_work w = {.more = more, .owner = &o};
    assert_true(tm_work_charge(&w, 10));
    tm_work_end(&w);
    assert_int_equal(tm_work_steps(&w), 10);
    assert_false(tm_work_charge(&w, 1));
    assert_int_equal(o.asked, 1);
}

static void work_that_ended_begins_anew_with_a_grant(void **state)
{
    (void)state;
    owner o = {.grants = 0};
    tm_work w = {.more = more, .owner = &o};
    assert_false(tm_work_charge(&w, 10));
    const uint64_t steps = tm_work_steps(&w);
    tm_work_resume(&w);
    assert_true(tm_work_charge(&w, TM_WORK_GRANT));
    assert_int_equal(tm_work_steps(&w), steps + TM_WORK_GRANT);
    assert_int_equal(o.asked, 1);
    assert_false(tm_work_charge(&w, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(work_without_an_owner_has_no_end),
        cmocka_unit_test(the_owner_is_asked_once_for_many_steps),
        cmocka_unit_test(a_large_charge_asks_once),
        cmocka_unit_test(what_was_refused_stays_refused_without_asking),
        cmocka_unit_test(work_that_ended_begins_anew_with_a_grant),
        cmocka_unit_test(an_end_from_outside_shows_at_the_next_charge),
    };
    return cmocka_run_group_tests_name("work", tests, NULL, NULL);
}
