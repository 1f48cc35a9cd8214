/* Value, item, pieces: what they hold, as small as it gets.
 * SPDX-License-Identifier: Apache-2.0 */
#include "dump.h"
#include "making.h"
#include "otlp/high.h"
#include "otlp/walk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* --- values --- */

static tm_text dumped(tm_arena *arena, tm_value v)
{
    tm_buf out = {.arena = arena};
    dump_value(&out, v);
    return tm_buf_text(&out);
}

static void a_value_reads_as_it_was_written_and_copied(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    for (unsigned seed = 1; seed <= 2000; seed++) {
        tm_making m = making_of(arena, seed, TM_ODD_VALUES | TM_ODD_ORDER);
        tm_value v = tm_value_decode(arena, making_value(&m)), copy = tm_value_copy(arena, v);
        size_t n = tm_value_encoded_bytes(copy);
        char *at = tm_arena_alloc(arena, n);
        assert_ptr_equal(tm_value_encode(at, copy), at + n);
        tm_fault fault;
        assert_int_equal(tm_check(TM_MESSAGE_ANY_VALUE, tm_text_slice(at, n), &fault), TM_SOUND);
        tm_value again = tm_value_decode(arena, tm_text_slice(at, n));
        assert_true(tm_text_equal(dumped(arena, v), dumped(arena, again)));
        tm_arena_reset(arena);
    }
    tm_arena_free(arena);
}

static void a_copy_is_telemetry_whatever_its_original_was(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_list *list = tm_list_new(arena, 0);
    tm_list_append(arena, list, tm_map_value(tm_map_new(arena, 0), TM_NATIVE));
    tm_value copy = tm_value_copy(arena, tm_list_value(list, TM_LITERAL));
    assert_int_equal(copy.form, TM_DATA);
    assert_int_equal(copy.list->item[0].form, TM_DATA);
    assert_ptr_not_equal(copy.list, list);
    tm_arena_free(arena);
}

static void a_map_keeps_order_until_an_entry_is_removed(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_map *map = tm_map_new(arena, 1);
    tm_map_put(arena, map, TM_TEXT("a"), tm_int(1));
    tm_map_put(arena, map, TM_TEXT("b"), tm_int(2));
    tm_map_put(arena, map, TM_TEXT("c"), tm_int(3));
    tm_map_put(arena, map, TM_TEXT("a"), tm_int(4));
    assert_int_equal(map->n, 3);
    assert_int_equal(tm_map_find(map, TM_TEXT("a"))->value.integer, 4);
    tm_map_remove_swap(map, tm_map_find(map, TM_TEXT("a")));
    assert_true(tm_text_is(map->entry[0].key, "c"));
    assert_null(tm_map_find(map, TM_TEXT("a")));
    tm_arena_free(arena);
}

static void a_key_value_given_in_parts_is_read_as_one(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_text key, any;
    tm_entry_decode(arena, TM_TEXT("\x12\x02\x10\x01\x0a\x01k\x12\x02\x18\x05"), &key, &any);
    assert_true(tm_text_is(key, "k"));
    assert_int_equal(tm_value_decode(arena, any).integer, 5);
    tm_arena_free(arena);
}

static void types_have_names(void **state)
{
    (void)state;
    for (int type = 0; type < TM_TYPE_COUNT; type++)
        assert_true(strlen(tm_type_name((tm_type)type)) > 2);
}

/* --- counting high bytes --- */

static void high_bytes_are_counted_at_every_length_and_place(void **state)
{
    (void)state;
    enum { MOST = 20000 };
    char *bytes = test_malloc(MOST);
    tm_making m = making_of(NULL, 5, 0);
    for (unsigned density = 0; density < 4; density++) {
        for (size_t i = 0; i < MOST; i++)
            bytes[i] = (char)(density == 3                    ? 0xff
                              : making_below(&m, 4) < density ? 0x80 | i
                                                              : i & 0x7f);
        for (size_t n = 0; n < 600; n++)
            for (size_t from = 0; from < 3; from++) {
                size_t want = 0;
                for (size_t i = 0; i < n; i++)
                    want += (uint8_t)bytes[from + i] >> 7;
                assert_int_equal(tm_high_bytes(bytes + from, n), want);
            }
        size_t all = 0;
        for (size_t i = 0; i < MOST; i++)
            all += (uint8_t)bytes[i] >> 7;
        assert_int_equal(tm_high_bytes(bytes, MOST), all);
    }
    test_free(bytes);
}

