/* Regexes: nesting, size, time and memory come to an end.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/regex.h"
#include "tests/unit/short_heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct bench {
    tm_arena *arena;
    tm_matcher *matcher;
} bench;

static bench start(void)
{
    tm_arena *arena = tm_arena_new(NULL);
    return (bench){.arena = arena, .matcher = tm_matcher_new(arena)};
}

static tm_regex *compile(bench *b, tm_text pattern)
{
    tm_text error;
    size_t at;
    tm_regex *regex = tm_regex_new(b->arena, pattern, &error, &at);
    if (!regex)
        fail_msg("%.*s: %.*s", TM_PRI(pattern), TM_PRI(error));
    return regex;
}

static tm_regex *compile_text(bench *b, const char *pattern)
{
    return compile(b, tm_text_of(pattern));
}

static tm_text repeat(tm_arena *arena, const char *part, size_t times, const char *end)
{
    tm_buf b = {.arena = arena};
    while (times--)
        tm_buf_add(&b, tm_text_of(part));
    tm_buf_add(&b, tm_text_of(end));
    return tm_buf_text(&b);
}

static tm_text nested(tm_arena *arena, const char *open, size_t times)
{
    tm_text close = tm_arena_copy(arena, repeat(arena, ")", times, ""));
    return repeat(arena, open, times, tm_arena_print(arena, "a%s", close.p).p);
}

static void nesting_is_limited_as_in_go(void **state)
{
    (void)state;
    bench b = start();
    tm_text error;
    size_t at;
    const tm_regex *regex = compile(&b, nested(b.arena, "(", 990));
    assert_int_equal(tm_regex_test(regex, b.matcher, b.arena, TM_TEXT("ba")), TM_MATCH);
    assert_null(tm_regex_new(b.arena, nested(b.arena, "(", 1001), &error, &at));
    assert_true(tm_text_starts(error, TM_TEXT("expression nests too deeply")));
    compile(&b, nested(b.arena, "(?:", 20000)); /* groups that capture nothing count for nothing */
    tm_arena_free(b.arena);
}

static void what_pcre2_cannot_hold_is_refused_with_a_reason(void **state)
{
    (void)state;
    bench b = start();
    tm_text error;
    size_t at;
    tm_text large = TM_TEXT("(?:(?:ab|cde|fgh|ij)[^a-z\\pL]){1000}");
    assert_null(tm_regex_new(b.arena, large, &error, &at));
    assert_true(tm_text_starts(error, TM_TEXT("expression too large")));
    tm_arena_free(b.arena);
}

/* The expressions of docs/DESIGN.md's budget: a search ends soon, whatever the answer. */
static void no_expression_takes_long(void **state)
{
    (void)state;
    static const char *const evil[] = {"(a+)+$",
                                       "(a|aa)+$",
                                       "(a|a?)+$",
                                       "(.*)*x",
                                       "^(([a-z])+.)+[A-Z]([a-z])+$",
                                       "(x+x+)+y",
                                       "\\w+\\s+\\w+\\s+\\w+!",
                                       "(\\w+\\s?)*!",
                                       ".*.*.*=.*",
                                       "([^,]*,?)+;"};
    bench b = start();
    tm_text subjects[] = {repeat(b.arena, "a", 16384, "!"), repeat(b.arena, "x", 16384, ""),
                          repeat(b.arena, "word ", 3000, ""), repeat(b.arena, "a,", 8000, "")};
    const tm_clock *clock = tm_clock_real();
    for (size_t i = 0; i < sizeof evil / sizeof evil[0]; i++)
        for (size_t k = 0; k < 4; k++) {
            uint64_t before = tm_clock_monotonic_ns(clock);
            tm_regex_test(compile_text(&b, evil[i]), b.matcher, b.arena, subjects[k]);
            assert_true(tm_clock_monotonic_ns(clock) - before < 300000000000u); /* not years */
        }
    tm_arena_free(b.arena);
}

