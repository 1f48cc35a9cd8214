/* Compress: gzip and zstd, one message at a time, of parts that may be compressed already.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_IO_COMPRESS_H
#define TM_IO_COMPRESS_H

#include "io/bytes.h"
#include "io/coding.h"

/* The state of compression, used for one message after the other. Of one thread at a time. */
typedef struct tm_deflater tm_deflater;

tm_deflater *tm_deflater_new(const tm_heap *heap);
void tm_deflater_free(tm_deflater *deflater);

/* What a run of deflate blocks stands for. */
typedef struct tm_run {
    size_t bytes; /* uncompressed */
    uint32_t crc; /* of those */
} tm_run;

/* Writes what comes next to `at`; the number of bytes, 0 at the end. */
typedef size_t tm_fill(void *owner, char *at, size_t room);

/* Adds what `fill` gives as a run, a part of a gzip member that is compressed apart: whole deflate
 * blocks that ask for nothing before them and end with a whole byte. False when out of memory, or
 * when nothing built in can do it: *out is then as before. */
bool tm_deflate_run(tm_deflater *deflater, tm_fill *fill, void *owner, tm_bytes *out, tm_run *run);

/* What two runs stand for, one behind the other. */
tm_run tm_run_join(tm_run first, tm_run second);

/* The bytes before and behind runs that stand for `whole` together and make one member with them.
 */
enum { TM_GZIP_END_BYTES = 10 };
void tm_gzip_ends(tm_run whole, char head[TM_GZIP_END_BYTES], char tail[TM_GZIP_END_BYTES]);

/* A block of the deflater's own for what is copied elsewhere once its size is known; empty at each
 * call. */
tm_bytes *tm_deflater_scratch(tm_deflater *deflater);

typedef struct tm_deflate_part {
    tm_text bytes;
    bool packed; /* a run, which only gzip of the usual level may have; else as it is */
    tm_run run;  /* of a packed one */
} tm_deflate_part;

/* Adds the parts, in order, as one member of that coding: gzip, zstd or identity (as they are). A
 * level of 0 means the coding's usual one. False when out of memory: *out is then as before. */
bool tm_deflate(tm_deflater *deflater, tm_coding coding, int level, const tm_deflate_part *parts,
                size_t count, tm_bytes *out);

#endif
