/* Sampler: single spans of which it is known what becomes of them. Thousands at random stand beside
 * the Collector's in tests/peers/test_sampler.py. SPDX-License-Identifier: Apache-2.0 */
#include "engine/sampler.h"

#include "base/clock.h"
#include "engine/judge.h"
#include "otlp.pb-c.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MOST = 8, TRACE_ID = 16, REQUEST_MOST = 1 << 14 };

/* A span, and what becomes of it. */
typedef struct fate {
    const char *id;    /* 16 bytes; NULL: none */
    const char *state; /* before */
    const char *want;  /* after; NULL: it is dropped */
    const Otlp__AnyValue *priority;
} fate;

/* Its hash without a seed falls into bucket 6693 of 16384, its last 56 bits are in the lower part.
 */
#define USUAL "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10"
#define HIGH "\1\1\1\1\1\1\1\1\1\xf0\0\0\0\0\0\0"
#define LOW "\1\1\1\1\1\1\1\1\1\x10\0\0\0\0\0\0"
#define USUAL_RV "976837c4f25a25"
#define HASHED "ot=rv:" USUAL_RV ";th:"

/* --- judging --- */

typedef struct court {
    tm_ruleset *ruleset;
    tm_judge *judge;
    tm_outcome outcome;
    size_t taken; /* blocks from the heap */
} court;

static void *take(void *owner, size_t size)
{
    ((court *)owner)->taken++;
    return malloc(size);
}

static void *grow(void *owner, void *block, size_t size)
{
    ((court *)owner)->taken++;
    return realloc(block, size);
}

static void drop(void *owner, void *block)
{
    (void)owner;
    free(block);
}

static void open_court(court *c, const tm_heap *heap, const tm_processor_settings *processor,
                       uint32_t n)
{
    const tm_processor_settings *processors[MOST];
    tm_arena *arena = tm_arena_new(NULL);
    tm_diags diags = {.arena = arena};
    for (uint32_t i = 0; i < n; i++)
        processors[i] = &processor[i];
    c->ruleset = tm_ruleset_new(NULL, processors, n, &diags);
    c->judge = tm_judge_new(heap, tm_clock_real(), NULL, NULL);
    tm_arena_free(arena);
    assert_true(c->ruleset && c->judge);
}

static void close_court(court *c)
{
    tm_judge_free(c->judge);
    tm_ruleset_unref(c->ruleset);
}

static void judge(court *c, tm_text bytes)
{
    assert_true(tm_judge_request(c->judge, c->ruleset, bytes, NULL, TM_UTF8_MEND, &c->outcome));
    assert_int_equal(c->outcome.status, TM_JUDGED);
}

/* --- requests --- */

/* One span an entry of `f`, each in a scope of its own, all of them in one resource. */
static tm_text encode(const fate *f, size_t n, char *room)
{
    static char key[] = "sampling.priority";
    Otlp__ExportTraceServiceRequest request = OTLP__EXPORT_TRACE_SERVICE_REQUEST__INIT;
    Otlp__ResourceSpans resource = OTLP__RESOURCE_SPANS__INIT, *resources[] = {&resource};
    Otlp__ScopeSpans scope[MOST], *scopes[MOST];
    Otlp__Span span[MOST], *spans[MOST];
    Otlp__KeyValue attribute[MOST], *attributes[MOST];
    for (size_t i = 0; i < n; i++) {
        otlp__scope_spans__init(scopes[i] = &scope[i]);
        otlp__span__init(spans[i] = &span[i]);
        otlp__key_value__init(attributes[i] = &attribute[i]);
        span[i].trace_id =
            (ProtobufCBinaryData){f[i].id ? TRACE_ID : 0, (uint8_t *)(uintptr_t)f[i].id};
        span[i].trace_state = (char *)(uintptr_t)f[i].state;
        attribute[i].key = key;
        attribute[i].value = (Otlp__AnyValue *)(uintptr_t)f[i].priority;
        span[i].attributes = &attributes[i];
        span[i].n_attributes = f[i].priority != NULL;
        scope[i].spans = &spans[i];
        scope[i].n_spans = 1;
    }
    resource.scope_spans = scopes;
    resource.n_scope_spans = n;
    request.resource_spans = resources;
    request.n_resource_spans = 1;
    assert_true(otlp__export_trace_service_request__get_packed_size(&request) <= REQUEST_MOST);
    return tm_text_slice(room, otlp__export_trace_service_request__pack(&request, (uint8_t *)room));
}

static Otlp__ExportTraceServiceRequest *decode(const tm_outcome *o)
{
    char room[REQUEST_MOST];
    assert_true(o->out->bytes <= sizeof room);
    tm_pieces_copy(o->out, room);
    Otlp__ExportTraceServiceRequest *request =
        otlp__export_trace_service_request__unpack(NULL, o->out->bytes, (uint8_t *)room);
    assert_non_null(request);
    return request;
}

