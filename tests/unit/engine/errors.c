/* Error modes: what a rule that fails does to the rules behind it and to the request.
 * SPDX-License-Identifier: Apache-2.0 */
#include "judged.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* Fails where the item has an attribute "a" that is a text. */
#define FAILS "attributes[\"a\"] / 0 == 1"

enum { GROUPS_MOST = 3, RULES_MOST = 4 };

/* Conditions of one filter processor, and what they make of one span "PUT" with a=x and an event
 * "e" in a scope "s" of a resource with a=x. */
typedef struct error_row {
    const char *what;
    tm_error_mode mode;
    struct {
        tm_rules_context context;
        const char *conditions;
    } group[GROUPS_MOST];
    tm_verdict_status status;
    unsigned spans_out;
    unsigned errors[RULES_MOST]; /* of each rule */
} error_row;

#define NEXT "; name == \"PUT\""
#define SCOPE_FAILS "resource.attributes[\"a\"] / 0 == 1"
#define EVENT_FAILS "name / 0 == 1"

/* In one group: traces.* of one level, too. */
static const error_row groups[] = {
    {"the next condition is not tried",
     TM_MODE_PROPAGATE,
     {{TM_IN_SPAN, FAILS NEXT}},
     TM_REFUSED_RULE,
     0,
     {1}},
    {"one that holds before the failing one drops",
     TM_MODE_PROPAGATE,
     {{TM_IN_SPAN, "name == \"PUT\"; " FAILS}},
     TM_JUDGED,
     0,
     {0}},
    {"ignore goes on to the next", TM_MODE_IGNORE, {{TM_IN_SPAN, FAILS NEXT}}, TM_JUDGED, 0, {1}},
    {"silent goes on to the next", TM_MODE_SILENT, {{TM_IN_SPAN, FAILS NEXT}}, TM_JUDGED, 0, {1}},
    {"of resources",
     TM_MODE_PROPAGATE,
     {{TM_IN_RESOURCE, FAILS "; attributes[\"a\"] == \"x\""}},
     TM_REFUSED_RULE,
     0,
     {1}},
    {"of scopes",
     TM_MODE_PROPAGATE,
     {{TM_IN_SCOPE, SCOPE_FAILS "; name == \"s\""}},
     TM_REFUSED_RULE,
     0,
     {1}},
    {"of events",
     TM_MODE_PROPAGATE,
     {{TM_IN_EVENT, EVENT_FAILS "; name == \"e\""}},
     TM_REFUSED_RULE,
     0,
     {1}},
    {"a group drops what another failed on",
     TM_MODE_PROPAGATE,
     {{TM_IN_SPAN, FAILS}, {TM_IN_RESOURCE, "attributes[\"a\"] == \"x\""}},
     TM_JUDGED,
     0,
     {1}},
    {"a group behind it that drops nothing",
     TM_MODE_PROPAGATE,
     {{TM_IN_SPAN, FAILS}, {TM_IN_RESOURCE, "attributes[\"a\"] == \"y\""}},
     TM_REFUSED_RULE,
     0,
     {1}},
    {"a group drops what another would fail on",
     TM_MODE_PROPAGATE,
     {{TM_IN_RESOURCE, "attributes[\"a\"] == \"x\""}, {TM_IN_SPAN, FAILS}},
     TM_JUDGED,
     0,
     {0}},
};

/* Groups without a context, whose conditions are a chain of levels. */
static const error_row inferred[] = {
    {"from resources to spans",
     TM_MODE_PROPAGATE,
     {{TM_INFER_CONTEXT, "span.name == \"PUT\"; resource.attributes[\"a\"] / 0 == 1"}},
     TM_REFUSED_RULE,
     0,
     {0, 1}},
    {"from scopes to spans",
     TM_MODE_PROPAGATE,
     {{TM_INFER_CONTEXT, "span.name == \"PUT\"; scope.name / 0 == 1"}},
     TM_REFUSED_RULE,
     0,
     {0, 1}},
    {"from scopes to events",
     TM_MODE_PROPAGATE,
     {{TM_INFER_CONTEXT, "spanevent.name / 0 == 1; scope.name / 0 == 1"}},
     TM_REFUSED_RULE,
     0,
     {0, 1}},
    {"from one condition to the next",
     TM_MODE_PROPAGATE,
     {{TM_INFER_CONTEXT, "span.name / 0 == 1; span.name == \"PUT\""}},
     TM_REFUSED_RULE,
     0,
     {1}},
    {"ignore goes on",
     TM_MODE_IGNORE,
     {{TM_INFER_CONTEXT, "span.name == \"PUT\"; resource.attributes[\"a\"] / 0 == 1"}},
     TM_JUDGED,
     0,
     {0, 1}},
    {"another group is another chain",
     TM_MODE_PROPAGATE,
     {{TM_INFER_CONTEXT, "resource.attributes[\"a\"] / 0 == 1"},
      {TM_INFER_CONTEXT, "span.name == \"PUT\""}},
     TM_JUDGED,
     0,
     {1}},
};

