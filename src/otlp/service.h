/* Service: the small messages around requests, by libprotobuf-c.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_OTLP_SERVICE_H
#define TM_OTLP_SERVICE_H

#include "base/arena.h"

/* opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse */
typedef struct tm_export_response {
    int64_t rejected_spans;
    tm_text error_message; /* in the arena; may be there without a rejection: a warning */
} tm_export_response;

/* Reads an answer; false when it is malformed. An empty one is a full success. */
bool tm_export_response_read(tm_arena *arena, tm_text bytes, tm_export_response *out);

#endif
