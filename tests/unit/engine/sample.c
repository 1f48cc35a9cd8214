/* Sample: the converter keeps the traces that the probabilistic_sampler processor keeps.
 * SPDX-License-Identifier: Apache-2.0 */
#include "judged.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { SPANS = 400 };

/* Spans with a trace id each, some with randomness of their own. */
static tm_text some_spans(tm_arena *arena, unsigned seed)
{
    tm_making m = making_of(arena, seed, 0);
    tm_buf out = {.arena = arena};
    for (unsigned i = 0; i < SPANS; i++) {
        char id[16];
        for (unsigned k = 0; k < sizeof id; k++)
            id[k] = (char)making_below(&m, 256);
        tm_text state = {0}, body = judged_wrap(arena, 1, tm_text_slice(id, sizeof id), state);
        if (i % 4 == 0) {
            state = tm_arena_print(arena, "ot=rv:%06x%08x", making_below(&m, 1 << 24),
                                   making_below(&m, UINT32_MAX));
            body = tm_arena_join(arena, body, judged_wrap(arena, 3, state, TM_TEXT("")));
        }
        tm_buf_add(&out, judged_wrap(arena, 2, body, TM_TEXT("")));
    }
    return tm_buf_text(&out);
}

static tm_ruleset *sampler_of(tm_arena *arena, double percentage, tm_sampler_mode mode)
{
    judged r = judged_of(arena);
    judged_add(&r, TM_PROCESSOR_SAMPLER)->sampler =
        (tm_sampler_settings){.percentage = percentage, .mode = mode, .precision = 4};
    return judged_compile(&r, NULL);
}

static tm_ruleset *filter_of(tm_arena *arena, double ratio)
{
    judged r = judged_of(arena);
    judged_filter(&r, TM_SPAN, TM_MODE_PROPAGATE,
                  tm_arena_print(arena, "not Sample(%.17g)%c", ratio, 0).p);
    return judged_compile(&r, NULL);
}

static uint32_t judge(tm_arena *arena, const tm_ruleset *rules, tm_text bytes, tm_text *left)
{
    tm_judge *judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
    tm_outcome o;
    assert_true(tm_judge_request(judge, rules, bytes, NULL, TM_UTF8_MEND, &o));
    assert_int_equal(o.status, TM_JUDGED);
    *left = dump_bytes(arena, o.out);
    tm_judge_free(judge);
    return o.spans_out;
}

static void it_keeps_what_the_sampler_keeps(void **state)
{
    (void)state;
    static const double percentages[] = {0.5, 3, 10, 12.5, 50, 87.3, 99, 100};
    tm_arena *arena = tm_arena_new(NULL);
    for (unsigned i = 0; i < sizeof percentages / sizeof *percentages; i++)
        for (int mode = TM_SAMPLE_EQUALIZING; mode <= TM_SAMPLE_PROPORTIONAL; mode++) {
            tm_ruleset *sampler = sampler_of(arena, percentages[i], (tm_sampler_mode)mode);
            tm_ruleset *filter = filter_of(arena, (double)(float)percentages[i] / 100);
            tm_text bytes = judged_request(arena, "", some_spans(arena, i + 1)), left, again;
            uint32_t kept = judge(arena, filter, bytes, &left);
            assert_int_equal(judge(arena, sampler, bytes, &again), kept);
            assert_int_equal(left.n ? judge(arena, sampler, left, &again) : 0, kept);
            assert_true(kept * 100.0 > SPANS * (percentages[i] - 12));
            assert_true(kept * 100.0 < SPANS * (percentages[i] + 12));
            tm_ruleset_unref(sampler);
            tm_ruleset_unref(filter);
        }
    tm_arena_free(arena);
}

static void a_smaller_share_is_part_of_a_larger_one(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_ruleset *less = filter_of(arena, 0.1), *more = filter_of(arena, 0.3);
    tm_text bytes = judged_request(arena, "", some_spans(arena, 9)), left, again;
    uint32_t kept = judge(arena, less, bytes, &left);
    assert_true(kept > 0 && kept < judge(arena, more, bytes, &again));
    assert_int_equal(judge(arena, more, left, &again), kept);
    tm_ruleset_unref(less);
    tm_ruleset_unref(more);
    tm_arena_free(arena);
}

typedef struct host_row {
    tm_rules_context context;
    const char *condition;
    bool builds;
} host_row;

static void it_is_for_spans_and_their_events(void **state)
{
    (void)state;
    static const host_row rows[] = {
        {TM_IN_RESOURCE, "Sample(0.1)", false},
        {TM_IN_SCOPE, "Sample(0.1)", false},
        {TM_IN_SPAN, "Sample(0.1)", true},
        {TM_IN_EVENT, "Sample(0.1)", true},
        {TM_INFER_CONTEXT, "Sample(0.1, resource.attributes[\"a\"])", true},
        {TM_INFER_CONTEXT, "spanevent.name == \"a\" and Sample(0.1)", true},
    };
    tm_arena *arena = tm_arena_new(NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        judged filter = judged_of(arena), transform = judged_of(arena);
        tm_filter_settings *f = &judged_add(&filter, TM_PROCESSOR_FILTER)->filter;
        judged_group(&filter, f, rows[i].context, TM_MODE_IGNORE, rows[i].condition);
        judged_transform(&transform, rows[i].context, TM_MODE_IGNORE, rows[i].condition,
                         rows[i].context == TM_IN_RESOURCE || rows[i].context == TM_IN_SCOPE
                             ? "set(attributes[\"x\"], 1)"
                             : "set(span.attributes[\"x\"], 1)");
        tm_ruleset *one = judged_compile(&filter, NULL), *two = judged_compile(&transform, NULL);
        if ((one != NULL) != rows[i].builds || (two != NULL) != rows[i].builds)
            fail_msg("%s in %d: %d %d", rows[i].condition, rows[i].context, one != NULL,
                     two != NULL);
        tm_ruleset_unref(one);
        tm_ruleset_unref(two);
    }
    tm_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_keeps_what_the_sampler_keeps),
        cmocka_unit_test(a_smaller_share_is_part_of_a_larger_one),
        cmocka_unit_test(it_is_for_spans_and_their_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
