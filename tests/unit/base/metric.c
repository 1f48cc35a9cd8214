/* Metrics as Prometheus reads them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/metric.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define METRIC(id, ...) static const tm_metric_row id = TM_METRIC_ROW(__VA_ARGS__);
METRIC(ACCEPTED, "otelcol_receiver_accepted_spans", COUNTER, "{spans}", "Spans taken.",
       "receiver,transport")
METRIC(QUEUE, "otelcol_exporter_queue_size", GAUGE, "{batches}", "Line one\nline \\ two", "")
METRIC(SIZES, "batch_size", HISTOGRAM, "{units}", "Sizes", "processor")
#undef METRIC

static void expect(tm_registry *registry, bool suffixes, const char *expected)
{
    tm_arena *arena = tm_arena_new(NULL);
    tm_buf out = {.arena = arena};
    tm_registry_print(registry, suffixes, &out);
    tm_buf_add_char(&out, 0);
    assert_string_equal(out.p, expected);
    tm_arena_free(arena);
}

static tm_series *accepted(tm_registry *registry, const char *receiver, const char *transport)
{
    const tm_text label[] = {tm_text_of(receiver), tm_text_of(transport)};
    return tm_metric_series(tm_metric_register(registry, &ACCEPTED), label);
}

static void counters_and_gauges_are_printed_sorted(void **state)
{
    (void)state;
    tm_registry *registry = tm_registry_new(NULL);
    tm_series_add(accepted(registry, "zipkin", "http"), 3);
    tm_series_add(accepted(registry, "otlp", "http"), UINT64_MAX);
    tm_series_add(accepted(registry, "otlp", "grpc"), 1);
    tm_series_add(accepted(registry, "otlp", "grpc"), 1);
    tm_series *queue = tm_metric_series(tm_metric_register(registry, &QUEUE), NULL);
    tm_series_set(queue, -2);
    expect(registry, false,
           "# HELP otelcol_exporter_queue_size Line one\\nline \\\\ two\n"
           "# TYPE otelcol_exporter_queue_size gauge\n"
           "otelcol_exporter_queue_size -2\n"
           "# HELP otelcol_receiver_accepted_spans Spans taken.\n"
           "# TYPE otelcol_receiver_accepted_spans counter\n"
           "otelcol_receiver_accepted_spans{receiver=\"otlp\",transport=\"grpc\"} 2\n"
           "otelcol_receiver_accepted_spans{receiver=\"otlp\",transport=\"http\"} "
           "18446744073709551615\n"
           "otelcol_receiver_accepted_spans{receiver=\"zipkin\",transport=\"http\"} 3\n");
    tm_registry_free(registry);
}

static void counters_may_end_in_total(void **state)
{
    (void)state;
    tm_registry *registry = tm_registry_new(NULL);
    tm_series_add(accepted(registry, "a\\\"\n\xff", ""), 3);
    expect(registry, true,
           "# HELP otelcol_receiver_accepted_spans_total Spans taken.\n"
           "# TYPE otelcol_receiver_accepted_spans_total counter\n"
           "otelcol_receiver_accepted_spans_total{receiver=\"a\\\\\\\"\\n\ufffd\"} 3\n");
    tm_registry_free(registry);
}

static void histograms_count_what_is_at_most_a_bound(void **state)
{
    (void)state;
    static const double BOUNDS[] = {0.5, 10};
    const tm_text label = TM_TEXT("batch");
    tm_registry *registry = tm_registry_new(NULL);
    tm_metric *metric = tm_metric_register(registry, &SIZES);
    tm_metric_set_bounds(metric, BOUNDS, 2);
    tm_series *s = tm_metric_series(metric, &label);
    tm_series_observe(s, 0.5);
    tm_series_observe(s, 10);
    tm_series_observe(s, 10.25);
    expect(registry, true,
           "# HELP batch_size Sizes\n"
           "# TYPE batch_size histogram\n"
           "batch_size_bucket{processor=\"batch\",le=\"0.5\"} 1\n"
           "batch_size_bucket{processor=\"batch\",le=\"10\"} 2\n"
           "batch_size_bucket{processor=\"batch\",le=\"+Inf\"} 3\n"
           "batch_size_sum{processor=\"batch\"} 20.75\n"
           "batch_size_count{processor=\"batch\"} 3\n");
    tm_registry_free(registry);
}

static double read_half(void *owner)
{
    return *(int *)owner / 2.0;
}

static void a_bound_series_is_asked_when_somebody_looks(void **state)
{
    (void)state;
    int value = 3;
    tm_registry *registry = tm_registry_new(NULL);
    tm_series *queue = tm_metric_series(tm_metric_register(registry, &QUEUE), NULL);
    tm_series_bind(queue, read_half, &value);
    expect(registry, false,
           "# HELP otelcol_exporter_queue_size Line one\\nline \\\\ two\n"
           "# TYPE otelcol_exporter_queue_size gauge\n"
           "otelcol_exporter_queue_size 1.5\n");
    tm_series_bind(queue, NULL, NULL);
    expect(registry, false, "");
    tm_registry_free(registry);
}

static void labels_beyond_the_cap_share_one_series(void **state)
{
    (void)state;
    tm_registry *registry = tm_registry_new(NULL);
    tm_series *overflow = NULL;
    for (int i = 0; i < TM_METRIC_MOST_SERIES + 5; i++) {
        char name[16];
        snprintf(name, sizeof name, "r%d", i);
        tm_series *s = accepted(registry, name, "grpc");
        tm_series_add(s, 1);
        if (i >= TM_METRIC_MOST_SERIES) {
            assert_true(!overflow || overflow == s);
            overflow = s;
        }
    }
    assert_int_equal(tm_series_value(overflow), 5);
    tm_arena *arena = tm_arena_new(NULL);
    tm_buf out = {.arena = arena};
    tm_registry_print(registry, false, &out);
    assert_true(tm_text_ends(tm_buf_text(&out),
                             TM_TEXT("_accepted_spans{otel_metric_overflow=\"true\"} 5\n")));
    tm_arena_free(arena);
    tm_registry_free(registry);
}

/* A heap that has `left` blocks to give. */
static void *give(void *owner, size_t size_bytes)
{
    int *left = owner;
    return (*left)-- > 0 ? tm_heap_alloc(NULL, size_bytes) : NULL;
}

