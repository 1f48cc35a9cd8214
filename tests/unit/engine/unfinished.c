/* Unfinished: what takes more than a turn leaves nothing behind, wherever it takes it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "judged.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { MS = 1000000, KIB = 1024, MANY = 100000 };

/* A judge whose thread takes `tick_ns` between two looks at the clock. */
typedef struct world {
    tm_arena *arena;
    judged rules;
    tm_ruleset *ruleset;
    tm_judge *judge;
    tm_clock clock;
    uint64_t now_ns, tick_ns;
    unsigned looks;
    tm_outcome outcome;
} world;

static uint64_t tick(void *owner)
{
    world *w = owner;
    w->looks++;
    return w->now_ns += w->tick_ns;
}

static world *start(const char *condition)
{
    tm_arena *arena = tm_arena_new(NULL);
    world *w = TM_NEW(arena, world);
    *w = (world){.arena = arena, .rules = judged_of(arena), .tick_ns = MS};
    w->clock = (tm_clock){.thread_ns = tick, .owner = w};
    if (condition)
        judged_filter(&w->rules, TM_SPAN, TM_MODE_SILENT, condition);
    w->ruleset = judged_compile(&w->rules, NULL);
    w->judge = tm_judge_new(NULL, &w->clock, NULL, NULL);
    const tm_bounds bounds = tm_bounds_usual();
    tm_judge_bound(w->judge, &bounds);
    return w;
}

static void finish(world *w)
{
    tm_judge_free(w->judge);
    tm_ruleset_unref(w->ruleset);
    tm_arena_free(w->arena);
}

static const tm_outcome *judge(world *w, tm_text bytes, uint64_t turn_ns)
{
    w->looks = 0;
    tm_judge_turn(w->judge, turn_ns);
    assert_true(tm_judge_request(w->judge, w->ruleset, bytes, NULL, TM_UTF8_MEND, &w->outcome));
    return &w->outcome;
}

/* Unfinished within a turn of some ticks, and nothing is wrong with it without one. */
static void takes_longer_than_a_turn(world *w, tm_text bytes, uint32_t spans, uint32_t stay)
{
    const tm_outcome *o = judge(w, bytes, 3 * MS);
    assert_int_equal(o->status, TM_UNFINISHED);
    assert_null(o->out);
    assert_int_equal(o->spans_out, 0);
    o = judge(w, bytes, 0);
    assert_int_equal(o->status, TM_JUDGED);
    assert_int_equal(o->spans_in, spans);
    assert_int_equal(o->spans_out, stay);
    assert_int_equal(o->rule[0].dropped_spans, spans - stay);
}

static tm_text fill(world *w, size_t n, const char *with)
{
    tm_buf out = {.arena = w->arena};
    while (out.n < n)
        tm_buf_add(&out, tm_text_of(with));
    return tm_buf_text(&out);
}

/* Spans of two bytes. */
static tm_text empty_spans(world *w, size_t n)
{
    tm_buf out = {.arena = w->arena};
    while (n--)
        tm_buf_add(&out, tm_text_slice("\x12\0", 2));
    return judged_request(w->arena, "host=a", tm_buf_text(&out));
}

static tm_text span_with(world *w, tm_text value)
{
    tm_buf pair = {.arena = w->arena};
    tm_buf_add(&pair, TM_TEXT("x="));
    tm_buf_add(&pair, value);
    tm_buf_add_char(&pair, 0);
    return judged_request(w->arena, "host=a", judged_span(w->arena, "a", pair.p));
}

static void many_spans_that_no_rule_charges_for_end_with_the_turn(void **state)
{
    (void)state;
    world *w = start("name == \"b\"");
    takes_longer_than_a_turn(w, empty_spans(w, MANY), MANY, MANY);
    finish(w);
}

static void the_clock_is_not_asked_for_what_is_small(void **state)
{
    (void)state;
    world *w = start("name == \"b\"");
    const tm_outcome *o = judge(w, empty_spans(w, 10000), 3 * MS);
    assert_int_equal(o->status, TM_JUDGED);
    assert_int_equal(o->spans_out, 10000);
    assert_int_equal(w->looks, 0);
    finish(w);
}

