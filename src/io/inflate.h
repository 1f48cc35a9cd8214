/* Inflate: decompresses one message at a time, with caps that a bomb runs into.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_IO_INFLATE_H
#define TM_IO_INFLATE_H

#include "io/bytes.h"
#include "io/coding.h"

typedef enum tm_inflate_result {
    TM_INFLATE_OK,
    TM_INFLATE_CORRUPT,   /* malformed, cut short, or with bytes behind the end */
    TM_INFLATE_TOO_LARGE, /* more than the cap, or above 1 MiB and more than 200 times its input */
    TM_INFLATE_MEMORY,
    TM_INFLATE_MORE, /* of tm_inflate_more: it is not over */
} tm_inflate_result;

/* The state of decompression, used for one message after the other, so that a warm one allocates
 * nothing. Of one thread at a time. */
typedef struct tm_inflater tm_inflater;

tm_inflater *tm_inflater_new(const tm_heap *heap); /* NULL when out of memory */
void tm_inflater_free(tm_inflater *inflater);

/* Adds what the whole of `in` decompresses to, at most cap_bytes. gzip may have several members,
 * zstd and lz4 several frames, empty and skippable ones among them: the cap holds for all of them
 * together. After anything but OK *out holds what was decompressed so far. */
tm_inflate_result tm_inflate(tm_inflater *inflater, tm_coding coding, tm_text in, size_t cap_bytes,
                             tm_bytes *out);

/* The same in steps: begin, then more until that is not TM_INFLATE_MORE. A step reads and writes
 * about `most` bytes, but for snappy, which is read at once. Until it is over, `in` and *out are
 * the inflater's, which can also be given up at any time, to begin another message. */
void tm_inflate_begin(tm_inflater *inflater, tm_coding coding, tm_text in, size_t cap_bytes,
                      tm_bytes *out);
tm_inflate_result tm_inflate_more(tm_inflater *inflater, size_t most);

#endif
