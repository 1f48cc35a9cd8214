/* Shape: what OTTL refuses although a friendlier grammar would read it, and the texts of messages.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* All messages about a text, as they are drawn; empty when it is accepted. Free with the arena. */
static const char *messages(tm_arena *arena, tm_entry_point entry, tm_text text)
{
    tm_source source = {.name = TM_TEXT("t"), .text = text};
    tm_diags diags = {.arena = arena};
    tm_buf out = {.arena = arena};
    tm_tree *tree = tm_parse(arena, &diags, &source, entry);
    assert_int_equal(!tree, diags.errors > 0);
    tm_diags_render(&diags, false, &out);
    tm_buf_add_char(&out, 0);
    return out.p;
}

static void says(tm_entry_point entry, const char *text, const char *drawn)
{
    tm_arena *arena = tm_arena_new(NULL);
    assert_string_equal(messages(arena, entry, tm_text_of(text)), drawn);
    tm_arena_free(arena);
}

/* `code` is that of the first message, NULL when the text is accepted. */
static void gives(tm_entry_point entry, const char *text, const char *code)
{
    tm_arena *arena = tm_arena_new(NULL);
    const char *all = messages(arena, entry, tm_text_of(text));
    const char *found = strstr(all, "error[");
    if (found && code && !strncmp(found + strlen("error["), code, strlen(code)))
        found = code = NULL;
    if (found || code)
        print_error("%s: expected %s\n%s", text, code ? code : "no message", all);
    assert_false(found || code);
    tm_arena_free(arena);
}

typedef struct sample {
    tm_entry_point entry;
    const char *text, *code;
} sample;

static void check(const sample *samples, size_t count)
{
    for (size_t i = 0; i < count; i++)
        gives(samples[i].entry, samples[i].text, samples[i].code);
}

static const tm_entry_point C = TM_CONDITION, V = TM_VALUE, S = TM_STATEMENT;

#define CHECK(...)                                                                                 \
    check((const sample[]){__VA_ARGS__}, sizeof((const sample[]){__VA_ARGS__}) / sizeof(sample))

static void comparisons_neither_chain_nor_stand_in_parentheses(void **state)
{
    (void)state;
    CHECK({C, "1 == 1 == true", "E0111"}, {C, "true == (1 == 1)", "E0111"},
          {C, "(1 == 1) == true", "E0111"}, {C, "a == not b", "E0111"}, {C, "(a) == (b + 1)", NULL},
          {C, "((a == b))", NULL}, {C, "(\"a\") == b", "E0113"}, {C, "(true) == true", "E0113"});
}

static void conditions_compare_or_are_bools_or_converters(void **state)
{
    (void)state;
    CHECK({C, "true", NULL}, {C, "F()", NULL}, {C, "(F())", NULL}, {C, "F()[0]", NULL},
          {C, "attributes[\"ok\"]", "E0112"}, {C, "1", "E0112"}, {C, "FOO", "E0112"},
          {C, "Foo", "E0112"}, {C, "(1 + 2)", "E0112"}, {C, "not \"a\"", "E0112"},
          {C, "true and nil", "E0112"}, {C, "set(a, 1)", "E0121"});
}

static void not_stands_once_in_front_of_a_term(void **state)
{
    (void)state;
    CHECK({C, "not a == b", NULL}, {C, "not not true", "E0116"}, {C, "not (not true)", NULL},
          {V, "not true", "E0113"});
}

static void arithmetic_takes_numbers_paths_calls_and_parentheses(void **state)
{
    (void)state;
    CHECK({V, "1 + 1.5 * a - F()", NULL}, {V, "\"a\" + \"b\"", "E0114"}, {V, "true + 1", "E0114"},
          {V, "0x12 + 1", "E0114"}, {V, "nil + 1", "E0114"}, {V, "1 + FOO", "E0114"},
          {V, "[1] + [2]", "E0114"}, {V, "{} + 1", "E0114"}, {V, "(1 == 2) + 1", "E0114"},
          {V, "-\"a\"", "E0114"}, {V, "-(\"a\")", "E0114"}, {V, "1 + (v) => v", "E0114"});
}

static void a_value_has_one_sign(void **state)
{
    (void)state;
    CHECK({V, "--1", "E0115"}, {V, "- +1", "E0115"}, {V, "-(-1)", NULL}, {V, "1 - -1", NULL},
          {V, "1 -1", NULL}, {V, "2 * -a[0]", NULL});
}

