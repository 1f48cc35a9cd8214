/* Compress: zlib and libzstd behind one interface.
 * SPDX-License-Identifier: Apache-2.0 */
#include "io/compress.h"

#include "io/isal.h"

#include <assert.h>
#include <zlib.h>
#include <zstd.h>

enum {
    STEP = 64 * 1024,           /* least room for output before each call */
    GZIP_WINDOW_BITS = 15 + 16, /* 32 KiB; 16 asks zlib for the gzip wrapper */
    GZIP_LEVEL = 6,
    ZSTD_LEVEL = 3,
};

struct tm_deflater {
    const tm_heap *heap;
    z_stream gzip;
    int gzip_level; /* 0: not ready */
    tm_isal *isal;  /* NULL: zlib does it all */
    ZSTD_CCtx *zstd;
    tm_bytes scratch;
};

static void *alloc_for_zlib(void *owner, unsigned count, unsigned size)
{
    return tm_heap_alloc(owner, (size_t)count * size);
}

static void free_for_zlib(void *owner, void *block)
{
    tm_heap_free(owner, block);
}

static void use_heap(z_stream *stream, const tm_heap *heap)
{
    *stream = (z_stream){.zalloc = alloc_for_zlib, .zfree = free_for_zlib, .opaque = (void *)heap};
}

tm_deflater *tm_deflater_new(const tm_heap *heap)
{
    tm_deflater *deflater = tm_heap_alloc(heap, sizeof *deflater);
    if (deflater)
        *deflater = (tm_deflater){.heap = heap, .isal = tm_isal_new(heap), .scratch.heap = heap};
    return deflater;
}

void tm_deflater_free(tm_deflater *deflater)
{
    if (!deflater)
        return;
    if (deflater->gzip_level)
        deflateEnd(&deflater->gzip);
    ZSTD_freeCCtx(deflater->zstd);
    tm_isal_free(deflater->isal);
    tm_bytes_free(&deflater->scratch);
    tm_heap_free(deflater->heap, deflater);
}

static bool prepare_gzip(tm_deflater *deflater, int level)
{
    if (deflater->gzip_level == level)
        return deflateReset(&deflater->gzip) == Z_OK;
    if (deflater->gzip_level)
        deflateEnd(&deflater->gzip);
    use_heap(&deflater->gzip, deflater->heap);
    bool ready = deflateInit2(&deflater->gzip, level, Z_DEFLATED, GZIP_WINDOW_BITS, 8,
                              Z_DEFAULT_STRATEGY) == Z_OK;
    deflater->gzip_level = ready ? level : 0;
    return ready;
}

/* Compresses one part, or with `finish` what is left; a part above 4 GiB is cut in turns. */
static bool add_gzip(z_stream *gzip, tm_text part, bool finish, tm_bytes *out)
{
    int result = Z_OK;
    while (part.n > 0 || (finish && result != Z_STREAM_END)) {
        if (!tm_bytes_reserve(out, STEP))
            return false;
        uInt turn = part.n < UINT32_MAX ? (uInt)part.n : UINT32_MAX;
        size_t room = out->room - out->n;
        gzip->next_in = (Bytef *)(uintptr_t)part.p;
        gzip->avail_in = turn;
        gzip->next_out = (Bytef *)out->p + out->n;
        gzip->avail_out = room < UINT32_MAX ? (uInt)room : UINT32_MAX;
        result = deflate(gzip, finish ? Z_FINISH : Z_NO_FLUSH);
        assert(result != Z_STREAM_ERROR);
        out->n = (size_t)((char *)gzip->next_out - out->p);
        part = tm_text_skip(part, turn - gzip->avail_in);
    }
    return true;
}

