/* Decompression: every coding, several members, caps, and what is refused.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/io/packing.h"

/* ---- what unpacks ---------------------------------------------------------------------------- */

static void every_coding_unpacks_to_what_was_packed(void **state)
{
    (void)state;
    const size_t sizes[] = {0, 1, 5, 1000, 65536, 65537, 3000000};
    tm_inflater *inflater = tm_inflater_new(NULL);
    for
        EACH_CODING(c)
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        tm_bytes in = prose(sizes[i]), out = {0};
        tm_bytes small = packed_as(c, tm_bytes_text(&in));
        add(&out, TM_TEXT("before ")); /* which is neither lost nor counted */
        assert_int_equal(tm_inflate(inflater, c, tm_bytes_text(&small), sizes[i], &out), 0);
        assert_true(tm_text_starts(tm_bytes_text(&out), TM_TEXT("before ")));
        assert_true(tm_text_equal(tm_bytes_text(&in), tm_text_skip(tm_bytes_text(&out), 7)));
        tm_bytes_free(&in), tm_bytes_free(&small), tm_bytes_free(&out);
    }
    tm_inflater_free(inflater);
}

static const tm_coding with_members[] = {TM_CODING_GZIP, TM_CODING_ZSTD, TM_CODING_LZ4};

static void add_packed(tm_coding coding, tm_text t, tm_bytes *out)
{
    tm_bytes small = packed_as(coding, t);
    add(out, tm_bytes_text(&small));
    tm_bytes_free(&small);
}

static void members_and_frames_are_joined_and_empty_ones_count_for_nothing(void **state)
{
    (void)state;
    const char *const parts[] = {"", "hello", "", "", ", ", "world", ""};
    for (size_t c = 0; c < 3; c++) {
        tm_bytes small = {0}, out = {0};
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
            add_packed(with_members[c], tm_text_of(parts[i]), &small);
        assert_int_equal(unpack(with_members[c], tm_bytes_text(&small), 12, &out), TM_INFLATE_OK);
        assert_true(tm_text_is(tm_bytes_text(&out), "hello, world"));
        tm_bytes_free(&small), tm_bytes_free(&out);
    }
}

static void skippable_frames_count_for_nothing(void **state)
{
    (void)state;
    tm_text skippable = TM_TEXT("\x50\x2a\x4d\x18\x05\0\0\0noise");
    for (size_t c = 1; c < 3; c++) {
        tm_bytes small = {0}, out = {0};
        add(&small, skippable);
        assert_int_equal(unpack(with_members[c], tm_bytes_text(&small), 0, &out), TM_INFLATE_OK);
        add_packed(with_members[c], TM_TEXT("hello"), &small);
        add(&small, skippable);
        assert_int_equal(unpack(with_members[c], tm_bytes_text(&small), 5, &out), TM_INFLATE_OK);
        assert_true(tm_text_is(tm_bytes_text(&out), "hello"));
        small.n--;
        assert_int_equal(unpack(with_members[c], tm_bytes_text(&small), 5, &out),
                         TM_INFLATE_CORRUPT);
        tm_bytes_free(&small), tm_bytes_free(&out);
    }
}

/* A whole message in one call of zstd is one frame whose window is its size. */
static void a_zstd_frame_of_one_piece_may_be_as_large_as_the_cap(void **state)
{
    (void)state;
    enum { BYTES = 20 << 20 };
    tm_bytes in = {0}, out = {0};
    uint32_t seed = 5;
    assert_true(tm_bytes_reserve(&in, BYTES));
    for (; in.n < BYTES; in.n++)
        in.p[in.n] = (char)((seed = seed * 1664525 + 1013904223) >> 24);
    /* magic, a descriptor that says "one piece, content size in 4 bytes"; then raw blocks */
    tm_bytes frame = {0};
    add(&frame, TM_TEXT("\x28\xb5\x2f\xfd\xa0"));
    add_number(&frame, BYTES, 4);
    for (size_t at = 0; at < BYTES; at += 128 << 10) {
        bool last = at + (128 << 10) == BYTES;
        add_number(&frame, (128u << 10) << 3 | last, 3);
        add(&frame, tm_text_slice(in.p + at, 128 << 10));
    }
    assert_int_equal(unpack(TM_CODING_ZSTD, tm_bytes_text(&frame), BYTES, &out), TM_INFLATE_OK);
    assert_true(tm_text_equal(tm_bytes_text(&in), tm_bytes_text(&out)));
    tm_bytes_free(&in), tm_bytes_free(&frame), tm_bytes_free(&out);
}

