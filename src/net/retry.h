/* Retry: how long to wait before the next try, and when to give up. Pure functions.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_RETRY_H
#define TM_NET_RETRY_H

#include "base/clock.h"
#include "net/status.h"

/* No wait is shorter, whatever the policy and the chance: a failure that comes back at once must
 * not turn into a busy loop. */
enum { TM_RETRY_LEAST_MS = 10 };

typedef struct tm_retry_policy {
    uint64_t initial_ms;
    uint64_t max_ms;         /* of one interval, before it is randomized; 0: as initial_ms */
    uint64_t max_elapsed_ms; /* since the first try; 0: never gives up */
    double multiplier;       /* below 1 intervals shrink, and start anew where nothing is left */
    double randomization;    /* 0 to 1: an interval of 10 s at 0.5 is 5 to 15 s */
    uint64_t max_delay_ms;   /* most that a server's own delay counts for (OC-18) */
} tm_retry_policy;

/* The Collector's retry_on_failure, and gRPC's pace of reconnecting (GC-06). */
tm_retry_policy tm_retry_of_requests(void);
tm_retry_policy tm_retry_of_connections(void);

/* What one request, or one connection, went through. */
typedef struct tm_retry {
    uint64_t start_ms;    /* of the first try */
    uint64_t interval_ms; /* of the next failure */
    unsigned failures;
} tm_retry;

tm_retry tm_retry_start(const tm_retry_policy *policy, uint64_t now_ms);

/* A failure at now_ms: *wait_ms until the next try. The server's delay (-1: it asked for none) is
 * the least wait, and pauses grow on from it; it alone never makes a request be given up. `chance`
 * is uniform in [0, 1). False when the time is over: no more tries. */
bool tm_retry_next(tm_retry *retry, const tm_retry_policy *policy, uint64_t now_ms,
                   int64_t server_delay_ms, double chance, uint64_t *wait_ms);

/* Uniform in [0, 1); a half when the clock has no randomness to give. */
double tm_retry_chance(const tm_clock *clock);

/* May a request that was answered with this code be sent again (OC-03)? */
bool tm_grpc_is_retryable(tm_status_code code, bool has_retry_info);

#endif
