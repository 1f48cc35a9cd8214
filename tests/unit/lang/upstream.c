/* Upstream: rule files as plain OTTL, and what is refused.
 * SPDX-License-Identifier: Apache-2.0 */
#include "compiling.h"

#include "lang/upstream.h"

/* The file's rules as "@level text;", groups of another kind or mode behind " | "; of a file that
 * is refused "LINE: message;". */
static const char *exported(compiling *c, const char *text, bool lambdas)
{
    tm_source *source = TM_NEW(c->arena, tm_source);
    tm_rule_unit unit;
    tm_upstream upstream;
    tm_buf out = {.arena = c->arena};
    *source = (tm_source){.name = TM_TEXT("f"), .text = tm_text_of(text)};
    c->diags = (tm_diags){.arena = c->arena};
    const tm_source *only = source;
    assert_true(tm_rule_unit_read(c->arena, &c->diags, NULL, &only, 1, &unit));
    bool ok = tm_upstream_of(c->arena, &c->diags, &unit, lambdas, &upstream);
    assert_int_equal(ok, !c->diags.errors);
    for (const tm_diag *d = c->diags.first; d; d = d->next) {
        unsigned line, column;
        tm_source_position(d->source, d->place.at, &line, &column);
        tm_buf_print(&out, "%u: %.*s;", line, TM_PRI(d->message));
    }
    for (const tm_upstream_group *g = upstream.first; ok && g; g = g->next) {
        tm_buf_print(&out, "%s@%s", g == upstream.first ? "" : " | ", tm_context_name(g->level));
        for (const tm_upstream_rule *r = g->first; r; r = r->next)
            tm_buf_print(&out, " %.*s;", TM_PRI(r->text));
    }
    tm_buf_add_char(&out, 0);
    return out.p;
}

static void check(void **state, const char *file, const char *expected)
{
    assert_string_equal(exported(*state, file, true), expected);
}

static void paths_get_their_context(void **state)
{
    check(state, "attributes[name] == instrumentation_scope.name and cache[\"x\"] == 1",
          "@span span.attributes[span.name] == scope.name and span.cache[\"x\"] == 1;");
    check(state, "spanevent.name == name", "@spanevent spanevent.name == span.name;");
    check(state, "otelcol.client.addr == name", "@span otelcol.client.addr == span.name;");
    check(state, "set(resource.attributes[\"a\"], 1)",
          "@resource set(resource.attributes[\"a\"], 1);");
}

static void definitions_are_written_out(void **state)
{
    check(state,
          "let n = 1 + 2\nlet one = 1\nlet a = attributes[\"a\"]\n"
          "n * 2 == -one and a[\"b\"] == (n) and attributes[\"l\"][n] == 0",
          "@span (1 + 2) * 2 == -(1) and span.attributes[\"a\"][\"b\"] == 1 + 2 and "
          "span.attributes[\"l\"][(1 + 2)] == 0;");
    check(state,
          "def Is(x) = name == x\ndef Both(x, y) = Is(x) and not Is(y) or not Has(x)\n"
          "def Has(x) = HasPrefix(x, \"a\")\nBoth(name, \"b\") and true == false",
          "@span ((span.name == span.name and not (span.name == \"b\")) or not "
          "HasPrefix(span.name, \"a\")) and true == false;");
    check(state, "def J() = ParseJSON(name)\nJ()[\"a\"] == J()[\"b\"][0]",
          "@span ParseJSON(span.name)[\"a\"] == ParseJSON(span.name)[\"b\"][0];");
}

/* A body's lambda must not take the name that an argument means. */
static void parameters_of_lambdas_take_no_names_of_others(void **state)
{
    check(state,
          "def In(x) = Any(attributes[\"l\"], (_, v) => v == x)\n"
          "Any(attributes[\"m\"], (_, v) => In(v))",
          "@span Any(span.attributes[\"m\"], (_, v) => Any(span.attributes[\"l\"], (_, v1) => v1 "
          "== v));");
    check(state, "let is = span.name\nAny(attributes[\"m\"], (_, span) => span == is)",
          "@span Any(span.attributes[\"m\"], (_, span1) => span1 == span.name);");
    check(state,
          "Any(attributes[\"m\"], (i, name) => name == span.name or Any([i, kind], (_, i) => i == "
          "1))",
          "@span Any(span.attributes[\"m\"], (i, name) => name == span.name or Any([i, span.kind], "
          "(_, i1) => i1 == 1));");
}

static void any_and_all_over_literals_are_chains(void **state)
{
    check(state, "let own = [\"a\", \"b\"]\nnot Any(own, (_, v) => IsMatch(name, v))",
          "@span not (IsMatch(span.name, \"a\") or IsMatch(span.name, \"b\"));");
    check(state, "All([1, -2.5], (i, v) => v != kind or i == kind) and kind == 3",
          "@span (1 != span.kind or 0 == span.kind) and (-2.5 != span.kind or 1 == span.kind) and "
          "span.kind == 3;");
}

/* A comparison of literals would be decided before what stands in front of it could fail. */
static void what_would_be_folded_stays_a_lambda(void **state)
{
    const char *const file =
        "Any([\"a\", \"b\"], (_, v) => HasPrefix(attributes[\"x\"], v) or v == \"b\")";
    check(state, file,
          "@span Any([\"a\", \"b\"], (_, v) => HasPrefix(span.attributes[\"x\"], v) or v == "
          "\"b\");");
    assert_non_null(strstr(exported(*state, file, false), "behind a feature gate"));
    check(state, "HasPrefix(attributes[\"x\"], \"a\") or Any([\"b\"], (_, v) => v == \"b\")",
          "@span HasPrefix(span.attributes[\"x\"], \"a\") or Any([\"b\"], (_, v) => v == \"b\");");
    check(state, "Any([[1], [2]], (_, v) => v[0] == kind)",
          "@span Any([[1], [2]], (_, v) => v[0] == span.kind);");
}

