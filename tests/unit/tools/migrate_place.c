/* Taking nodes out of YAML by their places: what stays is as it was.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/migrate_text.h"

#include "config/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const tm_doc *find(const tm_doc *node, tm_text path)
{
    for (tm_text part; node && tm_text_next(&path, '/', &part);) {
        unsigned number = 0;
        if (node->type == TM_DOC_MAP) {
            node = tm_doc_find(node, part);
            continue;
        }
        node = node->first;
        for (sscanf(part.p, "%u", &number); node && number; number--)
            node = node->next;
    }
    return node;
}

/* Takes out the nodes at the paths ("a/b/0", spaces between them), and reads what is left. */
static void expect_cut(const char *yaml, const char *paths, const char *expected)
{
    tm_arena *arena = tm_arena_new(NULL);
    tm_diags diags = {.arena = arena};
    tm_source source = {.name = TM_TEXT("x.yaml"), .text = tm_text_of(yaml)};
    const tm_doc *root = tm_yaml_read(arena, &diags, &source);
    tm_migrate_nodes cut = {.nodes = {.arena = arena}};
    tm_migrate_text text;
    tm_text rest = tm_text_of(paths), path;
    assert_non_null(root);
    tm_migrate_text_init(&text, arena, source.text, 1);
    while (tm_text_next(&rest, ' ', &path)) {
        const tm_doc *node = find(root, path);
        assert_non_null(node);
        tm_migrate_nodes_add(&cut, node);
    }
    tm_migrate_cut(&text, &cut);
    assert_true(tm_migrate_text_apply(&text));
    assert_string_equal(tm_arena_copy(arena, text.text).p, expected);
    source.text = text.text;
    assert_non_null(tm_yaml_read(arena, &diags, &source));
    tm_arena_free(arena);
}

static void lines_go_with_their_own_comments(void **state)
{
    (void)state;
    const char *yaml = "# top\n"
                       "a:\n"
                       "  # of b\n"
                       "  # too\n"
                       "  b: 1 # on b\n"
                       "    # below b\n"
                       "\n"
                       "    # still\n"
                       "  # of c\n"
                       "  c: [x,\n"
                       "      y]\n"
                       "\n"
                       "  d: |\n"
                       "    text # no comment\n"
                       "\n"
                       "  # of e\n"
                       "  e: 2\n";
    expect_cut(yaml, "a/b",
               "# top\na:\n  # of c\n  c: [x,\n      y]\n\n  d: |\n"
               "    text # no comment\n\n  # of e\n  e: 2\n");
    expect_cut(yaml, "a/c a/d",
               "# top\na:\n  # of b\n  # too\n  b: 1 # on b\n    # below b\n\n    # still\n"
               "\n  # of e\n  e: 2\n");
    expect_cut(yaml, "a/e",
               "# top\na:\n  # of b\n  # too\n  b: 1 # on b\n    # below b\n\n"
               "    # still\n  # of c\n  c: [x,\n      y]\n\n  d: |\n"
               "    text # no comment\n\n");
}

static void a_comment_at_another_column_or_behind_an_empty_line_stays(void **state)
{
    (void)state;
    expect_cut("a:\n# out\n  b: 1\n  c: 2\n", "a/b", "a:\n# out\n  c: 2\n");
    expect_cut("a:\n  # apart\n\n  b: 1\n  c: 2\n", "a/b", "a:\n  # apart\n\n  c: 2\n");
    expect_cut("a:\n  b: 1\n  # of c\n  c: 2\n", "a/b", "a:\n  # of c\n  c: 2\n");
    expect_cut("a:\n  b: 1\n# of d\nd: 2\n", "a", "# of d\nd: 2\n");
}

static void items_of_lists_go_with_their_dashes(void **state)
{
    (void)state;
    expect_cut("a:\n  - x\n  # of y\n  - y # on y\n  - z\n", "a/1", "a:\n  - x\n  - z\n");
    expect_cut("a:\n- x\n- b: 1\n  c: 2\n- z\n", "a/1", "a:\n- x\n- z\n");
    expect_cut("a:\n- b: 1\n  c: 2\n  d: 3\n", "a/0/b", "a:\n- c: 2\n  d: 3\n");
    expect_cut("a:\n- b: 1\n  c: 2\n  d: 3\n", "a/0/b a/0/c", "a:\n- d: 3\n");
    expect_cut("a:\n- b: 1\n  c: 2\n  d: 3\n", "a/0/c a/0/d", "a:\n- b: 1\n");
    expect_cut("a:\n  -\n    b: 1\n    c: 2\n  - d\n", "a/0/b", "a:\n  -\n    c: 2\n  - d\n");
}