static void *grow(void *owner, void *block, size_t size_bytes)
{
    (void)owner;
    return tm_heap_grow(NULL, block, size_bytes);
}

static void drop(void *owner, void *block)
{
    (void)owner;
    tm_heap_free(NULL, block);
}

static void out_of_memory_ends_in_the_overflow_series(void **state)
{
    (void)state;
    for (int blocks = 0; blocks < 4; blocks++) {
        int left = blocks;
        tm_heap heap = {give, grow, drop, &left};
        tm_registry *registry = tm_registry_new(&heap);
        assert_true((registry != NULL) == (blocks > 0));
        tm_metric *metric = registry ? tm_metric_register(registry, &QUEUE) : NULL;
        assert_true((metric != NULL) == (blocks > 2));
        if (metric)
            tm_series_set(tm_metric_series(metric, NULL), 1);
        if (metric)
            expect(registry, false,
                   "# HELP otelcol_exporter_queue_size Line one\\nline \\\\ two\n"
                   "# TYPE otelcol_exporter_queue_size gauge\n"
                   "otelcol_exporter_queue_size{otel_metric_overflow=\"true\"} 1\n");
        tm_registry_free(registry);
    }
}

static void *observe_often(void *s)
{
    for (int i = 0; i < 20000; i++)
        tm_series_observe(s, 1);
    return NULL;
}

