/* Regexes: nesting, size, time and memory come to an end.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/short_heap.h"
#include "tests/unit/vm/regex_bench.h"

#include <string.h>

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

typedef struct filling {
    const tm_regex *regex;
    tm_matcher *matcher;
    tm_text template;
} filling;

static bool fill(void *owner, tm_text subject, const size_t *group, unsigned groups, tm_buf *out)
{
    const filling *f = owner;
    tm_regex_expand(f->regex, f->matcher, f->template, subject, group, groups, out);
    return true;
}

/* ---- steps ---------------------------------------------------------------------------------- */

/* Expressions that a backtracker takes very long for, or that look at the rest of the subject from
 * each of its places. */
static const char *const evil[] = {"(a+)+$",
                                   "(a|aa)+$",
                                   "(a|a?)+$",
                                   "(.*)*x",
                                   "^(([a-z])+.)+[A-Z]([a-z])+$",
                                   "(x+x+)+y",
                                   "\\w+\\s+\\w+\\s+\\w+!",
                                   "(\\w+\\s?)*!",
                                   ".*.*.*=.*",
                                   "([^,]*,?)+;",
                                   "x[^y]*y|x",
                                   "a(?s:.*)b|[ax]",
                                   "[ ]+$",
                                   "(?i)(k|\\pL)+\\PL|.",
                                   "\\b\\w*\\d|,",
                                   "(a|b|ab)*?bc|a",
                                   "(.)(.)?(.)?$"};
static const char *const parts[] = {"a", "x", "word ", "a,", " ", "k\xc3\xa9\xe2\x84\xaa", "ab"};

enum { EVIL = sizeof evil / sizeof evil[0], PARTS = sizeof parts / sizeof parts[0] };

/* What one use costs with so many bytes of `part`. */
typedef uint64_t (*usage)(bench *b, const tm_regex *regex, tm_text subject);

static void use_doubles_at_most(usage use)
{
    for (size_t i = 0; i < EVIL; i++)
        for (size_t k = 0; k < PARTS; k++) {
            uint64_t steps[2];
            for (unsigned twice = 0; twice < 2; twice++) {
                bench b = start();
                const size_t times = (8192u << twice) / strlen(parts[k]);
                steps[twice] =
                    use(&b, compile_text(&b, evil[i]), repeat(b.arena, parts[k], times, "-"));
                tm_arena_free(b.arena);
            }
            if (steps[1] * 10 > steps[0] * 23)
                fail_msg("%s on '%s': %ju steps, then %ju", evil[i], parts[k], (uintmax_t)steps[0],
                         (uintmax_t)steps[1]);
        }
}

static uint64_t test_once(bench *b, const tm_regex *regex, tm_text subject)
{
    tm_work work = {0};
    tm_matcher_set_work(b->matcher, &work);
    assert_int_not_equal(tm_regex_test(regex, b->matcher, b->arena, subject), TM_MATCH_BUDGET);
    return tm_work_steps(&work);
}

static uint64_t replace_all(bench *b, const tm_regex *regex, tm_text subject)
{
    tm_work work = {0};
    tm_text result;
    bool stopped;
    filling f = {.regex = regex, .matcher = b->matcher, .template = TM_TEXT("<$1>")};
    tm_matcher_set_work(b->matcher, &work);
    assert_int_not_equal(
        tm_regex_replace(regex, b->matcher, b->arena, subject, fill, &f, &result, &stopped),
        TM_MATCH_BUDGET);
    return tm_work_steps(&work);
}

static void a_test_of_twice_the_data_takes_twice_the_steps(void **state)
{
    (void)state;
    use_doubles_at_most(test_once);
}

static void so_does_replacing_all_matches(void **state)
{
    (void)state;
    use_doubles_at_most(replace_all);
}

