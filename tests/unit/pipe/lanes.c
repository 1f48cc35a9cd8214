/* Lanes: several formers that fill one queue.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/lanes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* Adds a chunk of so many spans, which need not be any. */
static void add(tm_lanes *lanes, uint32_t lane, uint32_t spans, uint64_t now_ms)
{
    tm_arena *arena = tm_arena_new(NULL);
    tm_pieces pieces = {.arena = arena};
    tm_pieces_add(&pieces, TM_TEXT("0123456789"));
    tm_chunk *chunk = tm_chunk_new(&pieces, spans);
    assert_true(tm_former_add(&lanes->former[lane], chunk, TM_TEXT(""), NULL, now_ms));
    tm_arena_free(arena);
}

static void takes(tm_lanes *lanes, uint32_t spans)
{
    tm_batch *batch = tm_lanes_take(lanes);
    assert_non_null(batch);
    assert_int_equal(batch->spans, spans);
    tm_batch_end(batch, TM_STATUS_OK);
}

static void each_lane_has_limits_of_its_own_and_the_oldest_batch_is_taken_first(void **state)
{
    (void)state;
    const tm_batch_limits limits[] = {{.trigger_spans = 5, .timeout_ms = 100}, {0}};
    tm_lanes lanes;
    assert_true(tm_lanes_init(&lanes, limits, 2));
    assert_true(tm_lanes_are_empty(&lanes));
    add(&lanes, 0, 3, 10);
    add(&lanes, 1, 1, 11);
    add(&lanes, 1, 2, 12);
    assert_false(tm_lanes_are_empty(&lanes));
    takes(&lanes, 1);
    add(&lanes, 0, 2, 13); /* begun at 10: before the one of 12 */
    tm_lanes_sum sum = tm_lanes_count(&lanes);
    assert_int_equal(sum.full, 2);
    assert_int_equal(sum.spans, 7);
    assert_int_equal(sum.bytes, 30);
    assert_int_equal(lanes.former[0].by_size, 1);
    assert_int_equal(lanes.former[1].by_size, 2);
    takes(&lanes, 5);
    takes(&lanes, 2);
    assert_null(tm_lanes_take(&lanes));
    assert_true(tm_lanes_are_empty(&lanes));
    tm_lanes_reset(&lanes);
}

static void each_lane_has_a_time_of_its_own(void **state)
{
    (void)state;
    const tm_batch_limits limits[] = {{.trigger_spans = 9, .timeout_ms = 1000},
                                      {.trigger_spans = 9, .timeout_ms = 100}};
    tm_lanes lanes;
    assert_true(tm_lanes_init(&lanes, limits, 2));
    assert_true(tm_lanes_due(&lanes) == UINT64_MAX);
    add(&lanes, 0, 1, 10);
    assert_int_equal(tm_lanes_due(&lanes), 1010);
    add(&lanes, 1, 2, 20);
    assert_int_equal(tm_lanes_due(&lanes), 120);
    tm_lanes_flush(&lanes, 119);
    assert_null(tm_lanes_take(&lanes));
    tm_lanes_flush(&lanes, 120);
    takes(&lanes, 2);
    assert_null(tm_lanes_take(&lanes));
    assert_int_equal(tm_lanes_due(&lanes), 1010);
    tm_lanes_hurry(&lanes);
    takes(&lanes, 1);
    add(&lanes, 0, 3, 30);
    takes(&lanes, 3);
    assert_int_equal(lanes.former[0].by_time, 1);
    assert_int_equal(lanes.former[1].by_time, 1);
    tm_lanes_reset(&lanes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_lane_has_limits_of_its_own_and_the_oldest_batch_is_taken_first),
        cmocka_unit_test(each_lane_has_a_time_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
