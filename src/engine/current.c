/* Current: pointers behind one lock, and a version that is read without it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/current.h"

#include <stdatomic.h>

/* ---- publishing ------------------------------------------------------------------------------ */

void tm_publisher_init(tm_publisher *publisher)
{
    pthread_mutex_init(&publisher->lock, NULL);
    atomic_init(&publisher->version, 1);
}

void tm_publisher_drop(tm_publisher *publisher)
{
    pthread_mutex_destroy(&publisher->lock);
}

void tm_publisher_begin(tm_publisher *publisher)
{
    pthread_mutex_lock(&publisher->lock);
}

void tm_publisher_end(tm_publisher *publisher)
{
    atomic_fetch_add_explicit(&publisher->version, 1, memory_order_release);
    pthread_mutex_unlock(&publisher->lock);
}

void tm_current_init(tm_current *current, tm_publisher *publisher, tm_ruleset *ruleset)
{
    *current = (tm_current){.publisher = publisher, .ruleset = ruleset};
}

void tm_current_drop(tm_current *current)
{
    tm_ruleset_unref(current->ruleset);
}

tm_ruleset *tm_current_place(tm_current *current, tm_ruleset *ruleset)
{
    tm_ruleset *old = current->ruleset;
    current->ruleset = ruleset;
    return old;
}

/* ---- taking ---------------------------------------------------------------------------------- */

static void swap(const tm_current *current, tm_held *held)
{
    held->old = NULL;
    if (held->ruleset == current->ruleset)
        return;
    held->old = held->ruleset;
    held->ruleset = current->ruleset;
    tm_ruleset_ref(held->ruleset);
}

static void take_anew(tm_current *const *current, tm_held *held, uint32_t n, const bool *keeps)
{
    tm_publisher *publisher = current[0]->publisher;
    pthread_mutex_lock(&publisher->lock);
    for (uint32_t i = 0; i < n && !*keeps; i++)
        swap(current[i], &held[i]);
    held->version = atomic_load_explicit(&publisher->version, memory_order_relaxed);
    pthread_mutex_unlock(&publisher->lock);
    for (uint32_t i = 0; i < n; i++) { /* freeing may take long */
        tm_ruleset_unref(held[i].old);
        held[i].old = NULL;
    }
}

void tm_current_take_all(tm_current *const *current, tm_held *held, uint32_t n, const bool *keeps)
{
    if (n && atomic_load_explicit(&current[0]->publisher->version, memory_order_acquire) !=
                 held->version)
        take_anew(current, held, n, keeps);
}

const tm_ruleset *tm_current_take(tm_current *current, tm_held *held)
{
    static const bool never = false;
    tm_current_take_all(&current, held, 1, &never);
    return held->ruleset;
}

void tm_current_let_go(tm_held *held)
{
    tm_ruleset_unref(held->ruleset);
    *held = (tm_held){0};
}
