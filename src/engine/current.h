/* Current: the ruleset that workers take at a request boundary, replaced while they work.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_ENGINE_CURRENT_H
#define TM_ENGINE_CURRENT_H

#include "engine/ruleset.h"

#include <pthread.h>

typedef struct tm_current {
    pthread_mutex_t lock;
    tm_ruleset *ruleset;
    _Atomic uint64_t version; /* counts publications, so that a worker need not lock to see none */
} tm_current;

/* What one worker holds. Zero-initialise. */
typedef struct tm_held {
    tm_ruleset *ruleset;
    uint64_t version;
} tm_held;

/* Takes over the caller's reference. */
void tm_current_init(tm_current *current, tm_ruleset *ruleset);
void tm_current_drop(tm_current *current);

/* Publishes another ruleset, taking over the caller's reference. Requests being judged finish with
 * theirs. */
void tm_current_publish(tm_current *current, tm_ruleset *ruleset);

/* The ruleset for the next request of this worker. */
const tm_ruleset *tm_current_take(tm_current *current, tm_held *held);
void tm_current_let_go(tm_held *held);

#endif
