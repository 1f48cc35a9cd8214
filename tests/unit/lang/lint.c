/* Lint: what follows from a condition, and what is told of rules.
 * SPDX-License-Identifier: Apache-2.0 */
#include "compiling.h"

#include "lang/lint/lint_fact.h"

typedef struct linted {
    tm_arena *arena;
    tm_diags diags;
    tm_rule_unit unit;
    tm_lint lint;
    tm_source source;
} linted;

static linted *read_rules(compiling *c, const char *text)
{
    linted *l = TM_NEW(c->arena, linted);
    const tm_source *const sources[] = {&l->source};
    l->arena = l->diags.arena = l->lint.arena = c->arena;
    l->lint.diags = &l->diags;
    l->lint.needs = &c->needs;
    l->source = (tm_source){.name = TM_TEXT("a.ottl"), .text = tm_text_of(text)};
    if (!tm_rule_unit_read(l->arena, &l->diags, NULL, sources, 1, &l->unit))
        fail_msg("%s: %.*s", text, TM_PRI(l->diags.first->message));
    tm_lint_add_unit(&l->lint, &l->unit, 0);
    tm_lint_files(&l->lint, &l->unit, sources, 1);
    tm_lint_rules(&l->lint);
    return l;
}

/* The codes that are told, space between them. */
static const char *codes_of(compiling *c, const char *text)
{
    const linted *l = read_rules(c, text);
    tm_buf out = {.arena = c->arena};
    for (const tm_diag *d = l->diags.first; d; d = d->next)
        tm_buf_print(&out, "%s%s", out.n ? " " : "", d->code);
    tm_buf_add_char(&out, 0);
    return out.p;
}

/* ---- implications ---------------------------------------------------------------------------- */

typedef struct implication {
    const char *from, *to;
    bool follows;
} implication;

/* Each row is tried with attributes["x"] for x. */
static tm_text written_out(tm_arena *arena, const char *text)
{
    tm_buf out = {.arena = arena};
    for (; *text; text++)
        if (*text == '@')
            tm_buf_add(&out, TM_TEXT("attributes[\"x\"]"));
        else
            tm_buf_add_char(&out, *text);
    return tm_buf_text(&out);
}

static bool implies(compiling *c, const implication *row)
{
    tm_buf text = {.arena = c->arena};
    tm_buf_print(&text, "drop where %.*s\ndrop where %.*s",
                 TM_PRI(written_out(c->arena, row->from)), TM_PRI(written_out(c->arena, row->to)));
    tm_buf_add_char(&text, 0);
    linted *l = read_rules(c, text.p);
    const tm_lint_rule *from = l->lint.first, *to = from->next;
    assert_true(from->sound && to->sound);
    return tm_lint_implies(&l->lint, (tm_lint_claim){.e = from->condition},
                           (tm_lint_claim){.e = to->condition});
}

static void check_implications(void **state, const implication *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (implies(*state, &rows[i]) != rows[i].follows)
            fail_msg("%s => %s is not %s", rows[i].from, rows[i].to,
                     rows[i].follows ? "known" : "so");
}

static void what_follows_from_a_comparison_is_known_and_nothing_else(void **state)
{
    static const implication rows[] = {
        {"@ == 1", "@ == 1", true},
        {"@ == 1", "@ == 1.0", true},
        {"@ == 1", "@ == 2", false},
        {"@ == 1", "@ != 2", true},
        {"@ == 1", "@ != nil", true},
        {"@ == 1", "@ < 2", true},
        {"@ == 1", "2 > @", true},
        {"@ == 1", "@ < 1", false},
        {"@ == 1", "attributes[\"y\"] == 1", false},
        {"@ == 1", "resource.attributes[\"x\"] == 1", false},
        {"@ == 1", "not (@ == 2)", true},
        {"not (@ != 1)", "@ == 1", true},
        {"@ < 5", "@ < 6", true},
        {"@ < 5", "@ <= 5", true},
        {"@ <= 5", "@ < 5", false},
        {"@ < 6", "@ < 5", false},
        {"@ < 5", "@ != 5", true},
        {"@ <= 5", "@ != 5", false},
        {"@ < 5", "@ != \"a\"", true},
        {"@ < 5", "not (@ > 5)", true},
        {"@ < 5", "not (@ >= 5)", true},
        {"@ <= 5", "not (@ >= 5)", false},
        {"@ <= 5", "not (@ > 5)", true},
        {"@ > 5", "@ >= 5", true},
        {"@ > 5", "@ > 4", true},
        {"@ > 5", "@ > 6", false},
        {"@ > 5", "not (@ < 5)", true},
        {"@ > 5", "not (@ < 7)", false},
        {"not (@ < 5)", "@ >= 5", false}, /* it may be nil */
        {"@ != 1", "@ == 2", false},
        {"@ <= nil", "@ <= 5", false},
    };
    check_implications(state, rows, sizeof rows / sizeof *rows);
}