static void megabytes_of_blanks_get_the_right_answer(void **state)
{
    (void)state;
    bench b = start();
    const tm_regex *regex = compile_text(&b, "[ ]+$");
    tm_text blanks = repeat(b.arena, "                ", 250000, "");
    assert_int_equal(tm_regex_test(regex, b.matcher, b.arena, blanks), TM_MATCH);
    size_t group[2];
    assert_int_equal(tm_regex_search(regex, b.matcher, b.arena, blanks, 0, group, 1), TM_MATCH);
    assert_int_equal(group[0], 0);
    assert_int_equal(group[1], blanks.n);
    blanks = repeat(b.arena, "                ", 250000, "x");
    assert_int_equal(tm_regex_test(regex, b.matcher, b.arena, blanks), TM_NO_MATCH);
    assert_int_equal(tm_regex_search(regex, b.matcher, b.arena, blanks, 0, group, 1), TM_NO_MATCH);
    tm_arena_free(b.arena);
}

static void what_pcre2_gives_up_is_decided_all_the_same(void **state)
{
    (void)state;
    bench b = start();
    tm_text as = repeat(b.arena, "a", 400, "");
    assert_int_equal(tm_regex_test(compile_text(&b, "(a|aa)+$"), b.matcher, b.arena, as), TM_MATCH);
    assert_int_equal(tm_regex_test(compile_text(&b, "(a|aa)+$!"), b.matcher, b.arena, as),
                     TM_NO_MATCH);
    tm_arena_free(b.arena);
}

static bool refuse(void *owner, tm_work *work)
{
    (void)owner, (void)work;
    return false;
}

static void a_search_ends_where_the_work_does(void **state)
{
    (void)state;
    bench b = start();
    const tm_regex *regex = compile_text(&b, "(a|b)+c");
    tm_text subject = repeat(b.arena, "ab", 100000, "");
    tm_work work = {.left = 1000, .more = refuse};
    tm_matcher_set_work(b.matcher, &work);
    size_t group[2];
    assert_int_equal(tm_regex_test(regex, b.matcher, b.arena, subject), TM_MATCH_BUDGET);
    work = (tm_work){.left = 1000, .more = refuse};
    assert_int_equal(tm_regex_search(regex, b.matcher, b.arena, subject, 0, group, 1),
                     TM_MATCH_BUDGET);
    work = (tm_work){0};
    assert_int_equal(tm_regex_test(regex, b.matcher, b.arena, subject), TM_NO_MATCH);
    tm_arena_free(b.arena);
}

static void what_a_search_needs_is_given_back(void **state)
{
    (void)state;
    bench b = start();
    const tm_regex *regex = compile_text(&b, "(a|z)+c");
    tm_text subject = repeat(b.arena, "a\xff", 100000, "c");
    const size_t before = tm_arena_used(b.arena);
    size_t group[2];
    tm_matcher_set_short(b.matcher, 0);
    tm_regex_test(regex, b.matcher, b.arena, subject);
    assert_int_equal(tm_regex_search(regex, b.matcher, b.arena, subject, 0, group, 1),
                     TM_NO_MATCH); /* each bad byte is U+FFFD */
    assert_int_equal(tm_arena_used(b.arena), before);
    tm_arena_free(b.arena);
}

/* ---- memory that runs out ------------------------------------------------------------------- */

/* Everything once. */
static void use_everything(void *argument)
{
    tm_arena *arena = argument;
    bench b = {.arena = arena, .matcher = tm_matcher_new(arena)};
    filling f = {.regex = compile_text(&b, "([^,\\pL]*,?)+|(x)?"),
                 .matcher = b.matcher,
                 .template = TM_TEXT("$1\xc3\xa9$n\xc3\xa9")};
    tm_text result;
    bool stopped;
    tm_regex_replace(f.regex, b.matcher, arena, TM_TEXT("1,\xff,x"), fill, &f, &result, &stopped);
    tm_matcher_set_short(b.matcher, 0);
    tm_regex_test(f.regex, b.matcher, arena, repeat(arena, "1,\xff,x", 1000, ""));
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
        cmocka_unit_test(a_test_of_twice_the_data_takes_twice_the_steps),
        cmocka_unit_test(so_does_replacing_all_matches),
        cmocka_unit_test(megabytes_of_blanks_get_the_right_answer),
        cmocka_unit_test(what_pcre2_gives_up_is_decided_all_the_same),
        cmocka_unit_test(a_search_ends_where_the_work_does),
        cmocka_unit_test(what_a_search_needs_is_given_back),
        cmocka_unit_test(running_out_of_memory_anywhere_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
