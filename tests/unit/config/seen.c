/* Seen: what is looked at is known again, and where it could change is told.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/seen.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* A folder of its own, in which the test stands. */
static int enter_folder(void **state)
{
    static char name[] = "/tmp/tamis-seen-XXXXXX";
    strcpy(name, "/tmp/tamis-seen-XXXXXX");
    *state = name;
    return !mkdtemp(name) || chdir(name);
}

static int leave_folder(void **state)
{
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", (char *)*state);
    return chdir("/") || system(command);
}

static void put(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static tm_seen *look_at(const char *path)
{
    const tm_config_world os = tm_config_os();
    tm_seen *seen = tm_seen_new(&os);
    tm_config_world world = tm_seen_world(seen);
    tm_arena *arena = tm_arena_new(NULL);
    tm_text bytes, why;
    if (strchr(path, '*'))
        world.matched(world.owner, arena, tm_text_of(path));
    else
        (void)world.read(world.owner, arena, tm_text_of(path), 100, &bytes, &why);
    tm_arena_free(arena);
    return seen;
}

static void assert_changes(const char *path, void (*change)(void))
{
    tm_seen *seen = look_at(path);
    assert_int_equal(tm_seen_change(seen).n, 0);
    change();
    assert_true(tm_text_is(tm_seen_change(seen), path));
    tm_seen_reset(seen);
    assert_int_equal(tm_seen_change(seen).n, 0);
    tm_seen_free(seen);
}

static void write_other(void)
{
    put("other", "something else");
}

static void write_file(void)
{
    put("file", "longer than before");
}

static void rename_over(void)
{
    put("next", "longer than before");
    assert_int_equal(rename("next", "file"), 0);
}

static void remove_file(void)
{
    assert_int_equal(remove("file"), 0);
}

static void make_directory(void)
{
    assert_int_equal(mkdir("file", 0755), 0);
}

static void swap_link(void)
{
    assert_int_equal(symlink("other", "link2"), 0);
    assert_int_equal(rename("link2", "link"), 0);
}

static void add_match(void)
{
    put("b.ottl", "");
}

static void what_changes_is_not_what_was_seen(void **state)
{
    (void)state;
    put("file", "text");
    assert_changes("file", write_file);
    assert_changes("file", rename_over);
    assert_changes("file", remove_file);
    assert_changes("file", make_directory);
    assert_changes("file", remove_file);
    assert_changes("file", write_file);
    write_other();
    assert_int_equal(symlink("file", "link"), 0);
    assert_changes("link", swap_link);
    put("a.ottl", "");
    assert_changes("*.ottl", add_match);
}

/* What is told, a line each. */
static void add_place(void *owner, tm_text directory, tm_text name, bool is_pattern)
{
    tm_buf_print(owner, "%.*s %s%.*s\n", TM_PRI(directory), is_pattern ? "~" : "", TM_PRI(name));
}

static void assert_places(const char *path, const char *places)
{
    tm_seen *seen = look_at(path);
    tm_arena *arena = tm_arena_new(NULL);
    tm_buf out = {.arena = arena};
    tm_seen_each(seen, arena, add_place, &out);
    tm_buf_add_char(&out, 0);
    assert_string_equal(out.p, places);
    tm_arena_free(arena);
    tm_seen_free(seen);
}

static void places_are_those_where_the_path_may_change(void **state)
{
    (void)state;
    assert_int_equal(mkdir("d", 0755) || mkdir("d/e", 0755) || symlink("d/e", "l") ||
                         symlink("../d/e/file", "d/up") || symlink("self", "self"),
                     0);
    put("d/e/file", "");
    put("d/e/x.ottl", "");
    assert_places("file", ". file\n");
    assert_places("./d//e/file", "./d/e file\n");
    assert_places("l/file", ". l\n./d/e file\n");
    assert_places("d/up", "./d up\n./d/../d/e file\n");
    assert_places("d/none/file", "./d none\n");
    assert_places("l/none", ". l\n./d/e none\n");
    assert_places("d/e/file/below", "./d/e file\n./d/e/file below\n");
    assert_places("d/e/*.ottl", "./d e\n./d/e ~*.ottl\n");
    assert_places("*/e/*.ottl", ". ~*\n./d e\n./d/e ~*.ottl\n");
    assert_places("none/*.ottl", ". none\n./none ~*.ottl\n");
    tm_seen *seen = look_at("self"); /* which has no end */
    tm_arena *arena = tm_arena_new(NULL);
    tm_buf out = {.arena = arena};
    tm_seen_each(seen, arena, add_place, &out);
    assert_true(out.n > 0 && out.n < 1000);
    tm_arena_free(arena);
    tm_seen_free(seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_changes_is_not_what_was_seen, enter_folder,
                                        leave_folder),
        cmocka_unit_test_setup_teardown(places_are_those_where_the_path_may_change, enter_folder,
                                        leave_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