static void what_follows_from_a_text_is_known_and_nothing_else(void **state)
{
    static const implication rows[] = {
        {"@ == \"abc\"", "IsMatch(@, \"^ab\")", true},
        {"@ == \"abc\"", "IsMatch(@, \"x\")", false},
        {"@ == \"abc\"", "not IsMatch(@, \"x\")", true},
        {"@ == 1", "IsMatch(@, \"1\")", false}, /* numbers have a text, too: not looked at */
        {"@ == \"abc\"", "HasPrefix(@, \"ab\")", true},
        {"@ == \"abc\"", "HasSuffix(@, \"bc\")", true},
        {"@ == \"abc\"", "HasSuffix(@, \"b\")", false},
        {"IsMatch(@, \"^abc\")", "IsMatch(@, \"^ab\")", true},
        {"IsMatch(@, \"^ab\")", "IsMatch(@, \"^abc\")", false},
        {"IsMatch(@, \"^abc\")", "HasPrefix(@, \"ab\")", true},
        {"IsMatch(@, \"^abc\")", "IsMatch(@, \"b\")", true},
        {"IsMatch(@, \"abc\")", "IsMatch(@, \"^abc\")", false},
        {"IsMatch(@, \"^abc\")", "not HasPrefix(@, \"x\")", true},
        {"IsMatch(@, \"^abc\")", "not HasSuffix(@, \"x\")", false},
        {"IsMatch(@, \"^abc$\")", "not HasSuffix(@, \"x\")", true},
        {"IsMatch(@, \"a\")", "@ != nil", true},
        {"IsMatch(@, \"a\")", "@ != \"b\"", true},
        {"IsMatch(@, \"a\")", "@ != \"a\"", false},
        {"not IsMatch(@, \"a\")", "not IsMatch(@, \"ab\")", false},
    };
    check_implications(state, rows, sizeof rows / sizeof *rows);
}

static void what_follows_from_and_or_not_is_known_and_nothing_else(void **state)
{
    static const implication rows[] = {
        {"@ == 1 and name == \"n\"", "name == \"n\"", true},
        {"name == \"n\"", "@ == 1 and name == \"n\"", false},
        {"@ == 1", "@ == 1 or name == \"n\"", true},
        {"@ == 1 or name == \"n\"", "@ == 1", false},
        {"@ == 1 or @ == 2", "@ == 2 or @ == 1", true},
        {"@ == 1 or @ == 2", "@ < 3", true},
        {"not (@ == 1 or @ == 2)", "@ != 1", true},
        {"not (@ == 1 and name == \"n\")", "@ != 1", false},
        {"@ == 1 and (kind == 2 or kind == 3)", "kind == 3 or kind == 2", true},
        {"Len(name) > 5", "Len(name) > 4", true},
        {"Now() == start_time", "Now() == start_time", false},
        {"false", "@ == 1", true},
        {"@ == 1", "true", true},
    };
    check_implications(state, rows, sizeof rows / sizeof *rows);
}

/* ---- codes ----------------------------------------------------------------------------------- */

typedef struct told {
    const char *text, *codes;
} told;

static void check(void **state, const told *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *codes = codes_of(*state, rows[i].text);
        if (strcmp(codes, rows[i].codes) != 0)
            fail_msg("%s: \"%s\"", rows[i].text, codes);
    }
}

