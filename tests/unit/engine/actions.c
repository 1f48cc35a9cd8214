/* Actions, matchers, and the ruleset that workers hold while another is published.
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/current.h"
#include "ruling.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* One action on one span. Everything after `value` may be left out. */
typedef struct action_row {
    tm_action action;
    const char *key, *value, *before, *after;
    const char *from, *fallback, *pattern;
    tm_convert_to convert;
} action_row;

#define SHA_X "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"

static const action_row rows[] = {
    {TM_ACTION_INSERT, "a", "1", "b=2", "b=2;a=1", .convert = 0},
    {TM_ACTION_INSERT, "a", "1", "a=2", "a=2", .convert = 0},
    {TM_ACTION_UPDATE, "a", "1", "a=2;b=3", "a=1;b=3", .convert = 0},
    {TM_ACTION_UPDATE, "a", "1", "b=3", "b=3", .convert = 0},
    {TM_ACTION_UPSERT, "a", "1", "a=2", "a=1", .convert = 0},
    {TM_ACTION_UPSERT, "a", "1", "", "a=1", .convert = 0},
    {TM_ACTION_UPSERT, "a", NULL, "b=2", "b=2;a=2", .from = "b"},
    {TM_ACTION_UPSERT, "a", NULL, "c=2", "c=2", .from = "b"},
    {TM_ACTION_UPSERT, "a", NULL, "c=2", "c=2;a=d", .from = "b", .fallback = "d"},
    {TM_ACTION_DELETE, "a", NULL, "a=1;b=2", "b=2", .convert = 0},
    {TM_ACTION_DELETE, "a", NULL, "b=2", "b=2", .convert = 0},
    {TM_ACTION_DELETE, "", NULL, "xa=1;b=2;xc=3", "b=2", .pattern = "^x"},
    {TM_ACTION_HASH, "a", NULL, "a=x;b=x", "a=" SHA_X ";b=x", .convert = 0},
    {TM_ACTION_HASH, "", NULL, "a=x;b=x", "a=" SHA_X ";b=x", .pattern = "a"},
    {TM_ACTION_EXTRACT, "a", NULL, "a=GET /x", "a=GET /x;verb=GET;path=/x",
     .pattern = "^(?P<verb>[A-Z]+) (?P<path>.*)$"},
    {TM_ACTION_EXTRACT, "a", NULL, "a=get", "a=get", .pattern = "^(?P<verb>[A-Z]+) "},
    {TM_ACTION_CONVERT, "a", NULL, "a=xy", "a=xy", .convert = TM_CONVERT_INT},
    {TM_ACTION_CONVERT, "a", NULL, "b=1", "b=1", .convert = TM_CONVERT_INT},
};

static tm_text said_of(tm_arena *arena, tm_text bytes)
{
    return said_text(arena, said_unpack(arena, bytes));
}

static void each_action_does_what_its_row_says(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const action_row *row = &rows[i];
        for (unsigned level = TM_RESOURCE; level <= TM_SPAN; level += TM_SPAN) {
            ruling r = ruling_of(arena);
            tm_action_settings *a =
                ruling_action(&r, (tm_level)level, row->action, row->key, row->value);
            a->from_attribute = tm_text_of(row->from ? row->from : "");
            a->default_value = row->fallback ? ruling_doc(&r, row->fallback) : NULL;
            a->pattern = ruling_text(arena, row->pattern ? row->pattern : "", 0);
            a->converted_type = row->convert;
            tm_ruleset *rules = ruling_compile(&r, NULL);
            tm_judge *judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
            const bool span = level == TM_SPAN;
            tm_text before = ruling_request(arena, span ? "" : row->before,
                                            ruling_span(arena, "n", span ? row->before : ""));
            tm_text after = ruling_request(arena, span ? "" : row->after,
                                           ruling_span(arena, "n", span ? row->after : ""));
            tm_text out = ruling_judge(arena, judge, rules, before);
            tm_text differs = said_difference(arena, said_of(arena, out), said_of(arena, after));
            if (differs.n)
                fail_msg("row %zu, level %u: %.*s", i, level, TM_PRI(differs));
            tm_judge_free(judge);
            tm_ruleset_unref(rules);
        }
    }
    tm_arena_free(arena);
}

static void patterns_without_named_groups_are_no_extraction(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    static const char *const patterns[] = {"(x)", "x", "(?P<a>x)(y)", "(?P<a"};
    for (size_t i = 0; i < 4; i++) {
        ruling r = ruling_of(arena);
        tm_action_settings *a = ruling_action(&r, TM_SPAN, TM_ACTION_EXTRACT, "a", NULL);
        a->pattern = ruling_text(arena, patterns[i], 0);
        a->source = &a->pattern.source;
        assert_null(ruling_compile(&r, NULL));
        assert_non_null(r.diags.first);
    }
    tm_arena_free(arena);
}

/* --- matchers: a filter by include or exclude, on spans named GET with a=1 and PUT, of service s
 * --- */

typedef struct match_row {
    tm_match_type type;
    bool exclude;
    const char *services, *names, *kinds, *key, *value;
    unsigned kept;
} match_row;