static void items_in_brackets_go_with_one_comma(void **state)
{
    (void)state;
    expect_cut("a: [x, y, z] # all\n", "a/0", "a: [y, z] # all\n");
    expect_cut("a: [x, y, z] # all\n", "a/1", "a: [x, z] # all\n");
    expect_cut("a: [x, y, z] # all\n", "a/2", "a: [x, y] # all\n");
    expect_cut("a: [x, y, z] # all\n", "a/1 a/2", "a: [x] # all\n");
    expect_cut("a: [x, y, z] # all\n", "a/0 a/2", "a: [y] # all\n");
    expect_cut("a: [x, y, z] # all\n", "a/0 a/1 a/2", "a: [] # all\n");
    expect_cut("{a: {b: 1, \"c\": {d: [2]}}, e: 'x, y'}\n", "a/c", "{a: {b: 1}, e: 'x, y'}\n");
    expect_cut("{a: {b: 1, \"c\": {d: [2]}}, e: 'x, y'}\n", "a", "{e: 'x, y'}\n");
    expect_cut("a: [x,\n    y, # of y\n    z]\n", "a/2", "a: [x,\n    y, # of y\n    ]\n");
    expect_cut("a: [\n  x, # of x\n  # of y\n  y\n]\n", "a/0", "a: [\n  # of y\n  y\n]\n");
    expect_cut("a: [\n  x\n  , y\n]\n", "a/0", "a: [\n  y\n]\n");
}

static void values_of_every_style_end_where_they_do(void **state)
{
    (void)state;
    expect_cut("a:\n  b: 'x\n    y'\n  c: 1\n", "a/b", "a:\n  c: 1\n");
    expect_cut("a:\n  b: x\n    y\n  c: 1\n", "a/b", "a:\n  c: 1\n");
    expect_cut("a:\n  b:\n  c: 1\n", "a/b", "a:\n  c: 1\n");
    expect_cut("a:\n  b: &n\n    x: 1\n  c: *n\n  d: 1\n", "a/c",
               "a:\n  b: &n\n    x: 1\n  d: 1\n");
    expect_cut("a:\n  b: {x: 1, y: [\n    2 ] }\n  c: 1\n", "a/b", "a:\n  c: 1\n");
    expect_cut("a:\n  b: >-\n    x\n\n    y\n  c: 1\n", "a/b", "a:\n  c: 1\n");
    expect_cut("a:\r\n  b: 1\r\n  c: 2\r\n", "a/b", "a:\r\n  c: 2\r\n");
    expect_cut("a:\n  \xc3\xa4: \xe2\x82\xac\n  c: \xc3\xa4", "a/c",
               "a:\n  \xc3\xa4: \xe2\x82\xac\n");
}

static void lines_know_where_they_came_from(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_migrate_text text;
    tm_migrate_text_init(&text, arena, TM_TEXT("1\n2\n3\n4\n"), 10);
    tm_migrate_text_edit(&text, 2, 4, TM_TEXT(""));
    tm_migrate_text_edit(&text, 6, 0, TM_TEXT("new\nlines\n"));
    assert_true(tm_migrate_text_apply(&text));
    assert_string_equal(tm_arena_copy(arena, text.text).p, "1\nnew\nlines\n4\n");
    assert_int_equal(tm_migrate_text_line(&text, 0), 10);
    assert_int_equal(tm_migrate_text_line(&text, 2), 13);
    assert_int_equal(tm_migrate_text_line(&text, 12), 13);
    assert_false(tm_migrate_text_apply(&text));
    tm_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_go_with_their_own_comments),
        cmocka_unit_test(a_comment_at_another_column_or_behind_an_empty_line_stays),
        cmocka_unit_test(items_of_lists_go_with_their_dashes),
        cmocka_unit_test(items_in_brackets_go_with_one_comma),
        cmocka_unit_test(values_of_every_style_end_where_they_do),
        cmocka_unit_test(lines_know_where_they_came_from),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
