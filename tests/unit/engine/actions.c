/* Actions, matchers, and the ruleset that workers hold while another is published.
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/current.h"
#include "judged.h"

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
            judged r = judged_of(arena);
            tm_action_settings *a =
                judged_action(&r, (tm_level)level, row->action, row->key, row->value);
            a->from_attribute = tm_text_of(row->from ? row->from : "");
            a->default_value = row->fallback ? judged_doc(&r, row->fallback) : NULL;
            a->pattern = judged_text(arena, row->pattern ? row->pattern : "", 0);
            a->converted_type = row->convert;
            tm_ruleset *rules = judged_compile(&r, NULL);
            tm_judge *judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
            const bool span = level == TM_SPAN;
            tm_text before = judged_request(arena, span ? "" : row->before,
                                            judged_span(arena, "n", span ? row->before : ""));
            tm_text after = judged_request(arena, span ? "" : row->after,
                                           judged_span(arena, "n", span ? row->after : ""));
            tm_text out = judged_judge(arena, judge, rules, before);
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
        judged r = judged_of(arena);
        tm_action_settings *a = judged_action(&r, TM_SPAN, TM_ACTION_EXTRACT, "a", NULL);
        a->pattern = judged_text(arena, patterns[i], 0);
        a->source = &a->pattern.source;
        assert_null(judged_compile(&r, NULL));
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

static tm_match_settings *match_of(judged *r, const match_row *row)
{
    tm_match_settings *s = TM_NEW(r->arena, tm_match_settings);
    *s = (tm_match_settings){.type = row->type,
                             .services = judged_texts(r, row->services),
                             .span_names = judged_texts(r, row->names),
                             .span_kinds = judged_texts(r, row->kinds)};
    if (row->key) {
        s->attributes = (tm_match_attributes){TM_NEW(r->arena, tm_match_attribute), 1};
        s->attributes.items[0].key = judged_text(r->arena, row->key, 0);
        s->attributes.items[0].value = row->value ? judged_doc(r, row->value) : NULL;
    }
    return s;
}

static void matchers_keep_what_their_row_says(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_text spans =
        tm_arena_join(arena, judged_span(arena, "GET", "a=1"), judged_span(arena, "PUT", ""));
    tm_text bytes = judged_request(arena, "service.name=s", spans);
    for (size_t i = 0; i < sizeof matches / sizeof *matches; i++) {
        judged r = judged_of(arena);
        tm_filter_settings *f = &judged_add(&r, TM_PROCESSOR_FILTER)->filter;
        tm_match_settings *s = match_of(&r, &matches[i]);
        if (matches[i].exclude)
            f->spans.exclude = s;
        else
            f->spans.include = s;
        tm_ruleset *rules = judged_compile(&r, NULL);
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

/* --- expressions against attributes of every type, of spans and of resources --- */

typedef struct kind_row {
    const char *pattern;
    tm_value value;
    bool matches;
} kind_row;

static tm_value of_bytes(const char *text)
{
    tm_value v = tm_string(tm_text_of(text));
    v.type = TM_BYTES;
    return v;
}

/* An include that asks one attribute of spans or of resources for a pattern. */
static void include_pattern(judged *r, tm_match_attributes *of, tm_match_settings *s,
                            const char *pattern)
{
    s->type = TM_MATCH_REGEXP;
    *of = (tm_match_attributes){TM_NEW(r->arena, tm_match_attribute), 1};
    of->items[0].key = judged_text(r->arena, "k", 0);
    of->items[0].value = judged_doc(r, pattern);
}

