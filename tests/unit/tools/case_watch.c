/* Case watch: what counts as a change. Waiting is tested by tests/wire/test_watch.py.
 * SPDX-License-Identifier: Apache-2.0 */
#include "case_reading.h"

#include "tools/case_watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct folder {
    tm_arena *arena;
    char path[32];
    tm_case_watch watch;
} folder;

static int folder_open(void **state)
{
    tm_arena *arena = tm_arena_new(NULL);
    folder *f = TM_NEW(arena, folder);
    f->arena = arena;
    strcpy(f->path, "/tmp/case_watch.XXXXXX");
    assert_non_null(mkdtemp(f->path));
    tm_case_watch_open(&f->watch);
    *state = f;
    return 0;
}

static const char *in(folder *f, const char *name)
{
    return tm_arena_print(f->arena, "%s/%s", f->path, name).p;
}

static int folder_close(void **state)
{
    static const char *const names[] = {"a.ottl", "b.ottl", "c_test.yaml", "note.txt"};
    folder *f = *state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(in(f, names[i]));
    rmdir(in(f, "sub"));
    rmdir(f->path);
    tm_case_watch_close(&f->watch);
    tm_arena_free(f->arena);
    return 0;
}

static void put(folder *f, const char *name, const char *text)
{
    FILE *file = fopen(in(f, name), "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static bool set(folder *f, const char *name, uint64_t began_ns)
{
    tm_text path = tm_text_of(in(f, name)), directory = tm_text_of(f->path);
    return tm_case_watch_set(&f->watch, &(tm_texts){&path, 1}, &(tm_texts){&directory, 1},
                             began_ns);
}

/* The name of what has changed; returns at once when something has. */
static const char *changed(folder *f)
{
    const tm_text path = tm_case_watch_wait(&f->watch);
    const tm_text name = tm_text_skip(path, strlen(f->path));
    return tm_arena_copy(f->arena, name.n ? tm_text_skip(name, 1) : name).p;
}

static void what_was_written_since_the_run_began_may_be_unseen(void **state)
{
    folder *f = *state;
    put(f, "a.ottl", "x");
    assert_false(set(f, "a.ottl", 1));
    assert_true(set(f, "a.ottl", UINT64_MAX));
    assert_true(set(f, "gone.ottl", 1));
}

static void contents_and_existence_count(void **state)
{
    folder *f = *state;
    put(f, "a.ottl", "x");
    set(f, "a.ottl", 0);
    put(f, "a.ottl", "xy");
    assert_string_equal(changed(f), "a.ottl");
    set(f, "a.ottl", 0);
    assert_int_equal(rename(in(f, "a.ottl"), in(f, "note.txt")), 0);
    assert_string_equal(changed(f), ""); /* the folder lacks it, which is seen first */
    set(f, "a.ottl", 0);
    assert_int_equal(mkdir(in(f, "sub"), 0700), 0);
    assert_string_equal(changed(f), "");
    set(f, "note.txt", 0);
    chmod(in(f, "note.txt"), 0);
    assert_string_equal(changed(f), "note.txt");
}

static void of_a_folder_only_rules_and_tests_count(void **state)
{
    folder *f = *state;
    put(f, "a.ottl", "x");
    set(f, "a.ottl", 0);
    put(f, "note.txt", "x");
    put(f, "b.ottl", "x");
    assert_string_equal(changed(f), "");
    set(f, "a.ottl", 0);
    put(f, "c_test.yaml", "x");
    assert_string_equal(changed(f), "");
    set(f, "a.ottl", 0);
    unlink(in(f, "note.txt"));
    put(f, "a.ottl", "xyz");
    assert_string_equal(changed(f), "a.ottl"); /* and not the folder */
}

static void a_folder_that_is_gone_is_watched_from_above(void **state)
{
    folder *f = *state;
    tm_text sub = tm_text_of(in(f, "sub/below"));
    tm_case_watch_set(&f->watch, &(tm_texts){0}, &(tm_texts){&sub, 1}, 0);
    assert_true(f->watch.fd >= 0);
    assert_int_equal(f->watch.state[0].print, 0);
}

#define FOLDER_TEST(name) cmocka_unit_test_setup_teardown(name, folder_open, folder_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(what_was_written_since_the_run_began_may_be_unseen),
        FOLDER_TEST(contents_and_existence_count),
        FOLDER_TEST(of_a_folder_only_rules_and_tests_count),
        FOLDER_TEST(a_folder_that_is_gone_is_watched_from_above),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
