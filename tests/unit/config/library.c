/* Library: every example of the rule files that tamis brings along holds.
 * SPDX-License-Identifier: Apache-2.0 */
#include "short_span.h"

#include "stdlib/library.h"

static void check_example(tm_arena *arena, const char *library, const tm_file_item *item,
                          tm_text example)
{
    ptrdiff_t at = tm_text_find(example, TM_TEXT(" {"));
    if (at < 0)
        fail_msg("%s: %.*s has no span", library, TM_PRI(example));
    tm_text expected = tm_text_trim(tm_text_slice(example.p, (size_t)at));
    const tm_doc *doc = map_of(arena, tm_text_skip(example, (size_t)at));
    const bool condition = item->tree->entry == TM_CONDITION, no = tm_text_is(expected, "false");
    tm_buf rule = {.arena = arena};
    tm_buf_print(&rule, "import \"%s\"\ndrop where %.*s()", library, TM_PRI(item->name));
    if (!condition)
        tm_buf_print(&rule, " == %.*s", TM_PRI(expected));
    else
        assert_true(no || tm_text_is(expected, "true"));
    if (drops(arena, tm_buf_text(&rule), request_of(arena, doc)) == (condition && no))
        fail_msg("%s: %.*s is not so: %.*s", library, TM_PRI(item->name), TM_PRI(example));
}

static unsigned check_item(tm_arena *arena, const tm_library_file *file, const tm_source *source,
                           const tm_file_item *item)
{
    unsigned n = 0;
    for (const tm_comment *c = item->comments; c; c = c->next) {
        if (!c->example || c->place.at >= item->place.at)
            continue;
        check_example(arena, file->name, item,
                      tm_text_slice(source->text.p + c->place.at + 2, c->place.n - 2));
        n++;
    }
    return n;
}

static void every_definition_has_examples_that_hold(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    unsigned files = 0, defs = 0;
    for (const tm_library_file *file; (file = tm_library_at(files)); files++) {
        const tm_source source = {.name = tm_text_of(file->name), .text = tm_text_of(file->text)};
        tm_diags diags = {.arena = arena};
        const tm_rule_file *read = tm_rule_file_read(arena, &diags, &source);
        if (diags.errors)
            fail_msg("%s: %.*s", file->name, TM_PRI(diags.first->message));
        for (const tm_file_item *i = read->first; i; i = i->next) {
            assert_true(i->kind == TM_FILE_DEF || i->kind == TM_FILE_LET ||
                        i->kind == TM_FILE_IMPORT);
            defs += i->kind == TM_FILE_DEF;
            if (i->kind == TM_FILE_DEF && !check_item(arena, file, &source, i))
                fail_msg("%s: %.*s has no example", file->name, TM_PRI(i->name));
        }
        tm_arena_reset(arena);
    }
    tm_arena_free(arena);
    assert_true(files >= 9 && defs >= 40);
}

/* A pattern of redact, what replaces it, a text and what is left of it. */
typedef struct redact_row {
    const char *pattern, *replacement, *before, *after;
} redact_row;

static void patterns_redact_what_they_are_for(void **state)
{
    (void)state;
    static const redact_row rows[] = {
        {"secret_parameter", "$1****", "/a?token=abc&b=1", "/a?token=****&b=1"},
        {"secret_parameter", "$1****", "/a?tokens=abc", "/a?tokens=abc"},
        {"url_password", "$1****@", "amqp://tom:se-cret@mq/a", "amqp://tom:****@mq/a"},
        {"url_password", "$1****@", "http://a:80/b@c", "http://a:80/b@c"},
        {"authorization", "$1****", "Bearer abc.def-1=", "Bearer ****"},
        {"json_web_token", "****", "x eyJhbGciOi.eyJzdWIi.c2ln y", "x **** y"},
        {"email_address", "****", "to=tom.a+b@mail.example.org&x", "to=****&x"},
        {"sql_string", "?", "a = 'it''s' and b = 'c'", "a = ? and b = ?"},
        {"sql_number", "?", "a1 = 12 and b = 3.5", "a1 = ? and b = ?"},
    };
    tm_arena *arena = tm_arena_new(NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const redact_row *row = &rows[i];
        tm_text request = ruling_request(arena, "", ruling_span(arena, row->before, ""));
        tm_text rule = tm_arena_print(arena,
                                      "import \"redact\"\nreplace_pattern(name, %s, \"%s\")\n"
                                      "drop where name == \"%s\"\n",
                                      row->pattern, row->replacement, row->after);
        if (!drops(arena, rule, request))
            fail_msg("%s does not make %s of %s", row->pattern, row->after, row->before);
    }
    tm_arena_free(arena);
}

static void names_are_found_with_and_without_their_end(void **state)
{
    (void)state;
    assert_ptr_equal(tm_library_find(TM_TEXT("probes")), tm_library_find(TM_TEXT("probes.ottl")));
    assert_non_null(tm_library_find(TM_TEXT("probes")));
    assert_null(tm_library_find(TM_TEXT("probe")));
    for (unsigned i = 1; tm_library_at(i); i++)
        assert_true(strcmp(tm_library_at(i - 1)->name, tm_library_at(i)->name) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_definition_has_examples_that_hold),
        cmocka_unit_test(patterns_redact_what_they_are_for),
        cmocka_unit_test(names_are_found_with_and_without_their_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
