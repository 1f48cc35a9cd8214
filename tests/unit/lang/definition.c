/* Definition: a rule with lets and defs is the rule with them written out.
 * SPDX-License-Identifier: Apache-2.0 */
#include "compiling.h"

#include "lang/definition.h"
#include "vm/program_listing.h"

static const char DEFINITIONS[] =
    "let slow = Duration(\"1s\")\n"
    "let clusters = [\"grafana/\", \"tap-gui/\"]\n"
    "let route = attributes[\"http.route\"]\n"
    "let pattern = \"^/a\"\n"
    "let settings = resource.attributes\n"
    "def FromCluster(prefix) = HasPrefix(span.attributes[\"c\"], prefix)\n"
    "def IsServer() = kind == SPAN_KIND_SERVER\n"
    "def Both(a, b) = a == b and IsServer()\n"
    "def Twice(x) = x + x\n"
    "def Four(x) = Twice(Twice(x))\n"
    "def At(key) = attributes[key]\n"
    "def Has(list, f) = Any(list, f)\n"
    "def Env(key) = settings[key]\n"
    "def Shadow(v) = Any(clusters, (_, v) => v == \"a\")\n"
    "def First(x) = x[0]\n";

/* A file's definitions, checked. */
static tm_definitions *define(compiling *c, const char *text, bool *ok)
{
    tm_source *source = TM_NEW(c->arena, tm_source);
    tm_definitions *d = TM_NEW(c->arena, tm_definitions);
    *source = (tm_source){.name = TM_TEXT("f.ottl"), .text = tm_text_of(text)};
    *d = (tm_definitions){0};
    c->diags = (tm_diags){.arena = c->arena};
    tm_rule_file *file = tm_rule_file_read(c->arena, &c->diags, source);
    *ok = tm_definitions_add(c->arena, &c->diags, d, file);
    *ok = tm_definitions_check(c->arena, &c->diags, d) && *ok && !c->diags.errors;
    return d;
}

static tm_program *compile_with(compiling *c, const tm_definitions *d, const char *text,
                                tm_entry_point entry, tm_level *level)
{
    tm_source *source = TM_NEW(c->arena, tm_source);
    *source = (tm_source){.name = TM_TEXT("rule"), .text = tm_text_of(text)};
    c->compiler.definitions = d;
    tm_tree *tree = tm_parse(c->arena, &c->diags, source, entry);
    if (!tree)
        return NULL;
    *level = tm_definition_context(d, tree);
    return tm_compile_tree(&c->compiler, tree, *level, TM_PATHS_SPAN);
}

static const char *drawn(compiling *c, const tm_program *program)
{
    const tm_needs *needs[TM_LEVELS];
    tm_buf out = {.arena = c->arena};
    for (unsigned level = 0; level < TM_LEVELS; level++)
        needs[level] = tm_need_finish(&c->needs, (tm_level)level);
    tm_listing_print(&out, program, needs);
    tm_buf_add_char(&out, 0);
    return out.p;
}

static void same(compiling *c, const char *with, const char *without, tm_entry_point entry)
{
    bool ok;
    tm_level a = TM_RESOURCE, b = TM_RESOURCE;
    const tm_definitions *d = define(c, DEFINITIONS, &ok), none = {0};
    assert_true(ok);
    tm_program *one = compile_with(c, d, with, entry, &a);
    tm_program *two = compile_with(c, &none, without, entry, &b);
    if (!one || !two || c->diags.errors)
        fail_msg("%s: %.*s", with, TM_PRI(c->diags.first->message));
    assert_string_equal(drawn(c, one), drawn(c, two));
    assert_int_equal(a, b);
    assert_int_equal(one->reads, two->reads);
}

