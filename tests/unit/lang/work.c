/* Work: twice the data cost functions over texts, lists and maps about twice as much.
 * SPDX-License-Identifier: Apache-2.0 */
#include "working.h"

/* --- maps --- */
static tm_map *numbered(tm_arena *arena, const char *prefix, uint32_t from, uint32_t n, bool back)
{
    tm_map *map = tm_map_new(arena, n);
    for (uint32_t i = 0; i < n; i++)
        tm_map_append(arena, map,
                      tm_arena_print(arena, "%s%06u", prefix, from + (back ? n - 1 - i : i)),
                      tm_int(i));
    return map;
}

static void put_map(tm_arena *arena, tm_map *attributes, const char *key, tm_map *map)
{
    tm_map_append(arena, attributes, tm_text_of(key), tm_map_value(map, TM_DATA));
}

static void make_flat(tm_arena *arena, tm_map *attributes, uint32_t n)
{
    *attributes = *numbered(arena, "k", 0, n, false);
}

static void make_two_maps(tm_arena *arena, tm_map *attributes, uint32_t n)
{
    put_map(arena, attributes, "a", numbered(arena, "k", 0, n, false));
    put_map(arena, attributes, "b", numbered(arena, "k", n / 2, n, false));
}

static void make_equal_maps(tm_arena *arena, tm_map *attributes, uint32_t n)
{
    put_map(arena, attributes, "a", numbered(arena, "k", 0, n, false));
    put_map(arena, attributes, "b", numbered(arena, "k", 0, n, true));
    for (uint32_t i = 0; i < n; i++)
        attributes->entry[1].value.map->entry[i].value = tm_int(n - 1 - i);
}

static tm_list *list_of_keys(tm_arena *arena, uint32_t n)
{
    tm_list *list = tm_list_new(arena, n);
    for (uint32_t i = 0; i < n; i++)
        tm_list_append(arena, list, tm_string(tm_arena_print(arena, "k%06u", n - 1 - i)));
    return list;
}

static void make_map_and_keys(tm_arena *arena, tm_map *attributes, uint32_t n)
{
    put_map(arena, attributes, "a", numbered(arena, "k", 0, n, false));
    tm_map_append(arena, attributes, TM_TEXT("l"), tm_list_value(list_of_keys(arena, n), TM_DATA));
    put_text(arena, attributes, "t", pieces(arena, "", "z#,", n, ""));
}

/* Each key stands in a list of its own that has two elements: flatten numbers the second. */
static void make_conflicts(tm_arena *arena, tm_map *attributes, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        tm_list *list = tm_list_new(arena, 2);
        tm_list_append(arena, list, tm_int(1));
        tm_list_append(arena, list, tm_int(2));
        tm_map_append(arena, attributes, tm_arena_print(arena, "k%06u", i),
                      tm_list_value(list, TM_DATA));
    }
}

static void make_pairs(tm_arena *arena, tm_map *attributes, uint32_t n)
{
    tm_list *list = tm_list_new(arena, n);
    for (uint32_t i = 0; i < n; i++) {
        tm_map *pair = tm_map_new(arena, 2);
        tm_map_append(arena, pair, TM_TEXT("n"), tm_string(tm_arena_print(arena, "k%06u", i)));
        tm_map_append(arena, pair, TM_TEXT("v"), tm_int(i));
        tm_list_append(arena, list, tm_map_value(pair, TM_DATA));
    }
    tm_map_append(arena, attributes, TM_TEXT("l"), tm_list_value(list, TM_DATA));
}

static void make_list(tm_arena *arena, tm_map *attributes, uint32_t n)
{
    tm_map_append(arena, attributes, TM_TEXT("l"), tm_list_value(list_of_keys(arena, n), TM_DATA));
}