static void threads_lose_no_observation(void **state)
{
    (void)state;
    const tm_text label = TM_TEXT("");
    tm_registry *registry = tm_registry_new(NULL);
    tm_series *s = tm_metric_series(tm_metric_register(registry, &SIZES), &label);
    pthread_t thread[3];
    for (int i = 0; i < 3; i++)
        pthread_create(&thread[i], NULL, observe_often, s);
    for (int i = 0; i < 3; i++)
        pthread_join(thread[i], NULL);
    uint64_t bits = s->sum;
    double sum;
    memcpy(&sum, &bits, sizeof sum);
    assert_true(sum == 60000);
    assert_int_equal(tm_series_value(s), 60000);
    tm_registry_free(registry);
}

static tm_series *owned(tm_series_owner *owner, const char *receiver)
{
    const tm_text label[] = {tm_text_of(receiver), TM_TEXT("grpc")};
    return tm_metric_owned_series(owner, tm_metric_register(owner->registry, &ACCEPTED), label);
}

#define ACCEPTED_HEAD                                                                              \
    "# HELP otelcol_receiver_accepted_spans Spans taken.\n"                                        \
    "# TYPE otelcol_receiver_accepted_spans counter\n"

static void a_series_vanishes_with_its_last_owner(void **state)
{
    (void)state;
    tm_registry *registry = tm_registry_new(NULL);
    tm_series_owner old = {.registry = registry}, next = {.registry = registry};
    tm_series_add(owned(&old, "kept"), 3);
    tm_series_add(owned(&old, "gone"), 1);
    assert_ptr_equal(owned(&old, "kept"), owned(&next, "kept"));
    assert_ptr_equal(owned(&old, "kept"),
                     owned(&next, "kept")); /* who asks twice holds it no longer */
    tm_series_add(owned(&next, "new"), 2);
    tm_series_owner_drop(&old);
    expect(registry, false,
           ACCEPTED_HEAD
           "otelcol_receiver_accepted_spans{receiver=\"kept\",transport=\"grpc\"} 3\n"
           "otelcol_receiver_accepted_spans{receiver=\"new\",transport=\"grpc\"} 2\n");
    tm_series_add(owned(&next, "kept"), 4);
    assert_int_equal(tm_series_value(owned(&next, "kept")), 7);
    tm_series_owner_drop(&next);
    expect(registry, false, "");
    assert_int_equal(tm_series_value(owned(&next, "kept")), 0);
    tm_series_owner_drop(&next);
    tm_registry_free(registry);
}

static void what_was_asked_for_without_an_owner_stays(void **state)
{
    (void)state;
    tm_registry *registry = tm_registry_new(NULL);
    tm_series_owner owner = {.registry = registry};
    tm_series_add(owned(&owner, "otlp"), 3);
    tm_series_add(accepted(registry, "otlp", "grpc"), 1);
    tm_series_owner_drop(&owner);
    expect(registry, false,
           ACCEPTED_HEAD
           "otelcol_receiver_accepted_spans{receiver=\"otlp\",transport=\"grpc\"} 4\n");
    tm_registry_free(registry);
}

/* Series that went make room for others. */
static void the_cap_counts_what_is_there(void **state)
{
    (void)state;
    tm_registry *registry = tm_registry_new(NULL);
    for (int round = 0; round < 3; round++) {
        tm_series_owner owner = {.registry = registry};
        tm_series *first = owned(&owner, "r"), *s = NULL;
        for (int i = 1; i < TM_METRIC_MOST_SERIES; i++) {
            char name[32];
            snprintf(name, sizeof name, "r%d.%d", round, i);
            s = owned(&owner, name);
            assert_ptr_not_equal(s, first);
        }
        assert_ptr_equal(owned(&owner, "beyond"), owned(&owner, "further"));
        tm_series_owner_drop(&owner);
    }
    tm_registry_free(registry);
}

#define METRIC(id, ...) static const tm_metric_row id = TM_METRIC_ROW(__VA_ARGS__);
METRIC(CPU, "cpu_seconds", COUNTER, "s", "Time \"used\"", "")
METRIC(RSS, "memory_rss", GAUGE, "By", "Memory", "")
METRIC(UPTIME, "uptime", COUNTER, "s", "Time", "")
METRIC(TARGET, "target_info", GAUGE, "", "Who", "service_name")
#undef METRIC

