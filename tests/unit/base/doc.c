/* Trees of documents.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/doc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static tm_doc *child(tm_arena *arena, tm_doc *parent, tm_doc_type type, const char *key)
{
    tm_doc *doc = tm_doc_new(arena, type);
    doc->key = tm_text_of(key);
    tm_doc_append(parent, doc);
    return doc;
}

static void a_path_names_keys_and_indexes(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_doc *root = tm_doc_new(arena, TM_DOC_MAP);
    tm_doc *filter = child(arena, root, TM_DOC_MAP, "filter/traces");
    tm_doc *list = child(arena, filter, TM_DOC_LIST, "span");
    child(arena, list, TM_DOC_STRING, "");
    tm_doc *inner = child(arena, list, TM_DOC_LIST, "");
    tm_doc *map = child(arena, inner, TM_DOC_MAP, "");
    tm_doc *leaf = child(arena, map, TM_DOC_INT, "x");
    assert_true(tm_text_is(tm_doc_path(arena, leaf), "filter/traces.span[1][0].x"));
    assert_true(tm_text_is(tm_doc_path(arena, list->first), "filter/traces.span[0]"));
    assert_true(tm_text_is(tm_doc_path(arena, root), ""));
    tm_arena_free(arena);
}

static void find_looks_only_into_maps(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_doc *root = tm_doc_new(arena, TM_DOC_MAP);
    tm_doc *a = child(arena, root, TM_DOC_NULL, "a"), *b = child(arena, root, TM_DOC_LIST, "b");
    assert_ptr_equal(tm_doc_find(root, TM_TEXT("a")), a);
    assert_ptr_equal(tm_doc_find(root, TM_TEXT("b")), b);
    assert_null(tm_doc_find(root, TM_TEXT("c")));
    assert_null(tm_doc_find(b, TM_TEXT("a")));
    assert_null(tm_doc_find(NULL, TM_TEXT("a")));
    assert_ptr_equal(a->next, b);
    assert_ptr_equal(b->parent, root);
    assert_string_equal(tm_doc_type_name(TM_DOC_INT), "an int");
    tm_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_names_keys_and_indexes),
        cmocka_unit_test(find_looks_only_into_maps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
