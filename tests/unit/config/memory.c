/* Memory: reading settings survives the failure of every single allocation.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/settings.h"

#include "tests/unit/config/world.h"

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

typedef struct failing_heap {
    unsigned long left; /* allocations before the next fails */
    unsigned long held;
} failing_heap;

static void *fail_alloc(void *owner, size_t size_bytes)
{
    failing_heap *f = owner;
    if (!f->left)
        return NULL;
    f->left--;
    f->held++;
    return malloc(size_bytes);
}

static void *fail_grow(void *owner, void *block, size_t size_bytes)
{
    failing_heap *f = owner;
    if (!f->left)
        return NULL;
    f->left--;
    return realloc(block, size_bytes);
}

static void fail_drop(void *owner, void *block)
{
    failing_heap *f = owner;
    f->held -= block != NULL;
    free(block);
}

/* True when the settings could be read with so many allocations. */
static bool read_with(unsigned long allocations)
{
    failing_heap failing = {.left = allocations};
    tm_heap heap = {fail_alloc, fail_grow, fail_drop, &failing};
    tm_text configs[] = {TM_TEXT("/ends.yaml"),
                         TM_TEXT("yaml:{processors: {batch: &a {timeout: 1s}, batch/b: *a, "
                                 "filter: {traces: {span: '${N:-[x, \"${N:-y}\"]}'}}}}")};
    tm_config_sources sources = {.configs = {configs, 2}, .world = pretend(THINGS)};
    tm_settings settings;
    jmp_buf escape;
    volatile bool fine = false;
    tm_arena *arena = tm_arena_new(&heap);
    if (!arena)
        return false;
    if (!setjmp(escape)) {
        tm_arena_escape(arena, &escape);
        tm_diags diags = {.arena = arena};
        fine = tm_settings_read(arena, &diags, &sources, &settings);
        assert_true(fine);
    }
    tm_arena_free(arena);
    assert_int_equal(failing.held, 0);
    return fine;
}

static void running_out_of_memory_leaves_nothing_behind(void **state)
{
    (void)state;
    unsigned long allocations = 0;
    while (!read_with(allocations))
        allocations++;
    assert_true(allocations > 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(running_out_of_memory_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
