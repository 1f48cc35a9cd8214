/* Judge: verdicts, counts, error modes, memory - at no allocation a span, and with every one
 * failing. SPDX-License-Identifier: Apache-2.0 */
#include "judged.h"
#include "tests/unit/short_heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* --- a judge and its rules --- */

typedef struct bench {
    tm_arena *arena;
    judged r;
    tm_ruleset *rules;
    tm_judge *judge;
    unsigned told; /* errors that were logged */
    tm_outcome o;
    tm_text bytes, want; /* a request, and what leaves of it */
} bench;

static void tell(void *owner, const tm_rule *rule, tm_text text)
{
    ((bench *)owner)->told++;
    assert_true(rule->name.n > 0 && text.n > 0);
}

static int open_bench(void **state)
{
    tm_arena *arena = tm_arena_new(NULL);
    bench *b = TM_NEW(arena, bench);
    b->arena = arena;
    b->r = judged_of(arena);
    *state = b;
    return 0;
}

static int close_bench(void **state)
{
    bench *b = *state;
    tm_judge_free(b->judge);
    tm_ruleset_unref(b->rules);
    tm_arena_free(b->arena);
    return 0;
}

static void compile(bench *b)
{
    b->rules = judged_compile(&b->r, NULL);
    if (!b->rules)
        fail_msg("%.*s", TM_PRI(b->r.diags.first->message));
    b->judge = tm_judge_new(NULL, tm_clock_real(), tell, b);
}

static void judge(bench *b, tm_text bytes)
{
    assert_true(tm_judge_request(b->judge, b->rules, bytes, NULL, TM_UTF8_MEND, &b->o));
}

static tm_text three_spans(tm_arena *arena)
{
    tm_text spans =
        tm_arena_join(arena, judged_span(arena, "GET", "a=x"), judged_span(arena, "PUT", "a=y"));
    return tm_arena_join(arena, spans, judged_span(arena, "GET", "b=z"));
}

/* --- verdicts and counts --- */

static void drops_are_counted_by_rule_and_processor(void **state)
{
    bench *b = *state;
    tm_text put = judged_span(b->arena, "PUT", "a=y");
    judged_filter(&b->r, TM_SPAN, TM_MODE_IGNORE, "attributes[\"a\"] == \"n\"; name == \"PUT\"");
    judged_filter(&b->r, TM_SPAN, TM_MODE_IGNORE, "attributes[\"b\"] == \"z\"");
    compile(b);
    judge(b, judged_request(b->arena, "service.name=s", three_spans(b->arena)));
    assert_int_equal(b->o.status, TM_JUDGED);
    assert_int_equal(b->o.spans_in, 3);
    assert_int_equal(b->o.spans_out, 1);
    assert_int_equal(b->o.rule[0].dropped_spans, 0);
    assert_int_equal(b->o.rule[1].dropped_spans, 1);
    assert_int_equal(b->o.rule[1].dropped_bytes, put.n);
    assert_int_equal(b->o.rule[1].matched, 1);
    assert_int_equal(b->o.rule[2].dropped_spans, 1);
    assert_int_equal(b->o.filtered[0], 1);
    assert_int_equal(b->o.filtered[1], 1);
}

static void a_dropped_resource_takes_its_spans_along(void **state)
{
    bench *b = *state;
    judged_filter(&b->r, TM_RESOURCE, TM_MODE_IGNORE, "attributes[\"env\"] == \"dev\"");
    compile(b);
    tm_text dev = judged_request(b->arena, "env=dev", three_spans(b->arena));
    tm_text prod = judged_request(b->arena, "env=prod", three_spans(b->arena));
    judge(b, tm_arena_join(b->arena, dev, prod));
    assert_true(tm_text_equal(dump_bytes(b->arena, b->o.out), prod));
    assert_int_equal(b->o.rule[0].dropped_spans, 3);
    assert_int_equal(b->o.filtered[0], 3);
    judge(b, dev);
    assert_int_equal(b->o.out->bytes, 0);
}

