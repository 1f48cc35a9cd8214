/* Signature: every function's signature reads, and says what its parameters are.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stdlib/fn.h"

static tm_signature read(const char *name, const char *signature)
{
    tm_function function = {.name = name, .signature = signature};
    tm_signature s;
    tm_signature_read(&function, &s);
    return s;
}

static void kinds_are_read_in_every_notation(void **state)
{
    (void)state;
    tm_signature s =
        read("F", "list F(a: string, b: 'int, c: [string~]*, d: int|any, e: (k, v) => bool, "
                  "f: path map, g?: [lazy any], h?: 'string = \"a, (b\")");
    assert_true(tm_text_is(s.result, "list"));
    assert_int_equal(s.n, 8);
    assert_int_equal(s.required, 6);
    assert_int_equal(s.parameter[0].kind, TM_KIND_STRING);
    assert_int_equal(s.parameter[1].kind, TM_KIND_LITERAL_INT);
    assert_int_equal(s.parameter[2].kind, TM_KIND_LIST_OF_TO_STRING);
    assert_true(s.parameter[2].or_dynamic);
    assert_int_equal(s.parameter[3].kind, TM_KIND_INT);
    assert_true(s.parameter[3].tested);
    assert_int_equal(s.parameter[4].kind, TM_KIND_LAMBDA);
    assert_int_equal(s.parameter[4].lambda_parameters, 2);
    assert_int_equal(s.parameter[5].kind, TM_KIND_PATH_MAP);
    assert_int_equal(s.parameter[6].kind, TM_KIND_LIST_OF_LAZY);
    assert_true(s.parameter[6].optional);
    assert_true(tm_text_is(s.parameter[7].name, "h"));
    assert_true(tm_text_is(s.parameter[7].fallback, "\"a, (b\""));
}

static void lazy_parameters_say_what_they_must_yield(void **state)
{
    (void)state;
    tm_signature s = read("F", "bool F(a: lazy string, b: [lazy string], c: lazy any)");
    assert_int_equal(s.parameter[0].kind, TM_KIND_LAZY);
    assert_int_equal(s.parameter[0].forced, TM_KIND_STRING);
    assert_int_equal(s.parameter[1].kind, TM_KIND_LIST_OF_LAZY);
    assert_int_equal(s.parameter[1].forced, TM_KIND_STRING);
    assert_int_equal(s.parameter[2].forced, TM_KIND_ANY);
}

static void a_function_may_have_no_parameters(void **state)
{
    (void)state;
    assert_int_equal(read("Now", "time Now()").n, 0);
    assert_int_equal(read("W", "any W(condition: () => bool)").parameter[0].lambda_parameters, 0);
}

static void every_function_of_the_library_can_be_read_and_found(void **state)
{
    (void)state;
    unsigned n = 0;
    for (const tm_function *f; (f = tm_function_at(n)); n++) {
        tm_signature s;
        tm_signature_read(f, &s);
        assert_true(tm_text_is(s.name, f->name));
        assert_ptr_equal(tm_function_find(s.name), f);
        assert_true(strlen(f->manual) > 0);
    }
    assert_true(n > 0);
    assert_null(tm_function_find(TM_TEXT("NoSuchFunction")));
}

static unsigned examples_of(const tm_function *f)
{
    unsigned n = 0;
    for (const char *line = f->examples; line && *line; line = strchr(line, '\n') + 1)
        n += *line != '\t';
    return n;
}

static void every_function_has_two_examples_and_an_origin(void **state)
{
    (void)state;
    const tm_function *f;
    for (unsigned i = 0; (f = tm_function_at(i)); i++) {
        if (examples_of(f) < 2)
            fail_msg("%s has %u examples", f->name, examples_of(f));
        assert_true(strcmp(f->origin, "OTTL") == 0 || strcmp(f->origin, "tamis") == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_are_read_in_every_notation),
        cmocka_unit_test(lazy_parameters_say_what_they_must_yield),
        cmocka_unit_test(a_function_may_have_no_parameters),
        cmocka_unit_test(every_function_of_the_library_can_be_read_and_found),
        cmocka_unit_test(every_function_has_two_examples_and_an_origin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
