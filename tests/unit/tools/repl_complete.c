/* Completion: what is offered where.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/repl_complete.h"
#include "tools/repl_input.h"

static tm_text keys[] = {{"a\"b", 3}, {"http.method", 11}, {"http.route", 10}};
static tm_text resource_keys[] = {{"service.name", 12}};

/* The candidates joined by blanks, and the byte that they begin at. */
static tm_text offered(tm_arena *arena, const char *before, size_t *from)
{
    const tm_repl repl = {
        .loaded = {.keys = {[TM_SPAN] = {keys, 3}, [TM_RESOURCE] = {resource_keys, 1}}}};
    tm_candidates c = tm_repl_complete(&repl, arena, tm_text_of(before));
    tm_buf out = {.arena = arena};
    for (size_t i = 0; i < c.texts.count; i++)
        tm_buf_print(&out, "%s%.*s", i ? " " : "", TM_PRI(c.texts.items[i]));
    *from = c.from;
    return tm_buf_text(&out);
}

static void assert_offers(const char *before, size_t from, const char *wanted)
{
    tm_arena *arena = tm_arena_new(NULL);
    size_t got_from;
    tm_text got = offered(arena, before, &got_from);
    if (!tm_text_is(got, wanted) || (got.n && got_from != from))
        fail_msg("%s: %zu: %.*s", before, got_from, TM_PRI(got));
    tm_arena_free(arena);
}

static void functions_paths_and_symbols_are_offered(void **state)
{
    (void)state;
    assert_offers("HasPre", 0, "HasPrefix(");
    assert_offers("kind == SPAN_KIND_S", 8, "SPAN_KIND_SERVER");
    assert_offers("span.status.c", 0, "span.status.code");
    assert_offers("name == \"x\" and IsMat", 16, "IsMatch(");
    assert_offers("attrib", 0, "attributes[\"");
    assert_offers("(not fals", 5, "false");
}

static void keys_are_those_of_the_level(void **state)
{
    (void)state;
    assert_offers("attributes[\"http.", 12, "http.method\"] http.route\"]");
    assert_offers("span.attributes[\"a", 17, "a\\\"b\"]");
    assert_offers("resource.attributes[\"", 21, "service.name\"]");
    assert_offers("scope.attributes[\"", 18, "");
}

static void nothing_is_offered_in_other_strings(void **state)
{
    (void)state;
    assert_offers("name == \"Has", 0, "");
    assert_offers("name == \"a\\\"Has", 0, "");
}

static void commands_and_their_arguments_are_offered(void **state)
{
    (void)state;
    assert_offers(":re", 0, ":reload");
    assert_offers(":all HasPre", 5, "HasPrefix(");
    assert_offers(":group attributes[\"http.r", 19, "http.route\"]");
    assert_offers(":help HasPre", 6, "HasPrefix");
    assert_offers(":help relo", 6, "reload");
    assert_offers(":show x", 0, "");
    assert_offers(":nothing x", 0, "");
}

static void input_is_open_while_a_bracket_or_string_is(void **state)
{
    (void)state;
    assert_true(tm_repl_input_is_open(TM_TEXT("IsMatch(name,")));
    assert_true(tm_repl_input_is_open(TM_TEXT("[1, {\"a\": (2)}")));
    assert_true(tm_repl_input_is_open(TM_TEXT("name == \"a)\\\"")));
    assert_false(tm_repl_input_is_open(TM_TEXT("name == \"(\\\"[\"")));
    assert_false(tm_repl_input_is_open(TM_TEXT("f(1))")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_paths_and_symbols_are_offered),
        cmocka_unit_test(keys_are_those_of_the_level),
        cmocka_unit_test(nothing_is_offered_in_other_strings),
        cmocka_unit_test(commands_and_their_arguments_are_offered),
        cmocka_unit_test(input_is_open_while_a_bracket_or_string_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
