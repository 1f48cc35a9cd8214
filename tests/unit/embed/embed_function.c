/* Function: converters of a host's own, and expressions that call them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/embed/hosted.h"

typedef struct weighing {
    int calls;
    bool fails, lies, maps;
} weighing;

/* int Weight(name: string, times?: int = 1) */
static bool weigh(void *owner, tamis_call *call, const tamis_value *argument, size_t arguments,
                  tamis_value *result)
{
    weighing *w = owner;
    w->calls++;
    assert_int_equal(arguments, 2);
    assert_int_equal(argument[0].type, TAMIS_STRING);
    const int64_t times = argument[1].type == TAMIS_NIL ? 1 : argument[1].as.integer;
    if (w->fails) {
        tamis_call_fail(call, "the scales are broken");
        return false;
    }
    if (w->maps) {
        tamis_entry *entry = tamis_call_alloc(call, sizeof *entry);
        if (!entry)
            return false;
        *entry = (tamis_entry){.key = {"n", 1}, .value = {.type = TAMIS_INT, .as.integer = times}};
        *result = (tamis_value){.type = TAMIS_MAP, .entries = 1, .as.entry = entry};
        return true;
    }
    *result = (tamis_value){.type = w->lies ? TAMIS_BOOL : TAMIS_INT,
                            .as.integer = (int64_t)argument[0].as.text.size_bytes * times};
    return true;
}

static tamis_function weight(weighing *w)
{
    return (tamis_function){.size = sizeof(tamis_function),
                            .name = "Weight",
                            .signature = "int Weight(name: string, times?: int = 1)",
                            .manual = "How much a name weighs.",
                            .run = weigh,
                            .owner = w};
}

static tamis_engine *weighing_engine(weighing *w, const char *signature, bool impure)
{
    tamis_engine *engine = hosted_engine();
    tamis_function f = weight(w);
    f.signature = signature ? signature : f.signature;
    f.impure = impure;
    const char *why;
    assert_int_equal(tamis_engine_add(engine, &f, &why), TAMIS_OK);
    assert_null(why);
    return engine;
}

static void it_is_checked_and_asked_like_those_of_the_language(void **state)
{
    (void)state;
    weighing w = {0};
    tamis_engine *engine = weighing_engine(&w, NULL, false);
    tamis_messages *messages;
    assert_null(hosted_rules(engine, "drop where Weight(name, \"two\") > 3", &messages));
    tamis_message m = {.size = sizeof m};
    assert_int_equal(tamis_message_at(messages, 0, &m), TAMIS_OK);
    assert_string_equal(m.code, "E0218");
    tamis_messages_free(messages);
    assert_null(hosted_rules(engine, "drop where Wieght(name) > 3", &messages));
    assert_int_equal(tamis_message_at(messages, 0, &m), TAMIS_OK);
    assert_string_equal(m.hint, "did you mean Weight?");
    tamis_messages_free(messages);
    assert_null(hosted_rules(engine, "def Weight(x) = x\ndrop where true\n", NULL));
    tamis_ruleset *rules = hosted_rules(engine, "drop where Weight(name, times = 2) == 46", NULL);
    assert_non_null(rules);
    tamis_vm *vm = hosted_vm(engine, (tamis_vm_options){0});
    hosted_request *in = calloc(1, sizeof *in);
    tamis_result result = {.size = sizeof result};
    assert_int_equal(tamis_filter(vm, rules, hosted_read(in), &result), TAMIS_OK);
    assert_true(w.calls >= 8);
    assert_int_equal(result.spans_out, 7); /* "OperationHandler.handle" has 23 letters */
    free(in);
    tamis_vm_free(vm);
    tamis_ruleset_unref(rules);
    tamis_engine_unref(engine);
}

static void constants_are_asked_when_rules_are_compiled_unless_it_is_impure(void **state)
{
    (void)state;
    for (int impure = 0; impure < 2; impure++) {
        weighing w = {0};
        tamis_engine *engine = weighing_engine(&w, NULL, impure);
        tamis_ruleset *rules =
            hosted_rules(engine, "drop where Weight(\"abc\") == attributes[\"n\"]", NULL);
        assert_int_equal(w.calls, !impure);
        tamis_ruleset_unref(rules);
        tamis_engine_unref(engine);
    }
}

static bool note(void *owner, size_t span, const tamis_value *value, const char *error)
{
    char *line = owner;
    assert_int_equal(span, 0);
    if (error)
        snprintf(line, 256, "%s", error);
    else if (value->type == TAMIS_INT)
        snprintf(line, 256, "%lld", (long long)value->as.integer);
    else if (value->type == TAMIS_MAP)
        snprintf(line, 256, "{%.*s: %lld}", (int)value->as.entry[0].key.size_bytes,
                 value->as.entry[0].key.bytes, (long long)value->as.entry[0].value.as.integer);
    else
        snprintf(line, 256, "type %d", (int)value->type);
    return false;
}

/* What the expression yields for the first span of the example. */
static void check_first(tamis_engine *engine, const char *text, const char *expected)
{
    tamis_expression *expression;
    tamis_messages *messages;
    assert_int_equal(tamis_expression_new(engine, text, &expression, &messages), TAMIS_OK);
    tamis_messages_free(messages);
    tamis_vm *vm = hosted_vm(engine, (tamis_vm_options){0});
    hosted_request *in = calloc(1, sizeof *in);
    char line[256] = "";
    for (int again = 0; again < 2; again++)
        assert_int_equal(tamis_evaluate(vm, expression, hosted_read(in), note, line), TAMIS_OK);
    assert_string_equal(line, expected);
    free(in);
    tamis_vm_free(vm);
    tamis_expression_unref(expression);
}