static void conditions_that_decide_nothing_are_told(void **state)
{
    static const told rows[] = {
        {"drop where name == \"a\" and kind == 2", ""},
        {"drop where attributes[\"x\"] != nil and attributes[\"x\"] > 5", ""}, /* a guard */
        {"drop where true", ""},
        {"drop where not (true)", ""},
        {"drop where 1 == 1", "W0601"},
        {"drop where name == \"x\" and 1 == 2", "W0602"},
        {"drop where name == \"a\" and (kind == 2 or name == \"b\")", "W0602"},
        {"drop where not (name == \"a\" or name != \"a\")", "W0602"},
        {"drop where name == nil or name != nil", "W0601"},
        {"drop where attributes[\"x\"] == nil or attributes[\"x\"] != nil", "W0601"},
        {"drop where attributes[\"x\"] < 5 or attributes[\"x\"] >= 5", ""},
        {"drop where attributes[\"x\"] == 1 or attributes[\"x\"] == 1", "W0614"},
        {"drop where attributes[\"x\"] == 1 or attributes[\"x\"] < 3", "W0614"},
        {"set(name, \"b\") where name == \"a\" and name == \"c\"", "W0602"},
        {"drop where kind == 5", ""},
        {"drop where 6 == kind", "W0603"},
        {"drop where kind < 0", "W0603"},
        {"drop where kind >= 1", ""},
        {"drop where not (kind > 5)", "W0603"},
        {"drop where dropped_attributes_count > 0", ""},
        {"drop where dropped_attributes_count >= 0", "W0603"},
        {"drop where span_id.string == \"00f067aa0ba902b7\"", ""},
        {"drop where span_id.string == \"00F067AA0BA902B7\"", "W0603"},
        {"drop where parent_span_id.string == \"\"", ""},
        {"drop where kind.string != \"Server\"", ""},
        {"drop where kind.string != \"server\"", "W0603"},
        {"drop where attributes[\"server.port\"] == \"80\"", "W0604"},
        {"drop where attributes[\"server.port\"] == 80", ""},
        {"drop where resource.attributes[\"process.pid\"] != \"1\"", "W0604"},
        {"drop where kind == 1", "W0615"},
        {"drop where kind == 1 and IsRootSpan()", ""},
        {"drop where kind == 1 and parent_span_id.string == \"\"", ""},
        {"drop where kind == 1 or name == \"a\"", ""},
        {"keep where kind == 1", ""},
    };
    check(state, rows, sizeof rows / sizeof *rows);
}

