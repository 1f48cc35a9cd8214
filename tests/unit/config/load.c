/* Sources of a configuration: URIs, merging, --set, expansion.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/load.h"
#include "config/quote.h"

#include "tests/unit/config/world.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const tm_pretended THINGS[] = {
    {"/a.yaml", "receivers: {otlp: {x: 1, l: [1, 2]}}\nexporters: {debug: {}}\n"},
    {"/b.yaml", "receivers: {otlp: {y: 2, l: [3]}, zipkin: }\n"},
    {"/secret", "hush\n"},
    {"/number", "12"},
    {"/recursive", "${env:NAME}"},
    {"CONFIG", "receivers::otlp::x: 7"},
    {"NAME", "value"},
    {"EMPTY", ""},
    {"NUMBER", "010"},
    {"MAP", "b: c"},
    {"LIST", "[a, b]"},
    {"QUOTED", "\"5\""},
    {"RECURSIVE", "${env:NAME} $$ $1"},
    {"INDIRECT", "${env:LIST}"},
    {"BLOCK", "- a\n- b: [1, \"${env:NAME}\"]\n  c: ${env:NUMBER}\n- ${env:LIST}\n"},
    {"BROKEN", "[a, \"b"},
    {"COMMENT", "12 # twelve"},
    {"WORDS", "\"a\" and 'b'"},
    {"LOOP", "${env:LOOP}"},
    {"TWINS", "x${env:TWINS}${env:TWINS}"},
    {"ANCHORS", "[&a [1, 2], *a, *a]"},
    {"WHICH", "NUMBER"},
    {NULL, NULL},
};

typedef struct fixture {
    tm_arena *arena;
    tm_diags diags;
    tm_file_list files;
    tm_config_sources sources;
    tm_text configs[4], sets[4];
} fixture;

static int open_fixture(void **state)
{
    fixture *f = test_calloc(1, sizeof *f);
    f->arena = tm_arena_new(NULL);
    f->diags.arena = f->files.arena = f->arena;
    f->sources = (tm_config_sources){
        .configs.items = f->configs, .sets.items = f->sets, .world = pretend(THINGS)};
    *state = f;
    return 0;
}

static int close_fixture(void **state)
{
    fixture *f = *state;
    tm_arena_free(f->arena);
    test_free(f);
    return 0;
}

static void config(fixture *f, const char *uri)
{
    f->configs[f->sources.configs.count++] = tm_text_of(uri);
}

static void set(fixture *f, const char *assignment)
{
    f->sets[f->sources.sets.count++] = tm_text_of(assignment);
}

/* Loads what was named and starts anew. */
static tm_doc *load(fixture *f)
{
    f->diags = (tm_diags){.arena = f->arena};
    tm_doc *doc = tm_config_load(f->arena, &f->diags, &f->sources, &f->files);
    f->sources.configs.count = f->sources.sets.count = 0;
    return doc;
}

static const char *flow(fixture *f, const tm_doc *doc)
{
    tm_buf out = {.arena = f->arena};
    if (!doc)
        return f->diags.first->code;
    tm_quote_flow(doc, &out);
    return tm_arena_copy(f->arena, tm_buf_text(&out)).p;
}

/* What `a: TEXT` is after expansion. */
static tm_doc *expanded(fixture *f, const char *text)
{
    config(f, tm_arena_print(f->arena, "yaml:a: %s", text).p);
    tm_doc *doc = load(f);
    return doc ? doc->first : NULL;
}

static void assert_expands(fixture *f, const char *text, tm_doc_type type, const char *to)
{
    tm_doc *doc = expanded(f, text);
    assert_non_null(doc);
    assert_int_equal(doc->type, type);
    assert_string_equal(tm_arena_copy(f->arena, doc->text).p, to);
}

static void maps_merge_lists_replace_and_later_sources_win(void **state)
{
    fixture *f = *state;
    config(f, "file:/a.yaml");
    config(f, "/b.yaml");
    config(f, "env:CONFIG");
    config(f, "yaml:exporters::debug: {verbosity: basic}");
    assert_string_equal(flow(f, load(f)), "{receivers: {otlp: {x: 7, l: [3], y: 2}, zipkin: null}, "
                                          "exporters: {debug: {verbosity: basic}}}");
    assert_int_equal(f->files.names.count, 2);
    assert_true(tm_text_is(f->files.names.items[1], "/b.yaml"));
}