static void an_index_is_a_string_an_int_or_arithmetic_without_an_int_in_front(void **state)
{
    (void)state;
    CHECK({V, "x[1]", NULL}, {V, "x[\"k\"]", NULL}, {V, "x[-1]", NULL}, {V, "x[(1 + 1)]", NULL},
          {V, "x[a + 1]", NULL}, {V, "x[1.5]", NULL}, {V, "x[1.5 + 1]", NULL},
          {V, "x[Len(y) - 1]", NULL}, {V, "x[1 + 1]", "E0117"}, {V, "x[1 * 2 + a]", "E0117"},
          {V, "x[nil]", "E0117"}, {V, "x[true]", "E0117"}, {V, "x[FOO]", "E0117"},
          {V, "x[[1]]", "E0117"}, {V, "x[(\"a\")]", "E0117"}, {V, "x[() => 1]", "E0117"},
          {V, "x[\"a\" + 1]", "E0114"}, {V, "F()[1 + 1]", "E0117"});
}

static void only_paths_and_converters_are_indexed(void **state)
{
    (void)state;
    CHECK({V, "[1, 2][0]", "E0118"}, {V, "{\"a\": 1}[\"a\"]", "E0118"}, {V, "(a)[0]", "E0118"},
          {V, "FOO[0]", "E0118"}, {V, "\"a\"[0]", "E0118"}, {V, "F()[0][\"a\"]", NULL},
          {V, "F().a", "E0110"}, {V, "a.B", "E0110"}, {V, "aB", "E0110"}, {V, "a b", "E0101"},
          {V, "a.b c", "E0101"});
}

static void lists_have_no_last_comma_but_maps_may(void **state)
{
    (void)state;
    CHECK({V, "[1, 2,]", "E0101"}, {V, "[,]", "E0101"}, {V, "F(1,)", "E0101"},
          {V, "F(, 1)", "E0101"}, {V, "{\"a\": 1,}", NULL}, {V, "{,}", "E0101"},
          {V, "{\"a\": 1,, \"b\": 2}", "E0101"}, {V, "{\"a\": 1 \"b\": 2}", NULL},
          {V, "[true, not true]", "E0113"}, {V, "[IsMatch]", "E0113"});
}

static void an_upper_word_before_a_lower_one_is_no_enum(void **state)
{
    (void)state;
    CHECK({V, "F(FOO)", NULL}, {V, "F(FOO x)", NULL}, {V, "F(FOO X)", "E0101"},
          {V, "FOO x", "E0113"}, {V, "Foo == 1", "E0113"}, {V, "F(Foo + 1)", "E0114"},
          {V, "F(A = 1)", "E0110"}, {V, "F(a = B)", NULL}, {V, "F(a = b = 1)", "E0101"});
}

static void lambdas_are_arguments_and_nothing_else(void **state)
{
    (void)state;
    CHECK({V, "F(() => 1)", NULL}, {V, "F(p = () => 1)", NULL}, {V, "() => 1", "E0119"},
          {V, "[() => 1]", "E0119"}, {V, "{\"a\": () => 1}", "E0119"}, {C, "() => 1 == 1", "E0112"},
          {C, "1 == () => 1", "E0119"}, {V, "F(() => () => 1)", "E0119"}, {V, "(() => 1)", "E0113"},
          {V, "F((a,) => 1)", "E0101"}, {V, "F((a, A) => 1)", "E0120"},
          {V, "F((a.b) => 1)", "E0120"}, {V, "F((nil) => 1)", "E0120"},
          {V, "F((a b) => 1)", "E0101"}, {V, "F((_a) => 1)", "E0102"}, {V, "F((_, _) => 1)", NULL},
          {V, "F((_) => _)", "E0124"}, {V, "F(a => 1)", "E0101"}, {V, "(a, b)", "E0101"},
          {V, "()", "E0101"});
}

static void a_body_is_a_value_or_else_a_condition(void **state)
{
    (void)state;
    CHECK({V, "F((v) => v)", NULL}, {V, "F((v) => (v))", NULL}, {V, "F((v) => FOO)", NULL},
          {V, "F((v) => (v == 1))", NULL}, {V, "F((v) => (true))", NULL},
          {V, "F((v) => (\"x\"))", "E0112"}, {V, "F((v) => v and true)", "E0112"},
          {V, "F((v) => not v)", "E0112"}, {V, "F((v) => (v) or true)", "E0112"},
          {V, "F((v) => Foo)", "E0113"}, {V, "F((v) => set(v, 1))", "E0121"});
}

static void editors_head_statements_and_converters_stand_inside(void **state)
{
    (void)state;
    CHECK({S, "set(a, 1)", NULL}, {S, "Set(a, 1)", "E0121"}, {S, "set(a, 1)[0]", "E0122"},
          {S, "set(a, len(b))", "E0121"}, {S, "a", "E0123"}, {S, "set(a, 1) and true", "E0123"},
          {S, "set(a, 1) where true where true", "E0101"}, {S, "set(a, 1) WHERE true", "E0101"},
          {S, "set(a, 1) where a", "E0112"}, {C, "F() where true", "E0101"});
}

