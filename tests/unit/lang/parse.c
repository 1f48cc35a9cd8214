/* Parse: what texts mean to lexer and grammar, shown as nested lists.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/tree.h"
#include "tests/unit/short_heap.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static const char *const signs[] = {"==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/"};

static void show(const tm_node *node, tm_buf *out);

static void show_all(const char *head, const tm_node *nodes, tm_buf *out)
{
    tm_buf_print(out, "(%s", head);
    for (; nodes; nodes = nodes->next) {
        tm_buf_add_char(out, ' ');
        if (nodes->label_place.n)
            tm_buf_print(out, "%.*s:", TM_PRI(nodes->label));
        show(nodes, out);
    }
    tm_buf_add_char(out, ')');
}

static void show_segments(const tm_segment *segments, tm_buf *out)
{
    for (const tm_segment *s = segments; s; s = s->next) {
        tm_buf_print(out, "%s%.*s", s == segments ? "" : ".", TM_PRI(s->name));
        if (s->keys)
            show_all("at", s->keys, out);
    }
}

/* A tree as nested lists: operators first, literals with a letter for their type. */
static void show(const tm_node *node, tm_buf *out)
{
    static const char *const heads[] = {
        [TM_NODE_LIST] = "list", [TM_NODE_MAP] = "map", [TM_NODE_NOT] = "not",
        [TM_NODE_AND] = "and",   [TM_NODE_OR] = "or",   [TM_NODE_GROUP] = "group"};
    if (node->kind == TM_NODE_NIL)
        tm_buf_add(out, TM_TEXT("nil"));
    else if (node->kind == TM_NODE_BOOL)
        tm_buf_print(out, "%s", node->truth ? "true" : "false");
    else if (node->kind == TM_NODE_INT)
        tm_buf_print(out, "i%lld", (long long)node->integer);
    else if (node->kind == TM_NODE_DOUBLE)
        tm_buf_print(out, "d%.17g", node->number);
    else if (node->kind == TM_NODE_STRING) {
        tm_buf_add_char(out, '\'');
        tm_buf_add(out, node->text);
        tm_buf_add_char(out, '\'');
    } else if (node->kind == TM_NODE_BYTES)
        for (size_t i = 0; i < node->text.n; i++)
            tm_buf_print(out, "%s%02x", i ? "" : "b", (unsigned char)node->text.p[i]);
    else if (node->kind == TM_NODE_ENUM || node->kind == TM_NODE_FUNCTION)
        tm_buf_print(out, "%s%.*s", node->kind == TM_NODE_ENUM ? "#" : "&", TM_PRI(node->name));
    else if (node->kind == TM_NODE_PATH)
        show_segments(node->segments, out);
    else if (node->kind == TM_NODE_CALL) {
        tm_buf_print(out, "%.*s", TM_PRI(node->name));
        show_all("", node->first, out);
        if (node->keys)
            show_all("at", node->keys, out);
    } else if (node->kind == TM_NODE_LAMBDA) {
        tm_buf_add_char(out, '\\');
        for (const tm_segment *s = node->parameters; s; s = s->next)
            tm_buf_print(out, "%.*s ", TM_PRI(s->name));
        show(node->first, out);
    } else if (heads[node->kind % (sizeof heads / sizeof *heads)])
        show_all(heads[node->kind], node->first, out);
    else
        show_all(signs[node->op], node->first, out);
}

static void reads_as(tm_entry_point entry, tm_text text, const char *shown)
{
    tm_arena *arena = tm_arena_new(NULL);
    tm_diags diags = {.arena = arena};
    tm_source source = {.name = TM_TEXT("text"), .text = text};
    tm_buf out = {.arena = arena};
    tm_tree *tree = tm_parse(arena, &diags, &source, entry);
    if (!tree)
        tm_diags_render(&diags, false, &out);
    else
        show(tree->expression, &out);
    if (tree && tree->where) {
        tm_buf_add(&out, TM_TEXT(" where "));
        show(tree->where, &out);
    }
    tm_buf_add_char(&out, 0);
    assert_string_equal(out.p, shown);
    tm_arena_free(arena);
}

#define VALUE(text, shown) reads_as(TM_VALUE, TM_TEXT(text), shown)
#define CONDITION(text, shown) reads_as(TM_CONDITION, TM_TEXT(text), shown)
#define STATEMENT(text, shown) reads_as(TM_STATEMENT, TM_TEXT(text), shown)

static void numbers_are_decimal_unless_a_zero_makes_them_octal(void **state)
{
    (void)state;
    VALUE("42", "i42");
    VALUE("010", "i8");
    VALUE("0", "i0");
    VALUE("9223372036854775807", "i9223372036854775807");
    VALUE("0777777777777777777777", "i9223372036854775807");
}