static void set_comes_after_all_configurations(void **state)
{
    fixture *f = *state;
    set(f, "receivers.otlp.x=2s");
    set(f, "exporters.otlp/tempo.endpoint=tempo:4317");
    set(f, "exporters::debug::list=[1, {a: b}]");
    set(f, "receivers.otlp.l=");
    config(f, "/a.yaml");
    assert_string_equal(flow(f, load(f)),
                        "{receivers: {otlp: {x: 2s, l: null}}, exporters: {debug: "
                        "{list: [1, {a: b}]}, otlp/tempo: {endpoint: tempo:4317}}}");
}

static void keys_are_split_at_the_top_only(void **state)
{
    fixture *f = *state;
    config(f, "yaml:{a::b: 1, a::c::d: 2, e: {f::g: 3}, a: {h: 4}}");
    assert_string_equal(flow(f, load(f)), "{a: {b: 1, c: {d: 2}, h: 4}, e: {f::g: 3}}");
}

static void a_merged_node_knows_its_parent(void **state)
{
    fixture *f = *state;
    config(f, "/a.yaml");
    config(f, "yaml:receivers::otlp::new: 1");
    tm_doc *doc = load(f);
    tm_doc *leaf = tm_doc_find(doc->first->first, TM_TEXT("new"));
    assert_true(tm_text_is(tm_doc_path(f->arena, leaf), "receivers.otlp.new"));
}

static void sources_that_cannot_be_read_are_errors(void **state)
{
    fixture *f = *state;
    assert_string_equal(flow(f, load(f)), "E0512");
    const char *const uris[] = {"file:/none",  "/none",    "env:NONE",
                                "https://x/y", "yaml:[a]", "yaml:{"};
    const char *const codes[] = {"E0500", "E0500", "E0500", "E0512", "E0521", "E0501"};
    for (size_t i = 0; i < sizeof uris / sizeof *uris; i++) {
        config(f, uris[i]);
        assert_string_equal(flow(f, load(f)), codes[i]);
    }
    config(f, "/a.yaml");
    set(f, "a.b");
    set(f, "=x");
    assert_string_equal(flow(f, load(f)), "E0512");
    assert_int_equal(f->diags.errors, 2);
}

static void one_expansion_takes_the_type_of_its_text(void **state)
{
    fixture *f = *state;
    assert_expands(f, "${env:NAME}", TM_DOC_STRING, "value");
    assert_expands(f, "${NAME}", TM_DOC_STRING, "value");
    assert_expands(f, "${env:NUMBER}", TM_DOC_INT, "010");
    assert_int_equal(expanded(f, "'${env:NUMBER}'")->integer, 8);
    assert_expands(f, "${env:EMPTY}", TM_DOC_NULL, "");
    assert_expands(f, "${file:/secret}", TM_DOC_STRING, "hush");
    assert_expands(f, "${file:/number}", TM_DOC_INT, "12");
    assert_expands(f, "'${yaml:true}'", TM_DOC_BOOL, "true");
    assert_expands(f, "${env:QUOTED}", TM_DOC_STRING, "\"5\"");
}

static void assert_flow(fixture *f, const char *text, const char *flows)
{
    config(f, tm_arena_print(f->arena, "yaml:a: %s", text).p);
    assert_string_equal(flow(f, load(f)), tm_arena_print(f->arena, "{a: %s}", flows).p);
}

static void one_expansion_may_be_a_list_or_a_map(void **state)
{
    fixture *f = *state;
    assert_flow(f, "${env:MAP}", "{b: c}");
    assert_flow(f, "\"${env:LIST}\"", "[a, b]");
    assert_flow(f, "${env:INDIRECT}", "[a, b]");
    assert_flow(f, "${env:BLOCK}", "[a, {b: [1, value], c: 010}, [a, b]]");
    assert_flow(f, "'${yaml:[1, [y, z]]}'", "[1, [y, z]]");
    assert_flow(f, "${env:NONE:-[p, '${env:NAME}']}", "[p, value]");
    assert_flow(f, "'${env:NONE:-p: ${env:NUMBER}}'", "{p: 010}");
    assert_flow(f, "['${env:LIST}', {k: '${env:MAP}'}]", "[[a, b], {k: {b: c}}]");
    assert_flow(f, "${env:ANCHORS}", "[[1, 2], [1, 2], [1, 2]]");
}

