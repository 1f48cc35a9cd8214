/* Engine: what no host should give and none should end of, memory that runs out, clocks
 * of the host's. SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/embed/hosted.h"

#include "tests/unit/short_heap.h"

static void nulls_and_objects_of_another_kind_are_refused(void **state)
{
    (void)state;
    tamis_engine *engine = hosted_engine();
    tamis_ruleset *rules = hosted_rules(engine, "drop where true", NULL), *none;
    tamis_vm *vm = hosted_vm(engine, (tamis_vm_options){0}), *no_vm;
    const tamis_request request = {.size = sizeof request};
    const tamis_compile_options compile = {.size = sizeof compile};
    assert_int_equal(tamis_compile(NULL, &compile, &none, NULL), TAMIS_BAD_ARGUMENT);
    assert_null(none);
    assert_int_equal(tamis_compile((tamis_engine *)(void *)rules, &compile, &none, NULL),
                     TAMIS_BAD_ARGUMENT);
    assert_int_equal(tamis_compile(engine, NULL, &none, NULL), TAMIS_BAD_ARGUMENT);
    assert_int_equal(tamis_compile(engine, &compile, NULL, NULL), TAMIS_BAD_ARGUMENT);
    assert_int_equal(tamis_vm_new((tamis_engine *)(void *)vm, NULL, &no_vm), TAMIS_BAD_ARGUMENT);
    assert_int_equal(tamis_filter(NULL, rules, &request, NULL), TAMIS_BAD_ARGUMENT);
    assert_int_equal(tamis_filter(vm, NULL, &request, NULL), TAMIS_BAD_ARGUMENT);
    assert_int_equal(tamis_filter(vm, (tamis_ruleset *)(void *)engine, &request, NULL),
                     TAMIS_BAD_ARGUMENT);
    assert_int_equal(tamis_filter(vm, rules, NULL, NULL), TAMIS_BAD_ARGUMENT);
    const tamis_request no_bytes = {.size = sizeof no_bytes, .size_bytes = 1};
    assert_int_equal(tamis_filter(vm, rules, &no_bytes, NULL), TAMIS_BAD_ARGUMENT);
    assert_int_equal(tamis_filter(vm, rules, &request, NULL), TAMIS_OK);
    assert_int_equal(tamis_ruleset_rules(NULL), 0);
    assert_null(tamis_holder_get(NULL));
    tamis_ruleset_ref(NULL);
    tamis_ruleset_unref(NULL);
    tamis_vm_free(NULL);
    tamis_messages_free(NULL);
    tamis_engine_unref(NULL);
    tamis_engine *other = hosted_engine();
    tamis_vm *others = hosted_vm(other, (tamis_vm_options){0});
    assert_int_equal(tamis_filter(others, rules, &request, NULL), TAMIS_BAD_ARGUMENT);
    tamis_vm_free(others);
    tamis_engine_unref(other);
    tamis_vm_free(vm);
    tamis_engine_unref(engine); /* the ruleset still holds it */
    tamis_ruleset_unref(rules);
}

static void steps_and_options_that_cannot_be_are_refused(void **state)
{
    (void)state;
    static const char *const rule[] = {"name == \"x\"", NULL};
    const tamis_step good = {"noise", TAMIS_DROP, TAMIS_SPAN, TAMIS_IGNORE, rule, 1};
    tamis_step bad[6];
    for (size_t i = 0; i < 6; i++)
        bad[i] = good;
    bad[0].name = NULL;
    bad[1].kind = (tamis_step_kind)2;
    bad[2].context = (tamis_context)-1;
    bad[3].error_mode = (tamis_error_mode)77;
    bad[4].rules = 2;
    bad[5].rule = NULL;
    tamis_engine *engine = hosted_engine();
    tamis_ruleset *rules;
    for (size_t i = 0; i < 6; i++) {
        const tamis_compile_options o = {.size = sizeof o, .step = &bad[i], .steps = 1};
        assert_int_equal(tamis_compile(engine, &o, &rules, NULL), TAMIS_BAD_ARGUMENT);
    }
    tamis_vm *vm;
    const tamis_vm_options no_utf8 = {.size = sizeof no_utf8, .utf8 = (tamis_utf8)3};
    assert_int_equal(tamis_vm_new(engine, &no_utf8, &vm), TAMIS_BAD_ARGUMENT);
    const tamis_vm_options no_size = {.size = 0};
    assert_int_equal(tamis_vm_new(engine, &no_size, &vm), TAMIS_BAD_ARGUMENT);
    tamis_engine_unref(engine);
    const tamis_heap no_heap = {.owner = NULL};
    const tamis_engine_options o = {.size = sizeof o, .heap = &no_heap};
    assert_int_equal(tamis_engine_new(&o, &engine), TAMIS_BAD_ARGUMENT);
    assert_int_equal(tamis_engine_new(NULL, NULL), TAMIS_BAD_ARGUMENT);
}

