/* Plan: steps joined into passes, conditions hoisted and guarded, give the answers of one pass
 * each. SPDX-License-Identifier: Apache-2.0 */
#include "judged.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { RULESETS = 400, REQUESTS_EACH = 3 };

/* What a step may be: a processor of one step, by its kind and words. */
typedef struct step_row {
    int kind; /* 0: filter, 1: transform, 2: attributes or resource */
    int level;
    const char *conditions, *text;
} step_row;

static const step_row rows[] = {
    {0, TM_SPAN, "", "attributes[\"a\"] == \"k\""},
    {0, TM_SPAN, "", "attributes[\"a\"] == nil and name == \"GET\""},
    {0, TM_SPAN, "",
     "attributes[\"k\"] == \"user_agent\" or attributes[\"key7\"] == 1; name == \"x.y\""},
    {0, TM_SPAN, "",
     "IsMatch(attributes[\"a\"], \"^k\"); IsMatch(name, \"http\"); attributes[\"new\"] == \"GET\""},
    {0, TM_SPAN, "", "resource.attributes[\"a\"] == \"k\""},
    {0, TM_SPAN, "", "resource.attributes[\"new\"] == \"GET\"; resource.attributes[\"k\"] != nil"},
    {0, TM_SPAN, "", "instrumentation_scope.name == \"k\""},
    {0, TM_SPAN, "",
     "attributes[\"a\"] == resource.attributes[\"a\"] and attributes[\"a\"] != nil"},
    {0, TM_RESOURCE, "", "attributes[\"a\"] == \"k\""},
    {0, TM_RESOURCE, "", "attributes[\"new\"] == \"x.y\""},
    {0, TM_EVENT, "", "name == \"k\"; attributes[\"a\"] != nil"},
    {0, TM_EVENT, "", "span.attributes[\"new\"] == \"GET\""},
    {1, TM_IN_SPAN, "",
     "set(attributes[\"new\"], name); set(name, \"GET\") where attributes[\"a\"] != nil"},
    {1, TM_IN_SPAN, "attributes[\"a\"] == nil", "set(attributes[\"a\"], \"k\")"},
    {1, TM_IN_SPAN, "", "set(resource.attributes[\"new\"], name)"},
    {1, TM_IN_SPAN, "", "set(attributes[\"k\"], resource.attributes[\"new\"])"},
    {1, TM_IN_SPAN, "", "set(instrumentation_scope.name, attributes[\"a\"])"},
    {1, TM_IN_SPAN, "", "delete_key(attributes, \"a\")"},
    {1, TM_IN_SPAN, "",
     "set(status.code, 2) where kind == 1; set(status.message, instrumentation_scope.name)"},
    {1, TM_IN_SCOPE, "",
     "set(name, \"k\") where name == \"\"; set(version, resource.attributes[\"a\"])"},
    {1, TM_IN_SCOPE, "", "set(resource.attributes[\"a\"], name)"},
    {1, TM_IN_RESOURCE, "",
     "set(attributes[\"new\"], attributes[\"a\"]); set(attributes[\"a\"], \"k\")"},
    {1, TM_IN_EVENT, "", "set(name, span.name); set(span.attributes[\"new\"], name)"},
    {2, TM_SPAN, "a", "k"},
    {2, TM_SPAN, "new", "x.y"},
    {2, TM_RESOURCE, "a", "x.y"},
};

static void add_step(judged *r, const step_row *row, unsigned action)
{
    if (row->kind == 0)
        judged_filter(r, (tm_level)row->level, TM_MODE_IGNORE, row->text);
    else if (row->kind == 1)
        judged_transform(r, (tm_rules_context)row->level, TM_MODE_IGNORE, row->conditions,
                         row->text);
    else if (action % 4 == 3)
        judged_action(r, (tm_level)row->level, TM_ACTION_DELETE, row->conditions, NULL);
    else
        judged_action(r, (tm_level)row->level, (tm_action)(action % 4), row->conditions, row->text);
}

/* A request whose names and keys are few enough for rules to meet them. */
static tm_text some_request(tm_arena *arena, unsigned seed)
{
    tm_making m =
        making_of(arena, seed, seed % 3 ? 0 : TM_ODD_ORDER | TM_ODD_REPEATED | TM_ODD_UNKNOWN);
    m.members = 3;
    return making_request(&m);
}

