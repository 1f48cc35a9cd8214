/* Diff, groups: what is told apart, in which order it is shown, and where room ends.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/diff_groups.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

typedef struct fixture {
    tm_arena *arena;
    tm_diff_groups groups;
    tm_rule rule[3];
} fixture;

static int fixture_open(void **state)
{
    tm_arena *arena = tm_arena_new(NULL);
    fixture *f = TM_NEW(arena, fixture);
    f->arena = arena;
    tm_diff_groups_init(&f->groups, arena);
    for (uint32_t i = 0; i < 3; i++)
        f->rule[i].number = i;
    *state = f;
    return 0;
}

static int fixture_close(void **state)
{
    tm_arena_free(((fixture *)*state)->arena);
    return 0;
}

/* So many spans that `rule` of the new rules drops. */
static tm_diff_group *add(fixture *f, uint32_t rule, const char *service, const char *name,
                          unsigned spans)
{
    const tm_diff_group like = {.kind = TM_DIFF_DROPPED,
                                .new_rule = &f->rule[rule],
                                .service = tm_text_of(service),
                                .name = tm_text_of(name)};
    tm_diff_group *group = NULL;
    while (spans--)
        group = tm_diff_groups_count(&f->groups, &like);
    return group;
}

/* "RULE NAME SPANS" of each, parted by commas. */
static const char *shown(fixture *f)
{
    const tm_diff_group **sorted = tm_diff_groups_sorted(f->arena, &f->groups);
    tm_buf out = {.arena = f->arena};
    for (size_t i = 0; i < tm_diff_groups_count_all(&f->groups); i++)
        tm_buf_print(&out, "%s%u %.*s %llu", i ? ", " : "", tm_diff_group_rule(sorted[i])->number,
                     TM_PRI(sorted[i]->name), (unsigned long long)sorted[i]->spans);
    tm_buf_add_char(&out, 0);
    return out.p;
}

static void the_rule_of_most_spans_comes_first_and_its_names_stand_together(void **state)
{
    fixture *f = *state;
    add(f, 0, "shop", "a", 3);
    add(f, 1, "shop", "b", 2);
    add(f, 1, "shop", "c", 5);
    add(f, 2, "shop", "d", 4);
    assert_string_equal(shown(f), "1 c 5, 1 b 2, 2 d 4, 0 a 3");
}

static void rules_of_as_many_spans_come_in_their_order(void **state)
{
    fixture *f = *state;
    add(f, 2, "shop", "z", 1);
    add(f, 1, "shop", "b", 1);
    add(f, 2, "shop", "a", 1);
    add(f, 1, "shop", "c", 1);
    assert_string_equal(shown(f), "1 b 1, 1 c 1, 2 a 1, 2 z 1");
}

static void where_the_service_ends_and_the_name_begins_is_told_apart(void **state)
{
    fixture *f = *state;
    add(f, 0, "ab", "c", 1);
    add(f, 0, "a", "bc", 1);
    assert_int_equal(tm_diff_groups_count_all(&f->groups), 2);
}

static void three_samples_are_wanted(void **state)
{
    fixture *f = *state;
    const tm_diff_sample sample = {.trace_id = TM_TEXT("t"), .span_id = TM_TEXT("s")};
    for (unsigned i = 0; i < 3; i++) {
        tm_diff_group *group = add(f, 0, "shop", "a", 1);
        assert_non_null(group);
        tm_diff_groups_sample(&f->groups, group, &sample);
    }
    assert_null(add(f, 0, "shop", "a", 1));
    assert_int_equal(f->groups.spans[TM_DIFF_DROPPED], 4);
    assert_int_equal(f->groups.group[0].samples, 3);
}

static void a_value_is_absent_on_one_side_and_not_empty(void **state)
{
    fixture *f = *state;
    const tm_diff_change change = {.path = TM_TEXT("name"), .new_value = TM_TEXT("")};
    const tm_diff_sample sample = {.change = &change, .changes = 1};
    tm_diff_group *group = add(f, 0, "shop", "a", 1);
    tm_diff_groups_sample(&f->groups, group, &sample);
    assert_null(group->sample[0].change[0].old_value.p);
    assert_non_null(group->sample[0].change[0].new_value.p);
}

static void more_names_than_there_is_room_for_are_counted_together(void **state)
{
    fixture *f = *state;
    char name[16];
    for (unsigned i = 0; i < TM_DIFF_GROUPS_MOST + 5; i++) {
        snprintf(name, sizeof name, "name %u", i);
        add(f, 0, "shop", name, 1);
    }
    add(f, 0, "shop", "name 0", 1);
    assert_int_equal(tm_diff_groups_count_all(&f->groups), TM_DIFF_GROUPS_MOST);
    assert_int_equal(f->groups.others[TM_DIFF_DROPPED], 5);
    assert_int_equal(f->groups.spans[TM_DIFF_DROPPED], TM_DIFF_GROUPS_MOST + 6);
    assert_int_equal(f->groups.group[0].spans, 2);
}

static void a_long_name_is_cut_between_characters(void **state)
{
    fixture *f = *state;
    char name[2 * TM_DIFF_TEXT_BYTES_MOST + 2];
    for (size_t i = 0; i < sizeof name - 2; i += 2)
        memcpy(name + i + 1, "\xc3\xa9", 2);
    name[0] = 'x';
    name[sizeof name - 1] = 0;
    add(f, 0, "shop", name, 1);
    assert_int_equal(f->groups.group[0].name.n, TM_DIFF_TEXT_BYTES_MOST - 1);
}

static void samples_end_where_their_room_does(void **state)
{
    fixture *f = *state;
    tm_diff_group *group = add(f, 0, "shop", "a", 1);
    const tm_diff_sample sample = {.trace_id = TM_TEXT("t")};
    f->groups.sample_bytes = TM_DIFF_SAMPLE_BYTES_MOST - 1;
    assert_non_null(add(f, 0, "shop", "a", 1));
    tm_diff_groups_sample(&f->groups, group, &sample);
    assert_null(add(f, 0, "shop", "a", 1));
    assert_null(add(f, 0, "shop", "b", 1));
    assert_int_equal(tm_diff_groups_differ(&f->groups), 4);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_rule_of_most_spans_comes_first_and_its_names_stand_together),
        CASE(rules_of_as_many_spans_come_in_their_order),
        CASE(where_the_service_ends_and_the_name_begins_is_told_apart),
        CASE(three_samples_are_wanted),
        CASE(a_value_is_absent_on_one_side_and_not_empty),
        CASE(more_names_than_there_is_room_for_are_counted_together),
        CASE(a_long_name_is_cut_between_characters),
        CASE(samples_end_where_their_room_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