static void an_older_host_and_a_newer_one_are_understood(void **state)
{
    (void)state;
    tamis_engine *engine = hosted_engine();
    tamis_vm *vm;
    struct {
        tamis_vm_options known;
        uint64_t later;
    } newer = {.known.size = sizeof newer};
    assert_int_equal(tamis_vm_new(engine, &newer.known, &vm), TAMIS_OK);
    tamis_vm_free(vm);
    newer.later = 1; /* it asks for what this library does not know */
    assert_int_equal(tamis_vm_new(engine, &newer.known, &vm), TAMIS_BAD_ARGUMENT);
    const tamis_vm_options older = {.size = offsetof(tamis_vm_options, bounds),
                                    .bounds.span_percent = 1};
    assert_int_equal(tamis_vm_new(engine, &older, &vm), TAMIS_OK);
    tamis_ruleset *rules = hosted_rules(engine, "drop where true", NULL);
    struct {
        tamis_rule known;
        uint64_t later;
    } result = {.known.size = sizeof result, .later = 77};
    assert_int_equal(tamis_ruleset_rule(rules, 0, &result.known), TAMIS_OK);
    assert_int_equal(result.later, 0);
    const char *const address = "127.0.0.1";
    const tamis_request cut = {.size = offsetof(tamis_request, address) + 4, .address = address};
    assert_int_equal(tamis_filter(vm, rules, &cut, NULL), TAMIS_BAD_ARGUMENT);
    tamis_rule part = {.size = offsetof(tamis_rule, file), .file = "as it was"};
    assert_int_equal(tamis_ruleset_rule(rules, 0, &part), TAMIS_OK);
    assert_string_equal(part.file, "as it was");
    assert_string_equal(part.name, "rules.ottl:1");
    tamis_ruleset_unref(rules);
    tamis_vm_free(vm);
    tamis_engine_unref(engine);
}

/* ---- memory ------------------------------------------------------------------------------------
 */

static bool is_short(tamis_status status)
{
    assert_true(status == TAMIS_OK || status == TAMIS_OUT_OF_MEMORY);
    return status == TAMIS_OUT_OF_MEMORY;
}

static bool echo(void *owner, tamis_call *call, const tamis_value *argument, size_t arguments,
                 tamis_value *result)
{
    (void)owner, (void)arguments;
    char *copy = tamis_call_alloc(call, argument[0].as.text.size_bytes + 1);
    if (!copy)
        return false;
    memcpy(copy, argument[0].as.text.bytes, argument[0].as.text.size_bytes);
    *result = argument[0];
    result->as.text.bytes = copy;
    return true;
}

static bool pass(void *owner, size_t span, const tamis_value *value, const char *error)
{
    (void)owner, (void)span, (void)value, (void)error;
    return true;
}

/* Filters and evaluates with whatever memory there is; true: there was enough. */
static bool use(tamis_engine *engine, tamis_ruleset *rules, const tamis_request *request)
{
    tamis_vm *vm;
    tamis_expression *expression = NULL;
    const tamis_vm_options options = {.size = sizeof options, .verdicts = true};
    bool enough = !is_short(tamis_vm_new(engine, &options, &vm));
    if (vm && rules) {
        tamis_verdict verdict = {.size = sizeof verdict};
        enough &= !is_short(tamis_filter(vm, rules, request, NULL)) &&
                  !is_short(tamis_vm_verdict(vm, 0, &verdict));
    }
    enough &= !is_short(tamis_expression_new(engine, "Echo(name)", &expression, NULL));
    if (vm && expression)
        enough &= !is_short(tamis_evaluate(vm, expression, request, pass, NULL));
    tamis_expression_unref(expression);
    tamis_vm_free(vm);
    return enough;
}