static tm_text said_of(tm_arena *arena, tm_text bytes)
{
    Otlp__ExportTraceServiceRequest *r = said_unpack(arena, bytes);
    assert_non_null(r);
    return said_text(arena, r);
}

typedef struct counts {
    unsigned passes, steps, hoisted, guarded;
} counts;

static void count_plan(const tm_ruleset *rules, counts *c)
{
    c->passes += rules->passes;
    c->steps += rules->steps;
    for (uint32_t i = 0; i < rules->rules; i++) {
        c->hoisted += rules->rule[i]->hoisted >= 0;
        c->guarded += rules->rule[i]->prefilter.bit != 0;
    }
}

static void compare(tm_arena *arena, unsigned seed, counts *c)
{
    tm_making m = making_of(arena, seed, 0);
    unsigned n = 2 + making_below(&m, 5);
    judged together = judged_of(arena);
    tm_ruleset *alone[RULING_MOST];
    tm_buf words = {.arena = arena};
    for (unsigned i = 0; i < n; i++) {
        const step_row *row = &rows[making_below(&m, sizeof rows / sizeof *rows)];
        judged one = judged_of(arena);
        unsigned action = making_below(&m, 4);
        add_step(&one, row, action);
        tm_buf_print(&words, " [%d/%d %s %s]", row->kind, row->level, row->conditions, row->text);
        add_step(&together, row, action);
        alone[i] = judged_compile(&one, NULL);
        if (!alone[i])
            fail_msg("%s: %.*s", row->text, TM_PRI(one.diags.first->message));
    }
    tm_ruleset *all = judged_compile(&together, NULL);
    tm_judge *judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
    count_plan(all, c);
    for (unsigned k = 0; k < REQUESTS_EACH; k++) {
        tm_text bytes = some_request(arena, seed * 7 + k), left = bytes;
        for (unsigned i = 0; i < n && left.n; i++)
            left = judged_judge(arena, judge, alone[i], left);
        tm_text got = judged_judge(arena, judge, all, bytes);
        tm_text differs = said_difference(arena, said_of(arena, got), said_of(arena, left));
        if (differs.n)
            fail_msg("%.*s: %.*s", TM_PRI(tm_buf_text(&words)), TM_PRI(differs));
    }
    tm_judge_free(judge);
    tm_ruleset_unref(all);
    for (unsigned i = 0; i < n; i++)
        tm_ruleset_unref(alone[i]);
}

static void fused_steps_answer_as_one_pass_each_does(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    counts c = {0};
    for (unsigned seed = 1; seed <= RULESETS; seed++) {
        compare(arena, seed, &c);
        tm_arena_reset(arena);
    }
    assert_true(c.passes < c.steps * 3 / 4);
    assert_true(c.hoisted > 20 && c.guarded > 100);
    tm_arena_free(arena);
}

/* --- which steps fuse, and which conditions are hoisted or guarded --- */

static uint32_t passes_of(tm_arena *arena, const char *first, int first_context, const char *second,
                          int second_context)
{
    judged r = judged_of(arena);
    judged_transform(&r, (tm_rules_context)first_context, TM_MODE_IGNORE, "", first);
    judged_transform(&r, (tm_rules_context)second_context, TM_MODE_IGNORE, "", second);
    tm_ruleset *rules = judged_compile(&r, NULL);
    assert_non_null(rules);
    uint32_t passes = rules->passes;
    tm_ruleset_unref(rules);
    return passes;
}

static void steps_fuse_unless_one_writes_above_its_level_what_another_reads(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    const char *own = "set(attributes[\"a\"], name)",
               *above = "set(resource.attributes[\"a\"], name)";
    const char *reads = "set(name, resource.attributes[\"b\"])";
    assert_int_equal(passes_of(arena, own, TM_IN_SPAN, own, TM_IN_SPAN), 1);
    assert_int_equal(passes_of(arena, own, TM_IN_SPAN, reads, TM_IN_SPAN), 1);
    assert_int_equal(passes_of(arena, above, TM_IN_SPAN, reads, TM_IN_SPAN), 2);
    assert_int_equal(passes_of(arena, reads, TM_IN_SPAN, above, TM_IN_SPAN), 2);
    assert_int_equal(
        passes_of(arena, "set(attributes[\"a\"], \"x\")", TM_IN_RESOURCE, reads, TM_IN_SPAN), 1);
    assert_int_equal(
        passes_of(arena, reads, TM_IN_SPAN, "set(attributes[\"a\"], \"x\")", TM_IN_RESOURCE), 2);
    assert_int_equal(
        passes_of(arena, own, TM_IN_SPAN, "set(attributes[\"a\"], \"x\")", TM_IN_RESOURCE), 1);
    tm_arena_free(arena);
}

