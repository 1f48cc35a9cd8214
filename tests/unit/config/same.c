/* Same: settings that mean the same are the same, however they are written.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/same.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static tm_settings read_yaml(tm_arena *arena, const char *yaml)
{
    tm_text *config = TM_NEW(arena, tm_text);
    *config = tm_arena_print(arena, "yaml:%s", yaml);
    tm_config_sources sources = {.configs = {config, 1}, .world = tm_config_os()};
    tm_diags diags = {.arena = arena};
    tm_settings out;
    if (!tm_settings_read(arena, &diags, &sources, &out))
        fail_msg("%.*s", TM_PRI(diags.first->message));
    return out;
}

#define CONFIG(RECEIVER, EXPORTER, EXTENSION)                                                      \
    "receivers: {otlp: {protocols: {http: {" RECEIVER "}}}}\n"                                     \
    "exporters: {otlp: {endpoint: 'localhost:1', tls: {insecure: true}" EXPORTER "}}\n"            \
    "extensions: {bearertokenauth: {token: " EXTENSION "}}\n"                                      \
    "service: {extensions: [bearertokenauth], pipelines: {traces: {receivers: [otlp], "            \
    "exporters: [otlp]}}}\n"
#define AUTH "auth: {authenticator: bearertokenauth}"

typedef struct pair {
    const char *a, *b;
    bool receiver, exporter;
} pair;

static const pair PAIRS[] = {
    {CONFIG("", "", "x"), CONFIG("endpoint: 'localhost:4318'", ", timeout: 5s", "y"), true, true},
    {CONFIG("", "", "x"), CONFIG("endpoint: 'localhost:4319'", "", "x"), false, true},
    {CONFIG("", "", "x"), CONFIG("", ", timeout: 6s", "x"), true, false},
    {CONFIG("", ", headers: {a: b}", "x"), CONFIG("", ", headers: {a: c}", "x"), true, false},
    {CONFIG(AUTH, ", " AUTH, "x"), CONFIG(AUTH, ", " AUTH, "x"), true, true},
    {CONFIG(AUTH, ", " AUTH, "x"), CONFIG(AUTH, ", " AUTH, "y"), false, false},
    {CONFIG(AUTH, "", "x"), CONFIG("", ", " AUTH, "x"), false, false},
};

static void what_means_the_same_is_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof PAIRS / sizeof *PAIRS; i++) {
        tm_arena *arena = tm_arena_new(NULL);
        tm_settings a = read_yaml(arena, PAIRS[i].a), b = read_yaml(arena, PAIRS[i].b);
        assert_int_equal(tm_same_receiver(arena, a.receivers, b.receivers), PAIRS[i].receiver);
        assert_int_equal(tm_same_exporter(arena, a.exporters, b.exporters), PAIRS[i].exporter);
        tm_arena_free(arena);
    }
}

/* An exporter whose credentials go with others, and a page. */
static tm_settings with_token(tm_arena *arena, const char *token)
{
    tm_text yaml =
        tm_arena_print(arena,
                       "receivers: {otlp: {protocols: {grpc: }}}\n"
                       "exporters: {otlp: {endpoint: 'http://t:1', tls: {insecure: true}, "
                       "auth: {authenticator: headers_setter}}}\n"
                       "extensions: {headers_setter: {additional_auth: bearertokenauth, "
                       "headers: [{key: a, value: b}]}, bearertokenauth: {token: %s}, "
                       "zpages: {auth: {authenticator: bearertokenauth}}}\n"
                       "service: {extensions: [headers_setter, bearertokenauth, zpages], "
                       "pipelines: {traces: {receivers: [otlp], exporters: [otlp]}}}\n",
                       token);
    return read_yaml(arena, yaml.p);
}

static void what_extensions_name_counts(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_settings a = with_token(arena, "x"), b = with_token(arena, "x"), c = with_token(arena, "y");
    assert_true(tm_same_exporter(arena, a.exporters, b.exporters));
    assert_false(tm_same_exporter(arena, a.exporters, c.exporters));
    assert_true(tm_same_extension(arena, a.active[2], b.active[2]));
    assert_false(tm_same_extension(arena, a.active[2], c.active[2]));
    tm_arena_free(arena);
}

static tm_settings with_service(tm_arena *arena, const char *telemetry, const char *batch)
{
    tm_text yaml = tm_arena_print(
        arena,
        "receivers: {otlp: {protocols: {grpc: }}}\nexporters: {nop: }\nprocessors: {batch: {%s}}\n"
        "service: {telemetry: {%s}, pipelines: {traces: {receivers: [otlp], processors: [batch], "
        "exporters: [nop]}}}\n",
        batch, telemetry);
    return read_yaml(arena, yaml.p);
}

static void the_level_of_logs_is_nothing_else(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_settings plain = with_service(arena, "", "");
    tm_settings level = with_service(arena, "logs: {level: debug}", "timeout: 200ms");
    tm_settings other =
        with_service(arena, "logs: {encoding: json}, metrics: {level: basic}", "timeout: 100ms");
    const tm_telemetry_settings *p = &plain.service.telemetry, *l = &level.service.telemetry;
    const tm_telemetry_settings *o = &other.service.telemetry;
    assert_true(tm_same_logs(arena, &p->logs, &l->logs));
    assert_false(tm_same_logs(arena, &p->logs, &o->logs));
    assert_true(tm_same_metrics(arena, &p->metrics, &l->metrics));
    assert_false(tm_same_metrics(arena, &p->metrics, &o->metrics));
    assert_true(tm_same_batch(arena, &plain.processors->batch, &level.processors->batch));
    assert_false(tm_same_batch(arena, &plain.processors->batch, &other.processors->batch));
    tm_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_means_the_same_is_the_same),
        cmocka_unit_test(what_extensions_name_counts),
        cmocka_unit_test(the_level_of_logs_is_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
