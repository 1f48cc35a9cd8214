/* Bounds: what takes too much is dropped or refused, and nothing else is.
 * SPDX-License-Identifier: Apache-2.0 */
#include "judged.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* A judge whose thread takes `tick_ns` between two looks at the clock. */
typedef struct bench {
    tm_arena *arena;
    judged rules;
    tm_ruleset *ruleset;
    tm_judge *judge;
    tm_clock clock;
    uint64_t now_ns, tick_ns;
    tm_outcome outcome;
    unsigned told; /* how often `failed` was called, and the last text */
    char text[256];
} bench;

enum { MS = 1000000 };

static uint64_t tick(void *owner)
{
    bench *b = owner;
    return b->now_ns += b->tick_ns;
}

static void failed(void *owner, const tm_rule *rule, tm_text text)
{
    bench *b = owner;
    b->told++;
    snprintf(b->text, sizeof b->text, "%.*s: %.*s", TM_PRI(rule->name), TM_PRI(text));
}

static bench *start(void)
{
    tm_arena *arena = tm_arena_new(NULL);
    bench *b = TM_NEW(arena, bench);
    *b = (bench){.arena = arena, .rules = judged_of(arena), .tick_ns = MS};
    b->clock = (tm_clock){.thread_ns = tick, .owner = b};
    return b;
}

static void compile(bench *b, const tm_bounds *bounds)
{
    b->ruleset = judged_compile(&b->rules, NULL);
    assert_non_null(b->ruleset);
    b->judge = tm_judge_new(NULL, &b->clock, failed, b);
    if (bounds)
        tm_judge_bound(b->judge, bounds);
}

static void finish(bench *b)
{
    tm_judge_free(b->judge);
    tm_ruleset_unref(b->ruleset);
    tm_arena_free(b->arena);
}

static void judge(bench *b, tm_text bytes)
{
    assert_true(tm_judge_request(b->judge, b->ruleset, bytes, NULL, TM_UTF8_MEND, &b->outcome));
}

static tm_text repeat(bench *b, const char *before, const char *part, size_t times,
                      const char *behind)
{
    tm_buf out = {.arena = b->arena};
    tm_buf_add(&out, tm_text_of(before));
    while (times--)
        tm_buf_add(&out, tm_text_of(part));
    tm_buf_add(&out, tm_text_of(behind));
    tm_buf_add_char(&out, 0);
    return tm_text_slice(out.p, out.n - 1);
}

/* Spans "a", "long" with an attribute of so many bytes, and "b", in one scope of a resource that
 * has three times as many. */
static tm_text three_spans(bench *b, size_t bytes)
{
    tm_text one = judged_span(b->arena, "a", "x=y");
    tm_text two = judged_span(b->arena, "long", repeat(b, "x=", "ab", bytes / 2, "").p);
    tm_text three = judged_span(b->arena, "b", "x=y");
    return judged_request(b->arena, repeat(b, "s=", "abcdef", bytes / 2, "").p,
                          tm_arena_join(b->arena, one, tm_arena_join(b->arena, two, three)));
}

static void is_text(tm_text got, const char *want)
{
    char copy[512];
    snprintf(copy, sizeof copy, "%.*s", TM_PRI(got));
    assert_string_equal(copy, want);
}

static const char COSTLY[] = "IsMatch(attributes[\"x\"], \"(a|b|ab)+c\")";

static void a_span_above_its_share_is_dropped_and_told(void **state)
{
    (void)state;
    bench *b = start();
    judged_filter(&b->rules, TM_SPAN, TM_MODE_SILENT, COSTLY);
    const tm_bounds bounds = {.time_ns = 500 * MS, .span_percent = 1};
    compile(b, &bounds);
    b->tick_ns = 30 * MS;
    judge(b, three_spans(b, 4000000)); /* some 15 looks at the clock; it may take 375 ms */
    assert_int_equal(b->outcome.status, TM_JUDGED);
    assert_int_equal(b->outcome.spans_in, 3);
    assert_int_equal(b->outcome.spans_out, 2);
    assert_int_equal(b->outcome.spans_rejected, 1);
    is_text(b->outcome.rejection,
            "rule[0]: " TM_SPENT ": a span of 4000029 bytes takes too much processor time");
    assert_string_equal(b->text, "rule[0]: " TM_SPENT
                                 ": a span of 4000029 bytes takes too much processor time");
    assert_int_equal(b->told, 1);
    assert_int_equal(b->outcome.rule[0].rejected_spans, 1);
    assert_int_equal(b->outcome.rule[0].errors, 0);
    assert_int_equal(b->outcome.rule[0].dropped_spans, 0);
    finish(b);
}

static void it_is_dropped_under_propagate_too_and_nothing_else(void **state)
{
    (void)state;
    bench *b = start();
    judged_filter(&b->rules, TM_SPAN, TM_MODE_PROPAGATE, COSTLY);
    const tm_bounds bounds = {.time_ns = 500 * MS, .span_percent = 1};
    compile(b, &bounds);
    b->tick_ns = 30 * MS;
    judge(b, three_spans(b, 4000000));
    assert_int_equal(b->outcome.status, TM_JUDGED);
    assert_int_equal(b->outcome.spans_out, 2);
    assert_int_equal(b->outcome.spans_rejected, 1);
    judge(b, three_spans(b, 40));
    assert_int_equal(b->outcome.spans_out, 3);
    assert_int_equal(b->outcome.spans_rejected, 0);
    assert_null(b->outcome.rejection.p);
    finish(b);
}

