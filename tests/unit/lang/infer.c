/* Infer: the context of rules that do not say theirs (language.md 6.1).
 * SPDX-License-Identifier: Apache-2.0 */
#include "compiling.h"

static bool infer(compiling *c, const char *a, const char *b, tm_level *level)
{
    const char *text[] = {a, b};
    const tm_tree *tree[2];
    unsigned n = b ? 2 : 1;
    c->diags = (tm_diags){.arena = c->arena};
    for (unsigned i = 0; i < n; i++) {
        tm_source *source = TM_NEW(c->arena, tm_source);
        source->text = tm_text_of(text[i]);
        tree[i] = tm_parse(c->arena, &c->diags, source, TM_CONDITION);
        assert_non_null(tree[i]);
    }
    return tm_infer_context(&c->compiler, tree, n, level);
}

static void the_most_specific_context_is_taken(void **state)
{
    static const struct {
        const char *a, *b;
        tm_level level;
    } rows[] = {
        {"resource.attributes[\"a\"] == 1", NULL, TM_RESOURCE},
        {"resource.attributes[scope.name] == 1", NULL, TM_SCOPE},
        {"resource.attributes[\"a\"] == 1", "span.name == \"x\"", TM_SPAN},
        {"span.name == \"x\"", "IsMatch(spanevent.name, \"x\")", TM_EVENT},
        {"Any(span.attributes, (_, spanevent) => spanevent == 1)", NULL, TM_SPAN},
        {"instrumentation_scope.name == resource.schema_url", NULL, TM_RESOURCE},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        tm_level level = TM_LEVELS;
        assert_true(infer(*state, rows[i].a, rows[i].b, &level));
        assert_int_equal(level, rows[i].level);
    }
}

static void enums_and_functions_push_the_context_down(void **state)
{
    tm_level level;
    assert_true(infer(*state, "resource.attributes[\"a\"] == \"x\" and 2 == SPAN_KIND_SERVER", NULL,
                      &level));
    assert_int_equal(level, TM_EVENT);
    assert_true(
        infer(*state, "resource.attributes[\"a\"] == \"x\" and IsRootSpan()", NULL, &level));
    assert_int_equal(level, TM_SPAN);
    assert_false(infer(*state, "spanevent.name == \"x\" and IsRootSpan()", NULL, &level));
    assert_says(*state, "E0250", "does not support the function IsRootSpan");
}

static void rules_without_a_context_are_refused(void **state)
{
    static const char *const rows[] = {"true", "IsRootSpan()",
                                       "instrumentation_scope.name == \"x\"",
                                       "otelcol.client.addr == \"x\"", "name == \"x\""};
    tm_level level;
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_false(infer(*state, rows[i], NULL, &level));
        assert_says(*state, "E0250", "no context");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_most_specific_context_is_taken, compiling_open,
                                        compiling_close),
        cmocka_unit_test_setup_teardown(enums_and_functions_push_the_context_down, compiling_open,
                                        compiling_close),
        cmocka_unit_test_setup_teardown(rules_without_a_context_are_refused, compiling_open,
                                        compiling_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
