/* Budget: how many bytes of requests the process may hold while they come in, for all threads that
 * hold some. Nothing here waits or wakes: net/reserve does.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_BUDGET_H
#define TM_NET_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What bytes are for says how much of the budget they may fill. What is still to come leaves the
 * last quarter free, so that what is under way already, and small requests, find a place there. */
typedef enum tm_budget_use {
    TM_BUDGET_MORE,    /* more of a large body: three quarters */
    TM_BUDGET_ARRIVED, /* its sender was allowed to send them already: seven eighths */
    TM_BUDGET_FIRST,   /* the first 64 KiB of a body: all */
} tm_budget_use;

enum { TM_BUDGET_LEAST = 1 << 20 }; /* a smaller limit is this one */

typedef struct tm_budget {
    atomic_size_t limit; /* SIZE_MAX: none */
    atomic_size_t held;
    atomic_uint waiting;      /* bodies whose senders are kept from sending */
    atomic_uint moving;       /* large ones whose senders are not, or that are complete */
    _Atomic uint64_t refused; /* requests that were refused for want of room, ever */
} tm_budget;

/* 0 bytes: no limit. */
void tm_budget_init(tm_budget *budget, size_t limit_bytes);

/* Another limit, from any thread. What is held above it stays until its time. */
void tm_budget_limit(tm_budget *budget, size_t limit_bytes);

/* Whether so many bytes may be held besides the others; if so they are. Any thread. */
bool tm_budget_reserve(tm_budget *budget, tm_budget_use use, size_t bytes);

/* Holds bytes that are there in any case. Any thread. */
void tm_budget_add(tm_budget *budget, size_t bytes);

/* Any thread. */
void tm_budget_return(tm_budget *budget, size_t bytes);

/* Whether a sixteenth of the budget is free for more of large bodies. */
bool tm_budget_is_relieved(const tm_budget *budget);

#endif
