/* Tap: one reader, a bound, and a lease.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pipe/tap.h"

typedef struct tapping {
    tm_arena *arena;
    uint64_t now_ms;
    tm_clock clock;
    tm_tap tap;
} tapping;

static uint64_t now_ns(void *owner)
{
    return ((const tapping *)owner)->now_ms * 1000000;
}

static int open_tap(void **state)
{
    tm_arena *arena = tm_arena_new(NULL);
    tapping *t = TM_NEW(arena, tapping);
    t->arena = arena;
    t->now_ms = 1000;
    t->clock = (tm_clock){.monotonic_ns = now_ns, .owner = t};
    tm_tap_init(&t->tap, &t->clock);
    *state = t;
    return 0;
}

static int close_tap(void **state)
{
    tapping *t = *state;
    tm_tap_drop(&t->tap);
    tm_arena_free(t->arena);
    return 0;
}

/* A request of 3 spans, of which the rules leave one. */
static void offer(tapping *t, const char *pipeline, bool first, tm_text request, tm_text kept)
{
    tm_pieces pieces = {.arena = t->arena};
    tm_pieces_add(&pieces, kept);
    const tm_outcome o = {.out = &pieces, .spans_in = 3, .spans_out = kept.n ? 1 : 0};
    tm_tap_offer(&t->tap, tm_text_of(pipeline), first, request, &o);
}

/* What the reader gets is this. */
static void expect(tapping *t, const tm_tap_wish *wish, const char *bytes, uint64_t spans,
                   uint64_t dropped)
{
    tm_tap_taken taken;
    assert_true(tm_tap_take(&t->tap, wish, &taken));
    assert_int_equal(taken.bytes.n, strlen(bytes));
    assert_memory_equal(taken.bytes.n ? taken.bytes.p : "", bytes, taken.bytes.n);
    assert_int_equal(taken.spans, spans);
    assert_int_equal(taken.dropped, dropped);
    tm_bytes_free(&taken.bytes);
}

static void what_is_kept_or_all_is_copied_while_somebody_reads(void **state)
{
    tapping *t = *state;
    const tm_tap_wish kept = {.reader = 7}, all = {.reader = 8, .all = true};
    assert_false(tm_tap_is_open(&t->tap));
    offer(t, "traces", true, TM_TEXT("abc"), TM_TEXT("b"));
    expect(t, &kept, "", 0, 0);
    assert_true(tm_tap_is_open(&t->tap));
    offer(t, "traces", true, TM_TEXT("abc"), TM_TEXT("b"));
    offer(t, "traces/b", false, TM_TEXT("abc"), TM_TEXT("cd"));
    offer(t, "traces", true, TM_TEXT("abc"), TM_TEXT(""));
    expect(t, &kept, "\1b\2cd", 2, 0);
    expect(t, &kept, "", 0, 0);
    tm_tap_end(&t->tap, 9); /* somebody else */
    assert_true(tm_tap_is_open(&t->tap));
    tm_tap_end(&t->tap, 7);
    assert_false(tm_tap_is_open(&t->tap));
    expect(t, &all, "", 0, 0);
    offer(t, "traces", true, TM_TEXT("abc"), TM_TEXT("b"));
    offer(t, "traces/b", false, TM_TEXT("abc"), TM_TEXT("cd")); /* the same request */
    expect(t, &all, "\3abc", 3, 0);
}

static void one_pipeline_is_copied(void **state)
{
    tapping *t = *state;
    const tm_tap_wish kept = {.reader = 7, .pipeline = TM_TEXT("traces/b")};
    expect(t, &kept, "", 0, 0);
    offer(t, "traces", true, TM_TEXT("abc"), TM_TEXT("b"));
    offer(t, "traces/b", false, TM_TEXT("abc"), TM_TEXT("cd"));
    expect(t, &kept, "\2cd", 1, 0);
}

static void one_reads_until_its_lease_ends(void **state)
{
    tapping *t = *state;
    const tm_tap_wish first = {.reader = 7}, second = {.reader = 8};
    tm_tap_taken taken;
    expect(t, &first, "", 0, 0);
    offer(t, "traces", true, TM_TEXT("abc"), TM_TEXT("b"));
    t->now_ms += TM_TAP_LEASE_MS;
    assert_false(tm_tap_take(&t->tap, &second, &taken));
    expect(t, &first, "\1b", 1, 0); /* which begins another lease */
    t->now_ms += TM_TAP_LEASE_MS;
    assert_false(tm_tap_take(&t->tap, &second, &taken));
    offer(t, "traces", true, TM_TEXT("abc"), TM_TEXT("b"));
    t->now_ms += 1;
    expect(t, &second, "", 0, 0); /* not what was copied for the first */
    t->now_ms += TM_TAP_LEASE_MS + 1;
    offer(t, "traces", true, TM_TEXT("abc"), TM_TEXT("b"));
    assert_false(tm_tap_is_open(&t->tap)); /* who passes shuts it */
    assert_null(t->tap.waiting.p);
}

static void what_finds_no_room_is_counted(void **state)
{
    tapping *t = *state;
    const tm_tap_wish all = {.reader = 7, .all = true};
    const size_t half = TM_TAP_BYTES_MOST / 2;
    char *bytes = tm_arena_zero(t->arena, TM_TAP_BYTES_MOST, 1);
    tm_tap_taken taken;
    expect(t, &all, "", 0, 0);
    offer(t, "traces", true, tm_text_slice(bytes, half), TM_TEXT(""));
    offer(t, "traces", true, tm_text_slice(bytes, half), TM_TEXT(""));
    offer(t, "traces", true, tm_text_slice(bytes, TM_TAP_BYTES_MOST), TM_TEXT(""));
    offer(t, "traces", true, TM_TEXT("abc"), TM_TEXT(""));
    assert_true(tm_tap_take(&t->tap, &all, &taken));
    assert_true(taken.bytes.n > half && taken.bytes.n < half + 20);
    assert_int_equal(taken.spans, 6);
    assert_int_equal(taken.dropped, 6);
    tm_bytes_free(&taken.bytes);
    expect(t, &all, "", 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_kept_or_all_is_copied_while_somebody_reads,
                                        open_tap, close_tap),
        cmocka_unit_test_setup_teardown(one_pipeline_is_copied, open_tap, close_tap),
        cmocka_unit_test_setup_teardown(one_reads_until_its_lease_ends, open_tap, close_tap),
        cmocka_unit_test_setup_teardown(what_finds_no_room_is_counted, open_tap, close_tap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