static void floats_need_a_point_and_no_digit_on_one_side_of_it(void **state)
{
    (void)state;
    VALUE("1.", "d1");
    VALUE(".5", "d0.5");
    VALUE("1.e2", "d100");
    VALUE("1.5e-3", "d0.0015");
    VALUE("08.5", "d8.5");
    VALUE("1.e-999999999999999999999", "d0");
    VALUE("123456789.123456789E+2", "d12345678912.345678");
}

static void bytes_are_pairs_of_digits(void **state)
{
    (void)state;
    VALUE("0x0aFf", "b0aff");
}

static void escapes_are_code_points(void **state)
{
    (void)state;
    VALUE("\"\\x41\\xff\\377\\u00e9\\U0001F600\"", "'Aÿÿé😀'");
    VALUE("\"\\a\\b\\f\\n\\r\\t\\v\\\\\\\"\"", "'\a\b\f\n\r\t\v\\\"'");
    VALUE("\"raw\nline\ttab\"", "'raw\nline\ttab'");
}

static void bytes_that_are_not_utf8_become_replacement_characters_inside_strings(void **state)
{
    (void)state;
    VALUE("\"a\xff\"", "'a\xef\xbf\xbd'");
}

static void white_space_inside_a_name_is_invisible(void **state)
{
    (void)state;
    CONDITION("Is Match(\"a\", \"b\")", "IsMatch( 'a' 'b')");
    CONDITION("I s M\natch (a)", "IsMatch( a)");
    STATEMENT("se t (a)", "set( a)");
    VALUE("F(a B = 1)", "F( aB:i1)");
}

static void a_keyword_ends_where_the_word_ends(void **state)
{
    (void)state;
    CONDITION("1 == 1or 2 == 2", "(or (== i1 i1) (== i2 i2))");
    CONDITION("orx == andy", "(== orx andy)");
    CONDITION("name==\"x\"or kind==2", "(or (== name 'x') (== kind i2))");
    VALUE("F(nilA = nil)", "F( nilA:nil)");
}

static void operators_bind_as_in_ottl(void **state)
{
    (void)state;
    VALUE("1 + 2 * 3 - 4", "(- (+ i1 (* i2 i3)) i4)");
    VALUE("-a * -(1)", "(* (- a) (- (group i1)))");
    CONDITION("not a == b", "(not (== a b))");
    CONDITION("true or false and not F()", "(or true (and false (not F())))");
    CONDITION("a + 1 < b", "(< (+ a i1) b)");
}

static void a_chain_is_one_node_and_parentheses_stay(void **state)
{
    (void)state;
    CONDITION("A() or B() or C()", "(or A() B() C())");
    CONDITION("A() and (B() and C()) and D()", "(and A() (group (and B() C())) D())");
    CONDITION("(A() or B()) or C()", "(or (group (or A() B())) C())");
}

static void paths_have_fields_and_keys(void **state)
{
    (void)state;
    VALUE("resource.attributes[\"a\"][0].x", "resource.attributes(at 'a' i0).x");
    VALUE("a [ b[1] ] [Len(x) - 1]", "a(at b(at i1) (- Len( x) i1))");
    VALUE("where", "where");
}

static void one_upper_case_run_is_an_enum_and_more_are_a_function(void **state)
{
    (void)state;
    VALUE("SPAN_KIND_SERVER", "#SPAN_KIND_SERVER");
    VALUE("F(SHA256, IsMatch)", "F( #SHA256 &IsMatch)");
    VALUE("SHA256(a)[\"k\"]", "SHA256( a)(at 'k')");
}

static void lists_and_maps_nest(void **state)
{
    (void)state;
    VALUE("[1, [], {\"a\": nil}]", "(list i1 (list) (map a:nil))");
    VALUE("{\"a\":1 \"b\":{},}", "(map a:i1 b:(map))");
    VALUE("{}", "(map)");
}

static void a_lambda_reaches_as_far_as_it_can(void **state)
{
    (void)state;
    VALUE("F((_, v) => v > 1 or true, 2)", "F( \\_ v (or (> v i1) true) i2)");
    VALUE("F(() => (v), p = (v) => {\"v\": v})", "F( \\(group v) p:\\v (map v:v))");
    VALUE("F((v) => (true))", "F( \\v (group true))");
}

static void where_is_a_word_only_behind_the_call_of_a_statement(void **state)
{
    (void)state;
    STATEMENT("set(a, 1) where where == 1", "set( a i1) where (== where i1)");
    STATEMENT("set(where, F((where) => where))", "set( where F( \\where where))");
}