static void what_is_named_is_written_out(void **state)
{
    compiling *c = *state;
    same(c, "route == \"/livez\"", "attributes[\"http.route\"] == \"/livez\"", TM_CONDITION);
    same(c, "end_time - start_time > slow", "end_time - start_time > Duration(\"1s\")",
         TM_CONDITION);
    same(c, "FromCluster(\"x\")", "HasPrefix(span.attributes[\"c\"], \"x\")", TM_CONDITION);
    same(c, "IsServer()", "kind == SPAN_KIND_SERVER", TM_CONDITION);
    same(c, "not IsServer() or Both(name, \"x\")",
         "not (kind == SPAN_KIND_SERVER) or (name == \"x\" and kind == SPAN_KIND_SERVER)",
         TM_CONDITION);
    same(c, "Four(attributes[\"n\"]) == 4",
         "(attributes[\"n\"] + attributes[\"n\"]) + (attributes[\"n\"] + attributes[\"n\"]) == 4",
         TM_CONDITION);
    same(c, "IsMatch(name, pattern)", "IsMatch(name, \"^/a\")", TM_CONDITION);
    same(c, "Any(clusters, (_, prefix) => FromCluster(prefix))",
         "Any([\"grafana/\", \"tap-gui/\"], (_, p) => HasPrefix(span.attributes[\"c\"], p))",
         TM_CONDITION);
    same(c, "Has(clusters, (_, x) => x == name)",
         "Any([\"grafana/\", \"tap-gui/\"], (_, x) => x == name)", TM_CONDITION);
    same(c, "set(route, At(\"b\"))", "set(attributes[\"http.route\"], attributes[\"b\"])",
         TM_STATEMENT);
}

static void a_statement_may_set_the_truth_of_a_def(void **state)
{
    bool ok;
    tm_level level;
    compiling *c = *state;
    const tm_definitions *d = define(c, DEFINITIONS, &ok);
    tm_program *p = compile_with(c, d, "set(attributes[\"x\"], IsServer())", TM_STATEMENT, &level);
    assert_non_null(p);
    assert_non_null(strstr(drawn(c, p), "EQUAL"));
}

static void keys_go_behind_what_a_name_stands_for(void **state)
{
    compiling *c = *state;
    same(c, "settings[\"k\"] == 1", "resource.attributes[\"k\"] == 1", TM_CONDITION);
    same(c, "route[0][\"b\"] == 1", "attributes[\"http.route\"][0][\"b\"] == 1", TM_CONDITION);
    same(c, "At(\"m\")[\"k\"] == 1", "attributes[\"m\"][\"k\"] == 1", TM_CONDITION);
    same(c, "Env(\"k\")[1] == 1", "resource.attributes[\"k\"][1] == 1", TM_CONDITION);
}

static void names_inside_a_body_are_its_own(void **state)
{
    compiling *c = *state;
    same(c, "Shadow(name)", "Any([\"grafana/\", \"tap-gui/\"], (_, v) => v == \"a\")",
         TM_CONDITION);
    same(c, "Any(clusters, (_, name) => FromCluster(name))",
         "Any([\"grafana/\", \"tap-gui/\"], (_, n) => HasPrefix(span.attributes[\"c\"], n))",
         TM_CONDITION);
}

static void the_most_specific_path_gives_the_context(void **state)
{
    static const struct {
        const char *rule;
        tm_level level;
    } rows[] = {
        {"resource.attributes[\"a\"] == 1", TM_RESOURCE},
        {"Env(\"a\") == 1", TM_RESOURCE},
        {"scope.name == Env(\"a\")", TM_SCOPE},
        {"Env(\"a\") == name", TM_SPAN},
        {"resource.attributes[\"a\"] == SPAN_KIND_SERVER", TM_SPAN},
        {"resource.attributes[\"a\"] == 1 and IsRootSpan()", TM_SPAN},
        {"spanevent.name == \"x\" and route == \"y\"", TM_EVENT},
        {"true", TM_SPAN},
    };
    compiling *c = *state;
    bool ok;
    const tm_definitions *d = define(c, DEFINITIONS, &ok);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tm_level level = TM_LEVELS;
        assert_non_null(compile_with(c, d, rows[i].rule, TM_CONDITION, &level));
        assert_int_equal(level, rows[i].level);
    }
}