static void patterns_that_mislead_are_told(void **state)
{
    static const told rows[] = {
        {"drop where IsMatch(name, \"^a.*\")", ""},
        {"drop where IsMatch(name, \"a.*\")", "W0606"},
        {"drop where IsMatch(name, \"a\\\\.*\")", ""},
        {"drop where IsMatch(name, \".*a\")", "W0606"},
        {"drop where IsMatch(name, \".*a.*\")", ""},
        {"drop where IsMatch(name, \".*\")", ""},
        {"drop where IsMatch(name, \"^pod-*\")", "W0619"},
        {"drop where IsMatch(name, \"^/api/*\")", "W0619"},
        {"drop where IsMatch(name, \"^a[b]*\")", ""},
        {"drop where IsMatch(name, \"^a\\\\d*\")", ""},
        {"drop where IsMatch(name, \"^(ab)*\")", ""},
        {"drop where IsMatch(name, \"^a*$\")", ""},
        {"drop where IsMatch(name, \"a\")", ""},
        {"drop where IsMatch(name, \"https?://a\")", "W0606"},
        {"drop where IsMatch(name, \"^https?://a\")", ""},
        {"drop where IsMatch(name, \"(a|b)$\")", ""},
        {"drop where IsMatch(name, \"^a|b\")", "W0607"},
        {"drop where IsMatch(name, \"^a[|]b\")", ""},
        {"drop where IsMatch(name, \"^a\\\\|b\")", ""},
        {"drop where IsMatch(name, \"^a|^b\")", ""},
        {"drop where IsMatch(name, \"^(a|b)\")", ""},
        {"drop where IsMatch(name, \"a.example.org\")", "W0608"},
        {"drop where IsMatch(name, \"a[.]example[.]org\")", ""},
        {"drop where IsMatch(name, \"a\\\\.example\\\\.org\")", ""},
        {"drop where IsMatch(name, \"^grpc.health.v1.Health/\")", ""},
        {"drop where IsMatch(name, \"a.*.org\")", ""},
        {"drop where IsMatch(name, \"127.0.0.1\")", "W0608"},
        {"drop where IsMatch(name, \"v1.0.1\")", ""},
        {"delete_matching_keys(attributes, \"a.*\")", ""},
        {"replace_all_patterns(attributes, \"value\", \"a.example.org\", \"x\")", "W0608"},
        {"replace_match(name, \"a.example.org*\", \"$1\")", ""},
        {"let p = \"a.*\"\ndrop where IsMatch(name, p) or IsMatch(attributes[\"x\"], p)",
         "W0606 W0606"},
        {"def F(x) = IsMatch(x, \"a.*\")\ndrop where F(name)", "W0606"},
        {"def F() = IsMatch(name, \"a.*\")", "W0606"},
        {"drop where name == \"a.*\"", "W0605"},
        {"drop where name != \"^a\"", "W0605"},
        {"drop where \"a*\" == name", "W0605"},
        {"drop where name == \"*\"", ""},
        {"drop where name == \"a.b\"", ""},
        {"replace_pattern(name, \"(a)\", \"$1\")", ""},
        {"replace_pattern(name, \"(a)\", \"${1}x $$1x\")", ""},
        {"replace_pattern(name, \"(?P<n>a)\", \"$n ${n}x\")", ""},
        {"replace_pattern(name, \"(a)\", \"$1x\")", "W0609"},
        {"replace_pattern(name, \"(a)\", \"$2\")", "W0609"},
        {"replace_pattern(name, \"(a)\", \"$0\")", ""},
        {"replace_pattern(name, \"(a)\", \"$n\")", "W0609"},
        {"replace_pattern(name, \"(a)\", \"\\\\1\")", "W0609"},
        {"replace_pattern(name, \"(a)\", \"5 $ and $\")", ""},
    };
    check(state, rows, sizeof rows / sizeof *rows);
}

static void rules_that_nothing_gets_to_are_told(void **state)
{
    static const told rows[] = {
        {"drop where name == \"a\"\ndrop where name == \"b\"", ""},
        {"drop where name == \"a\"\ndrop where name == \"a\" and kind == 2", "W0611"},
        {"drop where name == \"a\" and kind == 2\ndrop where name == \"a\"", ""},
        {"drop where name == \"a\"\ndrop where name == \"a\"", "W0612"},
        {"drop where name == \"a\"\nset(name, \"a\")\ndrop where name == \"a\"", ""},
        {"drop where name == \"a\"\nset(attributes[\"b\"], 1)\ndrop where name == \"a\"", "W0612"},
        {"drop where attributes[\"a\"] == 1\nset(attributes[\"b\"], 1)\n"
         "drop where attributes[\"a\"] == 1",
         "W0612"},
        {"drop where attributes[\"a\"] == 1\nset(attributes[\"a\"], 1)\n"
         "drop where attributes[\"a\"] == 1",
         ""},
        {"drop where attributes[\"a\"] == 1\ndelete_matching_keys(attributes, \"b\")\n"
         "drop where attributes[\"a\"] == 1",
         ""},
        {"drop where kind.string == \"Server\"\nset(kind, 2)\ndrop where kind.string == \"Server\"",
         ""},
        {"resource.attributes[\"a\"] == 1\ndrop where resource.attributes[\"a\"] == 1 and name == "
         "\"a\"",
         "W0618 W0611"},
        {"drop where spanevent.name == \"a\"\ndrop where spanevent.name == \"a\" and kind == 2",
         "W0611"},
        {"drop where spanevent.name == \"a\"\ndrop where name == \"a\"", ""},
        {"drop where name == \"a\"\nkeep where name == \"a\"", "W0613"},
        {"drop where name == \"a\"\nset(name, \"b\") where name == \"a\"", "W0613"},
        {"keep where kind == 2\ndrop where name == \"a\"\nset(name, \"b\") where name == \"a\"",
         ""},
        {"keep where name == \"a\"\ndrop where name == \"a\"", "W0611"},
        {"keep where name == \"a\"\ndrop where spanevent.name == \"b\" and name == \"a\"", ""},
        {"keep where name == \"a\"\nkeep where name == \"a\" and kind == 2", "W0611"},
        {"keep where name == \"a\"\nkeep where name == \"a\"", "W0612"},
        {"keep where name == \"a\"\nset(name, \"b\") where name == \"a\"", ""},
        {"drop where true\ndrop where name == \"a\"", "W0610"},
        {"drop where true\nkeep where name == \"a\"", "W0610"},
        {"drop where true\nset(name, \"a\")", "W0610"},
        {"keep where kind == 2\ndrop where true\nset(name, \"a\")", ""},
        {"drop where spanevent.name != \"\" and 1 == 1\nset(name, \"a\")", ""},
        {"drop where name == \"a\" and name == \"b\"\ndrop where name == \"a\" and name == \"b\"",
         "W0602 W0602"},
        {"set(name, \"a\")\nset(name, \"a\")", "W0612"},
        {"set(name, \"a\") where kind == 2\nset(name, \"a\")", ""},
        {"set(name, \"a\")\nset(name, \"b\")\nset(name, \"a\")", ""},
        {"append(attributes[\"a\"], \"x\")\nappend(attributes[\"a\"], \"x\")", ""},
    };
    check(state, rows, sizeof rows / sizeof *rows);
}

