/* Packer: the body that a batch becomes, in each coding, is the chunks' bytes in order.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/packer.h"

#include "tests/unit/io/packing.h"

enum { CHUNKS = 5, LARGE = 200000, SMALL = 300 };

/* A chunk of the next n bytes of `all`, which the packer makes, or a plain one. */
static tm_chunk *next_chunk(tm_packer *packer, tm_arena *arena, tm_text *all, size_t n, bool packs)
{
    tm_pieces pieces = {.arena = arena};
    tm_pieces_add(&pieces, tm_text_slice(all->p, n / 3)); /* pieces end where they like */
    tm_pieces_add(&pieces, tm_text_slice(all->p + n / 3, n - n / 3));
    *all = tm_text_skip(*all, n);
    tm_chunk *chunk = packs ? tm_packer_chunk(packer, NULL, &pieces, 1) : NULL;
    return chunk ? chunk : tm_chunk_new(NULL, &pieces, 1);
}

/* A batch of five chunks, of which those whose bit is set are packed by themselves. */
static tm_batch *batch_of(tm_packer *packer, tm_arena *arena, tm_text all, unsigned packs)
{
    tm_batch *batch = tm_batch_new(TM_TEXT(""));
    for (unsigned i = 0; i < CHUNKS; i++)
        assert_true(tm_batch_add(
            batch, next_chunk(packer, arena, &all, i % 2 ? SMALL : LARGE, packs >> i & 1), NULL));
    assert_int_equal(all.n, 0);
    return batch;
}

/* The pieces joined and decompressed are the whole again. */
static void check_message(tm_coding coding, const tm_batch *batch, tm_text all)
{
    tm_bytes body = {0}, out = {0};
    for (uint32_t i = 0; i < batch->piece_count; i++)
        assert_true(tm_bytes_add(&body, batch->pieces[i]));
    if (coding == TM_CODING_IDENTITY) {
        out = body;
        body = (tm_bytes){0};
    } else {
        assert_true(body.n < all.n / 2);
        assert_int_equal(unpack(coding, tm_bytes_text(&body), all.n, &out), TM_INFLATE_OK);
    }
    assert_true(tm_text_equal(tm_bytes_text(&out), all));
    tm_bytes_free(&body);
    tm_bytes_free(&out);
}

static void a_batch_becomes_one_body_in_each_coding(void **state)
{
    (void)state;
    static const tm_coding codings[] = {TM_CODING_IDENTITY, TM_CODING_GZIP, TM_CODING_ZSTD};
    tm_bytes bytes = prose(3 * LARGE + 2 * SMALL);
    tm_text all = tm_bytes_text(&bytes);
    tm_arena *arena = tm_arena_new(NULL);
    for (size_t k = 0; k < sizeof codings / sizeof *codings; k++)
        for (unsigned packs = 0; packs < 1u << CHUNKS; packs += packs < 3 ? 1 : 7) {
            tm_packer packer;
            tm_packer_init(&packer, codings[k], 0);
            tm_batch *batch = batch_of(&packer, arena, all, packs);
            assert_true(tm_packer_batch(&packer, batch));
            check_message(codings[k], batch, all);
            assert_int_equal(batch->is_packed, codings[k] != TM_CODING_IDENTITY);
            assert_true(tm_packer_batch(&packer, batch)); /* before another try of the same */
            check_message(codings[k], batch, all);
            tm_batch_end(batch, TM_STATUS_OK);
            assert_true(packer.idles <= 1); /* one thread needs one deflater */
            tm_packer_drop(&packer);
        }
    tm_arena_free(arena);
    tm_bytes_free(&bytes);
}

