/* The linear engine against PCRE2: random expressions over random subjects, long ones too.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/regex/regex_inside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { EXPRESSIONS = 4000, GROUPS = 4, MATCHES_MOST = 60 };

static unsigned below(uint32_t *seed, unsigned n)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 8) % n;
}

static void add(tm_buf *b, const char *text)
{
    tm_buf_add(b, tm_text_of(text));
}

/* An expression, no deeper than `depth`. */
static void make_expression(tm_buf *b, uint32_t *seed, unsigned depth)
{
    static const char *const atoms[] = {"a",
                                        "b",
                                        "ab",
                                        "[ab]",
                                        "[^a]",
                                        ".",
                                        "\\b",
                                        "^",
                                        "$",
                                        "(?m:^)",
                                        "(?m:$)",
                                        "\\B",
                                        "\xc3\xa9",
                                        "\\pL",
                                        "[\xc3\xa9-\xc3\xbf]",
                                        "(?i:k)",
                                        "(?s:.)",
                                        "\\d",
                                        "(?i:\xc3\xa9)",
                                        "\\PL",
                                        "c",
                                        "\\n"};
    static const char *const repeats[] = {"*", "+", "?", "*?", "+?", "??", "{2}", "{1,3}", "{2,}?"};
    switch (depth ? below(seed, 6) : 0) {
    case 0:
    case 1:
        add(b, atoms[below(seed, sizeof atoms / sizeof atoms[0])]);
        break;
    case 2:
    case 3:
        make_expression(b, seed, depth - 1);
        make_expression(b, seed, depth - 1);
        break;
    case 4:
        add(b, below(seed, 2) ? "(" : "(?:");
        make_expression(b, seed, depth - 1);
        add(b, "|");
        make_expression(b, seed, depth - 1);
        add(b, ")");
        break;
    default:
        add(b, below(seed, 2) ? "(" : "(?:");
        make_expression(b, seed, depth - 1);
        add(b, ")");
        add(b, repeats[below(seed, sizeof repeats / sizeof repeats[0])]);
    }
}

static tm_text make_subject(tm_arena *arena, uint32_t *seed)
{
    static const char *const parts[] = {"a",        "b", "ab",   "aa", "c", "\n",
                                        "\xc3\xa9", "1", " ",    "k",  "K", "\xe2\x84\xaa",
                                        "\xc3\xbf", "b", "\xff", "a"};
    tm_buf b = {.arena = arena};
    const unsigned most = below(seed, 20) ? 20 : 3000, count = below(seed, most);
    const unsigned few = 1 + below(seed, sizeof parts / sizeof parts[0]);
    for (unsigned i = 0; i < count; i++)
        add(&b, parts[below(seed, few)]);
    return tm_buf_text(&b);
}

typedef struct bench {
    tm_arena *arena;
    tm_matcher *pcre, *linear;
    unsigned matched;
} bench;

/* The first matches, by both. */
static void compare(bench *b, const tm_regex *regex, tm_text subject)
{
    const tm_regex_view view = tm_regex_view_of(b->arena, subject);
    tm_finder one = {.regex = regex, .matcher = b->pcre, .arena = b->arena, .view = &view};
    tm_finder two = {.regex = regex, .matcher = b->linear, .arena = b->arena, .view = &view};
    size_t at = 0, g[2 * GROUPS], h[2 * GROUPS];
    for (unsigned i = 0; i < MATCHES_MOST && at <= subject.n; i++) {
        const tm_match found = tm_finder_next(&one, at, g, GROUPS);
        assert_int_equal(found, tm_finder_next(&two, at, h, GROUPS));
        if (i == 0) {
            assert_int_equal(found, tm_regex_test(regex, b->pcre, b->arena, subject));
            assert_int_equal(found, tm_regex_test(regex, b->linear, b->arena, subject));
        }
        if (found == TM_NO_MATCH)
            break;
        if (memcmp(g, h, sizeof g) != 0)
            fail_msg("/%.*s/ from %zu on '%.*s': %zu-%zu, not %zu-%zu",
                     TM_PRI(tm_regex_pattern(regex)), at, TM_PRI(subject), h[0], h[1], g[0], g[1]);
        b->matched++;
        at = g[1] + (g[1] == g[0]);
        while (at < subject.n && ((unsigned char)subject.p[at] & 0xc0) == 0x80)
            at++;
    }
}

