/* What the tests of compression make: texts, and what each coding packs them to.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TESTS_PACKING_H
#define TM_TESTS_PACKING_H

#include "tests/unit/short_heap.h"
#include "io/compress.h"
#include "io/crc32c.h"
#include "io/inflate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <lz4frame.h>
#include <snappy-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

/* Text that compresses about as telemetry does. */
static inline tm_bytes prose(size_t n)
{
    tm_bytes b = {0};
    uint32_t seed = 7;
    while (b.n < n) {
        char word[24];
        seed = seed * 1664525 + 1013904223;
        int width = snprintf(word, sizeof word, "key%u=%u ", seed >> 28, seed >> 20);
        tm_bytes_add(&b, tm_text_slice(word, (size_t)width));
    }
    b.n = n;
    return b;
}

static inline tm_bytes zeros(size_t n)
{
    tm_bytes b = {0};
    tm_bytes_reserve(&b, n);
    memset(b.p, 0, n);
    b.n = n;
    return b;
}

static inline tm_bytes packed(tm_coding coding, tm_text t)
{
    tm_bytes out = {0};
    tm_deflater *deflater = tm_deflater_new(NULL);
    tm_deflate_part part = {.bytes = t};
    assert_true(tm_deflate(deflater, coding, 0, &part, 1, &out));
    tm_deflater_free(deflater);
    return out;
}

static inline tm_inflate_result unpack(tm_coding coding, tm_text in, size_t cap, tm_bytes *out)
{
    tm_inflater *inflater = tm_inflater_new(NULL);
    tm_inflate_result result = tm_inflate(inflater, coding, in, cap, out);
    tm_inflater_free(inflater);
    return result;
}

static inline void add(tm_bytes *out, tm_text t)
{
    assert_true(tm_bytes_add(out, t));
}

static inline void add_number(tm_bytes *out, uint32_t n, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        char byte = (char)(n >> 8 * i);
        add(out, tm_text_slice(&byte, 1));
    }
}

static inline void pack_zlib(tm_text t, tm_bytes *out)
{
    uLong n = compressBound(t.n);
    assert_true(tm_bytes_reserve(out, n));
    assert_int_equal(compress2((Bytef *)out->p + out->n, &n, (const Bytef *)t.p, t.n, 9), Z_OK);
    out->n += n;
}

static inline void pack_lz4(tm_text t, tm_bytes *out)
{
    size_t n = LZ4F_compressFrameBound(t.n, NULL);
    assert_true(tm_bytes_reserve(out, n));
    n = LZ4F_compressFrame(out->p + out->n, n, t.p, t.n, NULL);
    assert_false(LZ4F_isError(n));
    out->n += n;
}

static inline void pack_block(tm_text t, tm_bytes *out)
{
    size_t n = snappy_max_compressed_length(t.n);
    assert_true(tm_bytes_reserve(out, n));
    assert_int_equal(snappy_compress(t.p, t.n, out->p + out->n, &n), SNAPPY_OK);
    out->n += n;
}

static inline void add_chunk(tm_bytes *out, int type, tm_text data, uint32_t sum)
{
    add_number(out, (uint32_t)type, 1);
    add_number(out, (uint32_t)data.n + 4, 3);
    add_number(out, sum, 4);
    add(out, data);
}

static inline uint32_t masked_sum(tm_text t)
{
    tm_crc32c crc;
    tm_crc32c_init(&crc);
    uint32_t sum = tm_crc32c_of(&crc, t);
    return (sum >> 15 | sum << 17) + 0xa282ead8;
}

static const tm_text identifier = TM_TEXT("\xff\x06\0\0sNaPpY");

/* Every third chunk stays as it is. */
static inline void pack_frames(tm_text t, tm_bytes *out)
{
    add(out, identifier);
    for (int i = 0; t.n > 0; i++) {
        tm_text turn = tm_text_slice(t.p, t.n < 65536 ? t.n : 65536);
        tm_bytes block = {0};
        pack_block(turn, &block);
        if (i % 3 == 2)
            add_chunk(out, 1, turn, masked_sum(turn));
        else
            add_chunk(out, 0, tm_bytes_text(&block), masked_sum(turn));
        tm_bytes_free(&block);
        t = tm_text_skip(t, turn.n);
    }
}

/* What any coding makes of the text. */
static inline tm_bytes packed_as(tm_coding coding, tm_text t)
{
    tm_bytes out = {0};
    if (coding == TM_CODING_GZIP || coding == TM_CODING_ZSTD)
        return packed(coding, t);
    if (coding == TM_CODING_DEFLATE || coding == TM_CODING_ZLIB)
        pack_zlib(t, &out);
    else if (coding == TM_CODING_SNAPPY)
        pack_block(t, &out);
    else if (coding == TM_CODING_SNAPPY_FRAMED)
        pack_frames(t, &out);
    else
        pack_lz4(t, &out);
    return out;
}

#define EACH_CODING(c) (tm_coding c = TM_CODING_GZIP; c < TM_CODINGS; c++)

#endif
