/* Library: the rule files that tamis brings along hold definitions with examples.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/rule_unit.h"
#include "stdlib/library.h"
#include "tests/unit/engine/judged.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* How many there are; `tamis test stdlib/rules` runs them (tools/test rules). */
static unsigned examples_of(const tm_file_item *item)
{
    unsigned n = 0;
    for (const tm_comment *c = item->comments; c && c->place.at < item->place.at; c = c->next)
        n += c->example;
    return n;
}

static void every_definition_has_examples(void **state)
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
            if (i->kind == TM_FILE_DEF && !examples_of(i))
                fail_msg("%s: %.*s has no example", file->name, TM_PRI(i->name));
        }
        tm_arena_reset(arena);
    }
    tm_arena_free(arena);
    assert_true(files >= 9 && defs >= 40);
}

/* Whether the rule drops the span; no error may show. */
static bool drops(tm_arena *arena, tm_text rule, tm_text bytes)
{
    judged r = judged_of(arena);
    tm_outcome o;
    tm_tamis_settings *t = &judged_add(&r, TM_PROCESSOR_TAMIS)->tamis;
    const tm_source source = {.name = TM_TEXT("example.ottl"), .text = rule}, *file = &source;
    t->files = &file;
    t->file_count = 1;
    tm_ruleset *rules = judged_compile(&r, NULL);
    if (!rules)
        fail_msg("%.*s: %.*s", TM_PRI(rule), TM_PRI(r.diags.first->message));
    tm_judge *judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
    assert_true(tm_judge_request(judge, rules, bytes, NULL, TM_UTF8_MEND, &o));
    if (o.status != TM_JUDGED || o.rule[0].errors)
        fail_msg("%.*s fails", TM_PRI(rule));
    assert_int_equal(o.spans_in, 1);
    tm_judge_free(judge);
    tm_ruleset_unref(rules);
    return o.spans_out == 0;
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
        tm_text request = judged_request(arena, "", judged_span(arena, row->before, ""));
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
        cmocka_unit_test(every_definition_has_examples),
        cmocka_unit_test(patterns_redact_what_they_are_for),
        cmocka_unit_test(names_are_found_with_and_without_their_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
