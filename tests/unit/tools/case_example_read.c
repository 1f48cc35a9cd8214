/* Case example, reading: the forms, and what is none.
 * SPDX-License-Identifier: Apache-2.0 */
#include "case_reading.h"

#include "tools/case_compare.h"
#include "tools/case_example_read.h"

static void print(tm_buf *out, const char *name, const tm_doc *doc)
{
    if (!doc)
        return;
    tm_buf_print(out, " %s=", name);
    tm_case_print_flow(out, doc);
}

/* What the example above the first item of a file says, or what is wrong with it. */
static const char *read_example(reading *r, const char *text)
{
    const tm_source *source = source_of(r, text);
    const tm_rule_file *file = tm_rule_file_read(r->arena, &r->diags, source);
    tm_case_example e;
    tm_buf out = {.arena = r->arena};
    assert_non_null(file->first->comments);
    if (!tm_case_example_read(r->arena, &r->diags, source, file->first->comments, file->first, &e))
        return told(r);
    tm_buf_print(&out, "<%.*s>", (int)e.said.n, source->text.p + e.said.at);
    print(&out, "span", e.span);
    print(&out, "after", e.after);
    print(&out, "value", e.value);
    tm_buf_print(&out, e.drops ? " drops" : "");
    return cstring(&out);
}

static void the_forms_are_told_apart(void **state)
{
    static const char *const rows[][2] = {
        {"#> drop {name: a}\ndrop where true\n", "<drop> span={name: a} drops"},
        {"#>keep   {}  \nkeep where true\n", "<keep> span={}"},
        {"#> {name: a} -> {name: b}\nset(name, \"b\")\n", "<> span={name: a} after={name: b}"},
        {"#> {}->{name: null}\ndrop where true\n", "<> span={} after={name: null}"},
        {"#> true {}\ndef A() = true\n", "<true> span={} value=true"},
        {"#> \"a {b\" {name: c}\ndef A() = name\n", "<\"a {b\"> span={name: c} value='a {b'"},
        {"#> nil {}\ndef A() = name\n", "<nil> span={} value=null"},
        {"#> \"nil\" {}\ndef A() = name\n", "<\"nil\"> span={} value=nil"},
        {"#> {a: 1} {}\ndef A() = attributes\n", "<{a: 1}> span={} value={a: 1}"},
        {"#> [{a: 1}, 2] {}\ndef A() = attributes\n", "<[{a: 1}, 2]> span={} value=[{a: 1}, 2]"},
        {"#> 2.5 {name: it's, attributes: {a: 'b''}', c: \"\\\"}\"}}\r\ndef A() = name\n",
         "<2.5> span={name: 'it''s', attributes: {a: 'b''}', c: '\"}'}} value=2.5"},
        {"#> drop {name: a -> b}\ndrop where true\n", "<drop> span={name: 'a -> b'} drops"},
    };
    reading *r = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(read_example(r, rows[i][0]), rows[i][1]);
}

static void what_is_none_is_told(void **state)
{
    static const char *const rows[][2] = {
        {"#>\ndrop where true\n", "ends with a span"},
        {"#> drop\ndrop where true\n", "ends with a span"},
        {"#> drop {\ndrop where true\n", "ends with a span"},
        {"#> drop {} yes\ndrop where true\n", "ends with a span"},
        {"#> {} -> {} -> {}\ndrop where true\n", "ends with a span"},
        {"#> {}\ndrop where true\n", "example of a rule is"},
        {"#> no {}\ndrop where true\n", "example of a rule is"},
        {"#> {} - {}\ndrop where true\n", "example of a rule is"},
        {"#> drop {}\nset(name, \"a\")\n", "example of an edit is"},
        {"#> {} -> {}\ndef A() = name\n", "example of a definition is"},
        {"#> {}\ndef A() = name\n", "example of a definition is"},
        {"#> 1 {}\ndef A(a) = a\n", "with parameters"},
        {"#> 1 {}\nlet a = 1\n", "examples are of rules"},
        {"#> drop {}\nimport \"probes\"\n", "examples are of rules"},
        {"#> drop {a: 1}\ndrop where true\n", "E0601 a span has no key a"},
        {"#> {} -> {nam: 1}\ndrop where true\n", "E0601 a span has no key nam"},
        {"#> drop {name: a, name: b}\ndrop where true\n", "E0504"},
        {"#> 'a {}\ndef A() = name\n", "ends with a span"},
    };
    reading *r = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *said = read_example(r, rows[i][0]);
        if (!strstr(said, rows[i][1]))
            fail_msg("%s: %s", rows[i][0], said);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE_TEST(the_forms_are_told_apart),
        CASE_TEST(what_is_none_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
