/* Generation: the next configuration is built beside the old one, which goes with its last request.
 * SPDX-License-Identifier: Apache-2.0 */
#include "daemon/generation.h"

#include "otlp/otlp_json_read.h"
#include "tests/unit/short_heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define CONFIG(PROCESSORS, NAMES, EXPORTER)                                                        \
    "yaml:\n"                                                                                      \
    "receivers: {otlp: {protocols: {grpc: }}}\n"                                                   \
    "processors: {" PROCESSORS "}\n"                                                               \
    "exporters: {" EXPORTER ": }\n"                                                                \
    "service: {pipelines: {traces: {receivers: [otlp], processors: [" NAMES                        \
    "], exporters: [" EXPORTER "]}}}\n"
#define DROPS(NAME) "{error_mode: ignore, traces: {span: ['name == \"" NAME "\"']}}"

static const char OLD[] = CONFIG("filter/kept: " DROPS("kept") ", filter/old: " DROPS("old"),
                                 "filter/kept, filter/old", "nop");
static const char NEXT[] = CONFIG("filter/kept: " DROPS("kept") ", filter/new: " DROPS("new"),
                                  "filter/kept, filter/new", "nop");
static const char ELSEWHERE[] = CONFIG("filter/new: " DROPS("new"), "filter/new", "nop/2");
static const char WRONG[] = CONFIG("filter/new: {traces: {span: ['name =']}}", "filter/new", "nop");

/* What outlives generations. */
typedef struct process {
    tm_loop *loop;
    tm_registry *registry;
    tm_arena *arena;
    tm_exporters exporters;
    tm_publisher publisher;
    tm_pipeline pipeline;
    tm_judge *judge; /* of the worker, */
    tm_held held;    /* and the ruleset that it took for its last request */
} process;

static tm_generation *read_config(const tm_heap *heap, const char *config)
{
    tm_text configs[] = {tm_text_of(config)};
    tm_config_sources sources = {.configs = {configs, 1}, .world = tm_config_os()};
    return tm_generation_new(heap, &sources);
}

/* Publishes its ruleset to the pipeline, if it has one under the same id. */
static bool publish(tm_generation *g, tm_pipeline *pipeline)
{
    const tm_settings *settings = &g->compiled.settings;
    for (size_t i = 0; i < settings->pipeline_count; i++) {
        if (!tm_text_equal(settings->pipelines[i].id, pipeline->id))
            continue;
        tm_ruleset *ruleset = tm_generation_take(g, i);
        return ruleset && tm_pipeline_publish(pipeline, &settings->pipelines[i], ruleset);
    }
    return false;
}

static void open_process(process *p, tm_generation *g)
{
    char error[256] = "";
    *p = (process){.loop = tm_loop_new(),
                   .registry = tm_registry_new(NULL),
                   .arena = tm_arena_new(NULL),
                   .judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL)};
    const tm_exporters_options options = {
        .home = p->loop, .clock = tm_clock_real(), .registry = p->registry};
    const tm_settings *settings = &g->compiled.settings;
    assert_true(g->fine);
    tm_publisher_init(&p->publisher);
    assert_true(tm_exporters_open(&p->exporters, settings, &options, NULL, error, sizeof error));
    assert_true(tm_exporters_open(&p->exporters, settings, &options, NULL, error, sizeof error));
    assert_int_equal(tm_exporters_count(&p->exporters), 1);
    assert_true(tm_pipeline_init(
        &p->pipeline, p->arena, &settings->pipelines[0], tm_generation_take(g, 0),
        &(tm_pipeline_options){
            .registry = p->registry, .publisher = &p->publisher, .exporters = &p->exporters}));
}

static void close_process(process *p)
{
    tm_exporters_drop(&p->exporters);
    tm_pipeline_drop(&p->pipeline);
    tm_current_let_go(&p->held);
    tm_publisher_drop(&p->publisher);
    tm_judge_free(p->judge);
    tm_loop_free(p->loop);
    tm_registry_free(p->registry);
    tm_arena_free(p->arena);
}

