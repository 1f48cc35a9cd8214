/* Drops: a ring of a fixed size, whatever comes and whichever allocation fails.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/drops.h"

#include "tests/unit/engine/judged.h"
#include "tests/unit/short_heap.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { KEEP = 3 };

#define TEN "0123456789"

/* Notes all spans of the request as dropped by the rule. */
static void note_all(tm_arena *arena, tm_drop_notes *notes, tm_text bytes, const tm_rule *rule)
{
    tm_request q;
    const tm_needs none = {.n = 0};
    const tm_needs *const needs[TM_LEVELS] = {&none, &none, &none, &none};
    tm_request_open(&q, arena, needs, TM_NEW_ARRAY(arena, tm_request_slots(needs) + 1, tm_slot),
                    bytes, true, TM_UTF8_KEEP);
    while (tm_request_next_resource(&q))
        while (tm_request_next_scope(&q))
            while (tm_request_next_span(&q))
                tm_drop_note(notes, rule, &q);
}

static tm_text spans_of(tm_arena *arena, const char *names)
{
    tm_buf spans = {.arena = arena};
    for (; *names; names++)
        tm_buf_add(&spans, judged_span(arena, (char[]){*names, 0}, ""));
    return judged_request(arena, "service.name=shop", tm_buf_text(&spans));
}

static tm_text shown(tm_arena *arena, tm_drops *drops, const char *rule)
{
    tm_buf out = {.arena = arena};
    tm_drops_print(drops, &(tm_drops_question){.rule = tm_text_of(rule)}, false, &out);
    return tm_buf_text(&out);
}

static size_t count_of(tm_text text, const char *what)
{
    size_t n = 0;
    for (ptrdiff_t at; (at = tm_text_find(text, tm_text_of(what))) >= 0; n++)
        text = tm_text_skip(text, (size_t)at + 1);
    return n;
}

/* True: nothing failed. Then what is kept is as it has to be. */
static bool fill(void *owner, const tm_heap *heap)
{
    (void)owner;
    tm_arena *arena = tm_arena_new(NULL);
    char name[] = "first";
    const tm_rule one = {.name = tm_text_of(name), .text = TM_TEXT("drop where a")};
    const tm_rule two = {.name = TM_TEXT("second"), .text = TM_TEXT("drop where b")};
    tm_drops *drops = tm_drops_new(&(tm_drops_options){
        .heap = heap, .clock = tm_clock_real(), .keep = KEEP, .sample = 1, .values = true});
    tm_drop_notes *notes = drops ? tm_drop_notes_new(drops) : NULL;
    bool all = notes;
    if (notes) {
        tm_drop_notes_begin(notes);
        note_all(arena, notes, spans_of(arena, "abcd"), &one);
        tm_drops_add(drops, notes);
        name[0] = '?'; /* the ruleset may be gone: drops have the text of their own */
        const tm_text first = shown(arena, drops, "first");
        all &= count_of(first, "dropped by first: drop where a") == KEEP;
        tm_drop_notes_begin(notes);
        note_all(arena, notes, spans_of(arena, "ef"), &two); /* of an attempt that counts not */
        tm_drop_notes_begin(notes);
        note_all(arena, notes, spans_of(arena, "ef"), &two);
        tm_drops_add(drops, notes);
        all &= count_of(shown(arena, drops, "second"), "of shop") == 2;
        all &= count_of(shown(arena, drops, ""), "\"d\"") == 1;
        tm_drop_notes_begin(notes);
        note_all(arena, notes, spans_of(arena, "ghij"), &two);
        tm_drops_add(drops, notes);
        all &= count_of(shown(arena, drops, "first"), "dropped") == 0;
        all &= count_of(shown(arena, drops, ""), "dropped by second") == KEEP;
    }
    tm_drop_notes_free(notes);
    tm_drops_free(drops);
    tm_arena_free(arena);
    return all;
}

static void so_many_are_kept_and_rules_with_them(void **state)
{
    (void)state;
    assert_true(fill(NULL, NULL));
    assert_true(short_heap_each(fill, NULL) > 5);
}

/* A span with ids, its parent's perhaps, and a name, and so long as what SDKs write or short. */
static tm_text identified(tm_arena *arena, bool parent, tm_text name, bool is_long)
{
    char *span = tm_arena_alloc(arena, 2048), *at = span;
    at = tm_wire_put_bytes_field(at, TM_NUMBER_SPAN_trace_id, TM_TEXT("0123456789abcdef"));
    at = tm_wire_put_bytes_field(at, TM_NUMBER_SPAN_span_id, TM_TEXT("ABCDEFGH"));
    if (parent)
        at = tm_wire_put_bytes_field(at, TM_NUMBER_SPAN_parent_span_id, TM_TEXT("-parent-"));
    at = tm_wire_put_bytes_field(at, TM_NUMBER_SPAN_name, name);
    if (is_long)
        at = tm_wire_put_bytes_field(at, TM_NUMBER_SPAN_trace_state,
                                     TM_TEXT(TEN TEN TEN TEN TEN TEN TEN TEN));
    return judged_wrap(arena, 2, tm_text_slice(span, (size_t)(at - span)), TM_TEXT(""));
}

/* Of names of one-byte letters and of two-byte letters, which are not cut. */
static void ids_and_names_of_spans_of_any_form_are_kept(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    const tm_rule rule = {.name = TM_TEXT("r"), .text = TM_TEXT("drop")};
    tm_drops *drops =
        tm_drops_new(&(tm_drops_options){.clock = tm_clock_real(), .keep = KEEP, .sample = 1});
    tm_drop_notes *notes = tm_drop_notes_new(drops);
    for (uint32_t n = 0; n < 200; n++)
        for (unsigned form = 0; form < 8; form++) {
            const bool wide = form & 4;
            const size_t kept = n < TM_DROP_NAME_BYTES ? n : TM_DROP_NAME_BYTES;
            char *name = tm_arena_alloc(arena, 200);
            for (uint32_t i = 0; i < n; i++)
                name[i] = wide ? "\xc3\xa4"[i & 1] : (char)('a' + i % 26);
            const tm_text whole = tm_text_slice(name, wide ? n & ~1u : n);
            const tm_text span = identified(arena, form & 1, whole, form & 2);
            tm_drop_notes_begin(notes);
            note_all(arena, notes, judged_request(arena, "service.name=a;service.name=b", span),
                     &rule);
            tm_drops_add(drops, notes);
            const tm_text wanted =
                tm_arena_print(arena,
                               "  trace 30313233343536373839616263646566  span 4142434445464748  "
                               "\"%.*s\" of a\n",
                               (int)(wide ? kept & ~(size_t)1 : kept), name);
            const tm_text page = shown(arena, drops, "");
            assert_true(tm_text_starts(
                tm_text_skip(page, (size_t)tm_text_find(page, TM_TEXT("  "))), wanted));
        }
    tm_drop_notes_free(notes);
    tm_drops_free(drops);
    tm_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(so_many_are_kept_and_rules_with_them),
        cmocka_unit_test(ids_and_names_of_spans_of_any_form_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