static void a_list_or_a_map_keeps_its_text_and_takes_the_place_of_the_expansion(void **state)
{
    fixture *f = *state;
    tm_doc *doc = expanded(f, "${env:LIST}");
    assert_true(doc->expanded);
    assert_true(tm_text_is(doc->text, "[a, b]"));
    assert_false(doc->last->expanded);
    assert_int_equal(doc->last->place.at, 3);
    assert_int_equal(doc->last->place.n, 11);
    assert_true(tm_text_is(tm_doc_path(f->arena, doc->last), "a[1]"));
    doc = expanded(f, "${env:NONE:-[p, '${env:NAME}']}");
    assert_true(tm_text_is(doc->text, "[p, 'value']"));
}

static void a_text_that_is_no_yaml_is_a_string(void **state)
{
    fixture *f = *state;
    assert_expands(f, "${env:BROKEN}", TM_DOC_STRING, "[a, \"b");
    assert_expands(f, "${env:WORDS}", TM_DOC_STRING, "\"a\" and 'b'");
    assert_expands(f, "x ${env:WORDS} ${env:LIST}", TM_DOC_STRING, "x \"a\" and 'b' [a, b]");
    assert_expands(f, "${env:COMMENT}", TM_DOC_INT, "12");
    assert_expands(f, "'${yaml:{x: 1}}'", TM_DOC_STRING, "{x: 1}"); /* the first } ends it */
}

static void text_around_an_expansion_makes_a_string(void **state)
{
    fixture *f = *state;
    assert_expands(f, "1${env:NUMBER}", TM_DOC_STRING, "1010");
    assert_expands(f, "${env:NAME}${env:NAME}", TM_DOC_STRING, "valuevalue");
    assert_expands(f, "x ${file:/secret} y", TM_DOC_STRING, "x hush y");
}

static void a_dollar_is_written_twice_or_where_nothing_follows(void **state)
{
    fixture *f = *state;
    assert_expands(f, "$$1", TM_DOC_STRING, "$1");
    assert_expands(f, "$1 $ $x a$", TM_DOC_STRING, "$1 $ $x a$");
    assert_expands(f, "$${env:NAME}", TM_DOC_STRING, "${env:NAME}");
    assert_expands(f, "$$${env:NAME}", TM_DOC_STRING, "$value");
    assert_expands(f, "'${env:NAME'", TM_DOC_STRING, "${env:NAME");
    assert_expands(f, "$$5", TM_DOC_STRING, "$5");
}

static void a_default_stands_for_a_variable_that_is_not_set(void **state)
{
    fixture *f = *state;
    assert_expands(f, "${env:NONE:-7}", TM_DOC_INT, "7");
    assert_expands(f, "${NONE:-x:y}", TM_DOC_STRING, "x:y");
    assert_expands(f, "${env:NAME:-7}", TM_DOC_STRING, "value");
    assert_expands(f, "${env:EMPTY:-7}", TM_DOC_NULL, "");
    assert_expands(f, "${env:NONE:-${env:NAME}-${NONE:-z}}", TM_DOC_STRING, "value-z");
    assert_expands(f, "${env:NONE:-}", TM_DOC_STRING, "");
    assert_expands(f, "'${NONE:-}'", TM_DOC_STRING, "");
    assert_expands(f, "${env:NONE:-${env:EMPTY}}", TM_DOC_STRING, "");
    assert_expands(f, "${env:NONE:-null}", TM_DOC_NULL, "null");
    assert_expands(f, "${yaml:}", TM_DOC_NULL, "");
    assert_expands(f, "${env:${env:WHICH}}", TM_DOC_INT, "010");
    assert_int_equal(f->diags.warnings, 0);
}

static void a_variable_that_is_not_set_is_empty_with_a_warning(void **state)
{
    fixture *f = *state;
    assert_expands(f, "x${env:NONE}y", TM_DOC_STRING, "xy");
    assert_int_equal(f->diags.warnings, 1);
    assert_string_equal(f->diags.first->code, "W0511");
    assert_int_equal(f->diags.first->place.at, 4);
    assert_int_equal(f->diags.first->place.n, 11);
}