/* Asserts that what left are the spans of `f` that are wanted, and nothing that is empty. */
static void compare(const fate *f, size_t n, const tm_outcome *o)
{
    Otlp__ExportTraceServiceRequest *request = decode(o);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (!f[i].want)
            continue;
        assert_int_equal(request->n_resource_spans, 1);
        assert_true(kept < request->resource_spans[0]->n_scope_spans);
        const Otlp__ScopeSpans *scope = request->resource_spans[0]->scope_spans[kept++];
        assert_int_equal(scope->n_spans, 1);
        assert_string_equal(scope->spans[0]->trace_state, f[i].want);
        assert_int_equal(scope->spans[0]->trace_id.len, f[i].id ? TRACE_ID : 0);
    }
    assert_int_equal(o->spans_in, n);
    assert_int_equal(o->spans_out, kept);
    if (kept)
        assert_int_equal(request->resource_spans[0]->n_scope_spans, kept);
    else
        assert_int_equal(o->out->bytes, 0);
    otlp__export_trace_service_request__free_unpacked(request, NULL);
}

static void judged_so(const tm_sampler_settings *settings, const fate *f, size_t n)
{
    char room[REQUEST_MOST];
    court c = {0};
    tm_processor_settings processor = {.type = TM_PROCESSOR_SAMPLER,
                                       .id = TM_TEXT("probabilistic_sampler/x"),
                                       .sampler = *settings};
    if (!processor.sampler.precision)
        processor.sampler.precision = 4;
    open_court(&c, NULL, &processor, 1);
    judge(&c, encode(f, n, room));
    compare(f, n, &c.outcome);
    close_court(&c);
}

#define JUDGED_SO(SETTINGS, ...)                                                                   \
    do {                                                                                           \
        const fate fates[] = {__VA_ARGS__};                                                        \
        judged_so(&(tm_sampler_settings)SETTINGS, fates, sizeof fates / sizeof *fates);            \
    } while (0)
#define SET(...)                                                                                   \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

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
        assert_true(tm_sampler_threshold(rows[i].share, rows[i].digits) == rows[i].threshold);
}

static void too_small_a_share_is_nothing(void **state)
{
    (void)state;
    assert_true(tm_sampler_threshold(0x1p-57, 4) == UINT64_C(1) << 56);
    assert_true(tm_sampler_threshold(0, 4) == UINT64_C(1) << 56);
    assert_true(tm_sampler_threshold(NAN, 4) == UINT64_C(1) << 56);
    assert_true(tm_sampler_threshold(2, 4) == 0);
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
    const fate fates[] = {{HIGH, "noise=1", NULL, NULL},
                          {HIGH, "x=y", "ot=th:e", NULL},
                          {LOW, "x=y", NULL, NULL},
                          {LOW, "", NULL, NULL},
                          {HIGH, "", "ot=th:8", NULL}};
    char room[REQUEST_MOST];
    court c = {0};
    open_court(&c, NULL, row, 3);
    assert_int_equal(c.ruleset->passes, 1);
    judge(&c, encode(fates, 5, room));
    compare(fates, 5, &c.outcome);
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
    close_court(&c);
}

static void every_policy_is_counted(void **state)
{
    (void)state;
    const Otlp__AnyValue one = int_priority(1);
    const tm_processor_settings row = {
        .type = TM_PROCESSOR_SAMPLER,
        .sampler = {
            .percentage = 50, .mode = TM_SAMPLE_EQUALIZING, .precision = 4, .fail_closed = true}};
    const fate fates[] = {{HIGH, "", "ot=th:8", NULL},
                          {LOW, "", NULL, NULL},
                          {LOW, "ot=rv:f0000000000000", "ot=rv:f0000000000000;th:8", NULL},
                          {NULL, "", NULL, NULL},
                          {LOW, "?", "?", &one}};
    char room[REQUEST_MOST];
    court c = {0};
    open_court(&c, NULL, &row, 1);
    judge(&c, encode(fates, 5, room));
    compare(fates, 5, &c.outcome);
    static const uint64_t want[TM_SAMPLING_POLICIES][2] = {[TM_BY_TRACE_ID_W3C] = {1, 1},
                                                           [TM_BY_SAMPLING_RANDOMNESS] = {0, 1},
                                                           [TM_BY_SAMPLING_PRIORITY] = {0, 1},
                                                           [TM_BY_MISSING_RANDOMNESS] = {1, 0}};
    assert_memory_equal(c.outcome.sampled[0].spans, want, sizeof want);
    close_court(&c);
}

static void no_span_takes_memory_from_the_heap(void **state)
{
    (void)state;
    const tm_processor_settings row = {.type = TM_PROCESSOR_SAMPLER,
                                       .sampler = {.percentage = 100, .precision = 4}};
    const fate fates[] = {
        {USUAL, "", HASHED "0", NULL}, {HIGH, "a=b", NULL, NULL}, {NULL, "?", "?", NULL}};
    char room[REQUEST_MOST];
    court c = {0};
    const tm_heap heap = {take, grow, drop, &c};
    open_court(&c, &heap, &row, 1);
    tm_text bytes = encode(fates, 3, room);
    judge(&c, bytes);
    size_t before = c.taken;
    for (int i = 0; i < 100; i++)
        judge(&c, bytes);
    assert_int_equal(c.taken, before);
    close_court(&c);
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