/* ---- caps ------------------------------------------------------------------------------------ */

static void one_byte_over_the_cap_is_too_large(void **state)
{
    (void)state;
    for
        EACH_CODING(c)
        {
            tm_bytes in = prose(200000), small = packed_as(c, tm_bytes_text(&in)), out = {0};
            assert_int_equal(unpack(c, tm_bytes_text(&small), 199999, &out), TM_INFLATE_TOO_LARGE);
            assert_true(out.n <= 200000);
            tm_bytes_free(&in), tm_bytes_free(&small), tm_bytes_free(&out);
        }
}

static void the_cap_holds_for_all_members_together(void **state)
{
    (void)state;
    for (size_t c = 0; c < 3; c++) {
        tm_bytes in = prose(1000), small = {0}, out = {0};
        for (int i = 0; i < 10; i++)
            add_packed(with_members[c], tm_bytes_text(&in), &small);
        tm_text all = tm_bytes_text(&small);
        assert_int_equal(unpack(with_members[c], all, 10000, &out), TM_INFLATE_OK);
        out.n = 0;
        assert_int_equal(unpack(with_members[c], all, 9999, &out), TM_INFLATE_TOO_LARGE);
        tm_bytes_free(&in), tm_bytes_free(&small), tm_bytes_free(&out);
    }
}

/* Those whose format allows bombs at all; the others are held by the growth of their blocks. */
static const tm_coding explosive[] = {TM_CODING_GZIP, TM_CODING_ZSTD, TM_CODING_DEFLATE,
                                      TM_CODING_LZ4};

static void a_bomb_is_stopped_by_its_ratio(void **state)
{
    (void)state;
    for (size_t c = 0; c < 4; c++) {
        tm_bytes in = zeros(64 << 20), out = {0};
        tm_bytes small = packed_as(explosive[c], tm_bytes_text(&in));
        assert_int_equal(unpack(explosive[c], tm_bytes_text(&small), SIZE_MAX, &out),
                         TM_INFLATE_TOO_LARGE);
        assert_true(out.n < 64 << 20);
        tm_bytes_free(&in), tm_bytes_free(&small), tm_bytes_free(&out);
    }
}

static void a_bomb_of_many_members_is_stopped_as_well(void **state)
{
    (void)state;
    tm_bytes in = zeros(1 << 20);
    for (size_t c = 0; c < 2; c++) {
        tm_bytes small = {0}, out = {0};
        for (int i = 0; i < 64; i++)
            add_packed(with_members[c], tm_bytes_text(&in), &small);
        assert_int_equal(unpack(with_members[c], tm_bytes_text(&small), SIZE_MAX, &out),
                         TM_INFLATE_TOO_LARGE);
        assert_true(out.n < 8 << 20);
        tm_bytes_free(&small), tm_bytes_free(&out);
    }
    tm_bytes_free(&in);
}

static void below_a_mebibyte_any_ratio_is_fine(void **state)
{
    (void)state;
    for
        EACH_CODING(c)
        {
            tm_bytes in = zeros(1 << 20), small = packed_as(c, tm_bytes_text(&in)), out = {0};
            assert_int_equal(unpack(c, tm_bytes_text(&small), SIZE_MAX, &out), TM_INFLATE_OK);
            assert_int_equal(out.n, 1 << 20);
            tm_bytes_free(&in), tm_bytes_free(&small), tm_bytes_free(&out);
        }
}

/* ---- what is refused ------------------------------------------------------------------------- */

