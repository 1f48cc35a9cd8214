/* Engine spans: requests as an ingress (Envoy), a Java service and its database client make them.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_BENCH_ENGINE_SPANS_H
#define TM_BENCH_ENGINE_SPANS_H

#include "base/arena.h"

typedef struct tm_bench_shape {
    uint64_t seed;
    unsigned spans;  /* a request, 64 of them a resource */
    bool descending; /* as the real Collector writes: fields by descending number, value before key
                      */
    bool doubled; /* each attribute that no rule of the example names stands there twice, under two
                     keys */
} tm_bench_shape;

/* The bytes of one ExportTraceServiceRequest. The same shape and seed always give the same bytes.
 */
tm_text tm_bench_request(tm_arena *arena, tm_bench_shape shape);

#endif
