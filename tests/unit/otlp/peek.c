/* Peeking: a value inside an encoded map is the one that decoding finds.
 * SPDX-License-Identifier: Apache-2.0 */
#include "otlp/peek.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char *const keys[] = {"a", "b", "city", "", "a key of more than sixteen bytes"};
enum { KEYS = sizeof keys / sizeof *keys };

static bool same_scalar(tm_value a, tm_value b)
{
    if (a.type != b.type)
        return false;
    if (a.type == TM_STRING)
        return tm_text_equal(tm_value_text(a), tm_value_text(b));
    return a.type == TM_BOOL ? a.truth == b.truth : a.integer == b.integer;
}

/* Every key and every key behind a key; how often peeking gave an answer. */
static unsigned compare(tm_arena *arena, tm_text any_value)
{
    unsigned answers = 0;
    const tm_value decoded = tm_value_decode(arena, any_value);
    for (unsigned i = 0; i < KEYS; i++) {
        bool found;
        tm_text at = any_value;
        if (!tm_peek_step(&at, tm_text_of(keys[i]), &found))
            continue;
        assert_int_equal(decoded.type, TM_MAP);
        const tm_entry *entry = tm_map_find(decoded.map, tm_text_of(keys[i]));
        assert_int_equal(found, entry != NULL);
        answers++;
        tm_value value;
        if (found && tm_peek_scalar(at, &value))
            assert_true(same_scalar(value, entry->value));
        else if (found)
            answers += compare(arena, at);
    }
    return answers;
}

static uint32_t below(uint32_t *seed, uint32_t n)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 8) % n;
}

static tm_value some_value(tm_arena *arena, uint32_t *seed, unsigned depth)
{
    static char many[300];
    switch (below(seed, depth ? 16 : 6)) {
    case 0:
        return tm_nil();
    case 1:
        return tm_bool(below(seed, 2));
    case 2:
        return tm_int(INT64_MIN >> below(seed, 63));
    case 3:
        return tm_double(below(seed, 100) / 8.0);
    case 4:
        return tm_string(tm_text_slice(many, below(seed, sizeof many)));
    case 5:
        return tm_bytes_value(TM_TEXT("\1\2"));
    default: {
        tm_map *map = tm_map_new(arena, 4);
        for (uint32_t n = below(seed, 6); n; n--) /* a key may stand there twice */
            tm_map_append(arena, map, tm_text_of(keys[below(seed, KEYS)]),
                          some_value(arena, seed, depth - 1));
        return tm_map_value(map, TM_DATA);
    }
    }
}

static void what_is_peeked_at_is_what_is_decoded(void **state)
{
    tm_arena *arena = tm_arena_new(NULL);
    uint32_t seed = 3;
    unsigned answers = 0;
    (void)state;
    for (unsigned i = 0; i < 3000; i++) {
        const tm_value value = some_value(arena, &seed, 4);
        const size_t n = tm_value_encoded_bytes(value);
        char *bytes = tm_arena_alloc(arena, n + 1);
        tm_value_encode(bytes, value);
        answers += compare(arena, tm_text_slice(bytes, n));
        tm_arena_reset(arena);
    }
    assert_true(answers > 1500);
    tm_arena_free(arena);
}

/* Sound, but not as usual: peeking leaves these to the decoder, or answers the same. */
static void unusual_forms_are_decoded(void **state)
{
    static const tm_text forms[] = {
        {"\x32\x09\x0a\x07\x12\x02\x10\x01\x0a\x01"
         "a",
         11}, /* the value before its key */
        {"\x32\x05\x0a\x03\x0a\x01"
         "a",
         7},                                     /* no value */
        {"\x32\x06\x0a\x04\x12\x02\x10\x01", 8}, /* no key */
        {"\x10\x01\x32\x09\x0a\x07\x0a\x01"
         "a\x12\x02\x10\x01",
         13}, /* two members */
        {"\x32\x09\x0a\x07\x0a\x01"
         "a\x12\x02\x10\x01\x10\x00",
         13},
        {"\x32\x0b\x0a\x07\x0a\x01"
         "a\x12\x02\x10\x01\x10\x05",
         13}, /* an unknown field */
        {"\x32\x0b\x0a\x09\x0a\x01"
         "a\x12\x02\x10\x01\x12\x00",
         13}, /* a value in two parts */
        {"\x32\x00", 2},
        {"", 0},
        {"\x0a\x01x", 3},
    };
    tm_arena *arena = tm_arena_new(NULL);
    unsigned answers = 0;
    (void)state;
    for (unsigned i = 0; i < sizeof forms / sizeof *forms; i++)
        answers += compare(arena, forms[i]);
    assert_int_equal(answers, 1); /* "a" stands in front of the unknown field */
    tm_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_peeked_at_is_what_is_decoded),
        cmocka_unit_test(unusual_forms_are_decoded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
