/* Rows: expressions that one look at each character decides say what the engine says.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/regex/re2_row.h"

#include "vm/regex/regex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const tm_re2_row *row_of(tm_arena *arena, const char *pattern)
{
    tm_text error;
    size_t at;
    const tm_re2 *re2 = tm_re2_new(arena, tm_text_of(pattern), &error, &at);
    if (!re2)
        fail_msg("%s: %.*s", pattern, TM_PRI(error));
    return tm_re2_row_of(arena, re2);
}

/* --- which expressions are rows --- */

static void rows_have_one_way_to_match(void **state)
{
    static const char *const are[] = {
        "^/entries/[0-9]+$",       "^[0-9]+$",          "/entries/[0-9]+",
        "^[a-z]{2}-[A-Z]{1,3}_x$", "^a?b*c+d$",         "^[^/]*/[^/]+$",
        "^(?:ab)[0-9]+(c)",        "^(?i)get [a-z]+$",  "^.x*",
        "^\\d+\\.\\d+$",           "ab[0-9]*cd",        "^(?s).*$",
        "^[0-9]*[a-z]*$",          "^[0-9]{3}[0-9]{2}$"};
    static const char *const are_not[] = {
        "^[0-9]+5$",       "^.*x",          "[0-9]+x",  "^a*[a-b]",
        "^a?b?a",          "^(ab)+$",       "^(a|b)$",  "^\\bword",
        "(?m)^x[0-9]",     "^x[0-9]+(?m)$", "^\\pL+$",  "^(?i)[\\x{17f}]",
        "^\\x{e9}[0-9]",   "a^[0-9]+",      "a$[0-9]*", "^[0-9]*[a-z]*5",
        "^(?i)[^\\x{17f}]"};
    tm_arena *arena = tm_arena_new(NULL);
    (void)state;
    for (size_t i = 0; i < sizeof are / sizeof *are; i++)
        if (!row_of(arena, are[i]))
            fail_msg("%s is a row", are[i]);
    for (size_t i = 0; i < sizeof are_not / sizeof *are_not; i++)
        if (row_of(arena, are_not[i]))
            fail_msg("%s is no row", are_not[i]);
    tm_arena_free(arena);
}

/* --- what they answer --- */

static uint32_t below(uint32_t *seed, uint32_t n)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 8) % n;
}

static const char *some_pattern(tm_arena *arena, uint32_t *seed)
{
    static const char *const pieces[] = {"a",  "b", "[ab]", "[^a]", ".",      "\\d",    "[a-c]",
                                         "/",  "k", "[^/]", "[bc]", "0",      "\\w",    "é",
                                         "\n", "c", "(a)",  "ab",   "(?s:.)", "[0-9é]", "(?i:k)"};
    static const char *const times[] = {"", "", "", "*", "+", "?", "{2}", "{1,2}", "*?"};
    tm_buf out = {.arena = arena};
    if (below(seed, 3))
        tm_buf_add_char(&out, '^');
    if (below(seed, 4) == 0)
        tm_buf_add(&out, TM_TEXT("(?i)"));
    for (uint32_t n = 1 + below(seed, 4); n; n--)
        tm_buf_print(&out, "%s%s", pieces[below(seed, sizeof pieces / sizeof *pieces)],
                     times[below(seed, sizeof times / sizeof *times)]);
    if (below(seed, 2))
        tm_buf_add_char(&out, '$');
    tm_buf_add_char(&out, 0);
    return out.p;
}

static tm_text some_subject(tm_arena *arena, uint32_t *seed)
{
    static const char *const pieces[] = {
        "a", "b", "a", "b", "c", "0", "9", "/", "k", "K", "B", "\n", "é", "\xe2\x84\xaa", "\xff"};
    tm_buf out = {.arena = arena};
    for (uint32_t n = below(seed, 12); n; n--)
        tm_buf_add(&out, tm_text_of(pieces[below(seed, sizeof pieces / sizeof *pieces)]));
    return tm_buf_text(&out);
}

typedef struct answers {
    unsigned yes, no, unknown;
} answers;

static void compare(tm_arena *arena, tm_matcher *matcher, uint32_t *seed, answers *a)
{
    tm_text error;
    size_t at;
    const char *pattern = some_pattern(arena, seed);
    const tm_re2_row *row = row_of(arena, pattern);
    if (!row)
        return;
    const tm_regex *regex = tm_regex_new(arena, tm_text_of(pattern), &error, &at);
    for (unsigned i = 0; i < 30; i++) {
        const tm_text subject = some_subject(arena, seed);
        const bool matches =
            tm_regex_search(regex, matcher, arena, subject, 0, NULL, 0) == TM_MATCH;
        const tm_re2_row_answer answer = tm_re2_row_test(row, subject);
        a->yes += answer == TM_ROW_YES;
        a->no += answer == TM_ROW_NO;
        a->unknown += answer == TM_ROW_UNKNOWN;
        if (answer != TM_ROW_UNKNOWN && (answer == TM_ROW_YES) != matches)
            fail_msg("%s over \"%.*s\": the row says %d", pattern, TM_PRI(subject), answer);
    }
}

static void rows_answer_as_the_engine_does(void **state)
{
    tm_arena *own = tm_arena_new(NULL), *arena = tm_arena_new(NULL);
    tm_matcher *matcher = tm_matcher_new(own);
    answers a = {0};
    uint32_t seed = 1;
    (void)state;
    for (unsigned i = 0; i < 6000; i++) {
        compare(arena, matcher, &seed, &a);
        tm_arena_reset(arena);
    }
    assert_true(a.yes > 3000 && a.no > 10000 && a.unknown > 500);
    tm_arena_free(arena);
    tm_arena_free(own);
}

/* Starts that look right are tried a few times only: the rest is the engine's, which has limits. */
static void a_row_gives_up_after_a_few_starts(void **state)
{
    tm_arena *arena = tm_arena_new(NULL);
    tm_buf subject = {.arena = arena};
    (void)state;
    for (unsigned i = 0; i < 1000; i++)
        tm_buf_add(&subject, TM_TEXT("a0"));
    const tm_re2_row *row = row_of(arena, "a[0-9]*b");
    assert_int_equal(tm_re2_row_test(row, tm_buf_text(&subject)), TM_ROW_UNKNOWN);
    assert_int_equal(tm_re2_row_test(row, TM_TEXT("a0a0a0b")), TM_ROW_YES);
    assert_int_equal(tm_re2_row_test(row, TM_TEXT("a0a0a0")), TM_ROW_NO);
    assert_int_equal(tm_re2_row_test(row, (tm_text){0}), TM_ROW_NO);
    tm_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_have_one_way_to_match),
        cmocka_unit_test(rows_answer_as_the_engine_does),
        cmocka_unit_test(a_row_gives_up_after_a_few_starts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
