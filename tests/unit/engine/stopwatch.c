/* Stopwatch: timed rulesets decide as plain ones, and what is counted is what happened.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The clock of these tests goes on by the same step at each look, so that nothing but looks takes
 * time. */
#include "engine/stopwatch.h"

#include "judged.h"
#include "tests/unit/short_heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { REQUESTS = 200, STEP_NS = 7 };

static const char *const file_text =
    "let names = [\"GET\", \"k\"]\n"
    "def IsK(v) = v == \"k\" or v == nil\n"
    "a: drop where attributes[\"a\"] == \"k\" and not (kind == SPAN_KIND_SERVER)\n"
    "b: drop where IsK(attributes[\"k\"]) and (name == \"GET\" or IsMatch(name, \"x\"))\n"
    "c: drop where Any(names, (_, v) => v == name) and true\n"
    "d: keep where resource.attributes[\"a\"] != nil\n"
    "e: drop where spanevent.name == \"k\" or scope.name == \"s\"\n"
    "f: set(attributes[\"new\"], Concat([name, \"x\"], \"-\")) where HasPrefix(name, \"GET\")\n"
    "g: drop where attributes[\"new\"] == \"GET-x\" or Int(name) == 1\n";

typedef tm_ruleset *maker(const tm_heap *heap, const tm_processor_settings *const *processors,
                          uint32_t n, tm_diags *diags);

static tm_ruleset *compiled(tm_arena *arena, const char *text, maker *make, const tm_heap *heap)
{
    judged r = judged_of(arena);
    tm_tamis_settings *t = &judged_add(&r, TM_PROCESSOR_TAMIS)->tamis;
    tm_source *source = TM_NEW(arena, tm_source);
    *source = (tm_source){.name = TM_TEXT("rules.ottl"), .text = tm_text_of(text)};
    t->files = TM_NEW(arena, const tm_source *);
    t->files[0] = source;
    t->file_count = 1;
    tm_ruleset *rules = make(heap, r.processor, r.n, &r.diags);
    if (!rules && r.diags.first)
        fail_msg("%.*s", TM_PRI(r.diags.first->message));
    return rules;
}

static uint64_t step(void *owner)
{
    return *(uint64_t *)owner += STEP_NS;
}

static void a_timed_ruleset_decides_alike(void **state)
{
    (void)state;
    tm_arena *own = tm_arena_new(NULL), *arena = tm_arena_new(NULL);
    tm_ruleset *plain = compiled(own, file_text, tm_ruleset_new, NULL),
               *timed = compiled(own, file_text, tm_ruleset_new_timed, NULL);
    tm_judge *judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL),
             *watched = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
    tm_stopwatch *watch = tm_stopwatch_new(own, timed, tm_clock_real());
    uint64_t asked = 0, runs = 0;
    tm_stopwatch_attach(watch, watched);
    for (unsigned seed = 0; seed < REQUESTS; seed++) {
        tm_making m = making_of(arena, seed, seed % 3 ? 0 : TM_ODD_ORDER | TM_ODD_UNKNOWN);
        m.members = 3;
        const tm_text bytes = making_request(&m);
        const tm_text left = judged_judge(arena, judge, plain, bytes);
        assert_true(tm_text_equal(left, judged_judge(arena, watched, timed, bytes)));
        tm_arena_reset(arena);
    }
    for (uint32_t i = 0; i < timed->rules; i++) {
        asked += tm_stopwatch_rule(watch, i)->asked;
        runs += tm_stopwatch_rule(watch, i)->runs;
    }
    assert_true(runs > 100);
    assert_true(asked > runs);
    tm_judge_free(judge);
    tm_judge_free(watched);
    tm_ruleset_unref(plain);
    tm_ruleset_unref(timed);
    tm_arena_free(arena);
    tm_arena_free(own);
}

/* Without a stopwatch it is slower, and nothing else. */
static void a_timed_ruleset_needs_no_stopwatch(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_ruleset *timed = compiled(arena, file_text, tm_ruleset_new_timed, NULL);
    tm_judge *judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
    const tm_text get = judged_request(arena, "", judged_span(arena, "GET", "k=k"));
    assert_int_equal(judged_judge(arena, judge, timed, get).n, 0);
    tm_judge_free(judge);
    tm_ruleset_unref(timed);
    tm_arena_free(arena);
}

/* "RULE asked N runs N FUNCTION(DETAIL) N ...": what was counted; parts without a function and
 * those that never ran are left out. */
static tm_text shown(tm_arena *arena, const tm_stopwatch *watch, const tm_ruleset *rules)
{
    tm_buf out = {.arena = arena};
    for (uint32_t i = 0; i < rules->rules; i++) {
        const tm_timed_rule *r = tm_stopwatch_rule(watch, i);
        tm_buf_print(&out, "%.*s asked %llu runs %llu", TM_PRI(rules->rule[i]->name),
                     (unsigned long long)r->asked, (unsigned long long)r->runs);
        for (uint32_t k = 0; k < tm_stopwatch_parts(watch, i); k++) {
            const tm_timed_part part = tm_stopwatch_part(watch, i, k);
            if (part.function.n && part.times)
                tm_buf_print(&out, " %.*s(%.*s) %llu", TM_PRI(part.function), TM_PRI(part.detail),
                             (unsigned long long)part.times);
        }
        tm_buf_add_char(&out, '\n');
    }
    tm_buf_add_char(&out, 0);
    return tm_buf_text(&out);
}

