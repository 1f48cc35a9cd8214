/* Proportion: what a request costs grows with its bytes, and with nothing else.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Steps are counted, not time. */
#include "judged.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static tm_text repeat(tm_arena *arena, const char *before, const char *part, size_t times)
{
    tm_buf out = {.arena = arena};
    tm_buf_add(&out, tm_text_of(before));
    while (times--)
        tm_buf_add(&out, tm_text_of(part));
    tm_buf_add_char(&out, 0);
    return tm_text_slice(out.p, out.n - 1);
}

/* So many spans "GET" with an attribute n=1 and an event each, under a resource with long=ababab...
 */
static tm_text many_spans(tm_arena *arena, unsigned spans, size_t bytes)
{
    tm_buf out = {.arena = arena};
    tm_text event =
        judged_wrap(arena, 11, judged_wrap(arena, 2, TM_TEXT("e"), (tm_text){0}), (tm_text){0});
    tm_text span = judged_span(arena, "GET", "n=1");
    const char *p = span.p;
    tm_wire_field f;
    tm_wire_next(p, p + span.n, &f);
    tm_text with = judged_wrap(arena, 2, f.bytes, event);
    while (spans--)
        tm_buf_add(&out, with);
    tm_text resource = repeat(arena, "long=", "ab", bytes / 2);
    return judged_request(arena, resource.p, tm_buf_text(&out));
}

/* A request and what became of it, which lives until it is dropped. */
typedef struct costs {
    tm_ruleset *ruleset;
    tm_judge *judge;
    tm_outcome o;
} costs;

/* Bounds may be NULL. */
static costs judge_by(const judged *rules, const tm_bounds *bounds, tm_text request)
{
    judged r = *rules;
    costs d = {.ruleset = judged_compile(&r, NULL)};
    assert_non_null(d.ruleset);
    d.judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
    if (bounds)
        tm_judge_bound(d.judge, bounds);
    assert_true(tm_judge_request(d.judge, d.ruleset, request, NULL, TM_UTF8_MEND, &d.o));
    return d;
}

static void drop(costs *d)
{
    tm_judge_free(d->judge);
    tm_ruleset_unref(d->ruleset);
}

static uint64_t steps_of(const judged *rules, tm_text bytes)
{
    costs d = judge_by(rules, NULL, bytes);
    assert_int_equal(d.o.status, TM_JUDGED);
    assert_true(d.o.steps > 0);
    drop(&d);
    return d.o.steps;
}

#define LONG "resource.attributes[\"long\"]"

/* Rules that ask the same of the resource for each span or event. */
static const struct {
    tm_level level;
    const char *condition, *statement;
} asks_the_same[] = {
    {TM_SPAN, "IsMatch(" LONG ", \"(a|b)+c\")", NULL},
    {TM_SPAN, "name == \"GET\" and IsMatch(" LONG ", \"(a|b)+c\")", NULL},
    {TM_SPAN, "name == \"PUT\" or not IsMatch(" LONG ", \"(a|b)+b\")", NULL},
    {TM_SPAN, "attributes[\"n\"] == \"1\" and IsMatch(" LONG ", Concat([\"(a|b)\", \"c\"], \"+\"))",
     NULL},
    {TM_SPAN, "Len(name) == 3 and IsMatch(Concat([" LONG ", " LONG "], \"-\"), \"(a|b)+c\")", NULL},
    {TM_SPAN, "Len(ExtractPatterns(" LONG ", \"(?P<x>(a|b)+)c\")) == Len(name)", NULL},
    {TM_EVENT, "name == \"e\" and IsMatch(" LONG ", \"(a|b)+c\")", NULL},
    {TM_EVENT, "IsMatch(" LONG ", Concat([\"(a|b)\", \"c\"], span.name))", NULL},
    {TM_SPAN, "Any(Split(" LONG ", \"a\"), (_, v) => IsMatch(v, \"(a|b)+c\"))", NULL},
    {TM_SPAN, "Reduce(Split(" LONG ", \"a\"), 0, (acc, _, v) => acc + Len(v)) == Len(name)", NULL},
    {TM_SPAN, NULL, "set(attributes[\"n\"], \"2\") where IsMatch(" LONG ", \"(a|b)+b$\")"},
    {TM_SPAN, NULL, "set(attributes[\"n\"], IsMatch(" LONG ", Concat([\"(a|b)\", \"c\"], \"+\")))"},
};

