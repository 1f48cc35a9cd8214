/* Lanes: several batchers that fill one queue.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/batchers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* Adds a chunk of so many spans, which need not be any. */
static void add(tm_batchers *batchers, uint32_t batcher, uint32_t spans, uint64_t now_ms)
{
    tm_arena *arena = tm_arena_new(NULL);
    tm_pieces pieces = {.arena = arena};
    tm_pieces_add(&pieces, TM_TEXT("0123456789"));
    tm_chunk *chunk = tm_chunk_new(NULL, &pieces, spans);
    assert_true(tm_batcher_add(&batchers->batcher[batcher], chunk, TM_TEXT(""), NULL, now_ms));
    tm_arena_free(arena);
}

static void takes(tm_batchers *batchers, uint32_t spans)
{
    tm_batch *batch = tm_batchers_take(batchers);
    assert_non_null(batch);
    assert_int_equal(batch->spans, spans);
    tm_batch_end(batch, TM_STATUS_OK);
}

static void each_lane_has_limits_of_its_own_and_the_oldest_batch_is_taken_first(void **state)
{
    (void)state;
    const tm_batch_limits limits[] = {{.trigger_spans = 5, .timeout_ms = 100}, {0}};
    tm_batchers batchers;
    assert_true(tm_batchers_init(&batchers, limits, 2));
    assert_true(tm_batchers_are_empty(&batchers));
    add(&batchers, 0, 3, 10);
    add(&batchers, 1, 1, 11);
    add(&batchers, 1, 2, 12);
    assert_false(tm_batchers_are_empty(&batchers));
    takes(&batchers, 1);
    add(&batchers, 0, 2, 13); /* begun at 10: before the one of 12 */
    tm_batchers_sum sum = tm_batchers_count(&batchers);
    assert_int_equal(sum.full, 2);
    assert_int_equal(sum.spans, 7);
    assert_int_equal(sum.bytes, 30);
    assert_int_equal(batchers.batcher[0].by_size, 1);
    assert_int_equal(batchers.batcher[1].by_size, 2);
    takes(&batchers, 5);
    takes(&batchers, 2);
    assert_null(tm_batchers_take(&batchers));
    assert_true(tm_batchers_are_empty(&batchers));
    tm_batchers_reset(&batchers);
}

static void each_lane_has_a_time_of_its_own(void **state)
{
    (void)state;
    const tm_batch_limits limits[] = {{.trigger_spans = 9, .timeout_ms = 1000},
                                      {.trigger_spans = 9, .timeout_ms = 100}};
    tm_batchers batchers;
    assert_true(tm_batchers_init(&batchers, limits, 2));
    assert_true(tm_batchers_due(&batchers) == UINT64_MAX);
    add(&batchers, 0, 1, 10);
    assert_int_equal(tm_batchers_due(&batchers), 1010);
    add(&batchers, 1, 2, 20);
    assert_int_equal(tm_batchers_due(&batchers), 120);
    tm_batchers_flush(&batchers, 119);
    assert_null(tm_batchers_take(&batchers));
    tm_batchers_flush(&batchers, 120);
    takes(&batchers, 2);
    assert_null(tm_batchers_take(&batchers));
    assert_int_equal(tm_batchers_due(&batchers), 1010);
    tm_batchers_drain(&batchers);
    takes(&batchers, 1);
    add(&batchers, 0, 3, 30);
    takes(&batchers, 3);
    assert_int_equal(batchers.batcher[0].by_time, 1);
    assert_int_equal(batchers.batcher[1].by_time, 1);
    tm_batchers_reset(&batchers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_lane_has_limits_of_its_own_and_the_oldest_batch_is_taken_first),
        cmocka_unit_test(each_lane_has_a_time_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
