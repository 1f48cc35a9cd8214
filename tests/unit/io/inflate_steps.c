/* Decompression in steps: the same bytes, little at a time.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/io/packing.h"

/* In steps of about `most` bytes; *steps is how many. */
static tm_inflate_result unpack_in_steps(tm_inflater *inflater, tm_coding coding, tm_text in,
                                         size_t cap, size_t most, tm_bytes *out, size_t *steps)
{
    tm_inflate_result result;
    tm_inflate_begin(inflater, coding, in, cap, out);
    for (*steps = 1; (result = tm_inflate_more(inflater, most)) == TM_INFLATE_MORE; ++*steps)
        ;
    return result;
}

static void steps_unpack_the_same_and_are_small(void **state)
{
    (void)state;
    const size_t sizes[] = {0, 1, 1000, 3000000}, most[] = {1000, 65536, 262144};
    size_t steps;
    tm_inflater *inflater = tm_inflater_new(NULL);
    for
        EACH_CODING(c)
    for (size_t i = 0; i < 12; i++) {
        const size_t size = sizes[i / 3], step = most[i % 3];
        tm_bytes in = prose(size), out = {0}, part = {0};
        tm_bytes small = packed_as(c, tm_bytes_text(&in));
        tm_text packed = tm_bytes_text(&small);
        tm_inflate_begin(inflater, c, packed, size, &part); /* and gives it up */
        tm_inflate_more(inflater, step);
        assert_int_equal(unpack_in_steps(inflater, c, packed, size, step, &out, &steps), 0);
        assert_true(tm_text_equal(tm_bytes_text(&in), tm_bytes_text(&out)));
        const bool at_once = c == TM_CODING_SNAPPY || c == TM_CODING_SNAPPY_FRAMED || !c;
        assert_true(at_once ? steps == 1 : steps >= size / step);
        out.n = 0;
        if (size > 1)
            assert_int_equal(unpack_in_steps(inflater, c, packed, size - 1, step, &out, &steps),
                             TM_INFLATE_TOO_LARGE);
        tm_bytes_free(&in), tm_bytes_free(&small), tm_bytes_free(&out), tm_bytes_free(&part);
    }
    tm_inflater_free(inflater);
}

static void many_empty_members_take_many_steps(void **state)
{
    (void)state;
    static const tm_coding with_members[] = {TM_CODING_GZIP, TM_CODING_ZSTD, TM_CODING_LZ4};
    size_t steps;
    tm_inflater *inflater = tm_inflater_new(NULL);
    for (size_t c = 0; c < 3; c++) {
        tm_bytes small = {0}, out = {0}, empty = packed_as(with_members[c], TM_TEXT(""));
        for (size_t i = 0; i < 1000; i++)
            add(&small, tm_bytes_text(&empty));
        assert_int_equal(unpack_in_steps(inflater, with_members[c], tm_bytes_text(&small), 12, 2560,
                                         &out, &steps),
                         TM_INFLATE_OK);
        assert_true(steps >= 100 && out.n == 0);
        tm_bytes_free(&small), tm_bytes_free(&out), tm_bytes_free(&empty);
    }
    tm_inflater_free(inflater);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_unpack_the_same_and_are_small),
        cmocka_unit_test(many_empty_members_take_many_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
