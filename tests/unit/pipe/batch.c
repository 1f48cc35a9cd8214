/* Batch: batches formed from chunks by count, bytes and time; waiters told once.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/batch.h"

#include "otlp/split.h"
#include "tests/unit/otlp/making.h"
#include "tests/unit/otlp/printed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static tm_chunk *chunk_of(tm_arena *arena, tm_text bytes)
{
    tm_pieces pieces = {.arena = arena};
    tm_pieces_add(&pieces, bytes);
    return tm_chunk_new(NULL, &pieces, tm_split_count(bytes));
}

/* A request of so many spans named one after the other, in one resource and scope. */
static tm_text spans_of(tm_arena *arena, unsigned n, unsigned *name)
{
    tm_buf scope = {.arena = arena};
    tm_text one, group;
    char *at;
    for (unsigned i = 0; i < n; i++) {
        one = tm_arena_print(arena, "\x2a\x08%08u", (*name)++);
        at = tm_buf_reserve(&scope, one.n + 8);
        scope.n += (size_t)(tm_wire_put_bytes_field(at, 2, one) - at);
    }
    group = tm_buf_text(&scope);
    for (unsigned number = 2; number > 0; number--) {
        at = tm_arena_alloc(arena, group.n + 8);
        group = tm_text_slice(at, (size_t)(tm_wire_put_bytes_field(at, number, group) - at));
    }
    return group;
}

/* The names of a batch's spans must go on from *next. */
static void check_names(tm_arena *arena, const tm_batch *batch, unsigned *next)
{
    for (uint32_t i = 0; i < batch->chunks; i++) {
        tm_text bytes = batch->chunk[i]->bytes;
        Otlp__ExportTraceServiceRequest *r = said_unpack(arena, bytes);
        assert_non_null(r);
        for (size_t a = 0; a < r->n_resource_spans; a++)
            for (size_t b = 0; b < r->resource_spans[a]->n_scope_spans; b++)
                for (size_t c = 0; c < r->resource_spans[a]->scope_spans[b]->n_spans; c++)
                    assert_int_equal(atoi(r->resource_spans[a]->scope_spans[b]->spans[c]->name),
                                     (*next)++);
    }
}

static void batches_hold_all_spans_in_order_within_the_limits(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    for (unsigned seed = 1; seed <= 400; seed++) {
        tm_making m = making_of(arena, seed, 0);
        tm_batcher f = {
            .limits = {.trigger_spans = making_below(&m, 3) ? 1 + making_below(&m, 40) : 0,
                       .trigger_bytes = making_below(&m, 3) ? 0 : 1 + making_below(&m, 600),
                       .max_spans = making_below(&m, 3) ? 1 + making_below(&m, 50) : 0,
                       .max_bytes = making_below(&m, 3) ? 60 + making_below(&m, 900) : 0,
                       .timeout_ms = making_below(&m, 4) ? 200 : 0}};
        const tm_batch_limits l = f.limits;
        unsigned made = 0, seen = 0;
        for (unsigned i = 0; i < 20; i++)
            assert_true(tm_batcher_add(
                &f, chunk_of(arena, spans_of(arena, 1 + making_below(&m, 30), &made)), TM_TEXT(""),
                NULL, i));
        assert_int_equal(f.spans, made);
        assert_int_equal(f.requests, 20);
        tm_batcher_flush(&f);
        for (tm_batch *batch; (batch = tm_batcher_take(&f)) != NULL;) {
            assert_true(!l.max_spans || batch->spans <= l.max_spans);
            assert_true(!l.max_bytes || batch->spans == 1 || batch->bytes <= l.max_bytes);
            check_names(arena, batch, &seen);
            tm_batch_end(batch, TM_STATUS_OK);
        }
        assert_int_equal(seen, made);
        assert_int_equal(f.spans + f.bytes + f.requests + f.full, 0);
        assert_null(f.last);
        tm_arena_reset(arena);
    }
    tm_arena_free(arena);
}

static void a_chunk_within_the_limits_is_handed_on_without_a_copy(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    unsigned name = 0;
    tm_batcher f = {.limits = {.trigger_spans = 4, .max_spans = 10, .timeout_ms = 200}};
    tm_chunk *chunk = chunk_of(arena, spans_of(arena, 3, &name));
    assert_true(tm_batcher_add(&f, chunk, TM_TEXT(""), NULL, 0));
    assert_null(tm_batcher_take(&f));
    assert_ptr_equal(f.open->chunk[0], chunk);
    assert_true(
        tm_batcher_add(&f, chunk_of(arena, spans_of(arena, 1, &name)), TM_TEXT(""), NULL, 5));
    tm_batch *batch = tm_batcher_take(&f);
    assert_int_equal(batch->spans, 4);
    assert_int_equal(batch->opened_ms, 0);
    assert_int_equal(f.by_size, 1);
    tm_batch_end(batch, TM_STATUS_OK);
    tm_arena_free(arena);
}

