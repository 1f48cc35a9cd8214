/* Budget: two numbers and a limit.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/budget.h"

#include <assert.h>

void tm_budget_init(tm_budget *budget, size_t limit_bytes)
{
    atomic_init(&budget->held, 0);
    atomic_init(&budget->waiting, 0);
    atomic_init(&budget->moving, 0);
    atomic_init(&budget->refused, 0);
    atomic_init(&budget->limit, 0);
    tm_budget_limit(budget, limit_bytes);
}

void tm_budget_limit(tm_budget *budget, size_t limit_bytes)
{
    size_t least = limit_bytes > TM_BUDGET_LEAST ? limit_bytes : TM_BUDGET_LEAST;
    atomic_store(&budget->limit, limit_bytes ? least : SIZE_MAX);
}

static size_t part_of(const tm_budget *budget, tm_budget_use use)
{
    static const unsigned eighths_free[] = {
        [TM_BUDGET_MORE] = 2, [TM_BUDGET_ARRIVED] = 1, [TM_BUDGET_FIRST] = 0};
    size_t limit = atomic_load_explicit(&budget->limit, memory_order_relaxed);
    return limit - limit / 8 * eighths_free[use];
}

bool tm_budget_reserve(tm_budget *budget, tm_budget_use use, size_t bytes)
{
    size_t most = part_of(budget, use), held = atomic_load(&budget->held);
    do
        if (held > most || bytes > most - held)
            return false;
    while (!atomic_compare_exchange_weak(&budget->held, &held, held + bytes));
    return true;
}

void tm_budget_add(tm_budget *budget, size_t bytes)
{
    atomic_fetch_add(&budget->held, bytes);
}

void tm_budget_return(tm_budget *budget, size_t bytes)
{
    size_t before = atomic_fetch_sub(&budget->held, bytes);
    assert(before >= bytes);
}

bool tm_budget_is_relieved(const tm_budget *budget)
{
    size_t most = part_of(budget, TM_BUDGET_MORE);
    size_t limit = atomic_load_explicit(&budget->limit, memory_order_relaxed);
    return atomic_load(&budget->held) <= most - limit / 16;
}
