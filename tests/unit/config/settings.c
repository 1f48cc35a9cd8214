/* Checked settings.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/settings.h"

#include "config/reader.h"
#include "tests/unit/config/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const char ENDS[] =
    "receivers: {otlp: {protocols: {grpc: }}}\n"
    "exporters: {debug: , nop: }\n"
    "service: {pipelines: {traces: {receivers: [otlp], exporters: [debug]}}}\n";

static const tm_pretended THINGS[] = {{"/ends.yaml", ENDS}, {"TOKEN", "12345"}, {NULL, NULL}};

typedef struct fixture {
    tm_arena *arena;
    tm_diags diags;
    tm_settings settings;
} fixture;

static int open_fixture(void **state)
{
    fixture *f = test_calloc(1, sizeof *f);
    f->arena = tm_arena_new(NULL);
    *state = f;
    return 0;
}

static int close_fixture(void **state)
{
    fixture *f = *state;
    tm_arena_free(f->arena);
    test_free(f);
    return 0;
}

/* Settings of `text` over a configuration with ends and a pipeline. */
static bool read(fixture *f, const char *text)
{
    tm_text configs[] = {TM_TEXT("/ends.yaml"), tm_arena_print(f->arena, "yaml:%s", text)};
    tm_config_sources sources = {.configs = {configs, 2}, .world = pretend(THINGS)};
    f->diags = (tm_diags){.arena = f->arena};
    return tm_settings_read(f->arena, &f->diags, &sources, &f->settings);
}

static void assert_text(tm_text text, const char *want)
{
    assert_int_equal(text.n, strlen(want));
    assert_memory_equal(text.p, want, text.n);
}

static void defaults_are_those_of_the_collector(void **state)
{
    fixture *f = *state;
    assert_true(read(
        f, "{processors: {batch: }, exporters: {otlp: {tls: {insecure: true}, endpoint: t:1}}}"));
    const tm_settings *s = &f->settings;
    assert_text(s->receivers[0].otlp.protocols.grpc->endpoint.host, "localhost");
    assert_int_equal(s->receivers[0].otlp.protocols.grpc->endpoint.port, 4317);
    assert_int_equal(s->receivers[0].otlp.protocols.grpc->max_recv_msg_size_mib, 4);
    assert_null(s->receivers[0].otlp.protocols.http);
    assert_int_equal(s->processors[0].batch.send_size, 8192);
    assert_int_equal(s->processors[0].batch.timeout_ns, 200000000);
    const tm_otlp_exporter_settings *otlp = &s->exporters[2].otlp;
    assert_int_equal(otlp->timeout_ns, 5000000000);
    assert_int_equal(otlp->compression, TM_COMPRESS_GZIP);
    assert_true(otlp->retry.enabled && otlp->retry.multiplier == 1.5 &&
                otlp->retry.randomization == 0.5);
    assert_int_equal(otlp->retry.max_elapsed_ns, 300000000000);
    assert_true(otlp->queue.enabled && otlp->queue.size == 1000 && otlp->queue.consumers == 10);
    assert_text(s->service.telemetry.metrics.prometheus.host, "localhost");
    assert_int_equal(s->service.telemetry.metrics.prometheus.port, 8888);
    assert_true(s->service.telemetry.metrics.prometheus.without_type_suffix);
    assert_int_equal(s->service.telemetry.logs.level, TM_LOGS_INFO);
}

static void zero_is_the_default_where_the_collector_takes_it_so(void **state)
{
    fixture *f = *state;
    const char *const zeros[][2] = {
        {"0", "''"}, {"-1", "\"\""}, {"'${env:NONE:-0}'", "'${NONE:-}'"}};
    for (size_t i = 0; i < sizeof zeros / sizeof *zeros; i++) {
        const char *grpc = i == 1 ? "0" : zeros[i][0];
        tm_text text = tm_arena_print(
            f->arena,
            "{receivers: {otlp/z: {protocols: {grpc: {max_recv_msg_size_mib: %s}, http: "
            "{max_request_body_size: %s, traces_url_path: %s}}}},\n"
            "exporters: {otlp: {endpoint: http://t:1, tls: {insecure: true}, balancer_name: %s}}}",
            grpc, zeros[i][0], zeros[i][1], zeros[i][1]);
        assert_true(read(f, text.p));
        const tm_otlp_protocols *p = &f->settings.receivers[1].otlp.protocols;
        assert_int_equal(p->grpc->max_recv_msg_size_mib, 4);
        assert_int_equal(p->http->max_request_body_bytes, 20971520);
        assert_text(p->http->traces_url_path, "/v1/traces");
        assert_int_equal(f->settings.exporters[2].otlp.balancer, TM_BALANCE_PICK_FIRST);
    }
    assert_false(
        read(f, "{receivers: {otlp/z: {protocols: {grpc: {max_recv_msg_size_mib: -1}}}}}"));
}

