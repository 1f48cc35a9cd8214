/* Clock: time and randomness, handed in so that tests can decide both.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_BASE_CLOCK_H
#define TM_BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct tm_clock {
    uint64_t (*realtime_ns)(void *owner);               /* since 1970-01-01T00:00:00Z */
    uint64_t (*monotonic_ns)(void *owner);              /* since some moment; never steps back */
    bool (*random)(void *owner, void *bytes, size_t n); /* false: the system has none to give */
    uint64_t (*thread_ns)(void *owner);                 /* processor time of the calling thread */
    void *owner;
} tm_clock;

/* The machine's own. */
const tm_clock *tm_clock_real(void);

static inline uint64_t tm_clock_realtime_ns(const tm_clock *clock)
{
    return clock->realtime_ns(clock->owner);
}

static inline uint64_t tm_clock_monotonic_ns(const tm_clock *clock)
{
    return clock->monotonic_ns(clock->owner);
}

static inline uint64_t tm_clock_thread_ns(const tm_clock *clock)
{
    return clock->thread_ns(clock->owner);
}

static inline bool tm_clock_random(const tm_clock *clock, void *bytes, size_t n)
{
    return clock->random(clock->owner, bytes, n);
}

/* How long ago `then` was, of times of one unit; 0 when it is not past yet: what a turn of a loop
 * does may be noted with a later time than the turn began with. */
static inline uint64_t tm_elapsed(uint64_t then, uint64_t now)
{
    return now > then ? now - then : 0;
}

#endif
