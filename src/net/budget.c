/* Budget: a number for each part and for all of them, and their limits.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/budget.h"

#include <assert.h>
#include <malloc.h>

void tm_budget_init(tm_budget *budget, size_t limit_bytes)
{
    *budget = (tm_budget){.hard = SIZE_MAX, .soft = SIZE_MAX};
    tm_budget_limit(budget, limit_bytes);
}

void tm_budget_limit(tm_budget *budget, size_t limit_bytes)
{
    size_t least = limit_bytes > TM_BUDGET_LEAST ? limit_bytes : TM_BUDGET_LEAST;
    atomic_store(&budget->limit, limit_bytes ? least : SIZE_MAX);
}

void tm_budget_bound(tm_budget *budget, size_t hard_bytes, size_t soft_bytes)
{
    atomic_store(&budget->hard, hard_bytes > TM_BUDGET_LEAST ? hard_bytes : TM_BUDGET_LEAST);
    atomic_store(&budget->soft, soft_bytes);
}

static size_t get(const atomic_size_t *number)
{
    return atomic_load_explicit(number, memory_order_relaxed);
}

size_t tm_budget_held(const tm_budget *budget, tm_budget_part part)
{
    return get(&budget->held[part]);
}

/* ---- uses ------------------------------------------------------------------------------------ */

typedef struct use {
    tm_budget_part part;
    unsigned eighths_free; /* of the limit of bodies */
    bool soft;
} use;

static const use uses[] = {
    [TM_BUDGET_MORE] = {.part = TM_PART_RECEIVED, .eighths_free = 2, .soft = true},
    [TM_BUDGET_ARRIVED] = {.part = TM_PART_RECEIVED, .eighths_free = 1},
    [TM_BUDGET_FIRST] = {.part = TM_PART_RECEIVED},
    [TM_BUDGET_HEAD] = {.part = TM_PART_HEADS},
    [TM_BUDGET_JUDGE] = {.part = TM_PART_JUDGED},
    [TM_BUDGET_QUEUE] = {.part = TM_PART_QUEUED, .soft = true},
};

/* The most that bodies may hold for this use. */
static size_t most_of_bodies(const tm_budget *budget, tm_budget_use id)
{
    size_t limit = get(&budget->limit);
    return limit - limit / 8 * uses[id].eighths_free;
}

static bool raise_to(atomic_size_t *held, size_t bytes, size_t most)
{
    size_t now = atomic_load(held);
    do
        if (now > most || bytes > most - now)
            return false;
    while (!atomic_compare_exchange_weak(held, &now, now + bytes));
    return true;
}

bool tm_budget_reserve(tm_budget *budget, tm_budget_use id, size_t bytes)
{
    const use *u = &uses[id];
    size_t most = u->part == TM_PART_RECEIVED ? most_of_bodies(budget, id) : SIZE_MAX;
    if (!raise_to(&budget->all, bytes, get(u->soft ? &budget->soft : &budget->hard)))
        return false;
    if (raise_to(&budget->held[u->part], bytes, most))
        return true;
    atomic_fetch_sub(&budget->all, bytes);
    return false;
}

void tm_budget_add(tm_budget *budget, tm_budget_part part, size_t bytes)
{
    atomic_fetch_add(&budget->all, bytes);
    atomic_fetch_add(&budget->held[part], bytes);
}

void tm_budget_return(tm_budget *budget, tm_budget_part part, size_t bytes)
{
    if (!bytes)
        return;
    size_t before = atomic_fetch_sub(&budget->held[part], bytes);
    assert(before >= bytes);
    atomic_fetch_sub(&budget->all, bytes);
    if (atomic_load(&budget->waiting) && budget->relieved)
        budget->relieved(budget->owner);
}

bool tm_budget_is_relieved(const tm_budget *budget)
{
    size_t bodies = most_of_bodies(budget, TM_BUDGET_MORE), all = get(&budget->soft);
    return get(&budget->held[TM_PART_RECEIVED]) <= bodies - get(&budget->limit) / 16 &&
           get(&budget->all) <= all - all / 16;
}

bool tm_budget_is_full_of_bodies(const tm_budget *budget)
{
    size_t others = get(&budget->all) - get(&budget->held[TM_PART_RECEIVED]);
    size_t limit = get(&budget->limit), soft = get(&budget->soft);
    return others <= limit / 16 || limit <= soft - (others < soft ? others : soft);
}

bool tm_budget_is_short(const tm_budget *budget)
{
    return budget && get(&budget->all) > get(&budget->soft);
}

/* ---- a heap ---------------------------------------------------------------------------------- */

static void drop(void *owner, void *block)
{
    const tm_budget_heap *h = owner;
    tm_budget_return(h->budget, TM_PART_JUDGED, malloc_usable_size(block));
    tm_heap_free(NULL, block);
}

static void *grow(void *owner, void *block, size_t size_bytes)
{
    const tm_budget_heap *h = owner;
    const size_t before = malloc_usable_size(block);
    if (!tm_budget_reserve(h->budget, TM_BUDGET_JUDGE, size_bytes))
        return NULL;
    void *grown = tm_heap_grow(NULL, block, size_bytes);
    if (grown)
        tm_budget_add(h->budget, TM_PART_JUDGED, malloc_usable_size(grown));
    tm_budget_return(h->budget, TM_PART_JUDGED, size_bytes + (grown ? before : 0));
    return grown;
}

static void *alloc(void *owner, size_t size_bytes)
{
    return grow(owner, NULL, size_bytes);
}

void tm_budget_heap_init(tm_budget_heap *h, tm_budget *budget)
{
    *h = (tm_budget_heap){.heap = {.alloc = alloc, .grow = grow, .drop = drop, .owner = h},
                          .budget = budget};
}
