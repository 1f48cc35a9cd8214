/* Memory: reading settings survives the failure of any allocation, and of all behind it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/settings.h"

#include "tests/unit/config/world.h"
#include "tests/unit/short_heap.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static const char ENDS[] =
    "receivers: {otlp: {protocols: {grpc: }}}\n"
    "exporters: {debug: , nop: }\n"
    "service: {pipelines: {traces: {receivers: [otlp], exporters: [debug]}}}\n";

static const tm_pretended THINGS[] = {{"/ends.yaml", ENDS}, {NULL, NULL}};

static void read_them(void *argument)
{
    tm_arena *arena = argument;
    tm_text configs[] = {TM_TEXT("/ends.yaml"),
                         TM_TEXT("yaml:{processors: {batch: &a {timeout: 1s}, batch/b: *a, "
                                 "filter: {traces: {span: '${N:-[x, \"${N:-y}\"]}'}}}}")};
    tm_config_sources sources = {.configs = {configs, 2}, .world = pretend(THINGS)};
    tm_settings settings;
    tm_diags diags = {.arena = arena};
    assert_true(tm_settings_read(arena, &diags, &sources, &settings));
}

/* True when there was memory enough. */
static bool read_with(void *owner, const tm_heap *heap)
{
    (void)owner;
    tm_arena *arena = tm_arena_new(heap);
    bool done = arena && tm_arena_try(arena, read_them, arena);
    tm_arena_free(arena);
    return done;
}

static void running_out_of_memory_leaves_nothing_behind(void **state)
{
    (void)state;
    assert_true(short_heap_each(read_with, NULL) > 4);
}

static unsigned count_open(void)
{
    unsigned n = 0;
    for (int fd = 0; fd < 1024; fd++)
        n += fcntl(fd, F_GETFD) != -1;
    return n;
}

static void read_program(void *argument)
{
    tm_config_world world = tm_config_os();
    tm_text bytes, why;
    assert_true(
        world.read(world.owner, argument, TM_TEXT("/proc/self/exe"), SIZE_MAX, &bytes, &why));
}

static bool read_file_with(void *owner, const tm_heap *heap)
{
    unsigned before = count_open();
    tm_arena *arena = tm_arena_new(heap);
    bool done = arena && tm_arena_try(arena, read_program, arena);
    (void)owner;
    tm_arena_free(arena);
    assert_int_equal(count_open(), before);
    return done;
}

static void running_out_of_memory_leaves_no_file_open(void **state)
{
    (void)state;
    assert_true(short_heap_each(read_file_with, NULL) > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(running_out_of_memory_leaves_nothing_behind),
        cmocka_unit_test(running_out_of_memory_leaves_no_file_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