static void without_rules_a_request_is_checked_and_leaves_as_it_came(void **state)
{
    bench *b = *state;
    compile(b);
    tm_text bytes = judged_request(b->arena, "", three_spans(b->arena));
    judge(b, bytes);
    assert_true(tm_text_equal(dump_bytes(b->arena, b->o.out), bytes));
    judge(b, tm_text_slice(bytes.p, bytes.n - 1));
    assert_int_equal(b->o.status, TM_REFUSED_FORM);
    assert_true(tm_text_find(b->o.reason, TM_TEXT("at byte")) > 0);
    assert_null(b->o.out);
}

static void bad_texts_are_mended_kept_or_refused(void **state)
{
    bench *b = *state;
    compile(b);
    tm_text bytes = judged_request(b->arena, "", judged_span(b->arena, "\xff!", ""));
    judge(b, bytes);
    assert_true(b->o.mended && b->o.status == TM_JUDGED);
    assert_true(tm_text_find(dump_bytes(b->arena, b->o.out), TM_TEXT("\xef\xbf\xbd!")) > 0);
    assert_true(tm_judge_request(b->judge, b->rules, bytes, NULL, TM_UTF8_KEEP, &b->o));
    assert_true(tm_text_equal(dump_bytes(b->arena, b->o.out), bytes));
    assert_true(tm_judge_request(b->judge, b->rules, bytes, NULL, TM_UTF8_REFUSE, &b->o));
    assert_int_equal(b->o.status, TM_REFUSED_FORM);
}

static void an_event_that_is_dropped_leaves_the_rest_of_its_span(void **state)
{
    bench *b = *state;
    judged_filter(&b->r, TM_EVENT, TM_MODE_IGNORE, "name == \"noise\"");
    compile(b);
    tm_text noise = judged_wrap(b->arena, 11, TM_TEXT("\x12\x05noise"), TM_TEXT(""));
    tm_text other = judged_wrap(b->arena, 11, TM_TEXT("\x12\x05other"), TM_TEXT(""));
    tm_text events = tm_arena_join(b->arena, noise, other);
    judge(b, judged_request(b->arena, "", judged_wrap(b->arena, 2, events, TM_TEXT(""))));
    tm_text want = judged_request(b->arena, "", judged_wrap(b->arena, 2, other, TM_TEXT("")));
    assert_true(tm_text_equal(dump_bytes(b->arena, b->o.out), want));
}

/* --- error modes: ParseJSON of what is no JSON fails --- */

static void an_error_is_told_and_passed_over_when_ignored(void **state)
{
    bench *b = *state;
    judged_filter(&b->r, TM_SPAN, TM_MODE_IGNORE, "attributes[\"a\"] / 0 == 1; name == \"PUT\"");
    compile(b);
    judge(b, judged_request(b->arena, "", judged_span(b->arena, "PUT", "a=x")));
    assert_int_equal(b->o.rule[0].errors, 1);
    assert_int_equal(b->told, 1);
    assert_int_equal(b->o.spans_out, 0);
}

static void a_silent_error_is_counted_and_not_told(void **state)
{
    bench *b = *state;
    judged_filter(&b->r, TM_SPAN, TM_MODE_SILENT, "attributes[\"a\"] / 0 == 1");
    compile(b);
    judge(b, judged_request(b->arena, "", judged_span(b->arena, "PUT", "a=x")));
    assert_int_equal(b->o.rule[0].errors, 1);
    assert_int_equal(b->told, 0);
    assert_int_equal(b->o.spans_out, 1);
}

static void an_error_that_propagates_refuses_the_request(void **state)
{
    bench *b = *state;
    judged_filter(&b->r, TM_SPAN, TM_MODE_PROPAGATE, "attributes[\"a\"] / 0 == 1");
    compile(b);
    judge(b, judged_request(b->arena, "", judged_span(b->arena, "PUT", "a=x")));
    assert_int_equal(b->o.status, TM_REFUSED_RULE);
    assert_true(tm_text_starts(b->o.reason, TM_TEXT("rule[0]: ")));
    judge(b, judged_request(b->arena, "", TM_TEXT(""))); /* and the next one is judged */
    assert_int_equal(b->o.status, TM_JUDGED);
}

static void a_statement_that_propagates_stops_what_follows(void **state)
{
    bench *b = *state;
    judged_transform(&b->r, TM_IN_SPAN, TM_MODE_PROPAGATE, "",
                     "set(attributes[\"n\"], attributes[\"a\"] / 0); set(name, \"x\")");
    compile(b);
    judge(b, judged_request(b->arena, "", three_spans(b->arena)));
    assert_int_equal(b->o.status, TM_REFUSED_RULE);
    assert_int_equal(b->o.rule[0].errors, 1);
    assert_int_equal(b->o.rule[1].matched, 0);
}