static void what_an_expansion_gives_is_expanded_again(void **state)
{
    fixture *f = *state;
    assert_expands(f, "${env:RECURSIVE}", TM_DOC_STRING, "value $ $1");
    assert_expands(f, "-${env:RECURSIVE}-", TM_DOC_STRING, "-value $ $1-");
    assert_expands(f, "${file:/recursive}", TM_DOC_STRING, "value");
    assert_expands(f, "${env:NONE:-$$$$}", TM_DOC_STRING, "$$");
    assert_expands(f, "${env:NONE:-${env:NAME}$$$$}", TM_DOC_STRING, "value$$");
}

static void expansions_nest_eight_deep(void **state)
{
    fixture *f = *state;
    tm_text text = TM_TEXT("x");
    for (int i = 0; i < 9; i++)
        text = tm_arena_print(f->arena, "${NONE:-%.*s}", TM_PRI(text));
    assert_expands(f, text.p, TM_DOC_STRING, "x");
    assert_null(expanded(f, tm_arena_print(f->arena, "${NONE:-%.*s}", TM_PRI(text)).p));
    assert_string_equal(f->diags.first->code, "E0510");
    assert_null(expanded(f, "${env:LOOP}"));
    assert_string_equal(f->diags.first->code, "E0510");
    assert_null(expanded(f, "${env:TWINS}"));
    assert_string_equal(f->diags.first->code, "E0510");
}

/* BOMB0 is `first`, each of the others 400 times the one before. */
static const char *bomb(fixture *f, const char *first, tm_pretended things[5])
{
    static const char *const NAMES[] = {"BOMB0", "BOMB1", "BOMB2", "BOMB3"};
    things[0] = (tm_pretended){NAMES[0], first};
    for (int level = 1; level < 4; level++) {
        tm_buf out = {.arena = f->arena};
        for (int i = 0; i < 400; i++)
            tm_buf_print(&out, "%s- ${env:%s}\n", *first == '[' ? "" : "x", NAMES[level - 1]);
        things[level] = (tm_pretended){NAMES[level], tm_arena_copy(f->arena, tm_buf_text(&out)).p};
    }
    things[4] = (tm_pretended){NULL, NULL};
    f->sources.world = pretend(things);
    return "${env:BOMB3}";
}

static void what_expansions_give_is_bounded(void **state)
{
    fixture *f = *state;
    tm_pretended things[5];
    const char *const firsts[] = {"", "[1, 2, 3]", "12345678"};
    for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++) {
        assert_null(expanded(f, bomb(f, firsts[i], things)));
        assert_string_equal(f->diags.first->code, "E0503");
        assert_null(expanded(f, "x ${env:BOMB3}"));
        assert_string_equal(f->diags.first->code, "E0503");
    }
}

static void every_expansion_that_is_wrong_is_reported(void **state)
{
    fixture *f = *state;
    assert_null(expanded(f, "['${a-b}', '${nope:x}', '${file:/none}', '${}', '${env:}']"));
    assert_int_equal(f->diags.errors, 5);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(maps_merge_lists_replace_and_later_sources_win),
        TEST(set_comes_after_all_configurations),
        TEST(keys_are_split_at_the_top_only),
        TEST(a_merged_node_knows_its_parent),
        TEST(sources_that_cannot_be_read_are_errors),
        TEST(one_expansion_takes_the_type_of_its_text),
        TEST(one_expansion_may_be_a_list_or_a_map),
        TEST(a_list_or_a_map_keeps_its_text_and_takes_the_place_of_the_expansion),
        TEST(a_text_that_is_no_yaml_is_a_string),
        TEST(text_around_an_expansion_makes_a_string),
        TEST(a_dollar_is_written_twice_or_where_nothing_follows),
        TEST(a_default_stands_for_a_variable_that_is_not_set),
        TEST(a_variable_that_is_not_set_is_empty_with_a_warning),
        TEST(what_an_expansion_gives_is_expanded_again),
        TEST(expansions_nest_eight_deep),
        TEST(what_expansions_give_is_bounded),
        TEST(every_expansion_that_is_wrong_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
