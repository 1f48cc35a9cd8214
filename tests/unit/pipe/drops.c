/* Drops: a ring of a fixed size, whatever comes and whichever allocation fails.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/drops.h"

#include "tests/unit/engine/judged.h"
#include "tests/unit/short_heap.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { KEEP = 3 };

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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(so_many_are_kept_and_rules_with_them)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
