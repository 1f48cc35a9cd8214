/* Inflate: zlib, libzstd and liblz4 in one loop; snappy apart, because its formats know their size.
 * SPDX-License-Identifier: Apache-2.0 */
#define ZSTD_STATIC_LINKING_ONLY /* a context on a heap of ours */
#include "io/inflate.h"

#include "io/snappy.h"

#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

enum {
    STEP = 64 * 1024,           /* least room for output before each call */
    CALL_BYTES = 256,           /* what a call costs besides, in bytes */
    FREE_OUTPUT = 1024 * 1024,  /* output below this may have any ratio */
    MAX_RATIO = 200,            /* output bytes for each input byte above it */
    GZIP_WINDOW_BITS = 15 + 16, /* 32 KiB; 16 asks zlib for the gzip wrapper alone */
    ZLIB_WINDOW_BITS = 15,
    LEAST_WINDOW_LOG = 23, /* of zstd: 8 MiB, which every reader has */
    MOST_WINDOW_LOG = 27,  /* more than that zstd itself does not ask for unasked */
};

/* How a coding is read: one call of its library moves *in on and adds at most `room` bytes to *out,
 * which has them; it begins the next member when the last one is complete. */
typedef struct decoder {
    bool (*start)(tm_inflater *inflater, size_t cap_bytes); /* false when out of memory */
    tm_inflate_result (*step)(tm_inflater *inflater, tm_text *in, tm_bytes *out, size_t room);
    bool may_be_empty; /* no frame at all is an empty message, as the Collector has it */
} decoder;

/* The message that is being read. */
typedef struct message {
    tm_coding coding;
    tm_text in; /* what is left of it */
    size_t all; /* bytes that there were */
    size_t cap_bytes;
    tm_bytes *out;
    size_t start; /* of what is added to it */
    bool begun;
} message;

struct tm_inflater {
    const tm_heap *heap;
    z_stream zlib[2]; /* gzip and RFC 1950 */
    bool zlib_ready[2];
    ZSTD_DCtx *zstd;
    LZ4F_dctx *lz4;
    tm_crc32c *crc;
    bool complete; /* the end of the member or frame has been seen */
    message message;
};

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
    for (int i = 0; i < 2; i++)
        if (inflater->zlib_ready[i])
            inflateEnd(&inflater->zlib[i]);
    ZSTD_freeDCtx(inflater->zstd);
    LZ4F_freeDecompressionContext(inflater->lz4);
    tm_heap_free(inflater->heap, inflater->crc);
    tm_heap_free(inflater->heap, inflater);
}

static void *alloc(void *heap, size_t n)
{
    return tm_heap_alloc(heap, n);
}

static void *alloc_array(void *heap, unsigned count, unsigned size)
{
    return tm_heap_alloc(heap, (size_t)count * size);
}

static void drop(void *heap, void *block)
{
    if (block)
        tm_heap_free(heap, block);
}

/* ---- zlib ------------------------------------------------------------------------------------ */

static bool start_zlib(tm_inflater *inflater, int which, int window_bits)
{
    z_stream *zlib = &inflater->zlib[which];
    if (inflater->zlib_ready[which])
        return inflateReset(zlib) == Z_OK;
    *zlib = (z_stream){.zalloc = alloc_array, .zfree = drop, .opaque = (void *)inflater->heap};
    inflater->zlib_ready[which] = inflateInit2(zlib, window_bits) == Z_OK;
    return inflater->zlib_ready[which];
}

static bool start_gzip(tm_inflater *inflater, size_t cap_bytes)
{
    (void)cap_bytes;
    return start_zlib(inflater, 0, GZIP_WINDOW_BITS);
}

static bool start_rfc1950(tm_inflater *inflater, size_t cap_bytes)
{
    (void)cap_bytes;
    return start_zlib(inflater, 1, ZLIB_WINDOW_BITS);
}

