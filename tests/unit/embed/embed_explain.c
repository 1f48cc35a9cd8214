/* Explain: proofs for the host.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/embed/hosted.h"
#include "tests/unit/short_heap.h"

static const char rules_text[] = "ping: drop where name == \"ping\" or IsMatch(name, \"^health\")\n"
                                 "handle: drop where name == \"OperationHandler.handle\"\n"
                                 "set(attributes[\"cluster\"], Tenant(name))\n";

static bool tenant(void *owner, tamis_call *call, const tamis_value *argument, size_t arguments,
                   tamis_value *result)
{
    (void)owner, (void)call, (void)arguments;
    *result = argument[0];
    return true;
}

static tamis_status make(const tamis_heap *heap, tamis_engine **engine, tamis_ruleset **rules,
                         bool explained)
{
    const tamis_engine_options options = {.size = sizeof options, .heap = heap};
    const tamis_function function = {.size = sizeof function,
                                     .name = "Tenant",
                                     .signature = "string Tenant(name: string)",
                                     .run = tenant};
    const tamis_source source = {"rules.ottl", rules_text, sizeof rules_text - 1};
    const tamis_compile_options compile = {
        .size = sizeof compile, .source = &source, .sources = 1, .explained = explained};
    tamis_status status = tamis_engine_new(&options, engine);
    *rules = NULL;
    if (status == TAMIS_OK)
        status = tamis_engine_add(*engine, &function, NULL);
    return status == TAMIS_OK ? tamis_compile(*engine, &compile, rules, NULL) : status;
}

static void append(void *owner, const char *text, size_t size_bytes)
{
    strncat(owner, text, size_bytes);
}

enum { ROOM = 1 << 16 };

/* What is written of a span of the example; the caller frees it. */
static char *explain(tamis_vm *vm, tamis_ruleset *rules, const tamis_request *request, size_t span,
                     unsigned how)
{
    char *out = calloc(1, ROOM);
    assert_int_equal(tamis_explain(vm, rules, request, span, how, append, out), TAMIS_OK);
    return out;
}

static void the_tree_is_that_of_the_command(void **state)
{
    (void)state;
    hosted_request *in = calloc(1, sizeof *in);
    const tamis_request *request = hosted_read(in);
    tamis_engine *engine;
    tamis_ruleset *rules;
    assert_int_equal(make(NULL, &engine, &rules, true), TAMIS_OK);
    tamis_vm *vm = hosted_vm(engine, (tamis_vm_options){.verdicts = true});
    size_t dropped = 0;
    assert_int_equal(tamis_filter(vm, rules, request, NULL), TAMIS_OK);
    tamis_verdict verdict = {.size = sizeof verdict};
    for (size_t i = 0; tamis_vm_verdict(vm, i, &verdict) == TAMIS_OK; i++)
        if (verdict.fate == TAMIS_DROPPED)
            dropped = i;
    char *text = explain(vm, rules, request, dropped, 0);
    assert_non_null(strstr(text, "dropped by handle (rules.ottl:2): \"OperationHandler.handle\""));
    assert_non_null(strstr(text, "false: ping: drop where name == \"ping\" or IsMatch(name"));
    assert_non_null(strstr(text, "true: handle: "));
    assert_non_null(strstr(text, "not asked: 1 rule behind it"));
    assert_null(strchr(text, '\x1b'));
    free(text);
    text = explain(vm, rules, request, dropped == 0, 0);
    assert_memory_equal(text, "edited: ", 8);
    assert_non_null(strstr(text, "+ attributes[\"cluster\"]"));
    free(text);
    text = explain(vm, rules, request, dropped, TAMIS_EXPLAIN_JSON | TAMIS_EXPLAIN_CODE);
    assert_memory_equal(text, "{\"traceId\":\"", 12);
    assert_non_null(strstr(text, "\"verdict\":\"dropped\",\"by\":\"handle\""));
    assert_non_null(strstr(text, "\"code\":["));
    free(text);
    assert_int_equal(tamis_vm_verdict(vm, 0, &verdict), TAMIS_NO_SUCH); /* it was another request */
    tamis_vm_free(vm);
    tamis_ruleset_unref(rules);
    tamis_engine_unref(engine);
    free(in);
}

