/* Current: the rulesets that workers take at a request boundary, replaced while they work.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Rulesets of one configuration are published in one moment, and those that judge one request are
 * taken in one moment, so that no request meets those of two configurations. */
#ifndef TM_ENGINE_CURRENT_H
#define TM_ENGINE_CURRENT_H

#include "engine/ruleset.h"

#include <pthread.h>

/* What all pipelines share; outlives them. */
typedef struct tm_publisher {
    pthread_mutex_t lock;
    _Atomic uint64_t version; /* counts publications, so that a worker need not lock to see none */
} tm_publisher;

/* What is in force in one pipeline. */
typedef struct tm_current {
    tm_publisher *publisher;
    tm_ruleset *ruleset; /* under its lock */
} tm_current;

/* What one worker holds of one pipeline. Zero-initialise. */
typedef struct tm_held {
    tm_ruleset *ruleset;
    tm_ruleset *old; /* while another one is taken */
    uint64_t version;
} tm_held;

void tm_publisher_init(tm_publisher *publisher);
void tm_publisher_drop(tm_publisher *publisher);

/* What is placed between the two is published in one moment. */
void tm_publisher_begin(tm_publisher *publisher);
void tm_publisher_end(tm_publisher *publisher);

/* Takes over the caller's reference. */
void tm_current_init(tm_current *current, tm_publisher *publisher, tm_ruleset *ruleset);
void tm_current_drop(tm_current *current);

/* Places another ruleset, taking over the caller's reference; that of the one before is the
 * caller's then. Requests being judged finish with theirs. Between _begin and _end. */
tm_ruleset *tm_current_place(tm_current *current, tm_ruleset *ruleset);

/* The rulesets of several pipelines of one publisher, for the next request of this worker, in
 * held[0..n). Unless `*keeps`, which is read under the lock: then they stay what they are. */
void tm_current_take_all(tm_current *const *current, tm_held *held, uint32_t n, const bool *keeps);

/* The ruleset of one pipeline alone. */
const tm_ruleset *tm_current_take(tm_current *current, tm_held *held);
void tm_current_let_go(tm_held *held);

#endif
