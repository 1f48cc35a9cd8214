/* Parents: who loses theirs, and what there is no room for.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/parents.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TRACE TM_TEXT("\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20")
#define OTHER_TRACE TM_TEXT("\2\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20")

typedef struct found {
    char text[64]; /* "DROPPED>STAYS " for each */
} found;

static void note(void *owner, uint32_t dropped, uint32_t stays)
{
    found *f = owner;
    const size_t n = strlen(f->text);
    snprintf(f->text + n, sizeof f->text - n, "%u>%u ", dropped, stays);
}

static void id_of(char id[8], uint32_t n)
{
    memset(id, 1, 8);
    memcpy(id, &n, sizeof n);
}

static void drop(tm_parents *p, tm_text trace, uint32_t span, uint32_t by)
{
    char id[8];
    id_of(id, span);
    assert_true(tm_parents_drop(p, trace, tm_text_slice(id, sizeof id), by));
}

static void stay(tm_parents *p, tm_text trace, uint32_t parent, uint32_t as)
{
    char id[8];
    id_of(id, parent);
    assert_true(tm_parents_stay(p, trace, tm_text_slice(id, sizeof id), as));
}

static void a_span_loses_its_parent_whichever_of_them_comes_first(void **state)
{
    tm_parents p = {0};
    found f = {{0}};
    (void)state;
    stay(&p, TRACE, 1, 100);
    drop(&p, TRACE, 1, 7);
    drop(&p, TRACE, 2, 8);
    stay(&p, TRACE, 2, 101);
    stay(&p, TRACE, 3, 102);
    stay(&p, TRACE, 1, 103);
    tm_parents_each(&p, note, &f);
    assert_string_equal(f.text, "7>100 8>101 7>103 ");
    tm_parents_free(&p);
}

static void a_span_of_another_trace_is_no_parent(void **state)
{
    tm_parents p = {0};
    found f = {{0}};
    (void)state;
    drop(&p, OTHER_TRACE, 1, 7);
    stay(&p, TRACE, 1, 100);
    tm_parents_each(&p, note, &f);
    assert_string_equal(f.text, "");
    tm_parents_free(&p);
}

static void an_id_of_zeros_or_none_is_no_parent(void **state)
{
    tm_parents p = {0};
    found f = {{0}};
    (void)state;
    assert_true(tm_parents_drop(&p, TRACE, TM_TEXT(""), 7));
    assert_true(tm_parents_drop(&p, TRACE, TM_TEXT("\0\0\0\0\0\0\0\0"), 7));
    assert_true(tm_parents_stay(&p, TRACE, TM_TEXT(""), 100));
    assert_true(tm_parents_stay(&p, TRACE, TM_TEXT("\0\0\0\0\0\0\0\0"), 101));
    tm_parents_each(&p, note, &f);
    assert_string_equal(f.text, "");
    tm_parents_free(&p);
}

static void what_there_is_no_room_for_is_counted(void **state)
{
    tm_parents p = {0};
    found f = {{0}};
    (void)state;
    for (uint32_t i = 0; i < TM_PARENTS_MOST; i++)
        drop(&p, TRACE, i, i);
    assert_int_equal(p.left_out, 0);
    drop(&p, TRACE, TM_PARENTS_MOST, 7);
    drop(&p, TRACE, TM_PARENTS_MOST + 1, 7);
    assert_int_equal(p.left_out, 2);
    stay(&p, TRACE, TM_PARENTS_MOST - 1, 100);
    stay(&p, TRACE, TM_PARENTS_MOST, 101);
    tm_parents_each(&p, note, &f);
    assert_string_equal(f.text, "4194303>100 ");
    tm_parents_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_span_loses_its_parent_whichever_of_them_comes_first),
        cmocka_unit_test(a_span_of_another_trace_is_no_parent),
        cmocka_unit_test(an_id_of_zeros_or_none_is_no_parent),
        cmocka_unit_test(what_there_is_no_room_for_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
