/* Leaving: batches on their way through an exporter and a sender, for the tests of senders.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TESTS_PIPE_LEAVING_H
#define TM_TESTS_PIPE_LEAVING_H

#include "pipe/senders.h"
#include "tests/unit/pipe/offering.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct leaving {
    tm_loop *loop;
    tm_registry *registry;
    tm_exporter *exporter;
    tm_arena *arena;
    char folder[64];
    tm_waiter waiter;
    int answer; /* to the last batch; -1: not yet */
} leaving;

static inline void leaving_open(leaving *l)
{
    *l = (leaving){.loop = tm_loop_new(),
                   .registry = tm_registry_new(NULL),
                   .arena = tm_arena_new(NULL),
                   .folder = "/tmp/tamis-leaving-XXXXXX"};
    assert_non_null(mkdtemp(l->folder));
}

static inline tm_text leaving_path(leaving *l, const char *name)
{
    return tm_arena_print(l->arena, "%s/%s", l->folder, name);
}

/* An exporter without a queue or batches round the exporter's sender. */
static inline void leaving_start(leaving *l, tm_sender *sender)
{
    static const tm_batch_limits none;
    assert_non_null(sender);
    l->exporter = tm_exporter_new(&(tm_exporter_options){.home = l->loop,
                                                         .clock = tm_clock_real(),
                                                         .registry = l->registry,
                                                         .id = TM_TEXT("test"),
                                                         .limits = &none,
                                                         .batchers = 1},
                                  sender);
    assert_non_null(l->exporter);
}

static inline tm_sender_options leaving_options(leaving *l)
{
    return (tm_sender_options){.home = l->loop};
}

static inline void leaving_told(tm_waiter *waiter)
{
    leaving *l = (leaving *)(void *)((char *)waiter - offsetof(leaving, waiter));
    l->answer = atomic_load(&waiter->worst);
    tm_loop_stop(l->loop);
}

/* Sends one request of one span; the status of its batch. */
static inline int leaving_send(leaving *l, tm_text request)
{
    tm_arena *arena = tm_arena_new(NULL);
    tm_pieces pieces = {.arena = arena};
    tm_pieces_add(&pieces, request);
    tm_chunk *chunk = tm_chunk_new(NULL, &pieces, 1);
    assert_non_null(chunk);
    l->answer = -1;
    tm_waiter_init(&l->waiter, leaving_told);
    assert_true(offer(l->registry, l->exporter, chunk, &l->waiter));
    tm_waiter_let_go(&l->waiter, TM_STATUS_OK);
    tm_chunk_unref(chunk);
    tm_arena_free(arena);
    tm_loop_run(l->loop);
    return l->answer;
}

static inline void leaving_end(void *loop)
{
    tm_loop_stop(loop);
}

/* Lets the loop do first what was posted to it, which may be about the exporter. */
static inline void leaving_stop(leaving *l)
{
    assert_true(tm_loop_post(l->loop, leaving_end, l->loop));
    tm_loop_run(l->loop);
    tm_exporter_free(l->exporter);
    l->exporter = NULL;
}

static inline tm_text leaving_read(leaving *l, tm_text path)
{
    struct stat found;
    FILE *f = fopen(path.p, "rb");
    assert_non_null(f);
    assert_int_equal(fstat(fileno(f), &found), 0);
    char *p = tm_arena_alloc(l->arena, (size_t)found.st_size);
    assert_int_equal(fread(p, 1, (size_t)found.st_size, f), (size_t)found.st_size);
    fclose(f);
    return tm_text_slice(p, (size_t)found.st_size);
}

static inline void leaving_close(leaving *l)
{
    assert_int_equal(system(tm_arena_print(l->arena, "rm -r %s", l->folder).p), 0);
    tm_registry_free(l->registry);
    tm_loop_free(l->loop);
    tm_arena_free(l->arena);
}

#endif
