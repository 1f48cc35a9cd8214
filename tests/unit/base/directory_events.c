/* Directory events: what happens to files is told by its kind, and lost directories are.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/directory_events.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { MOST = 64 };

typedef struct heard {
    tm_directory_event_kind kind[MOST];
    char name[MOST][16];
    int directory[MOST];
    size_t n;
} heard;

static void hear(void *owner, const tm_directory_event *e)
{
    heard *h = owner;
    assert_true(h->n < MOST && e->name.n < sizeof h->name[0]);
    h->kind[h->n] = e->kind;
    h->directory[h->n] = e->directory;
    snprintf(h->name[h->n++], sizeof h->name[0], "%.*s", TM_PRI(e->name));
}

static bool has(const heard *h, tm_directory_event_kind kind, const char *name, int directory)
{
    for (size_t i = 0; i < h->n; i++)
        if (h->kind[i] == kind && h->directory[i] == directory && strcmp(h->name[i], name) == 0)
            return true;
    return false;
}

static void each_kind_is_told(void **state)
{
    (void)state;
    char top[] = "/tmp/tamis-events-XXXXXX", file[64], other[64], folder[64];
    heard h = {.n = 0};
    assert_non_null(mkdtemp(top));
    snprintf(file, sizeof file, "%s/file", top);
    snprintf(other, sizeof other, "%s/other", top);
    snprintf(folder, sizeof folder, "%s/folder", top);
    const int fd = tm_directory_events_open(), at = tm_directory_events_add(fd, top);
    assert_true(fd >= 0 && at >= 0);
    assert_false(tm_directory_events_read(fd, hear, &h));
    FILE *f = fopen(file, "w");
    fputs("text", f);
    fflush(f);
    assert_true(tm_directory_events_read(fd, hear, &h));
    assert_true(has(&h, TM_ENTRY_WRITING, "file", at));
    assert_false(has(&h, TM_ENTRY_WHOLE, "file", at));
    fclose(f);
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(rename(file, other), 0);
    assert_true(tm_directory_events_read(fd, hear, &h));
    assert_true(has(&h, TM_ENTRY_WHOLE, "file", at) && has(&h, TM_ENTRY_WHOLE, "other", at));
    assert_true(has(&h, TM_ENTRY_TOUCHED, "folder", at));
    assert_false(has(&h, TM_DIRECTORY_LOST, "", at));
    unlink(other);
    rmdir(folder);
    rmdir(top);
    assert_true(tm_directory_events_read(fd, NULL, NULL));
    assert_int_equal(tm_directory_events_add(fd, top), -1);
    close(fd);
}

static void a_directory_that_goes_is_told_of_once_removed_no_more(void **state)
{
    (void)state;
    char top[] = "/tmp/tamis-events-XXXXXX", file[64];
    heard h = {.n = 0};
    assert_non_null(mkdtemp(top));
    snprintf(file, sizeof file, "%s/file", top);
    const int fd = tm_directory_events_open(), at = tm_directory_events_add(fd, top);
    assert_true(at >= 0);
    assert_int_equal(rmdir(top), 0);
    assert_true(tm_directory_events_read(fd, hear, &h));
    assert_true(has(&h, TM_DIRECTORY_LOST, "", at));
    assert_int_equal(mkdir(top, 0700), 0);
    const int again = tm_directory_events_add(fd, top);
    tm_directory_events_remove(fd, again);
    h.n = 0;
    fclose(fopen(file, "w"));
    tm_directory_events_read(fd, hear, &h);
    assert_false(has(&h, TM_ENTRY_WRITING, "file", again));
    unlink(file);
    rmdir(top);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_is_told),
        cmocka_unit_test(a_directory_that_goes_is_told_of_once_removed_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
