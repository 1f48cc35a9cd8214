/* Generation: what one configuration makes, counted.
 * SPDX-License-Identifier: Apache-2.0 */
#include "daemon/generation.h"

typedef struct reading {
    tm_generation *generation;
    const tm_config_sources *sources;
} reading;

static void read_compiled(void *argument)
{
    reading *r = argument;
    tm_generation *g = r->generation;
    g->fine = tm_compiled_read(g->arena, &g->diags, r->sources, &g->compiled);
}

tm_generation *tm_generation_new(const tm_heap *heap, const tm_config_sources *sources)
{
    tm_arena *arena = tm_arena_new(heap);
    tm_generation *g = arena ? tm_heap_alloc(heap, sizeof *g) : NULL;
    if (!g) {
        tm_arena_free(arena);
        return NULL;
    }
    *g = (tm_generation){.heap = heap, .arena = arena, .diags.arena = arena};
    atomic_init(&g->references, 1);
    if (tm_arena_try(arena, read_compiled, &(reading){g, sources}))
        return g;
    tm_generation_unref(g);
    return NULL;
}

void tm_generation_ref(tm_generation *g)
{
    atomic_fetch_add_explicit(&g->references, 1, memory_order_relaxed);
}

void tm_generation_unref(tm_generation *g)
{
    if (!g || atomic_fetch_sub_explicit(&g->references, 1, memory_order_acq_rel) != 1)
        return;
    tm_compiled_drop(&g->compiled);
    tm_arena_free(g->arena);
    tm_heap_free(g->heap, g);
}

/* ---- rulesets -------------------------------------------------------------------------------- */

static void let_go(void *what)
{
    tm_generation_unref(what);
}

typedef struct holding {
    tm_generation *generation;
    tm_ruleset *ruleset;
} holding;

static void hold(void *argument)
{
    const holding *h = argument;
    tm_arena_cleanup(h->ruleset->arena, let_go, h->generation);
}

tm_ruleset *tm_generation_take(tm_generation *g, size_t number)
{
    tm_ruleset *ruleset = g->compiled.ruleset[number];
    if (!ruleset || !tm_arena_try(ruleset->arena, hold, &(holding){g, ruleset}))
        return NULL;
    tm_generation_ref(g);
    g->compiled.ruleset[number] = NULL;
    return ruleset;
}

/* ---- shadows --------------------------------------------------------------------------------- */

static const tm_pipeline_settings *settings_of(const tm_generation *g, const tm_pipeline *pipeline)
{
    const tm_settings *settings = &g->compiled.settings;
    for (size_t i = 0; i < settings->pipeline_count; i++)
        if (tm_text_equal(settings->pipelines[i].id, pipeline->id))
            return &settings->pipelines[i];
    return NULL;
}

/* With a reference; NULL: there is none. */
static tm_ruleset *shadow_of(tm_pipeline *pipeline)
{
    tm_held held = {0};
    tm_ruleset *shadow = tm_current_take(&pipeline->current, &held)->shadow;
    if (shadow)
        tm_ruleset_ref(shadow);
    tm_current_let_go(&held);
    return shadow;
}

/* Takes the pipeline's shadow, if there is one, to be published. False when out of memory. */
static bool take_shadow(tm_generation *g, tm_pipeline *pipeline, tm_ruleset **out)
{
    const tm_pipeline_settings *settings = settings_of(g, pipeline);
    *out = settings ? shadow_of(pipeline) : NULL;
    if (!*out)
        return true;
    if (!tm_arena_try((*out)->arena, hold, &(holding){g, *out}))
        return false;
    tm_generation_ref(g);
    return tm_pipeline_prepare(pipeline, settings, *out);
}

bool tm_generation_promote(tm_generation *g, tm_pipeline *pipeline, uint32_t count,
                           tm_ruleset **old)
{
    bool ok = true;
    uint32_t taken = 0;
    while (taken < count && ok) {
        ok = take_shadow(g, &pipeline[taken], &old[taken]);
        taken++;
    }
    for (uint32_t i = 0; i < taken && !ok; i++) {
        tm_ruleset_unref(old[i]);
        old[i] = NULL;
    }
    if (!ok || !count)
        return ok;
    tm_publisher *publisher = pipeline->current.publisher;
    tm_publisher_begin(publisher);
    for (uint32_t i = 0; i < count; i++)
        if (old[i])
            old[i] = tm_pipeline_switch(&pipeline[i], old[i]);
    tm_publisher_end(publisher);
    return true;
}