/* Judges one span of that name by the ruleset that the worker holds. */
static tm_taken judge(process *p, const tm_ruleset *rs, const char *name)
{
    const tm_client client = {0};
    tm_text request, why;
    tm_outcome o;
    tm_text json = tm_arena_print(
        p->arena,
        "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"name\":\"%s\",\"traceId\":"
        "\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":\"0102030405060708\"}]}]}]}",
        name);
    assert_true(tm_otlp_from_json(p->arena, json, &request, &why));
    assert_true(tm_judge_request(p->judge, rs, request, &client, TM_UTF8_MEND, &o));
    return tm_pipeline_pass(&p->pipeline, rs, &o, &(tm_passing){.client = &client});
}

/* A whole request: the worker takes the ruleset of the day. */
static tm_taken pass(process *p, const char *name)
{
    return judge(p, tm_current_take(&p->pipeline.current, &p->held), name);
}

/* What the page says of the rule's dropped spans; -1: nothing. */
static int dropped(process *p, const char *rule)
{
    tm_buf out = {.arena = p->arena};
    tm_registry_print(p->registry, false, &out);
    tm_text begin =
        tm_arena_print(p->arena, "tamis_rule_dropped_spans{rule=\"%s/traces.span[0]\",", rule);
    tm_text rest = tm_buf_text(&out), line;
    while (tm_text_next(&rest, '\n', &line))
        if (tm_text_starts(line, begin))
            return line.p[line.n - 1] - '0';
    return -1;
}

static void the_old_generation_goes_with_its_last_request(void **state)
{
    (void)state;
    process p;
    short_heap old, next;
    short_heap_init(&old, -1, false);
    short_heap_init(&next, -1, false);
    tm_generation *first = read_config(&old.heap, OLD);
    open_process(&p, first);
    assert_int_equal(pass(&p, "old"), TM_TAKEN_NOTHING_LEFT);
    assert_int_equal(pass(&p, "kept"), TM_TAKEN_NOTHING_LEFT);
    const tm_ruleset *under_way = tm_current_take(&p.pipeline.current, &p.held);

    tm_generation *second = read_config(&next.heap, NEXT);
    assert_int_equal(dropped(&p, "filter/new"), -1);
    assert_true(second->fine && publish(second, &p.pipeline));
    assert_false(publish(second, &p.pipeline)); /* its ruleset is taken */
    tm_generation_unref(first);
    assert_true(old.blocks > 0);
    assert_int_equal(judge(&p, under_way, "old"), TM_TAKEN_NOTHING_LEFT);
    assert_int_equal(dropped(&p, "filter/old"), 2);
    assert_int_equal(dropped(&p, "filter/new"), 0);

    assert_int_equal(pass(&p, "new"), TM_TAKEN_NOTHING_LEFT);
    assert_int_equal(old.blocks, 0);
    assert_int_equal(dropped(&p, "filter/old"), -1);
    assert_int_equal(dropped(&p, "filter/new"), 1);
    assert_int_equal(dropped(&p, "filter/kept"), 1);
    assert_int_equal(pass(&p, "kept"), TM_TAKEN_NOTHING_LEFT);
    assert_int_equal(dropped(&p, "filter/kept"), 2);
    assert_int_equal(pass(&p, "old"), TM_TAKEN);
    tm_generation_unref(second);
    assert_true(next.blocks > 0);
    close_process(&p);
    assert_int_equal(next.blocks, 0);
}