/* What `text` is read as: 's', 'v', 'c', or '!' when it has errors. */
static char kind_of(const char *text)
{
    tm_arena *arena = tm_arena_new(NULL);
    tm_diags diags = {.arena = arena};
    const tm_source source = {.name = TM_TEXT("typed"), .text = tm_text_of(text)};
    const tm_tree *tree = tm_parse_any(arena, &diags, &source);
    const char kind = !tree                         ? '!'
                      : tree->entry == TM_STATEMENT ? 's'
                      : tree->entry == TM_VALUE     ? 'v'
                                                    : 'c';
    tm_arena_free(arena);
    return kind;
}

static void a_name_and_its_bracket_begin_a_statement(void **state)
{
    (void)state;
    assert_int_equal(kind_of("set(name, \"x\")"), 's');
    assert_int_equal(kind_of("set (name, \"x\")"), 's');
    assert_int_equal(kind_of(" # why\n set\n(name, \"x\") where name == \"y\""), 's');
    assert_int_equal(kind_of("set(name"), '!');
    assert_int_equal(kind_of("not(name == \"x\")"), 'c');
    assert_int_equal(kind_of("not (true)"), 'c');
    assert_int_equal(kind_of("name == \"set(\""), 'c');
    assert_int_equal(kind_of("attributes[\"set(\"]"), 'v');
    assert_int_equal(kind_of("Concat([name], \"\")"), 'v');
    assert_int_equal(kind_of("(1 + 2)"), 'v');
    assert_int_equal(kind_of(""), '!');
}

static void a_nul_byte_and_a_missing_one_are_no_end(void **state)
{
    (void)state;
    VALUE("\"a\0b\"", "'a"); /* the whole string is there; C's comparison stops */
    reads_as(TM_VALUE, tm_text_slice("name\"", 4), "name");
    reads_as(TM_VALUE, tm_text_slice("123", 2), "i12");
}

static void places_cover_what_they_name(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_diags diags = {.arena = arena};
    tm_source source = {.name = TM_TEXT("text"), .text = TM_TEXT(" a.b [1] == F(x, yZ = 2)[0] ")};
    tm_node *e = tm_parse(arena, &diags, &source, TM_CONDITION)->expression;
    assert_int_equal(e->place.at, 1);
    assert_int_equal(e->place.n, 26);
    assert_int_equal(e->op_place.at, 9);
    assert_int_equal(e->first->place.n, 7);
    assert_int_equal(e->first->segments->next->place.at, 3);
    assert_int_equal(e->last->name_place.at, 12);
    assert_int_equal(e->last->first->next->label_place.at, 17);
    assert_int_equal(e->last->keys->place.at, 25);
    tm_arena_free(arena);
}

/* Reads a long text with errors of several kinds in it. */
static void parse_much(void *argument)
{
    tm_arena *arena = argument;
    tm_buf text = {.arena = arena};
    tm_diags diags = {.arena = arena};
    for (int i = 0; i < 500; i++)
        tm_buf_add(&text, TM_TEXT("F(\"\\x41\\q\", x[1 + 1], Is Match) and "));
    tm_source source = {.name = TM_TEXT("text"), .text = tm_buf_text(&text)};
    assert_null(tm_parse(arena, &diags, &source, TM_CONDITION));
}

/* True when the heap had enough. */
static bool parses_with(void *owner, const tm_heap *heap)
{
    (void)owner;
    tm_arena *arena = tm_arena_new(heap);
    bool enough = arena && tm_arena_try(arena, parse_much, arena);
    tm_arena_free(arena);
    return enough;
}

static void running_out_of_memory_leaves_nothing_behind(void **state)
{
    (void)state;
    assert_true(short_heap_each(parses_with, NULL) > 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_decimal_unless_a_zero_makes_them_octal),
        cmocka_unit_test(floats_need_a_point_and_no_digit_on_one_side_of_it),
        cmocka_unit_test(bytes_are_pairs_of_digits),
        cmocka_unit_test(escapes_are_code_points),
        cmocka_unit_test(bytes_that_are_not_utf8_become_replacement_characters_inside_strings),
        cmocka_unit_test(white_space_inside_a_name_is_invisible),
        cmocka_unit_test(a_keyword_ends_where_the_word_ends),
        cmocka_unit_test(operators_bind_as_in_ottl),
        cmocka_unit_test(a_chain_is_one_node_and_parentheses_stay),
        cmocka_unit_test(paths_have_fields_and_keys),
        cmocka_unit_test(one_upper_case_run_is_an_enum_and_more_are_a_function),
        cmocka_unit_test(lists_and_maps_nest),
        cmocka_unit_test(a_lambda_reaches_as_far_as_it_can),
        cmocka_unit_test(where_is_a_word_only_behind_the_call_of_a_statement),
        cmocka_unit_test(a_name_and_its_bracket_begin_a_statement),
        cmocka_unit_test(a_nul_byte_and_a_missing_one_are_no_end),
        cmocka_unit_test(places_cover_what_they_name),
        cmocka_unit_test(running_out_of_memory_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
