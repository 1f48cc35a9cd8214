/* Memory: the budget of the process, from its settings, its surroundings and what is measured.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_DAEMON_MEMORY_H
#define TM_DAEMON_MEMORY_H

#include "config/settings.h"
#include "net/budget.h"
#include "net/loop.h"

/* Of all memory that is resident. */
typedef struct tm_memory_limits {
    uint64_t limit; /* bytes; 0: none, since nothing is known of the machine */
    uint64_t spike; /* bytes below it from which on nothing new is begun */
    uint64_t interval_ms;
    bool configured; /* by a memory_limiter */
} tm_memory_limits;

/* The strictest memory_limiter that some pipeline names, on a machine of so many bytes (0:
 * unknown); without one the limit is GOMEMLIMIT, or four fifths of the machine. */
tm_memory_limits tm_memory_limits_of(const tm_settings *settings, uint64_t machine);

typedef struct tm_daemon_memory {
    tm_budget budget;
    tm_budget_heap judging; /* what judging takes, out of the budget */
    uint64_t machine;       /* bytes that the process may use at all */
    tm_memory_limits limits;
    _Atomic uint64_t limit, soft_limit; /* of them, for whoever asks in any thread */
    uint64_t base;                      /* resident when it began, and not of the budget */
    _Atomic uint64_t other;             /* the same as it was measured last */
    tm_timer *timer;                    /* until it is measured again */
    bool is_short;                      /* as the log tells */
    uint64_t told;                      /* refused requests, by then */
} tm_daemon_memory;

#endif
