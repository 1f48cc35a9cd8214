/* Texts, arenas, buffers and UTF-8.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void texts_compare_find_and_split(void **state)
{
    (void)state;
    assert_true(tm_text_compare(TM_TEXT("a"), TM_TEXT("ab")) < 0);
    assert_true(tm_text_compare(TM_TEXT("b"), TM_TEXT("ab")) > 0);
    assert_int_equal(tm_text_compare(TM_TEXT(""), (tm_text){0}), 0);
    assert_true(tm_text_compare(TM_TEXT("\xff"), TM_TEXT("a")) > 0);
    assert_true(tm_text_same_word(TM_TEXT("gRPC-Status"), TM_TEXT("Grpc-status")));
    assert_false(tm_text_same_word(TM_TEXT("a"), TM_TEXT("ab")));
    assert_int_equal(tm_text_find(TM_TEXT("abcabc"), TM_TEXT("ca")), 2);
    assert_int_equal(tm_text_find(TM_TEXT("abc"), TM_TEXT("")), 0);
    assert_int_equal(tm_text_find(TM_TEXT("abc"), TM_TEXT("abcd")), -1);
    assert_true(tm_text_is(tm_text_trim(TM_TEXT(" \t\r\n a b \v\f")), "a b"));
    assert_int_equal(tm_text_trim(TM_TEXT(" \n ")).n, 0);
    tm_text rest = TM_TEXT("a,,b,"), part;
    const char *const parts[] = {"a", "", "b", ""};
    for (int i = 0; i < 4; i++) {
        assert_true(tm_text_next(&rest, ',', &part));
        assert_true(tm_text_is(part, parts[i]));
    }
    assert_false(tm_text_next(&rest, ',', &part));
}

/* A heap that counts what is out, and gives at most `left` blocks. */
typedef struct counter {
    int left, out;
} counter;

static void *give(void *owner, size_t size_bytes)
{
    counter *c = owner;
    if (c->left-- <= 0)
        return NULL;
    c->out++;
    return tm_heap_alloc(NULL, size_bytes);
}

static void *grow(void *owner, void *block, size_t size_bytes)
{
    (void)owner;
    return tm_heap_grow(NULL, block, size_bytes);
}

static void drop(void *owner, void *block)
{
    counter *c = owner;
    c->out -= block != NULL;
    tm_heap_free(NULL, block);
}

static void an_arena_gives_everything_back(void **state)
{
    (void)state;
    counter c = {.left = 1000};
    tm_heap heap = {give, grow, drop, &c};
    tm_arena *arena = tm_arena_new(&heap);
    for (size_t n = 0; n < 3000; n += 7) {
        char *p = tm_arena_alloc(arena, n);
        assert_int_equal((uintptr_t)p % 16, 0);
        memset(p, 1, n);
    }
    assert_ptr_not_equal(tm_arena_alloc(arena, 0), tm_arena_alloc(arena, 0));
    tm_arena_free(arena);
    assert_int_equal(c.out, 0);
    tm_arena_free(NULL);
}

static void a_warm_arena_asks_the_heap_for_nothing(void **state)
{
    (void)state;
    counter c = {.left = 1000};
    tm_heap heap = {give, grow, drop, &c};
    tm_arena *arena = tm_arena_new(&heap);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 100; i++)
            tm_arena_alloc(arena, 1000);
        assert_int_equal(tm_arena_used(arena), 100 * 1008);
        tm_arena_reset(arena);
        assert_int_equal(tm_arena_used(arena), 0);
    }
    int left = c.left;
    for (int round = 0; round < 3; round++) {
        tm_arena_alloc(arena, 60000);
        tm_arena_reset(arena);
    }
    assert_int_equal(c.left, left);
    tm_arena_free(arena);
    assert_int_equal(c.out, 0);
}

static void ask_without_end(void *arena)
{
    for (;;)
        tm_arena_alloc(arena, 100);
}

static void overflow_count(void *arena)
{
    tm_arena_zero(arena, SIZE_MAX / 2, 4);
    fail();
}

static void overflow_size(void *arena)
{
    tm_arena_alloc(arena, SIZE_MAX - 3);
    fail();
}

static void nothing_much(void *argument)
{
    (void)argument;
}

