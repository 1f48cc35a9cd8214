/* Zones: out of memory while a file is read leaves none open.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/short_heap.h"
#include "base/arena.h"
#include "base/zone.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static unsigned count_open(void)
{
    unsigned n = 0;
    for (int fd = 0; fd < 1024; fd++)
        n += fcntl(fd, F_GETFD) != -1;
    return n;
}

/* `used` bytes of the arena's block are taken before, so that each allocation may be the one that
 * needs another. */
typedef struct trial {
    tm_arena *arena;
    size_t used;
    bool database;
} trial;

static void read_zones(void *argument)
{
    trial *t = argument;
    unsigned zones;
    tm_arena_alloc(t->arena, t->used);
    if (t->database)
        tm_zone_database(t->arena, &zones);
    else
        assert_non_null(tm_zone_load(t->arena, NULL, TM_TEXT("Europe/Berlin")));
}

static bool read_with(void *owner, const tm_heap *heap)
{
    unsigned before = count_open();
    trial t = *(trial *)owner;
    t.arena = tm_arena_new(heap);
    bool done = t.arena && tm_arena_try(t.arena, read_zones, &t);
    tm_arena_free(t.arena);
    assert_int_equal(count_open(), before);
    return done;
}

static void no_file_stays_open(void **state)
{
    (void)state;
    for (int database = 0; database < 2; database++)
        for (size_t used = 0; used < 4096; used += 16)
            assert_true(short_heap_each(read_with, &(trial){.used = used, .database = database}) >
                        2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_file_stays_open),
    };
    return cmocka_run_group_tests_name("base/zone_memory", tests, NULL, NULL);
}
