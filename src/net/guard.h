/* Guard: what one peer may do to a connection before it counts as abuse. Sans I/O.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_GUARD_H
#define TM_NET_GUARD_H

#include "base/text.h"

/* A budget that refills: zero-initialised it is full. */
typedef struct tm_bucket {
    uint64_t spent; /* in thousandths */
    uint64_t last_ms;
} tm_bucket;

/* Takes one of `burst`, of which `per_second` come back. False when there is none left: then
 * nothing is taken. A clock that goes back brings nothing back. */
bool tm_bucket_take(tm_bucket *bucket, unsigned burst, unsigned per_second, uint64_t now_ms);

/* Zero-initialise. */
typedef struct tm_guard {
    uint64_t total_bytes;         /* all that came in */
    uint64_t payload_bytes;       /* header fields and bodies among it */
    uint32_t skip_bytes;          /* of HTTP/2: until the head of the next frame */
    uint8_t head[10], head_bytes; /* of a frame, and how long the padding is if there is any */
    tm_bucket resets;             /* errors that the peer provoked */
    tm_bucket settings;
    tm_bucket pings;
    uint64_t last_ping_ms;
    unsigned ping_strikes;
} tm_guard;

/* Each is false when it was one too many. */
bool tm_guard_reset(tm_guard *guard, uint64_t now_ms);    /* A02: 100, and 10 a second */
bool tm_guard_settings(tm_guard *guard, uint64_t now_ms); /* A05: 10, and 1 a second */
bool tm_guard_traffic(const tm_guard *guard);             /* A06: 1/8 is payload, but for 1 MiB */

/* A05: 1000 PINGs, and 100 a second. GS-32: two PINGs within least_ms of another while nothing was
 * answered in between. */
bool tm_guard_ping(tm_guard *guard, uint64_t least_ms, uint64_t now_ms);
void tm_guard_answered(tm_guard *guard); /* a response went out: forgives strikes */

/* Follows the frames of HTTP/2 in what has come in, in pieces of any size, and counts what DATA
 * carry as payload, without padding: also for streams that have their answer, of which nghttp2
 * tells nothing. */
void tm_guard_read(tm_guard *guard, tm_text bytes);

#endif