static uint64_t stand_still(void *owner)
{
    (void)owner;
    return 1;
}

/* The machine may stall: where an answer is due, time does not pass. */
static const tm_clock no_time = {.monotonic_ns = stand_still};

static void a_loop_over_nothing_is_tested_in_linear_time_when_pcre2_gives_up(void **state)
{
    (void)state;
    bench b = start();
    tm_text subject = repeat(b.arena, "a", 16384, "");
    tm_matcher_set_clock(b.matcher, &no_time);
    assert_int_equal(tm_regex_test(compile_text(&b, "(a|a?)+$"), b.matcher, b.arena, subject),
                     TM_MATCH);
    assert_int_equal(tm_regex_test(compile_text(&b, "(a|a?)+$!"), b.matcher, b.arena, subject),
                     TM_NO_MATCH);
    tm_arena_free(b.arena);
}

static uint64_t leap(void *owner)
{
    return *(uint64_t *)owner += 15000000;
}

static void a_long_subject_is_searched_until_the_time_is_up(void **state)
{
    (void)state;
    bench b = start();
    uint64_t now = 1;
    tm_clock clock = {.monotonic_ns = leap, .owner = &now};
    tm_matcher_set_clock(b.matcher, &clock);
    const tm_regex *regex = compile_text(&b, "[bc]d");
    tm_text two_slices = repeat(b.arena, "a", 300, "cd"), many = repeat(b.arena, "a", 3000, "cd");
    assert_int_equal(tm_regex_test(regex, b.matcher, b.arena, two_slices), TM_MATCH);
    assert_int_equal(tm_regex_test(regex, b.matcher, b.arena, many), TM_MATCH_BUDGET);
    tm_matcher_set_clock(b.matcher, &no_time);
    assert_int_equal(tm_regex_test(regex, b.matcher, b.arena, many), TM_MATCH);
    tm_arena_free(b.arena);
}

typedef struct filling {
    const tm_regex *regex;
    tm_text template;
} filling;

static bool fill(void *owner, tm_text subject, const size_t *group, unsigned groups, tm_buf *out)
{
    const filling *f = owner;
    tm_regex_expand(f->regex, f->template, subject, group, groups, out);
    return true;
}

/* ---- memory that runs out ------------------------------------------------------------------- */

/* Everything once. */
static void use_everything(void *argument)
{
    tm_arena *arena = argument;
    bench b = {.arena = arena, .matcher = tm_matcher_new(arena)};
    filling f = {.regex = compile_text(&b, "([^,\\pL]*,?)+|(x)?"),
                 .template = TM_TEXT("$1\xc3\xa9$n\xc3\xa9")};
    tm_text result;
    bool stopped;
    tm_regex_replace(f.regex, b.matcher, arena, TM_TEXT("1,\xff,x"), fill, &f, &result, &stopped);
    compile_text(&b, "(?i)a(b*|c)+[[:^alpha:]\\p{Greek}]{2,3}$");
}

static bool use_all(void *owner, const tm_heap *heap)
{
    (void)owner;
    tm_arena *arena = tm_arena_new(heap);
    bool done = arena && tm_arena_try(arena, use_everything, arena);
    tm_arena_free(arena);
    return done;
}

static void running_out_of_memory_anywhere_leaves_nothing_behind(void **state)
{
    (void)state;
    assert_true(short_heap_each(use_all, NULL) > 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nesting_is_limited_as_in_go),
        cmocka_unit_test(what_pcre2_cannot_hold_is_refused_with_a_reason),
        cmocka_unit_test(no_expression_takes_long),
        cmocka_unit_test(a_loop_over_nothing_is_tested_in_linear_time_when_pcre2_gives_up),
        cmocka_unit_test(a_long_subject_is_searched_until_the_time_is_up),
        cmocka_unit_test(running_out_of_memory_anywhere_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
