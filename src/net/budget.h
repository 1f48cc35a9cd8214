/* Budget: how many bytes the process may hold for requests, from the first byte that comes in to
 * the last one that is sent, for all threads that hold some. Nothing here waits: net/reserve does.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_BUDGET_H
#define TM_NET_BUDGET_H

#include "base/arena.h"

#include <stdatomic.h>

/* What holds them: PART(id, word). */
#define TM_BUDGET_PARTS(PART)                                                                      \
    PART(RECEIVED, "received") /* bodies of requests, until they are answered */                   \
    PART(HEADS, "heads")       /* and large heads of theirs */                                     \
    PART(JUDGED, "judged")     /* what judging a request takes besides its bytes */                \
    PART(QUEUED, "queued")     /* what leaves, until its batch has ended */

typedef enum tm_budget_part {
#define PART(id, word) TM_PART_##id,
    TM_BUDGET_PARTS(PART)
#undef PART
        TM_PARTS
} tm_budget_part;

/* What bytes are for says how much of the budget they may fill. Of what bodies may fill, what is
 * still to come leaves the last quarter free, so that what is under way already, and small
 * requests, find a place there. What is more work above the soft limit of all parts has to wait
 * until there is less. */
typedef enum tm_budget_use {
    TM_BUDGET_MORE,    /* more of a large body: three quarters, to the soft limit */
    TM_BUDGET_ARRIVED, /* its sender was allowed to send them already: seven eighths */
    TM_BUDGET_FIRST,   /* the first 64 KiB of a body, or what a complete one unpacks to: all */
    TM_BUDGET_HEAD,    /* of a request */
    TM_BUDGET_JUDGE,   /* by rules */
    TM_BUDGET_QUEUE,   /* what leaves: to the soft limit */
} tm_budget_use;

enum { TM_BUDGET_LEAST = 1 << 20 }; /* a smaller limit is this one */

typedef struct tm_budget {
    atomic_size_t limit; /* of TM_PART_RECEIVED; SIZE_MAX: none */
    atomic_size_t hard;  /* of all parts together; SIZE_MAX: none */
    atomic_size_t soft;  /* likewise */
    atomic_size_t held[TM_PARTS];
    atomic_size_t all;             /* the sum of `held` */
    atomic_uint waiting;           /* bodies whose senders are kept from sending */
    atomic_uint moving;            /* large ones whose senders are not, or that are complete */
    _Atomic uint64_t refused;      /* requests that were refused for want of room, ever */
    void (*relieved)(void *owner); /* bytes came back while bodies wait; any thread. NULL: nobody */
    void *owner;
} tm_budget;

/* A limit of bodies; 0 bytes: none. All parts together have none yet. */
void tm_budget_init(tm_budget *budget, size_t limit_bytes);

/* Other limits, from any thread. What is held above them stays until its time. */
void tm_budget_limit(tm_budget *budget, size_t limit_bytes);                   /* of bodies */
void tm_budget_bound(tm_budget *budget, size_t hard_bytes, size_t soft_bytes); /* of all parts */

/* Whether so many bytes may be held besides the others; if so they are. Any thread. */
bool tm_budget_reserve(tm_budget *budget, tm_budget_use use, size_t bytes);

/* Holds bytes that are there in any case. Any thread. */
void tm_budget_add(tm_budget *budget, tm_budget_part part, size_t bytes);

/* Any thread. */
void tm_budget_return(tm_budget *budget, tm_budget_part part, size_t bytes);

size_t tm_budget_held(const tm_budget *budget, tm_budget_part part);

/* Whether a sixteenth of the budget is free for more of large bodies. */
bool tm_budget_is_relieved(const tm_budget *budget);

/* Whether bodies alone fill their part: no other part's bytes will make room for them. */
bool tm_budget_is_full_of_bodies(const tm_budget *budget);

/* Whether so much is held that new requests are to be refused; NULL: never. */
bool tm_budget_is_short(const tm_budget *budget);

/* A heap of libc whose blocks are reserved for judging before they are there. Safe in any thread;
 * `heap` is what its users take. */
typedef struct tm_budget_heap {
    tm_heap heap;
    tm_budget *budget;
} tm_budget_heap;

void tm_budget_heap_init(tm_budget_heap *heap, tm_budget *budget);

#endif