/* --- memory --- */

/* A ruleset that is freed may leave its address to a larger one. */
static void buffers_are_made_for_what_stands_at_an_address_now(void **state)
{
    enum { RULES = 12, RULESETS = 3 };
    bench *b = *state;
    tm_ruleset *made[RULESETS], here;
    tm_text bytes = judged_request(b->arena, "", three_spans(b->arena));
    b->judge = tm_judge_new(NULL, tm_clock_real(), tell, b);
    for (unsigned i = 0; i < RULESETS; i++) {
        judged r = judged_of(b->arena);
        for (unsigned k = 0; k < (i == 1 ? 1 : RULES); k++)
            judged_filter(&r, TM_SPAN, TM_MODE_IGNORE,
                          tm_arena_print(b->arena,
                                         "name == \"x\"; attributes[\"%u\"] == 1; name == \"y\"; "
                                         "attributes[\"b\"] == \"z\"",
                                         k)
                              .p);
        made[i] = judged_compile(&r, NULL);
    }
    for (unsigned i = 0; i < RULESETS; i++) {
        here = *made[(i + 1) % RULESETS];
        assert_true(tm_judge_request(b->judge, &here, bytes, NULL, TM_UTF8_MEND, &b->o));
        assert_int_equal(b->o.status, TM_JUDGED);
        assert_int_equal(b->o.spans_out, 2);
        assert_int_equal(b->o.rule[3].dropped_spans, 1);
        for (uint32_t k = 4; k < here.rules; k++)
            assert_int_equal(b->o.rule[k].dropped_spans, 0);
    }
    for (unsigned i = 0; i < RULESETS; i++)
        tm_ruleset_unref(made[i]);
}

static void add_seed_and_more(judged *r)
{
    judged_filter(r, TM_SPAN, TM_MODE_IGNORE,
                  "IsMatch(attributes[\"a\"], \"^(x|q)+$\"); IsMatch(attributes[\"user_agent\"], "
                  "\"kube.*\"); "
                  "attributes[\"http.route\"] == \"/livez\"; name == \"k\"; "
                  "resource.attributes[\"k\"] == \"a\"");
    judged_action(r, TM_SPAN, TM_ACTION_UPSERT, "cluster", "sandbox");
}

static tm_text big_request(tm_arena *arena, unsigned spans)
{
    tm_text all = TM_TEXT("");
    for (unsigned i = 0; i < spans; i++) {
        const char *attributes =
            tm_arena_print(arena, "a=%u;user_agent=curl;http.route=/r%u;b=c;d=e", i, i).p;
        all = tm_arena_join(arena, all, judged_span(arena, i % 3 ? "GET" : "k", attributes));
    }
    return judged_request(arena, "k=b;service.name=s", all);
}

static void a_warm_judge_allocates_nothing_however_many_the_spans(void **state)
{
    bench *b = *state;
    short_heap h;
    short_heap_init(&h, -1, false);
    add_seed_and_more(&b->r);
    b->rules = judged_compile(&b->r, NULL);
    tm_judge *judge = tm_judge_new(&h.heap, tm_clock_real(), NULL, NULL);
    tm_text bytes = big_request(b->arena, 600);
    for (unsigned i = 0; i < 4; i++) {
        long before = h.allocations;
        assert_true(tm_judge_request(judge, b->rules, bytes, NULL, TM_UTF8_MEND, &b->o));
        assert_int_equal(b->o.spans_out, 400);
        assert_true(i < 3 || h.allocations == before);
    }
    tm_judge_free(judge);
    assert_int_equal(h.blocks, 0);
}

/* Judges with what memory there is, then, with the same judge, with enough. */
static bool judge_with(void *owner, const tm_heap *heap)
{
    bench *b = owner;
    short_heap *h = heap->owner;
    tm_judge *judge = tm_judge_new(heap, tm_clock_real(), NULL, NULL);
    if (!judge)
        return false;
    bool done = tm_judge_request(judge, b->rules, b->bytes, NULL, TM_UTF8_MEND, &b->o);
    h->left = -1;
    assert_true(tm_judge_request(judge, b->rules, b->bytes, NULL, TM_UTF8_MEND, &b->o));
    tm_text out = dump_bytes(b->arena, b->o.out);
    if (!b->want.p)
        b->want = out;
    assert_true(tm_text_equal(out, b->want));
    tm_judge_free(judge);
    return done;
}

