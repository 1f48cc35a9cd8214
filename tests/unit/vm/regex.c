/* Regexes: Go's answers from tests/fixtures/regex.tsv, and what that cannot say.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/vm/regex_bench.h"
#include "tests/whole_file.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

static void is_text(tm_text got, const char *want)
{
    char *copy = strndup(got.n ? got.p : "", got.n);
    assert_string_equal(copy, want);
    free(copy);
}

/* ---- Go's answers --------------------------------------------------------------------------- */

typedef struct row {
    tm_text pattern, subject, template, matches, replaced;
} row;

static tm_text plain(tm_arena *arena, tm_text t)
{
    tm_buf b = {.arena = arena};
    for (size_t i = 0; i < t.n; i++) {
        unsigned byte = (unsigned char)t.p[i];
        if (byte == '%') {
            assert_int_equal(sscanf(t.p + i + 1, "%2x", &byte), 1);
            i += 2;
        }
        tm_buf_add_char(&b, (char)byte);
    }
    return tm_buf_text(&b);
}

static bool next_row(tm_arena *arena, tm_text *rest, row *r)
{
    tm_text line, *part[] = {&r->pattern, &r->subject, &r->template, &r->matches, &r->replaced};
    do
        if (!tm_text_next(rest, '\n', &line) || line.n == 0)
            return false;
    while (line.p[0] == '#' && line.n > 1 && line.p[1] == ' ' && !memchr(line.p, '\t', line.n));
    *r = (row){0};
    for (size_t i = 0; i < 5; i++) {
        tm_text field = {0};
        tm_text_next(&line, '\t', &field);
        *part[i] = plain(arena, field);
    }
    return true;
}

/* All matches as Go's FindAllSubmatchIndex gives them, written as in the fixture. */
static tm_text all_matches(bench *b, const tm_regex *regex, tm_text subject)
{
    unsigned groups = tm_regex_groups(regex) + 1;
    size_t *group = TM_NEW_ARRAY(b->arena, 2 * groups, size_t);
    size_t before = SIZE_MAX, width;
    tm_buf out = {.arena = b->arena};
    for (size_t at = 0; at <= subject.n;) {
        tm_match found = tm_regex_search(regex, b->matcher, b->arena, subject, at, group, groups);
        assert_int_not_equal(found, TM_MATCH_BUDGET);
        if (found == TM_NO_MATCH)
            break;
        if (group[1] > at || group[0] != before) {
            tm_buf_print(&out, "%s", out.n ? ";" : "");
            for (unsigned i = 0; i < 2 * groups; i++)
                tm_buf_print(&out, "%s%td", i ? "," : "", (ptrdiff_t)group[i]);
        }
        before = group[1];
        width = 1;
        if (group[1] == at && at < subject.n)
            tm_utf8_next(tm_text_skip(subject, at), &width);
        at = group[1] == at ? at + width : group[1];
    }
    return out.n ? tm_buf_text(&out) : TM_TEXT("-");
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

static void check_row(bench *b, const row *r)
{
    tm_text error = {0}, replaced;
    size_t at;
    bool stopped;
    const tm_regex *regex = tm_regex_new(b->arena, r->pattern, &error, &at);
    if (tm_text_is(r->subject, "!")) {
        if (regex || !tm_text_equal(error, r->template) || at > r->pattern.n)
            fail_msg("/%.*s/: %.*s, not %.*s", TM_PRI(r->pattern), TM_PRI(error),
                     TM_PRI(r->template));
        return;
    }
    if (!regex)
        fail_msg("/%.*s/: %.*s", TM_PRI(r->pattern), TM_PRI(error));
    tm_text matches = all_matches(b, regex, r->subject);
    if (!tm_text_equal(matches, r->matches))
        fail_msg("/%.*s/ on '%.*s': %.*s, not %.*s", TM_PRI(r->pattern), TM_PRI(r->subject),
                 TM_PRI(matches), TM_PRI(r->matches));
    bool any = !tm_text_is(matches, "-");
    tm_match test = tm_regex_test(regex, b->matcher, b->arena, r->subject);
    if (test != (any ? TM_MATCH : TM_NO_MATCH))
        fail_msg("/%.*s/ on '%.*s': test says %d", TM_PRI(r->pattern), TM_PRI(r->subject), test);
    filling f = {.regex = regex, .matcher = b->matcher, .template = r->template};
    tm_match found =
        tm_regex_replace(regex, b->matcher, b->arena, r->subject, fill, &f, &replaced, &stopped);
    assert_int_equal(found, test);
    assert_false(stopped);
    if (!tm_text_equal(replaced, r->replaced))
        fail_msg("/%.*s/ on '%.*s' to '%.*s': '%.*s', not '%.*s'", TM_PRI(r->pattern),
                 TM_PRI(r->subject), TM_PRI(r->template), TM_PRI(replaced), TM_PRI(r->replaced));
}

/* Every row of the fixture, with subjects up to so many bytes tried with PCRE2. */
static void check_fixture(size_t short_bytes)
{
    bench kept = start();
    tm_text rest = read_file(kept.arena, "tests/fixtures/regex.tsv");
    assert_non_null(rest.p);
    unsigned rows = 0;
    bench b = start();
    for (row r; next_row(b.arena, &rest, &r); rows++) {
        tm_matcher_set_short(b.matcher, short_bytes);
        check_row(&b, &r);
        tm_arena_reset(b.arena);
        b.matcher = tm_matcher_new(b.arena);
    }
    assert_true(rows > 1800);
    tm_arena_free(b.arena);
    tm_arena_free(kept.arena);
}

static void every_answer_is_the_one_that_go_gives(void **state)
{
    (void)state;
    check_fixture(512);
}

static void so_is_every_answer_of_the_linear_engine_alone(void **state)
{
    (void)state;
    check_fixture(0);
}

/* ---- what the fixture cannot say ------------------------------------------------------------ */

static void an_error_points_at_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        size_t at;
    } wrong[] = {{"ab(?=c)", 2}, {"abc[b-a]", 4},  {"a**", 1},         {"x\\h", 1},
                 {"a\xff", 1},   {"ab)", 0},       {"a(?P<n-m>b)", 1}, {"[[:foo:]]", 1},
                 {"a{3}{4}", 1}, {"ab\\p{Foo}", 2}};
    bench b = start();
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        tm_text error;
        size_t at;
        assert_null(tm_regex_new(b.arena, tm_text_of(wrong[i].pattern), &error, &at));
        assert_int_equal(at, wrong[i].at);
    }
    tm_arena_free(b.arena);
}