/* Judges within the usual bounds a span of 400 KB and so many of 10 KB beside it. */
static void judge_large(bench *b, const char *statement, const char *part, unsigned others)
{
    const tm_bounds bounds = tm_bounds_usual();
    judged_transform(&b->rules, TM_IN_SPAN, TM_MODE_IGNORE, "", statement);
    compile(b, &bounds);
    const tm_text text = repeat(b, "x=", part, 400000 / strlen(part), "");
    const tm_text other = judged_span(b->arena, "a", repeat(b, "z=", "0123456789", 1000, "").p);
    tm_buf spans = {.arena = b->arena};
    tm_buf_add(&spans, judged_span(b->arena, "long", text.p));
    for (unsigned i = 0; i < others; i++)
        tm_buf_add(&spans, other);
    judge(b, judged_request(b->arena, "s=t", tm_buf_text(&spans)));
    assert_int_equal(b->outcome.status, TM_JUDGED);
    assert_int_equal(b->outcome.spans_in, others + 1);
}

/* What takes the most memory for its text, at its densest. */
static void an_ordinary_large_span_is_not_lost(void **state)
{
    (void)state;
    static const struct {
        const char *statement, *part;
    } of[] = {
        {"set(attributes[\"y\"], Len(ParseXML(Concat([\"<r>\", attributes[\"x\"], \"</r>\"], "
         "\"\")))) where attributes[\"x\"] != nil",
         "<a/>"},
        {"set(attributes[\"y\"], Len(Split(attributes[\"x\"], \"\"))) where attributes[\"x\"] != "
         "nil",
         "abcdefgh"},
        {"set(attributes[\"y\"], Len(ParseKeyValue(attributes[\"x\"], \":\", \" \"))) where "
         "attributes[\"x\"] != nil",
         "k:v "},
    };
    static const unsigned others[] = {0, 40, 360};
    for (unsigned i = 0; i < sizeof of / sizeof *of; i++)
        for (unsigned k = 0; k < 3; k++) {
            bench *b = start();
            b->tick_ns = MS / 10;
            judge_large(b, of[i].statement, of[i].part, others[k]);
            assert_int_equal(b->outcome.spans_rejected, 0);
            assert_int_equal(b->outcome.rule[0].errors, 0);
            finish(b);
        }
}

static void one_that_takes_more_than_its_part_is(void **state)
{
    (void)state;
    bench *b = start();
    b->tick_ns = 20 * MS;
    judge_large(b, "replace_pattern(attributes[\"x\"], \"a(?:[^z]*z)?\", \"b\")", "a", 360);
    assert_int_equal(b->outcome.spans_rejected, 1);
    assert_int_equal(b->outcome.spans_out, 360);
    finish(b);
}

static void a_request_above_its_time_is_refused(void **state)
{
    (void)state;
    bench *b = start();
    judged_filter(&b->rules, TM_SPAN, TM_MODE_IGNORE, COSTLY);
    const tm_bounds bounds = {.time_ns = 10 * MS, .span_percent = 100};
    compile(b, &bounds);
    judge(b, three_spans(b, 4000000));
    assert_int_equal(b->outcome.status, TM_REFUSED_COST);
    assert_int_equal(b->outcome.spans_out, 0);
    is_text(b->outcome.reason, "rule[0]: " TM_SPENT ": the request takes too much processor time");
    judge(b, three_spans(b, 40)); /* the next one begins anew */
    assert_int_equal(b->outcome.status, TM_JUDGED);
    assert_int_equal(b->outcome.spans_out, 3);
    finish(b);
}

/* Each is compiled anew. */
static void patterns_made_of_data_are_charged(void **state)
{
    (void)state;
    bench *b = start();
    judged_filter(&b->rules, TM_SPAN, TM_MODE_IGNORE, "IsMatch(name, attributes[\"x\"])");
    const tm_bounds bounds = tm_bounds_usual();
    compile(b, &bounds);
    b->tick_ns = 10 * MS;
    tm_buf spans = {.arena = b->arena};
    for (unsigned i = 0; i < 500; i++) {
        char pattern[24];
        snprintf(pattern, sizeof pattern, "%u(a|b)+c", i);
        tm_buf_add(&spans, judged_span(b->arena, "a", repeat(b, "x=", pattern, 10, "").p));
    }
    judge(b, judged_request(b->arena, "s=t", tm_buf_text(&spans)));
    assert_int_equal(b->outcome.status, TM_REFUSED_COST);
    finish(b);
}

