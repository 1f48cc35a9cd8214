/* Holder: the ruleset of now, replaced while threads filter.
 * SPDX-License-Identifier: Apache-2.0 */
#include "embed/embed.h"

#include <pthread.h>

struct tamis_holder {
    uint32_t tag;
    tamis_engine *engine;
    pthread_mutex_t lock;
    tamis_ruleset *ruleset;
};

static bool may_hold(const tamis_engine *engine, const tamis_ruleset *ruleset)
{
    return !ruleset || (ruleset->tag == TM_TAG_RULESET && ruleset->engine == engine);
}

tamis_status tamis_holder_new(tamis_engine *engine, tamis_ruleset *ruleset, tamis_holder **holder)
{
    if (holder)
        *holder = NULL;
    if (!holder || !TM_IS_TAGGED(engine, TM_TAG_ENGINE) || !may_hold(engine, ruleset))
        return TAMIS_BAD_ARGUMENT;
    tamis_holder *h = tm_heap_alloc(tm_engine_heap(engine), sizeof *h);
    if (!h)
        return TAMIS_OUT_OF_MEMORY;
    *h = (tamis_holder){.tag = TM_TAG_HOLDER, .engine = engine, .ruleset = ruleset};
    if (pthread_mutex_init(&h->lock, NULL) != 0) {
        tm_heap_free(tm_engine_heap(engine), h);
        return TAMIS_OUT_OF_MEMORY;
    }
    tm_engine_ref(engine);
    tamis_ruleset_ref(ruleset);
    *holder = h;
    return TAMIS_OK;
}

void tamis_holder_free(tamis_holder *holder)
{
    if (!TM_IS_TAGGED(holder, TM_TAG_HOLDER))
        return;
    tamis_engine *engine = holder->engine;
    tamis_ruleset_unref(holder->ruleset);
    pthread_mutex_destroy(&holder->lock);
    holder->tag = TM_TAG_GONE;
    tm_heap_free(tm_engine_heap(engine), holder);
    tamis_engine_unref(engine);
}

tamis_status tamis_holder_set(tamis_holder *holder, tamis_ruleset *ruleset)
{
    if (!TM_IS_TAGGED(holder, TM_TAG_HOLDER) || !may_hold(holder->engine, ruleset))
        return TAMIS_BAD_ARGUMENT;
    tamis_ruleset_ref(ruleset);
    pthread_mutex_lock(&holder->lock);
    tamis_ruleset *old = holder->ruleset;
    holder->ruleset = ruleset;
    pthread_mutex_unlock(&holder->lock);
    tamis_ruleset_unref(old); /* outside of the lock: it may free much */
    return TAMIS_OK;
}

tamis_ruleset *tamis_holder_get(tamis_holder *holder)
{
    if (!TM_IS_TAGGED(holder, TM_TAG_HOLDER))
        return NULL;
    pthread_mutex_lock(&holder->lock);
    tamis_ruleset *ruleset = holder->ruleset;
    tamis_ruleset_ref(ruleset);
    pthread_mutex_unlock(&holder->lock);
    return ruleset;
}
