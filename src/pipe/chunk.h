/* Chunk: the surviving bytes of one request on their way to exporters; immutable and shared.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_CHUNK_H
#define TM_PIPE_CHUNK_H

#include "otlp/pieces.h"

/* A sound ExportTraceServiceRequest. Requests concatenate, so a batch is a list of chunks. */
typedef struct tm_chunk {
    _Atomic uint32_t references;
    uint32_t spans;
    tm_text bytes; /* behind this header, in the same block */
} tm_chunk;

/* Copies the pieces. NULL when out of memory; one reference is the caller's. */
tm_chunk *tm_chunk_new(const tm_pieces *pieces, uint32_t spans);
void tm_chunk_ref(tm_chunk *chunk);
void tm_chunk_unref(tm_chunk *chunk);

#endif