static tm_inflate_result step_zlib(tm_inflater *inflater, z_stream *zlib, tm_text *in,
                                   tm_bytes *out, size_t room)
{
    zlib->next_in = (Bytef *)(uintptr_t)in->p;
    zlib->avail_in = in->n < UINT32_MAX ? (uInt)in->n : UINT32_MAX;
    zlib->next_out = (Bytef *)out->p + out->n;
    zlib->avail_out = room < UINT32_MAX ? (uInt)room : UINT32_MAX;
    int result = inflate(zlib, Z_NO_FLUSH);
    *in = tm_text_skip(*in, (size_t)((const char *)zlib->next_in - in->p));
    out->n = (size_t)((char *)zlib->next_out - out->p);
    inflater->complete = result == Z_STREAM_END;
    if (result == Z_MEM_ERROR)
        return TM_INFLATE_MEMORY;
    /* Z_BUF_ERROR: no progress was possible, which the loop sees. */
    return result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR ? TM_INFLATE_OK
                                                                             : TM_INFLATE_CORRUPT;
}

static tm_inflate_result step_gzip(tm_inflater *inflater, tm_text *in, tm_bytes *out, size_t room)
{
    z_stream *gzip = &inflater->zlib[0];
    if (inflater->complete && inflateReset(gzip) != Z_OK)
        return TM_INFLATE_MEMORY;
    return step_zlib(inflater, gzip, in, out, room);
}

/* RFC 1950 has one stream: nothing may come behind it. */
static tm_inflate_result step_rfc1950(tm_inflater *inflater, tm_text *in, tm_bytes *out,
                                      size_t room)
{
    return inflater->complete ? TM_INFLATE_CORRUPT
                              : step_zlib(inflater, &inflater->zlib[1], in, out, room);
}

/* ---- zstd and lz4, which begin the next frame by themselves ------------------------------------
 */

/* A frame of one piece has a window as large as its content, so windows up to the cap must pass. */
static bool start_zstd(tm_inflater *inflater, size_t cap_bytes)
{
    ZSTD_customMem memory = {alloc, drop, (void *)inflater->heap};
    int window_log = LEAST_WINDOW_LOG;
    if (!inflater->zstd)
        inflater->zstd = ZSTD_createDCtx_advanced(memory);
    if (!inflater->zstd)
        return false;
    while (window_log < MOST_WINDOW_LOG && (size_t)1 << window_log < cap_bytes)
        window_log++;
    ZSTD_DCtx_reset(inflater->zstd, ZSTD_reset_session_and_parameters);
    ZSTD_DCtx_setParameter(inflater->zstd, ZSTD_d_windowLogMax, window_log);
    return true;
}

static tm_inflate_result step_zstd(tm_inflater *inflater, tm_text *in, tm_bytes *out, size_t room)
{
    ZSTD_inBuffer from = {.src = in->p, .size = in->n};
    ZSTD_outBuffer to = {.dst = out->p, .size = out->n + room, .pos = out->n};
    size_t result = ZSTD_decompressStream(inflater->zstd, &to, &from);
    *in = tm_text_skip(*in, from.pos);
    out->n = to.pos;
    if (ZSTD_isError(result))
        return ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation ? TM_INFLATE_MEMORY
                                                                         : TM_INFLATE_CORRUPT;
    inflater->complete = result == 0;
    return TM_INFLATE_OK;
}

static bool start_lz4(tm_inflater *inflater, size_t cap_bytes)
{
    (void)cap_bytes;
    if (!inflater->lz4 &&
        LZ4F_isError(LZ4F_createDecompressionContext(&inflater->lz4, LZ4F_VERSION)))
        inflater->lz4 = NULL;
    if (inflater->lz4)
        LZ4F_resetDecompressionContext(inflater->lz4);
    return inflater->lz4;
}

static tm_inflate_result step_lz4(tm_inflater *inflater, tm_text *in, tm_bytes *out, size_t room)
{
    size_t taken = in->n;
    size_t result = LZ4F_decompress(inflater->lz4, out->p + out->n, &room, in->p, &taken, NULL);
    if (LZ4F_isError(result))
        return strcmp(LZ4F_getErrorName(result), "ERROR_allocation_failed") ? TM_INFLATE_CORRUPT
                                                                            : TM_INFLATE_MEMORY;
    *in = tm_text_skip(*in, taken);
    out->n += room;
    inflater->complete = result == 0;
    return TM_INFLATE_OK;
}

/* ---- the loop -------------------------------------------------------------------------------- */

static bool too_large(size_t in_bytes, size_t out_bytes, size_t cap_bytes)
{
    return out_bytes > cap_bytes || (out_bytes > FREE_OUTPUT && out_bytes / MAX_RATIO > in_bytes);
}

