/* Filter: requests through rules, as a host asks.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/embed/hosted.h"

static void what_a_rule_drops_leaves_no_trace(void **state)
{
    (void)state;
    tamis_engine *engine = hosted_engine();
    tamis_messages *messages;
    tamis_ruleset *rules = hosted_rules(
        engine,
        "none: drop where name == \"nothing\"\ndrop where name == \"OperationHandler.handle\"\n",
        &messages);
    assert_null(messages);
    tamis_vm *vm = hosted_vm(engine, (tamis_vm_options){.verdicts = true});
    hosted_request *in = calloc(1, sizeof *in);
    const tamis_request *request = hosted_read(in);
    tamis_result result = {.size = sizeof result};
    assert_int_equal(tamis_filter(vm, rules, request, &result), TAMIS_OK);
    assert_null(result.reason);
    assert_int_equal(result.spans_in, 8);
    assert_int_equal(result.spans_out, 7);
    char *out = hosted_out(vm, &result);
    assert_true(hosted_contains(in->bytes, request->size_bytes, "OperationHandler.handle"));
    assert_false(hosted_contains(out, result.size_bytes, "OperationHandler.handle"));
    assert_true(hosted_contains(out, result.size_bytes, "GET /entries/{id}"));
    assert_int_equal(hosted_counts(vm, 0).dropped_spans, 0);
    assert_int_equal(hosted_counts(vm, 1).dropped_spans, 1);
    size_t dropped = 0;
    tamis_verdict verdict = {.size = sizeof verdict};
    for (size_t i = 0; i < result.spans_in; i++) {
        assert_int_equal(tamis_vm_verdict(vm, i, &verdict), TAMIS_OK);
        assert_true(verdict.fate == TAMIS_KEPT || verdict.fate == TAMIS_DROPPED);
        dropped += verdict.fate == TAMIS_DROPPED && verdict.rule == 1;
    }
    assert_int_equal(dropped, 1);
    assert_int_equal(tamis_vm_verdict(vm, 8, &verdict), TAMIS_NO_SUCH);
    free(out);
    free(in);
    tamis_vm_free(vm);
    tamis_ruleset_unref(rules);
    tamis_engine_unref(engine);
}

static void edits_name_their_rule_and_keep_ends_drops(void **state)
{
    (void)state;
    tamis_engine *engine = hosted_engine();
    tamis_ruleset *rules = hosted_rules(engine,
                                        "set(attributes[\"cluster\"], \"tap-sandbox\")\n"
                                        "keep where name == \"OperationHandler.handle\"\n"
                                        "drop where true\n",
                                        NULL);
    assert_non_null(rules);
    tamis_vm *vm = hosted_vm(engine, (tamis_vm_options){.verdicts = true});
    hosted_request *in = calloc(1, sizeof *in);
    tamis_result result = {.size = sizeof result};
    assert_int_equal(tamis_filter(vm, rules, hosted_read(in), &result), TAMIS_OK);
    assert_int_equal(result.spans_out, 1);
    size_t kept = 0;
    for (size_t i = 0; i < result.spans_in; i++) {
        tamis_verdict verdict = {.size = sizeof verdict};
        assert_int_equal(tamis_vm_verdict(vm, i, &verdict), TAMIS_OK);
        if (verdict.fate == TAMIS_EDITED) {
            assert_int_equal(verdict.rule, 0);
            assert_int_equal(verdict.kept, 1);
            kept++;
        } else {
            assert_int_equal(verdict.fate, TAMIS_DROPPED);
            assert_int_equal(verdict.rule, 2);
            assert_true(verdict.kept == TAMIS_NO_RULE);
        }
    }
    assert_int_equal(kept, 1);
    char *out = hosted_out(vm, &result);
    assert_true(hosted_contains(out, result.size_bytes, "tap-sandbox"));
    free(out);
    free(in);
    tamis_vm_free(vm);
    tamis_ruleset_unref(rules);
    tamis_engine_unref(engine);
}

static void append(void *owner, const char *text, size_t size_bytes)
{
    strncat(owner, text, size_bytes);
}

static void json_comes_in_and_goes_out(void **state)
{
    (void)state;
    static const char json[] =
        "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":"
        "\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":\"0102030405060708\",\"name\":\"a\"},"
        "{\"traceId\":\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":\"0102030405060709\","
        "\"name\":\"b\"}]}]}]}";
    tamis_engine *engine = hosted_engine();
    tamis_ruleset *rules = hosted_rules(engine, "drop where name == \"a\"", NULL);
    tamis_vm *vm = hosted_vm(engine, (tamis_vm_options){0});
    tamis_request request = {
        .size = sizeof request, .bytes = json, .size_bytes = sizeof json - 1, .json = true};
    char out[512] = "";
    assert_int_equal(tamis_filter(vm, rules, &request, NULL), TAMIS_OK);
    assert_int_equal(tamis_vm_json(vm, append, out), TAMIS_OK);
    assert_string_equal(out, "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":"
                             "\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":\"0102030405060709\","
                             "\"name\":\"b\"}]}]}]}");
    tamis_result result = {.size = sizeof result};
    request.size_bytes--;
    assert_int_equal(tamis_filter(vm, rules, &request, &result), TAMIS_MALFORMED);
    assert_non_null(result.reason);
    assert_int_equal(tamis_vm_json(vm, append, out), TAMIS_BAD_ARGUMENT);
    tamis_vm_free(vm);
    tamis_ruleset_unref(rules);
    tamis_engine_unref(engine);
}

static void remember(void *owner, const char *rule, const char *message)
{
    snprintf(owner, 256, "%s: %s", rule, message);
}

static void a_rule_that_fails_is_told_or_refuses(void **state)
{
    (void)state;
    static const char *const rule[] = {"Int(attributes[\"http.status_code\"]) / 0 == 1"};
    tamis_step step = {"noise", TAMIS_DROP, TAMIS_SPAN, TAMIS_IGNORE, rule, 1};
    const tamis_compile_options options = {.size = sizeof options, .step = &step, .steps = 1};
    tamis_engine *engine = hosted_engine();
    tamis_ruleset *ignoring, *propagating;
    assert_int_equal(tamis_compile(engine, &options, &ignoring, NULL), TAMIS_OK);
    step.error_mode = TAMIS_PROPAGATE;
    assert_int_equal(tamis_compile(engine, &options, &propagating, NULL), TAMIS_OK);
    char said[256] = "";
    tamis_vm *vm = hosted_vm(engine, (tamis_vm_options){.failed = remember, .owner = said});
    hosted_request *in = calloc(1, sizeof *in);
    const tamis_request *request = hosted_read(in);
    tamis_result result = {.size = sizeof result};
    assert_int_equal(tamis_filter(vm, ignoring, request, &result), TAMIS_OK);
    assert_int_equal(result.spans_out, 8);
    assert_true(hosted_counts(vm, 0).errors > 0);
    assert_memory_equal(said, "noise[0]: ", 10);
    assert_int_equal(tamis_filter(vm, propagating, request, &result), TAMIS_RULE_FAILED);
    assert_non_null(result.reason);
    assert_true(hosted_counts(vm, 0).errors > 0); /* what it did until then */
    char untouched = 'x';
    assert_int_equal(tamis_vm_copy(vm, &untouched, 1), TAMIS_BAD_ARGUMENT);
    assert_int_equal(untouched, 'x');
    free(in);
    tamis_vm_free(vm);
    tamis_ruleset_unref(ignoring);
    tamis_ruleset_unref(propagating);
    tamis_engine_unref(engine);
}