static void a_judge_comes_through_the_failure_of_any_allocation(void **state)
{
    bench *b = *state;
    add_seed_and_more(&b->r);
    judged_transform(&b->r, TM_IN_SPAN, TM_MODE_IGNORE, "",
                     "set(attributes[\"n\"], Concat([name, attributes[\"a\"]], \"-\")); "
                     "set(resource.attributes[\"m\"], name)");
    b->rules = judged_compile(&b->r, NULL);
    b->bytes = big_request(b->arena, 300);
    assert_true(short_heap_each(judge_with, b) > 16);
}

static bool compile_with(void *owner, const tm_heap *heap)
{
    tm_ruleset *rules = judged_compile(owner, heap);
    tm_ruleset_unref(rules);
    return rules != NULL;
}

static void a_ruleset_comes_through_the_failure_of_any_allocation(void **state)
{
    bench *b = *state;
    add_seed_and_more(&b->r);
    judged_transform(&b->r, TM_IN_SPAN, TM_MODE_IGNORE, "name == \"GET\"",
                     "set(attributes[\"n\"], Concat([name, attributes[\"a\"]], \"-\"))");
    assert_true(short_heap_each(compile_with, &b->r) > 10);
}

/* The same where it is the arena of the diagnostics that runs out, whose owner waits in a try. */
static void compile_broken(void *argument)
{
    judged *r = argument;
    assert_null(judged_compile(r, NULL));
    tm_arena_alloc(r->diags.arena, 1 << 20); /* the try around it still holds */
}

static bool report_with(void *owner, const tm_heap *heap)
{
    judged r = *(judged *)owner;
    r.diags = (tm_diags){.arena = tm_arena_new(heap)};
    bool done = r.diags.arena && tm_arena_try(r.diags.arena, compile_broken, &r);
    tm_arena_free(r.diags.arena);
    return done;
}

static void diagnostics_may_run_out_of_memory_too(void **state)
{
    bench *b = *state;
    judged_filter(&b->r, TM_SPAN, TM_MODE_IGNORE, "nam == \"x\"; IsMatch(name, \"(\")");
    assert_true(short_heap_each(report_with, &b->r) > 4);
}

static void a_ruleset_with_mistakes_leaves_nothing_but_diagnostics(void **state)
{
    bench *b = *state;
    short_heap h;
    short_heap_init(&h, -1, false);
    judged_filter(&b->r, TM_SPAN, TM_MODE_IGNORE, "nam == \"x\"; IsMatch(name, \"(\")");
    assert_null(judged_compile(&b->r, &h.heap));
    assert_int_equal(h.blocks, 0);
    assert_true(b->r.diags.first && b->r.diags.first->next);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_bench, close_bench)
    const struct CMUnitTest tests[] = {
        TEST(drops_are_counted_by_rule_and_processor),
        TEST(a_dropped_resource_takes_its_spans_along),
        TEST(without_rules_a_request_is_checked_and_leaves_as_it_came),
        TEST(bad_texts_are_mended_kept_or_refused),
        TEST(an_event_that_is_dropped_leaves_the_rest_of_its_span),
        TEST(an_error_is_told_and_passed_over_when_ignored),
        TEST(a_silent_error_is_counted_and_not_told),
        TEST(an_error_that_propagates_refuses_the_request),
        TEST(a_statement_that_propagates_stops_what_follows),
        TEST(buffers_are_made_for_what_stands_at_an_address_now),
        TEST(a_warm_judge_allocates_nothing_however_many_the_spans),
        TEST(a_judge_comes_through_the_failure_of_any_allocation),
        TEST(a_ruleset_comes_through_the_failure_of_any_allocation),
        TEST(diagnostics_may_run_out_of_memory_too),
        TEST(a_ruleset_with_mistakes_leaves_nothing_but_diagnostics),
    };
    return cmocka_run_group_tests_name("engine/judge", tests, NULL, NULL);
}