static void what_a_rule_does_ends_with_the_turn(void **state)
{
    (void)state;
    world *w = start("Len(Split(attributes[\"x\"], \"a\")) > 7");
    takes_longer_than_a_turn(w, span_with(w, fill(w, 100 * KIB, "a")), 1, 0);
    finish(w);
}

static void a_large_item_is_not_begun(void **state)
{
    (void)state;
    world *w = start("name == \"b\"");
    w->tick_ns = 0;
    takes_longer_than_a_turn(w, span_with(w, fill(w, 130 * KIB, "a")), 1, 1);
    assert_int_equal(judge(w, span_with(w, fill(w, 120 * KIB, "a")), MS)->status, TM_JUDGED);
    finish(w);
}

/* Whether rules look at it or not. */
static void a_large_resource_is_not_begun(void **state)
{
    (void)state;
    const char *const conditions[] = {"name == \"b\"", "resource.attributes[\"x\"] == \"b\""};
    for (unsigned i = 0; i < 2; i++) {
        world *w = start(conditions[i]);
        tm_buf pair = {.arena = w->arena};
        w->tick_ns = 0;
        tm_buf_add(&pair, TM_TEXT("x="));
        tm_buf_add(&pair, fill(w, 130 * KIB, "a"));
        tm_buf_add_char(&pair, 0);
        tm_buf two = {.arena = w->arena};
        tm_buf_add(&two, judged_span(w->arena, "a", "x=y"));
        tm_buf_add(&two, judged_span(w->arena, "b", "x=y"));
        takes_longer_than_a_turn(w, judged_request(w->arena, pair.p, tm_buf_text(&two)), 2,
                                 i == 0 ? 1 : 2);
        finish(w);
    }
}

static void a_large_request_is_not_mended(void **state)
{
    (void)state;
    world *w = start("name == \"b\"");
    w->tick_ns = 0;
    takes_longer_than_a_turn(w, span_with(w, fill(w, 70 * KIB, "\xff")), 1, 1);
    assert_true(w->outcome.mended);
    assert_int_equal(judge(w, span_with(w, fill(w, 40 * KIB, "\xff")), MS)->status, TM_JUDGED);
    assert_true(w->outcome.mended);
    finish(w);
}

/* In the second pass, too, which is over other bytes. */
static void later_passes_end_with_the_turn(void **state)
{
    (void)state;
    world *w = start(NULL);
    judged_transform(&w->rules, TM_IN_SPAN, TM_MODE_SILENT, "",
                     "set(resource.attributes[\"n\"], name)");
    judged_filter(&w->rules, TM_RESOURCE, TM_MODE_SILENT, "attributes[\"n\"] == \"b\"");
    tm_ruleset_unref(w->ruleset);
    w->ruleset = judged_compile(&w->rules, NULL);
    assert_true(w->ruleset->passes > 1);
    const tm_text bytes = empty_spans(w, MANY);
    assert_int_equal(judge(w, bytes, 0)->status, TM_JUDGED);
    judge(w, bytes, UINT64_MAX);
    const unsigned looks = w->looks;
    for (unsigned n = 0; n + 2 < looks; n++)
        assert_int_equal(judge(w, bytes, n * MS + 1)->status, TM_UNFINISHED);
    assert_int_equal(judge(w, bytes, looks * MS)->status, TM_JUDGED);
    assert_int_equal(w->outcome.spans_out, MANY);
    finish(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_spans_that_no_rule_charges_for_end_with_the_turn),
        cmocka_unit_test(the_clock_is_not_asked_for_what_is_small),
        cmocka_unit_test(what_a_rule_does_ends_with_the_turn),
        cmocka_unit_test(a_large_item_is_not_begun),
        cmocka_unit_test(a_large_resource_is_not_begun),
        cmocka_unit_test(a_large_request_is_not_mended),
        cmocka_unit_test(later_passes_end_with_the_turn),
    };
    return cmocka_run_group_tests_name("engine/unfinished", tests, NULL, NULL);
}
