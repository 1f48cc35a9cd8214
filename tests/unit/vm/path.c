/* Paths into attributes and cache: reading (language.md 3.1), writing (3.2) and clearing (4.10).
 * SPDX-License-Identifier: Apache-2.0 */
#include "target_at.h"

/* {"a": {"k": [1, nil, "x"]}, "e": empty} */
static void put_sample(stage *s)
{
    const tm_value items[] = {tm_int(1), tm_nil(), str("x")};
    tm_value list = list_of(s->request, TM_DATA, 3, items);
    assert_true(set(s, AT(str("a")), map_of(s->request, TM_DATA, "k", list)));
    assert_true(set(s, AT(str("e")), tm_nil()));
}

/* --- reading --- */

static void keys_descend_through_maps_and_lists(void **state)
{
    stage *s = *state;
    put_sample(s);
    assert_json(s, got(s, AT(str("a"))), "{\"k\":[1,null,\"x\"]}");
    assert_json(s, got(s, AT(str("a"), str("k"), tm_int(2))), "\"x\"");
    assert_json(s, got(s, AT(str("a"), str("k"), tm_int(1))), "null");
}

static void an_absent_key_is_nil_whatever_follows(void **state)
{
    stage *s = *state;
    put_sample(s);
    assert_json(s, got(s, AT(str("b"))), "null");
    assert_json(s, got(s, AT(str("b"), tm_int(9), str("x"))), "null");
    assert_json(s, got(s, AT(str("a"), str("no"), tm_int(-1))), "null");
    assert_json(s, got(s, AT(str("no"), str("x"), tm_duration(1))), "null");
    assert_json(s, got(s, make_target(TM_SPAN, "cache", KEYS(str("x"), tm_int(1)))), "null");
}

static void keys_that_do_not_fit_are_errors(void **state)
{
    stage *s = *state;
    tm_value out;
    put_sample(s);
    assert_refused(s, get(s, AT(str("e"), str("x")), &out),
                   "type nil does not support string indexing");
    assert_refused(s, get(s, AT(str("a"), str("k"), tm_int(0), tm_int(0)), &out),
                   "type int64 does not support int indexing");
    assert_refused(s, get(s, AT(str("a"), tm_int(0)), &out),
                   "could not resolve key for map/slice, expecting 'string' but got 'int64'");
    assert_refused(s, get(s, AT(str("a"), str("k"), str("0")), &out),
                   "could not resolve key for map/slice, expecting 'int64' but got 'string'");
    assert_refused(s, get(s, AT(str("a"), str("k"), tm_int(3)), &out), "index 3 out of bounds");
    assert_refused(s, get(s, AT(str("a"), str("k"), tm_int(-1)), &out), "index -1 out of bounds");
}

static void dynamic_keys_come_from_registers(void **state)
{
    stage *s = *state;
    target_at a = attribute(0, NULL);
    tm_value out;
    put_sample(s);
    a.target.keys = 2;
    a.key[0] = (tm_path_key){.dynamic = true, .reg = 1};
    a.key[1] = (tm_path_key){.value = str("k")};
    s->vm.r[1] = str("a");
    assert_json(s, got(s, a), "[1,null,\"x\"]");
    s->vm.r[1] = tm_double(1);
    assert_refused(s, get(s, a, &out),
                   "could not resolve key for map/slice, expecting 'string' but got 'float64'");
    s->vm.r[1] = tm_nil();
    assert_false(get(s, a, &out));
}

static void indexing_a_result_is_strict(void **state)
{
    stage *s = *state;
    const tm_value one = tm_int(1), map = map_of(s->request, TM_DATA, "k", one);
    const tm_value list = list_of(s->request, TM_STRINGS, 1, (tm_value[]){str("x")});
    tm_value out;
    assert_true(tm_value_index(&s->vm, map, str("k"), &out));
    assert_json(s, out, "1");
    assert_refused(s, tm_value_index(&s->vm, map, str("no"), &out), "key not found in map");
    assert_true(tm_value_index(&s->vm, list, tm_int(0), &out));
    assert_refused(s, tm_value_index(&s->vm, list, tm_int(1), &out), "index 1 out of bounds");
    assert_refused(s, tm_value_index(&s->vm, tm_nil(), str("k"), &out),
                   "type nil does not support string indexing");
    assert_refused(s, tm_value_index(&s->vm, str("s"), one, &out),
                   "type string does not support int indexing");
}

