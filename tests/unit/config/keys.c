/* Keys: the rows that settings, manual and messages come from.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/keys.h"

#include "config/reader.h"
#include "config/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

typedef struct fixture {
    tm_arena *arena;
    tm_diags diags;
} fixture;

static int open_fixture(void **state)
{
    fixture *f = test_calloc(1, sizeof *f);
    f->arena = tm_arena_new(NULL);
    *state = f;
    return 0;
}

static int close_fixture(void **state)
{
    fixture *f = *state;
    tm_arena_free(f->arena);
    test_free(f);
    return 0;
}

/* Every row has a manual, every default is a value of its key, every word has a number. */
static void check_rows(fixture *f, const tm_keys *keys)
{
    tm_reading r = {.arena = f->arena, .diags = &f->diags, .id = TM_TEXT("x")};
    if (keys->size_bytes && !keys->check)
        assert_true(tm_keys_read(&r, keys, NULL, tm_arena_zero(f->arena, 1, keys->size_bytes)));
    for (size_t i = 0; i < keys->count; i++) {
        const tm_key *key = &keys->rows[i];
        assert_true(key->manual && tm_text_ends(tm_text_of(key->manual), TM_TEXT(".")));
        assert_true(key->at < keys->size_bytes || !keys->size_bytes ||
                    key->kind == TM_KEY_NOTHING || key->kind == TM_KEY_SECTION);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(key->name, keys->rows[j].name);
        for (const tm_word *word = key->word; word && word->name; word++) {
            assert_ptr_equal(tm_key_find_word(key, tm_text_of(word->name)), word);
            if (!word->soon)
                assert_int_equal(tm_key_find_word(key, tm_key_word(key, word->value))->value,
                                 word->value);
        }
        if (key->nested)
            check_rows(f, key->nested);
    }
}

/* A word means the enumerator of its row, wherever the row stands. */
static void the_order_of_words_means_nothing(void **state)
{
    fixture *f = *state;
    static const tm_word words[] = {
        {.name = "lz4", .soon = true},
        {.name = "zstd", .value = TM_COMPRESS_ZSTD},
        {.name = "new", .value = 9},
        {.name = "gzip", .value = TM_COMPRESS_GZIP},
        {.name = "deflated", .value = TM_COMPRESS_GZIP, .also = true},
        {0},
    };
    const tm_key key = {.name = "compression", .kind = TM_KEY_WORD, .word = words};
    tm_reading r = {.arena = f->arena, .diags = &f->diags};
    f->diags.arena = f->arena;
    for (const tm_word *word = words + 1; word->name; word++) {
        tm_doc doc = {.type = TM_DOC_STRING, .text = tm_text_of(word->name)};
        int value = -1;
        assert_true(tm_value_read(&r, &key, &doc, &value));
        assert_int_equal(value, word->value);
    }
    assert_true(tm_text_is(tm_key_word(&key, TM_COMPRESS_GZIP), "gzip"));
    assert_null(tm_key_find_word(&key, TM_TEXT("")));
}

static void every_row_has_a_manual_and_a_default_that_it_reads(void **state)
{
    fixture *f = *state;
    size_t count;
    const tm_component *all = tm_components(&count);
    f->diags.arena = f->arena;
    for (size_t i = 0; i < count; i++) {
        assert_true(tm_text_ends(tm_text_of(all[i].manual), TM_TEXT(".")));
        if (all[i].keys)
            check_rows(f, all[i].keys);
    }
    check_rows(f, &tm_keys_service);
    check_rows(f, &tm_keys_root);
    assert_int_equal(f->diags.errors + f->diags.warnings, 0);
}

static void the_manual_tells_of_every_component(void **state)
{
    fixture *f = *state;
    size_t count;
    const tm_component *all = tm_components(&count);
    tm_buf manual = {.arena = f->arena}, list = {.arena = f->arena};
    tm_config_manual(&manual);
    tm_config_components(&list);
    for (size_t i = 0; i < count; i++) {
        tm_text name = tm_arena_print(f->arena, "`%s`", all[i].name);
        assert_true(tm_text_find(tm_buf_text(&manual), name) >= 0);
        name = tm_arena_print(f->arena, "name: %s\n", all[i].name);
        assert_true(tm_text_find(tm_buf_text(&list), name) >= 0);
    }
    tm_text row =
        TM_TEXT("| `tls.insecure_skip_verify` | bool | `false` | Take any server, whoever it is: "
                "others may listen. |\n");
    assert_true(tm_text_find(tm_buf_text(&manual), row) >= 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(every_row_has_a_manual_and_a_default_that_it_reads),
        TEST(the_order_of_words_means_nothing),
        TEST(the_manual_tells_of_every_component),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