static bool all_of_it(void *owner, const tm_heap *given)
{
    const tamis_heap heap = {given->alloc, given->grow, given->drop, given->owner};
    const tamis_engine_options options = {.size = sizeof options, .heap = &heap};
    const tamis_function function = {.size = sizeof function,
                                     .name = "Echo",
                                     .signature = "string Echo(text: string)",
                                     .impure = true,
                                     .run = echo};
    tamis_engine *engine;
    if (is_short(tamis_engine_new(&options, &engine)))
        return false;
    bool enough = !is_short(tamis_engine_add(engine, &function, NULL));
    static const char text[] = "set(attributes[\"a\"], Concat([name, name], \"-\"))\n"
                               "drop where IsMatch(attributes[\"upstream_cluster\"], \"^graf\")\n"
                               "drop where kind == \"server\"\n";
    const tamis_source source = {"r.ottl", text, sizeof text - 1};
    const tamis_compile_options compile = {.size = sizeof compile, .source = &source, .sources = 1};
    tamis_ruleset *rules;
    tamis_messages *messages;
    tamis_holder *holder;
    enough &= !is_short(tamis_compile(engine, &compile, &rules, &messages)) && messages;
    enough &= !is_short(tamis_holder_new(engine, rules, &holder));
    if (enough)
        enough = use(engine, rules, owner);
    tamis_holder_free(holder);
    tamis_messages_free(messages);
    tamis_ruleset_unref(rules);
    tamis_engine_unref(engine);
    return enough;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    hosted_request *in = calloc(1, sizeof *in);
    hosted_read(in);
    assert_true(short_heap_each(all_of_it, &in->request) > 40);
    free(in);
}

static void what_takes_too_much_is_refused_unless_there_is_no_bound(void **state)
{
    (void)state;
    tamis_engine *engine = hosted_engine();
    tamis_ruleset *rules =
        hosted_rules(engine,
                     "set(attributes[\"more\"], Concat([attributes, attributes, attributes, "
                     "attributes, attributes, attributes], name))",
                     NULL);
    hosted_request *in = calloc(1, sizeof *in);
    hosted_read(in);
    const struct {
        tamis_bounds bounds;
        tamis_status status;
    } rows[] = {
        {{0}, TAMIS_OK},
        {{.output_bytes = 1, .output_factor = 1}, TAMIS_TOO_COSTLY},
        {{.output_bytes = 1, .output_factor = 100}, TAMIS_OK},
        {{.output_bytes = TAMIS_NO_BOUND, .output_factor = 1}, TAMIS_OK},
        {{.memory_bytes = 1, .memory_factor = 1}, TAMIS_TOO_COSTLY},
        {{.memory_bytes = TAMIS_NO_BOUND, .memory_factor = 1}, TAMIS_OK},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tamis_vm *vm = hosted_vm(engine, (tamis_vm_options){.bounds = rows[i].bounds});
        tamis_result result = {.size = sizeof result};
        assert_int_equal(tamis_filter(vm, rules, &in->request, &result), rows[i].status);
        assert_int_equal(result.reason != NULL, rows[i].status != TAMIS_OK);
        tamis_vm_free(vm);
    }
    free(in);
    tamis_ruleset_unref(rules);
    tamis_engine_unref(engine);
}

/* ---- clocks ------------------------------------------------------------------------
 */

static uint64_t always(void *owner)
{
    return *(uint64_t *)owner;
}

static bool zeros(void *owner, void *bytes, size_t size_bytes)
{
    (void)owner;
    memset(bytes, 0, size_bytes);
    return true;
}

static bool note_time(void *owner, size_t span, const tamis_value *value, const char *error)
{
    assert_null(error);
    assert_int_equal(span, 0);
    assert_int_equal(value->type, TAMIS_TIME);
    *(int64_t *)owner = value->as.integer;
    return false;
}

static void time_and_randomness_are_the_hosts(void **state)
{
    (void)state;
    uint64_t now = 1700000000123456789u;
    const tamis_clock clock = {always, always, always, zeros, &now};
    const tamis_engine_options options = {.size = sizeof options, .clock = &clock};
    tamis_engine *engine;
    assert_int_equal(tamis_engine_new(&options, &engine), TAMIS_OK);
    tamis_expression *expression;
    assert_int_equal(tamis_expression_new(engine, "Now()", &expression, NULL), TAMIS_OK);
    tamis_vm *vm = hosted_vm(engine, (tamis_vm_options){0});
    hosted_request *in = calloc(1, sizeof *in);
    int64_t told = 0;
    assert_int_equal(tamis_evaluate(vm, expression, hosted_read(in), note_time, &told), TAMIS_OK);
    assert_true(told == (int64_t)now);
    free(in);
    tamis_vm_free(vm);
    tamis_expression_unref(expression);
    tamis_engine_unref(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nulls_and_objects_of_another_kind_are_refused),
        cmocka_unit_test(steps_and_options_that_cannot_be_are_refused),
        cmocka_unit_test(an_older_host_and_a_newer_one_are_understood),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(what_takes_too_much_is_refused_unless_there_is_no_bound),
        cmocka_unit_test(time_and_randomness_are_the_hosts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
