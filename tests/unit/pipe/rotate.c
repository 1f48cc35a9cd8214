/* Rotate: names with the time in them, and which of them are deleted.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/short_heap.h"
#include "pipe/rotate.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { DAY_MS = 86400000 };

static const uint64_t NOW_MS = 1767323045678; /* 2026-01-02T03:04:05.678Z */

typedef struct folder {
    tm_arena *arena;
    char path[64];
} folder;

static folder open_folder(void)
{
    folder f = {.arena = tm_arena_new(NULL), .path = "/tmp/tamis-rotate-XXXXXX"};
    assert_non_null(mkdtemp(f.path));
    return f;
}

static tm_text in(const folder *f, const char *name)
{
    return tm_arena_print(f->arena, "%s/%s", f->path, name);
}

static void touch(const folder *f, const char *name)
{
    int fd = open(in(f, name).p, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    close(fd);
}

static bool has(const folder *f, const char *name)
{
    return access(in(f, name).p, F_OK) == 0;
}

static void close_folder(folder *f)
{
    const char *command = tm_arena_print(f->arena, "rm -r %s", f->path).p;
    assert_int_equal(system(command), 0);
    tm_arena_free(f->arena);
}

static void the_time_goes_between_name_and_extension(void **state)
{
    (void)state;
    folder f = open_folder();
    touch(&f, "a.b.json");
    assert_true(tm_rotate_rename(f.arena, in(&f, "a.b.json"), NOW_MS, false));
    assert_true(has(&f, "a.b-2026-01-02T03-04-05.678.json") && !has(&f, "a.b.json"));
    touch(&f, "a.b.json"); /* another in the same millisecond */
    assert_true(tm_rotate_rename(f.arena, in(&f, "a.b.json"), NOW_MS, false));
    assert_true(has(&f, "a.b-2026-01-02T03-04-05.679.json"));
    touch(&f, "plain");
    assert_true(tm_rotate_rename(f.arena, in(&f, "plain"), NOW_MS, false));
    assert_true(has(&f, "plain-2026-01-02T03-04-05.678"));
    assert_false(tm_rotate_rename(f.arena, in(&f, "nothing"), NOW_MS, false));
    close_folder(&f);
}

static void make_some(const folder *f)
{
    touch(f, "a.json");
    touch(f, "a-2026-01-02T03-04-05.000.json");
    touch(f, "a-2026-01-01T03-04-05.000.json");
    touch(f, "a-2025-12-31T03-04-05.000.json");
    touch(f, "a-2025-12-30T03-04-05.000.json");
    touch(f, "a-2020-01-01T00-00-00.000.jsonl");
    touch(f, "ab-2020-01-01T00-00-00.000.json");
    touch(f, "a-2020-01-01T00:00:00.000.json");
}

static void check_others(const folder *f)
{
    assert_true(has(f, "a.json") && has(f, "a-2020-01-01T00-00-00.000.jsonl"));
    assert_true(has(f, "ab-2020-01-01T00-00-00.000.json"));
    assert_true(has(f, "a-2020-01-01T00:00:00.000.json"));
}

static void only_the_newest_are_kept(void **state)
{
    (void)state;
    folder f = open_folder();
    make_some(&f);
    tm_rotate_clean(f.arena, in(&f, "a.json"), &(tm_rotation_settings){.max_backups = 3}, NOW_MS);
    assert_true(has(&f, "a-2025-12-31T03-04-05.000.json"));
    assert_false(has(&f, "a-2025-12-30T03-04-05.000.json"));
    check_others(&f);
    close_folder(&f);
}

static void old_ones_are_deleted(void **state)
{
    (void)state;
    folder f = open_folder();
    make_some(&f);
    tm_rotate_clean(f.arena, in(&f, "a.json"), &(tm_rotation_settings){.max_days = 2}, NOW_MS);
    assert_true(has(&f, "a-2026-01-01T03-04-05.000.json"));
    assert_false(has(&f, "a-2025-12-31T03-04-05.000.json"));
    assert_false(has(&f, "a-2025-12-30T03-04-05.000.json"));
    check_others(&f);
    tm_rotate_clean(f.arena, in(&f, "a.json"), &(tm_rotation_settings){0}, NOW_MS + 9 * DAY_MS);
    assert_true(has(&f, "a-2026-01-01T03-04-05.000.json"));
    close_folder(&f);
}

static void directories_are_made_down_to_the_file(void **state)
{
    (void)state;
    folder f = open_folder();
    struct stat made;
    for (int again = 0; again < 2; again++)
        assert_true(tm_rotate_make_directory(f.arena, in(&f, "x/y/file.json"), 0700));
    assert_int_equal(stat(in(&f, "x/y").p, &made), 0);
    assert_int_equal(made.st_mode & 0777, 0700);
    assert_false(has(&f, "x/y/file.json"));
    touch(&f, "z");
    assert_true(tm_rotate_make_directory(f.arena, in(&f, "z"), 0700));
    close_folder(&f);
}

/* ---- out of memory --------------------------------------------------------------------------- */

static unsigned count_open(void)
{
    unsigned n = 0;
    for (int fd = 0; fd < 1024; fd++)
        n += fcntl(fd, F_GETFD) != -1;
    return n;
}

/* What is cleaned while memory runs out. */
typedef struct cleaning {
    const folder *folder;
    tm_arena *arena;
} cleaning;

static void clean(void *argument)
{
    cleaning *c = argument;
    tm_rotate_clean(c->arena, in(c->folder, "a.json"), &(tm_rotation_settings){.max_backups = 1000},
                    NOW_MS);
}

static bool clean_with(void *owner, const tm_heap *heap)
{
    unsigned before = count_open();
    cleaning c = {.folder = owner, .arena = tm_arena_new(heap)};
    bool done = c.arena && tm_arena_try(c.arena, clean, &c);
    tm_arena_free(c.arena);
    assert_int_equal(count_open(), before);
    return done;
}

static void out_of_memory_leaves_no_directory_open(void **state)
{
    (void)state;
    folder f = open_folder();
    for (unsigned i = 0; i < 300; i++) /* more than one block of the arena holds */
        touch(&f, tm_arena_print(f.arena, "a-2026-01-01T03-04-05.%03u.json", i).p);
    assert_true(short_heap_each(clean_with, &f) > 4);
    close_folder(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_time_goes_between_name_and_extension),
        cmocka_unit_test(only_the_newest_are_kept),
        cmocka_unit_test(old_ones_are_deleted),
        cmocka_unit_test(directories_are_made_down_to_the_file),
        cmocka_unit_test(out_of_memory_leaves_no_directory_open),
    };
    return cmocka_run_group_tests_name("pipe/rotate", tests, NULL, NULL);
}