static void out_of_memory_leaves_the_innermost_try(void **state)
{
    (void)state;
    counter c = {.left = 2};
    tm_heap heap = {give, grow, drop, &c};
    tm_arena *arena = tm_arena_new(&heap);
    assert_false(tm_arena_try(arena, ask_without_end, arena));
    assert_false(tm_arena_try(arena, overflow_count, arena));
    assert_false(tm_arena_try(arena, overflow_size, arena));
    assert_true(tm_arena_try(arena, nothing_much, NULL));
    tm_arena_free(arena);
    assert_int_equal(c.out, 0);
}

/* Tries inside of tries. */
typedef struct nested {
    tm_arena *outer, *inner;
    bool inner_done, came_back;
} nested;

static void try_inside(void *argument)
{
    nested *n = argument;
    n->inner_done = tm_arena_try(n->inner, overflow_size, n->inner);
    n->came_back = true;
    overflow_size(n->outer); /* the outer escape is whole again */
}

static void a_try_inside_another_leaves_the_outer_as_it_was(void **state)
{
    (void)state;
    for (int same = 0; same < 2; same++) {
        tm_arena *outer = tm_arena_new(NULL), *inner = tm_arena_new(NULL);
        nested n = {.outer = outer, .inner = same ? outer : inner, .inner_done = true};
        assert_false(tm_arena_try(outer, try_inside, &n));
        assert_true(n.came_back && !n.inner_done);
        tm_arena_free(outer);
        tm_arena_free(inner);
    }
}

static void overflow_follower(void *argument)
{
    overflow_size(((nested *)argument)->inner);
}

/* And once it does no longer, its own tries count. */
static void a_follower_leaves_as_its_leader_does(void **state)
{
    (void)state;
    nested n = {.outer = tm_arena_new(NULL), .inner = tm_arena_new(NULL)};
    tm_arena_follow(n.inner, n.outer);
    assert_false(tm_arena_try(n.outer, overflow_follower, &n));
    assert_false(tm_arena_try(n.inner, overflow_follower, &n));
    tm_arena_follow(n.inner, NULL);
    assert_false(tm_arena_try(n.inner, overflow_follower, &n));
    tm_arena_free(n.outer);
    tm_arena_free(n.inner);
}

/* What a cleanup writes, and where. */
typedef struct mark {
    char sign;
    char **at;
} mark;

static void write_mark(void *what)
{
    const mark *m = what;
    *(*m->at)++ = m->sign;
}

static void cleanups_run_last_first_and_once(void **state)
{
    (void)state;
    char text[8] = {0}, *at = text;
    mark a = {'a', &at}, b = {'b', &at}, c = {'c', &at};
    tm_arena *arena = tm_arena_new(NULL);
    tm_arena_cleanup(arena, write_mark, &a);
    tm_arena_cleanup(arena, write_mark, &b);
    tm_arena_reset(arena);
    tm_arena_cleanup(arena, write_mark, &c);
    tm_arena_free(arena);
    assert_string_equal(text, "bac");
}

static void growing_the_last_block_stays_in_place(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    char *a = tm_arena_alloc(arena, 10);
    memcpy(a, "123456789", 10);
    assert_ptr_equal(tm_arena_grow(arena, a, 10, 100), a);
    tm_arena_alloc(arena, 1);
    char *b = tm_arena_grow(arena, a, 100, 200);
    assert_ptr_not_equal(a, b);
    assert_string_equal(b, "123456789");
    assert_string_equal(tm_arena_print(arena, "%s-%d", "x", 5).p, "x-5");
    assert_string_equal(tm_arena_copy(arena, TM_TEXT("abc")).p, "abc");
    tm_arena_free(arena);
}

static void a_buffer_grows_at_its_end(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_buf b = {.arena = arena};
    assert_int_equal(tm_buf_text(&b).n, 0);
    for (int i = 0; i < 1000; i++) {
        tm_buf_add_char(&b, 'a');
        tm_buf_add(&b, TM_TEXT("bc"));
        tm_buf_print(&b, "%d", i % 10);
    }
    assert_int_equal(b.n, 4000);
    assert_true(tm_text_ends(tm_buf_text(&b), TM_TEXT("abc8abc9")));
    b.n = 0;
    tm_buf_add_rune(&b, 0x24);
    tm_buf_add_rune(&b, 0xe9);
    tm_buf_add_rune(&b, 0x20ac);
    tm_buf_add_rune(&b, 0x10ffff);
    tm_buf_add_rune(&b, 0xd800);
    tm_buf_add_rune(&b, 0x110000);
    assert_true(tm_text_is(tm_buf_text(&b), "$\u00e9\u20ac\U0010ffff\ufffd\ufffd"));
    tm_arena_free(arena);
}

