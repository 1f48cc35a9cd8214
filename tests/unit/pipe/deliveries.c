/* Deliveries: rings of a fixed size, whatever comes, ends late, or finds no memory.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/deliveries.h"

#include "tests/unit/engine/judged.h"
#include "tests/unit/short_heap.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { KEEP = 3 };

static const char A[] = "aaaaaaaaaaaaaaaa", B[] = "bbbbbbbbbbbbbbbb";

/* A request with a span of each of these traces, by their letters. */
static tm_text request_of(tm_arena *arena, const char *letters)
{
    tm_buf spans = {.arena = arena}, scope = spans, resource = spans, request = spans;
    for (; *letters; letters++) {
        tm_buf span = {.arena = arena};
        tm_buf_print(&span, "\x0a\x10");
        for (int i = 0; i < 16; i++)
            tm_buf_add_char(&span, *letters);
        tm_buf_add_char(&spans, 0x12);
        tm_buf_add_char(&spans, (char)span.n);
        tm_buf_add(&spans, tm_buf_text(&span));
    }
    tm_buf_add_char(&scope, 0x12);
    tm_buf_add_char(&scope, (char)spans.n);
    tm_buf_add(&scope, tm_buf_text(&spans));
    tm_buf_add_char(&resource, 0x0a);
    tm_buf_add_char(&resource, (char)scope.n);
    tm_buf_add(&resource, tm_buf_text(&scope));
    tm_buf_add(&request, tm_buf_text(&resource));
    return tm_buf_text(&request);
}

/* As a judge does of the spans that it keeps. */
static void note_all(tm_arena *arena, tm_trace_notes *notes, tm_text bytes)
{
    tm_request q;
    const tm_needs none = {.n = 0};
    const tm_needs *const needs[TM_LEVELS] = {&none, &none, &none, &none};
    tm_trace_notes_begin(notes);
    tm_request_open(&q, arena, needs, TM_NEW_ARRAY(arena, tm_request_slots(needs) + 1, tm_slot),
                    bytes, true, TM_UTF8_KEEP);
    while (tm_request_next_resource(&q))
        while (tm_request_next_scope(&q))
            while (tm_request_next_span(&q))
                tm_trace_note(notes, &q);
}

static const tm_delivered_request JUDGED = {.pipeline = {"traces", 6}, .received = 9, .kept = 2};

static tm_origin add(tm_arena *arena, tm_deliveries *d, tm_trace_notes *notes, const char *letters)
{
    note_all(arena, notes, request_of(arena, letters));
    return tm_deliveries_add(d, notes, &JUDGED);
}

static const char *shown(tm_arena *arena, tm_deliveries *d, const char *id)
{
    tm_buf out = {.arena = arena};
    tm_deliveries_print(d, tm_text_slice(id, 16), false, &out);
    tm_buf_add_char(&out, 0);
    return out.p;
}

static void answer(tm_origin origin, uint32_t spans, const tm_delivery_try *answer)
{
    tm_batch_part part = {origin, spans};
    tm_deliveries_tried(&(tm_batch){.part = &part, .parts = 1}, answer);
}

static const tm_delivery_try SENT = {.exporter = {"out", 3}, .ends = true};
static const tm_delivery_try LATER = {
    .exporter = {"out", 3}, .code = TM_STATUS_UNAVAILABLE, .message = {"busy", 4}};

/* True: nothing failed. Then what is kept is as it has to be. */
static bool follow(void *owner, const tm_heap *heap)
{
    (void)owner;
    tm_arena *arena = tm_arena_new(NULL);
    tm_deliveries *d = tm_deliveries_new(&(tm_deliveries_options){
        .heap = heap, .clock = tm_clock_real(), .keep = KEEP, .sample = 1});
    tm_trace_notes *notes = d ? tm_trace_notes_new(d) : NULL;
    bool all = notes;
    if (notes) {
        const tm_origin first = add(arena, d, notes, "aba");
        all &=
            strstr(shown(arena, d, A), "kept 2 spans of the trace (2 of the request's 9)") != NULL;
        all &= strstr(shown(arena, d, B), "kept 1 span of the trace") != NULL;
        tm_deliveries_offer(first, TM_TEXT("out"), 2);
        tm_deliveries_offer(first, TM_TEXT("full"), 2);
        tm_deliveries_refuse(first, TM_TEXT("full"));
        answer(first, 2, &LATER);
        answer(first, 1, &SENT);
        all &= strstr(shown(arena, d, A), "to out: 1 sent, 1 queued; 1 try failed, the last with "
                                          "UNAVAILABLE: busy\n    to full: 2 refused\n") != NULL;
        add(arena, d, notes, "cd");
        all &= shown(arena, d, B)[0] != 0 && shown(arena, d, A)[0] == 0; /* three traces of two */
        add(arena, d, notes, "cde");
        answer(first, 1, &SENT); /* it has gone */
        all &= shown(arena, d, B)[0] == 0;
    }
    tm_trace_notes_free(notes);
    tm_deliveries_free(d);
    tm_arena_free(arena);
    return all;
}

static void what_ends_late_or_without_memory_harms_nothing(void **state)
{
    (void)state;
    assert_true(follow(NULL, NULL));
    assert_true(short_heap_each(follow, NULL) > 5);
}

static void reasons_are_shared_and_the_oldest_go(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_deliveries *d = tm_deliveries_new(
        &(tm_deliveries_options){.clock = tm_clock_real(), .keep = KEEP, .sample = 1});
    tm_trace_notes *notes = tm_trace_notes_new(d);
    const tm_origin a = add(arena, d, notes, "a"), b = add(arena, d, notes, "b");
    tm_deliveries_offer(a, TM_TEXT("out"), 1);
    tm_deliveries_offer(b, TM_TEXT("out"), 1);
    for (int i = 0; i < 99; i++)
        answer(a, 1, &LATER);
    assert_non_null(strstr(shown(arena, d, A), "99 tries failed, the last with UNAVAILABLE: busy"));
    for (int i = 0; i < 64; i++) {
        tm_delivery_try other = LATER;
        other.message = tm_arena_print(arena, "%02d%0300d", i, 0);
        answer(b, 1, &other);
    }
    assert_non_null(strstr(shown(arena, d, A), "99 tries failed, the last with UNAVAILABLE\n"));
    assert_non_null(strstr(shown(arena, d, B), "the last with UNAVAILABLE: 63000"));
    tm_trace_notes_free(notes);
    tm_deliveries_free(d);
    tm_arena_free(arena);
}

static void exporters_beyond_those_that_are_noted_are_counted(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_deliveries *d = tm_deliveries_new(
        &(tm_deliveries_options){.clock = tm_clock_real(), .keep = KEEP, .sample = 1});
    tm_trace_notes *notes = tm_trace_notes_new(d);
    const tm_origin a = add(arena, d, notes, "a");
    for (char c = '0'; c < '6'; c++)
        tm_deliveries_offer(a, tm_text_slice(&c, 1), 1);
    assert_non_null(strstr(shown(arena, d, A), "to 3: 1 queued\n    and to 2 more exporters"));
    tm_trace_notes_free(notes);
    tm_deliveries_free(d);
    tm_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_ends_late_or_without_memory_harms_nothing),
        cmocka_unit_test(reasons_are_shared_and_the_oldest_go),
        cmocka_unit_test(exporters_beyond_those_that_are_noted_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
