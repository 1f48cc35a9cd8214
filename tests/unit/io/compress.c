/* Compression: round trips, and runs that are compressed apart.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/io/packing.h"

static const tm_coding both[] = {TM_CODING_GZIP, TM_CODING_ZSTD};

static void what_was_packed_unpacks_to_itself(void **state)
{
    (void)state;
    const size_t sizes[] = {0, 1, 5, 1000, 65536, 3000000};
    for (size_t c = 0; c < 2; c++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            tm_bytes in = prose(sizes[i]), small = packed(both[c], tm_bytes_text(&in)), out = {0};
            assert_int_equal(unpack(both[c], tm_bytes_text(&small), sizes[i], &out), TM_INFLATE_OK);
            assert_true(tm_text_equal(tm_bytes_text(&in), tm_bytes_text(&out)));
            tm_bytes_free(&in), tm_bytes_free(&small), tm_bytes_free(&out);
        }
}

static void parts_are_joined_in_order(void **state)
{
    (void)state;
    const tm_deflate_part parts[] = {
        {.bytes = TM_TEXT("one ")}, {.bytes = TM_TEXT("")}, {.bytes = TM_TEXT("two")}};
    tm_deflater *deflater = tm_deflater_new(NULL);
    for (int coding = TM_CODING_IDENTITY; coding <= TM_CODING_ZSTD; coding++)
        for (int round = 0; round < 2; round++) { /* the second one with a warm state */
            tm_bytes small = {0}, out = {0};
            assert_true(tm_deflate(deflater, (tm_coding)coding, round, parts, 3, &small));
            assert_int_equal(unpack((tm_coding)coding, tm_bytes_text(&small), 7, &out), 0);
            assert_true(tm_text_is(tm_bytes_text(&out), "one two"));
            tm_bytes_free(&small), tm_bytes_free(&out);
        }
    tm_deflater_free(deflater);
}

/* ---- runs -------------------------------------------------------------------------------- */

/* Gives a text away in steps. */
typedef struct giver {
    tm_text rest;
    size_t step;
} giver;

static size_t give(void *owner, char *at, size_t room)
{
    giver *g = owner;
    size_t n = g->rest.n < g->step ? g->rest.n : g->step;
    n = n < room ? n : room;
    memcpy(at, g->rest.p, n);
    g->rest = tm_text_skip(g->rest, n);
    return n;
}

/* What a deflater makes of the text as one run. False where ISA-L is not built in. */
static bool run_of(tm_deflater *deflater, tm_text t, tm_bytes *out, tm_run *run)
{
    giver g = {.rest = t, .step = 5000};
    bool ok = tm_deflate_run(deflater, give, &g, out, run);
    if (ok) {
        assert_int_equal(run->bytes, t.n);
        assert_int_equal(g.rest.n, 0);
    } else {
        assert_int_equal(out->n, 0);
    }
    return ok;
}

static void packed_and_plain_parts_make_one_member(void **state)
{
    (void)state;
    tm_deflater *deflater = tm_deflater_new(NULL);
    tm_bytes text = prose(200000), none = zeros(70000);
    tm_bytes one = {0}, two = {0}, three = {0}, small = {0}, out = {0};
    tm_run runs[3];
    tm_text a = tm_bytes_text(&text), b = tm_bytes_text(&none), c = tm_text_slice("!", 1);
    if (!run_of(deflater, a, &one, &runs[0]))
        goto done; /* nothing to join */
    assert_true(run_of(deflater, b, &two, &runs[1]) && run_of(deflater, c, &three, &runs[2]));
    const tm_deflate_part parts[] = {
        {.bytes = c},
        {.bytes = tm_bytes_text(&one), .packed = true, .run = runs[0]},
        {.bytes = tm_bytes_text(&two), .packed = true, .run = runs[1]},
        {.bytes = b},
        {.bytes = a},
        {.bytes = tm_bytes_text(&three), .packed = true, .run = runs[2]}};
    assert_true(tm_deflate(deflater, TM_CODING_GZIP, 0, parts, 6, &small));
    size_t all = 2 * c.n + 2 * a.n + 2 * b.n;
    assert_int_equal(unpack(TM_CODING_GZIP, tm_bytes_text(&small), all, &out), TM_INFLATE_OK);
    const tm_text want[] = {c, a, b, b, a, c};
    tm_text rest = tm_bytes_text(&out);
    for (size_t i = 0; i < 6; i++) {
        assert_true(tm_text_equal(tm_text_slice(rest.p, want[i].n), want[i]));
        rest = tm_text_skip(rest, want[i].n);
    }
    assert_int_equal(rest.n, 0);
done:
    tm_deflater_free(deflater);
    tm_bytes_free(&text), tm_bytes_free(&none), tm_bytes_free(&one), tm_bytes_free(&two);
    tm_bytes_free(&three), tm_bytes_free(&small), tm_bytes_free(&out);
}

/* Codes made for one kind of text are given up when another kind comes. */
static void codes_follow_what_is_compressed(void **state)
{
    (void)state;
    tm_deflater *warm = tm_deflater_new(NULL), *cold = tm_deflater_new(NULL);
    tm_bytes text = prose(100000), noise = zeros(100000);
    tm_bytes out = {0};
    tm_run run;
    uint32_t seed = 1;
    for (size_t i = 0; i < noise.n; i++) /* 16 letters, of which prose has none */
        noise.p[i] = (char)(0xc0 + ((seed = seed * 1664525 + 1013904223) >> 28));
    if (run_of(cold, tm_bytes_text(&noise), &out, &run)) {
        size_t best = out.n;
        out.n = 0;
        assert_true(run_of(warm, tm_bytes_text(&text), &out, &run));
        for (int round = 0; round < 2;
             round++) { /* the first one tells, the second has new codes */
            out.n = 0;
            assert_true(run_of(warm, tm_bytes_text(&noise), &out, &run));
        }
        assert_true(out.n <= best + best / 50);
    }
    tm_deflater_free(warm), tm_deflater_free(cold);
    tm_bytes_free(&text), tm_bytes_free(&noise), tm_bytes_free(&out);
}

/* ---- allocation ----------------------------------------------------------------------------- */

/* What is to be packed and unpacked. */
typedef struct both_ways {
    tm_bytes in, small;
} both_ways;

static bool there_and_back(void *owner, const tm_heap *heap)
{
    const both_ways *b = owner;
    tm_bytes out = {.heap = heap}, again = {.heap = heap};
    tm_inflater *inflater = tm_inflater_new(heap);
    tm_deflater *deflater = tm_deflater_new(heap);
    tm_deflate_part part = {.bytes = tm_bytes_text(&b->in)};
    bool done =
        inflater && deflater &&
        tm_inflate(inflater, TM_CODING_GZIP, tm_bytes_text(&b->small), b->in.n, &out) == 0 &&
        tm_deflate(deflater, TM_CODING_GZIP, 0, &part, 1, &again);
    tm_inflater_free(inflater);
    tm_deflater_free(deflater);
    tm_bytes_free(&out), tm_bytes_free(&again);
    return done;
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    both_ways b = {.in = prose(300000)};
    b.small = packed(TM_CODING_GZIP, tm_bytes_text(&b.in));
    assert_true(short_heap_each(there_and_back, &b) > 4);
    tm_bytes_free(&b.in), tm_bytes_free(&b.small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_packed_unpacks_to_itself),
        cmocka_unit_test(parts_are_joined_in_order),
        cmocka_unit_test(packed_and_plain_parts_make_one_member),
        cmocka_unit_test(codes_follow_what_is_compressed),
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
