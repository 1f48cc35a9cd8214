/* Trees that YAML gives, and their places.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/quote.h"
#include "config/yaml.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

typedef struct fixture {
    tm_arena *arena;
    tm_diags diags;
    tm_source source;
} fixture;

static int open_fixture(void **state)
{
    fixture *f = test_calloc(1, sizeof *f);
    f->arena = tm_arena_new(NULL);
    f->diags.arena = f->arena;
    f->source.name = TM_TEXT("x.yaml");
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

static tm_doc *read_text(fixture *f, tm_text text)
{
    f->diags = (tm_diags){.arena = f->arena};
    f->source.text = text;
    return tm_yaml_read(f->arena, &f->diags, &f->source);
}

static tm_doc *read(fixture *f, const char *text)
{
    return read_text(f, tm_text_of(text));
}

/* The tree in one line must be `flow`. */
static void assert_tree(fixture *f, const char *text, const char *flow)
{
    tm_doc *doc = read(f, text);
    tm_buf out = {.arena = f->arena};
    assert_non_null(doc);
    tm_quote_flow(doc, &out);
    assert_string_equal(tm_arena_copy(f->arena, tm_buf_text(&out)).p, flow);
}

static void assert_refused(fixture *f, const char *text, const char *code)
{
    assert_null(read(f, text));
    assert_true(f->diags.errors > 0);
    assert_string_equal(f->diags.first->code, code);
}

static tm_doc *find(tm_doc *doc, const char *key)
{
    tm_doc *child = tm_doc_find(doc, tm_text_of(key));
    assert_non_null(child);
    return child;
}

static void assert_at(const tm_doc *doc, tm_place place, unsigned line, unsigned column, unsigned n)
{
    unsigned l, c;
    tm_source_position(doc->source, place.at, &l, &c);
    assert_int_equal(l, line);
    assert_int_equal(c, column);
    assert_int_equal(place.n, n);
}

static void maps_lists_and_scalars_become_a_tree(void **state)
{
    assert_tree(*state, "a: 1\nb:\n- x\n- {c: true}\nd: ~\n", "{a: 1, b: [x, {c: true}], d: ~}");
    assert_tree(*state, "{\"a\": [1, 2.5, \"3\", null]}", "{a: [1, 2.5, '3', null]}");
    assert_tree(*state, "{\n\t\"a\":\t1}\n", "{a: 1}");
    assert_tree(*state, "", "null");
    assert_tree(*state, "# nothing\n", "null");
    assert_tree(*state, "--- 7\n...\n", "7");
    assert_tree(*state,
                "\xef\xbb\xbf"
                "a: 1\nb: 2\n",
                "{a: 1, b: 2}");
    assert_tree(*state, "a: 1\r\nb: 2\r\n", "{a: 1, b: 2}");
}

static void quoted_and_block_scalars_are_strings(void **state)
{
    fixture *f = *state;
    tm_doc *doc = read(f, "a: '1'\nb: \"true\\n\"\nc: |\n  7\nd: >-\n  x\n  y\ne: !!str 8\n");
    for (tm_doc *child = doc->first; child; child = child->next)
        assert_int_equal(child->type, TM_DOC_STRING);
    assert_true(tm_text_is(find(doc, "b")->text, "true\n"));
    assert_true(tm_text_is(find(doc, "c")->text, "7\n"));
    assert_true(tm_text_is(find(doc, "d")->text, "x y"));
    assert_true(find(doc, "c")->quoted && !find(doc, "e")->quoted);
}

static void tags_give_types(void **state)
{
    fixture *f = *state;
    tm_doc *doc = read(f, "{a: !!int \"7\", b: !!float 7, c: !!bool true, d: ! 7, e: !!null ''}");
    assert_int_equal(find(doc, "a")->integer, 7);
    assert_true(find(doc, "b")->type == TM_DOC_DOUBLE && find(doc, "b")->number == 7);
    assert_int_equal(find(doc, "c")->type, TM_DOC_BOOL);
    assert_int_equal(find(doc, "d")->type, TM_DOC_STRING);
    assert_int_equal(find(doc, "e")->type, TM_DOC_NULL);
    assert_refused(f, "a: !!int x", "E0501");
    assert_refused(f, "a: !mine x", "E0501");
}