static unsigned kept_of(tm_arena *arena, const kind_row *row, bool of_resource, bool by_action)
{
    const tm_entry entry = {.key = TM_TEXT("k"), .value = row->value};
    const tm_text field = tm_attribute_field(arena, of_resource ? TM_RESOURCE : TM_SPAN, &entry);
    const tm_text span = judged_wrap(arena, 2, of_resource ? TM_TEXT("") : field, TM_TEXT(""));
    const tm_text bytes =
        judged_wrap(arena, 1, judged_wrap(arena, 1, of_resource ? field : TM_TEXT(""), TM_TEXT("")),
                    judged_wrap(arena, 2, span, TM_TEXT("")));
    judged r = judged_of(arena);
    tm_match_settings *s = TM_NEW(arena, tm_match_settings);
    include_pattern(&r, of_resource ? &s->resources : &s->attributes, s, row->pattern);
    if (by_action) {
        judged_action(&r, TM_SPAN, TM_ACTION_UPSERT, "n", "v");
        ((tm_processor_settings *)(uintptr_t)r.processor[0])->attributes.include = s;
    } else {
        judged_add(&r, TM_PROCESSOR_FILTER)->filter.spans.include = s;
    }
    tm_ruleset *rules = judged_compile(&r, NULL);
    tm_judge *judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
    tm_outcome o;
    assert_true(tm_judge_request(judge, rules, bytes, NULL, TM_UTF8_MEND, &o));
    unsigned kept = by_action ? (unsigned)o.rule[0].matched : o.spans_out;
    tm_judge_free(judge);
    tm_ruleset_unref(rules);
    return kept;
}