static void scripts_of_several_words_are_known_with_and_without_separators(void **state)
{
    (void)state;
    bench b = start();
    static const char *const name[] = {"\\p{Old_Italic}", "\\p{OldItalic}", "\\p{old italic}"};
    for (size_t i = 0; i < 3; i++) {
        const tm_regex *regex = compile_text(&b, name[i]);
        assert_int_equal(tm_regex_test(regex, b.matcher, b.arena, TM_TEXT("\xf0\x90\x8c\x80")),
                         TM_MATCH);
    }
    tm_arena_free(b.arena);
}

static void groups_have_names_or_none(void **state)
{
    (void)state;
    bench b = start();
    const tm_regex *regex = compile_text(&b, "(a)(?P<one>b)(?:c)(?<one>d)");
    assert_int_equal(tm_regex_groups(regex), 3);
    is_text(tm_regex_group_name(regex, 1), "");
    is_text(tm_regex_group_name(regex, 2), "one");
    is_text(tm_regex_group_name(regex, 3), "one");
    is_text(tm_regex_pattern(regex), "(a)(?P<one>b)(?:c)(?<one>d)");
    tm_arena_free(b.arena);
}

static void a_search_may_start_anywhere_and_still_sees_what_is_before(void **state)
{
    (void)state;
    bench b = start();
    size_t g[4];
    tm_text subject = TM_TEXT("\xff"
                              "ab\xff"
                              "ab");
    const tm_regex *regex = compile_text(&b, "\\Bb|^a");
    assert_int_equal(tm_regex_search(regex, b.matcher, b.arena, subject, 2, g, 2), TM_MATCH);
    assert_int_equal(g[0], 2);
    assert_int_equal(g[2], SIZE_MAX); /* there is no group 1 */
    assert_int_equal(tm_regex_search(regex, b.matcher, b.arena, subject, 3, g, 1), TM_MATCH);
    assert_int_equal(g[0], 5);
    assert_int_equal(g[1], 6);
    assert_int_equal(tm_regex_search(regex, b.matcher, b.arena, subject, 6, g, 1), TM_NO_MATCH);
    tm_arena_free(b.arena);
}

static bool refuse(void *owner, tm_text subject, const size_t *group, unsigned groups, tm_buf *out)
{
    (void)subject, (void)group, (void)groups, (void)out;
    return ++*(int *)owner < 2;
}

static void a_replacement_that_fails_stops_the_rest(void **state)
{
    (void)state;
    bench b = start();
    int calls = 0;
    bool stopped;
    tm_text result;
    tm_regex_replace(compile_text(&b, "a"), b.matcher, b.arena, TM_TEXT("aaaa"), refuse, &calls,
                     &result, &stopped);
    assert_true(stopped);
    assert_int_equal(calls, 2);
    tm_arena_free(b.arena);
}

static void the_engine_says_what_it_is(void **state)
{
    (void)state;
    bench b = start();
    assert_true(tm_text_starts(tm_regex_engine(b.arena), TM_TEXT("PCRE2 10.")));
    tm_arena_free(b.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_answer_is_the_one_that_go_gives),
        cmocka_unit_test(so_is_every_answer_of_the_linear_engine_alone),
        cmocka_unit_test(an_error_points_at_what_is_wrong),
        cmocka_unit_test(scripts_of_several_words_are_known_with_and_without_separators),
        cmocka_unit_test(groups_have_names_or_none),
        cmocka_unit_test(a_search_may_start_anywhere_and_still_sees_what_is_before),
        cmocka_unit_test(a_replacement_that_fails_stops_the_rest),
        cmocka_unit_test(the_engine_says_what_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
