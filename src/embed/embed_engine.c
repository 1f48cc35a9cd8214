/* Engine: what rules may use, and the structs that cross the border.
 * SPDX-License-Identifier: Apache-2.0 */
#include "embed/embed.h"

#include "base/exit.h"

const char *tamis_version(void)
{
    return TM_VERSION;
}

unsigned tamis_abi(void)
{
    return TAMIS_ABI;
}

const char *tamis_status_text(tamis_status status)
{
    static const char *const texts[] = {[TAMIS_OK] = "ok",
                                        [TAMIS_BAD_ARGUMENT] =
                                            "an argument is NULL, of another kind or cannot be",
                                        [TAMIS_OUT_OF_MEMORY] = "out of memory",
                                        [TAMIS_BAD_RULES] = "the rules do not compile",
                                        [TAMIS_MALFORMED] = "the bytes are no sound request",
                                        [TAMIS_RULE_FAILED] = "a rule failed",
                                        [TAMIS_TOO_COSTLY] = "the request takes more than it may",
                                        [TAMIS_NO_SUCH] = "there is none of that number",
                                        [TAMIS_WHOLE_SPANS] = "the rules ask for whole spans"};
    return (unsigned)status < sizeof texts / sizeof *texts ? texts[status] : "no status";
}

/* ---- structs with sizes ------------------------------------------------------------------------
 */

/* One that ends within a member is none: half of a pointer would be one. */
static bool is_size(size_t n)
{
    return n >= sizeof n && n % sizeof n == 0;
}

bool tm_embed_take(void *own, size_t size, const void *given)
{
    size_t n;
    memcpy(&n, given, sizeof n);
    if (!is_size(n))
        return false;
    for (size_t i = size; i < n; i++)
        if (((const char *)given)[i])
            return false;
    memset(own, 0, size);
    memcpy(own, given, n < size ? n : size);
    return true;
}

bool tm_embed_give(void *given, const void *own, size_t size)
{
    size_t n;
    memcpy(&n, given, sizeof n);
    if (!is_size(n))
        return false;
    const size_t known = n < size ? n : size;
    memcpy((char *)given + sizeof n, (const char *)own + sizeof n, known - sizeof n);
    memset((char *)given + known, 0, n - known);
    return true;
}

/* ---- the engine --------------------------------------------------------------------------------
 */

/* A heap that lacks one of its functions is none. */
static bool is_heap(const tamis_heap *heap)
{
    return !heap || (heap->alloc && heap->grow && heap->drop);
}

static bool is_clock(const tamis_clock *clock)
{
    return !clock ||
           (clock->realtime_ns && clock->monotonic_ns && clock->thread_ns && clock->random);
}

static bool find_zone(void *owner, tm_text name, tm_text *file)
{
    const tamis_zones *zones = owner;
    tamis_slice found = {0};
    if (!zones->find(zones->owner, name.p, &found) || !found.bytes)
        return false;
    *file = tm_text_slice(found.bytes, found.size_bytes);
    return true;
}

static void take_zones(tamis_engine *e, const tamis_zones *zones)
{
    e->host_zones = *zones;
    e->zones = (tm_zone_source){find_zone, &e->host_zones};
    e->set.zones = &e->zones;
}

static tm_clock clock_of(const tamis_clock *c)
{
    if (!c)
        return *tm_clock_real();
    return (tm_clock){.realtime_ns = c->realtime_ns,
                      .monotonic_ns = c->monotonic_ns,
                      .random = c->random,
                      .thread_ns = c->thread_ns,
                      .owner = c->owner};
}

tamis_status tamis_engine_new(const tamis_engine_options *options, tamis_engine **engine)
{
    tamis_engine_options o = {.size = sizeof o};
    if (engine)
        *engine = NULL;
    if (!engine || (options && !tm_embed_take(&o, sizeof o, options)) || !is_heap(o.heap) ||
        !is_clock(o.clock) || (o.zones && !o.zones->find))
        return TAMIS_BAD_ARGUMENT;
    tm_heap heap = {0};
    if (o.heap)
        heap = (tm_heap){o.heap->alloc, o.heap->grow, o.heap->drop, o.heap->owner};
    tamis_engine *e = tm_heap_alloc(o.heap ? &heap : NULL, sizeof *e);
    if (!e)
        return TAMIS_OUT_OF_MEMORY;
    memset(e, 0, sizeof *e);
    e->tag = TM_TAG_ENGINE;
    e->heap = heap;
    e->has_heap = o.heap != NULL;
    e->clock = clock_of(o.clock);
    if (o.zones)
        take_zones(e, o.zones);
    atomic_init(&e->references, 1);
    e->arena = tm_arena_new(tm_engine_heap(e));
    if (!e->arena) {
        tamis_engine_unref(e);
        return TAMIS_OUT_OF_MEMORY;
    }
    *engine = e;
    return TAMIS_OK;
}

void tm_engine_ref(tamis_engine *engine)
{
    atomic_fetch_add_explicit(&engine->references, 1, memory_order_relaxed);
}

void tamis_engine_unref(tamis_engine *engine)
{
    if (!TM_IS_TAGGED(engine, TM_TAG_ENGINE) ||
        atomic_fetch_sub_explicit(&engine->references, 1, memory_order_acq_rel) != 1)
        return;
    const tm_heap heap = engine->heap;
    const bool has_heap = engine->has_heap;
    tm_arena_free(engine->arena);
    engine->tag = TM_TAG_GONE;
    tm_heap_free(has_heap ? &heap : NULL, engine);
}

tamis_status tamis_engine_function(const tamis_engine *engine, size_t i, tamis_function_info *info)
{
    if (!TM_IS_TAGGED(engine, TM_TAG_ENGINE) || !info)
        return TAMIS_BAD_ARGUMENT;
    const tm_function *f = i < UINT32_MAX ? tm_function_at_with(&engine->set, (unsigned)i) : NULL;
    if (!f)
        return TAMIS_NO_SUCH;
    const tamis_function_info own = {.size = sizeof own,
                                     .name = f->name,
                                     .signature = f->signature,
                                     .manual = f->manual,
                                     .host = tm_function_find(tm_text_of(f->name)) != f};
    return tm_embed_give(info, &own, sizeof own) ? TAMIS_OK : TAMIS_BAD_ARGUMENT;
}