static void a_byte_is_an_int_that_equals_nothing(void **state)
{
    stage *s = *state;
    tm_value out, stored = tm_nil();
    assert_true(tm_value_index(&s->vm, tm_bytes_value(TM_TEXT("\377")), tm_int(0), &out));
    assert_false(tm_value_compare(TM_IS_EQ, out, tm_int(255)));
    assert_false(tm_value_compare(TM_IS_EQ, out, out));
    assert_true(tm_value_to_data(&s->vm, out, &stored));
    assert_json(s, stored, "255");
    assert_int_equal(stored.type, TM_INT);
}

/* --- writing attributes --- */

static void slots_and_the_open_map_agree(void **state)
{
    stage *s = *state;
    assert_true(set(s, AT(str("a")), tm_int(1)));
    assert_true(set(s, AT(str("z")), tm_int(2)));
    assert_true(set(s, AT(str("a")), tm_int(3)));
    assert_true(set(s, AT(str("b")), tm_int(4)));
    assert_json(s, got(s, AT(str("a"))), "3");
    assert_json(s, got(s, attribute(0, NULL)), "{\"a\":3,\"b\":4,\"z\":2}");
    assert_true(tm_item_is_edited(&s->item[TM_SPAN]));
}

static void what_is_missing_on_the_way_is_created(void **state)
{
    stage *s = *state;
    assert_true(set(s, AT(str("b"), str("y"), str("z")), tm_int(1)));
    assert_json(s, got(s, AT(str("b"))), "{\"y\":{\"z\":1}}");
    assert_true(set(s, AT(str("ll"), tm_int(2)), tm_int(1)));
    assert_json(s, got(s, AT(str("ll"))), "[null,null,1]");
    assert_true(set(s, AT(str("one"), tm_int(-1)), tm_int(1)));
    assert_json(s, got(s, AT(str("one"))), "[1]");
    assert_true(set(s, AT(str("new"), str("x")), tm_nil()));
    assert_json(s, got(s, AT(str("new"))), "{\"x\":null}");
}

static void lists_are_not_extended_and_scalars_not_entered(void **state)
{
    stage *s = *state;
    put_sample(s);
    assert_refused(s, set(s, AT(str("a"), str("k"), tm_int(3)), tm_int(1)),
                   "index 3 out of bounds");
    assert_refused(s, set(s, AT(str("a"), str("k"), tm_int(0), str("x")), tm_int(1)),
                   "type int64 does not support string indexing");
    assert_refused(s, set(s, AT(str("new"), tm_double(1)), tm_int(1)),
                   "an index must be string or int64 but is float64");
    assert_json(s, got(s, attribute(0, NULL)),
                "{\"a\":{\"k\":[1,null,\"x\"]},\"e\":null,\"new\":null}");
}

static void a_huge_index_is_refused_before_memory_runs_out(void **state)
{
    stage *s = *state;
    assert_false(set(s, AT(str("b"), tm_int(65536)), tm_int(1)));
    assert_text(s->vm.error, "index 65536 is above 65535, the most that a new list is padded to");
    assert_true(set(s, AT(str("b"), tm_int(65535)), tm_int(1)));
    assert_int_equal(got(s, AT(str("b"))).list->n, 65536);
}

static void what_cannot_be_stored_leaves_an_empty_entry_or_the_old_one(void **state)
{
    stage *s = *state;
    const tm_value bad = tm_duration(1);
    assert_refused(s, set(s, AT(str("a")), bad),
                   "unsupported type time.Duration for set operation; current value type is nil");
    assert_false(set(s, AT(str("x"), str("y")), bad));
    assert_true(set(s, AT(str("b")), tm_int(1)));
    assert_false(set(s, AT(str("b")), bad));
    assert_false(set(s, AT(str("x"), str("y")), (tm_value){.type = TM_NATIVE_INT}));
    assert_json(s, got(s, attribute(0, NULL)), "{\"a\":null,\"b\":1,\"x\":{\"y\":null}}");
}