/* From level to level of traces.*. */
static const error_row levels[] = {
    {"from resources to spans",
     TM_MODE_PROPAGATE,
     {{TM_IN_RESOURCE, FAILS}, {TM_IN_SPAN, "name == \"PUT\""}},
     TM_REFUSED_RULE,
     0,
     {1}},
    {"from resources to events",
     TM_MODE_PROPAGATE,
     {{TM_IN_RESOURCE, FAILS}, {TM_IN_EVENT, EVENT_FAILS}},
     TM_REFUSED_RULE,
     0,
     {1, 0}},
    {"from spans to events",
     TM_MODE_PROPAGATE,
     {{TM_IN_SPAN, FAILS}, {TM_IN_EVENT, EVENT_FAILS}},
     TM_REFUSED_RULE,
     0,
     {1, 0}},
    {"ignore goes on from level to level",
     TM_MODE_IGNORE,
     {{TM_IN_RESOURCE, FAILS}, {TM_IN_SPAN, "name == \"PUT\""}},
     TM_JUDGED,
     0,
     {1}},
    {"a resource that is dropped takes the failing spans along",
     TM_MODE_PROPAGATE,
     {{TM_IN_RESOURCE, "attributes[\"a\"] == \"x\""}, {TM_IN_SPAN, FAILS}},
     TM_JUDGED,
     0,
     {0}},
};

static tm_text one_request(tm_arena *arena)
{
    const tm_text event = judged_wrap(arena, 11,
                                      TM_TEXT("\x12\x01"
                                              "e"),
                                      TM_TEXT(""));
    const tm_text name = judged_wrap(arena, 5, TM_TEXT("PUT"), TM_TEXT(""));
    const tm_text fields = tm_arena_join(arena, name, judged_attributes(arena, TM_SPAN, "a=x"));
    const tm_text span = judged_wrap(arena, 2, fields, event);
    const tm_text scope = judged_wrap(arena, 1,
                                      TM_TEXT("\x0a\x01"
                                              "s"),
                                      TM_TEXT(""));
    return judged_request(arena, "a=x", tm_arena_join(arena, scope, span));
}

static tm_rule_texts *level_of(tm_filter_settings *f, tm_rules_context context)
{
    return context == TM_IN_RESOURCE ? &f->traces.resource
           : context == TM_IN_SPAN   ? &f->traces.span
                                     : &f->traces.event;
}

static void judge_row(tm_arena *arena, const error_row *row, bool by_levels)
{
    judged r = judged_of(arena);
    tm_outcome o;
    tm_filter_settings *f = &judged_add(&r, TM_PROCESSOR_FILTER)->filter;
    f->error_mode = row->mode;
    for (unsigned i = 0; i < GROUPS_MOST && row->group[i].conditions; i++)
        if (by_levels)
            *level_of(f, row->group[i].context) = judged_texts(&r, row->group[i].conditions);
        else
            judged_group(&r, f, row->group[i].context, row->mode, row->group[i].conditions);
    tm_ruleset *rules = judged_compile(&r, NULL);
    if (!rules)
        fail_msg("%s: %.*s", row->what, TM_PRI(r.diags.first->message));
    tm_judge *judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
    assert_true(tm_judge_request(judge, rules, one_request(arena), NULL, TM_UTF8_MEND, &o));
    if (o.status != row->status || o.spans_out != row->spans_out)
        fail_msg("%s: status %d, %u spans leave", row->what, o.status, o.spans_out);
    for (uint32_t i = 0; i < rules->rules; i++)
        if (o.rule[i].errors != row->errors[i])
            fail_msg("%s: rule %u failed %u times", row->what, i, (unsigned)o.rule[i].errors);
    tm_judge_free(judge);
    tm_ruleset_unref(rules);
}

static void each_row_is_judged_as_it_says(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        judge_row(arena, &groups[i], false);
    for (size_t i = 0; i < sizeof inferred / sizeof *inferred; i++)
        judge_row(arena, &inferred[i], false);
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        judge_row(arena, &levels[i], true);
    tm_arena_free(arena);
}

static void a_filter_behind_a_failing_one_is_not_asked(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    judged r = judged_of(arena);
    tm_outcome o;
    judged_filter(&r, TM_SPAN, TM_MODE_PROPAGATE, FAILS);
    judged_filter(&r, TM_SPAN, TM_MODE_IGNORE, "name == \"PUT\"");
    judged_filter(&r, TM_RESOURCE, TM_MODE_IGNORE, "attributes[\"a\"] == \"x\"");
    tm_ruleset *rules = judged_compile(&r, NULL);
    tm_judge *judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
    assert_true(tm_judge_request(judge, rules, one_request(arena), NULL, TM_UTF8_MEND, &o));
    assert_int_equal(o.status, TM_REFUSED_RULE);
    assert_int_equal(o.rule[0].errors, 1);
    assert_int_equal(o.rule[1].matched + o.rule[2].matched, 0);
    tm_judge_free(judge);
    tm_ruleset_unref(rules);
    tm_arena_free(arena);
}

