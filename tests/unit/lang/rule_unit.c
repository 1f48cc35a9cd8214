/* Rule unit: files, imports, names and options.
 * SPDX-License-Identifier: Apache-2.0 */
#include "compiling.h"

#include "lang/rule_unit.h"

/* A few files by their names: name, text, name, text, ..., NULL. */
static const tm_source *open_file(void *owner, tm_arena *arena, tm_text name, const tm_source *from,
                                  tm_text *why)
{
    (void)from;
    for (const char *const *file = owner; *file; file += 2)
        if (tm_text_is(name, file[0])) {
            tm_source *source = TM_NEW(arena, tm_source);
            *source = (tm_source){.name = tm_text_of(file[0]), .text = tm_text_of(file[1])};
            return source;
        }
    *why = TM_TEXT("there is no such file");
    return NULL;
}

/* Reads the first file; rules as "name@level mode;". */
static const char *read_unit(compiling *c, const char *const *files, bool *ok)
{
    tm_rule_importer importer = {.open = open_file, .owner = (void *)files};
    tm_rule_unit unit;
    tm_text why;
    c->diags = (tm_diags){.arena = c->arena};
    const tm_source *main_file =
        open_file((void *)files, c->arena, tm_text_of(files[0]), NULL, &why);
    *ok = tm_rule_unit_read(c->arena, &c->diags, &importer, &main_file, 1, &unit);
    c->compiler.definitions = &unit.definitions;
    tm_buf out = {.arena = c->arena};
    for (const tm_unit_rule *r = unit.first_rule; r; r = r->next) {
        tm_buf_print(&out, "%.*s@%s%s%.*s;", TM_PRI(r->name), tm_context_name(r->level),
                     r->error_mode.n ? " " : "", TM_PRI(r->error_mode));
        if (*ok)
            assert_non_null(tm_unit_rule_compile(&c->compiler, r, r->level));
    }
    tm_buf_add_char(&out, 0);
    return out.p;
}

static void rules_run_in_the_order_of_files_and_lines(void **state)
{
    static const char *const files[] = {
        "dir/main.ottl",
        "import \"a\"\nfirst: drop where IsA()\n\nset(resource.attributes[\"x\"], which)\n"
        "import \"b\"\nspanevent.name == \"e\"\n",
        "a",
        "import \"b\"\ndef IsA() = name == which\noption error_mode silent\nin_a: keep where "
        "true\n",
        "b",
        "import \"a\"\nimport \"b\"\nlet which = \"w\"\n",
        NULL};
    bool ok;
    const char *rules = read_unit(*state, files, &ok);
    assert_true(ok);
    assert_string_equal(rules,
                        "in_a@span silent;first@span;main.ottl:4@resource;main.ottl:6@spanevent;");
}

static void a_file_is_read_once_by_whatever_path(void **state)
{
    static const char *const files[] = {"./main.ottl",
                                        "import \"a/../lib.ottl\"\nimport \"./lib.ottl\"\n"
                                        "import \"a//b/../../lib.ottl\"\nimport \"main.ottl\"\n"
                                        "import \"../lib.ottl\"\nimport \"/lib.ottl\"\n",
                                        "a/../lib.ottl",
                                        "one: drop where true\n",
                                        "./lib.ottl",
                                        "two: drop where true\n",
                                        "a//b/../../lib.ottl",
                                        "three: drop where true\n",
                                        "main.ottl",
                                        "four: drop where true\n",
                                        "../lib.ottl",
                                        "five: drop where true\n",
                                        "/lib.ottl",
                                        "six: drop where true\n",
                                        NULL};
    bool ok;
    assert_string_equal(read_unit(*state, files, &ok), "one@span;five@span;six@span;");
    assert_true(ok);
}

/* A file called like one of the library, beside itself, does not hide it. */
static void a_file_imports_the_library_of_its_own_name(void **state)
{
    static const char *const files[] = {"probes.ottl",
                                        "import \"probes.ottl\"\np: drop where IsProbe()\n", NULL};
    static const char *const alone[] = {"mine.ottl", "import \"mine.ottl\"\np: drop where true\n",
                                        NULL};
    bool ok;
    assert_string_equal(read_unit(*state, files, &ok), "p@span;");
    assert_true(ok);
    assert_string_equal(read_unit(*state, alone, &ok), "p@span;");
    assert_true(ok);
}

static void what_is_wrong_is_told_of_all_files(void **state)
{
    static const char *const files[] = {
        "main.ottl",
        "import \"a\"\nimport \"nope\"\nx: drop where true\nx: keep where true\n"
        "option error_mod silent\noption error_mode silently\n",
        "a", "x: drop where Nope() == 1\nlet y = (\nin_a: drop where name = 1\n", NULL};
    compiling *c = *state;
    bool ok;
    read_unit(c, files, &ok);
    assert_false(ok);
    tm_buf out = {.arena = c->arena};
    for (const tm_diag *d = c->diags.first; d; d = d->next)
        tm_buf_print(&out, "%s %.*s%s%.*s;", d->code, TM_PRI(d->message), d->hint.n ? " - " : "",
                     TM_PRI(d->hint));
    tm_buf_add_char(&out, 0);
    assert_string_equal(
        out.p,
        "E0107 `(` is never closed;"
        "E0101 unexpected `=`, expected an operator or the end - did you mean `==`?;"
        "E0320 cannot import nope: there is no such file;"
        "E0321 there is no option error_mod - there is error_mode;"
        "E0321 error_mode is ignore, silent or propagate, not silently - did you mean silent?;"
        "E0322 the label x is given twice - a:1 has it, too;"
        "E0322 the label x is given twice - a:1 has it, too;");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rules_run_in_the_order_of_files_and_lines, compiling_open,
                                        compiling_close),
        cmocka_unit_test_setup_teardown(a_file_is_read_once_by_whatever_path, compiling_open,
                                        compiling_close),
        cmocka_unit_test_setup_teardown(a_file_imports_the_library_of_its_own_name, compiling_open,
                                        compiling_close),
        cmocka_unit_test_setup_teardown(what_is_wrong_is_told_of_all_files, compiling_open,
                                        compiling_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