static const family map_families[] = {
    {"flatten(attributes)", make_two_maps},
    {"flatten(attributes, resolve_conflicts=true)", make_two_maps},
    {"flatten(attributes, resolve_conflicts=true)", make_conflicts},
    {"merge_maps(attributes[\"a\"], attributes[\"b\"], \"upsert\")", make_two_maps},
    {"merge_maps(attributes[\"a\"], attributes[\"b\"], \"insert\")", make_two_maps},
    {"replace_all_patterns(attributes, \"key\", \"k\", \"kk\")", make_flat},
    {"attributes[\"a\"] == attributes[\"b\"]", make_equal_maps},
    {"keep_keys(attributes[\"a\"], attributes[\"l\"])", make_map_and_keys},
    {"keep_keys(attributes[\"a\"], Split(attributes[\"t\"], \",\"))", make_map_and_keys},
    {"limit(attributes, 10, [\"k000001\"])", make_flat},
    {"delete_matching_keys(attributes, \"1$\")", make_flat},
    {"truncate_all(attributes[\"a\"], 3)", make_two_maps},
    {"stringify_all(attributes[\"a\"])", make_two_maps},
    {"set(attributes[\"y\"], SliceToMap(attributes[\"l\"], [\"n\"], [\"v\"]))", make_pairs},
    {"set(attributes[\"y\"], MapKeys(attributes[\"a\"], (k, v) => Concat([\"x\", k], \"\")))",
     make_two_maps},
    {"set(attributes[\"y\"], Filter(attributes[\"l\"], (k, v) => attributes[\"a\"][v] != nil))",
     make_map_and_keys},
    {"set(attributes[\"y\"], Len(Keys(attributes[\"a\"])) + Len(Values(attributes[\"a\"])))",
     make_two_maps},
    {"set(attributes[\"y\"], ToKeyValueString(attributes[\"a\"], sort_output=true))",
     make_equal_maps},
    {"append(attributes[\"l\"], \"x\")", make_list},
    {"delete_index(attributes[\"l\"], 1)", make_list},
    {"set(attributes[\"y\"], Sort(attributes[\"l\"]))", make_list},
    {"set(attributes[\"y\"], Index(attributes[\"l\"], \"none\"))", make_list},
    {"set(attributes[\"y\"], ContainsValue(attributes[\"l\"], \"none\"))", make_list},
    {"set(attributes[\"y\"], Concat(attributes[\"l\"], \", \"))", make_list},
    {"set(attributes[\"y\"], Reduce(attributes[\"l\"], \"\", (acc, k, v) => Concat([acc, v], "
     "\",\")))",
     make_list},
    {"set(attributes[\"y\"], Reduce(attributes[\"l\"], \"\", (acc, k, v) => Format(\"%s,%s\", "
     "[acc, v])))",
     make_list},
    {"set(attributes[\"y\"], Format(\"%v\", [attributes[\"l\"]]))", make_list},
    {"set(attributes[\"y\"], Format(\"%q\", [Split(Concat(attributes[\"l\"], \",\"), \",\")]))",
     make_list},
};

/* --- texts --- */
static void make_key_values(tm_arena *arena, tm_map *attributes, uint32_t n)
{
    put_text(arena, attributes, "t", pieces(arena, "", "k#=1 ", n, ""));
}

static void make_quoted_values(tm_arena *arena, tm_map *attributes, uint32_t n)
{
    put_text(arena, attributes, "t", pieces(arena, "", "k#=\"1 2\" ", n, ""));
}

static void make_repeated_keys(tm_arena *arena, tm_map *attributes, uint32_t n)
{
    put_text(arena, attributes, "t", pieces(arena, "", "k=1 ", n, ""));
}

static void make_lines(tm_arena *arena, tm_map *attributes, uint32_t n)
{
    put_text(arena, attributes, "t", pieces(arena, "", "ab\n", n, "c"));
}

static void make_quoted_lines(tm_arena *arena, tm_map *attributes, uint32_t n)
{
    put_text(arena, attributes, "t", pieces(arena, "\"", "a\"\"b\r\n", n, "\""));
}

static void make_row(tm_arena *arena, tm_map *attributes, uint32_t n)
{
    put_text(arena, attributes, "t", pieces(arena, "", "\"#\",", n, "x"));
    put_text(arena, attributes, "h", pieces(arena, "", "h#,", n, "x"));
}

static void make_json(tm_arena *arena, tm_map *attributes, uint32_t n)
{
    put_text(arena, attributes, "t",
             pieces(arena, "{", "\"k#\":{\"a\":[1,\"\\n\"]},", n, "\"z\":0}"));
}

static void make_query(tm_arena *arena, tm_map *attributes, uint32_t n)
{
    put_text(arena, attributes, "t", pieces(arena, "?", "k#=%41+b&", n, ""));
}

/* A header that is whole, however long it is. */
static void make_members(tm_arena *arena, tm_map *attributes, uint32_t n)
{
    put_text(arena, attributes, "t", pieces(arena, "k=v", ", ,   ", n, ""));
}