static void bytes_close_a_batch_too(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    unsigned name = 0;
    tm_chunk *first = chunk_of(arena, spans_of(arena, 3, &name));
    tm_batcher f = {.limits = {.trigger_bytes = first->bytes.n + 1, .timeout_ms = 200}};
    assert_true(tm_batcher_add(&f, first, TM_TEXT(""), NULL, 0));
    assert_null(tm_batcher_take(&f));
    assert_true(
        tm_batcher_add(&f, chunk_of(arena, spans_of(arena, 1, &name)), TM_TEXT(""), NULL, 0));
    tm_batch *batch = tm_batcher_take(&f);
    assert_int_equal(batch->spans, 4);
    assert_int_equal(batch->requests, 2);
    tm_batch_end(batch, TM_STATUS_OK);
    tm_arena_free(arena);
}

static void time_closes_what_count_does_not(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    unsigned name = 0;
    tm_batcher f = {.limits = {.trigger_spans = 100, .timeout_ms = 200}};
    tm_batcher_flush(&f); /* nothing is open: nothing happens */
    assert_int_equal(f.by_time, 0);
    assert_true(
        tm_batcher_add(&f, chunk_of(arena, spans_of(arena, 3, &name)), TM_TEXT(""), NULL, 0));
    tm_batcher_flush(&f);
    assert_int_equal(f.by_time, 1);
    tm_batch_end(tm_batcher_take(&f), TM_STATUS_OK);
    tm_arena_free(arena);
}

static void each_key_has_a_batch_of_its_own(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    unsigned name = 0;
    tm_text keys[] = {TM_TEXT("a"), TM_TEXT("b"), TM_TEXT("")};
    tm_batcher f = {.limits = {.trigger_spans = 4, .timeout_ms = 200}};
    for (unsigned i = 0; i < 9; i++) /* 3 spans for each key, in turns */
        assert_true(tm_batcher_add(&f, chunk_of(arena, spans_of(arena, 1, &name)), keys[i % 3],
                                   NULL, 100 * (i % 3)));
    assert_null(tm_batcher_take(&f));
    assert_true(tm_batcher_add(&f, chunk_of(arena, spans_of(arena, 1, &name)), keys[1], NULL, 100));
    tm_batch *batch = tm_batcher_take(&f); /* in the middle of the open ones */
    assert_true(tm_text_equal(batch->key, keys[1]) && batch->spans == 4);
    tm_batch_end(batch, TM_STATUS_OK);
    tm_batcher_flush_due(&f, 200);
    batch = tm_batcher_take(&f);
    assert_true(tm_text_equal(batch->key, keys[0]) && batch->spans == 3);
    tm_batch_end(batch, TM_STATUS_OK);
    assert_null(tm_batcher_take(&f)); /* the third was opened at 200 */
    assert_true(tm_batcher_add(&f, chunk_of(arena, spans_of(arena, 1, &name)), keys[0], NULL, 250));
    tm_batcher_flush(&f);
    batch = tm_batcher_take(&f);
    assert_true(tm_text_equal(batch->key, keys[2]) && batch->requests == 3);
    tm_batch_end(batch, TM_STATUS_OK);
    tm_batch_end(tm_batcher_take(&f), TM_STATUS_OK);
    assert_int_equal(f.spans + f.requests + f.full, 0);
    tm_arena_free(arena);
}

/* --- waiters --- */

typedef struct waiting {
    tm_waiter waiter;
    unsigned told;
} waiting;

static void told(tm_waiter *waiter)
{
    ((waiting *)waiter)->told++; /* its first member */
}

static void a_waiter_is_told_once_the_worst_answer_of_its_parts(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    unsigned name = 0, batches = 0;
    waiting w = {.told = 0};
    tm_waiter_init(&w.waiter, told);
    tm_batcher f = {.limits = {.max_spans = 4}};
    assert_true(
        tm_batcher_add(&f, chunk_of(arena, spans_of(arena, 10, &name)), TM_TEXT(""), &w.waiter, 0));
    tm_waiter_let_go(&w.waiter, TM_STATUS_OK); /* everything is handed out */
    for (tm_batch *batch; (batch = tm_batcher_take(&f)) != NULL; batches++) {
        assert_int_equal(w.told, 0);
        tm_batch_end(batch, batches == 1 ? TM_STATUS_UNAVAILABLE : TM_STATUS_OK);
    }
    assert_int_equal(batches, 3);
    assert_int_equal(w.told, 1);
    assert_int_equal(w.waiter.worst, TM_STATUS_UNAVAILABLE);
    tm_batch_end(NULL, TM_STATUS_OK);
    tm_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_hold_all_spans_in_order_within_the_limits),
        cmocka_unit_test(a_chunk_within_the_limits_is_handed_on_without_a_copy),
        cmocka_unit_test(bytes_close_a_batch_too),
        cmocka_unit_test(time_closes_what_count_does_not),
        cmocka_unit_test(each_key_has_a_batch_of_its_own),
        cmocka_unit_test(a_waiter_is_told_once_the_worst_answer_of_its_parts),
    };
    return cmocka_run_group_tests_name("pipe/batch", tests, NULL, NULL);
}
