/* Bounds: what one request may cost.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_ENGINE_BOUNDS_H
#define TM_ENGINE_BOUNDS_H

#include <stddef.h>
#include <stdint.h>

/* A time or size of 0 is no bound. Of sizes that are given twice the larger one counts: so many
 * bytes, or so many times the bytes of the request. */
typedef struct tm_bounds {
    uint64_t time_ns; /* processor time of its thread */
    uint64_t steps;   /* of work (base/work.h), looked at when a grant is taken; 0: no bound */
    uint64_t memory_bytes, memory_factor;
    uint64_t output_bytes, output_factor; /* what leaves */
    uint64_t
        span_percent; /* of time and memory may go to one span with its events; more to one that
                       * has more than a third as many percent of the request's bytes: three
                       * times its part of them, up to what leaves as much to the others */
} tm_bounds;

/* 500 ms; 64 MiB or 32 times; 1 MiB or 16 times; 10 %. */
tm_bounds tm_bounds_usual(void);

/* The larger of the two; SIZE_MAX when `bytes` is 0. */
size_t tm_bounds_of(uint64_t bytes, uint64_t factor, size_t request_bytes);

#endif
