/* Unit: a piece of a recording becomes an ExportTraceServiceRequest.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_RECORDING_UNIT_H
#define TM_RECORDING_UNIT_H

#include "io/inflate.h"
#include "recording/recording.h"

/* One thread's. */
typedef struct tm_unit_reader {
    tm_arena *arena; /* holds the results; the owner resets it */
    tm_inflater *inflater;
    tm_bytes plain;
} tm_unit_reader;

/* False when out of memory. The reader is to be freed in either case. */
bool tm_unit_reader_init(tm_unit_reader *reader, const tm_heap *heap, tm_arena *arena);
void tm_unit_reader_free(tm_unit_reader *reader);

/* The request of a unit of the block: slices of the block, or in the reader, until it reads the
 * next one. Its structure is not checked. False: *error is a sentence. Out of memory leaves by the
 * arena. */
bool tm_unit_read(tm_unit_reader *reader, const tm_block *block, const tm_unit *unit,
                  tm_text *request, tm_text *error);

#endif
