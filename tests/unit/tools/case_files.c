/* Case files: paths, and what operands name.
 * SPDX-License-Identifier: Apache-2.0 */
#include "case_reading.h"

#include "tools/case_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void paths_are_tidied(void **state)
{
    static const char *const rows[][2] = {
        {"a", "a"},
        {"./a", "a"},
        {"a//b/./c", "a/b/c"},
        {"a/../b", "b"},
        {"../a", "../a"},
        {"../../a", "../../a"},
        {"a/b/../../c", "c"},
        {"/a/../b", "/b"},
        {"/", "/"},
        {".", "."},
        {"a/..", "."},
        {"", "."},
        {"a/../../b", "../b"},
        {"/a/b/", "/a/b"},
    };
    reading *r = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(tm_case_path_tidy(r->arena, tm_text_of(rows[i][0])).p, rows[i][1]);
    assert_string_equal(tm_case_path_beside(r->arena, TM_TEXT("a/t.yaml"), TM_TEXT("../b.ottl")).p,
                        "b.ottl");
    assert_string_equal(tm_case_path_beside(r->arena, TM_TEXT("a/t.yaml"), TM_TEXT("/b.ottl")).p,
                        "/b.ottl");
    assert_string_equal(tm_case_path_directory(r->arena, TM_TEXT("a/b/c.ottl")).p, "a/b");
    assert_string_equal(tm_case_path_directory(r->arena, TM_TEXT("c.ottl")).p, ".");
}

static void put(const char *path)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fclose(file);
}

static void directories_have_rules_and_tests(void **state)
{
    static const char *const files[] = {"b.ottl",  "a.ottl",     "a_test.yaml",    "x.yaml",
                                        ".c.ottl", "sub/d.ottl", "sub/e_test.yml", "sub/note.txt"};
    reading *r = *state;
    char folder[] = "/tmp/case_files.XXXXXX";
    tm_case_files found;
    assert_non_null(mkdtemp(folder));
    assert_int_equal(mkdir(tm_arena_print(r->arena, "%s/sub", folder).p, 0700), 0);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        put(tm_arena_print(r->arena, "%s/%s", folder, files[i]).p);
    tm_text operands[] = {tm_arena_print(r->arena, "%s/b*", folder),
                          tm_arena_print(r->arena, "%s/./", folder),
                          tm_arena_print(r->arena, "%s/x.yaml", folder)};
    tm_case_files_find(r->arena, &(tm_texts){.items = operands, .count = 3}, &found);
    tm_buf out = {.arena = r->arena};
    for (size_t i = 0; i < found.paths.count; i++)
        tm_buf_print(&out, "%s ", found.paths.items[i].p + strlen(folder) + 1);
    assert_string_equal(cstring(&out),
                        "b.ottl a.ottl a_test.yaml sub/d.ottl sub/e_test.yml x.yaml ");
    assert_false(found.missing);
    assert_int_equal(found.watched.count,
                     3); /* /tmp for the folder itself, it, and what is in it */
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        unlink(tm_arena_print(r->arena, "%s/%s", folder, files[i]).p);
    rmdir(tm_arena_print(r->arena, "%s/sub", folder).p);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE_TEST(paths_are_tidied),
        CASE_TEST(directories_have_rules_and_tests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
