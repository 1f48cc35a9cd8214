/* Exact texts of messages, with their places.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/diag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A text under test, and the parts of it that a message points to. */
typedef struct bench {
    tm_arena *arena;
    tm_diags diags;
    tm_source source;
} bench;

static bench start(const char *text)
{
    tm_arena *arena = tm_arena_new(NULL);
    return (bench){.arena = arena,
                   .diags = {.arena = arena},
                   .source = {.name = TM_TEXT("noisy.ottl"), .text = tm_text_of(text)}};
}

static tm_place part(const bench *b, const char *what)
{
    ptrdiff_t at = tm_text_find(b->source.text, tm_text_of(what));
    assert_true(at >= 0);
    return (tm_place){.at = (uint32_t)at, .n = (uint32_t)strlen(what)};
}

static char *drawn(bench *b, bool colour)
{
    tm_buf out = {.arena = b->arena};
    tm_diags_render(&b->diags, colour, &out);
    tm_buf_add_char(&out, 0);
    return out.p;
}

static void expect(bench *b, const char *text)
{
    assert_string_equal(drawn(b, false), text);
    tm_arena_free(b->arena);
}

static void two_places_and_a_hint_stand_on_one_line(void **state)
{
    (void)state;
    bench b = start("\n\n\n\n\n\nserver:  drop where kind == \"server\"\n");
    assert_true(tm_diag_warning(&b.diags, &b.source, part(&b, "\"server\""), "W0107",
                                "kind is an int and %s is a string, so this is never true",
                                "\"server\""));
    assert_false(tm_diag_other(&b.diags, part(&b, "kind")));
    assert_false(tm_diag_hint(&b.diags, "did you mean %s?", "SPAN_KIND_SERVER"));
    assert_int_equal(b.diags.warnings, 1);
    expect(&b,
           "noisy.ottl:7:29: warning[W0107]: kind is an int and \"server\" is a string, so this is "
           "never true\n"
           "  server:  drop where kind == \"server\"\n"
           "                      ~~~~    ^^^^^^^^     did you mean SPAN_KIND_SERVER?\n");
}

static void a_place_on_another_line_has_a_note_of_its_own(void **state)
{
    (void)state;
    bench b = start("one: drop\ntwo: keep\n");
    assert_false(
        tm_diag_error(&b.diags, &b.source, part(&b, "two"), "E0001", "%s twice", "a label"));
    tm_diag_other(&b.diags, part(&b, "one"));
    assert_int_equal(b.diags.errors, 1);
    expect(&b, "noisy.ottl:2:1: error[E0001]: a label twice\n"
               "  two: keep\n"
               "  ^^^\n"
               "noisy.ottl:1:1: note: the other place\n"
               "  one: drop\n"
               "  ~~~\n");
}

static void a_message_without_a_source_has_no_excerpt(void **state)
{
    (void)state;
    bench b = start("");
    tm_diag_error(&b.diags, NULL, (tm_place){0}, "E0900", "no --config");
    tm_diag_hint(&b.diags, "try --config=FILE");
    expect(&b, "error[E0900]: no --config\n  try --config=FILE\n");
}

static void columns_and_carets_count_code_points(void **state)
{
    (void)state;
    bench b = start("set(\"żółć\", nme)");
    tm_diag_error(&b.diags, &b.source, part(&b, "nme"), "E0002", "unknown path");
    tm_diag_other(&b.diags, part(&b, "\"żółć\""));
    expect(&b, "noisy.ottl:1:13: error[E0002]: unknown path\n"
               "  set(\"żółć\", nme)\n"
               "      ~~~~~~  ^^^\n");
}

static void tabs_are_kept_before_the_caret(void **state)
{
    (void)state;
    bench b = start("\tdrop\twhere x");
    tm_diag_error(&b.diags, &b.source, part(&b, "where"), "E0002", "no");
    expect(&b, "noisy.ottl:1:7: error[E0002]: no\n"
               "  \tdrop\twhere x\n"
               "  \t    \t^^^^^\n");
}

static void a_point_at_the_end_gets_one_caret(void **state)
{
    (void)state;
    bench b = start("drop where");
    tm_diag_error(&b.diags, &b.source, (tm_place){.at = 10}, "E0003", "a condition is missing");
    expect(&b, "noisy.ottl:1:11: error[E0003]: a condition is missing\n"
               "  drop where\n"
               "            ^\n");
}

static void a_place_over_several_lines_is_marked_to_the_end_of_the_first(void **state)
{
    (void)state;
    bench b = start("drop where a\r\n  or b\r\n");
    tm_diag_error(&b.diags, &b.source, part(&b, "a\r\n  or b"), "E0003", "no");
    expect(&b, "noisy.ottl:1:12: error[E0003]: no\n"
               "  drop where a\n"
               "             ^\n");
}

static void a_scalar_in_a_file_has_the_position_of_the_file(void **state)
{
    (void)state;
    bench b = start("a ==\n b");
    b.source.first_line = 12;
    b.source.first_column = 9;
    tm_diag_error(&b.diags, &b.source, part(&b, "=="), "E0003", "one");
    tm_diag_error(&b.diags, &b.source, part(&b, "b"), "E0003", "two");
    expect(&b, "noisy.ottl:12:11: error[E0003]: one\n"
               "  a ==\n"
               "    ^^\n"
               "noisy.ottl:13:2: error[E0003]: two\n"
               "   b\n"
               "   ^\n");
}

