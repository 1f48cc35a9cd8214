/* Resolve: what rules are refused for, and what the message says.
 * SPDX-License-Identifier: Apache-2.0 */
#include "compiling.h"

typedef struct refusal {
    const char *rule, *code, *words;
} refusal;

/* Each must be refused in this context and mode with that code and those words in message or hint.
 */
static void assert_refused(compiling *c, const refusal *rows, size_t n, tm_level context,
                           tm_path_mode mode)
{
    for (size_t i = 0; i < n; i++) {
        assert_null(compile_as(c, rows[i].rule, TM_CONDITION, context, mode));
        assert_says(c, rows[i].code, rows[i].words);
    }
}
#define REFUSED_ROWS(c, rows, context, mode)                                                       \
    assert_refused(c, rows, sizeof rows / sizeof *rows, context, mode)

static void unknown_paths_are_refused_with_a_near_name(void **state)
{
    static const refusal rows[] = {
        {"nam == \"x\"", "E0201", "did you mean name?"},
        {"kind.strin == \"x\"", "E0204", "strin was not used"},
        {"resource.nope == 1", "E0201", "not a path of the resource context"},
        {"attributes.http == 1", "E0204", "attributes[\"http\"]"},
        {"name[\"x\"] == 1", "E0205", "it takes none"},
        {"trace_state[\"a\"][\"b\"] == 1", "E0205", "it takes one"},
        {"attributes[\"a\"].x == 1", "E0204", "x was not used"},
        {"resource.cache == nil", "E0206", "span.cache"},
        {"IsMatch(targetX = name, \"a\")", "E0213", "no such parameter: targetX"},
        {"spanevent.name == \"x\"", "E0203", "not valid in the span context"},
        {"attributes[nam] == 1", "E0201", "did you mean name?"},
    };
    REFUSED_ROWS(*state, rows, TM_SPAN, TM_PATHS_BARE);
}

static void a_prefixed_rule_names_the_context_of_every_path(void **state)
{
    static const refusal rows[] = {
        {"name == \"x\"", "E0202", "did you mean span.name?"},
        {"version == \"x\"", "E0202", "did you mean scope.version?"},
        {"foo.bar == \"x\"", "E0203", "foo is not valid"},
        {"span.attributes[name] == \"x\"", "E0202", "name"},
    };
    static const refusal scope[] = {
        {"instrumentation_scope.name == \"x\"", "E0203", "one of scope"}};
    static const refusal cache[] = {
        {"instrumentation_scope.cache == nil", "E0206", "use scope.cache"}};
    compiling *c = *state;
    REFUSED_ROWS(c, rows, TM_SPAN, TM_PATHS_PREFIXED);
    REFUSED_ROWS(c, scope, TM_SCOPE, TM_PATHS_PREFIXED);
    REFUSED_ROWS(c, scope, TM_SCOPE, TM_PATHS_EITHER);
    REFUSED_ROWS(c, cache, TM_SCOPE, TM_PATHS_BARE);
    assert_non_null(compile_as(c,
                               "instrumentation_scope.name == \"x\" and otelcol.client.addr == nil",
                               TM_CONDITION, TM_SPAN, TM_PATHS_PREFIXED));
    assert_non_null(compile_as(c, "instrumentation_scope.name == \"x\"", TM_CONDITION, TM_SCOPE,
                               TM_PATHS_BARE));
    assert_non_null(compile_as(c, "span.name == \"x\" or name == \"y\"", TM_CONDITION, TM_SPAN,
                               TM_PATHS_EITHER));
}

static void calls_are_bound_to_parameters(void **state)
{
    static const refusal rows[] = {
        {"IsMatsh(name, \"x\")", "E0210", "did you mean IsMatch?"},
        {"IsMatch(name)", "E0212", "expected 2 but got 1"},
        {"IsMatch(name, patern=\"x\")", "E0213", "did you mean pattern?"},
        {"IsMatch(target=name, \"x\")", "E0214", "unnamed"},
        {"IsMatch(name, target=name)", "E0215", "target is given twice"},
        {"Any(source=name, source=name)", "E0215", "source"},
        {"Find(attributes, mapper=(k, v) => v) == 1", "E0216", "predicate of Find is missing"},
        {"IsMatch(name, \"a(?=b)\")", "E0219", "IsMatch: the regular expression"},
        {"HasPrefix(name, 1)", "E0218", "must be a string but is a literal int"},
        {"IsInt(\"a\")", "E0218", "must be an int"},
        {"IsInCIDR(\"1.2.3.4\", name)", "E0217", "must be a list of strings but is a path"},
        {"IsInCIDR(\"1.2.3.4\", [name, 1])", "E0218", "literal int"},
    };
    REFUSED_ROWS(*state, rows, TM_SPAN, TM_PATHS_BARE);
    assert_non_null(compile(*state, "IsMatch(pattern=\"x\", target=name)"));
}

