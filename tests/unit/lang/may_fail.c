/* May fail: what is known of expressions, and where their paths get a context.
 * SPDX-License-Identifier: Apache-2.0 */
#include "compiling.h"

#include "lang/may_fail.h"
#include "lang/prefix.h"
#include "lang/print.h"

static tm_tree *read_text(compiling *c, const char *text, tm_entry_point entry)
{
    tm_source *source = TM_NEW(c->arena, tm_source);
    *source = (tm_source){.name = TM_TEXT("rule"), .text = tm_text_of(text)};
    tm_tree *tree = tm_parse(c->arena, &c->diags, source, entry);
    assert_non_null(tree);
    return tree;
}

static void check_all(void **state, const char *const *texts, size_t n, tm_entry_point entry,
                      tm_failing expected)
{
    for (size_t i = 0; i < n; i++) {
        const tm_failing got = tm_tree_may_fail(read_text(*state, texts[i], entry));
        if (got != expected)
            fail_msg("%s: %d", texts[i], got);
    }
}

#define CHECK(texts, entry, expected)                                                              \
    check_all(state, texts, sizeof(texts) / sizeof *(texts), entry, expected)

static void conditions_that_never_fail(void **state)
{
    static const char *const texts[] = {
        "span.attributes[\"a\"] == 1 and not (resource.attributes[\"b\"] != nil)",
        "IsMatch(span.name, \"a\") or IsMatch(scope.version, \"b\")",
        "span.end_time - span.start_time > Duration(\"1s\")",
        "span.kind == SPAN_KIND_SERVER and span.dropped_events_count * 2 - 1 >= -3",
        "Coalesce([span.attributes[\"a\"], span.attributes[\"b\"]]) >= 500",
        "IsRootSpan() and IsEmpty(span.attributes[\"a\"]) and IsString(span.cache[\"a\"])",
        "HasPrefix(span.name, \"GET\") and HasSuffix(span.status.message, span.trace_state)",
        "ContainsValue(Keys(span.attributes), \"a\")",
    };
    CHECK(texts, TM_CONDITION, TM_FAILS_NEVER);
}

static void the_text_of_a_nan_fails(void **state)
{
    static const char *const texts[] = {
        "IsMatch(span.attributes[\"a\"], \"b\")",
        "span.name == \"x\" or IsMatch(Coalesce([span.attributes[\"a\"], span.name]), \"b\")",
    };
    CHECK(texts, TM_CONDITION, TM_FAILS_ON_NAN);
}

static void conditions_that_may_fail(void **state)
{
    static const char *const texts[] = {
        "span.attributes[\"a\"][\"b\"] == 1",
        "span.attributes[span.name] == 1",
        "span.attributes[\"a\"] + 1 == 1",
        "span.kind / span.flags == 1",
        "-span.attributes[\"a\"] == 1",
        "span.start_time - span.kind == 1",
        "HasPrefix(span.attributes[\"a\"], \"GET\")",
        "IsMatch(span.name, span.status.message)",
        "Duration(span.name) == Duration(\"1s\")",
        "ContainsValue(span.attributes[\"a\"], 1)",
        "ContainsValue(Keys(span.attributes[\"a\"]), 1)",
        "Any(span.attributes, (_, v) => v == 1)",
        "ParseJSON(span.name)[\"a\"] == 1",
        "Int(span.name) == 1",
        "otelcol.client.metadata[\"a\"][0] == 1",
        "attributes[\"a\"] == 1", /* no context: nothing is known */
    };
    CHECK(texts, TM_CONDITION, TM_FAILS_PERHAPS);
}

static void statements(void **state)
{
    static const char *const never[] = {
        "set(span.attributes[\"a\"], 1)",
        "set(resource.attributes[\"a\"], span.attributes[\"b\"]) where span.name == \"x\"",
        "set(span.cache[\"a\"], [1, {\"b\": -2}])",
        "delete_key(span.attributes, \"a\")",
        "delete_matching_keys(resource.attributes, \"^a\")",
    };
    static const char *const perhaps[] = {
        "set(span.name, 1)",
        "set(span.attributes[\"a\"][\"b\"], 1)",
        "set(span.attributes[\"a\"], span.start_time)",
        "set(span.attributes, span.name)",
        "set(span.attributes[\"a\"], 1) where Int(span.name) == 1",
        "delete_key(span.attributes[\"a\"], \"b\")",
        "delete_matching_keys(span.attributes, span.name)",
        "keep_keys(span.attributes, [\"a\"])",
    };
    CHECK(never, TM_STATEMENT, TM_FAILS_NEVER);
    CHECK(perhaps, TM_STATEMENT, TM_FAILS_PERHAPS);
}

static void what_is_mentioned(void **state)
{
    const tm_node *n =
        read_text(*state, "span.attributes[String(Now())] == Len(span.events)", TM_CONDITION)
            ->expression;
    assert_true(tm_may_change(n) && tm_mentions_events(n) && !tm_mentions_lambda(n));
    n = read_text(*state, "Any(span.attributes, (_, v) => v == 1)", TM_CONDITION)->expression;
    assert_true(!tm_may_change(n) && !tm_mentions_events(n) && tm_mentions_lambda(n));
}

static void prefixed(void **state, const char *text, tm_level level, const char *expected)
{
    compiling *c = *state;
    tm_buf out = {.arena = c->arena};
    tm_tree *tree = read_text(c, text, TM_STATEMENT);
    tm_prefix_paths(c->arena, tree, level);
    tm_print_tree(tree, &out);
    tm_buf_add_char(&out, 0);
    assert_string_equal(out.p, expected);
}

static void bare_paths_get_their_context(void **state)
{
    const char *const text = "set(attributes[name], span.kind) where resource.attributes[\"a\"] == "
                             "name and Any(attributes, (name, _) => name == span.name)";
    prefixed(state, text, TM_SPAN,
             "set(attributes[name], kind) where resource.attributes[\"a\"] == name and "
             "Any(attributes, (name, _) => name == span.name)");
    prefixed(state, text, TM_EVENT,
             "set(spanevent.attributes[spanevent.name], kind) where resource.attributes[\"a\"] == "
             "spanevent.name and Any(spanevent.attributes, (name, _) => name == span.name)");
    prefixed(state, "set(schema_url, \"a\")", TM_RESOURCE, "set(resource.schema_url, \"a\")");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, compiling_open, compiling_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(conditions_that_never_fail), TEST(the_text_of_a_nan_fails),
        TEST(conditions_that_may_fail),   TEST(statements),
        TEST(what_is_mentioned),          TEST(bare_paths_get_their_context),
    };
    return cmocka_run_group_tests_name("may_fail", tests, NULL, NULL);
}
