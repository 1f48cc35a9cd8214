/* Library: every example of the rule files that tamis brings along holds.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/duration.h"
#include "config/yaml.h"
#include "engine/actions.h"
#include "lang/rule_unit.h"
#include "stdlib/library.h"
#include "tests/unit/engine/ruling.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { START = 1000000000 };

/* --- a span in the short form --- */

static tm_text number_field(tm_arena *arena, unsigned number, uint64_t value)
{
    char *at = tm_arena_alloc(arena, 20);
    char *end = tm_wire_put_varint(at, (uint64_t)number << 3);
    return tm_text_slice(at, (size_t)(tm_wire_put_varint(end, value) - at));
}

static tm_text time_field(tm_arena *arena, unsigned number, uint64_t value)
{
    char *at = tm_arena_alloc(arena, 9);
    at[0] = (char)(number << 3 | 1);
    for (unsigned i = 0; i < 8; i++)
        at[i + 1] = (char)(value >> 8 * i);
    return tm_text_slice(at, 9);
}

static tm_text attributes_of(tm_arena *arena, tm_level level, const tm_doc *map)
{
    tm_buf out = {.arena = arena};
    for (const tm_doc *d = map ? map->first : NULL; d; d = d->next) {
        tm_entry entry = {.key = d->key, .value = tm_doc_value(arena, d)};
        tm_buf_add(&out, tm_attribute_field(arena, level, &entry));
    }
    return tm_buf_text(&out);
}

static uint64_t word_of(tm_text word, const char *const *words)
{
    uint64_t i = 0;
    while (words[i] && !tm_text_is(word, words[i]))
        i++;
    assert_non_null(words[i]);
    return i;
}

static void add_events(tm_arena *arena, const tm_doc *list, tm_buf *out)
{
    for (const tm_doc *d = list ? list->first : NULL; d; d = d->next) {
        tm_text name = ruling_wrap(arena, 2, tm_doc_find(d, TM_TEXT("name"))->text, TM_TEXT(""));
        tm_buf_add(out, ruling_wrap(arena, 11, name, TM_TEXT("")));
    }
}

static int64_t duration_of(const tm_doc *d)
{
    int64_t ns;
    assert_true(tm_duration_read(d->text, &ns));
    return ns;
}

static tm_text request_of(tm_arena *arena, const tm_doc *span)
{
    static const char *const kinds[] = {"",         "INTERNAL", "SERVER", "CLIENT",
                                        "PRODUCER", "CONSUMER", NULL};
    static const char *const codes[] = {"UNSET", "OK", "ERROR", NULL};
    tm_buf out = {.arena = arena};
    const tm_doc *d = tm_doc_find(span, TM_TEXT("name"));
    uint64_t duration = 0;
    if (d)
        tm_buf_add(&out, ruling_wrap(arena, 5, d->text, TM_TEXT("")));
    if ((d = tm_doc_find(span, TM_TEXT("kind"))))
        tm_buf_add(&out, number_field(arena, 6, word_of(d->text, kinds)));
    if ((d = tm_doc_find(span, TM_TEXT("duration"))))
        duration = (uint64_t)duration_of(d);
    tm_buf_add(&out, time_field(arena, 7, START));
    tm_buf_add(&out, time_field(arena, 8, START + duration));
    tm_buf_add(&out, attributes_of(arena, TM_SPAN, tm_doc_find(span, TM_TEXT("attributes"))));
    add_events(arena, tm_doc_find(span, TM_TEXT("events")), &out);
    if ((d = tm_doc_find(span, TM_TEXT("status"))))
        tm_buf_add(&out, ruling_wrap(arena, 15, number_field(arena, 3, word_of(d->text, codes)),
                                     TM_TEXT("")));
    tm_text resource = attributes_of(arena, TM_RESOURCE, tm_doc_find(span, TM_TEXT("resource")));
    tm_text scope =
        ruling_wrap(arena, 2, ruling_wrap(arena, 2, tm_buf_text(&out), TM_TEXT("")), TM_TEXT(""));
    return ruling_wrap(arena, 1, ruling_wrap(arena, 1, resource, TM_TEXT("")), scope);
}

/* --- one example --- */

/* Whether the rule drops the span; no error may show. */
static bool drops(tm_arena *arena, tm_text rule, tm_text bytes)
{
    ruling r = ruling_of(arena);
    tm_outcome o;
    tm_tamis_settings *t = &ruling_add(&r, TM_PROCESSOR_TAMIS)->tamis;
    const tm_source source = {.name = TM_TEXT("example.ottl"), .text = rule}, *file = &source;
    t->files = &file;
    t->file_count = 1;
    tm_ruleset *rules = ruling_compile(&r, NULL);
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

static void check_example(tm_arena *arena, const char *library, const tm_file_item *item,
                          tm_text example)
{
    ptrdiff_t at = tm_text_find(example, TM_TEXT(" {"));
    tm_diags diags = {.arena = arena};
    if (at < 0)
        fail_msg("%s: %.*s has no span", library, TM_PRI(example));
    tm_text expected = tm_text_trim(tm_text_slice(example.p, (size_t)at));
    const tm_source span = {.name = TM_TEXT("span"), .text = tm_text_skip(example, (size_t)at)};
    const tm_doc *doc = tm_yaml_read(arena, &diags, &span);
    if (!doc || doc->type != TM_DOC_MAP)
        fail_msg("%s: %.*s is no map", library, TM_PRI(span.text));
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