/* Encodes by the book, so that every sequence of up to three bytes can be judged. */
static bool is_code_point(const unsigned char *p, size_t n)
{
    if (n == 1)
        return p[0] < 0x80;
    if (n == 2)
        return p[0] >= 0xc2 && p[0] <= 0xdf && p[1] >> 6 == 2;
    uint32_t rune = (uint32_t)(p[0] & 15) << 12 | (uint32_t)(p[1] & 63) << 6 | (p[2] & 63);
    return p[0] >> 4 == 14 && p[1] >> 6 == 2 && p[2] >> 6 == 2 && rune >= 0x800 &&
           (rune < 0xd800 || rune > 0xdfff);
}

static void every_sequence_of_three_bytes_is_judged_right(void **state)
{
    (void)state;
    for (uint32_t x = 0; x < 1u << 24; x++) {
        const unsigned char p[3] = {(unsigned char)(x >> 16), (unsigned char)(x >> 8),
                                    (unsigned char)x};
        bool one = is_code_point(p, 1), two = is_code_point(p, 2);
        bool good = is_code_point(p, 3) ||
                    (one && ((is_code_point(p + 1, 1) && is_code_point(p + 2, 1)) ||
                             is_code_point(p + 1, 2))) ||
                    (two && is_code_point(p + 2, 1));
        if (tm_utf8_valid(tm_text_slice(p, 3)) != good)
            fail_msg("%02x %02x %02x", p[0], p[1], p[2]);
    }
}

static void four_bytes_reach_the_last_plane_and_no_further(void **state)
{
    (void)state;
    assert_true(tm_utf8_valid(TM_TEXT("\xf0\x90\x80\x80")));
    assert_true(tm_utf8_valid(TM_TEXT("\xf4\x8f\xbf\xbf")));
    assert_false(tm_utf8_valid(TM_TEXT("\xf0\x8f\xbf\xbf")));
    assert_false(tm_utf8_valid(TM_TEXT("\xf4\x90\x80\x80")));
    assert_false(tm_utf8_valid(TM_TEXT("\xf5\x80\x80\x80")));
    assert_false(tm_utf8_valid(TM_TEXT("\xf1\x80\x80")));
}

static void each_bad_byte_is_mended_alone(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_text good = TM_TEXT("plain \u20ac");
    assert_ptr_equal(tm_utf8_mend(arena, good).p, good.p);
    assert_true(tm_text_is(tm_utf8_mend(arena, TM_TEXT("\xe2\x82|\xff\xe2\x82\xac\xc3")),
                           "\ufffd\ufffd|\ufffd\u20ac\ufffd"));
    assert_int_equal(tm_utf8_count(TM_TEXT("a\u20ac\xff\xfe")), 4);
    tm_arena_free(arena);
}

static void a_high_bit_is_seen_at_every_place(void **state)
{
    (void)state;
    char text[80];
    for (size_t n = 0; n <= sizeof text; n++) {
        memset(text, 'a', sizeof text);
        assert_true(tm_utf8_is_ascii(tm_text_slice(text, n)));
        for (size_t at = 0; at < n; at++) {
            text[at] = (char)0x80;
            assert_false(tm_utf8_is_ascii(tm_text_slice(text, n)));
            text[at] = 'a';
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_compare_find_and_split),
        cmocka_unit_test(an_arena_gives_everything_back),
        cmocka_unit_test(a_warm_arena_asks_the_heap_for_nothing),
        cmocka_unit_test(out_of_memory_leaves_the_innermost_try),
        cmocka_unit_test(a_try_inside_another_leaves_the_outer_as_it_was),
        cmocka_unit_test(a_follower_leaves_as_its_leader_does),
        cmocka_unit_test(cleanups_run_last_first_and_once),
        cmocka_unit_test(growing_the_last_block_stays_in_place),
        cmocka_unit_test(a_buffer_grows_at_its_end),
        cmocka_unit_test(every_sequence_of_three_bytes_is_judged_right),
        cmocka_unit_test(four_bytes_reach_the_last_plane_and_no_further),
        cmocka_unit_test(each_bad_byte_is_mended_alone),
        cmocka_unit_test(a_high_bit_is_seen_at_every_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
