/* Keys: how the keys of a path become code.
 * SPDX-License-Identifier: Apache-2.0 */
#include "compiling.h"

static const tm_target *target_of(compiling *c, const char *value)
{
    const tm_program *p = compile_value(c, value);
    assert_non_null(p);
    assert_int_equal(p->targets, 1);
    return &p->target[0];
}

static void the_first_key_is_evaluated_before_the_path(void **state)
{
    const tm_target *t = target_of(*state, "attributes[name]");
    assert_true(t->key[0].dynamic);
    assert_false(t->key[0].lazy);
}

static void keys_behind_an_absent_one_are_not_evaluated(void **state)
{
    const tm_target *t = target_of(*state, "attributes[\"a\"][1][Len(name)]");
    assert_false(t->key[0].lazy || t->key[1].lazy);
    assert_true(t->key[2].lazy);
}

static void a_lazy_key_may_hold_lazy_keys(void **state)
{
    compiling *c = *state;
    const tm_program *p = compile_value(c, "attributes[\"a\"][attributes[\"b\"][name]]");
    assert_non_null(p);
    assert_int_equal(p->lambdas, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_first_key_is_evaluated_before_the_path, compiling_open,
                                        compiling_close),
        cmocka_unit_test_setup_teardown(keys_behind_an_absent_one_are_not_evaluated, compiling_open,
                                        compiling_close),
        cmocka_unit_test_setup_teardown(a_lazy_key_may_hold_lazy_keys, compiling_open,
                                        compiling_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
