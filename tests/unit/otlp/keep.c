/* Keep: what is not edited leaves byte for byte, whatever was dropped beside it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "dump.h"
#include "making.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { REQUESTS = 1200 };

static void kept_requests_leave_byte_for_byte(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    for (unsigned seed = 1; seed <= REQUESTS; seed++) {
        tm_request q;
        tm_making m = making_of(arena, seed, TM_ODD_ALL);
        tm_text bytes = making_request(&m);
        dump_open(&q, arena, bytes, NULL, 0);
        while (tm_request_next_resource(&q))
            ;
        const tm_pieces *out = tm_request_finish(&q);
        assert_true(tm_text_equal(dump_bytes(arena, out), bytes));
        assert_true(out->n <= 1);
        tm_arena_reset(arena);
    }
    tm_arena_free(arena);
}

/* The request without some of its spans: their fields cut out, lengths around them written anew. */
static tm_text without(tm_arena *arena, tm_text body, unsigned level, uint64_t *drops,
                       bool *changed)
{
    tm_buf out = {.arena = arena};
    tm_wire_field f;
    const char *p = body.p, *end = p + body.n;
    while (p < end && (p = tm_wire_next(p, end, &f)) != NULL) {
        tm_text field = tm_text_slice(f.start, (size_t)(p - f.start));
        bool inner = false;
        if (f.number != (level ? 2 : 1)) {
            tm_buf_add(&out, field);
        } else if (level == 2) {
            bool drop = *drops & 1;
            *drops = *drops >> 1 | *drops << 63;
            *changed |= drop;
            if (!drop)
                tm_buf_add(&out, field);
        } else {
            tm_text rest = without(arena, f.bytes, level + 1, drops, &inner);
            char *at = tm_buf_reserve(&out, rest.n + 16);
            if (inner)
                out.n += (size_t)(tm_wire_put_bytes_field(at, f.number, rest) - at);
            else
                tm_buf_add(&out, field);
            *changed |= inner;
        }
    }
    return tm_buf_text(&out);
}

/* The same bytes as dump_bytes, copied so many at a time. */
static tm_text in_turns(tm_arena *arena, const tm_pieces *out, size_t room)
{
    tm_pieces_turn turn = {0};
    char *at = tm_arena_alloc(arena, out->bytes + room);
    size_t done = 0;
    for (size_t n; (n = tm_pieces_copy_some(out, &turn, at + done, room)) > 0; done += n)
        assert_true(n == room || done + n == out->bytes);
    return tm_text_slice(at, done);
}

static void dropping_spans_leaves_exactly_the_rest(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    for (unsigned seed = 1; seed <= REQUESTS; seed++) {
        tm_request q;
        bool changed = false;
        tm_making m = making_of(arena, seed, TM_ODD_ALL);
        tm_text bytes = making_request(&m);
        uint64_t drops = making_next(&m) | 1, again = drops;
        dump_open(&q, arena, bytes, NULL, 0);
        while (tm_request_next_resource(&q))
            while (tm_request_next_scope(&q))
                while (tm_request_next_span(&q)) {
                    if (drops & 1)
                        tm_request_drop_span(&q);
                    drops = drops >> 1 | drops << 63;
                }
        tm_text out = dump_bytes(arena, tm_request_finish(&q));
        assert_true(tm_text_equal(out, without(arena, bytes, 0, &again, &changed)));
        assert_true(tm_text_equal(out, in_turns(arena, tm_request_finish(&q), seed % 50 + 1)));
        assert_int_equal(q.spans_in - q.spans_out > 0, changed);
        tm_arena_reset(arena);
    }
    tm_arena_free(arena);
}

/* Of three scopes the middle one loses its span, and the last one had none. */
static void emptied_groups_vanish_only_when_pruning(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_text bytes = TM_TEXT("\x0a\x0f\x12\x04\x12\x02\x30\x01\x12\x05\x12\x03\x2a\x01x\x12\x00");
    for (unsigned prune = 0; prune < 2; prune++) {
        tm_request q;
        dump_open(&q, arena, bytes, NULL, 0);
        q.prune = prune;
        while (tm_request_next_resource(&q))
            while (tm_request_next_scope(&q))
                while (tm_request_next_span(&q))
                    if (tm_item_field(&q.item[TM_SPAN], TM_SPAN_NAME).n)
                        tm_request_drop_span(&q);
        tm_text want = prune ? TM_TEXT("\x0a\x06\x12\x04\x12\x02\x30\x01")
                             : TM_TEXT("\x0a\x0a\x12\x04\x12\x02\x30\x01\x12\x00\x12\x00");
        assert_true(tm_text_equal(dump_bytes(arena, tm_request_finish(&q)), want));
    }
    tm_arena_free(arena);
}

/* Whatever is asked of the span, and its own ids stay. */
static void a_parent_of_zeros_is_cut_out_and_nothing_else(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    const tm_text zeros = tm_text_slice(TM_NEW_ARRAY(arena, 16, char), 16);
    const tm_needs *nothing = tm_needs_new(arena, NULL, 0, 0);
    const tm_needs *needs[TM_LEVELS] = {nothing, nothing, nothing, nothing};
    tm_buf span = {.arena = arena}, want = {.arena = arena};
    tm_request q;
    tm_making m = making_of(arena, 1, 0);
    for (unsigned number = 1; number <= 5; number++) {
        const tm_text t = number == 1 ? zeros : tm_text_slice(zeros.p, 8);
        const tm_text value = number == 3 || number == 5 ? TM_TEXT("text") : t;
        making_field(&m, &span, number, TM_WIRE_BYTES, 0, value);
        if (number != TM_SPAN_PARENT_SPAN_ID)
            making_field(&m, &want, number, TM_WIRE_BYTES, 0, value);
    }
    tm_text in = tm_buf_text(&span), out = tm_buf_text(&want);
    for (unsigned i = 0; i < 3; i++) {
        tm_buf a = {.arena = arena}, b = {.arena = arena};
        making_field(&m, &a, i < 2 ? 2 : 1, TM_WIRE_BYTES, 0, in);
        making_field(&m, &b, i < 2 ? 2 : 1, TM_WIRE_BYTES, 0, out);
        in = tm_buf_text(&a);
        out = tm_buf_text(&b);
    }
    tm_request_open(&q, arena, needs, NULL, in, false, TM_UTF8_MEND);
    q.heads = 0;
    while (tm_request_next_resource(&q))
        ;
    assert_true(tm_text_equal(dump_bytes(arena, tm_request_finish(&q)), out));
    tm_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept_requests_leave_byte_for_byte),
        cmocka_unit_test(dropping_spans_leaves_exactly_the_rest),
        cmocka_unit_test(a_parent_of_zeros_is_cut_out_and_nothing_else),
        cmocka_unit_test(emptied_groups_vanish_only_when_pruning),
    };
    return cmocka_run_group_tests_name("otlp/keep", tests, NULL, NULL);
}