/* One call of the library, with as much input and room as `most` allows. */
static tm_inflate_result read_some(tm_inflater *inflater, const decoder *with, size_t most)
{
    message *m = &inflater->message;
    tm_bytes *out = m->out;
    if (out->room - out->n < STEP / 4 && !tm_bytes_reserve(out, STEP))
        return TM_INFLATE_MEMORY;
    size_t before = out->n, room = out->room - before;
    const size_t allowed = m->cap_bytes - (before - m->start);
    tm_text part = tm_text_slice(m->in.p, m->in.n < most ? m->in.n : most), rest = part;
    room = room - 1 < allowed ? room : allowed + 1;
    tm_inflate_result result = with->step(inflater, &rest, out, room < most ? room : most);
    if (result != TM_INFLATE_OK)
        return result;
    const size_t taken = part.n - rest.n;
    m->in = tm_text_skip(m->in, taken);
    if (too_large(m->all - m->in.n, out->n - m->start, m->cap_bytes))
        return TM_INFLATE_TOO_LARGE;
    if (taken == 0 && out->n == before && !inflater->complete)
        return TM_INFLATE_CORRUPT; /* it is cut short */
    return TM_INFLATE_OK;
}

static tm_inflate_result read_on(tm_inflater *inflater, const decoder *with, size_t most)
{
    message *m = &inflater->message;
    if (!m->begun) {
        inflater->complete = m->in.n == 0 && with->may_be_empty;
        if (!with->start(inflater, m->cap_bytes))
            return TM_INFLATE_MEMORY;
        m->begun = true;
    }
    for (size_t spent = 0; m->in.n > 0 || !inflater->complete;) {
        if (spent >= most)
            return TM_INFLATE_MORE;
        const size_t in = m->in.n, out = m->out->n;
        tm_inflate_result result = read_some(inflater, with, most - spent);
        if (result != TM_INFLATE_OK)
            return result;
        spent += in - m->in.n + (m->out->n - out) + CALL_BYTES;
    }
    return TM_INFLATE_OK;
}

static tm_inflate_result read_snappy_frames(tm_inflater *inflater, tm_text in, size_t cap_bytes,
                                            tm_bytes *out)
{
    if (!inflater->crc) {
        inflater->crc = tm_heap_alloc(inflater->heap, sizeof *inflater->crc);
        if (!inflater->crc)
            return TM_INFLATE_MEMORY;
        tm_crc32c_init(inflater->crc);
    }
    return tm_snappy_frames(inflater->crc, in, cap_bytes, out);
}

static tm_inflate_result copy(tm_text in, size_t cap_bytes, tm_bytes *out)
{
    if (in.n > cap_bytes)
        return TM_INFLATE_TOO_LARGE;
    return tm_bytes_add(out, in) ? TM_INFLATE_OK : TM_INFLATE_MEMORY;
}

void tm_inflate_begin(tm_inflater *inflater, tm_coding coding, tm_text in, size_t cap_bytes,
                      tm_bytes *out)
{
    inflater->message = (message){coding, in, in.n, cap_bytes, out, out->n, false};
}

tm_inflate_result tm_inflate_more(tm_inflater *inflater, size_t most)
{
    static const decoder decoders[TM_CODINGS] = {
        [TM_CODING_GZIP] = {start_gzip, step_gzip, false},
        [TM_CODING_ZSTD] = {start_zstd, step_zstd, true},
        [TM_CODING_DEFLATE] = {start_rfc1950, step_rfc1950, false},
        [TM_CODING_ZLIB] = {start_rfc1950, step_rfc1950, false},
        [TM_CODING_LZ4] = {start_lz4, step_lz4, true}};
    const message *m = &inflater->message;
    switch (m->coding) {
    case TM_CODING_IDENTITY:
        return copy(m->in, m->cap_bytes, m->out);
    case TM_CODING_SNAPPY:
        return tm_snappy_block(m->in, m->cap_bytes, m->out);
    case TM_CODING_SNAPPY_FRAMED:
        return read_snappy_frames(inflater, m->in, m->cap_bytes, m->out);
    default:
        return read_on(inflater, &decoders[m->coding], most);
    }
}

tm_inflate_result tm_inflate(tm_inflater *inflater, tm_coding coding, tm_text in, size_t cap_bytes,
                             tm_bytes *out)
{
    tm_inflate_begin(inflater, coding, in, cap_bytes, out);
    return tm_inflate_more(inflater, SIZE_MAX);
}
