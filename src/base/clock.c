/* Clock: the machine's own time and randomness.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <errno.h>
#include <sys/random.h>
#include <time.h>

static uint64_t now_ns(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t realtime(void *owner)
{
    (void)owner;
    return now_ns(CLOCK_REALTIME);
}

static uint64_t monotonic(void *owner)
{
    (void)owner;
    return now_ns(CLOCK_MONOTONIC);
}

static uint64_t thread(void *owner)
{
    (void)owner;
    return now_ns(CLOCK_THREAD_CPUTIME_ID);
}

static bool random_bytes(void *owner, void *bytes, size_t n)
{
    (void)owner;
    for (char *at = bytes; n > 0;) {
        ssize_t got = getrandom(at, n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        at += got;
        n -= (size_t)got;
    }
    return true;
}

static const tm_clock REAL = {realtime, monotonic, random_bytes, thread, NULL};

const tm_clock *tm_clock_real(void)
{
    return &REAL;
}
