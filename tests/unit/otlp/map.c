/* Map: look-ups in large maps answer as those in small ones do, and cost no more.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "otlp/value.h"

static tm_arena *new_arena(bool secret)
{
    tm_arena *arena = tm_arena_new(NULL);
    if (secret)
        tm_arena_set_secret(arena, (tm_secret){{1, 2}});
    return arena;
}

static uint32_t roll(uint32_t *dice, uint32_t sides)
{
    *dice = *dice * 1664525 + 1013904223;
    return (uint32_t)((uint64_t)*dice * sides >> 32);
}

/* What tm_map_find says, by looking at each entry. */
static const tm_entry *first_of(const tm_map *map, tm_text key)
{
    for (uint32_t i = 0; i < map->n; i++)
        if (tm_text_equal(map->entry[i].key, key))
            return &map->entry[i];
    return NULL;
}

static void check(const tm_map *map, tm_text key)
{
    assert_ptr_equal(tm_map_find(map, key), first_of(map, key));
}

/* One change of any kind, then look-ups of keys that may be there or not. */
static void change(tm_arena *arena, tm_map *map, uint32_t *dice)
{
    const tm_text key = tm_arena_print(arena, "key-%u", roll(dice, 300));
    switch (roll(dice, 12)) {
    case 0:
        if (map->n)
            tm_map_remove_swap(map, &map->entry[roll(dice, map->n)]);
        break;
    case 1:
        if (roll(dice, 40) == 0)
            tm_map_unique(arena, map);
        break;
    case 2:
        if (map->n && roll(dice, 10) == 0)
            tm_map_settle(map, roll(dice, map->n));
        break;
    case 3: /* a key may stand twice */
    case 4:
        tm_map_append(arena, map, key, tm_int(map->n));
        break;
    default:
        tm_map_put(arena, map, key, tm_int(map->n));
    }
}

static void look_ups_find_the_first_entry_whatever_was_changed(void **state)
{
    uint32_t dice = 1;
    (void)state;
    for (int round = 0; round < 40; round++) {
        tm_arena *arena = new_arena(true);
        tm_map *map = tm_map_new(arena, roll(&dice, 50));
        for (int i = 0; i < 1500; i++) {
            change(arena, map, &dice);
            check(map, tm_arena_print(arena, "key-%u", roll(&dice, 330)));
        }
        for (uint32_t i = 0; i < map->n; i++)
            check(map, map->entry[i].key);
        tm_arena_free(arena);
    }
}

static uint64_t put_all(uint32_t n, size_t *used)
{
    tm_arena *arena = new_arena(true);
    tm_map *map = tm_map_new(arena, 0);
    for (uint32_t i = 0; i < n; i++)
        tm_map_put(arena, map, tm_arena_print(arena, "%u", i), tm_int(i));
    for (uint32_t i = 0; i < n; i++)
        tm_map_put(arena, map, tm_arena_print(arena, "%u", i), tm_int(i));
    assert_int_equal(map->n, n);
    const uint64_t looked = tm_map_looked(map);
    *used = tm_arena_used(arena);
    tm_arena_free(arena);
    return looked;
}

static void twice_the_entries_take_twice_the_looking_and_memory(void **state)
{
    size_t less, more;
    (void)state;
    for (uint32_t n = 1000; n < 200000; n *= 4) {
        const uint64_t once = put_all(n, &less), twice = put_all(2 * n, &more);
        assert_true(once > n);
        assert_true((double)twice <= 2.3 * (double)once);
        assert_true((double)more <= 2.3 * (double)less);
    }
}

static void the_secret_decides_where_entries_stand(void **state)
{
    const tm_text key = TM_TEXT("http.route");
    const tm_secret a = {{1, 2}}, b = {{1, 3}}, c = {{2, 2}};
    (void)state;
    assert_true(tm_hash(a, key) == tm_hash(a, key));
    assert_true(tm_hash(a, key) != tm_hash(b, key));
    assert_true(tm_hash(a, key) != tm_hash(c, key));
}

/* Maps of rules are read by many threads, and look-ups must not change them. */
static void without_a_secret_look_ups_allocate_nothing(void **state)
{
    (void)state;
    tm_arena *arena = new_arena(false);
    tm_map *map = tm_map_new(arena, 0);
    for (uint32_t i = 0; i < 1000; i++)
        tm_map_append(arena, map, tm_arena_print(arena, "%u", i), tm_int(i));
    const size_t used = tm_arena_used(arena);
    for (uint32_t i = 0; i < 1000; i++)
        check(map, map->entry[i].key);
    assert_int_equal(tm_arena_used(arena), used);
    assert_int_equal(tm_map_looked(map), 0);
    tm_arena_free(arena);
}

static void few_look_ups_make_no_table(void **state)
{
    (void)state;
    tm_arena *arena = new_arena(true);
    tm_map *map = tm_map_new(arena, 64);
    for (uint32_t i = 0; i < 60; i++)
        tm_map_append(arena, map, tm_arena_print(arena, "%u", i), tm_int(i));
    const size_t used = tm_arena_used(arena);
    for (uint32_t i = 0; i < 10; i++)
        check(map, map->entry[i].key);
    assert_int_equal(tm_arena_used(arena), used);
    tm_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(look_ups_find_the_first_entry_whatever_was_changed),
        cmocka_unit_test(twice_the_entries_take_twice_the_looking_and_memory),
        cmocka_unit_test(the_secret_decides_where_entries_stand),
        cmocka_unit_test(without_a_secret_look_ups_allocate_nothing),
        cmocka_unit_test(few_look_ups_make_no_table),
    };
    return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
