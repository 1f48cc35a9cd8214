/* Split: parts of random limits, joined again span by span; and requests mended and counted.
 * SPDX-License-Identifier: Apache-2.0 */
#include "otlp/split.h"

#include "base/utf8.h"
#include "dump.h"
#include "making.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { REQUESTS = 500 }; /* each is packed once more for every span in it */

/* Each span with the resource and scope around it, one line a span. */
static unsigned add_lines(tm_buf *out, tm_arena *arena, tm_text bytes)
{
    unsigned spans = 0;
    Otlp__ExportTraceServiceRequest *r =
        otlp__export_trace_service_request__unpack(NULL, bytes.n, (const uint8_t *)bytes.p);
    assert_non_null(r);
    for (size_t i = 0; i < r->n_resource_spans; i++)
        for (size_t k = 0; k < r->resource_spans[i]->n_scope_spans; k++) {
            Otlp__ResourceSpans *g = r->resource_spans[i];
            Otlp__ScopeSpans *s = g->scope_spans[k];
            for (size_t j = 0; j < s->n_spans; j++, spans++) {
                Otlp__Span *one = s->spans[j];
                Otlp__ScopeSpans scope = *s, *scopes = &scope;
                Otlp__ResourceSpans resource = *g, *resources = &resource;
                Otlp__ExportTraceServiceRequest alone = *r;
                scope.spans = &one;
                scope.n_spans = 1;
                resource.scope_spans = &scopes;
                resource.n_scope_spans = 1;
                alone.resource_spans = &resources;
                alone.n_resource_spans = 1;
                dump_pb_request(out, &alone);
            }
        }
    otlp__export_trace_service_request__free_unpacked(r, NULL);
    (void)arena;
    return spans;
}

typedef struct parts {
    tm_arena *arena;
    tm_buf lines;
    unsigned n, first, max, stop_at;
    size_t max_bytes;
} parts;

static bool take_part(void *owner, const tm_pieces *part, uint32_t spans)
{
    parts *p = owner;
    tm_text bytes = dump_bytes(p->arena, part);
    unsigned most = p->n == 0 && p->first ? p->first : p->max;
    assert_int_equal(add_lines(&p->lines, p->arena, bytes), spans);
    assert_int_equal(tm_split_count(bytes), spans);
    assert_true(!most || spans <= most);
    assert_true(!p->max_bytes || spans <= 1 || bytes.n <= p->max_bytes);
    assert_true(bytes.n > 0);
    return ++p->n != p->stop_at;
}

static void parts_hold_the_same_spans_in_order_within_their_limits(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    unsigned many = 0;
    for (unsigned seed = 1; seed <= REQUESTS; seed++) {
        tm_making m =
            making_of(arena, seed, seed % 2 ? TM_ODD_ORDER | TM_ODD_UNKNOWN | TM_ODD_REPEATED : 0);
        m.members = 6;
        tm_text bytes = making_request(&m);
        parts p = {.arena = arena,
                   .lines = {.arena = arena},
                   .first = making_below(&m, 3) ? 0 : 1 + making_below(&m, 5),
                   .max = making_below(&m, 4) ? 1 + making_below(&m, 12) : 0,
                   .max_bytes = making_below(&m, 2) ? 200 + making_below(&m, 9000) : 0};
        tm_buf want = {.arena = arena};
        unsigned spans = add_lines(&want, arena, bytes);
        assert_int_equal(tm_split_count(bytes), spans);
        assert_true(tm_split(arena, bytes, p.first, p.max, p.max_bytes, take_part, &p));
        assert_true(tm_text_equal(tm_buf_text(&want), tm_buf_text(&p.lines)));
        many += p.n > 1;
        tm_arena_reset(arena);
    }
    assert_true(many > REQUESTS / 3);
    tm_arena_free(arena);
}

static void splitting_stops_when_a_part_is_not_wanted(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_making m = making_of(arena, 3, 0);
    m.members = 6;
    tm_text bytes = making_request(&m);
    while (tm_split_count(bytes) < 8)
        bytes = making_request(&m);
    parts p = {.arena = arena, .lines = {.arena = arena}, .max = 2, .stop_at = 2};
    assert_false(tm_split(arena, bytes, 0, 2, 0, take_part, &p));
    assert_int_equal(p.n, 2);
    tm_arena_free(arena);
}

static void an_empty_request_has_no_parts(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    parts p = {.arena = arena, .lines = {.arena = arena}};
    assert_true(tm_split(arena, TM_TEXT(""), 1, 1, 1, take_part, &p));
    assert_int_equal(p.n, 0);
    assert_int_equal(tm_split_count(TM_TEXT("")), 0);
    tm_arena_free(arena);
}

/* --- mending --- */

static void mending_changes_bad_texts_and_nothing_else(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    unsigned bad = 0;
    for (unsigned seed = 1; seed <= REQUESTS; seed++) {
        tm_making m =
            making_of(arena, seed, TM_ODD_UTF8 | TM_ODD_ORDER | TM_ODD_UNKNOWN | TM_ODD_LONG);
        tm_text bytes = making_request(&m), mended = tm_request_mend(arena, bytes);
        tm_fault fault;
        bool sound = tm_check(TM_MESSAGE_REQUEST, bytes, &fault) == TM_SOUND;
        bad += !sound;
        assert_int_equal(tm_check(TM_MESSAGE_REQUEST, mended, &fault), TM_SOUND);
        assert_true(sound ? mended.p == bytes.p
                          : tm_text_equal(dump_pb(arena, mended),
                                          tm_utf8_mend(arena, dump_pb(arena, bytes))));
        tm_arena_reset(arena);
    }
    assert_true(bad > REQUESTS / 4 && bad < REQUESTS);
    tm_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_hold_the_same_spans_in_order_within_their_limits),
        cmocka_unit_test(splitting_stops_when_a_part_is_not_wanted),
        cmocka_unit_test(an_empty_request_has_no_parts),
        cmocka_unit_test(mending_changes_bad_texts_and_nothing_else),
    };
    return cmocka_run_group_tests_name("otlp/split", tests, NULL, NULL);
}
