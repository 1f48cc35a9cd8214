/* Unpack: a stream of bytes that may be gzip or zstd, which its first bytes tell, in constant
 * memory. SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_IO_UNPACK_H
#define TM_IO_UNPACK_H

#include "base/arena.h"

/* Reads up to `room` bytes (not 0) to `at`; how many is in *n, 0 at the end. False: it failed. */
typedef bool tm_unpack_read(void *owner, char *at, size_t room, size_t *n);

typedef enum tm_unpack_result {
    TM_UNPACK_OK,
    TM_UNPACK_CUT,     /* the stream ends inside a gzip member or zstd frame */
    TM_UNPACK_CORRUPT, /* it is neither whole nor cut */
    TM_UNPACK_READ,    /* the reader failed */
    TM_UNPACK_MEMORY
} tm_unpack_result;

typedef struct tm_unpack tm_unpack;

/* NULL when out of memory. gzip may have several members, zstd several frames. */
tm_unpack *tm_unpack_new(const tm_heap *heap, tm_unpack_read *read, void *owner);
void tm_unpack_free(tm_unpack *unpack); /* NULL is fine */

/* The next plain bytes, up to `room` (not 0), to `at`; *n is 0 at the end. After anything but OK
 * every later call answers the same. What came before the fault was given by earlier calls. */
tm_unpack_result tm_unpack_next(tm_unpack *unpack, char *at, size_t room, size_t *n);

/* Whether the stream is packed, and how many of its bytes were taken so far. */
bool tm_unpack_is_packed(const tm_unpack *unpack);
uint64_t tm_unpack_taken(const tm_unpack *unpack);

#endif
