/* Compress: zlib and libzstd behind one interface.
 * SPDX-License-Identifier: Apache-2.0 */
#include "io/compress.h"

#include "io/squeeze.h"

#include <assert.h>
#include <zlib.h>
#include <zstd.h>

enum {
    STEP = 64 * 1024,           /* least room for output before each call */
    FREE_OUTPUT = 1024 * 1024,  /* output below this may have any ratio */
    MAX_RATIO = 200,            /* output bytes for each input byte above it */
    ZSTD_WINDOW_LOG = 23,       /* 8 MiB: what an honest sender needs at most */
    GZIP_WINDOW_BITS = 15 + 16, /* 32 KiB; 16 asks zlib for the gzip wrapper alone */
    GZIP_LEVEL = 6,
    ZSTD_LEVEL = 3,
};

struct tm_inflater {
    const tm_heap *heap;
    z_stream gzip;
    bool gzip_ready;
    ZSTD_DCtx *zstd;
    tm_coding coding;
    size_t cap_bytes;
    size_t in_bytes;
    size_t out_bytes;
    bool complete; /* the end of the member has been seen */
};

struct tm_deflater {
    const tm_heap *heap;
    z_stream gzip;
    int gzip_level;        /* 0: not ready */
    tm_squeezer *squeezer; /* NULL: zlib does it all */
    ZSTD_CCtx *zstd;
    tm_bytes scratch;
};

static const struct {
    const char *name;
    tm_coding coding;
} names[] = {
    {"identity", TM_CODING_IDENTITY}, {"gzip", TM_CODING_GZIP}, {"zstd", TM_CODING_ZSTD},
    {"x-gzip", TM_CODING_GZIP},       {"", TM_CODING_IDENTITY},
};

bool tm_coding_find(tm_text name, tm_coding *coding)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (tm_text_same_word(name, tm_text_of(names[i].name))) {
            *coding = names[i].coding;
            return true;
        }
    }
    return false;
}

const char *tm_coding_name(tm_coding coding)
{
    return names[coding].name; /* the first three rows are in the order of the enum */
}

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

/* ---- inflate -------------------------------------------------------------------------------- */

tm_inflater *tm_inflater_new(const tm_heap *heap)
{
    tm_inflater *inflater = tm_heap_alloc(heap, sizeof *inflater);
    if (inflater)
        *inflater = (tm_inflater){.heap = heap};
    return inflater;
}

void tm_inflater_free(tm_inflater *inflater)
{
    if (!inflater)
        return;
    if (inflater->gzip_ready)
        inflateEnd(&inflater->gzip);
    ZSTD_freeDCtx(inflater->zstd);
    tm_heap_free(inflater->heap, inflater);
}

static bool start_gzip(tm_inflater *inflater)
{
    if (inflater->gzip_ready)
        return inflateReset(&inflater->gzip) == Z_OK;
    use_heap(&inflater->gzip, inflater->heap);
    inflater->gzip_ready = inflateInit2(&inflater->gzip, GZIP_WINDOW_BITS) == Z_OK;
    return inflater->gzip_ready;
}

static bool start_zstd(tm_inflater *inflater)
{
    if (!inflater->zstd)
        inflater->zstd = ZSTD_createDCtx();
    if (!inflater->zstd)
        return false;
    ZSTD_DCtx_reset(inflater->zstd, ZSTD_reset_session_and_parameters);
    ZSTD_DCtx_setParameter(inflater->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG);
    return true;
}

bool tm_inflater_start(tm_inflater *inflater, tm_coding coding, size_t cap_bytes)
{
    inflater->coding = coding;
    inflater->cap_bytes = cap_bytes;
    inflater->in_bytes = inflater->out_bytes = 0;
    inflater->complete = coding == TM_CODING_IDENTITY;
    switch (coding) {
    case TM_CODING_GZIP:
        return start_gzip(inflater);
    case TM_CODING_ZSTD:
        return start_zstd(inflater);
    default:
        return true;
    }
}

/* One call of the library: moves *in on and adds to *out, which has room. */
static tm_inflate_result step_gzip(tm_inflater *inflater, tm_text *in, tm_bytes *out)
{
    z_stream *gzip = &inflater->gzip;
    size_t room = out->room - out->n;
    gzip->next_in = (Bytef *)in->p;
    gzip->avail_in = in->n < UINT32_MAX ? (uInt)in->n : UINT32_MAX;
    gzip->next_out = (Bytef *)out->p + out->n;
    gzip->avail_out = room < UINT32_MAX ? (uInt)room : UINT32_MAX;
    int result = inflate(gzip, Z_NO_FLUSH);
    *in = tm_text_skip(*in, (size_t)((const char *)gzip->next_in - in->p));
    out->n = (size_t)((char *)gzip->next_out - out->p);
    inflater->complete = result == Z_STREAM_END;
    if (result == Z_MEM_ERROR)
        return TM_INFLATE_MEMORY;
    /* Z_BUF_ERROR: no progress was possible, more input may make it so. */
    return result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR ? TM_INFLATE_OK
                                                                             : TM_INFLATE_CORRUPT;
}

