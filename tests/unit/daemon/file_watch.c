/* File watch: changes are told, with and without inotify.
 * SPDX-License-Identifier: Apache-2.0 */
#include "daemon/file_watch.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_S = 300 };

typedef struct listener {
    char folder[32];
    pthread_mutex_t lock;
    pthread_cond_t heard;
    unsigned changes;
    tm_registry *registry;
    tm_series *polls;
    tm_file_watch *watch;
} listener;

static const tm_metric_row polls_row = TM_METRIC_ROW("polls", GAUGE, "", "", "");

static void hear(void *owner)
{
    listener *l = owner;
    pthread_mutex_lock(&l->lock);
    l->changes++;
    pthread_cond_signal(&l->heard);
    pthread_mutex_unlock(&l->lock);
}

/* Waits for one more change than there were. */
static void wait_for_change(listener *l, unsigned before)
{
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += PATIENCE_S;
    pthread_mutex_lock(&l->lock);
    while (l->changes == before)
        assert_int_equal(pthread_cond_timedwait(&l->heard, &l->lock, &end), 0);
    pthread_mutex_unlock(&l->lock);
}

static void open_listener(listener *l, unsigned most_directories)
{
    *l = (listener){.folder = "/tmp/tamis-watch-XXXXXX", .registry = tm_registry_new(NULL)};
    assert_non_null(mkdtemp(l->folder));
    assert_int_equal(chdir(l->folder), 0);
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->heard, NULL);
    l->polls = tm_metric_series(tm_metric_register(l->registry, &polls_row), NULL);
    l->watch = tm_file_watch_new(&(tm_file_watch_options){
        .changed = hear, .owner = l, .polls = l->polls, .most_directories = most_directories});
    assert_non_null(l->watch);
}

static void close_listener(listener *l)
{
    char command[64];
    tm_file_watch_free(l->watch);
    tm_registry_free(l->registry);
    pthread_cond_destroy(&l->heard);
    pthread_mutex_destroy(&l->lock);
    snprintf(command, sizeof command, "rm -r %s", l->folder);
    assert_int_equal(chdir("/") || system(command), 0);
}

static void put(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void watch(listener *l, const char *const *paths, size_t count, bool polls)
{
    const tm_config_world os = tm_config_os();
    tm_seen *seen = tm_seen_new(&os);
    tm_config_world world = tm_seen_world(seen);
    tm_arena *arena = tm_arena_new(NULL);
    tm_text bytes, why;
    for (size_t i = 0; i < count; i++)
        (void)world.read(world.owner, arena, tm_text_of(paths[i]), 100, &bytes, &why);
    tm_arena_free(arena);
    const tm_reload_settings settings = {
        .watch = true, .debounce_ns = 1000000, .poll_ns = polls ? 10000000 : 0};
    tm_file_watch_set(l->watch, seen, &settings);
}

static void a_change_is_told_and_so_is_one_before_it_was_watched(void **state)
{
    (void)state;
    static const char *const paths[] = {"file"};
    listener l;
    open_listener(&l, 0);
    put("file", "a");
    watch(&l, paths, 1, false);
    put("file", "longer");
    wait_for_change(&l, 0);
    unsigned before = l.changes;
    watch(&l, paths, 1, false); /* has seen it */
    put("next", "longer still");
    assert_int_equal(rename("next", "file"), 0);
    wait_for_change(&l, before);
    assert_int_equal(tm_series_value(l.polls), 0);
    close_listener(&l);
}

/* Two directories are there to be watched, and one may be. */
static void where_the_limit_is_used_up_it_looks_by_itself(void **state)
{
    (void)state;
    static const char *const paths[] = {"a/file", "b/file"};
    listener l;
    open_listener(&l, 1);
    assert_int_equal(mkdir("a", 0755) || mkdir("b", 0755), 0);
    put("a/file", "a");
    put("b/file", "b");
    for (int i = 0; i < 2; i++) {
        const unsigned before = l.changes;
        watch(&l, paths, 2, true);
        put(paths[i], i ? "longer" : "longer still");
        wait_for_change(&l, before);
        assert_int_equal(tm_series_value(l.polls), 1);
    }
    const unsigned before = l.changes;
    watch(&l, paths, 1, true); /* fits again */
    put("a/file", "the longest of all");
    wait_for_change(&l, before);
    assert_int_equal(tm_series_value(l.polls), 0);
    close_listener(&l);
}

static void it_ends_whatever_it_waits_for(void **state)
{
    (void)state;
    static const char *const paths[] = {"file", "none/none"};
    listener l;
    open_listener(&l, 0);
    put("file", "a");
    watch(&l, paths, 2, true);
    tm_file_watch_set(l.watch, NULL, &(tm_reload_settings){0});
    watch(&l, paths, 2, false);
    put("file", "longer");
    close_listener(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_is_told_and_so_is_one_before_it_was_watched),
        cmocka_unit_test(where_the_limit_is_used_up_it_looks_by_itself),
        cmocka_unit_test(it_ends_whatever_it_waits_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