static void only_gzip_packs_chunks_by_themselves(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_bytes bytes = prose(LARGE);
    tm_pieces pieces = {.arena = arena};
    tm_pieces_add(&pieces, tm_bytes_text(&bytes));
    for (tm_coding coding = TM_CODING_IDENTITY; coding <= TM_CODING_ZSTD; coding++) {
        tm_packer packer;
        tm_packer_init(&packer, coding, 0);
        tm_chunk *chunk = tm_packer_chunk(&packer, NULL, &pieces, 7);
        assert_true(!chunk || coding == TM_CODING_GZIP); /* and there where ISA-L is */
        if (chunk) {
            assert_true(chunk->packed && chunk->spans == 7 && chunk->run.bytes == bytes.n);
            tm_chunk_unref(chunk);
        }
        tm_packer_drop(&packer);
    }
    tm_bytes_free(&bytes);
    tm_arena_free(arena);
}

/* A request of one span of that name: 1 { 2 { 2 { 5: name } } }. */
static tm_text request_of(tm_arena *arena, char name)
{
    const char bytes[] = {0x0a, 7, 0x12, 5, 0x12, 3, 0x2a, 1, name};
    return tm_arena_copy(arena, tm_text_slice(bytes, sizeof bytes));
}

static tm_batch *batch_of_spans(tm_arena *arena, const char *names)
{
    tm_batch *batch = tm_batch_new(TM_TEXT(""));
    for (; *names; names++) {
        tm_pieces pieces = {.arena = arena};
        tm_pieces_add(&pieces, request_of(arena, *names));
        assert_true(tm_batch_add(batch, tm_chunk_new(NULL, &pieces, 1), NULL));
    }
    return batch;
}

static void a_batch_becomes_one_body_of_json(void **state)
{
    (void)state;
    static const char json[] = "{\"resourceSpans\":["
                               "{\"scopeSpans\":[{\"spans\":[{\"name\":\"a\"}]}]},"
                               "{\"scopeSpans\":[{\"spans\":[{\"name\":\"b\"}]}]}]}";
    tm_arena *arena = tm_arena_new(NULL);
    for (tm_coding coding = TM_CODING_IDENTITY; coding <= TM_CODING_ZSTD; coding++) {
        tm_packer packer;
        tm_bytes out = {0};
        tm_packer_init(&packer, coding, 0);
        packer.json = true;
        tm_batch *batch = batch_of_spans(arena, "ab");
        assert_true(tm_packer_works(&packer));
        assert_true(tm_packer_batch(&packer, batch) && batch->is_packed);
        assert_int_equal(batch->piece_count, 1);
        if (coding == TM_CODING_IDENTITY)
            assert_true(tm_bytes_add(&out, batch->pieces[0]));
        else
            assert_int_equal(unpack(coding, batch->pieces[0], sizeof json, &out), TM_INFLATE_OK);
        assert_true(tm_text_is(tm_bytes_text(&out), json));
        assert_int_equal(batch->spans, 2);
        tm_bytes_free(&out);
        tm_batch_end(batch, TM_STATUS_OK);
        tm_packer_drop(&packer);
    }
    tm_arena_free(arena);
}

static void chunks_of_json_or_of_another_level_are_not_packed_by_themselves(void **state)
{
    (void)state;
    tm_arena *arena = tm_arena_new(NULL);
    tm_pieces pieces = {.arena = arena};
    tm_pieces_add(&pieces, request_of(arena, 'a'));
    for (int i = 0; i < 2; i++) {
        tm_packer packer;
        tm_packer_init(&packer, TM_CODING_GZIP, i);
        packer.json = !i;
        assert_null(tm_packer_chunk(&packer, NULL, &pieces, 1));
        tm_packer_drop(&packer);
    }
    tm_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_becomes_one_body_in_each_coding),
        cmocka_unit_test(only_gzip_packs_chunks_by_themselves),
        cmocka_unit_test(a_batch_becomes_one_body_of_json),
        cmocka_unit_test(chunks_of_json_or_of_another_level_are_not_packed_by_themselves),
    };
    return cmocka_run_group_tests_name("pipe/packer", tests, NULL, NULL);
}
