/* Globs: what they match, what is malformed, and that many stars cost little.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/regex/glob.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool matches(const char *pattern, tm_text subject)
{
    tm_arena *arena = tm_arena_new(NULL);
    tm_text error = {0};
    size_t at;
    tm_glob *glob = tm_glob_new(arena, tm_text_of(pattern), &error, &at);
    if (!glob)
        fail_msg("%s: %.*s", pattern, TM_PRI(error));
    bool matched = tm_glob_match(glob, arena, NULL, subject) == TM_MATCH;
    tm_arena_free(arena);
    return matched;
}

/* Subjects after the pattern, first those that match, then those that do not; NULL ends each. */
static void check(const char *pattern, ...)
{
    va_list args;
    va_start(args, pattern);
    for (int want = 1; want >= 0; want--)
        for (const char *s; (s = va_arg(args, const char *));)
            if (matches(pattern, tm_text_of(s)) != want)
                fail_msg("'%s' on '%s': expected %d", pattern, s, want);
    va_end(args);
}

static void a_literal_matches_itself_only(void **state)
{
    (void)state;
    check("", "", NULL, "a", NULL);
    check("abc", "abc", NULL, "", "ab", "abcd", "ABC", "xabc", NULL);
    check("a,b}c]", "a,b}c]", NULL, "a", "b", NULL);
    check("\\*\\?\\[\\{\\\\\\x", "*?[{\\x", NULL, "a", NULL);
    check("a\\", "a", NULL, "a\\", NULL);
}

static void a_star_matches_any_run_also_across_slashes(void **state)
{
    (void)state;
    check("*", "", "a", "a/b", "\n", NULL, NULL);
    check("**", "", "a", "a/b", NULL, NULL);
    check("GET /users/*", "GET /users/", "GET /users/1/2", NULL, "GET /user", "XGET /users/", NULL);
    check("*.html", ".html", "a/b.html", NULL, "html", "a.htm", "a.html ", NULL);
    check("a*b*c", "abc", "abbc", "a//b//c", NULL, "ac", "abcd", "acb", NULL);
    check("ab*b", "abb", "abxb", NULL, "ab", NULL); /* the two parts do not overlap */
}

static void a_question_mark_matches_one_code_point(void **state)
{
    (void)state;
    check("?", "a", "\xc3\xa9", "\xe6\x97\xa5", "\n", "\xff", NULL, "", "ab", "\xff\xff", NULL);
    check("a?c", "abc", "a/c",
          "a\xc3\xa9"
          "c",
          NULL, "ac", "abbc", NULL);
    check("?*", "a", "ab", NULL, "", NULL);
}

static void a_class_is_a_set_or_a_range(void **state)
{
    (void)state;
    check("[abc]", "a", "b", "c", NULL, "", "d", "ab", NULL);
    check("[!abc]", "d", "\xc3\xa9", "\xff", NULL, "a", "", NULL);
    check("[a-c]x", "ax", "bx", "cx", NULL, "dx", "-x", "x", NULL);
    check("[!a-c]", "d", "-", NULL, "b", NULL);
    check("[\xc3\xa0-\xc3\xbc]", "\xc3\xa9", NULL, "e", NULL);
    check("[ab-z]", "a", "b", "-", "z", NULL, "c", NULL); /* starts as a set, stays one */
    check("[a\\]b]", "a", "]", "b", NULL, "\\", NULL);
    check("[!!a]", "b", NULL, "!", "a", NULL);
    check("[!a-g]ello*", "hello world", NULL, "bello", NULL);
}

static void braces_hold_alternatives_and_nest(void **state)
{
    (void)state;
    check("{a,b}", "a", "b", NULL, "", "ab", "c", NULL);
    check("{hello,bye}*", "hello world", "bye", NULL, "by", NULL);
    check("x{a,{b,cd}e,}y", "xay", "xbey", "xcdey", "xy", NULL, "xby", "xcde", NULL);
    check("{*.js,*.css}?{,x}", "a.js1", "b.css1x", NULL, "a.js", "a.jsx1x1", NULL);
    check("{}", "", NULL, "a", NULL);
    check("{a,b", "a", "b", NULL, "", "{a,b", NULL);
    check("{a\\,b,c}", "a,b", "c", NULL, "a", NULL);
    check("{{a,b}{c,d},e}f", "acf", "bdf", "ef", NULL, "af", "cf", NULL);
    check("sn{ak,}*", "sn", "snake", "snow", NULL, "s", NULL);
}

static void what_is_malformed_is_refused_with_a_place(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *error;
        size_t at;
    } wrong[] = {
        {"a[", "unexpected end of input", 2},
        {"[a", "unexpected end of input", 2},
        {"[a-", "unexpected end of input", 3},
        {"[a-]", "the end of the range comes before its start", 4},
        {"[]", "could not parse range", 1},
        {"[!]", "could not parse range", 2},
        {"[b-a]", "the end of the range comes before its start", 4},
        {"[a-z0]", "expected close range character", 4},
        {"ab\xff", "could not read rune", 2},
        {"[\xef\xbf\xbd]", "could not read rune", 1},
    };
    tm_arena *arena = tm_arena_new(NULL);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        tm_text error = {0};
        size_t at = 99;
        assert_null(tm_glob_new(arena, tm_text_of(wrong[i].pattern), &error, &at));
        assert_true(tm_text_is(error, wrong[i].error));
        assert_int_equal(at, wrong[i].at);
    }
    tm_arena_free(arena);
}

static void many_stars_and_braces_stay_cheap(void **state)
{
    (void)state;
    static char subject[20001];
    memset(subject, 'a', sizeof subject - 1);
    check("*a*a*a*a*a*a*a*a*a*a*a*a*b", NULL, subject, NULL);
    check("{a,aa}{a,aa}{a,aa}{a,aa}{a,aa}{a,aa}{a,aa}{a,aa}{a,aa}{a,aa}*b", NULL, subject, NULL);
    check("{{{*a,*aa},*a*},a*}*b", NULL, subject, NULL);
    check("*{a*,*a}{*a,a*}", subject, NULL, NULL);
}

static void matching_in_a_warm_arena_takes_no_new_memory(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL), *scratch = tm_arena_new(NULL);
    tm_text error;
    size_t at;
    tm_glob *simple = tm_glob_new(arena, TM_TEXT("GET /*"), &error, &at);
    tm_glob *states = tm_glob_new(arena, TM_TEXT("GET /{a,b}?*x"), &error, &at);
    assert_int_equal(tm_glob_match(simple, scratch, NULL, TM_TEXT("GET /users")), TM_MATCH);
    assert_int_equal(tm_glob_match(states, scratch, NULL, TM_TEXT("GET /b12x")), TM_MATCH);
    assert_int_equal(tm_glob_match(states, scratch, NULL, TM_TEXT("GET /b12")), TM_NO_MATCH);
    assert_int_equal(tm_arena_used(scratch), 0);
    tm_arena_free(scratch);
    tm_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_literal_matches_itself_only),
        cmocka_unit_test(a_star_matches_any_run_also_across_slashes),
        cmocka_unit_test(a_question_mark_matches_one_code_point),
        cmocka_unit_test(a_class_is_a_set_or_a_range),
        cmocka_unit_test(braces_hold_alternatives_and_nest),
        cmocka_unit_test(what_is_malformed_is_refused_with_a_place),
        cmocka_unit_test(many_stars_and_braces_stay_cheap),
        cmocka_unit_test(matching_in_a_warm_arena_takes_no_new_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