/* What an editor makes stays the span's while rules for its events make much and give it back. */
static void a_name_that_was_made_outlives_what_events_take(void **state)
{
    (void)state;
    static const char head[] =
        "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":"
        "\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":\"0102030405060708\",\"name\":\"a\","
        "\"kind\":2,\"attributes\":[{\"key\":\"http.request.method\",\"value\":{\"stringValue\":"
        "\"GET\"}},{\"key\":\"http.route\",\"value\":{\"stringValue\":\"/users/{id}\"}}],"
        "\"events\":[";
    char *json = calloc(1, 1 << 16), *out = calloc(1, 1 << 16);
    strcpy(json, head);
    for (int i = 0; i < 64; i++)
        sprintf(json + strlen(json), "%s{\"name\":\"event number %d\"}", i ? "," : "", i);
    strcat(json, "]}]}]}]}");
    tamis_engine *engine = hosted_engine();
    tamis_ruleset *rules =
        hosted_rules(engine,
                     "set_semconv_span_name(\"1.37.0\")\n"
                     "drop where Len(Split(Concat(Split(spanevent.name, \"\"), "
                     "\"0123456789012345678901234567890123456789\"), \"\")) == 0\n",
                     NULL);
    assert_non_null(rules);
    tamis_vm *vm = hosted_vm(engine, (tamis_vm_options){0});
    const tamis_request request = {
        .size = sizeof request, .bytes = json, .size_bytes = strlen(json), .json = true};
    assert_int_equal(tamis_filter(vm, rules, &request, NULL), TAMIS_OK);
    assert_int_equal(tamis_vm_json(vm, append, out), TAMIS_OK);
    assert_non_null(strstr(out, "\"name\":\"GET /users/{id}\""));
    free(json);
    free(out);
    tamis_vm_free(vm);
    tamis_ruleset_unref(rules);
    tamis_engine_unref(engine);
}