static void every_node_knows_its_place_and_its_key(void **state)
{
    fixture *f = *state;
    tm_doc *doc = read(f, "# h\xc3\xa9llo\na: \xe2\x9c\x93 yes\nb:\n  - &x 'q' \n  - {c: 12}\n");
    tm_doc *b = find(doc, "b");
    assert_at(doc, find(doc, "a")->key_place, 2, 1, 1);
    assert_at(doc, find(doc, "a")->place, 2, 4, 7);
    assert_at(doc, b->key_place, 3, 1, 1);
    assert_at(doc, b->first->place, 4, 8, 3);
    assert_at(doc, b->last->place, 5, 5, 1);
    assert_at(doc, find(b->last, "c")->place, 5, 9, 2);
    doc = read(f, "\xef\xbb\xbf# Windows\na: 1\nb: x\n");
    assert_at(doc, find(doc, "a")->key_place, 2, 1, 1);
    assert_at(doc, find(doc, "b")->place, 3, 4, 1);
}

static void the_text_of_a_scalar_starts_behind_its_quote_or_in_its_block(void **state)
{
    fixture *f = *state;
    tm_doc *doc = read(f, "a: x\nb: \"y\"\nc: |-  # note\n\n    z\nd: !!str 'v'\n");
    const char *const keys[] = {"a", "b", "c", "d"};
    const char first[] = "xyzv";
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(f->source.text.p[tm_yaml_text_at(find(doc, keys[i]))], first[i]);
}

static void an_alias_repeats_what_its_anchor_names(void **state)
{
    fixture *f = *state;
    assert_tree(f, "a: &x {b: 1}\nc: *x\nd: [*x, *x]",
                "{a: {b: 1}, c: {b: 1}, d: [{b: 1}, {b: 1}]}");
    assert_tree(f, "a: &x 1\nb: &x 2\nc: *x", "{a: 1, b: 2, c: 2}");
    tm_doc *doc = read(f, "a: &x {b: 1}\nc: *x");
    assert_true(find(find(doc, "c"), "b")->parent == find(doc, "c"));
    assert_at(doc, find(find(doc, "c"), "b")->key_place, 1, 8, 1);
    assert_refused(f, "a: *x", "E0506");
    assert_refused(f, "a: &x [*x]", "E0506");
}

static void merge_keys_fill_what_is_not_there(void **state)
{
    fixture *f = *state;
    assert_tree(f, "x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}", "{x: {a: 1, b: 2}, y: {b: 3, a: 1}}");
    assert_tree(f, "{<<: [{a: 1}, {a: 2, b: 3}], c: 4}", "{c: 4, a: 1, b: 3}");
    assert_tree(f, "{\"<<\": {a: 1}}", "{'<<': {a: 1}}");
    assert_refused(f, "{<<: [1]}", "E0506");
}

static void a_key_that_repeats_is_refused_with_both_places(void **state)
{
    fixture *f = *state;
    assert_refused(f, "a: 1\nb: 2\na: 3\n", "E0504");
    assert_true(f->diags.first->two);
    assert_int_equal(f->diags.first->place.at, 10);
    assert_int_equal(f->diags.first->other.at, 0);
    assert_refused(f, "x: {a: 1, a: 2}\ny: {b: 1, b: 2}", "E0504");
    assert_int_equal(f->diags.errors, 1);
}