static void a_keep_is_what_drops_leave_alone(void **state)
{
    check(state,
          "a: kind == 1\nresource.attributes[\"r\"] == 1\nkeep where kind == 2 or kind == 3\nkeep "
          "where not IsRootSpan()\nresource.attributes[\"r\"] == 2 and kind == 4\n"
          "scope.name == \"s\"\nspanevent.name == \"e\"\nset(name, \"x\")\n",
          "@span span.kind == 1; | @resource resource.attributes[\"r\"] == 1; | @span not "
          "(span.kind == 2 or span.kind == 3) and not (not IsRootSpan()) and "
          "resource.attributes[\"r\"] == 2 and span.kind == 4; not (span.kind == 2 or span.kind == "
          "3) and not (not IsRootSpan()) and scope.name == \"s\"; | @spanevent spanevent.name == "
          "\"e\"; | @span set(span.name, \"x\");");
    check(state, "keep where spanevent.name == \"k\"\nspanevent.name == \"e\"\nname == \"n\"",
          "@spanevent not (spanevent.name == \"k\") and spanevent.name == \"e\"; | @span span.name "
          "== \"n\";");
}

/* Each step of rules has a cache of its own, and an error under propagate ends a step. */
static void a_keep_parts_what_stands_before_it_from_what_follows(void **state)
{
    check(
        state, "set(cache[\"a\"], 1)\nkeep where kind == 1\nset(attributes[\"b\"], cache[\"a\"])",
        "@span set(span.cache[\"a\"], 1); | @span set(span.attributes[\"b\"], span.cache[\"a\"]);");
    check(state, "kind == 2\nkeep where kind == 1\nkind == 3",
          "@span span.kind == 2; | @span not (span.kind == 1) and span.kind == 3;");
}

static void a_keep_that_cannot_be_asked_later_is_refused(void **state)
{
    static const char *const files[] = {
        "keep where kind == 1\nset(name, \"a\")\nname == \"b\"",
        "keep where Len(events) == 1\nspanevent.name == \"b\"\nname == \"b\"",
        "keep where HasPrefix(attributes[\"a\"], \"x\")",
        "keep where attributes[\"a\"][\"b\"] == 1",
        "keep where attributes[name] == 1",
        "keep where 1 / dropped_events_count == 1",
        "keep where status.message == UUID()",
        "keep where IsMatch(name, status.message)",
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        compiling *c = *state;
        exported(c, files[i], true);
        assert_int_equal(c->diags.errors, 1);
        assert_string_equal(c->diags.first->code, "E0330");
    }
}

static void a_keep_between_edits_and_other_drops_is_fine(void **state)
{
    check(state,
          "set(name, \"a\")\nkeep where IsMatch(name, \"a\") and end_time - start_time > "
          "Duration(\"1s\")\nname == \"b\"",
          "@span set(span.name, \"a\"); | @span not (IsMatch(span.name, \"a\") and span.end_time - "
          "span.start_time > Duration(\"1s\")) and span.name == \"b\";");
    check(
        state, "keep where kind == 1\nspanevent.name == \"b\"\nname == \"b\"",
        "@spanevent spanevent.name == \"b\"; | @span not (span.kind == 1) and span.name == \"b\";");
}

static void what_has_no_plain_form_is_refused(void **state)
{
    static const char *const files[] = {
        "Sample(0.5)",
        "def S() = Sample(0.5)\nname == \"a\" and not S()",
        "def Is() = name == \"a\"\nset(attributes[\"a\"], Is())",
        "def Path() = attributes[\"a\"]\nPath()",
        "replace_pattern(name, \"a\", \"b\", MaskCards)",
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        compiling *c = *state;
        exported(c, files[i], true);
        assert_int_equal(c->diags.errors, 1);
        assert_string_equal(c->diags.first->code, "E0330");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(paths_get_their_context, compiling_open, compiling_close),
        cmocka_unit_test_setup_teardown(definitions_are_written_out, compiling_open,
                                        compiling_close),
        cmocka_unit_test_setup_teardown(parameters_of_lambdas_take_no_names_of_others,
                                        compiling_open, compiling_close),
        cmocka_unit_test_setup_teardown(any_and_all_over_literals_are_chains, compiling_open,
                                        compiling_close),
        cmocka_unit_test_setup_teardown(what_would_be_folded_stays_a_lambda, compiling_open,
                                        compiling_close),
        cmocka_unit_test_setup_teardown(a_keep_is_what_drops_leave_alone, compiling_open,
                                        compiling_close),
        cmocka_unit_test_setup_teardown(a_keep_parts_what_stands_before_it_from_what_follows,
                                        compiling_open, compiling_close),
        cmocka_unit_test_setup_teardown(a_keep_that_cannot_be_asked_later_is_refused,
                                        compiling_open, compiling_close),
        cmocka_unit_test_setup_teardown(a_keep_between_edits_and_other_drops_is_fine,
                                        compiling_open, compiling_close),
        cmocka_unit_test_setup_teardown(what_has_no_plain_form_is_refused, compiling_open,
                                        compiling_close),
    };
    return cmocka_run_group_tests_name("upstream", tests, NULL, NULL);
}
