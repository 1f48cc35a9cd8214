/* Compress: gzip and zstd, one message at a time, with caps that a bomb runs into.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_IO_COMPRESS_H
#define TM_IO_COMPRESS_H

#include "io/bytes.h"

typedef enum tm_coding {
    TM_CODING_IDENTITY,
    TM_CODING_GZIP,
    TM_CODING_ZSTD,
} tm_coding;

/* The coding of "gzip", "x-gzip", "zstd", "identity" or "" (letters of any case). False: not
 * known. */
bool tm_coding_find(tm_text name, tm_coding *coding);
const char *tm_coding_name(tm_coding coding);

typedef enum tm_inflate_result {
    TM_INFLATE_OK,
    TM_INFLATE_CORRUPT,   /* malformed, cut short, or bytes behind the one member */
    TM_INFLATE_TOO_LARGE, /* more than the cap, or above 1 MiB and more than 200 times its input */
    TM_INFLATE_MEMORY,
} tm_inflate_result;

/* The state of decompression, used for one message after the other, so that a warm one allocates
 * nothing. Of one thread at a time. */
typedef struct tm_inflater tm_inflater;

tm_inflater *tm_inflater_new(const tm_heap *heap); /* NULL when out of memory */
void tm_inflater_free(tm_inflater *inflater);

/* A new message of at most cap_bytes of output; forgets the last one. False when out of memory. */
bool tm_inflater_start(tm_inflater *inflater, tm_coding coding, size_t cap_bytes);

/* Adds what `in` decompresses to. After anything but OK only a start may follow; *out then holds
 * what was decompressed so far. */
tm_inflate_result tm_inflater_feed(tm_inflater *inflater, tm_text in, tm_bytes *out);

/* OK when the message was complete. */
tm_inflate_result tm_inflater_end(tm_inflater *inflater);

/* Start, feed and end. */
tm_inflate_result tm_inflate(tm_inflater *inflater, tm_coding coding, tm_text in, size_t cap_bytes,
                             tm_bytes *out);

/* The state of compression, likewise. */
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

/* Adds the parts, in order, as one member of that coding (identity: as they are). A level of 0
 * means the coding's usual one. False when out of memory: *out is then as before. */
bool tm_deflate(tm_deflater *deflater, tm_coding coding, int level, const tm_deflate_part *parts,
                size_t count, tm_bytes *out);

#endif
