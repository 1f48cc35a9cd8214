/* Sampler: single spans of which it is known what becomes of them; tests/peers has thousands.
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/sampler.h"
#include "otlp/tracestate.h"

#include "sampled.h"

#include <math.h>

/* --- thresholds --- */

static void a_threshold_has_so_many_digits_behind_the_leading_ones(void **state)
{
    (void)state;
    static const struct row {
        double share;
        int digits;
        uint64_t threshold;
    } rows[] = {{1, 4, 0},
                {0.5, 1, UINT64_C(0x80000000000000)},
                {0.25, 4, UINT64_C(0xc0000000000000)},
                {0.1, 4, UINT64_C(0xe6660000000000)},
                {0.1, 14, UINT64_C(0xe6666666666666)},
                {0.01, 4, UINT64_C(0xfd70a000000000)},
                {0.01, 1, UINT64_C(0xfd000000000000)},
                {1.0 / 3, 4, UINT64_C(0xaaab0000000000)},
                {2.0 / 3, 4, UINT64_C(0x55550000000000)},
                {0x1p-56, 1, UINT64_C(0xffffffffffffff)},
                {0x1p-56, 14, UINT64_C(0xffffffffffffff)},
                {0x1p-8, 4, UINT64_C(0xff000000000000)},
                {1 - 0x1p-12, 3, UINT64_C(0x00100000000000)}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_true(tm_tracestate_threshold(rows[i].share, rows[i].digits) == rows[i].threshold);
}

static void too_small_a_share_is_nothing(void **state)
{
    (void)state;
    assert_true(tm_tracestate_threshold(0x1p-57, 4) == UINT64_C(1) << 56);
    assert_true(tm_tracestate_threshold(0, 4) == UINT64_C(1) << 56);
    assert_true(tm_tracestate_threshold(NAN, 4) == UINT64_C(1) << 56);
    assert_true(tm_tracestate_threshold(2, 4) == 0);
}

/* --- hash_seed --- */

static void a_hash_below_the_threshold_keeps_the_span_and_leaves_its_mark(void **state)
{
    (void)state;
    JUDGED_SO(SET(.percentage = 100), {USUAL, "", HASHED "0", NULL},
              {USUAL, "a=b", HASHED "0,a=b", NULL});
    JUDGED_SO(SET(.percentage = 50), {USUAL, "ot=x:y", HASHED "8;x:y", NULL});
    /* 6693 buckets of 16384 are 40.85 %. */
    JUDGED_SO(SET(.percentage = 40.85), {USUAL, "", NULL, NULL});
    JUDGED_SO(SET(.percentage = 40.86), {USUAL, "", HASHED "9768", NULL});
}

static void the_seed_changes_the_hash(void **state)
{
    (void)state;
    JUDGED_SO(SET(.percentage = 50, .hash_seed = 22), {USUAL, "", NULL, NULL});
    JUDGED_SO(SET(.percentage = 82, .hash_seed = 22),
              {USUAL, "", "ot=rv:2ef03615863443;th:2e18", NULL});
    JUDGED_SO(SET(.percentage = 100, .hash_seed = 4294967295),
              {USUAL, "", "ot=rv:1978084511f9a1;th:0", NULL});
}

static void less_than_a_bucket_keeps_nothing(void **state)
{
    (void)state;
    JUDGED_SO(SET(.percentage = 0.006), {USUAL, "", NULL, NULL}, {NULL, "", NULL, NULL},
              {USUAL, "ot=th:0", NULL, NULL});
}

static void a_hash_does_not_touch_what_others_sampled(void **state)
{
    (void)state;
    static const char rv[] = "ot=rv:ffffffffffffff", th[] = "ot=th:8,a=b";
    JUDGED_SO(SET(.percentage = 100, .fail_closed = true), {USUAL, rv, NULL, NULL},
              {USUAL, th, NULL, NULL});
    JUDGED_SO(SET(.percentage = 0.01), {USUAL, rv, rv, NULL}, {USUAL, th, th, NULL});
}

/* --- equalizing, proportional --- */

static void equalizing_raises_thresholds_to_its_own(void **state)
{
    (void)state;
    JUDGED_SO(SET(.percentage = 50, .mode = TM_SAMPLE_EQUALIZING), {HIGH, "", "ot=th:8", NULL},
              {LOW, "", NULL, NULL}, {HIGH, "ot=th:4", "ot=th:8", NULL},
              {HIGH, "ot=th:c000", "ot=th:c", NULL},
              {LOW, "ot=rv:80000000000000,a=b", "ot=rv:80000000000000;th:8,a=b", NULL},
              {HIGH, "ot=rv:7fffffffffffff", NULL, NULL});
    JUDGED_SO(SET(.percentage = 400, .mode = TM_SAMPLE_EQUALIZING), {LOW, "", "ot=th:0", NULL});
}

static void proportional_multiplies_shares(void **state)
{
    (void)state;
    JUDGED_SO(SET(.percentage = 50, .mode = TM_SAMPLE_PROPORTIONAL), {HIGH, "", "ot=th:8", NULL},
              {LOW, "", NULL, NULL}, {HIGH, "ot=th:8", "ot=th:c", NULL},
              {HIGH, "ot=th:c", "ot=th:e", NULL}, {HIGH, "ot=th:f", NULL, NULL},
              {LOW, "ot=rv:ffffffffffffff;th:ffffffffffffff", NULL, NULL});
    JUDGED_SO(SET(.percentage = 10, .mode = TM_SAMPLE_PROPORTIONAL, .precision = 14),
              {HIGH, "", "ot=th:e6666666666666", NULL});
}

static void a_threshold_that_contradicts_the_randomness_is_an_error(void **state)
{
    (void)state;
    static const char lie[] = "ot=th:8;a:b";
    JUDGED_SO(SET(.percentage = 100, .mode = TM_SAMPLE_EQUALIZING, .fail_closed = true),
              {LOW, lie, NULL, NULL}, {LOW, "ot=rv:8;th:0", NULL, NULL}, {LOW, "?", NULL, NULL});
    JUDGED_SO(SET(.percentage = 1, .mode = TM_SAMPLE_EQUALIZING), {LOW, lie, "ot=th:0;a:b", NULL},
              {LOW, "ot=rv:8;th:0", "ot=rv:8;th:0", NULL}, {LOW, "?", "?", NULL});
}

/* --- without randomness, with priority --- */

static void a_span_without_trace_id_has_no_randomness(void **state)
{
    (void)state;
    static const char zeros[TRACE_ID + 1] = {0};
    JUDGED_SO(SET(.percentage = 100, .fail_closed = true), {NULL, "", NULL, NULL},
              {zeros, "", NULL, NULL});
    JUDGED_SO(SET(.percentage = 1), {NULL, "", "ot=rv:ffffffffffffff;th:0", NULL},
              {zeros, "a=b", "ot=rv:ffffffffffffff;th:0,a=b", NULL});
    JUDGED_SO(SET(.percentage = 1, .mode = TM_SAMPLE_PROPORTIONAL), {NULL, "", "ot=th:0", NULL},
              {zeros, "ot=rv:ffffffffffffff", "ot=rv:ffffffffffffff;th:fd70a", NULL});
}

static Otlp__AnyValue int_priority(int64_t number)
{
    Otlp__AnyValue v = OTLP__ANY_VALUE__INIT;
    v.value_case = OTLP__ANY_VALUE__VALUE_INT_VALUE;
    v.int_value = number;
    return v;
}

static Otlp__AnyValue double_priority(double number)
{
    Otlp__AnyValue v = OTLP__ANY_VALUE__INIT;
    v.value_case = OTLP__ANY_VALUE__VALUE_DOUBLE_VALUE;
    v.double_value = number;
    return v;
}

static Otlp__AnyValue text_priority(const char *text)
{
    Otlp__AnyValue v = OTLP__ANY_VALUE__INIT;
    v.value_case = OTLP__ANY_VALUE__VALUE_STRING_VALUE;
    v.string_value = (char *)(uintptr_t)text;
    return v;
}

static void a_priority_above_0_keeps_what_the_share_would_drop(void **state)
{
    (void)state;
    const Otlp__AnyValue one = int_priority(1), half = double_priority(0.5),
                         text = text_priority("1e3");
    JUDGED_SO(SET(.fail_closed = true), {USUAL, "", "ot=th:0", &one},
              {LOW, "ot=th:8", "ot=th:8", &half}, {NULL, "a=b", "ot=th:0,a=b", &text});
    JUDGED_SO(SET(.percentage = 1, .fail_closed = true), {USUAL, "", HASHED "0", &one},
              {USUAL, "?", "?", &text});
}

static void a_priority_of_0_drops_what_the_share_would_keep(void **state)
{
    (void)state;
    const Otlp__AnyValue zero = int_priority(0), minus = double_priority(-0.0),
                         text = text_priority("0.0");
    JUDGED_SO(SET(.percentage = 100), {USUAL, "", NULL, &zero}, {USUAL, "", NULL, &minus},
              {NULL, "?", NULL, &text});
}

static void another_priority_says_nothing(void **state)
{
    (void)state;
    const Otlp__AnyValue below = int_priority(-1), nan = double_priority(NAN),
                         word = text_priority("yes"), huge = text_priority("1e400"),
                         none = OTLP__ANY_VALUE__INIT;
    JUDGED_SO(SET(.percentage = 100), {USUAL, "", HASHED "0", &below},
              {USUAL, "", HASHED "0", &nan}, {USUAL, "", HASHED "0", &word},
              {USUAL, "", HASHED "0", &huge}, {USUAL, "", HASHED "0", &none});
    JUDGED_SO(SET(.percentage = 0), {USUAL, "", NULL, &below}, {USUAL, "", NULL, &nan},
              {USUAL, "", NULL, &word}, {USUAL, "", NULL, &huge}, {USUAL, "", NULL, &none});
}

static void nothing_kept_is_nothing_even_open_unless_the_state_is_broken(void **state)
{
    (void)state;
    JUDGED_SO(SET(.percentage = 0), {USUAL, "", NULL, NULL}, {NULL, "ot=th:0", NULL, NULL},
              {USUAL, "?", "ot=th:0", NULL}, {USUAL, "a=b,ot=th:x;c:d", "ot=th:0;c:d,a=b", NULL});
}

/* --- beside other processors --- */

static tm_rule_texts one_rule(tm_rule_text *room, const char *text)
{
    *room = (tm_rule_text){.source = {.text = tm_text_of(text)}, .name = TM_TEXT("rule")};
    return (tm_rule_texts){room, 1};
}

static void all_is_one_pass_and_each_processor_counts_its_own(void **state)
{
    (void)state;
    tm_rule_text noise, edit;
    tm_statement_group group = {
        .context = TM_IN_SPAN,
        .statements =
            one_rule(&edit, "set(trace_state, \"ot=th:c\") where trace_state == \"x=y\"")};
    const tm_processor_settings row[] = {
        {.type = TM_PROCESSOR_FILTER,
         .filter.traces.span = one_rule(&noise, "trace_state == \"noise=1\"")},
        {.type = TM_PROCESSOR_TRANSFORM, .transform.groups = {&group, 1}},
        {.type = TM_PROCESSOR_SAMPLER,
         .id = TM_TEXT("probabilistic_sampler"),
         .sampler = {.percentage = 50,
                     .mode = TM_SAMPLE_PROPORTIONAL,
                     .precision = 4,
                     .fail_closed = true}}};
    const sampled_span sampled_spans[] = {{HIGH, "noise=1", NULL, NULL},
                                          {HIGH, "x=y", "ot=th:e", NULL},
                                          {LOW, "x=y", NULL, NULL},
                                          {LOW, "", NULL, NULL},
                                          {HIGH, "", "ot=th:8", NULL}};
    char room[REQUEST_MOST];
    sampling c = {0};
    open_sampling(&c, NULL, row, 3);
    assert_int_equal(c.ruleset->passes, 1);
    judge(&c, encode(sampled_spans, 5, room));
    compare(sampled_spans, 5, &c.outcome);
    const tm_outcome *o = &c.outcome;
    const tm_rule_counts *counts = &o->rule[c.ruleset->rules - 1];
    assert_true(tm_text_is(c.ruleset->rule[c.ruleset->rules - 1]->name, "probabilistic_sampler"));
    assert_int_equal(o->filtered[0], 1);
    assert_int_equal(o->filtered[2], 2);
    assert_int_equal(counts->dropped_spans, 2);
    assert_int_equal(counts->matched, 2);
    assert_int_equal(counts->errors, 1);
    assert_int_equal(o->sampled[2].spans[TM_BY_TRACE_ID_W3C][0], 2);
    assert_int_equal(o->sampled[2].spans[TM_BY_TRACE_ID_W3C][1], 2);
    assert_int_equal(o->sampled[0].spans[TM_BY_TRACE_ID_W3C][0], 0);
    close_sampling(&c);
}

static void every_policy_is_counted(void **state)
{
    (void)state;
    const Otlp__AnyValue one = int_priority(1);
    const tm_processor_settings row = {
        .type = TM_PROCESSOR_SAMPLER,
        .sampler = {
            .percentage = 50, .mode = TM_SAMPLE_EQUALIZING, .precision = 4, .fail_closed = true}};
    const sampled_span sampled_spans[] = {
        {HIGH, "", "ot=th:8", NULL},
        {LOW, "", NULL, NULL},
        {LOW, "ot=rv:f0000000000000", "ot=rv:f0000000000000;th:8", NULL},
        {NULL, "", NULL, NULL},
        {LOW, "?", "?", &one}};
    char room[REQUEST_MOST];
    sampling c = {0};
    open_sampling(&c, NULL, &row, 1);
    judge(&c, encode(sampled_spans, 5, room));
    compare(sampled_spans, 5, &c.outcome);
    static const uint64_t want[TM_SAMPLING_POLICIES][2] = {[TM_BY_TRACE_ID_W3C] = {1, 1},
                                                           [TM_BY_SAMPLING_RANDOMNESS] = {0, 1},
                                                           [TM_BY_SAMPLING_PRIORITY] = {0, 1},
                                                           [TM_BY_MISSING_RANDOMNESS] = {1, 0}};
    assert_memory_equal(c.outcome.sampled[0].spans, want, sizeof want);
    close_sampling(&c);
}

static void no_span_takes_memory_from_the_heap(void **state)
{
    (void)state;
    const tm_processor_settings row = {.type = TM_PROCESSOR_SAMPLER,
                                       .sampler = {.percentage = 100, .precision = 4}};
    const sampled_span sampled_spans[] = {
        {USUAL, "", HASHED "0", NULL}, {HIGH, "a=b", NULL, NULL}, {NULL, "?", "?", NULL}};
    char room[REQUEST_MOST];
    sampling c = {0};
    const tm_heap heap = {take, grow, drop, &c};
    open_sampling(&c, &heap, &row, 1);
    tm_text bytes = encode(sampled_spans, 3, room);
    judge(&c, bytes);
    size_t before = c.taken;
    for (int i = 0; i < 100; i++)
        judge(&c, bytes);
    assert_int_equal(c.taken, before);
    close_sampling(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_threshold_has_so_many_digits_behind_the_leading_ones),
        cmocka_unit_test(too_small_a_share_is_nothing),
        cmocka_unit_test(a_hash_below_the_threshold_keeps_the_span_and_leaves_its_mark),
        cmocka_unit_test(the_seed_changes_the_hash),
        cmocka_unit_test(less_than_a_bucket_keeps_nothing),
        cmocka_unit_test(a_hash_does_not_touch_what_others_sampled),
        cmocka_unit_test(equalizing_raises_thresholds_to_its_own),
        cmocka_unit_test(proportional_multiplies_shares),
        cmocka_unit_test(a_threshold_that_contradicts_the_randomness_is_an_error),
        cmocka_unit_test(a_span_without_trace_id_has_no_randomness),
        cmocka_unit_test(a_priority_above_0_keeps_what_the_share_would_drop),
        cmocka_unit_test(a_priority_of_0_drops_what_the_share_would_keep),
        cmocka_unit_test(another_priority_says_nothing),
        cmocka_unit_test(nothing_kept_is_nothing_even_open_unless_the_state_is_broken),
        cmocka_unit_test(all_is_one_pass_and_each_processor_counts_its_own),
        cmocka_unit_test(every_policy_is_counted),
        cmocka_unit_test(no_span_takes_memory_from_the_heap)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