static void of_a_list_literal_only_the_last_error_counts(void **state)
{
    stage *s = *state;
    const tm_value bad_first[] = {tm_duration(1), tm_int(1)},
                   bad_last[] = {tm_int(1), tm_duration(1)};
    assert_true(set(s, AT(str("a")), list_of(s->request, TM_LITERAL, 2, bad_first)));
    assert_json(s, got(s, AT(str("a"))), "[null,1]");
    assert_false(set(s, AT(str("b")), list_of(s->request, TM_LITERAL, 2, bad_last)));
    assert_json(s, got(s, AT(str("b"))), "[1,null]");
}

static void collections_are_copied_to_all_depths_as_data(void **state)
{
    stage *s = *state;
    tm_value inner = list_of(s->request, TM_DATA, 1, (tm_value[]){tm_int(1)});
    tm_value split = list_of(s->request, TM_STRINGS, 1, (tm_value[]){str("x")});
    const tm_value items[] = {inner, split};
    assert_true(set(s, AT(str("a")), list_of(s->request, TM_LITERAL, 2, items)));
    inner.list->item[0] = tm_int(2);
    assert_json(s, got(s, AT(str("a"))), "[[1],[\"x\"]]");
    assert_int_equal(got(s, AT(str("a"), tm_int(1))).form, TM_DATA);
    assert_true(
        set(s, AT(str("b")),
            map_of(s->request, TM_NATIVE, "p", (tm_value){.type = TM_NATIVE_INT, .integer = 80})));
    assert_int_equal(got(s, AT(str("b"), str("p"))).type, TM_INT);
}

static void a_map_may_replace_what_it_is_part_of(void **state)
{
    stage *s = *state;
    put_sample(s);
    assert_true(set(s, AT(str("e")), got(s, attribute(0, NULL))));
    assert_json(s, got(s, AT(str("e"))), "{\"a\":{\"k\":[1,null,\"x\"]},\"e\":{}}");
    assert_true(set(s, AT(str("e")), got(s, AT(str("e"), str("a")))));
    assert_json(s, got(s, AT(str("e"))), "{\"k\":[1,null,\"x\"]}");
    assert_true(set(s, attribute(0, NULL), got(s, AT(str("e")))));
    assert_json(s, got(s, attribute(0, NULL)), "{\"k\":[1,null,\"x\"]}");
}

static void a_whole_map_takes_maps_and_nil(void **state)
{
    stage *s = *state;
    const target_at cache = make_target(TM_SPAN, "cache", 0, NULL);
    assert_true(set(s, attribute(0, NULL), map_of(s->request, TM_NATIVE, "k", tm_int(1))));
    assert_json(s, got(s, attribute(0, NULL)), "{\"k\":1}");
    assert_refused(s, set(s, attribute(0, NULL), tm_int(1)),
                   "unsupported type provided for setting a pcommon.Map: int64");
    assert_true(set(s, attribute(0, NULL), tm_nil()));
    assert_json(s, got(s, attribute(0, NULL)), "{}");
    assert_true(set(s, cache, map_of(s->request, TM_DATA, "k", tm_int(1))));
    assert_true(set(s, make_target(TM_SPAN, "cache", KEYS(str("l"))), tm_int(2)));
    assert_json(s, got(s, cache), "{\"k\":1,\"l\":2}");
    assert_true(set(s, cache, tm_nil()));
    assert_json(s, got(s, cache), "{}");
}

/* --- maps and lists to be changed --- */

static void the_map_behind_a_path_is_changed_in_place(void **state)
{
    stage *s = *state;
    target_at a = AT(str("a")), none = AT(str("b")), scalar = AT(str("a"), str("k"));
    tm_map *map;
    put_sample(s);
    a.target.key = a.key;
    none.target.key = none.key;
    scalar.target.key = scalar.key;
    assert_true(tm_path_map(&s->vm, &a.target, &map));
    tm_map_put(s->request, map, TM_TEXT("new"), tm_int(1));
    assert_json(s, got(s, AT(str("a"), str("new"))), "1");
    assert_refused(s, tm_path_map(&s->vm, &none.target, &map), "expected pcommon.Map but got nil");
    assert_refused(s, tm_path_map(&s->vm, &scalar.target, &map),
                   "expected pcommon.Map but got pcommon.Slice");
    tm_value list;
    assert_true(tm_path_list(&s->vm, &scalar.target, &list));
    assert_refused(s, tm_path_list(&s->vm, &a.target, &list),
                   "expected pcommon.Slice but got pcommon.Map");
}