/* --- items --- */

/* An attribute field of a span: key and a string or, when it is NULL, the number 7. */
static void add_attribute(tm_buf *out, tm_text key, const char *value)
{
    tm_entry entry = {.key = key, .value = value ? tm_string(tm_text_of(value)) : tm_int(7)};
    tm_buf_add(out, tm_attribute_field(out->arena, TM_SPAN, &entry));
}

static void every_one_of_many_keys_finds_its_slot(void **state)
{
    (void)state;
    enum { MANY = 300 };
    tm_arena *arena = tm_arena_new(NULL);
    tm_text key[MANY];
    tm_buf bytes = {.arena = arena};
    for (unsigned i = 0; i < MANY; i++)
        key[i] = tm_arena_print(arena, i % 3 ? "key.of.number.%u" : "%u", i);
    for (unsigned i = 0; i < MANY; i += 2)
        add_attribute(&bytes, key[i], i % 4 ? NULL : "x");
    tm_needs *needs = tm_needs_new(arena, key, MANY, 0);
    tm_slot *slots = TM_NEW_ARRAY(arena, MANY, tm_slot);
    tm_item *item = TM_NEW(arena, tm_item);
    for (unsigned round = 0; round < 2; round++) {
        tm_fault fault;
        tm_item_reset(item, TM_SPAN, arena, needs, slots);
        for (unsigned i = 0; i < MANY; i++)
            assert_int_equal(tm_item_attribute(item, i).type, TM_NIL);
        item->raw = tm_buf_text(&bytes);
        assert_int_equal(tm_item_walk(item, &fault), TM_SOUND);
        for (unsigned i = 0; i < MANY; i++)
            assert_int_equal(tm_item_attribute(item, i).type, i % 2   ? TM_NIL
                                                              : i % 4 ? TM_INT
                                                                      : TM_STRING);
    }
    tm_arena_free(arena);
}

static void of_equal_keys_the_first_counts_until_it_is_removed(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_text key = TM_TEXT("http.route");
    tm_buf bytes = {.arena = arena};
    add_attribute(&bytes, key, "first");
    add_attribute(&bytes, key, "second");
    tm_slot slot = {0};
    tm_item *item = TM_NEW(arena, tm_item);
    tm_fault fault;
    bool found;
    tm_item_reset(item, TM_SPAN, arena, tm_needs_new(arena, &key, 1, 0), &slot);
    item->raw = tm_buf_text(&bytes);
    tm_item_walk(item, &fault);
    assert_true(tm_text_is(tm_value_text(tm_item_attribute(item, 0)), "first"));
    tm_item_remove_attribute(item, 0);
    assert_true(tm_text_is(tm_value_text(tm_item_attribute_found(item, 0, &found)), "second"));
    tm_item_remove_attribute(item, 0);
    assert_int_equal(tm_item_attribute_found(item, 0, &found).type, TM_NIL);
    assert_false(found);
    tm_arena_free(arena);
}

static void only_fields_that_are_asked_for_are_read(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_item *item = TM_NEW(arena, tm_item);
    tm_slot none = {0};
    tm_fault fault;
    tm_item_reset(item, TM_SPAN, arena, tm_needs_new(arena, NULL, 0, 1u << TM_SPAN_NAME), &none);
    item->raw = TM_TEXT("\x2a\x03GET\x30\x02\x7a\x02\x18\x01");
    assert_int_equal(tm_item_walk(item, &fault), TM_SOUND);
    assert_int_equal(item->seen, 1u << TM_SPAN_NAME);
    tm_arena_free(arena);
}

static void defaults_have_the_types_of_their_fields(void **state)
{
    (void)state;
    assert_int_equal(tm_field_default(TM_SPAN, TM_SPAN_TRACE_ID).n, 16);
    assert_int_equal(tm_field_default(TM_SPAN, TM_SPAN_PARENT_SPAN_ID).type, TM_SPAN_ID);
    assert_int_equal(tm_field_default(TM_SCOPE, TM_SCOPE_NAME).type, TM_STRING);
    assert_int_equal(tm_field_default(TM_EVENT, TM_EVENT_NAME).type, TM_STRING);
    assert_int_equal(tm_field_default(TM_RESOURCE, TM_SCHEMA_URL).type, TM_STRING);
    assert_int_equal(tm_field_default(TM_SPAN, TM_STATUS_CODE).type, TM_INT);
    assert_int_equal(tm_field_default(TM_EVENT, TM_EVENT_TIME).type, TM_INT);
}

