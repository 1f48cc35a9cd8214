/* XPath: what goes wrong, and the order and number of what is selected.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/xml/xpath.h"
#include "tests/unit/short_heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const char DOCUMENT[] = "<r><a>X1</a><b><a>x2</a></b><c/></r>";

static size_t count(tm_arena *own, tm_arena *arena, const char *expression, const char **error)
{
    tm_vm vm;
    tm_xml **nodes;
    size_t n = 0;
    tm_vm_init(&vm, own, arena, NULL);
    tm_xml *document = tm_xml_read(arena, NULL, tm_text_of(DOCUMENT), error);
    const tm_xpath *xpath = tm_xpath_new(arena, tm_text_of(expression), error);
    if (xpath)
        *error = tm_xpath_select(&vm, xpath, document, &nodes, &n);
    return n;
}

/* An expression to be run. */
typedef struct question {
    tm_arena *own, *arena;
    const char *expression;
    const char *error;
    long n; /* nodes that it selects */
} question;

static void ask(void *argument)
{
    question *q = argument;
    q->n = (long)count(q->own, q->arena, q->expression, &q->error);
}

/* True when there was memory enough, for 3 nodes. */
static bool count_with(void *expression, const tm_heap *heap)
{
    question q = {.own = tm_arena_new(heap), .arena = tm_arena_new(heap), .expression = expression};
    bool done = false;
    if (q.own && q.arena) {
        tm_arena_follow(q.own, q.arena);
        done = tm_arena_try(q.arena, ask, &q) && !q.error;
    }
    tm_arena_free(q.arena);
    tm_arena_free(q.own);
    assert_true(!done || q.n == 3);
    return done;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    static char expression[] = "//a[matches(lower-case(.), concat('^', 'x', '[0-9]'))]"
                               " | //*[replace(string-join(a, ','), '(X)', '$1y') = 'Xy1']";
    assert_true(short_heap_each(count_with, expression) > 10);
}

static void says(const char *expression, const char *expected)
{
    const char *error = NULL;
    tm_arena *arena = tm_arena_new(NULL);
    count(arena, arena, expression, &error);
    assert_non_null(error);
    assert_string_equal(error, expected);
    tm_arena_free(arena);
}

static void what_cannot_be_evaluated_says_why(void **state)
{
    (void)state;
    says("//a[", "it is malformed");
    says("//a[upper-case(.) = 'X']", "it calls an unknown function");
    says("//a[contains(.)]", "a function in it lacks arguments");
    says("//a[matches(., 'x', 'i')]", "a function in it has too many arguments");
    says("//a[matches(., '(')]", "a regular expression in it is bad");
    says("//a[matches(., concat('(', 'x'))]", "a regular expression that it makes is bad");
    says("//a[substring(., 'x')]", "substring() takes numbers");
    says("//a[$x]", "there are no variables");
    says("count(1, 2) + b/namespace::a", "the axis namespace is unknown");
}

static bool no_more(void *owner, tm_work *work)
{
    (void)work;
    return (*(unsigned *)owner)-- > 0;
}

static void an_expression_that_takes_too_many_steps_stops(void **state)
{
    (void)state;
    const char *error = NULL;
    unsigned grants = 1;
    tm_vm vm;
    tm_xml **nodes;
    size_t n;
    tm_arena *arena = tm_arena_new(NULL);
    tm_vm_init(&vm, arena, arena, NULL);
    vm.work->more = no_more;
    vm.work->owner = &grants;
    tm_buf text = {.arena = arena};
    for (int i = 0; i < 100; i++)
        tm_buf_add(&text, tm_text_of(DOCUMENT));
    tm_xml *document = tm_xml_read(arena, NULL, tm_buf_text(&text), &error);
    const tm_xpath *xpath = tm_xpath_new(
        arena,
        TM_TEXT("//*[count(following::*[count(preceding::node()[count(//*[count(.//node()[count("
                "ancestor::*[count(//node()[position() < 5]) > 1]) > 0]) > 0]) > 0]) > 0]) > 9]"),
        &error);
    assert_non_null(xpath);
    error = tm_xpath_select(&vm, xpath, document, &nodes, &n);
    assert_non_null(error);
    assert_string_equal(error, "it takes too many steps");
    assert_true(vm.work->over);
    tm_arena_free(arena);
}

/* The texts of the attributes x that an expression selects. */
static void selects(const char *text, const char *expression, const char *expected)
{
    const char *error = NULL;
    tm_vm vm;
    tm_xml **nodes;
    size_t n = 0;
    tm_arena *arena = tm_arena_new(NULL);
    tm_vm_init(&vm, arena, arena, NULL);
    tm_xml *document = tm_xml_read(arena, NULL, tm_text_of(text), &error);
    const tm_xpath *xpath = tm_xpath_new(arena, tm_text_of(expression), &error);
    tm_buf found = {.arena = arena};
    assert_non_null(document);
    if (!xpath)
        fail_msg("%s: %s", expression, error);
    error = tm_xpath_select(&vm, xpath, document, &nodes, &n);
    for (size_t i = 0; !error && i < n; i++)
        tm_buf_add(&found, nodes[i]->kind == TM_XML_ELEMENT ? nodes[i]->name : nodes[i]->text);
    if (error || !tm_text_is(tm_buf_text(&found), expected))
        fail_msg("%s selects %.*s (%s), not %s", expression, (int)found.n, found.p,
                 error ? error : "", expected);
    tm_arena_free(arena);
}