static void a_rule_knows_its_name_and_where_its_first_character_stands(void **state)
{
    fixture *f = *state;
    assert_true(read(f, "\nprocessors:\n"
                        "  filter/x:\n"
                        "    traces:\n"
                        "      span:\n"
                        "      - name == \"a\"\n"
                        "      - 'name == \"b\"'\n"
                        "      - |\n"
                        "        name ==\n"
                        "          \"${env:TOKEN}\"\n"));
    const tm_rule_texts *rules = &f->settings.processors[0].filter.traces.span;
    const unsigned places[][2] = {{6, 9}, {7, 10}, {9, 9}};
    const char *const texts[] = {"name == \"a\"", "name == \"b\"", "name ==\n  \"12345\"\n"};
    assert_int_equal(rules->count, 3);
    for (size_t i = 0; i < 3; i++) {
        const tm_rule_text *rule = &rules->items[i];
        assert_text(rule->source.text, texts[i]);
        assert_text(rule->source.name, "--config yaml");
        assert_int_equal(rule->source.first_line, places[i][0]);
        assert_int_equal(rule->source.first_column, places[i][1]);
    }
    assert_text(rules->items[2].name, "filter/x/traces.span[2]");
}

static void a_rule_longer_than_its_file_keeps_a_place_within_it(void **state)
{
    fixture *f = *state;
    assert_true(read(f, "processors: {filter: {traces: {span: '${TOKEN}${TOKEN}${TOKEN},b'}}}"));
    const tm_rule_texts *rules = &f->settings.processors[0].filter.traces.span;
    assert_int_equal(rules->count, 2);
    assert_text(rules->items[1].source.text, "b");
    assert_int_equal(rules->items[1].source.first_line, 1);
    assert_true(read(f, "processors::filter::traces::span: ${Z:-${Z:-x},b}"));
}

static void a_message_about_a_rule_points_into_the_configuration(void **state)
{
    fixture *f = *state;
    assert_true(read(f, "{processors: {filter: {traces: {span: ['name = \"a\"']}}}}"));
    tm_buf out = {.arena = f->arena};
    const tm_source *source = &f->settings.processors[0].filter.traces.span.items[0].source;
    tm_diag_error(&f->diags, source, (tm_place){5, 1}, "E0101", "no operator");
    tm_diag_render(f->diags.last, false, &out);
    assert_true(tm_text_starts(tm_buf_text(&out),
                               TM_TEXT("--config yaml:1:46: error[E0101]: no operator\n")));
}

static void groups_take_the_mode_of_their_processor_unless_they_say_one(void **state)
{
    fixture *f = *state;
    assert_true(read(f, "processors:\n"
                        "  filter:\n"
                        "    trace_conditions:\n"
                        "    - {conditions: [a]}\n"
                        "    - {error_mode: ignore, conditions: [b]}\n"
                        "    error_mode: propagate\n"
                        "  transform:\n"
                        "    error_mode: silent\n"
                        "    trace_statements:\n"
                        "    - {error_mode: propagate, statements: [a]}\n"
                        "    - b\n"
                        "    - c\n"));
    const tm_condition_groups *conditions = &f->settings.processors[0].filter.groups;
    const tm_statement_groups *statements = &f->settings.processors[1].transform.groups;
    assert_int_equal(conditions->count, 2);
    assert_int_equal(conditions->items[0].error_mode, TM_MODE_PROPAGATE);
    assert_int_equal(conditions->items[1].error_mode, TM_MODE_IGNORE);
    assert_int_equal(statements->count, 2);
    assert_int_equal(statements->items[0].error_mode, TM_MODE_PROPAGATE);
    assert_int_equal(statements->items[1].error_mode, TM_MODE_SILENT);
    assert_int_equal(statements->items[1].statements.count, 2);
    assert_text(statements->items[1].statements.items[1].name, "transform/trace_statements[2]");
}

static void flat_rules_are_one_group(void **state)
{
    fixture *f = *state;
    assert_true(read(f, "processors:\n"
                        "  filter: {error_mode: silent, trace_conditions: [a, b]}\n"
                        "  transform: {trace_statements: [a, b]}\n"));
    assert_int_equal(f->settings.processors[0].filter.groups.count, 1);
    assert_int_equal(f->settings.processors[0].filter.groups.items[0].error_mode, TM_MODE_SILENT);
    assert_int_equal(f->settings.processors[0].filter.groups.items[0].conditions.count, 2);
    assert_int_equal(f->settings.processors[1].transform.groups.count, 1);
}

static void constants_keep_their_nodes(void **state)
{
    fixture *f = *state;
    assert_true(read(f, "processors: {attributes: {actions: [\n"
                        "  {key: a, action: insert, value: {x: [1, 2.5]}},\n"
                        "  {key: b, action: insert, value: ''},\n"
                        "  {key: c, action: insert, value: 007}]}}\n"));
    const tm_actions *actions = &f->settings.processors[0].attributes.actions;
    assert_int_equal(actions->items[0].value->type, TM_DOC_MAP);
    assert_int_equal(actions->items[0].value->first->last->type, TM_DOC_DOUBLE);
    assert_int_equal(actions->items[1].value->type, TM_DOC_STRING);
    assert_int_equal(actions->items[2].value->integer, 7);
    assert_null(actions->items[2].default_value);
    assert_text(actions->items[2].name, "attributes/actions[2]");
}