static void wrong_definitions_are_refused(void **state)
{
    static const struct {
        const char *text, *code, *words;
    } rows[] = {
        {"let a = 1\nlet a = 2\n", "E0310", "a is defined twice"},
        {"def IsMatch(a) = a\n", "E0311", "IsMatch is a function of the language"},
        {"let name = 1\n", "E0311", "name is the name of a path or a context"},
        {"let resource = 1\n", "E0311", "path or a context"},
        {"let status = 1\n", "E0311", "path or a context"},
        {"def A() = B()\ndef B() = A()\n", "E0313", "A is defined by itself: A -> B -> A"},
        {"def A(x) = x or A(x)\n", "E0101", ""},
        {"def A(x) = x == A(x)\n", "E0313", "A -> A"},
        {"let a = [b]\nlet b = [a]\n", "E0313", "a -> b -> a"},
        {"let a = nope\n", "E0201", "nope is not a path"},
        {"def A() = Nope()\n", "E0210", "undefined function Nope"},
    };
    compiling *c = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool ok;
        define(c, rows[i].text, &ok);
        if (strcmp(rows[i].code, "E0101") == 0)
            continue;
        assert_false(ok);
        assert_says(c, rows[i].code, rows[i].words);
        assert_int_equal(c->diags.errors, 1);
    }
}

static void wrong_uses_are_refused_where_they_stand(void **state)
{
    static const struct {
        const char *rule, *code, *words;
    } rows[] = {
        {"FromCluster()", "E0312", "FromCluster takes 1 argument but got 0"},
        {"FromCluster(prefix = \"x\")", "E0312", "arguments of a def have no names"},
        {"pattern[0] == 1", "E0316", "pattern stands for something that has no keys"},
        {"route.x == 1", "E0316", "route cannot be followed by a dot"},
        {"FromCluster(5)", "E0218", "argument prefix of HasPrefix must be a string"},
        {"First(5) == 1", "E0315", "in First, written out here: x stands for"},
        {"First(5) == 1", "E0315", "see f.ottl:15:18"},
        {"nope == 1", "E0201", "nope"},
        {"FromCluter(\"x\")", "E0210", "FromCluter"},
    };
    compiling *c = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool ok;
        tm_level level;
        const tm_definitions *d = define(c, DEFINITIONS, &ok);
        assert_true(ok);
        assert_null(compile_with(c, d, rows[i].rule, TM_CONDITION, &level));
        assert_says(c, rows[i].code, rows[i].words);
        assert_int_equal(c->diags.errors, 1);
    }
}

static void what_doubles_at_each_step_ends(void **state)
{
    compiling *c = *state;
    tm_buf text = {.arena = c->arena};
    tm_level level;
    bool ok;
    tm_buf_print(&text, "def D0(x) = x + x\n");
    for (int i = 1; i < 40; i++)
        tm_buf_print(&text, "def D%d(x) = D%d(x) + D%d(x)\n", i, i - 1, i - 1);
    tm_buf_add_char(&text, 0);
    const tm_definitions *d = define(c, text.p, &ok);
    assert_null(compile_with(c, d, "D39(1) == 1", TM_CONDITION, &level));
    assert_non_null(c->diags.first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_named_is_written_out, compiling_open,
                                        compiling_close),
        cmocka_unit_test_setup_teardown(a_statement_may_set_the_truth_of_a_def, compiling_open,
                                        compiling_close),
        cmocka_unit_test_setup_teardown(keys_go_behind_what_a_name_stands_for, compiling_open,
                                        compiling_close),
        cmocka_unit_test_setup_teardown(names_inside_a_body_are_its_own, compiling_open,
                                        compiling_close),
        cmocka_unit_test_setup_teardown(the_most_specific_path_gives_the_context, compiling_open,
                                        compiling_close),
        cmocka_unit_test_setup_teardown(wrong_definitions_are_refused, compiling_open,
                                        compiling_close),
        cmocka_unit_test_setup_teardown(wrong_uses_are_refused_where_they_stand, compiling_open,
                                        compiling_close),
        cmocka_unit_test_setup_teardown(what_doubles_at_each_step_ends, compiling_open,
                                        compiling_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
