/* Generation: what one configuration makes, counted: its settings, and the rulesets compiled from
 * them. SPDX-License-Identifier: Apache-2.0
 *
 * Loops, server, pipelines, exporters, receivers and series of metrics outlive it: they keep copies
 * of what they need of its settings. A ruleset that was taken to be published holds its generation,
 * so that this goes with the last request that is judged by it; workers let go of a ruleset when
 * they take the next one. */
#ifndef TM_DAEMON_GENERATION_H
#define TM_DAEMON_GENERATION_H

#include "config/compiled.h"
#include "pipe/pipeline.h"

#include <stdatomic.h>

typedef struct tm_generation {
    const tm_heap *heap;
    _Atomic uint32_t references;
    tm_arena *arena; /* of the settings */
    tm_diags diags;  /* what is wrong with the configuration */
    tm_compiled compiled;
    bool fine; /* nothing is */
} tm_generation;

/* Reads and compiles, opens nothing. One reference is the caller's, also of one that is not fine,
 * whose diagnostics tell why. NULL when out of memory. `heap` (NULL: libc) is that of the settings.
 */
tm_generation *tm_generation_new(const tm_heap *heap, const tm_config_sources *sources);
void tm_generation_ref(tm_generation *generation);
void tm_generation_unref(tm_generation *generation); /* NULL is fine */

/* Takes the ruleset of a pipeline (by the number of its settings) to be published, once. NULL when
 * out of memory. */
tm_ruleset *tm_generation_take(tm_generation *generation, size_t number);

/* Publishes the shadows of these pipelines' rules, which are of this generation, instead of them,
 * all in one moment. old[i] becomes what pipeline[i] had, whose reference is the caller's then;
 * NULL: it has no shadow. False, and every pipeline goes on as it was, when out of memory. In the
 * home thread. */
bool tm_generation_promote(tm_generation *generation, tm_pipeline *pipeline, uint32_t count,
                           tm_ruleset **old);

#endif