static const match_row matches[] = {
    {TM_MATCH_STRICT, false, "", "GET", "", NULL, NULL, 1},
    {TM_MATCH_STRICT, true, "", "GET", "", NULL, NULL, 1},
    {TM_MATCH_STRICT, false, "", "GET;PUT", "", NULL, NULL, 2},
    {TM_MATCH_STRICT, false, "", "G", "", NULL, NULL, 0},
    {TM_MATCH_REGEXP, false, "", "G", "", NULL, NULL, 1},
    {TM_MATCH_REGEXP, false, "", "^.{3}$", "", NULL, NULL, 2},
    {TM_MATCH_STRICT, false, "s", "", "", NULL, NULL, 2},
    {TM_MATCH_STRICT, true, "other;s", "", "", NULL, NULL, 0},
    {TM_MATCH_STRICT, false, "other", "", "", NULL, NULL, 0},
    {TM_MATCH_STRICT, false, "s", "PUT", "", NULL, NULL, 1},
    {TM_MATCH_STRICT, false, "", "", "SPAN_KIND_UNSPECIFIED", NULL, NULL, 2},
    {TM_MATCH_STRICT, false, "", "", "SPAN_KIND_SERVER", NULL, NULL, 0},
    {TM_MATCH_STRICT, false, "", "", "", "a", "1", 1},
    {TM_MATCH_STRICT, false, "", "", "", "a", "2", 0},
    {TM_MATCH_STRICT, false, "", "", "", "a", NULL, 1},
    {TM_MATCH_REGEXP, false, "", "", "", "a", "[0-9]", 1},
    {TM_MATCH_STRICT, true, "", "", "", "b", NULL, 2},
};

static tm_match_settings *match_of(ruling *r, const match_row *row)
{
    tm_match_settings *s = TM_NEW(r->arena, tm_match_settings);
    *s = (tm_match_settings){.type = row->type,
                             .services = ruling_texts(r, row->services),
                             .span_names = ruling_texts(r, row->names),
                             .span_kinds = ruling_texts(r, row->kinds)};
    if (row->key) {
        s->attributes = (tm_match_attributes){TM_NEW(r->arena, tm_match_attribute), 1};
        s->attributes.items[0].key = ruling_text(r->arena, row->key, 0);
        s->attributes.items[0].value = row->value ? ruling_doc(r, row->value) : NULL;
    }
    return s;
}

static void matchers_keep_what_their_row_says(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_text spans =
        tm_arena_join(arena, ruling_span(arena, "GET", "a=1"), ruling_span(arena, "PUT", ""));
    tm_text bytes = ruling_request(arena, "service.name=s", spans);
    for (size_t i = 0; i < sizeof matches / sizeof *matches; i++) {
        ruling r = ruling_of(arena);
        tm_filter_settings *f = &ruling_add(&r, TM_PROCESSOR_FILTER)->filter;
        tm_match_settings *s = match_of(&r, &matches[i]);
        if (matches[i].exclude)
            f->spans.exclude = s;
        else
            f->spans.include = s;
        tm_ruleset *rules = ruling_compile(&r, NULL);
        tm_judge *judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
        tm_outcome o;
        assert_true(tm_judge_request(judge, rules, bytes, NULL, TM_UTF8_MEND, &o));
        if (o.spans_out != matches[i].kept)
            fail_msg("row %zu keeps %u, not %u", i, o.spans_out, matches[i].kept);
        assert_int_equal(o.rule[0].dropped_spans, 2 - matches[i].kept);
        tm_judge_free(judge);
        tm_ruleset_unref(rules);
    }
    tm_arena_free(arena);
}

/* --- current --- */

static tm_ruleset *some_rules(tm_arena *arena)
{
    ruling r = ruling_of(arena);
    ruling_filter(&r, TM_SPAN, TM_MODE_IGNORE, "name == \"x\"");
    return ruling_compile(&r, NULL);
}

static void a_worker_holds_its_ruleset_until_it_takes_the_next(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_ruleset *first = some_rules(arena), *second = some_rules(arena);
    tm_current current;
    tm_held a = {0}, b = {0};
    tm_ruleset_ref(first); /* the test's own */
    tm_ruleset_ref(second);
    tm_current_init(&current, first);
    assert_ptr_equal(tm_current_take(&current, &a), first);
    assert_ptr_equal(tm_current_take(&current, &b), first);
    assert_int_equal(first->references, 4);
    tm_current_publish(&current, second);
    assert_int_equal(first->references, 3);
    assert_ptr_equal(a.ruleset, first);
    assert_ptr_equal(tm_current_take(&current, &a), second);
    assert_ptr_equal(tm_current_take(&current, &a), second);
    assert_int_equal(first->references, 2);
    tm_current_let_go(&b);
    assert_int_equal(first->references, 1);
    tm_current_drop(&current);
    tm_current_let_go(&a);
    assert_int_equal(second->references, 1);
    tm_ruleset_unref(first);
    tm_ruleset_unref(second);
    tm_ruleset_unref(NULL);
    tm_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_action_does_what_its_row_says),
        cmocka_unit_test(patterns_without_named_groups_are_no_extraction),
        cmocka_unit_test(matchers_keep_what_their_row_says),
        cmocka_unit_test(a_worker_holds_its_ruleset_until_it_takes_the_next),
    };
    return cmocka_run_group_tests_name("engine/actions", tests, NULL, NULL);
}