/* --- pieces --- */

static void neighbouring_pieces_join_and_all_lengths_are_copied(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    char bytes[300], copy[300];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)i;
    for (size_t n = 0; n < 140; n++) {
        tm_pieces out = {.arena = arena};
        tm_pieces_add(&out, tm_text_slice(bytes, n));
        tm_pieces_add(&out, tm_text_slice(bytes + n, 10));
        assert_int_equal(out.n, 1);
        tm_pieces_add(&out, tm_text_slice(bytes, n));
        tm_pieces_add_kind(&out, tm_text_slice(bytes + n, 10), TM_PIECE_HEAD);
        assert_int_equal(out.n, n ? 3 : 2);
        memset(copy, 0x55, sizeof copy);
        tm_pieces_copy(&out, copy);
        assert_memory_equal(copy, bytes, n + 10);
        assert_int_equal(out.bytes, n ? 2 * n + 20 : 20);
        if (2 * n + 20 < sizeof copy)
            assert_int_equal(copy[2 * n + 20], 0x55);
    }
    tm_arena_free(arena);
}

static void messages_open_and_close_with_minimal_headers_of_any_number(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_pieces out = {.arena = arena};
    tm_pieces_mark mark = tm_pieces_mark_here(&out);
    for (unsigned i = 1; i <= 200; i++) {
        tm_pieces_mark opened = tm_pieces_open(&out);
        char *body = tm_arena_zero(arena, i, 3);
        tm_pieces_add(&out, tm_text_slice(body, 3 * i));
        tm_pieces_close(&out, opened, i);
        tm_pieces_add_message(&out, i, tm_text_slice(body, i), TM_TEXT("xy"));
    }
    tm_wire_field f;
    tm_text all = dump_bytes(arena, &out);
    const char *p = all.p;
    for (unsigned i = 1; i <= 200; i++) {
        p = tm_wire_next(p, all.p + all.n, &f);
        assert_true(f.number == i && f.bytes.n == 3 * i);
        assert_int_equal(p - f.start, tm_wire_bytes_field_bytes(i, 3 * i));
        p = tm_wire_next(p, all.p + all.n, &f);
        assert_true(f.number == i && f.bytes.n == i + 2 && tm_text_ends(f.bytes, TM_TEXT("xy")));
    }
    assert_ptr_equal(p, all.p + all.n);
    tm_pieces_rewind(&out, mark);
    assert_int_equal(out.n + out.bytes, 0);
    tm_arena_free(arena);
}

static void pieces_of_one_kind_can_be_taken_back(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_pieces out = {.arena = arena};
    tm_pieces_add_kind(&out, TM_TEXT("before"), TM_PIECE_HEAD);
    tm_pieces_mark mark = tm_pieces_mark_here(&out);
    tm_pieces_add_kind(&out, TM_TEXT("head"), TM_PIECE_HEAD);
    tm_pieces_add_kind(&out, TM_TEXT("url"), TM_PIECE_SCHEMA_URL);
    tm_pieces_blank(&out, mark, TM_PIECE_HEAD);
    assert_true(tm_text_is(dump_bytes(arena, &out), "beforeurl"));
    assert_int_equal(out.bytes, 9);
    tm_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_reads_as_it_was_written_and_copied),
        cmocka_unit_test(a_copy_is_telemetry_whatever_its_original_was),
        cmocka_unit_test(a_map_keeps_order_until_an_entry_is_removed),
        cmocka_unit_test(a_key_value_given_in_parts_is_read_as_one),
        cmocka_unit_test(types_have_names),
        cmocka_unit_test(high_bytes_are_counted_at_every_length_and_place),
        cmocka_unit_test(every_one_of_many_keys_finds_its_slot),
        cmocka_unit_test(of_equal_keys_the_first_counts_until_it_is_removed),
        cmocka_unit_test(only_fields_that_are_asked_for_are_read),
        cmocka_unit_test(defaults_have_the_types_of_their_fields),
        cmocka_unit_test(neighbouring_pieces_join_and_all_lengths_are_copied),
        cmocka_unit_test(messages_open_and_close_with_minimal_headers_of_any_number),
        cmocka_unit_test(pieces_of_one_kind_can_be_taken_back),
    };
    return cmocka_run_group_tests_name("otlp/value", tests, NULL, NULL);
}
