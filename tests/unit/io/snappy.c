/* Snappy: what blocks promise, and chunks.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/io/packing.h"

/* The size that a block of snappy names is believed only as far as its bytes can reach. */
static void a_block_that_promises_too_much_gets_no_memory(void **state)
{
    (void)state;
    short_heap s;
    short_heap_init(&s, -1, false);
    const tm_heap *heap = &s.heap;
    tm_inflater *inflater = tm_inflater_new(heap);
    tm_bytes out = {.heap = heap};
    long before = s.allocations;
    tm_text block = TM_TEXT("\x80\x80\x80\x09\x00z"); /* 18 MiB, of which one byte comes */
    assert_int_equal(tm_inflate(inflater, TM_CODING_SNAPPY, block, 20 << 20, &out),
                     TM_INFLATE_CORRUPT);
    assert_int_equal(tm_inflate(inflater, TM_CODING_SNAPPY, block, 1 << 20, &out),
                     TM_INFLATE_TOO_LARGE);
    assert_int_equal(s.allocations, before);
    tm_inflater_free(inflater);
    tm_bytes_free(&out);
}

static void crc32c_is_that_of_castagnoli(void **state)
{
    (void)state;
    tm_crc32c crc;
    tm_crc32c_init(&crc);
    assert_int_equal(tm_crc32c_of(&crc, TM_TEXT("123456789")), 0xe3069283);
    assert_int_equal(tm_crc32c_of(&crc, TM_TEXT("")), 0);
    tm_bytes none = zeros(32);
    assert_int_equal(tm_crc32c_of(&crc, tm_bytes_text(&none)), 0x8a9136aa);
    tm_bytes_free(&none);
}

static tm_inflate_result unpack_chunks(tm_text chunks)
{
    tm_bytes all = {0}, out = {0};
    add(&all, identifier);
    add(&all, chunks);
    tm_inflate_result result = unpack(TM_CODING_SNAPPY_FRAMED, tm_bytes_text(&all), 1000, &out);
    if (result == TM_INFLATE_OK)
        assert_true(tm_text_is(tm_bytes_text(&out), "Wikipedia"));
    tm_bytes_free(&all), tm_bytes_free(&out);
    return result;
}

static void chunks_are_told_apart_by_their_type(void **state)
{
    (void)state;
    /* a plain chunk with a sum that another implementation has made */
#define WIKIPEDIA "\x01\x0d\0\0\xf4\x44\x49\x0fWikipedia"
    static const struct {
        tm_text chunks;
        tm_inflate_result result;
    } rows[] = {
        {TM_TEXT(WIKIPEDIA), TM_INFLATE_OK},
        {TM_TEXT("\xfe\x03\0\0pad" WIKIPEDIA), TM_INFLATE_OK},              /* padding */
        {TM_TEXT("\x80\x01\0\0x" WIKIPEDIA), TM_INFLATE_OK},                /* may be skipped */
        {TM_TEXT(WIKIPEDIA "\xff\x06\0\0sNaPpY"), TM_INFLATE_OK},           /* once more */
        {TM_TEXT("\x01\x04\0\0\xd8\xea\x82\xa2" WIKIPEDIA), TM_INFLATE_OK}, /* no data */
        {TM_TEXT("\x7f\x01\0\0x" WIKIPEDIA), TM_INFLATE_CORRUPT},           /* may not */
        {TM_TEXT("\x02\0\0\0" WIKIPEDIA), TM_INFLATE_CORRUPT},              /* may not */
        {TM_TEXT("\xff\x06\0\0snappy" WIKIPEDIA), TM_INFLATE_CORRUPT},      /* another format */
        {TM_TEXT("\xff\x05\0\0sNaPp" WIKIPEDIA), TM_INFLATE_CORRUPT},       /* likewise */
        {TM_TEXT("\x01\x03\0\0abc" WIKIPEDIA), TM_INFLATE_CORRUPT},         /* half a sum */
        {TM_TEXT("\x01\x05\0\0\0\0\0\0a" WIKIPEDIA), TM_INFLATE_CORRUPT},   /* a wrong sum */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(unpack_chunks(rows[i].chunks), rows[i].result);
    tm_bytes out = {0};
    assert_int_equal(unpack(TM_CODING_SNAPPY_FRAMED, TM_TEXT(WIKIPEDIA), 1000, &out),
                     TM_INFLATE_CORRUPT); /* without its identifier */
    tm_bytes_free(&out);
}

static void a_chunk_holds_64_kibibytes_at_most(void **state)
{
    (void)state;
    for (int type = 0; type < 2; type++)
        for (int more = 0; more < 2; more++) {
            tm_bytes in = prose(65536 + (size_t)more), block = {0}, all = {0}, out = {0};
            tm_text t = tm_bytes_text(&in);
            pack_block(t, &block);
            add(&all, identifier);
            add_chunk(&all, type, type ? t : tm_bytes_text(&block), masked_sum(t));
            assert_int_equal(unpack(TM_CODING_SNAPPY_FRAMED, tm_bytes_text(&all), 1 << 20, &out),
                             more ? TM_INFLATE_CORRUPT : TM_INFLATE_OK);
            tm_bytes_free(&in), tm_bytes_free(&block), tm_bytes_free(&all), tm_bytes_free(&out);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_that_promises_too_much_gets_no_memory),
        cmocka_unit_test(crc32c_is_that_of_castagnoli),
        cmocka_unit_test(chunks_are_told_apart_by_their_type),
        cmocka_unit_test(a_chunk_holds_64_kibibytes_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