/* A statement whose condition holds is run from its start: it is asked for its prefix twice. */
static void what_ran_is_counted_and_what_looking_takes_is_taken_off(void **state)
{
    static const char *const text =
        "probe: drop where attributes[\"a\"] == \"k\" or IsMatch(name, \"^GE.$\")\n"
        "tag:   set(attributes[\"new\"], Concat([name, \"x\"], \"-\")) where HasPrefix(name, "
        "\"P\")\n"
        "any:   drop where Any([\"a\", \"b\", \"POST\"], (_, v) => HasSuffix(name, v))\n";
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    uint64_t now = 0;
    tm_clock clock = *tm_clock_real();
    clock.monotonic_ns = clock.thread_ns = step;
    clock.owner = &now;
    tm_ruleset *timed = compiled(arena, text, tm_ruleset_new_timed, NULL);
    tm_judge *judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
    tm_stopwatch *watch = tm_stopwatch_new(arena, timed, &clock);
    tm_stopwatch_attach(watch, judge);
    tm_buf spans = {.arena = arena};
    tm_buf_add(&spans, judged_span(arena, "GET", "a=k"));
    tm_buf_add(&spans, judged_span(arena, "GET", "a=x"));
    tm_buf_add(&spans, judged_span(arena, "POST", ""));
    tm_buf_add(&spans, judged_span(arena, "PUT", ""));
    const tm_text request = judged_request(arena, "", tm_buf_text(&spans));
    for (int round = 0; round < 2; round++) {
        tm_stopwatch_reset(watch);
        judged_judge(arena, judge, timed, request);
        assert_string_equal(shown(arena, watch, timed).p,
                            "probe asked 4 runs 0 IsMatch(^GE.$) 3\n"
                            "tag asked 2 runs 2 HasPrefix(P) 2 HasPrefix() 2 Concat() 2 set() 2\n"
                            "any asked 2 runs 2 Any() 2 HasSuffix() 6\n");
        for (uint32_t i = 0; i < timed->rules; i++)
            assert_int_equal(tm_stopwatch_rule(watch, i)->ns, 0);
    }
    tm_judge_free(judge);
    tm_ruleset_unref(timed);
    tm_arena_free(arena);
}

/* Rules without programs are asked of each item that comes to them, by parts of their own. */
static void actions_are_timed_one_by_one(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    uint64_t now = 0;
    tm_clock clock = *tm_clock_real();
    clock.monotonic_ns = clock.thread_ns = step;
    clock.owner = &now;
    judged r = judged_of(arena);
    tm_action_settings *actions = TM_NEW_ARRAY(arena, 2, tm_action_settings);
    actions[0] = *judged_action(&r, TM_SPAN, TM_ACTION_UPSERT, "k", "v");
    actions[1] = *judged_action(&r, TM_RESOURCE, TM_ACTION_DELETE, "gone", NULL);
    tm_processor_settings *p = judged_add(&r, TM_PROCESSOR_ATTRIBUTES);
    p->attributes.actions = (tm_actions){.items = actions, .count = 2};
    tm_ruleset *plain = tm_ruleset_new(NULL, r.processor, r.n, &r.diags),
               *timed = tm_ruleset_new_timed(NULL, r.processor, r.n, &r.diags);
    tm_judge *judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
    tm_buf spans = {.arena = arena};
    tm_buf_add(&spans, judged_span(arena, "GET", "k=a;gone=1"));
    tm_buf_add(&spans, judged_span(arena, "PUT", ""));
    const tm_text request = judged_request(arena, "gone=1", tm_buf_text(&spans));
    const tm_text left = judged_judge(arena, judge, plain, request);
    assert_true(tm_text_equal(left, judged_judge(arena, judge, timed, request)));
    tm_stopwatch *watch = tm_stopwatch_new(arena, timed, &clock);
    tm_stopwatch_attach(watch, judge);
    assert_true(tm_text_equal(left, judged_judge(arena, judge, timed, request)));
    assert_string_equal(shown(arena, watch, timed).p, "action asked 2 runs 0 upsert() 2\n"
                                                      "action asked 1 runs 0 delete() 1\n"
                                                      "action asked 2 runs 0 upsert() 2\n"
                                                      "action asked 2 runs 0 delete() 2\n");
    for (uint32_t i = 0; i < timed->rules; i++)
        assert_int_equal(tm_stopwatch_rule(watch, i)->ns, 0);
    tm_judge_free(judge);
    tm_ruleset_unref(plain);
    tm_ruleset_unref(timed);
    tm_arena_free(arena);
}

static bool compile_timed(void *owner, const tm_heap *heap)
{
    (void)owner;
    tm_arena *arena = tm_arena_new(NULL);
    tm_ruleset *rules = compiled(arena, file_text, tm_ruleset_new_timed, heap);
    const bool compiled = rules != NULL;
    tm_ruleset_unref(rules);
    tm_arena_free(arena);
    return compiled;
}

static void running_out_of_memory_leaves_nothing_behind(void **state)
{
    (void)state;
    assert_true(short_heap_each(compile_timed, NULL) > 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_timed_ruleset_decides_alike),
        cmocka_unit_test(a_timed_ruleset_needs_no_stopwatch),
        cmocka_unit_test(what_ran_is_counted_and_what_looking_takes_is_taken_off),
        cmocka_unit_test(actions_are_timed_one_by_one),
        cmocka_unit_test(running_out_of_memory_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