static void bytes_behind_the_end_are_refused(void **state)
{
    (void)state;
    for
        EACH_CODING(c)
        {
            tm_bytes small = packed_as(c, TM_TEXT("hello")), out = {0};
            for (int i = 0; i < 256; i++) {
                tm_bytes longer = {0};
                add(&longer, tm_bytes_text(&small));
                add_number(&longer, (uint32_t)i, 1);
                assert_int_equal(unpack(c, tm_bytes_text(&longer), 100, &out), TM_INFLATE_CORRUPT);
                tm_bytes_free(&longer);
            }
            tm_bytes_free(&small), tm_bytes_free(&out);
        }
}

static void a_second_stream_of_zlib_or_block_of_snappy_is_refused(void **state)
{
    (void)state;
    const tm_coding single[] = {TM_CODING_ZLIB, TM_CODING_DEFLATE, TM_CODING_SNAPPY};
    for (size_t c = 0; c < 3; c++) {
        tm_bytes small = {0}, out = {0};
        add_packed(single[c], TM_TEXT("hello"), &small);
        add_packed(single[c], TM_TEXT("hello"), &small);
        assert_int_equal(unpack(single[c], tm_bytes_text(&small), 100, &out), TM_INFLATE_CORRUPT);
        tm_bytes_free(&small), tm_bytes_free(&out);
    }
}

/* Chunks of snappy's framing stand alone: cut between two of them it is a shorter message. */
static bool is_whole(tm_coding coding, size_t n, const size_t *ends, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (ends[i] == n)
            return true;
    return n == 0 && (coding == TM_CODING_ZSTD || coding == TM_CODING_LZ4 ||
                      coding == TM_CODING_SNAPPY_FRAMED);
}

static void what_is_cut_anywhere_is_corrupt(void **state)
{
    (void)state;
    for
        EACH_CODING(c)
        {
            tm_bytes small = {0}, out = {0};
            size_t ends[2] = {SIZE_MAX, SIZE_MAX};
            bool several = c != TM_CODING_DEFLATE && c != TM_CODING_ZLIB && c != TM_CODING_SNAPPY;
            add_packed(c, TM_TEXT("hello, hello, hello"), &small);
            if (c == TM_CODING_SNAPPY_FRAMED)
                ends[0] = identifier.n;
            if (several) {
                ends[1] = small.n;
                if (c == TM_CODING_SNAPPY_FRAMED)
                    add_chunk(&small, 1, TM_TEXT("hello"), masked_sum(TM_TEXT("hello")));
                else
                    add_packed(c, TM_TEXT("hello"), &small);
            }
            for (size_t n = 0; n < small.n; n++)
                assert_int_equal(unpack(c, tm_text_slice(small.p, n), 100, &out),
                                 is_whole(c, n, ends, 2) ? TM_INFLATE_OK : TM_INFLATE_CORRUPT);
            tm_bytes_free(&small), tm_bytes_free(&out);
        }
}

/* A bit flipped anywhere is either found or harmless (header fields that nobody checks). */
static void flipped_bits_never_crash(void **state)
{
    (void)state;
    tm_inflater *inflater = tm_inflater_new(NULL);
    for
        EACH_CODING(c)
        {
            tm_bytes in = prose(3000), small = packed_as(c, tm_bytes_text(&in)), out = {0};
            for (size_t bit = 0; bit < small.n * 8; bit++) {
                small.p[bit / 8] ^= (char)(1 << bit % 8);
                out.n = 0;
                tm_inflate(inflater, c, tm_bytes_text(&small), 10000, &out);
                small.p[bit / 8] ^= (char)(1 << bit % 8);
                assert_true(out.n <= 10001);
            }
            out.n = 0;
            assert_int_equal(tm_inflate(inflater, c, tm_bytes_text(&small), 10000, &out), 0);
            tm_bytes_free(&in), tm_bytes_free(&small), tm_bytes_free(&out);
        }
    tm_inflater_free(inflater);
}