static void what_it_returns_is_held_to_its_signature(void **state)
{
    (void)state;
    weighing w = {.lies = true};
    tamis_engine *engine = weighing_engine(&w, NULL, true);
    check_first(engine, "Weight(\"abc\")",
                "Weight: it returned something else than its signature says");
    w = (weighing){.fails = true};
    check_first(engine, "Weight(\"abc\")", "Weight: the scales are broken");
    w = (weighing){0};
    check_first(engine, "Weight(\"abc\", 7) + 1", "22");
    check_first(engine, "attributes[\"no such key\"]", "type 0");
    tamis_engine_unref(engine);
    w = (weighing){.maps = true};
    engine = weighing_engine(&w, "map Weight(name: string, times?: int = 1)", true);
    check_first(engine, "Weight(\"abc\", 7)", "{n: 7}");
    check_first(engine, "Weight(\"abc\", 7)[\"n\"]", "7");
    tamis_engine_unref(engine);
}

static void what_cannot_be_a_function_is_refused_with_a_reason(void **state)
{
    (void)state;
    weighing w = {0};
    const tamis_function good = weight(&w);
    const struct {
        const char *name, *signature, *why;
    } rows[] = {
        {"weight", "int weight(name: string)",
         "its name is not a capital with letters and digits behind it"},
        {"Len", "int Len(name: string)", "there is a function of that name"},
        {"Weight", NULL, "it has no signature"},
        {"Weight", "int Weigh(name: string)",
         "it is not \"kind Name(...)\" with the function's name"},
        {"Weight", "int Weight(name: strnig)", "a parameter is of a kind that there is not"},
        {"Weight", "int Weight(name)", "a parameter is not \"name: kind\""},
        {"Weight", "int Weight(a?: int, b: int)",
         "a parameter that has to be given stands behind one that has not"},
        {"Weight", "nothing Weight(a: int)", "its result is of a kind that it cannot be"},
        {"Weight", "int Weight(a: path)",
         "a parameter is of a kind that only the language's own functions take"},
        {"Weight",
         "int Weight(a: int, b: int, c: int, d: int, e: int, f: int, g: int, h: int, i: int)",
         "it has more than 8 parameters"},
    };
    tamis_engine *engine = hosted_engine();
    const char *why;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tamis_function f = good;
        f.name = rows[i].name;
        f.signature = rows[i].signature;
        assert_int_equal(tamis_engine_add(engine, &f, &why), TAMIS_BAD_ARGUMENT);
        assert_string_equal(why, rows[i].why);
    }
    tamis_function f = good;
    f.run = NULL;
    assert_int_equal(tamis_engine_add(engine, &f, &why), TAMIS_BAD_ARGUMENT);
    assert_string_equal(why, "it has no function to run");
    assert_int_equal(tamis_engine_add(engine, &good, &why), TAMIS_OK);
    assert_int_equal(tamis_engine_add(engine, &good, &why), TAMIS_BAD_ARGUMENT);
    tamis_ruleset_unref(hosted_rules(engine, "drop where true", NULL));
    f = good;
    f.name = "Other";
    f.signature = "int Other()";
    assert_int_equal(tamis_engine_add(engine, &f, &why), TAMIS_BAD_ARGUMENT);
    assert_string_equal(why, "rules were compiled already");
    tamis_engine_unref(engine);
}

static void it_is_listed_behind_those_of_the_language(void **state)
{
    (void)state;
    weighing w = {0};
    tamis_engine *engine = weighing_engine(&w, NULL, false);
    tamis_function_info info = {.size = sizeof info};
    size_t n = 0, hosts = 0;
    for (; tamis_engine_function(engine, n, &info) == TAMIS_OK; n++)
        hosts += info.host;
    assert_true(n > 100);
    assert_int_equal(hosts, 1);
    assert_string_equal(info.name, "Weight");
    assert_string_equal(info.manual, "How much a name weighs.");
    tamis_engine_unref(engine);
}

static bool count(void *owner, size_t span, const tamis_value *value, const char *error)
{
    size_t *n = owner;
    assert_int_equal(span, *n);
    assert_null(error);
    assert_int_equal(value->type, TAMIS_STRING);
    ++*n;
    return true;
}

static void an_expression_is_asked_of_each_span(void **state)
{
    (void)state;
    tamis_engine *engine = hosted_engine();
    tamis_expression *expression;
    tamis_messages *messages;
    assert_int_equal(tamis_expression_new(engine, "name", &expression, NULL), TAMIS_OK);
    tamis_vm *vm = hosted_vm(engine, (tamis_vm_options){0});
    hosted_request *in = calloc(1, sizeof *in);
    size_t n = 0;
    assert_int_equal(tamis_evaluate(vm, expression, hosted_read(in), count, &n), TAMIS_OK);
    assert_int_equal(n, 8);
    in->request.size_bytes -= 3;
    assert_int_equal(tamis_evaluate(vm, expression, &in->request, count, &(size_t){0}),
                     TAMIS_MALFORMED);
    free(in);
    tamis_vm_free(vm);
    tamis_expression_unref(expression);
    assert_int_equal(tamis_expression_new(engine, "nmae ==", &expression, &messages),
                     TAMIS_BAD_RULES);
    assert_non_null(messages);
    tamis_messages_free(messages);
    tamis_engine_unref(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_checked_and_asked_like_those_of_the_language),
        cmocka_unit_test(constants_are_asked_when_rules_are_compiled_unless_it_is_impure),
        cmocka_unit_test(what_it_returns_is_held_to_its_signature),
        cmocka_unit_test(what_cannot_be_a_function_is_refused_with_a_reason),
        cmocka_unit_test(it_is_listed_behind_those_of_the_language),
        cmocka_unit_test(an_expression_is_asked_of_each_span),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