static void what_is_too_large_too_deep_or_no_text_is_refused(void **state)
{
    fixture *f = *state;
    tm_buf deep = {.arena = f->arena};
    for (int i = 0; i < TM_YAML_MOST_DEPTH; i++)
        tm_buf_add_char(&deep, '[');
    for (int i = 0; i < TM_YAML_MOST_DEPTH; i++)
        tm_buf_add_char(&deep, ']');
    assert_non_null(read_text(f, tm_buf_text(&deep)));
    assert_refused(f, tm_arena_print(f->arena, "[%.*s]", TM_PRI(deep)).p, "E0503");
    char *large = tm_arena_alloc(f->arena, TM_YAML_MOST_BYTES + 1);
    memset(large, ' ', TM_YAML_MOST_BYTES + 1);
    assert_non_null(read_text(f, tm_text_slice(large, TM_YAML_MOST_BYTES)));
    assert_null(read_text(f, tm_text_slice(large, TM_YAML_MOST_BYTES + 1)));
    assert_refused(f, "a: \xff", "E0502");
    assert_refused(f, "a: \xed\xa0\x80", "E0502");
    assert_refused(f, "a: \x01", "E0501");
    assert_null(read_text(f, tm_text_slice("a: \0b", 5)));
}

static void a_hundred_aliases_are_expanded_and_no_more(void **state)
{
    fixture *f = *state;
    tm_buf text = {.arena = f->arena};
    tm_buf_print(&text, "a: &a 1\nb: [");
    for (int i = 0; i < TM_YAML_MOST_ALIASES; i++)
        tm_buf_print(&text, "%s*a", i ? ", " : "");
    assert_non_null(read(f, tm_arena_print(f->arena, "%.*s]", TM_PRI(text)).p));
    assert_refused(f, tm_arena_print(f->arena, "%.*s, *a]", TM_PRI(text)).p, "E0503");
    /* Aliases within what an alias repeats count again. */
    assert_refused(f,
                   "a: &a [1]\n"
                   "b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\n"
                   "c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\n",
                   "E0503");
}

static void there_is_one_document_and_its_keys_are_texts(void **state)
{
    fixture *f = *state;
    assert_refused(f, "a: 1\n---\nb: 2\n", "E0505");
    assert_refused(f, "[a]: 1", "E0507");
    assert_refused(f, "{{a: 1}: 1}", "E0507");
    assert_refused(f, "&a a: 1\n*a : 2", "E0507");
    assert_tree(f, "1: a\ntrue: b\n", "{'1': a, 'true': b}");
}

/* Line breaks and signs that YAML does not print, which a scalar has to escape. */
static void what_is_quoted_reads_back_as_the_same(void **state)
{
    fixture *f = *state;
    static const char *const texts[] = {
        "",
        "a",
        "true",
        "1e3",
        "a: b",
        "it's",
        "a\nb",
        "\x01\x7f",
        "\xc2\x85",
        "\u2028x",
        "\u2029",
        "\ufeffa",
        "\uffff",
        "\u00e9\U0001f600",
        " a ",
        "# a",
        "- a",
        "\"a\\\"",
        "{a: [\"b\"]}",
        "a\tb'c\xc2\x9f\"",
        "\U0001fffe",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        tm_buf out = {.arena = f->arena};
        tm_quote(tm_text_of(texts[i]), &out);
        const tm_doc *doc = read_text(f, tm_buf_text(&out));
        assert_non_null(doc);
        assert_int_equal(doc->type, TM_DOC_STRING);
        assert_true(tm_text_is(doc->text, texts[i]));
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(maps_lists_and_scalars_become_a_tree),
        TEST(what_is_quoted_reads_back_as_the_same),
        TEST(quoted_and_block_scalars_are_strings),
        TEST(tags_give_types),
        TEST(every_node_knows_its_place_and_its_key),
        TEST(the_text_of_a_scalar_starts_behind_its_quote_or_in_its_block),
        TEST(an_alias_repeats_what_its_anchor_names),
        TEST(merge_keys_fill_what_is_not_there),
        TEST(a_key_that_repeats_is_refused_with_both_places),
        TEST(what_is_too_large_too_deep_or_no_text_is_refused),
        TEST(a_hundred_aliases_are_expanded_and_no_more),
        TEST(there_is_one_document_and_its_keys_are_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
