/* Current: one pointer behind a lock, and a version that is read without it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/current.h"

#include <stdatomic.h>

void tm_current_init(tm_current *current, tm_ruleset *ruleset)
{
    pthread_mutex_init(&current->lock, NULL);
    current->ruleset = ruleset;
    atomic_init(&current->version, 1);
}

void tm_current_drop(tm_current *current)
{
    tm_ruleset_unref(current->ruleset);
    pthread_mutex_destroy(&current->lock);
}

void tm_current_publish(tm_current *current, tm_ruleset *ruleset)
{
    pthread_mutex_lock(&current->lock);
    tm_ruleset *old = current->ruleset;
    current->ruleset = ruleset;
    atomic_fetch_add_explicit(&current->version, 1, memory_order_release);
    pthread_mutex_unlock(&current->lock);
    tm_ruleset_unref(old);
}

const tm_ruleset *tm_current_take(tm_current *current, tm_held *held)
{
    if (atomic_load_explicit(&current->version, memory_order_acquire) == held->version)
        return held->ruleset;
    pthread_mutex_lock(&current->lock);
    tm_ruleset *old = held->ruleset;
    held->ruleset = current->ruleset;
    held->version = atomic_load_explicit(&current->version, memory_order_relaxed);
    tm_ruleset_ref(held->ruleset);
    pthread_mutex_unlock(&current->lock);
    tm_ruleset_unref(old);
    return held->ruleset;
}

void tm_current_let_go(tm_held *held)
{
    tm_ruleset_unref(held->ruleset);
    *held = (tm_held){0};
}