static void make_words(tm_arena *arena, tm_map *attributes, uint32_t n)
{
    put_text(arena, attributes, "t", pieces(arena, "", " wordHTTP\xc3\xa9 #,", n, ""));
}

#define TEXT(call) "set(attributes[\"y\"], " call ")"
static const family text_families[] = {
    {TEXT("ParseKeyValue(attributes[\"t\"])"), make_key_values},
    {TEXT("ParseKeyValue(attributes[\"t\"])"), make_quoted_values},
    {TEXT("ParseKeyValue(attributes[\"t\"])"), make_repeated_keys},
    {TEXT("ParseCSV(attributes[\"t\"], \"a\")"), make_lines},
    {TEXT("ParseCSV(attributes[\"t\"], \"a\", mode=\"lazyQuotes\")"), make_lines},
    {TEXT("ParseCSV(attributes[\"t\"], \"a\")"), make_quoted_lines},
    {TEXT("ParseCSV(attributes[\"t\"], attributes[\"h\"])"), make_row},
    {TEXT("ParseCSV(attributes[\"t\"], attributes[\"h\"], mode=\"ignoreQuotes\")"), make_row},
    {TEXT("ParseJSON(attributes[\"t\"])"), make_json},
    {TEXT("Len(URL(attributes[\"t\"]))"), make_query},
    {TEXT("Split(attributes[\"t\"], \",\")"), make_words},
    {TEXT("Split(attributes[\"t\"], \"\")"), make_words},
    {TEXT("Sort(Split(attributes[\"t\"], \",\"))"), make_words},
    {TEXT("ToUpperCase(attributes[\"t\"])"), make_words},
    {TEXT("ConvertCase(attributes[\"t\"], \"snake\")"), make_words},
    {TEXT("ToCamelCase(attributes[\"t\"])"), make_words},
    {TEXT("Trim(attributes[\"t\"], \",0123456789 \")"), make_words},
    {TEXT("Index(attributes[\"t\"], \"none\")"), make_words},
    {TEXT("Base64Encode(attributes[\"t\"])"), make_words},
    {TEXT("Decode(Base64Encode(attributes[\"t\"]), \"base64\")"), make_words},
    {TEXT("Decode(attributes[\"t\"], \"latin1\")"), make_words},
    {TEXT("Decode(attributes[\"t\"], \"shift_jis\")"), make_words},
    {TEXT("Hex(attributes[\"t\"])"), make_words},
    {TEXT("trace_state[\"k\"]"), make_members},
    {"set(trace_state[\"k\"], \"v\")", make_members},
    {TEXT("SHA256(attributes[\"t\"])"), make_words},
    {TEXT("FNV(attributes[\"t\"])"), make_words},
    {TEXT("Murmur3Hash128(attributes[\"t\"])"), make_words},
};

static void assert_all(const family *f, size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_family(&f[i], 3000);
}

static void maps_and_lists_take_no_more_than_twice_for_twice_the_data(void **state)
{
    (void)state;
    assert_all(map_families, sizeof map_families / sizeof *map_families);
}

static void texts_take_no_more_than_twice_for_twice_the_data(void **state)
{
    (void)state;
    assert_all(text_families, sizeof text_families / sizeof *text_families);
}

/* Lists that lambdas put into each other share elements: twenty steps of [acc, acc] are a million.
 */
static void lists_in_each_other_have_an_end(void **state)
{
    (void)state;
    static const char *const rules[] = {
        TEXT("Reduce(attributes[\"l\"], [1], (acc, k, v) => [acc, acc])"),
        TEXT("Len(Reduce(attributes[\"l\"], [1], (acc, k, v) => [acc, v]))"),
        TEXT("Any(Reduce(attributes[\"l\"], [1], (a, k, v) => [a, v]), (k, v) => true)"),
    };
    for (unsigned i = 0; i < sizeof rules / sizeof *rules; i++) {
        const family f = {rules[i], make_list};
        tm_text error;
        const cost spent = try_cost_of(&f, 100000, &error);
        if (!tm_text_ends(error, TM_TEXT("lists lie too deep in each other")))
            fail_msg("%s: %.*s", rules[i], TM_PRI(error));
        assert_true(spent.bytes < 100000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maps_and_lists_take_no_more_than_twice_for_twice_the_data),
        cmocka_unit_test(texts_take_no_more_than_twice_for_twice_the_data),
        cmocka_unit_test(lists_in_each_other_have_an_end),
    };
    return cmocka_run_group_tests_name("work", tests, NULL, NULL);
}