static void pipelines_point_to_the_components_they_name(void **state)
{
    fixture *f = *state;
    assert_true(read(f, "processors: {batch: , filter: }\n"
                        "service:\n"
                        "  pipelines:\n"
                        "    traces: {processors: [filter, batch], exporters: [nop, debug]}\n"
                        "    traces/b: {receivers: [otlp], exporters: [nop]}\n"));
    const tm_settings *s = &f->settings;
    assert_int_equal(s->pipeline_count, 2);
    assert_ptr_equal(s->pipelines[0].processors[0], &s->processors[1]);
    assert_ptr_equal(s->pipelines[0].processors[1], &s->processors[0]);
    assert_ptr_equal(s->pipelines[0].exporters[0], &s->exporters[1]);
    assert_ptr_equal(s->pipelines[1].receivers[0], &s->receivers[0]);
    assert_text(s->pipelines[1].id, "traces/b");
}

static void components_that_no_pipeline_names_are_accepted(void **state)
{
    fixture *f = *state;
    assert_true(read(f, "processors: {batch: , filter/unused: {traces: {span: [x]}}}"));
    assert_int_equal(f->diags.warnings, 3);
    for (const tm_diag *d = f->diags.first; d; d = d->next)
        assert_string_equal(d->code, "W0532");
    assert_int_equal(f->settings.processor_count, 2);
}

static void a_number_from_the_environment_serves_as_a_string(void **state)
{
    fixture *f = *state;
    assert_true(read(
        f,
        "exporters: {otlp: {tls: {insecure: true}, endpoint: t:1, headers: {token: '${TOKEN}'}}}"));
    assert_text(f->settings.exporters[2].otlp.headers.items[0].value, "12345");
    assert_false(read(
        f, "exporters: {otlp: {tls: {insecure: true}, endpoint: t:1, headers: {token: 12345}}}"));
}

static void endpoints_are_urls_or_hosts_and_ports(void **state)
{
    fixture *f = *state;
    const struct {
        const char *text, *host;
        int port;
        bool https;
    } good[] = {{"http://tempo.tempo.svc:4317", "tempo.tempo.svc", 4317, false},
                {"http://[::1]:4317/", "::1", 4317, false},
                {"https://tempo", "tempo", 443, true},
                {"http://tempo?key=a/b@c", "tempo", 80, false},
                {"http://[fe80::1%eth0]:65535", "fe80::1%eth0", 65535, false}};
    const char *const wrong[] = {"",
                                 " ",
                                 "tempo:4317",
                                 "tempo",
                                 "http://tempo:",
                                 "http://tempo:x",
                                 "http://tempo:65536",
                                 "ftp://tempo:1",
                                 "dns:///tempo:1",
                                 "http://user@tempo:1",
                                 "http://::1:4317",
                                 "http://a b:1",
                                 "http://tempo:1/a b",
                                 "http://[::1:4317",
                                 "http://:4317",
                                 "http://te\tmpo:1"};
    tm_reading r = {.arena = f->arena, .diags = &f->diags};
    f->diags.arena = f->arena;
    tm_doc doc = {0};
    tm_endpoint e;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(tm_endpoint_read(&r, &doc, tm_text_of(good[i].text), TM_KEY_URL, &e));
        assert_text(e.host, good[i].host);
        assert_int_equal(e.port, good[i].port);
        assert_int_equal(e.https, good[i].https);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(tm_endpoint_read(&r, &doc, tm_text_of(wrong[i]), TM_KEY_URL, &e));
    assert_true(tm_endpoint_read(&r, &doc, TM_TEXT(":4317"), TM_KEY_LISTEN, &e) && !e.host.n);
    assert_true(tm_endpoint_read(&r, &doc, TM_TEXT("dns:///t:1"), TM_KEY_TARGET, &e) &&
                e.port == 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(defaults_are_those_of_the_collector),
        TEST(zero_is_the_default_where_the_collector_takes_it_so),
        TEST(a_rule_knows_its_name_and_where_its_first_character_stands),
        TEST(a_rule_longer_than_its_file_keeps_a_place_within_it),
        TEST(a_message_about_a_rule_points_into_the_configuration),
        TEST(groups_take_the_mode_of_their_processor_unless_they_say_one),
        TEST(flat_rules_are_one_group),
        TEST(constants_keep_their_nodes),
        TEST(pipelines_point_to_the_components_they_name),
        TEST(components_that_no_pipeline_names_are_accepted),
        TEST(a_number_from_the_environment_serves_as_a_string),
        TEST(endpoints_are_urls_or_hosts_and_ports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