static void both_engines_find_the_same_matches(void **state)
{
    (void)state;
    tm_arena *own = tm_arena_new(NULL), *arena = tm_arena_new(NULL);
    bench b = {.arena = arena, .pcre = tm_matcher_new(own), .linear = tm_matcher_new(own)};
    uint32_t seed = 1;
    tm_matcher_set_short(b.pcre, 1 << 20);
    tm_matcher_set_short(b.linear, 0);
    for (unsigned i = 0; i < EXPRESSIONS; i++) {
        tm_buf pattern = {.arena = arena};
        tm_text error;
        size_t at;
        make_expression(&pattern, &seed, 4);
        const tm_regex *regex = tm_regex_new(arena, tm_buf_text(&pattern), &error, &at);
        if (!regex)
            continue; /* a repetition of a repetition is none to Go */
        for (unsigned k = 0; k < 5; k++)
            compare(&b, regex, make_subject(arena, &seed));
        tm_arena_reset(arena);
    }
    assert_true(b.matched > EXPRESSIONS);
    tm_arena_free(arena);
    tm_arena_free(own);
}

/* Sets of states are forgotten and found again, within a search. */
static void more_sets_than_are_kept_change_nothing(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_text error;
    size_t at, g[2], h[2], matches = 0;
    uint32_t seed = 7;
    const tm_regex *regex = tm_regex_new(arena, TM_TEXT("a[ab]{40}(?:c|a)"), &error, &at);
    tm_buf subject = {.arena = arena};
    for (unsigned i = 0; i < 50000; i++)
        tm_buf_add_char(&subject, below(&seed, 60) ? "ab"[below(&seed, 2)] : 'c');
    const tm_regex_view view = tm_regex_view_of(arena, tm_buf_text(&subject));
    tm_finder one = {.regex = regex, .matcher = tm_matcher_new(arena), .view = &view};
    tm_finder two = {.regex = regex, .matcher = tm_matcher_new(arena), .view = &view};
    one.arena = two.arena = arena;
    tm_matcher_set_short(one.matcher, 1 << 20);
    tm_matcher_set_short(two.matcher, 0);
    for (size_t from = 0; tm_finder_next(&one, from, g, 1) == TM_MATCH; from = g[1], matches++) {
        assert_int_equal(tm_finder_next(&two, from, h, 1), TM_MATCH);
        assert_memory_equal(g, h, sizeof g);
    }
    assert_null(one.linear);
    assert_true(matches > 100);
    const tm_dfa *d = tm_matcher_dfa(two.matcher, regex, true);
    assert_in_range(*d->generations, 5, 1000);
    assert_int_equal(tm_regex_test(regex, two.matcher, arena, view.text), TM_MATCH);
    tm_arena_free(arena);
}

static void a_search_between_two_of_another_changes_nothing(void **state)
{
    (void)state;
    tm_arena *own = tm_arena_new(NULL);
    tm_matcher *m = tm_matcher_new(own);
    tm_text error;
    size_t at, g[2], h[2];
    tm_matcher_set_short(m, 0);
    const tm_regex *regex = tm_regex_new(own, TM_TEXT("[ab]+c|a"), &error, &at);
    tm_buf subject = {.arena = own};
    for (unsigned i = 0; i < 3000; i++)
        add(&subject, i % 7 ? "ab" : "c");
    const tm_regex_view view = tm_regex_view_of(own, tm_buf_text(&subject));
    tm_finder plain = {.regex = regex, .matcher = m, .arena = own, .view = &view};
    tm_finder mixed = plain;
    tm_matcher *other = tm_matcher_new(own);
    tm_matcher_set_short(other, 0);
    plain.matcher = other;
    for (size_t from = 0; tm_finder_next(&plain, from, g, 1) == TM_MATCH; from = g[1]) {
        assert_int_equal(tm_finder_next(&mixed, from, h, 1), TM_MATCH);
        assert_memory_equal(g, h, sizeof g);
        for (unsigned i = 0; i < TM_DFAS_KEPT; i++) { /* each takes the place of one that is kept */
            const tm_text pattern = tm_arena_print(own, "x{%zu}", from + i + 2);
            const tm_regex *next = from < 400 ? tm_regex_new(own, pattern, &error, &at) : regex;
            tm_regex_search(next, m, own, TM_TEXT("xxaxcab"), 0, h, 1);
        }
    }
    tm_arena_free(own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_engines_find_the_same_matches),
        cmocka_unit_test(more_sets_than_are_kept_change_nothing),
        cmocka_unit_test(a_search_between_two_of_another_changes_nothing),
    };
    return cmocka_run_group_tests_name("linear", tests, NULL, NULL);
}