static void raw_deflate_and_zlib_wrappers_are_not_gzip(void **state)
{
    (void)state;
    tm_bytes out = {0};
    tm_text zlib = TM_TEXT("\x78\x9c\xcb\x48\xcd\xc9\xc9\x07\x00\x06\x2c\x02\x15");
    tm_text raw = TM_TEXT("\xcb\x48\xcd\xc9\xc9\x07\x00");
    assert_int_equal(unpack(TM_CODING_GZIP, zlib, 100, &out), TM_INFLATE_CORRUPT);
    assert_int_equal(unpack(TM_CODING_GZIP, raw, 100, &out), TM_INFLATE_CORRUPT);
    assert_int_equal(unpack(TM_CODING_DEFLATE, raw, 100, &out), TM_INFLATE_CORRUPT);
    assert_int_equal(unpack(TM_CODING_DEFLATE, zlib, 100, &out), TM_INFLATE_OK);
    assert_true(tm_text_is(tm_bytes_text(&out), "hello"));
    tm_bytes_free(&out);
}

/* ---- allocation ------------------------------------------------------------------------------ */

static void a_warm_inflater_allocates_nothing(void **state)
{
    (void)state;
    for
        EACH_CODING(c)
        {
            short_heap s;
            short_heap_init(&s, -1, false);
            const tm_heap *heap = &s.heap;
            tm_inflater *inflater = tm_inflater_new(heap);
            tm_bytes in = prose(50000), small = packed_as(c, tm_bytes_text(&in));
            tm_bytes out = {.heap = heap};
            assert_int_equal(tm_inflate(inflater, c, tm_bytes_text(&small), 50000, &out), 0);
            long cold = s.allocations;
            out.n = 0;
            assert_int_equal(tm_inflate(inflater, c, tm_bytes_text(&small), 50000, &out), 0);
            assert_int_equal(s.allocations, cold);
            tm_inflater_free(inflater);
            tm_bytes_free(&in), tm_bytes_free(&small), tm_bytes_free(&out);
        }
}

/* Whatever allocation fails, alone or with all behind it: it is never the message that was bad. */
static void out_of_memory_is_told_as_such(void **state)
{
    (void)state;
    tm_bytes in = prose(300000);
    for
        EACH_CODING(c)
        {
            tm_bytes small = packed_as(c, tm_bytes_text(&in));
            tm_inflate_result result = TM_INFLATE_MEMORY;
            for (long n = 0; result != TM_INFLATE_OK; n++) {
                short_heap s;
                short_heap_init(&s, n, false);
                const tm_heap *heap = &s.heap;
                tm_bytes out = {.heap = heap};
                tm_inflater *inflater = tm_inflater_new(heap);
                result = TM_INFLATE_MEMORY;
                if (inflater)
                    result = tm_inflate(inflater, c, tm_bytes_text(&small), in.n, &out);
                if (result != TM_INFLATE_OK)
                    assert_int_equal(result, TM_INFLATE_MEMORY);
                tm_inflater_free(inflater);
                tm_bytes_free(&out);
                assert_true(n < 100);
            }
            tm_bytes_free(&small);
        }
    tm_bytes_free(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_coding_unpacks_to_what_was_packed),
        cmocka_unit_test(members_and_frames_are_joined_and_empty_ones_count_for_nothing),
        cmocka_unit_test(skippable_frames_count_for_nothing),
        cmocka_unit_test(a_zstd_frame_of_one_piece_may_be_as_large_as_the_cap),
        cmocka_unit_test(one_byte_over_the_cap_is_too_large),
        cmocka_unit_test(the_cap_holds_for_all_members_together),
        cmocka_unit_test(a_bomb_is_stopped_by_its_ratio),
        cmocka_unit_test(a_bomb_of_many_members_is_stopped_as_well),
        cmocka_unit_test(below_a_mebibyte_any_ratio_is_fine),
        cmocka_unit_test(bytes_behind_the_end_are_refused),
        cmocka_unit_test(a_second_stream_of_zlib_or_block_of_snappy_is_refused),
        cmocka_unit_test(what_is_cut_anywhere_is_corrupt),
        cmocka_unit_test(flipped_bits_never_crash),
        cmocka_unit_test(raw_deflate_and_zlib_wrappers_are_not_gzip),
        cmocka_unit_test(a_warm_inflater_allocates_nothing),
        cmocka_unit_test(out_of_memory_is_told_as_such),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
