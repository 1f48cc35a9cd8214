/* Recording: recorded spans of any format we know, read piece by piece in constant memory.
 * SPDX-License-Identifier: Apache-2.0
 *
 * What a recording holds is told by its first bytes: gzip or zstd (several members), in it
 * OTLP/JSON (one object or several), OTLP protobuf (one message, or several behind their lengths),
 * Zipkin's v2 spans, a trace as Jaeger's or Tempo's API answers it. It is cut into units, each of
 * which becomes one ExportTraceServiceRequest (recording/unit.h); cutting is cheap and done by one
 * thread, so that the rest can be done by many. */
#ifndef TM_RECORDING_RECORDING_H
#define TM_RECORDING_RECORDING_H

#include "io/bytes.h"

typedef enum tm_unit_kind {
    TM_UNIT_PROTOBUF,  /* a request, or some fields of one */
    TM_UNIT_JSON,      /* a whole JSON document */
    TM_UNIT_RESOURCES, /* items of a list of OTLP/JSON's ResourceSpans, commas between them */
    TM_UNIT_TRACES,    /* items of a list of Jaeger's traces */
    TM_UNIT_ITEMS,     /* items of a list that is the document: spans of Zipkin most often */
    TM_UNIT_ZSTD       /* a request in protobuf or JSON, compressed */
} tm_unit_kind;

typedef struct tm_unit {
    tm_unit_kind kind;
    size_t at, n;      /* in the block */
    uint64_t position; /* in the recording, decompressed */
} tm_unit;

enum {
    TM_BLOCK_BYTES = 256 << 10, /* unless one unit is longer; larger ones leave the caches */
    TM_BLOCK_UNITS = 4096,
    TM_UNIT_MOST_BYTES = 256 << 20 /* a longer one is passed over, and told */
};

/* Zero-initialise; used again and again. */
typedef struct tm_block {
    tm_bytes bytes;
    size_t units;
    tm_unit unit[TM_BLOCK_UNITS];
} tm_block;

/* Reads up to `room` bytes (not 0) to `at`; how many is in *n, 0 at the end. False: it failed. */
typedef bool tm_recording_read(void *owner, char *at, size_t room, size_t *n);

/* Told of what is wrong with the recording: "byte 120: it is cut in ..." without the position. */
typedef void tm_recording_tell(void *owner, uint64_t position, const char *what);

typedef struct tm_recording tm_recording;

/* NULL when out of memory. */
tm_recording *tm_recording_new(const tm_heap *heap, tm_recording_read *read,
                               tm_recording_tell *tell, void *owner);
void tm_recording_free(tm_recording *recording); /* NULL is fine */

/* The next units. False at the end: of the recording, or of what can be read of it. */
bool tm_recording_next(tm_recording *recording, tm_block *block);

/* How many bytes were read so far: of the packed ones, if it is packed. */
uint64_t tm_recording_taken(const tm_recording *recording);

#endif