static void what_is_asked_again_is_not_done_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof asks_the_same / sizeof *asks_the_same; i++) {
        tm_arena *arena = tm_arena_new(NULL);
        judged r = judged_of(arena);
        if (asks_the_same[i].condition)
            judged_filter(&r, asks_the_same[i].level, TM_MODE_IGNORE, asks_the_same[i].condition);
        else
            judged_transform(&r, TM_IN_SPAN, TM_MODE_IGNORE, "", asks_the_same[i].statement);
        const uint64_t few = steps_of(&r, many_spans(arena, 2, 100000));
        const uint64_t many = steps_of(&r, many_spans(arena, 200, 100000));
        if (many > 2 * few)
            fail_msg("%s%s: %ju steps for 2 spans, %ju for 200",
                     asks_the_same[i].condition ? asks_the_same[i].condition : "",
                     asks_the_same[i].statement ? asks_the_same[i].statement : "", (uintmax_t)few,
                     (uintmax_t)many);
        tm_arena_free(arena);
    }
}

static void what_changed_is_asked_anew(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    judged r = judged_of(arena);
    judged_transform(&r, TM_IN_SPAN, TM_MODE_PROPAGATE, "",
                     "set(attributes[\"len\"], Len(Keys(attributes)));"
                     "set(attributes[\"len\"], Len(Keys(attributes)));"
                     "set(attributes[\"x\"], Concat([" LONG ", attributes[\"len\"]], \"\"));"
                     "set(attributes[\"y\"], IsMatch(attributes[\"x\"], \"b2$\"));"
                     "delete_key(attributes, \"x\")");
    tm_ruleset *ruleset = judged_compile(&r, NULL);
    assert_non_null(ruleset);
    tm_judge *judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
    tm_text out = judged_judge(arena, judge, ruleset, many_spans(arena, 3, 1000));
    assert_non_null(out.p);
    size_t truths = 0;
    for (size_t at = 0; at + 7 < out.n; at++)
        truths += memcmp(out.p + at, "\n\1y\22\2\20\1", 7) == 0;
    assert_int_equal(truths, 3);
    tm_judge_free(judge);
    tm_ruleset_unref(ruleset);
    tm_arena_free(arena);
}

/* ---- memory -----------------------------------------------------------------------------------
 */

#define X10 "xxxxxxxxxx"
#define X100 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10
#define X1000 X100 X100 X100 X100 X100 X100 X100 X100 X100 X100

/* Rules that make much on their way, and what of the data makes them do it. */
static const struct {
    const char *condition, *statement;
} makes_much[] = {
    {"Len(Reduce(Split(" LONG ", \"a\"), \"\", (acc, _, v) => Concat([acc, v], \"\"))) == 1", NULL},
    {"Any(Split(" LONG ", \"a\"), (_, v) => Len(Concat([" LONG ", v], \"\")) == 1)", NULL},
    {"Len(Filter(Split(" LONG ", \"a\"), (_, v) => Len(Concat([" LONG ", v], \"\")) == 1)) == 1",
     NULL},
    {"Len(Concat([" LONG ", attributes[\"n\"], name], \"-\")) == 1", NULL},
    {NULL, "replace_pattern(resource.attributes[\"long\"], \"b\", \"" X1000 "\", MD5)"},
};

/* The bound is the usual one: without giving back, quadratically many bytes would be needed. */
static void what_is_made_on_the_way_is_given_back(void **state)
{
    (void)state;
    const tm_bounds bounds = {.memory_bytes = 4 << 20, .memory_factor = 32, .span_percent = 100};
    for (size_t i = 0; i < sizeof makes_much / sizeof *makes_much; i++) {
        tm_arena *arena = tm_arena_new(NULL);
        judged r = judged_of(arena);
        if (makes_much[i].condition)
            judged_filter(&r, TM_SPAN, TM_MODE_PROPAGATE, makes_much[i].condition);
        else
            judged_transform(&r, TM_IN_RESOURCE, TM_MODE_PROPAGATE, "", makes_much[i].statement);
        costs d = judge_by(&r, &bounds, many_spans(arena, 300, 20000));
        if (d.o.status != TM_JUDGED || d.o.spans_rejected)
            fail_msg("%s%s: %.*s", makes_much[i].condition ? makes_much[i].condition : "",
                     makes_much[i].statement ? makes_much[i].statement : "", TM_PRI(d.o.reason));
        assert_int_equal(d.o.spans_out, 300);
        drop(&d);
        tm_arena_free(arena);
    }
}

