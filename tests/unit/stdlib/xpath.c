/* XPath: functions run inside libxml2, so out of memory has to find its way back through it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/xpath.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* A heap whose n-th allocation fails, and that counts what is not given back. */
typedef struct short_heap {
    long left, blocks;
} short_heap;

static void *take(void *owner, size_t size_bytes)
{
    short_heap *h = owner;
    if (h->left-- == 0)
        return NULL;
    h->blocks++;
    return malloc(size_bytes);
}

static void *grow(void *owner, void *block, size_t size_bytes)
{
    short_heap *h = owner;
    return h->left-- == 0 ? NULL : realloc(block, size_bytes);
}

static void drop(void *owner, void *block)
{
    ((short_heap *)owner)->blocks -= block != NULL;
    free(block);
}

static const char DOCUMENT[] = "<r><a>X1</a><b><a>x2</a></b><c/></r>";

static size_t count(tm_arena *arena, const char *expression, const char **error)
{
    tm_xml **nodes;
    size_t n = 0;
    tm_xml *document = tm_xml_read(arena, NULL, tm_text_of(DOCUMENT), error);
    const tm_xpath *xpath = tm_xpath_new(arena, tm_text_of(expression), error);
    if (xpath)
        *error = tm_xpath_select(arena, xpath, document, &nodes, &n);
    return n;
}

/* How many nodes are selected; -1: there was too little memory. */
static long count_with(const tm_heap *heap, const char *expression)
{
    const char *error = NULL;
    volatile long n = -1;
    tm_arena *volatile arena = tm_arena_new(heap);
    jmp_buf escape;
    if (!arena)
        return -1;
    tm_arena_escape(arena, &escape);
    if (setjmp(escape) == 0)
        n = (long)count(arena, expression, &error);
    tm_arena_free(arena);
    return n;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    long found = -1;
    for (long n = 0; found < 0 && n < 10000; n++) {
        short_heap h = {.left = n};
        tm_heap heap = {.alloc = take, .grow = grow, .drop = drop, .owner = &h};
        found = count_with(&heap, "//a[matches(lower-case(.), concat('^', 'x', '[0-9]'))]"
                                  " | //*[replace(string-join(a, ','), '(X)', '$1y') = 'Xy1']");
        assert_int_equal(h.blocks, 0);
    }
    assert_int_equal(found, 3);
}

static void says(const char *expression, const char *expected)
{
    const char *error = NULL;
    tm_arena *arena = tm_arena_new(NULL);
    count(arena, expression, &error);
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

static void an_expression_that_takes_too_many_steps_stops(void **state)
{
    (void)state;
    says("count(//*/ancestor-or-self::node()/descendant-or-self::node()/ancestor-or-self::node()"
         "/descendant-or-self::node()/ancestor-or-self::node()/descendant-or-self::node()"
         "[count(//*/ancestor-or-self::node()/descendant-or-self::node()[count(//node()"
         "/ancestor-or-self::node()/descendant-or-self::node()[count(//node()/descendant::node()"
         "/ancestor::node()/descendant::node()/ancestor::node()) > 0]) > 0]) > 0])",
         "it takes too many steps");
}

static void a_set_comes_in_the_order_of_the_steps(void **state)
{
    (void)state;
    const char *error = NULL;
    tm_arena *arena = tm_arena_new(NULL);
    tm_xml **nodes;
    size_t n = 0;
    tm_xml *document = tm_xml_read(arena, NULL, TM_TEXT("<r><a><b>1</b></a><b>2</b></r>"), &error);
    const tm_xpath *xpath = tm_xpath_new(arena, TM_TEXT("//b[. > 0]"), &error);
    assert_non_null(xpath);
    assert_null(tm_xpath_select(arena, xpath, document, &nodes, &n));
    assert_int_equal(n, 2);
    assert_true(tm_text_is(nodes[0]->first->text, "2"));
    assert_true(tm_text_is(nodes[1]->first->text, "1"));
    tm_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(what_cannot_be_evaluated_says_why),
        cmocka_unit_test(an_expression_that_takes_too_many_steps_stops),
        cmocka_unit_test(a_set_comes_in_the_order_of_the_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