static void what_is_no_request_is_refused_with_a_reason(void **state)
{
    (void)state;
    tamis_engine *engine = hosted_engine();
    tamis_ruleset *rules = hosted_rules(engine, "drop where true", NULL);
    tamis_vm *vm = hosted_vm(engine, (tamis_vm_options){0});
    const tamis_request request = {.size = sizeof request, .bytes = "rubbish", .size_bytes = 7};
    tamis_result result = {.size = sizeof result};
    tamis_counts counts = {.size = sizeof counts};
    assert_int_equal(tamis_filter(vm, rules, &request, &result), TAMIS_MALFORMED);
    assert_non_null(result.reason);
    assert_int_equal(result.slices, 0);
    assert_int_equal(tamis_vm_counts(vm, 0, &counts), TAMIS_NO_SUCH);
    tamis_vm_free(vm);
    tamis_ruleset_unref(rules);
    tamis_engine_unref(engine);
}

/* A request whose one span has a long text. */
static char *long_request(size_t *size)
{
    enum { TEXT = 1 << 20 };
    static const char head[] = "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":"
                               "\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":"
                               "\"0102030405060708\",\"name\":\"";
    static const char tail[] = "\"}]}]}]}";
    char *json = malloc(sizeof head + TEXT + sizeof tail);
    memcpy(json, head, sizeof head - 1);
    memset(json + sizeof head - 1, 'x', TEXT);
    memcpy(json + sizeof head - 1 + TEXT, tail, sizeof tail);
    *size = strlen(json);
    return json;
}

static void steps_bound_a_request_without_a_clock(void **state)
{
    (void)state;
    tamis_engine *engine = hosted_engine();
    tamis_ruleset *rules = hosted_rules(
        engine, "drop where Len(Split(name, \"x\")) == 0 and Len(Split(name, \"y\")) == 0", NULL);
    assert_non_null(rules);
    tamis_request request = {.size = sizeof request, .json = true};
    char *json = long_request(&request.size_bytes);
    request.bytes = json;
    tamis_result result = {.size = sizeof result};
    tamis_vm *bounded = hosted_vm(
        engine, (tamis_vm_options){.bounds.steps = 1000, .bounds.time_ns = TAMIS_NO_BOUND});
    tamis_vm *free_vm = hosted_vm(
        engine,
        (tamis_vm_options){.bounds = {.time_ns = TAMIS_NO_BOUND, .memory_bytes = TAMIS_NO_BOUND}});
    assert_int_equal(tamis_filter(bounded, rules, &request, &result), TAMIS_TOO_COSTLY);
    assert_non_null(strstr(result.reason, "too much work"));
    assert_int_equal(tamis_filter(free_vm, rules, &request, &result), TAMIS_OK);
    assert_true(result.steps > 1000);
    free(json);
    tamis_vm_free(bounded);
    tamis_vm_free(free_vm);
    tamis_ruleset_unref(rules);
    tamis_engine_unref(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_rule_drops_leaves_no_trace),
        cmocka_unit_test(edits_name_their_rule_and_keep_ends_drops),
        cmocka_unit_test(json_comes_in_and_goes_out),
        cmocka_unit_test(a_rule_that_fails_is_told_or_refuses),
        cmocka_unit_test(a_name_that_was_made_outlives_what_events_take),
        cmocka_unit_test(what_is_no_request_is_refused_with_a_reason),
        cmocka_unit_test(steps_bound_a_request_without_a_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