/* Of a transform: the conditions in front of its statements. */
static void a_failing_precondition_ends_the_request_or_is_passed_over(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    for (int mode = TM_MODE_IGNORE; mode <= TM_MODE_PROPAGATE; mode++) {
        const bool propagates = mode == TM_MODE_PROPAGATE;
        judged r = judged_of(arena);
        tm_outcome o;
        judged_transform(&r, TM_IN_SPAN, (tm_error_mode)mode, FAILS "; name == \"PUT\"",
                         "set(name, \"GET\")");
        tm_ruleset *rules = judged_compile(&r, NULL);
        tm_judge *judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
        assert_true(tm_judge_request(judge, rules, one_request(arena), NULL, TM_UTF8_MEND, &o));
        assert_int_equal(o.status, propagates ? TM_REFUSED_RULE : TM_JUDGED);
        assert_int_equal(o.rule[0].errors, 1);
        assert_int_equal(o.rule[1].matched, !propagates);
        assert_int_equal(o.rule[2].matched, !propagates);
        tm_judge_free(judge);
        tm_ruleset_unref(rules);
    }
    tm_arena_free(arena);
}

/* Not an error, but seldom what is meant: it is counted, and the first one kept. */
static void a_type_mismatch_is_counted_for_its_rule(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    judged r = judged_of(arena);
    tm_outcome o;
    judged_filter(&r, TM_SPAN, TM_MODE_IGNORE,
                  "name == \"x\"; attributes[\"a\"] == 200; resource.attributes[\"a\"] < 500");
    judged_transform(&r, TM_IN_SPAN, TM_MODE_IGNORE, "",
                     "set(name, \"y\") where attributes[\"a\"] == 1 or attributes[\"a\"] == 2");
    tm_ruleset *rules = judged_compile(&r, NULL);
    tm_judge *judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
    for (unsigned times = 0; times < 2; times++) {
        assert_true(tm_judge_request(judge, rules, one_request(arena), NULL, TM_UTF8_MEND, &o));
        assert_int_equal(o.status, TM_JUDGED);
        assert_int_equal(o.rule[0].mismatches, 0);
        assert_int_equal(o.rule[1].mismatches, 1);
        assert_int_equal(o.rule[2].mismatches, 1);
        assert_int_equal(o.rule[3].mismatches, 2);
        assert_true(tm_text_is(tm_value_text(o.mismatch[1].left), "x"));
        assert_int_equal(o.mismatch[1].right.integer, 200);
        assert_int_equal(o.mismatch[2].right.integer, 500);
        assert_int_equal(o.mismatch[3].right.integer, 1);
    }
    tm_judge_free(judge);
    tm_ruleset_unref(rules);
    tm_arena_free(arena);
}

static void rules_say_whether_they_can_drop_spans(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    judged r = judged_of(arena);
    judged_filter(&r, TM_RESOURCE, TM_MODE_IGNORE, "attributes[\"a\"] == nil");
    judged_filter(&r, TM_SPAN, TM_MODE_IGNORE, "name == \"x\"");
    judged_filter(&r, TM_EVENT, TM_MODE_IGNORE, "name == \"x\"");
    judged_transform(&r, TM_IN_SPAN, TM_MODE_IGNORE, "name == \"x\"", "set(name, \"y\")");
    judged_action(&r, TM_SPAN, TM_ACTION_UPSERT, "cluster", "v");
    tm_ruleset *rules = judged_compile(&r, NULL);
    static const bool drops[] = {true, true, false, false, false, false};
    static const char *const texts[] = {
        "attributes[\"a\"] == nil", "name == \"x\"", "name == \"x\"", "name == \"x\"",
        "set(name, \"y\")",         "upsert cluster"};
    assert_int_equal(rules->rules, 6);
    for (uint32_t i = 0; i < rules->rules; i++) {
        assert_int_equal(rules->rule[i]->drops, drops[i]);
        assert_true(tm_text_is(rules->rule[i]->text, texts[i]));
    }
    tm_ruleset_unref(rules);
    tm_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_is_judged_as_it_says),
        cmocka_unit_test(a_filter_behind_a_failing_one_is_not_asked),
        cmocka_unit_test(a_type_mismatch_is_counted_for_its_rule),
        cmocka_unit_test(rules_say_whether_they_can_drop_spans),
        cmocka_unit_test(a_failing_precondition_ends_the_request_or_is_passed_over),
    };
    return cmocka_run_group_tests_name("engine/errors", tests, NULL, NULL);
}
