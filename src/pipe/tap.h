/* Tap: copies of requests for one reader, while there is one.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Requests that pass ask one flag and go on. While somebody reads, they are copied up to a bound;
 * beyond it their spans are counted as dropped from the copy. A reader that does not come back
 * within its lease is gone. All functions may be called in any thread. */
#ifndef TM_PIPE_TAP_H
#define TM_PIPE_TAP_H

#include "base/clock.h"
#include "engine/judge.h"
#include "io/bytes.h"

#include <pthread.h>
#include <stdatomic.h>

enum { TM_TAP_BYTES_MOST = 16 << 20, TM_TAP_LEASE_MS = 30000 };

/* What a reader wants. */
typedef struct tm_tap_wish {
    uint64_t reader;  /* a number of its own, not 0 */
    bool all;         /* requests as they came, also what is dropped; else what is kept */
    tm_text pipeline; /* empty: any; of requests as they came the first that takes them */
} tm_tap_wish;

enum { TM_TAP_NAME_MOST = 200 };

typedef struct tm_tap {
    _Atomic bool open;
    pthread_mutex_t lock; /* of all below */
    const tm_clock *clock;
    uint64_t reader, until_ms;
    bool all;
    char pipeline[TM_TAP_NAME_MOST];
    size_t pipeline_n;
    tm_bytes waiting; /* requests, each behind its length as a varint */
    uint64_t spans;   /* in it */
    uint64_t dropped; /* spans that found no room since the last look */
} tm_tap;

void tm_tap_init(tm_tap *tap, const tm_clock *clock);
void tm_tap_drop(tm_tap *tap);

static inline bool tm_tap_is_open(const tm_tap *tap)
{
    return atomic_load_explicit(&tap->open, memory_order_relaxed);
}

/* One request that a pipeline has judged; `first` among those that take it. */
void tm_tap_offer(tm_tap *tap, tm_text pipeline, bool first, tm_text request,
                  const tm_outcome *outcome);

/* What a reader gets: the bytes are its own. */
typedef struct tm_tap_taken {
    tm_bytes bytes;
    uint64_t spans, dropped;
} tm_tap_taken;

/* Takes what has been copied since the last time, and waits for more; the first time it begins.
 * False: another reader has not gone yet. */
bool tm_tap_take(tm_tap *tap, const tm_tap_wish *wish, tm_tap_taken *out);

/* The reader goes. */
void tm_tap_end(tm_tap *tap, uint64_t reader);

#endif