static void names_that_nobody_uses_are_told(void **state)
{
    static const told rows[] = {
        {"let a = 1\ndef F() = name == \"x\"", ""}, /* there to be imported */
        {"let a = 1\ndrop where kind == 2", "W0616"},
        {"let a = 2\ndrop where kind == a", ""},
        {"let a = \"k\"\ndrop where attributes[a] == 1", ""},
        {"def F() = name == \"x\"\ndrop where not F()", ""},
        {"def F() = name == \"x\"\ndrop where kind == 2", "W0616"},
        {"def F() = name == \"x\"\ndef G() = F()\ndrop where G()", ""},
        {"def F() = name == \"a\" and name == \"b\"\ndrop where F()", "W0602"},
        {"import \"probes\"\ndrop where IsProbe()", ""},
        {"import \"probes\"\ndrop where kind == 2", "W0617"},
        {"import \"http\"\ndrop where HttpMethod() == \"GET\"", ""}, /* from what http imports */
        {"name == \"a\"", "W0618"},
        {"a: name == \"a\"", "W0618"},
    };
    check(state, rows, sizeof rows / sizeof *rows);
}

/* A place in a string is found behind its escapes. */
static void the_caret_is_in_the_string(void **state)
{
    const linted *l = read_rules(*state, "drop where IsMatch(name, \"\\\"\\\\.a.example.org\")");
    const tm_diag *d = l->diags.first;
    assert_string_equal(d->code, "W0608");
    assert_int_equal(d->place.n, 1);
    assert_true(tm_text_starts(tm_text_skip(l->source.text, d->place.at), TM_TEXT(".example")));
    l = read_rules(*state, "drop where IsMatch(name, \"\\u00e9a.example.org\")");
    assert_true(tm_text_starts(tm_text_skip(l->source.text, l->diags.first->place.at),
                               TM_TEXT("\"\\u00e9a")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_follows_from_a_comparison_is_known_and_nothing_else,
                                        compiling_open, compiling_close),
        cmocka_unit_test_setup_teardown(what_follows_from_a_text_is_known_and_nothing_else,
                                        compiling_open, compiling_close),
        cmocka_unit_test_setup_teardown(what_follows_from_and_or_not_is_known_and_nothing_else,
                                        compiling_open, compiling_close),
        cmocka_unit_test_setup_teardown(conditions_that_decide_nothing_are_told, compiling_open,
                                        compiling_close),
        cmocka_unit_test_setup_teardown(patterns_that_mislead_are_told, compiling_open,
                                        compiling_close),
        cmocka_unit_test_setup_teardown(rules_that_nothing_gets_to_are_told, compiling_open,
                                        compiling_close),
        cmocka_unit_test_setup_teardown(names_that_nobody_uses_are_told, compiling_open,
                                        compiling_close),
        cmocka_unit_test_setup_teardown(the_caret_is_in_the_string, compiling_open,
                                        compiling_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
