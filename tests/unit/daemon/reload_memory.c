/* Reload without memory: whichever allocation fails, what is in force stays, and the next one
 * works. SPDX-License-Identifier: Apache-2.0
 *
 * The heap of libc is this file's: the functions below stand in for base/heap.c. */
#include "daemon/reload_inside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- a heap that fails ----------------------------------------------------------------------- */

/* Of all threads, as libc's is. */
static struct {
    _Atomic long left; /* allocations that succeed before one fails; below 0: none fails */
    _Atomic bool once; /* that one alone fails; else all from then on */
    _Atomic bool failed;
    _Atomic long blocks; /* not given back */
} memory = {.left = -1};

static bool fails(void)
{
    const long left = atomic_load(&memory.left);
    if (left < 0)
        return false;
    if (atomic_fetch_sub(&memory.left, left > 0) > 0)
        return false;
    if (memory.once)
        memory.left = -1;
    memory.failed = true;
    return true;
}

void *tm_heap_alloc(const tm_heap *heap, size_t size_bytes)
{
    if (heap)
        return heap->alloc(heap->owner, size_bytes);
    void *block = fails() ? NULL : malloc(size_bytes);
    memory.blocks += block != NULL;
    return block;
}

void *tm_heap_grow(const tm_heap *heap, void *block, size_t size_bytes)
{
    if (heap)
        return heap->grow(heap->owner, block, size_bytes);
    void *grown = fails() ? NULL : realloc(block, size_bytes);
    memory.blocks += !block && grown;
    return grown;
}

void tm_heap_free(const tm_heap *heap, void *block)
{
    if (heap) {
        heap->drop(heap->owner, block);
        return;
    }
    memory.blocks -= block != NULL;
    free(block);
}

void tm_heap_trim(const tm_heap *heap)
{
    (void)heap;
}

/* ---- a daemon -------------------------------------------------------------------------------- */

/* Everything of the one differs from the other, but for what cannot be changed. */
#define SERVICE                                                                                    \
    "service:\n"                                                                                   \
    "  workers: 1\n"                                                                               \
    "  reload: {watch: true}\n"                                                                    \
    "  telemetry: {metrics: {level: none}, logs: {output_paths: []}}\n"                            \
    "  pipelines:\n"
static const char *const configs[] = {
    "yaml:receivers: {otlp: {protocols: {grpc: {endpoint: 127.0.0.1:0}}}}\n"
    "processors: {filter: {traces: {span: [name == \"a\"]}}}\n"
    "exporters: {debug: {}}\n" SERVICE
    "    traces: {receivers: [otlp], processors: [filter], exporters: [debug]}\n",
    "yaml:receivers: {otlp: {protocols: {http: {endpoint: 127.0.0.1:0}}}}\n"
    "processors: {filter: {traces: {span: ['IsMatch(name, \"^b.*c$\")']}}, batch: {}}\n"
    "exporters: {debug: {verbosity: normal}, debug/2: {}}\n" SERVICE
    "    traces: {receivers: [otlp], processors: [filter, batch], exporters: [debug, debug/2]}\n"
    "    traces/2: {receivers: [otlp], exporters: [debug/2]}\n"};

typedef struct world {
    tm_daemon daemon;
    tm_text config;
    tm_config_sources sources;
    tm_letter letter;
    uint64_t attempts; /* rounds that have ended before this one */
} world;

static void *run_worker(void *loop)
{
    tm_loop_run(loop);
    return NULL;
}

static void use(world *w, unsigned i)
{
    w->config = tm_text_of(configs[i]);
}

static void open_world(world *w)
{
    *w = (world){.sources = {.world = tm_config_os()}};
    w->sources.configs = (tm_texts){&w->config, 1};
    use(w, 0);
    assert_int_equal(tm_daemon_build(&w->daemon, &w->sources), TM_EXIT_OK);
    assert_int_equal(tm_daemon_listen(&w->daemon), TM_EXIT_OK);
    for (uint32_t i = 0; i < w->daemon.threads; i++)
        assert_int_equal(
            pthread_create(&w->daemon.worker[i].thread, NULL, run_worker, w->daemon.worker[i].loop),
            0);
    tm_reload_start(w->daemon.reload);
}

/* Lets the home loop run until the round is over. */
static void look(void *argument)
{
    world *w = argument;
    if (w->daemon.reload->stage == TM_RELOAD_IDLE) {
        tm_loop_stop(w->daemon.home);
        return;
    }
    usleep(100);
    tm_loop_send(w->daemon.home, &w->letter);
}

static tm_reload_result reload(world *w)
{
    w->letter = (tm_letter){.call = look, .argument = w};
    tm_reload_ask(w->daemon.reload);
    tm_loop_send(w->daemon.home, &w->letter);
    tm_loop_run(w->daemon.home);
    return w->daemon.reload->result;
}

static void close_world(world *w)
{
    for (uint32_t i = 0; i < w->daemon.threads; i++) {
        tm_loop_stop(w->daemon.worker[i].loop);
        pthread_join(w->daemon.worker[i].thread, NULL);
    }
    tm_daemon_drop(&w->daemon);
}

/* One reload that the n-th allocation of it fails. False: it had enough. */
static bool reload_short(world *w, long n, bool once)
{
    const uint64_t before = w->daemon.reload->number;
    memory.failed = false;
    memory.once = once;
    memory.left = n;
    const tm_reload_result result = reload(w);
    memory.left = -1;
    assert_true(result == TM_RELOAD_DONE || memory.failed);
    assert_int_equal(w->daemon.reload->number, before + (result == TM_RELOAD_DONE));
    return memory.failed;
}

static void a_reload_that_misses_memory_changes_nothing_and_the_next_one_works(void **state)
{
    (void)state;
    enum { MOST = 5000 };
    world w;
    unsigned turn = 0;
    open_world(&w);
    for (int once = 0; once < 2; once++) {
        long n = 0;
        for (bool more = true; more && n < MOST; n++) {
            use(&w, ++turn % 2);
            more = reload_short(&w, n, once);
            assert_int_equal(reload(&w), TM_RELOAD_DONE);
        }
        assert_true(n > 20 && n < MOST);
        print_message("%ld rounds\n", n);
    }
    close_world(&w);
    assert_int_equal(memory.blocks, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reload_that_misses_memory_changes_nothing_and_the_next_one_works)};
    return cmocka_run_group_tests_name("daemon/reload_memory", tests, NULL, NULL);
}