/* Later rules write into it, and what judged is gone when it is shown. */
static void a_whole_status_is_shown_as_it_was_asked(void **state)
{
    (void)state;
    static const char text[] = "drop where status == nil\n"
                               "set(status.message, \"late\")\n"
                               "set(status.code, STATUS_CODE_ERROR)\n";
    const tamis_source source = {"rules.ottl", text, sizeof text - 1};
    const tamis_compile_options compile = {
        .size = sizeof compile, .source = &source, .sources = 1, .explained = true};
    hosted_request *in = calloc(1, sizeof *in);
    tamis_engine *engine = hosted_engine();
    tamis_vm *vm = hosted_vm(engine, (tamis_vm_options){0});
    tamis_ruleset *rules;
    assert_int_equal(tamis_compile(engine, &compile, &rules, NULL), TAMIS_OK);
    char *out = explain(vm, rules, hosted_read(in), 0, TAMIS_EXPLAIN_JSON);
    assert_non_null(strstr(out, "\"text\":\"status\",\"value\":{\"message\":\"\",\"code\":0}"));
    assert_null(strstr(out, "{\"message\":\"late\""));
    free(out);
    tamis_vm_free(vm);
    tamis_ruleset_unref(rules);
    tamis_engine_unref(engine);
    free(in);
}

static void what_cannot_be_explained_is_refused(void **state)
{
    (void)state;
    hosted_request *in = calloc(1, sizeof *in);
    const tamis_request *request = hosted_read(in);
    tamis_request bad = *request;
    bad.size_bytes -= 3;
    tamis_engine *engine, *other_engine;
    tamis_ruleset *rules, *plain;
    assert_int_equal(make(NULL, &engine, &plain, false), TAMIS_OK);
    tamis_vm *vm = hosted_vm(engine, (tamis_vm_options){0});
    char out[16] = "";
    assert_int_equal(tamis_explain(vm, plain, request, 0, 0, append, out), TAMIS_BAD_ARGUMENT);
    assert_int_equal(make(NULL, &other_engine, &rules, true), TAMIS_OK);
    assert_int_equal(tamis_explain(vm, rules, request, 0, 0, append, out), TAMIS_BAD_ARGUMENT);
    tamis_vm_free(vm);
    vm = hosted_vm(other_engine, (tamis_vm_options){.bounds.steps = 1});
    assert_int_equal(tamis_explain(vm, rules, request, 8, 0, append, out), TAMIS_NO_SUCH);
    assert_int_equal(tamis_explain(vm, rules, request, 0, 4, append, out), TAMIS_BAD_ARGUMENT);
    assert_int_equal(tamis_explain(vm, rules, request, 0, 0, NULL, out), TAMIS_BAD_ARGUMENT);
    assert_int_equal(tamis_explain(vm, rules, NULL, 0, 0, append, out), TAMIS_BAD_ARGUMENT);
    assert_int_equal(tamis_explain(NULL, rules, request, 0, 0, append, out), TAMIS_BAD_ARGUMENT);
    assert_int_equal(tamis_explain(vm, rules, &bad, 0, 0, append, out), TAMIS_MALFORMED);
    assert_string_equal(out, "");
    tamis_vm_free(vm);
    tamis_ruleset_unref(plain);
    tamis_ruleset_unref(rules);
    tamis_engine_unref(engine);
    tamis_engine_unref(other_engine);
    free(in);
}

static bool with_little_memory(void *owner, const tm_heap *given)
{
    const tamis_heap heap = {given->alloc, given->grow, given->drop, given->owner};
    tamis_engine *engine = NULL;
    tamis_ruleset *rules = NULL;
    tamis_vm *vm = NULL;
    char *out = calloc(1, ROOM);
    tamis_status status = make(&heap, &engine, &rules, true);
    if (status == TAMIS_OK)
        status = tamis_vm_new(engine, NULL, &vm);
    if (status == TAMIS_OK)
        status = tamis_explain(vm, rules, owner, 2, TAMIS_EXPLAIN_CODE, append, out);
    assert_true(status == TAMIS_OK || status == TAMIS_OUT_OF_MEMORY);
    assert_int_equal(*out != 0, status == TAMIS_OK);
    free(out);
    tamis_vm_free(vm);
    tamis_ruleset_unref(rules);
    tamis_engine_unref(engine);
    return status == TAMIS_OK;
}