static void bad_literals_are_errors(void **state)
{
    (void)state;
    CHECK({V, "08", "E0105"}, {V, "9223372036854775808", "E0105"}, {V, "1.e400", "E0105"},
          {V, "0x123", "E0106"}, {V, "1e5", "E0101"}, {V, "0X12", "E0101"}, {V, "\"\\d\"", "E0104"},
          {V, "\"\\'\"", "E0104"}, {V, "\"\\400\"", "E0104"}, {V, "\"\\18\"", "E0104"},
          {V, "\"\\u12\"", "E0104"}, {V, "\"\\ud800\"", "E0104"}, {V, "\"\\U00110000\"", "E0104"},
          {V, "\"a\\\nb\"", "E0104"}, {V, "\"a", "E0103"}, {V, "\"a\\\"", "E0103"},
          {V, "'a'", "E0102"}, {V, "a.0", "E0101"}, {V, "__", "E0102"}, {V, "a\v", "E0102"},
          {V, "\xc3\xa9", "E0102"}, {V, "\xff", "E0102"}, {V, "", "E0101"});
}

static void every_bad_escape_and_character_is_reported_with_its_place(void **state)
{
    (void)state;
    says(TM_VALUE, "F(\"\\d\", \"ok \\x4g\", 'x', 08)",
         "t:1:4: error[E0104]: `\\d` is not an escape\n"
         "  F(\"\\d\", \"ok \\x4g\", 'x', 08)\n"
         "     ^^     a backslash itself is written `\\\\`\n"
         "t:1:13: error[E0104]: this escape takes exactly 2 hexadecimal digits\n"
         "  F(\"\\d\", \"ok \\x4g\", 'x', 08)\n"
         "              ^^^\n"
         "t:1:20: error[E0102]: strings are written in double quotes\n"
         "  F(\"\\d\", \"ok \\x4g\", 'x', 08)\n"
         "                     ^^^\n"
         "t:1:25: error[E0105]: an int that starts with 0 is octal and has no digit 8\n"
         "  F(\"\\d\", \"ok \\x4g\", 'x', 08)\n"
         "                          ^^     leave the leading zeros out\n");
}

static void foreign_operators_are_reported_one_by_one(void **state)
{
    (void)state;
    says(TM_CONDITION, "!true && F() || true",
         "t:1:1: error[E0102]: OTTL has no `!`\n"
         "  !true && F() || true\n"
         "  ^     write `not`\n"
         "t:1:7: error[E0102]: OTTL has no `&&`\n"
         "  !true && F() || true\n"
         "        ^^     write `and`\n"
         "t:1:14: error[E0102]: OTTL has no `||`\n"
         "  !true && F() || true\n"
         "               ^^     write `or`\n");
}

static void an_open_bracket_is_pointed_to(void **state)
{
    (void)state;
    says(TM_CONDITION, "F(a, [1, 2)",
         "t:1:11: error[E0107]: `)` cannot close `[`\n"
         "  F(a, [1, 2)\n"
         "       ~    ^\n");
    says(TM_CONDITION, "(a == 1",
         "t:1:8: error[E0107]: `(` is never closed\n"
         "  (a == 1\n"
         "  ~      ^\n");
    says(TM_CONDITION, "a == 1)",
         "t:1:7: error[E0107]: `)` closes nothing\n"
         "  a == 1)\n"
         "        ^\n");
    says(TM_VALUE, "[1 2]",
         "t:1:4: error[E0101]: unexpected `2`, expected an operator, `,` or `]`\n"
         "  [1 2]\n"
         "  ~  ^\n");
}

static void hints_name_what_was_meant(void **state)
{
    (void)state;
    says(TM_CONDITION, "kind = 2",
         "t:1:6: error[E0101]: unexpected `=`, expected an operator or the end\n"
         "  kind = 2\n"
         "       ^     did you mean `==`?\n");
    says(TM_CONDITION, "name == \"a\" AND true",
         "t:1:13: error[E0101]: unexpected `AND`, expected an operator or the end\n"
         "  name == \"a\" AND true\n"
         "              ^^^     `and` is lower-case\n");
    says(TM_CONDITION, "attributes[\"ok\"]",
         "t:1:1: error[E0112]: a path alone is not a condition\n"
         "  attributes[\"ok\"]\n"
         "  ^^^^^^^^^^^^^^^^     write `attributes[\"ok\"] == true`\n");
    says(TM_CONDITION, "true # note",
         "t:1:6: error[E0102]: comments are not part of OTTL\n"
         "  true # note\n"
         "       ^^^^^^     only .ottl files have them\n");
    says(TM_VALUE, "1e5",
         "t:1:2: error[E0101]: unexpected `e5`, expected an operator or the end\n"
         "  1e5\n"
         "   ^^     an exponent needs a point before it: 1.0e5\n");
    says(TM_VALUE, "x[1 + 1]",
         "t:1:3: error[E0117]: arithmetic in an index cannot start with an int\n"
         "  x[1 + 1]\n"
         "    ^^^^^     put it in parentheses: [(1 + 1)]\n");
    says(TM_CONDITION, "1 == 1 == true",
         "t:1:8: error[E0111]: comparisons do not chain\n"
         "  1 == 1 == true\n"
         "    ~~   ^^     join comparisons with `and` or `or`\n");
}