static tm_inflate_result step_zstd(tm_inflater *inflater, tm_text *in, tm_bytes *out)
{
    ZSTD_inBuffer from = {.src = in->p, .size = in->n};
    ZSTD_outBuffer to = {.dst = out->p, .size = out->room, .pos = out->n};
    size_t result = ZSTD_decompressStream(inflater->zstd, &to, &from);
    *in = tm_text_skip(*in, from.pos);
    out->n = to.pos;
    if (ZSTD_isError(result))
        return TM_INFLATE_CORRUPT;
    inflater->complete = result == 0;
    return TM_INFLATE_OK;
}

static tm_inflate_result step_identity(tm_text *in, tm_bytes *out)
{
    size_t n = out->room - out->n < in->n ? out->room - out->n : in->n;
    memcpy(out->p + out->n, in->p, n);
    out->n += n;
    *in = tm_text_skip(*in, n);
    return TM_INFLATE_OK;
}

static tm_inflate_result step(tm_inflater *inflater, tm_text *in, tm_bytes *out)
{
    switch (inflater->coding) {
    case TM_CODING_GZIP:
        return step_gzip(inflater, in, out);
    case TM_CODING_ZSTD:
        return step_zstd(inflater, in, out);
    default:
        return step_identity(in, out);
    }
}

static bool too_large(const tm_inflater *inflater)
{
    return inflater->out_bytes > inflater->cap_bytes ||
           (inflater->out_bytes > FREE_OUTPUT && inflater->coding != TM_CODING_IDENTITY &&
            inflater->out_bytes / MAX_RATIO > inflater->in_bytes);
}

tm_inflate_result tm_inflater_feed(tm_inflater *inflater, tm_text in, tm_bytes *out)
{
    bool full = true; /* the last call used all its room, so there may be more without input */
    while (in.n > 0 || (full && !inflater->complete)) {
        if (inflater->complete && inflater->coding != TM_CODING_IDENTITY)
            return TM_INFLATE_CORRUPT;
        if (out->room - out->n < STEP / 4 && !tm_bytes_reserve(out, STEP))
            return TM_INFLATE_MEMORY;
        size_t before = out->n;
        tm_text rest = in;
        tm_inflate_result result = step(inflater, &rest, out);
        inflater->in_bytes += in.n - rest.n;
        inflater->out_bytes += out->n - before;
        if (result != TM_INFLATE_OK)
            return result;
        if (too_large(inflater))
            return TM_INFLATE_TOO_LARGE;
        full = out->n == out->room;
        if (rest.n == in.n && out->n == before && !full && in.n > 0)
            return TM_INFLATE_CORRUPT; /* no progress with input and room: cannot be */
        in = rest;
    }
    return TM_INFLATE_OK;
}

tm_inflate_result tm_inflater_end(tm_inflater *inflater)
{
    return inflater->complete ? TM_INFLATE_OK : TM_INFLATE_CORRUPT;
}

tm_inflate_result tm_inflate(tm_inflater *inflater, tm_coding coding, tm_text in, size_t cap_bytes,
                             tm_bytes *out)
{
    if (!tm_inflater_start(inflater, coding, cap_bytes))
        return TM_INFLATE_MEMORY;
    tm_inflate_result result = tm_inflater_feed(inflater, in, out);
    return result == TM_INFLATE_OK ? tm_inflater_end(inflater) : result;
}

/* ---- deflate -------------------------------------------------------------------------------- */

tm_deflater *tm_deflater_new(const tm_heap *heap)
{
    tm_deflater *deflater = tm_heap_alloc(heap, sizeof *deflater);
    if (deflater)
        *deflater =
            (tm_deflater){.heap = heap, .squeezer = tm_squeezer_new(heap), .scratch.heap = heap};
    return deflater;
}

void tm_deflater_free(tm_deflater *deflater)
{
    if (!deflater)
        return;
    if (deflater->gzip_level)
        deflateEnd(&deflater->gzip);
    ZSTD_freeCCtx(deflater->zstd);
    tm_squeezer_free(deflater->squeezer);
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
    if (level == 0 && deflater->squeezer)
        return tm_squeeze(deflater->squeezer, parts, count, out);
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
    if (deflater->squeezer && tm_squeeze_run(deflater->squeezer, fill, owner, out, run))
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