static void every_allocation_for_a_proof_may_fail(void **state)
{
    (void)state;
    hosted_request *in = calloc(1, sizeof *in);
    hosted_read(in);
    assert_true(short_heap_each(with_little_memory, &in->request) > 40);
    free(in);
}

/* ---- time zones of the host's ------------------------------------------------------------------
 */

/* Five hours east of UTC, always: RFC 8536, version 1. */
static bool find_olympus(void *owner, const char *name, tamis_slice *file)
{
    static const char olympus[] = "TZif\0" /* reserved: */ "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                                  "\0\0\0\0"
                                  "\0\0\0\0"
                                  "\0\0\0\0"
                                  "\0\0\0\0"
                                  "\0\0\0\1"
                                  "\0\0\0\4"
                                  "\0\0\x46\x50"
                                  "\0"
                                  "\0"
                                  "OLY";
    strncat(owner, name, 64);
    strncat(owner, " ", 2);
    *file = (tamis_slice){olympus, strcmp(name, "Mars/Damaged") ? sizeof olympus : 50};
    return strncmp(name, "Mars/", 5) == 0;
}

static bool keep(void *owner, size_t span, const tamis_value *value, const char *error)
{
    (void)span, (void)error;
    *(int64_t *)owner = value->as.integer;
    return false;
}

static void zones_are_those_of_the_host(void **state)
{
    (void)state;
    char asked[512] = "";
    const tamis_zones zones = {find_olympus, asked}, none = {.find = NULL};
    tamis_engine_options options = {.size = sizeof options, .zones = &none};
    tamis_engine *engine;
    assert_int_equal(tamis_engine_new(&options, &engine), TAMIS_BAD_ARGUMENT);
    options.zones = &zones;
    assert_int_equal(tamis_engine_new(&options, &engine), TAMIS_OK);
    const tamis_function function = {.size = sizeof function,
                                     .name = "Tenant",
                                     .signature = "string Tenant(name: string)",
                                     .run = tenant};
    assert_int_equal(tamis_engine_add(engine, &function, NULL), TAMIS_OK); /* beside it */
    tamis_vm *vm = hosted_vm(engine, (tamis_vm_options){0});
    hosted_request *in = calloc(1, sizeof *in);
    static const char *const places[] = {"Mars/Olympus", "Europe/Paris", "Mars/Damaged"};
    for (size_t i = 0; i < 3; i++) {
        char text[256];
        snprintf(text, sizeof text,
                 "UnixSeconds(Time(\"2024-01-01 00:00:00\", \"%%Y-%%m-%%d %%H:%%M:%%S\", \"%s\"))",
                 places[i]);
        tamis_expression *x;
        tamis_messages *messages;
        const tamis_status status = tamis_expression_new(engine, text, &x, &messages);
        assert_int_equal(status, i ? TAMIS_BAD_RULES : TAMIS_OK);
        tamis_messages_free(messages);
        int64_t seconds = 0;
        if (x)
            assert_int_equal(tamis_evaluate(vm, x, hosted_read(in), keep, &seconds), TAMIS_OK);
        assert_int_equal(seconds, i ? 0 : 1704067200 - 18000);
        tamis_expression_unref(x);
    }
    assert_non_null(strstr(asked, "Mars/Olympus Europe/Paris Mars/Damaged"));
    free(in);
    tamis_vm_free(vm);
    tamis_engine_unref(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tree_is_that_of_the_command),
        cmocka_unit_test(a_whole_status_is_shown_as_it_was_asked),
        cmocka_unit_test(what_cannot_be_explained_is_refused),
        cmocka_unit_test(every_allocation_for_a_proof_may_fail),
        cmocka_unit_test(zones_are_those_of_the_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
