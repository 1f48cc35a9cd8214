/* Zones: out of memory while a file is read leaves none open.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "base/zone.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* A heap that has `left` blocks to give, and none from then on. */
static void *give(void *owner, size_t size_bytes)
{
    int *left = owner;
    return (*left)-- > 0 ? tm_heap_alloc(NULL, size_bytes) : NULL;
}

static void *grow(void *owner, void *block, size_t size_bytes)
{
    int *left = owner;
    return (*left)-- > 0 ? tm_heap_grow(NULL, block, size_bytes) : NULL;
}

static void drop(void *owner, void *block)
{
    (void)owner;
    tm_heap_free(NULL, block);
}

static unsigned count_open(void)
{
    unsigned n = 0;
    for (int fd = 0; fd < 1024; fd++)
        n += fcntl(fd, F_GETFD) != -1;
    return n;
}

/* Reads with `used` bytes of the arena's block taken before, so that each allocation may be the one
 * that needs another. False when it ran out of memory. */
static bool read_with(int blocks, size_t used, bool database)
{
    unsigned zones;
    tm_heap heap = {give, grow, drop, &blocks};
    jmp_buf escape;
    tm_arena *arena = tm_arena_new(&heap);
    if (!arena)
        return false;
    bool ran_out = setjmp(escape) != 0;
    if (!ran_out) {
        tm_arena_escape(arena, &escape);
        tm_arena_alloc(arena, used);
        if (database)
            tm_zone_database(arena, &zones);
        else
            assert_non_null(tm_zone_load(arena, TM_TEXT("Europe/Berlin")));
    }
    tm_arena_free(arena);
    return !ran_out;
}

static void no_file_stays_open(void **state)
{
    (void)state;
    unsigned before = count_open(), failures = 0;
    for (int database = 0; database < 2; database++)
        for (size_t used = 0; used < 4096; used += 16)
            for (int blocks = 0; !read_with(blocks, used, database); blocks++) {
                assert_int_equal(count_open(), before);
                failures++;
            }
    assert_true(failures > 512);
    assert_int_equal(count_open(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_file_stays_open),
    };
    return cmocka_run_group_tests_name("base/zone_memory", tests, NULL, NULL);
}
