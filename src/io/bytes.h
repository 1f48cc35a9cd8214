/* Bytes: a run of bytes on a heap that grows by doubling and is used again and again.
 * Unlike a tm_buf it belongs to no arena: it moves between owners and threads.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_IO_BYTES_H
#define TM_IO_BYTES_H

#include "base/arena.h"

/* Zero-initialise, with a heap if not libc's: tm_bytes b = {.heap = heap}. */
typedef struct tm_bytes {
    char *p;
    size_t n;
    size_t room;
    const tm_heap *heap;
} tm_bytes;

/* Room for `more` bytes behind the end. False when out of memory: nothing has changed then. */
bool tm_bytes_reserve(tm_bytes *b, size_t more);

/* A block of exactly so many bytes, no fewer than there are. False when out of memory: nothing has
 * changed then. */
bool tm_bytes_fit(tm_bytes *b, size_t room);

/* Copies the text behind the end. False when out of memory: nothing has changed then. */
bool tm_bytes_add(tm_bytes *b, tm_text t);

/* Adds the base64 of the text, without padding, as gRPC sends -bin headers. False when out of
 * memory. */
bool tm_bytes_add_base64(tm_bytes *b, tm_text t);

/* Adds the bytes of a base64 text, standard or URL-safe, padded or not. False when it is malformed
 * or memory is out: b->n is as it was. */
bool tm_bytes_add_from_base64(tm_bytes *b, tm_text base64);

/* Takes n bytes off the front. */
void tm_bytes_skip(tm_bytes *b, size_t n);

/* Gives the block back; b is empty and usable again. */
void tm_bytes_free(tm_bytes *b);

static inline tm_text tm_bytes_text(const tm_bytes *b)
{
    return tm_text_slice(b->p ? b->p : "", b->n);
}

#endif
