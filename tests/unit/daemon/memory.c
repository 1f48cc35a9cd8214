/* Memory: which limit counts.
 * SPDX-License-Identifier: Apache-2.0 */
#include "daemon/memory.h"

#include "daemon/generation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const uint64_t MIB = 1 << 20, MACHINE = 1000ULL << 20;

/* The limits of a pipeline with these processors. */
static tm_memory_limits limits_of(const char *processors, const char *names, uint64_t machine)
{
    char config[1024];
    snprintf(
        config, sizeof config,
        "yaml:\nreceivers: {otlp: {protocols: {grpc: }}}\nprocessors: {%s}\nexporters: {nop: }\n"
        "service: {pipelines: {traces: {receivers: [otlp], processors: [%s], exporters: "
        "[nop]}}}\n",
        processors, names);
    tm_text configs[] = {tm_text_of(config)};
    const tm_config_sources sources = {.configs = {configs, 1}, .world = tm_config_os()};
    tm_generation *g = tm_generation_new(NULL, &sources);
    assert_true(g->fine);
    const tm_memory_limits limits = tm_memory_limits_of(&g->compiled.settings, machine);
    tm_generation_unref(g);
    return limits;
}

static void expect(tm_memory_limits limits, uint64_t limit, uint64_t spike, uint64_t interval_ms)
{
    assert_int_equal(limits.limit, limit);
    assert_int_equal(limits.spike, spike);
    assert_int_equal(limits.interval_ms, interval_ms);
}

#define LIMITER(KEYS)                                                                              \
    limits_of("memory_limiter: {check_interval: 2s, " KEYS "}", "memory_limiter", MACHINE)

static void a_memory_limiter_says_how_much(void **state)
{
    (void)state;
    expect(LIMITER("limit_mib: 100"), 100 * MIB, 20 * MIB, 2000);
    expect(LIMITER("limit_mib: 100, spike_limit_mib: 30"), 100 * MIB, 30 * MIB, 2000);
    expect(LIMITER("limit_percentage: 50"), MACHINE / 2, MACHINE / 10, 2000);
    expect(LIMITER("limit_percentage: 50, spike_limit_percentage: 20"), MACHINE / 2, MACHINE / 5,
           2000);
    expect(LIMITER("limit_mib: 100, limit_percentage: 50, spike_limit_percentage: 20"), 100 * MIB,
           20 * MIB, 2000);
    assert_true(LIMITER("limit_mib: 1").configured);
}

static void the_strictest_that_a_pipeline_names_counts(void **state)
{
    (void)state;
    const char *two = "memory_limiter/a: {check_interval: 2s, limit_mib: 100}, "
                      "memory_limiter/b: {check_interval: 3s, limit_mib: 90}";
    expect(limits_of(two, "memory_limiter/a, memory_limiter/b", MACHINE), 90 * MIB, 18 * MIB, 3000);
    expect(limits_of(two, "memory_limiter/a", MACHINE), 100 * MIB, 20 * MIB, 2000);
}

static void without_one_go_or_the_machine_says_it(void **state)
{
    (void)state;
    unsetenv("GOMEMLIMIT");
    expect(limits_of("", "", MACHINE), MACHINE / 5 * 4, MACHINE / 25 * 4, 1000);
    expect(limits_of("", "", 0), 0, 0, 1000);
    assert_false(limits_of("", "", MACHINE).configured);
    static const struct {
        const char *text;
        uint64_t bytes; /* 0: the machine's */
    } sizes[] = {{"300MiB", 300ULL << 20},
                 {"2GiB", 2ULL << 30},
                 {"104857600", 100ULL << 20},
                 {"1000000B", 1000000},
                 {"off", 0},
                 {"1.5GiB", 0},
                 {"99999999TiB", 0},
                 {"-1", 0},
                 {"", 0}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        setenv("GOMEMLIMIT", sizes[i].text, 1);
        const uint64_t limit = sizes[i].bytes ? sizes[i].bytes : MACHINE / 5 * 4;
        expect(limits_of("", "", MACHINE), limit, limit / 5, 1000);
    }
    expect(LIMITER("limit_mib: 100"), 100 * MIB, 20 * MIB, 2000);
    unsetenv("GOMEMLIMIT");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_memory_limiter_says_how_much),
        cmocka_unit_test(the_strictest_that_a_pipeline_names_counts),
        cmocka_unit_test(without_one_go_or_the_machine_says_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
