/* Snappy: blocks and chunks.
 * SPDX-License-Identifier: Apache-2.0 */
#include "io/snappy.h"

#include <snappy-c.h>

enum {
    MOST_GROWTH = 22,       /* the longest copy makes 64 bytes of 3 */
    CHUNK_HEAD = 4,         /* type, and length in 3 bytes, the lowest first */
    CHUNK_CRC = 4,          /* in front of the data of a chunk */
    CHUNK_BYTES = 64 * 1024 /* of data, decompressed */
};

/* Types of chunks; what is between is reserved, and may be skipped from SKIPPABLE on. */
enum { PACKED = 0, PLAIN = 1, SKIPPABLE = 0x80, IDENTIFIER = 0xff };

tm_inflate_result tm_snappy_block(tm_text in, size_t cap_bytes, tm_bytes *out)
{
    size_t n;
    if (snappy_uncompressed_length(in.p, in.n, &n) != SNAPPY_OK)
        return TM_INFLATE_CORRUPT;
    if (n > cap_bytes)
        return TM_INFLATE_TOO_LARGE;
    if (n / MOST_GROWTH > in.n)
        return TM_INFLATE_CORRUPT;
    if (!tm_bytes_reserve(out, n ? n : 1))
        return TM_INFLATE_MEMORY;
    if (snappy_uncompress(in.p, in.n, out->p + out->n, &n) != SNAPPY_OK)
        return TM_INFLATE_CORRUPT;
    out->n += n;
    return TM_INFLATE_OK;
}

static uint32_t number_at(const char *p, int bytes)
{
    uint32_t n = 0;
    for (int i = 0; i < bytes; i++)
        n |= (uint32_t)(uint8_t)p[i] << 8 * i;
    return n;
}

/* The format stores checksums turned and moved, so that data that hold checksums do no harm. */
static uint32_t masked(uint32_t crc)
{
    return (crc >> 15 | crc << 17) + 0xa282ead8;
}

static tm_inflate_result add_plain(tm_text data, size_t cap_bytes, tm_bytes *out)
{
    if (data.n > cap_bytes)
        return TM_INFLATE_TOO_LARGE;
    return tm_bytes_add(out, data) ? TM_INFLATE_OK : TM_INFLATE_MEMORY;
}

/* A chunk of data. */
static tm_inflate_result take_data(const tm_crc32c *crc, int type, tm_text chunk, size_t cap_bytes,
                                   tm_bytes *out)
{
    size_t n, before = out->n;
    if (chunk.n < CHUNK_CRC)
        return TM_INFLATE_CORRUPT;
    tm_text data = tm_text_skip(chunk, CHUNK_CRC);
    if (type == PLAIN)
        n = data.n;
    else if (snappy_uncompressed_length(data.p, data.n, &n) != SNAPPY_OK)
        return TM_INFLATE_CORRUPT;
    if (n > CHUNK_BYTES)
        return TM_INFLATE_CORRUPT;
    tm_inflate_result result =
        type == PLAIN ? add_plain(data, cap_bytes, out) : tm_snappy_block(data, cap_bytes, out);
    if (result != TM_INFLATE_OK)
        return result;
    uint32_t sum = tm_crc32c_of(crc, tm_text_skip(tm_bytes_text(out), before));
    return masked(sum) == number_at(chunk.p, CHUNK_CRC) ? TM_INFLATE_OK : TM_INFLATE_CORRUPT;
}

tm_inflate_result tm_snappy_frames(const tm_crc32c *crc, tm_text in, size_t cap_bytes,
                                   tm_bytes *out)
{
    size_t before = out->n;
    for (bool first = true; in.n > 0; first = false) {
        if (in.n < CHUNK_HEAD)
            return TM_INFLATE_CORRUPT;
        int type = (uint8_t)in.p[0];
        size_t n = number_at(in.p + 1, 3);
        if (n > in.n - CHUNK_HEAD || (first && type != IDENTIFIER))
            return TM_INFLATE_CORRUPT;
        tm_text chunk = tm_text_slice(in.p + CHUNK_HEAD, n);
        in = tm_text_skip(in, CHUNK_HEAD + n);
        tm_inflate_result result = TM_INFLATE_OK;
        if (type == IDENTIFIER)
            result = tm_text_is(chunk, "sNaPpY") ? TM_INFLATE_OK : TM_INFLATE_CORRUPT;
        else if (type == PACKED || type == PLAIN)
            result = take_data(crc, type, chunk, cap_bytes - (out->n - before), out);
        else if (type < SKIPPABLE)
            result = TM_INFLATE_CORRUPT;
        if (result != TM_INFLATE_OK)
            return result;
    }
    return TM_INFLATE_OK;
}