/* One span with so many events of two bytes, which is all of the request. */
static tm_text many_events(tm_arena *arena, unsigned events)
{
    tm_buf out = {.arena = arena};
    while (events--)
        tm_buf_add(&out, tm_text_slice("\x5a\0", 2));
    return judged_request(arena, "a=b", judged_wrap(arena, 2, tm_buf_text(&out), (tm_text){0}));
}

static const struct {
    const char *condition, *statement;
    size_t output_percent; /* of the request, at most */
} walks_events[] = {
    {"name == \"x\"", NULL, 101},
    {"name == \"\"", NULL, 1},
    {"Len(attributes) == 0 and Len(Concat([span.name, name], \"-\")) == 1", NULL, 1},
    {NULL, "set(name, \"x\")", 300},
    {NULL, "set(attributes[\"k\"], \"v\")", 700},
    {NULL, "delete_key(attributes, \"x\")", 101},
    {NULL, "set(attributes[\"k\"], Concat([name, \"v\"], \"\"))", 700},
    {NULL, "merge_maps(attributes, {\"k\": \"v\"}, \"upsert\")", 700},
};

static void small_events_take_memory_in_proportion(void **state)
{
    (void)state;
    const tm_bounds bounds = {.memory_bytes = 1 << 20, .memory_factor = 32, .span_percent = 100};
    for (size_t i = 0; i < sizeof walks_events / sizeof *walks_events; i++) {
        tm_arena *arena = tm_arena_new(NULL);
        judged r = judged_of(arena);
        if (walks_events[i].condition)
            judged_filter(&r, TM_EVENT, TM_MODE_PROPAGATE, walks_events[i].condition);
        else
            judged_transform(&r, TM_IN_EVENT, TM_MODE_PROPAGATE, "", walks_events[i].statement);
        const tm_text request = many_events(arena, 200000);
        costs d = judge_by(&r, &bounds, request);
        if (d.o.status != TM_JUDGED || d.o.spans_rejected)
            fail_msg("%s%s: %.*s", walks_events[i].condition ? walks_events[i].condition : "",
                     walks_events[i].statement ? walks_events[i].statement : "",
                     TM_PRI(d.o.reason));
        assert_true(d.o.out->bytes <= request.n * walks_events[i].output_percent / 100 + 16);
        drop(&d);
        tm_arena_free(arena);
    }
}

/* What spans get from their resource they share: 8 copies leave, and memory has no place for them.
 */
static void long_values_of_the_resource_are_shared(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    judged r = judged_of(arena);
    judged_transform(&r, TM_IN_SPAN, TM_MODE_PROPAGATE, "",
                     "set(attributes[\"copy\"], " LONG "); set(attributes[\"n\"], " LONG ")");
    const tm_bounds bounds = {.memory_bytes = 1 << 20, .memory_factor = 1, .span_percent = 100};
    costs d = judge_by(&r, &bounds, many_spans(arena, 8, 1 << 20));
    assert_int_equal(d.o.status, TM_JUDGED);
    assert_true(d.o.out->bytes > 17 << 20);
    const tm_text out = dump_bytes(arena, d.o.out);
    assert_true(tm_judge_request(d.judge, d.ruleset, out, NULL, TM_UTF8_MEND, &d.o)); /* sound */
    assert_int_equal(d.o.status, TM_JUDGED);
    assert_int_equal(d.o.out->bytes, out.n);
    drop(&d);
    tm_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_asked_again_is_not_done_again),
        cmocka_unit_test(what_changed_is_asked_anew),
        cmocka_unit_test(what_is_made_on_the_way_is_given_back),
        cmocka_unit_test(small_events_take_memory_in_proportion),
        cmocka_unit_test(long_values_of_the_resource_are_shared),
    };
    return cmocka_run_group_tests_name("proportion", tests, NULL, NULL);
}