/* What was read keeps its bytes until something under it changes. */
static void entries_on_the_way_to_a_change_forget_their_bytes(void **state)
{
    stage *s = *state;
    put_sample(s);
    tm_map *all = tm_item_attributes(&s->item[TM_SPAN]);
    tm_entry *a = tm_map_find(all, TM_TEXT("a")), *e = tm_map_find(all, TM_TEXT("e"));
    tm_entry *k = tm_map_find(a->value.map, TM_TEXT("k"));
    a->raw = e->raw = k->raw = TM_TEXT("bytes");
    assert_true(set(s, AT(str("a"), str("k"), tm_int(0)), tm_int(2)));
    assert_null(a->raw.p);
    assert_null(k->raw.p);
    assert_non_null(e->raw.p);
    target_at map = AT(str("a"));
    tm_map *opened;
    a->raw = TM_TEXT("bytes");
    map.target.key = map.key;
    assert_true(tm_path_map(&s->vm, &map.target, &opened));
    assert_null(a->raw.p);
}

static void a_map_that_is_only_read_leaves_its_item_as_it_was(void **state)
{
    stage *s = *state;
    target_at map = AT(str("a")), none = AT(str("b"));
    const tm_map *read;
    put_sample(s);
    s->item[TM_SPAN].changed = 0;
    map.target.key = map.key;
    none.target.key = none.key;
    assert_true(tm_path_map_read(&s->vm, &map.target, &read));
    assert_int_equal(read->n, got(s, AT(str("a"))).map->n);
    assert_refused(s, tm_path_map_read(&s->vm, &none.target, &read),
                   "expected pcommon.Map but got nil");
    assert_false(tm_item_is_edited(&s->item[TM_SPAN]));
}

/* --- clear --- */

static void clear_sets_the_zero_value_of_the_type(void **state)
{
    static const char zeros[] =
        "{\"b\":false,\"d\":0,\"i\":0,\"l\":[],\"m\":{},\"n\":null,\"s\":\"\"}";
    stage *s = *state;
    const struct {
        const char *key;
        tm_value value;
    } all[] = {{"s", str("x")},
               {"i", tm_int(1)},
               {"d", tm_double(1)},
               {"b", tm_bool(true)},
               {"l", list_of(s->request, TM_DATA, 1, (tm_value[]){tm_nil()})},
               {"m", map_of(s->request, TM_DATA, "k", tm_nil())}};
    for (unsigned i = 0; i < sizeof all / sizeof all[0]; i++) {
        assert_true(set(s, AT(str(all[i].key)), all[i].value));
        assert_true(clear(s, AT(str(all[i].key))));
    }
    assert_true(clear(s, AT(str("n"))));
    assert_json(s, got(s, attribute(0, NULL)), zeros);
    assert_true(clear(s, attribute(0, NULL)));
    assert_json(s, got(s, attribute(0, NULL)), "{}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_STAGE(keys_descend_through_maps_and_lists),
        TEST_ON_STAGE(an_absent_key_is_nil_whatever_follows),
        TEST_ON_STAGE(keys_that_do_not_fit_are_errors),
        TEST_ON_STAGE(dynamic_keys_come_from_registers),
        TEST_ON_STAGE(indexing_a_result_is_strict),
        TEST_ON_STAGE(a_byte_is_an_int_that_equals_nothing),
        TEST_ON_STAGE(slots_and_the_open_map_agree),
        TEST_ON_STAGE(what_is_missing_on_the_way_is_created),
        TEST_ON_STAGE(lists_are_not_extended_and_scalars_not_entered),
        TEST_ON_STAGE(a_huge_index_is_refused_before_memory_runs_out),
        TEST_ON_STAGE(what_cannot_be_stored_leaves_an_empty_entry_or_the_old_one),
        TEST_ON_STAGE(of_a_list_literal_only_the_last_error_counts),
        TEST_ON_STAGE(collections_are_copied_to_all_depths_as_data),
        TEST_ON_STAGE(a_map_may_replace_what_it_is_part_of),
        TEST_ON_STAGE(a_whole_map_takes_maps_and_nil),
        TEST_ON_STAGE(the_map_behind_a_path_is_changed_in_place),
        TEST_ON_STAGE(entries_on_the_way_to_a_change_forget_their_bytes),
        TEST_ON_STAGE(a_map_that_is_only_read_leaves_its_item_as_it_was),
        TEST_ON_STAGE(clear_sets_the_zero_value_of_the_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
