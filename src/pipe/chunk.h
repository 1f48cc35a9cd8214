/* Chunk: the surviving bytes of one request on their way to exporters; immutable and shared.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_CHUNK_H
#define TM_PIPE_CHUNK_H

#include "io/compress.h"
#include "net/budget.h"
#include "otlp/pieces.h"

struct tm_deliveries;

/* The request that spans came with, where its delivery is noted; zero: nowhere. */
typedef struct tm_origin {
    struct tm_deliveries *deliveries;
    uint64_t request;
} tm_origin;

/* A sound ExportTraceServiceRequest. Requests concatenate, so a batch is a list of chunks. */
typedef struct tm_chunk {
    _Atomic uint32_t references;
    uint32_t spans;
    bool packed;   /* `bytes` are a run of a gzip member */
    tm_text bytes; /* behind this header, in the same block */
    tm_origin origin;
    tm_run run;        /* of a packed one; its bytes, the size of the request, of any */
    tm_budget *budget; /* that its block counts for, or NULL */
    size_t held;       /* by it of the budget */
} tm_chunk;

/* Copies the pieces. NULL when out of memory, or of the budget (NULL: none), which outlives it; one
 * reference is the caller's. */
tm_chunk *tm_chunk_new(tm_budget *budget, const tm_pieces *pieces, uint32_t spans);

/* The same of a part of a chunk that is about to go: the budget has room for that. NULL when out of
 * memory. */
tm_chunk *tm_chunk_part(const tm_chunk *whole, const tm_pieces *pieces, uint32_t spans);

/* Compresses the pieces while they are in the processor's cache, instead of copying them. NULL when
 * that cannot be done here (tm_deflate_run), or when out of memory or of the budget. */
tm_chunk *tm_chunk_pack(tm_budget *budget, const tm_pieces *pieces, uint32_t spans,
                        tm_deflater *deflater);
void tm_chunk_ref(tm_chunk *chunk);
void tm_chunk_unref(tm_chunk *chunk);

#endif