static void functions_of_other_contexts_and_enums_are_refused(void **state)
{
    static const refusal resource[] = {
        {"IsRootSpan()", "E0222", "span context"},
        {"1 == SPAN_KIND_SERVER", "E0221", "2"},
    };
    static const refusal span[] = {{"kind == SPAN_KIND_SERVR", "E0220", "SPAN_KIND_SERVER"}};
    REFUSED_ROWS(*state, resource, TM_RESOURCE, TM_PATHS_BARE);
    REFUSED_ROWS(*state, span, TM_SPAN, TM_PATHS_BARE);
}

static void lambdas_are_refused_where_they_cannot_be(void **state)
{
    static const refusal rows[] = {
        {"Any(attributes, IsInt)", "E0231", "must be a lambda expression"},
        {"Any(attributes, (v) => true)", "E0232", "exactly 2 parameters but has 1"},
        {"Any(attributes, (v, v) => true)", "E0233", "declared twice"},
        {"Any(attributes, (_, m) => m.name == 1)", "E0234", "m[\"name\"]"},
        {"Any(attributes, (_, v) => w == 1)", "E0201", "w is not a path"},
        {"IsMatch((k) => k, \"x\")", "E0230", "can only be passed"},
        {"Any(attributes, (_, v) => v == 1) and v == 1", "E0201", "v is not a path"},
    };
    REFUSED_ROWS(*state, rows, TM_SPAN, TM_PATHS_BARE);
}

static void a_parameter_hides_a_path_of_its_name(void **state)
{
    compiling *c = *state;
    assert_non_null(compile(c, "Any([1], (_, name) => name == 1 and span.name == \"x\")"));
    assert_null(compile(c, "Any([1], (_, span) => span.name == 1)"));
    assert_says(c, "E0234", "span");
}

static void independent_errors_are_reported_together(void **state)
{
    compiling *c = *state;
    assert_null(compile(c, "nam == 1 and IsMatch(kid, 2) or Foo(status.cod) == SPAN_KIND_X"));
    assert_int_equal(c->diags.errors, 6);
}

static void comparisons_that_are_never_true_are_warned_of(void **state)
{
    compiling *c = *state;
    assert_non_null(compile(c, "kind == \"server\""));
    assert_says(c, "W0107", "kind is an int and \"server\" is a string, so this is never true");
    assert_says(c, "W0107", "did you mean SPAN_KIND_SERVER?");
    assert_non_null(compile(c, "trace_id != \"00\""));
    assert_says(c, "W0107", "trace_id.string");
    assert_says(c, "W0107", "always true");
    assert_non_null(compile(c, "name == nil"));
    assert_says(c, "W0107", "not nil");
    assert_non_null(compile(c, "kind == 2.0 and attributes[\"a\"] == 1 and 1 == \"a\""));
    assert_int_equal(c->diags.warnings, 0);
}

static void map_literals_that_nothing_can_store_are_refused(void **state)
{
    compiling *c = *state;
    assert_null(compile_value(c, "{\"a\": [[{\"b\": 1}]]}"));
    assert_says(c, "E0240", "map literal");
    assert_non_null(compile_value(c, "{\"a\": [{\"b\": 1}], \"c\": [[1]]}"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, compiling_open, compiling_close)
    const struct CMUnitTest tests[] = {
        TEST(unknown_paths_are_refused_with_a_near_name),
        TEST(a_prefixed_rule_names_the_context_of_every_path),
        TEST(calls_are_bound_to_parameters),
        TEST(functions_of_other_contexts_and_enums_are_refused),
        TEST(lambdas_are_refused_where_they_cannot_be),
        TEST(a_parameter_hides_a_path_of_its_name),
        TEST(independent_errors_are_reported_together),
        TEST(comparisons_that_are_never_true_are_warned_of),
        TEST(map_literals_that_nothing_can_store_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