static void a_resource_has_the_time_of_the_request(void **state)
{
    (void)state;
    bench *b = start();
    judged_filter(&b->rules, TM_RESOURCE, TM_MODE_IGNORE, COSTLY);
    const tm_bounds bounds = {.time_ns = 500 * MS, .span_percent = 1};
    compile(b, &bounds);
    tm_text resource = repeat(b, "x=", "ab", 2000000, "");
    tm_text request = judged_request(b->arena, resource.p, judged_span(b->arena, "a", "x=y"));
    judge(b, request);
    assert_int_equal(b->outcome.status, TM_JUDGED);
    assert_int_equal(b->outcome.spans_out, 1);
    b->tick_ns = 100 * MS;
    judge(b, request);
    assert_int_equal(b->outcome.status, TM_REFUSED_COST);
    finish(b);
}

static void without_bounds_everything_is_judged(void **state)
{
    (void)state;
    bench *b = start();
    judged_filter(&b->rules, TM_SPAN, TM_MODE_IGNORE, COSTLY);
    compile(b, NULL);
    b->tick_ns = 1000000000000000;
    judge(b, three_spans(b, 4000000));
    assert_int_equal(b->outcome.spans_out, 3);
    finish(b);
}

static void few_steps_are_never_timed(void **state)
{
    (void)state;
    bench *b = start();
    judged_filter(&b->rules, TM_SPAN, TM_MODE_IGNORE, COSTLY);
    const tm_bounds bounds = tm_bounds_usual();
    compile(b, &bounds);
    judge(b, three_spans(b, 40));
    assert_int_equal(b->now_ns, 0);
    finish(b);
}

static void a_request_above_its_memory_is_refused(void **state)
{
    (void)state;
    bench *b = start();
    judged_transform(
        &b->rules, TM_IN_SPAN, TM_MODE_IGNORE, "",
        "set(attributes[\"x\"], Concat([attributes[\"x\"], attributes[\"x\"]], \"\"))"
        "; set(attributes[\"x\"], Concat([attributes[\"x\"], attributes[\"x\"]], \"\"))"
        "; set(attributes[\"x\"], Concat([attributes[\"x\"], attributes[\"x\"]], \"\"))"
        "; set(attributes[\"x\"], Concat([attributes[\"x\"], attributes[\"x\"]], \"\"))"
        "; set(attributes[\"x\"], Concat([attributes[\"x\"], attributes[\"x\"]], \"\"))");
    const tm_bounds bounds = {.memory_bytes = 1 << 20, .memory_factor = 4, .span_percent = 100};
    compile(b, &bounds);
    judge(b, three_spans(b, 1000000));
    assert_int_equal(b->outcome.status, TM_REFUSED_COST);
    judge(b, three_spans(b, 1000));
    assert_int_equal(b->outcome.status, TM_JUDGED);
    assert_int_equal(b->outcome.spans_out, 3);
    finish(b);
}

static void what_leaves_is_bounded(void **state)
{
    (void)state;
    bench *b = start();
    judged_transform(&b->rules, TM_IN_SPAN, TM_MODE_IGNORE, "",
                     "set(attributes[\"y\"], resource.attributes[\"x\"])");
    const tm_bounds bounds = {.output_bytes = 10000, .output_factor = 3};
    compile(b, &bounds);
    tm_text spans = TM_TEXT("");
    for (unsigned i = 0; i < 8; i++)
        spans = tm_arena_join(b->arena, spans, judged_span(b->arena, "a", "x=y"));
    judge(b, judged_request(b->arena, repeat(b, "x=", "ab", 500, "").p, spans));
    assert_int_equal(b->outcome.status, TM_JUDGED);
    judge(b, judged_request(b->arena, repeat(b, "x=", "ab", 5000, "").p, spans));
    assert_int_equal(b->outcome.status, TM_REFUSED_COST);
    tm_text reason = b->outcome.reason;
    assert_true(tm_text_starts(reason, TM_TEXT("what leaves would have 9")));
    finish(b);
}

static void the_larger_of_bytes_and_times_counts(void **state)
{
    (void)state;
    assert_int_equal(tm_bounds_of(1000, 16, 10), 1000);
    assert_int_equal(tm_bounds_of(1000, 16, 100), 1600);
    assert_true(tm_bounds_of(1000, UINT64_MAX, 100) == SIZE_MAX);
    assert_true(tm_bounds_of(0, 16, 100) == SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_span_above_its_share_is_dropped_and_told),
        cmocka_unit_test(it_is_dropped_under_propagate_too_and_nothing_else),
        cmocka_unit_test(an_ordinary_large_span_is_not_lost),
        cmocka_unit_test(one_that_takes_more_than_its_part_is),
        cmocka_unit_test(a_request_above_its_time_is_refused),
        cmocka_unit_test(patterns_made_of_data_are_charged),
        cmocka_unit_test(a_resource_has_the_time_of_the_request),
        cmocka_unit_test(without_bounds_everything_is_judged),
        cmocka_unit_test(few_steps_are_never_timed),
        cmocka_unit_test(a_request_above_its_memory_is_refused),
        cmocka_unit_test(what_leaves_is_bounded),
        cmocka_unit_test(the_larger_of_bytes_and_times_counts),
    };
    return cmocka_run_group_tests_name("bounds", tests, NULL, NULL);
}
