/* CORS: origins and lists of headers, judged as rs/cors judges them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/cors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void origins_match_in_any_case_and_a_star_stands_for_anything(void **state)
{
    (void)state;
    tm_text list[] = {TM_TEXT("https://a.example"), TM_TEXT("https://*.b.example:8443")};
    tm_cors cors = {.origins = {list, 2}};
    assert_true(tm_cors_takes_origin(&cors, TM_TEXT("https://A.example")));
    assert_true(tm_cors_takes_origin(&cors, TM_TEXT("https://x.y.b.example:8443")));
    assert_true(tm_cors_takes_origin(&cors, TM_TEXT("https://.b.example:8443")));
    assert_false(tm_cors_takes_origin(&cors, TM_TEXT("https://a.example.evil")));
    assert_false(tm_cors_takes_origin(&cors, TM_TEXT("http://a.example")));
    assert_false(tm_cors_takes_origin(&cors, TM_TEXT("https://x.b.example")));
    assert_false(tm_cors_takes_origin(&cors, TM_TEXT("https://b.example:8443")));
    assert_false(tm_cors_takes_every_origin(&cors));
    list[1] = TM_TEXT("*");
    assert_true(tm_cors_takes_every_origin(&cors));
    assert_true(tm_cors_takes_origin(&cors, TM_TEXT("null")));
}

static void a_star_needs_room_for_both_its_sides(void **state)
{
    (void)state;
    tm_text list[] = {TM_TEXT("http://ab*ba")};
    tm_cors cors = {.origins = {list, 1}};
    assert_true(tm_cors_takes_origin(&cors, TM_TEXT("http://abba")));
    assert_false(tm_cors_takes_origin(&cors, TM_TEXT("http://aba")));
}

static void lists_of_headers_are_sorted_lower_case_and_known(void **state)
{
    (void)state;
    tm_text own[] = {TM_TEXT("X-B"), TM_TEXT("x-a"), TM_TEXT("X-C")};
    const tm_cors usual = {0}, cors = {.headers = {own, 3}};
    static const struct {
        const char *list;
        bool usual, own;
    } cases[] = {
        {"", true, true},
        {"content-type", true, false},
        {"accept,content-type,x-requested-with", true, false},
        {"content-type,accept", false, false},
        {"x-a,x-c", false, true},
        {"x-a, x-b ,\tx-c", false, true},
        {"x-a,  x-b", false, false},
        {"x-a,x-a", false, false},
        {"X-a", false, false},
        {",,,x-a,,,", false, true},
        {",,,,,,,,,,,,,,,,,", false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(tm_cors_takes_headers(&usual, tm_text_of(cases[i].list)), cases[i].usual);
        assert_int_equal(tm_cors_takes_headers(&cors, tm_text_of(cases[i].list)), cases[i].own);
    }
}

static void a_star_among_the_headers_takes_any_list(void **state)
{
    (void)state;
    tm_text own[] = {TM_TEXT("x-a"), TM_TEXT("*")};
    const tm_cors cors = {.headers = {own, 2}};
    assert_true(tm_cors_takes_headers(&cors, TM_TEXT("Z, y,   x")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(origins_match_in_any_case_and_a_star_stands_for_anything),
        cmocka_unit_test(a_star_needs_room_for_both_its_sides),
        cmocka_unit_test(lists_of_headers_are_sorted_lower_case_and_known),
        cmocka_unit_test(a_star_among_the_headers_takes_any_list),
    };
    return cmocka_run_group_tests_name("net/cors", tests, NULL, NULL);
}