static void what_cannot_be_published_leaves_everything_as_it_was(void **state)
{
    (void)state;
    static const char *const CONFIGS[] = {ELSEWHERE, WRONG};
    process p;
    tm_generation *first = read_config(NULL, OLD);
    open_process(&p, first);
    for (int i = 0; i < 2; i++) {
        short_heap next;
        short_heap_init(&next, -1, false);
        tm_generation *second = read_config(&next.heap, CONFIGS[i]);
        assert_int_equal(second->fine, i == 0);
        assert_int_equal(second->diags.errors > 0, i == 1);
        assert_false(publish(second, &p.pipeline));
        tm_generation_unref(second);
        assert_int_equal(next.blocks, 0);
        assert_int_equal(dropped(&p, "filter/new"), -1);
        assert_int_equal(pass(&p, "old"), TM_TAKEN_NOTHING_LEFT);
        assert_int_equal(dropped(&p, "filter/old"), i + 1);
    }
    tm_generation_unref(first);
    close_process(&p);
}

static bool try_to_read(void *owner, const tm_heap *heap)
{
    tm_generation *g = read_config(heap, owner);
    bool enough = g && g->fine;
    tm_generation_unref(g);
    return enough;
}

static void out_of_memory_leaves_nothing_behind(void **state)
{
    (void)state;
    assert_true(short_heap_each(try_to_read, (void *)OLD) > 4);
}

/* ---- shadows --------------------------------------------------------------------------------- */

static const char SHADOWED[] =
    CONFIG("tamis: {rules: live.ottl, shadow: next.ottl}", "tamis", "nop");

static bool read_rules(void *owner, tm_arena *arena, tm_text path, size_t most, tm_text *bytes,
                       tm_text *why)
{
    (void)owner, (void)most, (void)why;
    *bytes = tm_arena_copy(arena, tm_text_is(path, "live.ottl")
                                      ? TM_TEXT("one: drop where name == \"a\"\n")
                                      : TM_TEXT("other: drop where name == \"b\"\n"));
    return true;
}

static tm_generation *read_shadowed(const tm_heap *heap)
{
    tm_text configs[] = {tm_text_of(SHADOWED)};
    tm_config_sources sources = {.configs = {configs, 1}, .world = tm_config_os()};
    sources.world.read = read_rules;
    return tm_generation_new(heap, &sources);
}

/* Whether the pipeline's shadow is live now. */
static bool promote(process *p, tm_generation *g)
{
    tm_ruleset *old = NULL;
    assert_true(tm_generation_promote(g, &p->pipeline, 1, &old));
    tm_ruleset_unref(old);
    return old;
}

static void a_promoted_shadow_judges_from_the_next_request_on(void **state)
{
    (void)state;
    process p;
    short_heap heap;
    short_heap_init(&heap, -1, false);
    tm_generation *g = read_shadowed(&heap.heap);
    open_process(&p, g);
    assert_int_equal(pass(&p, "a"), TM_TAKEN_NOTHING_LEFT);
    assert_int_equal(pass(&p, "b"), TM_TAKEN);
    const tm_ruleset *under_way = tm_current_take(&p.pipeline.current, &p.held);
    assert_true(promote(&p, g));
    assert_false(promote(&p, g)); /* what is live now has no shadow */
    tm_generation_unref(g);
    assert_int_equal(judge(&p, under_way, "b"), TM_TAKEN);
    assert_int_equal(pass(&p, "b"), TM_TAKEN_NOTHING_LEFT);
    assert_int_equal(pass(&p, "a"), TM_TAKEN);
    assert_true(heap.blocks > 0); /* the rules hold it */
    close_process(&p);
    assert_int_equal(heap.blocks, 0);
}

static void rules_without_a_shadow_stay(void **state)
{
    (void)state;
    process p;
    tm_generation *g = read_config(NULL, OLD);
    open_process(&p, g);
    assert_false(promote(&p, g));
    assert_int_equal(pass(&p, "old"), TM_TAKEN_NOTHING_LEFT);
    tm_generation_unref(g);
    close_process(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_old_generation_goes_with_its_last_request),
        cmocka_unit_test(what_cannot_be_published_leaves_everything_as_it_was),
        cmocka_unit_test(out_of_memory_leaves_nothing_behind),
        cmocka_unit_test(a_promoted_shadow_judges_from_the_next_request_on),
        cmocka_unit_test(rules_without_a_shadow_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
