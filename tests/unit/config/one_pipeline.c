/* One pipeline: processors alone, whatever stands around them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/one_pipeline.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const char around[] =
    "yaml:{receivers: {kafka: {topic: 7}}, exporters: 3, extensions: [none], processors: "
    "{memory_limiter/a: {limit_mib: many}, attributes: {actions: [{key: a, action: delete}]}, "
    "filter: {error_mode: silent}, tail_sampling: {}, batch: {}}, service: {telemetry: 1, "
    "pipelines: {metrics: {processors: [tail_sampling]}, traces: {receivers: [kafka], processors: "
    "[filter, memory_limiter/a, attributes, batch], exporters: [nowhere]}, traces/b: "
    "{processors: [attributes, tail_sampling, gone]}}}}";

static bool read_one(tm_arena *arena, const char *config, const char *id, tm_diags *diags,
                     tm_one_pipeline *one)
{
    tm_text text = tm_text_of(config);
    const tm_config_sources sources = {.configs = {.items = &text, .count = 1},
                                       .world = tm_config_os()};
    *diags = (tm_diags){.arena = arena};
    return tm_one_pipeline_read(arena, diags, &sources, tm_text_of(id), one);
}

static void only_its_processors_are_read(void **state)
{
    static const char *const ids[] = {"filter", "attributes", "batch"};
    tm_arena *arena = tm_arena_new(NULL);
    tm_diags diags;
    tm_one_pipeline one;
    (void)state;
    assert_true(read_one(arena, around, "traces", &diags, &one));
    assert_int_equal(diags.errors, 0);
    const tm_pipeline_settings *p = &one.settings.pipelines[0];
    assert_int_equal(one.settings.pipeline_count, 1);
    assert_int_equal(p->processor_count, 3);
    for (size_t i = 0; i < p->processor_count; i++)
        assert_true(tm_text_is(p->processors[i]->id, ids[i]));
    assert_int_equal(p->processors[0]->filter.error_mode, TM_MODE_SILENT);
    assert_int_equal(one.limiters.count, 1);
    assert_true(tm_text_is(one.limiters.items[0], "memory_limiter/a"));
    tm_arena_free(arena);
}

/* Errors stand where the configuration has them. */
static void what_is_not_there_is_told_at_its_place(void **state)
{
    tm_arena *arena = tm_arena_new(NULL);
    tm_diags diags;
    tm_one_pipeline one;
    (void)state;
    assert_false(read_one(arena, around, "traces/b", &diags, &one));
    assert_int_equal(diags.errors, 2);
    assert_string_equal(diags.first->code, "E0528");
    assert_true(tm_text_is(
        tm_text_slice(diags.first->source->text.p + diags.first->place.at, diags.first->place.n),
        "tail_sampling"));
    assert_string_equal(diags.first->next->code, "E0526");
    tm_arena_free(arena);
}

static void which_pipeline_is_meant_has_to_be_clear(void **state)
{
    tm_arena *arena = tm_arena_new(NULL);
    tm_diags diags;
    tm_one_pipeline one;
    (void)state;
    assert_false(read_one(arena, around, "", &diags, &one));
    assert_int_equal(diags.errors, 0);
    assert_int_equal(one.ids.count, 2);
    assert_false(read_one(arena, around, "metrics", &diags, &one));
    assert_int_equal(diags.errors, 0);
    assert_true(
        read_one(arena, "yaml:service: {pipelines: {logs: {}, traces/x: {}}}", "", &diags, &one));
    assert_true(tm_text_is(one.settings.pipelines[0].id, "traces/x"));
    assert_false(read_one(arena, "yaml:a: 1", "", &diags, &one));
    assert_int_equal(one.ids.count, 0);
    assert_false(read_one(arena, "yaml:a: [", "", &diags, &one));
    assert_int_equal(diags.errors, 1);
    tm_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_its_processors_are_read),
        cmocka_unit_test(what_is_not_there_is_told_at_its_place),
        cmocka_unit_test(which_pipeline_is_meant_has_to_be_clear),
    };
    return cmocka_run_group_tests_name("one_pipeline", tests, NULL, NULL);
}