static void what_a_terminal_would_obey_is_escaped(void **state)
{
    (void)state;
    bench b = start("a \033[2J\xff \u202e b");
    tm_diag_error(&b.diags, &b.source, part(&b, "b"), "E0003", "saw %s", "\033]0;x\a\n");
    expect(&b, "noisy.ottl:1:11: error[E0003]: saw \\x1b]0;x\\x07\\n\n"
               "  a \\x1b[2J\\xff \\u202e b\n"
               "                       ^\n");
}

static size_t longest_line(const char *text)
{
    size_t longest = 0;
    for (; *text; text += strcspn(text, "\n") + 1)
        if (strcspn(text, "\n") > longest)
            longest = strcspn(text, "\n");
    return longest;
}

static void a_long_line_is_cut_around_the_caret(void **state)
{
    (void)state;
    char line[1001];
    memset(line, 'x', 1000);
    line[1000] = 0;
    memcpy(line + 500, "HERE", 4);
    bench b = start(line);
    tm_diag_error(&b.diags, &b.source, part(&b, "HERE"), "E0003", "no");
    char *text = drawn(&b, false);
    assert_true(longest_line(text) <= 100);
    char *excerpt = strchr(text, '\n') + 1, *marks = strchr(excerpt, '\n') + 1;
    assert_memory_equal(excerpt, "  ...xx", 7);
    assert_memory_equal(strchr(excerpt, '\n') - 5, "xx...", 5);
    assert_int_equal(strstr(excerpt, "HERE") - excerpt, strstr(marks, "^^^^") - marks);
    tm_arena_free(b.arena);
}

static void a_cut_line_keeps_every_kind_of_place_in_sight(void **state)
{
    (void)state;
    char line[301];
    for (unsigned at = 0; at <= 300; at++) {
        memset(line, at % 2 ? '\033' : 'x', 300);
        line[300] = 0;
        bench b = start(line);
        tm_diag_error(&b.diags, &b.source, (tm_place){.at = at, .n = at % 7 * 40}, "E0003", "no");
        tm_diag_other(&b.diags, (tm_place){.at = (at * 7) % 300, .n = 3});
        char *text = drawn(&b, false);
        assert_true(longest_line(text) <= 100);
        assert_non_null(strchr(text, '^'));
        tm_arena_free(b.arena);
    }
}

static void a_hint_that_does_not_fit_gets_its_own_line(void **state)
{
    (void)state;
    bench b = start("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bb");
    tm_diag_error(&b.diags, &b.source, part(&b, "bb"), "E0003", "no");
    tm_diag_hint(&b.diags, "a hint of more than a few words");
    char *text = drawn(&b, false);
    assert_non_null(strstr(text, "^^\n  a hint of more than a few words\n"));
    tm_arena_free(b.arena);
}

static void colours_stand_around_what_they_colour(void **state)
{
    (void)state;
    bench b = start("a b");
    tm_diag_error(&b.diags, &b.source, part(&b, "b"), "E0003", "no");
    assert_string_equal(drawn(&b, true),
                        "\033[1mnoisy.ottl:1:3:\033[0m \033[1;31merror[E0003]:\033[0m no\n"
                        "  a b\n"
                        "    \033[1;32m^\033[0m\n");
    tm_arena_free(b.arena);
}

static void joining_places_covers_both(void **state)
{
    (void)state;
    tm_place p = tm_place_join((tm_place){.at = 7, .n = 2}, (tm_place){.at = 3, .n = 1});
    assert_int_equal(p.at, 3);
    assert_int_equal(p.n, 6);
}

static const tm_text PATHS[] = {{"name", 4},        {"kind", 4},     {"status.code", 11},
                                {"attributes", 10}, {"trace_id", 8}, {"Name", 4}};

static void nearest_to(const char *word, const char *expected)
{
    tm_text found = tm_nearest(NULL, tm_text_of(word), PATHS, 6);
    assert_int_equal(found.n, strlen(expected));
    assert_memory_equal(found.p, expected, found.n);
}

static void the_nearest_name_is_a_likely_typo(void **state)
{
    (void)state;
    nearest_to("nmae", "name");
    nearest_to("Nmae", "Name");
    nearest_to("KIND", "kind");
    nearest_to("atributes", "attributes");
    nearest_to("atrbutse", "");
    nearest_to("status_code", "status.code");
    nearest_to("traceid", "trace_id");
    nearest_to("x", "");
    nearest_to("", "");
    nearest_to("duration", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_places_and_a_hint_stand_on_one_line),
        cmocka_unit_test(a_place_on_another_line_has_a_note_of_its_own),
        cmocka_unit_test(a_message_without_a_source_has_no_excerpt),
        cmocka_unit_test(columns_and_carets_count_code_points),
        cmocka_unit_test(tabs_are_kept_before_the_caret),
        cmocka_unit_test(a_point_at_the_end_gets_one_caret),
        cmocka_unit_test(a_place_over_several_lines_is_marked_to_the_end_of_the_first),
        cmocka_unit_test(a_scalar_in_a_file_has_the_position_of_the_file),
        cmocka_unit_test(what_a_terminal_would_obey_is_escaped),
        cmocka_unit_test(a_long_line_is_cut_around_the_caret),
        cmocka_unit_test(a_cut_line_keeps_every_kind_of_place_in_sight),
        cmocka_unit_test(a_hint_that_does_not_fit_gets_its_own_line),
        cmocka_unit_test(colours_stand_around_what_they_colour),
        cmocka_unit_test(joining_places_covers_both),
        cmocka_unit_test(the_nearest_name_is_a_likely_typo),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