static void expressions_match_texts_bools_ints_and_doubles_alone(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_list *list = tm_list_new(arena, 0);
    tm_map *map = tm_map_new(arena, 0);
    tm_list_append(arena, list, tm_string(TM_TEXT("tea")));
    tm_map_append(arena, map, TM_TEXT("tea"), tm_int(1));
    const kind_row kinds[] = {
        {".*", tm_string(TM_TEXT("")), true},
        {"^te", tm_string(TM_TEXT("tea")), true},
        {"^tru", tm_bool(true), true},
        {"^false$", tm_bool(false), true},
        {"^-12$", tm_int(-12), true},
        {"^2\\.5$", tm_double(2.5), true},
        {"^0{21}1$|^10{21}$", tm_double(1e21), true},
        {"^0\\.0000001$", tm_double(1e-7), true},
        {".*", tm_nil(), false},
        {".*", of_bytes("tea"), false},
        {".*", of_bytes(""), false},
        {".*", tm_list_value(list, TM_DATA), false},
        {".*", tm_list_value(tm_list_new(arena, 0), TM_DATA), false},
        {".*", tm_map_value(map, TM_DATA), false},
        {".*", tm_map_value(tm_map_new(arena, 0), TM_DATA), false},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        for (int how = 0; how < 4; how++)
            if (kept_of(arena, &kinds[i], how & 1, how & 2) != kinds[i].matches)
                fail_msg("row %zu, %s, %s", i, how & 1 ? "resource" : "span",
                         how & 2 ? "attributes" : "filter");
    tm_arena_free(arena);
}

/* All of several libraries, as the Collector asks. */
static void each_of_the_libraries_is_to_hold(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    const tm_text scope = judged_wrap(arena, 1,
                                      TM_TEXT("\x0a\x01"
                                              "s\x12\x01"
                                              "1"),
                                      TM_TEXT(""));
    const tm_text spans = tm_arena_join(arena, scope, judged_span(arena, "x", ""));
    static const char *const second[][2] = {{"s", "1"}, {"s", "2"}, {"t", "1"}};
    for (unsigned i = 0; i < 3; i++) {
        judged r = judged_of(arena);
        tm_match_settings *s = TM_NEW(arena, tm_match_settings);
        s->libraries = (tm_match_libraries){TM_NEW_ARRAY(arena, 2, tm_match_library), 2};
        s->libraries.items[0].name = judged_text(arena, "s", 0);
        s->libraries.items[1] = (tm_match_library){.name = judged_text(arena, second[i][0], 0),
                                                   .version = judged_text(arena, second[i][1], 0),
                                                   .has_version = true};
        judged_add(&r, TM_PROCESSOR_FILTER)->filter.spans.include = s;
        tm_ruleset *rules = judged_compile(&r, NULL);
        tm_judge *judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
        tm_text out = judged_judge(arena, judge, rules, judged_request(arena, "", spans));
        assert_int_equal(out.n != 0, i == 0);
        tm_judge_free(judge);
        tm_ruleset_unref(rules);
    }
    tm_arena_free(arena);
}

typedef struct service_row {
    const char *pattern;
    tm_value name; /* nil: none */
    bool matches;
} service_row;

/* service.name has a text whatever its type, and one when it is missing. */
static void services_without_a_name_have_the_collectors_word_for_it(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    const service_row services[] = {
        {"^$", tm_nil(), false},
        {"^<nil-service-name>$", tm_nil(), true},
        {"^7$", tm_int(7), true},
        {"^$", tm_string(TM_TEXT("")), true},
    };
    for (size_t i = 0; i < sizeof services / sizeof *services; i++) {
        const service_row *row = &services[i];
        const tm_entry entry = {.key = TM_TEXT("service.name"), .value = row->name};
        const tm_text resource =
            row->name.type == TM_NIL ? TM_TEXT("") : tm_attribute_field(arena, TM_RESOURCE, &entry);
        const tm_text span = judged_wrap(arena, 2, judged_span(arena, "x", ""), TM_TEXT(""));
        const tm_text bytes =
            judged_wrap(arena, 1, judged_wrap(arena, 1, resource, TM_TEXT("")), span);
        judged r = judged_of(arena);
        tm_match_settings *s = TM_NEW(arena, tm_match_settings);
        *s = (tm_match_settings){.type = TM_MATCH_REGEXP,
                                 .services = judged_texts(&r, row->pattern)};
        judged_add(&r, TM_PROCESSOR_FILTER)->filter.spans.include = s;
        tm_ruleset *rules = judged_compile(&r, NULL);
        tm_judge *judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
        tm_outcome o;
        assert_true(tm_judge_request(judge, rules, bytes, NULL, TM_UTF8_MEND, &o));
        if (o.spans_out != row->matches)
            fail_msg("row %zu", i);
        tm_judge_free(judge);
        tm_ruleset_unref(rules);
    }
    tm_arena_free(arena);
}

/* --- current --- */

static tm_ruleset *some_rules(tm_arena *arena)
{
    judged r = judged_of(arena);
    judged_filter(&r, TM_SPAN, TM_MODE_IGNORE, "name == \"x\"");
    return judged_compile(&r, NULL);
}

static void a_worker_holds_its_ruleset_until_it_takes_the_next(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_ruleset *first = some_rules(arena), *second = some_rules(arena);
    tm_publisher publisher;
    tm_current current;
    tm_held a = {0}, b = {0};
    tm_ruleset_ref(first); /* the test's own */
    tm_ruleset_ref(second);
    tm_publisher_init(&publisher);
    tm_current_init(&current, &publisher, first);
    assert_ptr_equal(tm_current_take(&current, &a), first);
    assert_ptr_equal(tm_current_take(&current, &b), first);
    assert_int_equal(first->references, 4);
    tm_publisher_begin(&publisher);
    assert_ptr_equal(tm_current_place(&current, second), first);
    tm_publisher_end(&publisher);
    tm_ruleset_unref(first); /* it was the current one's */
    assert_int_equal(first->references, 3);
    assert_ptr_equal(a.ruleset, first);
    assert_ptr_equal(tm_current_take(&current, &a), second);
    assert_ptr_equal(tm_current_take(&current, &a), second);
    assert_int_equal(first->references, 2);
    tm_current_let_go(&b);
    assert_int_equal(first->references, 1);
    tm_current_drop(&current);
    tm_current_let_go(&a);
    tm_publisher_drop(&publisher);
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
        cmocka_unit_test(expressions_match_texts_bools_ints_and_doubles_alone),
        cmocka_unit_test(each_of_the_libraries_is_to_hold),
        cmocka_unit_test(services_without_a_name_have_the_collectors_word_for_it),
        cmocka_unit_test(a_worker_holds_its_ruleset_until_it_takes_the_next),
    };
    return cmocka_run_group_tests_name("engine/actions", tests, NULL, NULL);
}