typedef struct guard_row {
    const char *condition;
    int hoisted;
    bool guarded;
} guard_row;

static const guard_row guards[] = {
    {"attributes[\"a\"] == \"x\"", -1, true},
    {"attributes[\"a\"] == 1", -1, true},
    {"attributes[\"a\"] == nil", -1, false},
    {"attributes[\"a\"] != nil", -1, false},
    {"IsMatch(attributes[\"a\"], \"x\")", -1, true},
    {"name == \"x\"", -1, false},
    {"kind == 2", -1, false},
    {"attributes[\"a\"] == \"x\" and name == \"y\"", -1, true},
    {"attributes[\"a\"] == \"x\" or name == \"y\"", -1, false},
    {"not(attributes[\"a\"] == \"x\")", -1, false},
    {"resource.attributes[\"a\"] == \"x\"", TM_RESOURCE, false},
    {"instrumentation_scope.name == \"x\"", TM_SCOPE, false},
    {"resource.attributes[\"a\"] == \"x\" and instrumentation_scope.name == \"x\"", TM_SCOPE,
     false},
};

static void conditions_are_hoisted_or_guarded_by_what_they_read(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    for (size_t i = 0; i < sizeof guards / sizeof *guards; i++) {
        judged r = judged_of(arena);
        judged_filter(&r, TM_SPAN, TM_MODE_IGNORE, guards[i].condition);
        tm_ruleset *rules = judged_compile(&r, NULL);
        if (rules->rule[0]->hoisted != guards[i].hoisted ||
            (rules->rule[0]->prefilter.bit != 0) != guards[i].guarded)
            fail_msg("%s: hoisted %d, prefilter %d", guards[i].condition, rules->rule[0]->hoisted,
                     rules->rule[0]->prefilter.bit != 0);
        tm_ruleset_unref(rules);
    }
    tm_arena_free(arena);
}

/* More conditions than a block of guards holds, each true for one span alone. */
static void guards_let_every_condition_through_that_may_hold(void **state)
{
    (void)state;
    enum { CONDITIONS = 200 };
    tm_arena *arena = tm_arena_new(NULL);
    judged r = judged_of(arena);
    tm_filter_settings *f = &judged_add(&r, TM_PROCESSOR_FILTER)->filter;
    f->traces.span.items = TM_NEW_ARRAY(arena, CONDITIONS, tm_rule_text);
    for (unsigned i = 0; i < CONDITIONS; i++) {
        tm_text text = i % 2 ? tm_arena_print(arena, "attributes[\"key%u\"] == \"v%u\"", i / 3, i)
                             : tm_arena_print(arena, "name == \"v%u\"", i);
        f->traces.span.items[f->traces.span.count++] = judged_text(arena, text.p, i);
    }
    tm_ruleset *rules = judged_compile(&r, NULL);
    tm_judge *judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
    for (unsigned i = 0; i < CONDITIONS + 10; i++) {
        const char *attributes = tm_arena_print(arena, "x=y;key%u=v%u", i / 3, i).p;
        const char *name = i % 2 ? "span" : tm_arena_print(arena, "v%u", i).p;
        tm_text bytes =
            judged_request(arena, "", judged_span(arena, name, i % 2 ? attributes : "x=y"));
        tm_outcome o;
        assert_true(tm_judge_request(judge, rules, bytes, NULL, TM_UTF8_MEND, &o));
        assert_int_equal(o.spans_out, i >= CONDITIONS);
        if (i < CONDITIONS)
            assert_int_equal(o.rule[i].dropped_spans, 1);
    }
    tm_judge_free(judge);
    tm_ruleset_unref(rules);
    tm_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fused_steps_answer_as_one_pass_each_does),
        cmocka_unit_test(steps_fuse_unless_one_writes_above_its_level_what_another_reads),
        cmocka_unit_test(conditions_are_hoisted_or_guarded_by_what_they_read),
        cmocka_unit_test(guards_let_every_condition_through_that_may_hold),
    };
    return cmocka_run_group_tests_name("engine/plan", tests, NULL, NULL);
}