static void several_errors_of_one_text_are_reported_together(void **state)
{
    (void)state;
    says(TM_STATEMENT, "Set(x[1 + 1], -\"a\") where name",
         "t:1:1: error[E0121]: editors start with a lower-case letter; `Set` would be a converter\n"
         "  Set(x[1 + 1], -\"a\") where name\n"
         "  ^^^     did you mean set?\n"
         "t:1:7: error[E0117]: arithmetic in an index cannot start with an int\n"
         "  Set(x[1 + 1], -\"a\") where name\n"
         "        ^^^^^     put it in parentheses: [(1 + 1)]\n"
         "t:1:16: error[E0114]: a string cannot be part of arithmetic\n"
         "  Set(x[1 + 1], -\"a\") where name\n"
         "                 ^^^     Concat([...], \"\") joins strings\n"
         "t:1:27: error[E0112]: a path alone is not a condition\n"
         "  Set(x[1 + 1], -\"a\") where name\n"
         "                            ^^^^     write `name == true`\n");
}

/* A text of `count` parts between two ends, parsed; true when it is accepted. */
static bool accepts_many(const char *part, int count, const char *middle, const char *end)
{
    tm_arena *arena = tm_arena_new(NULL);
    tm_buf text = {.arena = arena};
    for (int i = 0; i < count; i++)
        tm_buf_add(&text, tm_text_of(part));
    tm_buf_add(&text, tm_text_of(middle));
    for (int i = 0; i < count; i++)
        tm_buf_add(&text, tm_text_of(end));
    const char *all = messages(arena, TM_VALUE, tm_buf_text(&text));
    bool accepted = !*all;
    assert_true(accepted || strstr(all, "E0108"));
    tm_arena_free(arena);
    return accepted;
}

static void deep_nesting_is_refused_and_long_chains_are_not(void **state)
{
    (void)state;
    assert_true(accepts_many("(", TM_NESTING_MAX, "1", ")"));
    assert_false(accepts_many("(", TM_NESTING_MAX + 1, "1", ")"));
    assert_false(accepts_many("[", 100000, "", "]"));
    assert_true(accepts_many("1 + ", TM_DEPTH_MAX - 2, "1", ""));
    assert_false(accepts_many("1 + ", 100000, "1", ""));
    assert_false(accepts_many("-", 100000, "1", ""));
    assert_false(accepts_many("not ", 100000, "1", ""));
    assert_false(accepts_many("() => ", 100000, "1", ""));
    assert_true(accepts_many("a.", 100000, "a", "[0]"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comparisons_neither_chain_nor_stand_in_parentheses),
        cmocka_unit_test(conditions_compare_or_are_bools_or_converters),
        cmocka_unit_test(not_stands_once_in_front_of_a_term),
        cmocka_unit_test(arithmetic_takes_numbers_paths_calls_and_parentheses),
        cmocka_unit_test(a_value_has_one_sign),
        cmocka_unit_test(an_index_is_a_string_an_int_or_arithmetic_without_an_int_in_front),
        cmocka_unit_test(only_paths_and_converters_are_indexed),
        cmocka_unit_test(lists_have_no_last_comma_but_maps_may),
        cmocka_unit_test(an_upper_word_before_a_lower_one_is_no_enum),
        cmocka_unit_test(lambdas_are_arguments_and_nothing_else),
        cmocka_unit_test(a_body_is_a_value_or_else_a_condition),
        cmocka_unit_test(editors_head_statements_and_converters_stand_inside),
        cmocka_unit_test(bad_literals_are_errors),
        cmocka_unit_test(every_bad_escape_and_character_is_reported_with_its_place),
        cmocka_unit_test(foreign_operators_are_reported_one_by_one),
        cmocka_unit_test(an_open_bracket_is_pointed_to),
        cmocka_unit_test(hints_name_what_was_meant),
        cmocka_unit_test(several_errors_of_one_text_are_reported_together),
        cmocka_unit_test(deep_nesting_is_refused_and_long_chains_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