static bool deflate_gzip(tm_deflater *deflater, int level, const tm_deflate_part *parts,
                         size_t count, tm_bytes *out)
{
    if (level == 0 && deflater->isal)
        return tm_isal_deflate(deflater->isal, parts, count, out);
    if (!prepare_gzip(deflater, level ? level : GZIP_LEVEL))
        return false;
    for (size_t i = 0; i < count; i++) {
        assert(!parts[i].packed);
        if (!add_gzip(&deflater->gzip, parts[i].bytes, false, out))
            return false;
    }
    return add_gzip(&deflater->gzip, TM_TEXT(""), true, out);
}

static bool add_zstd(ZSTD_CCtx *zstd, tm_text part, bool finish, tm_bytes *out)
{
    ZSTD_inBuffer from = {.src = part.p, .size = part.n};
    size_t left = finish;
    while (from.pos < from.size || (finish && left > 0)) {
        if (!tm_bytes_reserve(out, STEP))
            return false;
        ZSTD_outBuffer to = {.dst = out->p, .size = out->room, .pos = out->n};
        left = ZSTD_compressStream2(zstd, &to, &from, finish ? ZSTD_e_end : ZSTD_e_continue);
        if (ZSTD_isError(left))
            return false;
        out->n = to.pos;
    }
    return true;
}

static bool deflate_zstd(tm_deflater *deflater, int level, const tm_deflate_part *parts,
                         size_t count, tm_bytes *out)
{
    if (!deflater->zstd)
        deflater->zstd = ZSTD_createCCtx();
    if (!deflater->zstd)
        return false;
    ZSTD_CCtx_reset(deflater->zstd, ZSTD_reset_session_and_parameters);
    ZSTD_CCtx_setParameter(deflater->zstd, ZSTD_c_compressionLevel, level ? level : ZSTD_LEVEL);
    for (size_t i = 0; i < count; i++)
        if (!add_zstd(deflater->zstd, parts[i].bytes, false, out))
            return false;
    return add_zstd(deflater->zstd, TM_TEXT(""), true, out);
}

static bool join(const tm_deflate_part *parts, size_t count, tm_bytes *out)
{
    for (size_t i = 0; i < count; i++)
        if (!tm_bytes_add(out, parts[i].bytes))
            return false;
    return true;
}

bool tm_deflate(tm_deflater *deflater, tm_coding coding, int level, const tm_deflate_part *parts,
                size_t count, tm_bytes *out)
{
    size_t before = out->n;
    bool fits = coding == TM_CODING_GZIP   ? deflate_gzip(deflater, level, parts, count, out)
                : coding == TM_CODING_ZSTD ? deflate_zstd(deflater, level, parts, count, out)
                                           : join(parts, count, out);
    if (!fits)
        out->n = before;
    return fits;
}

bool tm_deflate_run(tm_deflater *deflater, tm_fill *fill, void *owner, tm_bytes *out, tm_run *run)
{
    size_t before = out->n;
    if (deflater->isal && tm_isal_deflate_run(deflater->isal, fill, owner, out, run))
        return true;
    out->n = before;
    return false;
}

tm_run tm_run_join(tm_run first, tm_run second)
{
    return (tm_run){.bytes = first.bytes + second.bytes,
                    .crc = (uint32_t)crc32_combine(first.crc, second.crc, (z_off_t)second.bytes)};
}

void tm_gzip_ends(tm_run whole, char head[TM_GZIP_END_BYTES], char tail[TM_GZIP_END_BYTES])
{
    static const char usual[] = {0x1f, (char)0x8b, 8, 0, 0, 0, 0, 0, 4, (char)0xff};
    memcpy(head, usual, sizeof usual);
    tail[0] = 3; /* an empty last block; then CRC and size */
    tail[1] = 0;
    for (int i = 0; i < 4; i++) {
        tail[2 + i] = (char)(whole.crc >> 8 * i);
        tail[6 + i] = (char)(whole.bytes >> 8 * i);
    }
}

tm_bytes *tm_deflater_scratch(tm_deflater *deflater)
{
    deflater->scratch.n = 0;
    return &deflater->scratch;
}
