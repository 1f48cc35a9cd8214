/* Unpack: zlib and libzstd as streams.
 * SPDX-License-Identifier: Apache-2.0 */
#include "io/unpack.h"

#include "io/coding.h"

#include <zlib.h>
#include <zstd.h>

enum {
    PACKED_BYTES = 128 * 1024,
    MAGIC_BYTES = 4,
    GZIP_WINDOW_BITS = 15 + 16 /* 32 KiB; 16 asks zlib for the gzip wrapper alone */
};

struct tm_unpack {
    const tm_heap *heap;
    tm_unpack_read *read;
    void *owner;
    tm_coding coding;
    bool told;  /* the first bytes have been looked at */
    bool ended; /* the reader has no more */
    bool whole; /* the last member or frame is complete */
    tm_unpack_result fault;
    uint64_t taken;
    z_stream gzip;
    ZSTD_DStream *zstd;
    size_t at, n; /* what is not used yet of `packed` */
    char packed[PACKED_BYTES];
};

static void *alloc_array(void *heap, unsigned count, unsigned size)
{
    return tm_heap_alloc(heap, (size_t)count * size);
}

static void drop(void *heap, void *block)
{
    if (block)
        tm_heap_free(heap, block);
}

tm_unpack *tm_unpack_new(const tm_heap *heap, tm_unpack_read *read, void *owner)
{
    tm_unpack *u = tm_heap_alloc(heap, sizeof *u);
    if (!u)
        return NULL;
    memset(u, 0, offsetof(tm_unpack, packed));
    u->heap = heap;
    u->read = read;
    u->owner = owner;
    return u;
}

void tm_unpack_free(tm_unpack *u)
{
    if (!u)
        return;
    if (u->coding == TM_CODING_GZIP)
        inflateEnd(&u->gzip);
    ZSTD_freeDStream(u->zstd);
    tm_heap_free(u->heap, u);
}

bool tm_unpack_is_packed(const tm_unpack *u)
{
    return u->coding != TM_CODING_IDENTITY;
}

uint64_t tm_unpack_taken(const tm_unpack *u)
{
    return u->taken;
}

/* Reads more behind what is there. False: the reader failed. */
static bool fill(tm_unpack *u)
{
    size_t n = 0;
    memmove(u->packed, u->packed + u->at, u->n);
    u->at = 0;
    if (!u->ended && !u->read(u->owner, u->packed + u->n, PACKED_BYTES - u->n, &n))
        return false;
    u->ended = n == 0;
    u->n += n;
    return true;
}

static void take(tm_unpack *u, size_t n)
{
    u->at += n;
    u->n -= n;
    u->taken += n;
}

/* Looks at the first bytes, and makes ready for what they tell. */
static tm_unpack_result tell(tm_unpack *u)
{
    while (u->n < MAGIC_BYTES && !u->ended)
        if (!fill(u))
            return TM_UNPACK_READ;
    u->told = true;
    if (u->n >= 3 && memcmp(u->packed, "\x1f\x8b\x08", 3) == 0) {
        u->gzip = (z_stream){.zalloc = alloc_array, .zfree = drop, .opaque = (void *)u->heap};
        if (inflateInit2(&u->gzip, GZIP_WINDOW_BITS) != Z_OK)
            return TM_UNPACK_MEMORY;
        u->coding = TM_CODING_GZIP;
    } else if (u->n >= MAGIC_BYTES && memcmp(u->packed, "\x28\xb5\x2f\xfd", MAGIC_BYTES) == 0) {
        u->zstd = ZSTD_createDStream();
        if (!u->zstd)
            return TM_UNPACK_MEMORY;
        u->coding = TM_CODING_ZSTD;
    }
    return TM_UNPACK_OK;
}

static tm_unpack_result step_gzip(tm_unpack *u, char *at, size_t room, size_t *n)
{
    z_stream *z = &u->gzip;
    if (u->whole && inflateReset(z) != Z_OK)
        return TM_UNPACK_MEMORY;
    z->next_in = (Bytef *)u->packed + u->at;
    z->avail_in = (uInt)u->n;
    z->next_out = (Bytef *)at;
    z->avail_out = room < UINT32_MAX ? (uInt)room : UINT32_MAX;
    int result = inflate(z, Z_NO_FLUSH);
    *n = (size_t)((char *)z->next_out - at);
    take(u, u->n - z->avail_in);
    u->whole = result == Z_STREAM_END;
    if (result == Z_MEM_ERROR)
        return TM_UNPACK_MEMORY;
    return result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR ? TM_UNPACK_OK
                                                                             : TM_UNPACK_CORRUPT;
}

static tm_unpack_result step_zstd(tm_unpack *u, char *at, size_t room, size_t *n)
{
    ZSTD_inBuffer from = {.src = u->packed + u->at, .size = u->n};
    ZSTD_outBuffer to = {.dst = at, .size = room};
    size_t result = ZSTD_decompressStream(u->zstd, &to, &from);
    *n = to.pos;
    take(u, from.pos);
    if (ZSTD_isError(result))
        return TM_UNPACK_CORRUPT;
    u->whole = result == 0;
    return TM_UNPACK_OK;
}

static tm_unpack_result next_packed(tm_unpack *u, char *at, size_t room, size_t *n)
{
    for (;;) {
        if (u->n == 0 && !u->ended && !fill(u))
            return TM_UNPACK_READ;
        if (u->n == 0 && u->ended && u->whole)
            return TM_UNPACK_OK;
        size_t before = u->n;
        tm_unpack_result result =
            u->coding == TM_CODING_GZIP ? step_gzip(u, at, room, n) : step_zstd(u, at, room, n);
        if (result != TM_UNPACK_OK || *n)
            return result;
        if (u->n == before && u->ended && !u->whole)
            return TM_UNPACK_CUT;
    }
}

static tm_unpack_result next_plain(tm_unpack *u, char *at, size_t room, size_t *n)
{
    if (u->n == 0) {
        if (u->ended)
            return TM_UNPACK_OK;
        if (!u->read(u->owner, at, room, n))
            return TM_UNPACK_READ;
        u->ended = *n == 0;
        u->taken += *n;
        return TM_UNPACK_OK;
    }
    *n = u->n < room ? u->n : room;
    memcpy(at, u->packed + u->at, *n);
    take(u, *n);
    return TM_UNPACK_OK;
}

tm_unpack_result tm_unpack_next(tm_unpack *u, char *at, size_t room, size_t *n)
{
    *n = 0;
    if (!u->told && u->fault == TM_UNPACK_OK)
        u->fault = tell(u);
    if (u->fault != TM_UNPACK_OK)
        return u->fault;
    tm_unpack_result result =
        tm_unpack_is_packed(u) ? next_packed(u, at, room, n) : next_plain(u, at, room, n);
    u->fault = result;
    return *n ? TM_UNPACK_OK : result;
}