static void openmetrics_names_families_units_and_its_end(void **state)
{
    (void)state;
    static const double bounds[] = {0.5, 5};
    tm_registry *registry = tm_registry_new(NULL);
    tm_metric *sizes = tm_metric_register(registry, &SIZES);
    const tm_text label = TM_TEXT("batch"), name = TM_TEXT("tamis");
    tm_metric_set_bounds(sizes, bounds, 2);
    tm_series_observe(tm_metric_series(sizes, &label), 3);
    tm_series_add(tm_metric_series(tm_metric_register(registry, &CPU), NULL), 7);
    tm_series_set(tm_metric_series(tm_metric_register(registry, &RSS), NULL), 9);
    tm_series_set(tm_metric_series(tm_metric_register(registry, &TARGET), &name), 1);
    tm_arena *arena = tm_arena_new(NULL);
    tm_buf out = {.arena = arena};
    tm_registry_print_open(registry, &out);
    tm_buf_add_char(&out, 0);
    assert_string_equal(out.p, "# TYPE batch_size histogram\n"
                               "# HELP batch_size Sizes\n"
                               "batch_size_bucket{processor=\"batch\",le=\"0.5\"} 0\n"
                               "batch_size_bucket{processor=\"batch\",le=\"5.0\"} 1\n"
                               "batch_size_bucket{processor=\"batch\",le=\"+Inf\"} 1\n"
                               "batch_size_sum{processor=\"batch\"} 3\n"
                               "batch_size_count{processor=\"batch\"} 1\n"
                               "# TYPE cpu_seconds counter\n"
                               "# UNIT cpu_seconds seconds\n"
                               "# HELP cpu_seconds Time \\\"used\\\"\n"
                               "cpu_seconds_total 7\n"
                               "# TYPE memory_rss_bytes gauge\n"
                               "# UNIT memory_rss_bytes bytes\n"
                               "# HELP memory_rss_bytes Memory\n"
                               "memory_rss_bytes 9\n"
                               "# TYPE target info\n"
                               "# HELP target Who\n"
                               "target_info{service_name=\"tamis\"} 1\n"
                               "# EOF\n");
    tm_arena_free(arena);
    tm_registry_free(registry);
}

static void names_may_have_units(void **state)
{
    (void)state;
    tm_registry *registry = tm_registry_new(NULL);
    tm_series_add(tm_metric_series(tm_metric_register(registry, &CPU), NULL), 7);
    tm_series_add(tm_metric_series(tm_metric_register(registry, &UPTIME), NULL), 8);
    tm_series_set(tm_metric_series(tm_metric_register(registry, &RSS), NULL), 9);
    expect(registry, true,
           "# HELP cpu_seconds_total Time \"used\"\n"
           "# TYPE cpu_seconds_total counter\n"
           "cpu_seconds_total 7\n"
           "# HELP memory_rss_bytes Memory\n"
           "# TYPE memory_rss_bytes gauge\n"
           "memory_rss_bytes 9\n"
           "# HELP uptime_seconds_total Time\n"
           "# TYPE uptime_seconds_total counter\n"
           "uptime_seconds_total 8\n");
    tm_registry_free(registry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counters_and_gauges_are_printed_sorted),
        cmocka_unit_test(counters_may_end_in_total),
        cmocka_unit_test(names_may_have_units),
        cmocka_unit_test(openmetrics_names_families_units_and_its_end),
        cmocka_unit_test(histograms_count_what_is_at_most_a_bound),
        cmocka_unit_test(a_bound_series_is_asked_when_somebody_looks),
        cmocka_unit_test(labels_beyond_the_cap_share_one_series),
        cmocka_unit_test(out_of_memory_ends_in_the_overflow_series),
        cmocka_unit_test(threads_lose_no_observation),
        cmocka_unit_test(a_series_vanishes_with_its_last_owner),
        cmocka_unit_test(what_was_asked_for_without_an_owner_stays),
        cmocka_unit_test(the_cap_counts_what_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