/* r > a1 > (a2, b1), a3 > b2 > a4, c */
static const char TREE[] = "<r><a x='1'><a x='2'/><b x='b1'/></a><a x='3'><b x='b2'><a x='4'/></b>"
                           "</a><c x='c'/></r>";

static void sets_come_in_the_order_of_the_steps_each_node_once(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"//a/@x", "1234"},
        {"//a[@x]/@x", "1324"},
        {"//b/../@x", "13"},
        {"//a/ancestor::*/@x", "1b23"},
        {"//a/ancestor-or-self::*/@x", "1234b2"},
        {"//a/descendant::*/@x", "2b1b24"},
        {"//a//*/@x", "2b1b24"},
        {"//a/following::*/@x", "3b24cb1"},
        {"//a/preceding::*/@x", "12b1"},
        {"//a/following-sibling::*/@x", "3cb1"},
        {"//b/preceding-sibling::*/@x", "2"},
        {"//c/preceding-sibling::a/@x", "31"},
        {"//c/preceding-sibling::a[1]/@x", "3"},
        {"//a/../a/@x", "1324"},
        {"(//b|//a)/@x", "b1b21234"},
        {"(//b/ancestor::*)[1]/@x", "1"},
        {"(//a)[last()]/@x", "4"},
        {"//a[last()]/@x", "324"},
        {"//a[1]/@x", "124"},
        {"//a[position() > 1]/@x", "3"},
        {"/descendant::a[2]/@x", "2"},
        {"//a[@x='4']/ancestor::*[1]/@x", "b2"},
        {"reverse(//a)/@x", "4321"},
        {"//a[b[a]]/@x", "3"},
        {"//a[.//a]/@x", "13"},
        {"//*[self::b or self::c]/@x", "cb1b2"},
        {"//a[@x = //b/a/@x]/@x", "4"},
        {"//a[@x != //b/a/@x]/@x", "132"},
        {"//a[@x < //a/@x]/@x", "132"},
        {"//a[@x >= //a/@x]/@x", "1324"},
        {"//a[not(@x > 1)]/@x", "1"},
        {"//a[count(//b) = 2][count(b) = 1]/@x", "13"},
        {"//a[.= '']/@x", "1324"},
        {"//a[-@x = -2]/@x", "2"},
        {"//a[@x * 2 - 1 = 3 div 1 mod 4]/@x", "2"},
        {"//.[@x = 'c']/@x", "c"},
        {"count(//a)", ""},
        {"count(//a)/b|//c", "c"},
        {"//@*[. = 'b1']/../@x", "b1"},
        {"//@x/following::*/@x", "3b24cb1"},
        {"/", ""},
        {"/r/a/b/node()/@x", "4"},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        selects(TREE, rows[i][0], rows[i][1]);
}

static void namespaces_are_those_that_are_declared_around_a_node(void **state)
{
    (void)state;
    static const char text[] =
        "<r xmlns:p='u' xmlns='d'><p:a x='1'/><p:b xmlns:p='v' x='2' p:y='z'><p:a x='3'/></p:b>"
        "<q x='4'/><p:a x='5'/></r>";
    selects(text, "//*[namespace-uri() = 'u']/@x", "15");
    selects(text, "//*[namespace-uri() = 'v']/@x", "23");
    selects(text, "//*[namespace-uri() = 'd']/@x", "4");
    selects(text, "//@*[namespace-uri() = 'v']", "z");
    selects(text, "//p:a/@x", "135");
    selects(text, "//p:*/@x", "1235");
}

static void characters_are_translated_by_their_first_place(void **state)
{
    (void)state;
    static const char text[] = "<r x='abcABCabc' y='abcdefghijklmnopqrstuvwxyz0123456789abc'/>";
    selects(text, "//r[translate(@x, 'abc', 'xy') = 'xyABCxy']/@x", "abcABCabc");
    selects(text, "//r[translate(@x, @y, 'ABC') = 'ABCABCABC']/@x", "abcABCabc");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(what_cannot_be_evaluated_says_why),
        cmocka_unit_test(an_expression_that_takes_too_many_steps_stops),
        cmocka_unit_test(sets_come_in_the_order_of_the_steps_each_node_once),
        cmocka_unit_test(namespaces_are_those_that_are_declared_around_a_node),
        cmocka_unit_test(characters_are_translated_by_their_first_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
