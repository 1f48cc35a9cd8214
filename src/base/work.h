/* Work: counts the steps that data make the program take, so that what they may cost has an end.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A step is one turn of a loop over client data: an entry looked at, a node visited, a lambda
 * called, or some 16 bytes read (tm_work_bytes); some 10 ns. What costs n log n charges n log n.
 * Charging takes a subtraction; only every TM_WORK_GRANT steps is the owner asked whether it may
 * go on, who then may look at a clock. Once it was refused, every further charge fails, until the
 * owner begins anew. */
#ifndef TM_BASE_WORK_H
#define TM_BASE_WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TM_WORK_GRANT = 16384, TM_WORK_BYTES = 16 };

typedef struct tm_work {
    int64_t left;     /* steps until `more` is asked; negative: over */
    uint64_t granted; /* since it began; steps taken are granted - left */
    bool over;        /* `more` refused */
    bool (*more)(void *owner, struct tm_work *work); /* may the work go on? NULL: it may, always */
    void *owner;
} tm_work;

/* Asks `more`. For tm_work_charge alone. */
bool tm_work_ask(tm_work *work);

/* Takes n steps; false: the budget is spent, and what is being done must end without a result. */
static inline bool tm_work_charge(tm_work *work, size_t n)
{
    work->left -= (int64_t)n;
    return __builtin_expect(work->left >= 0, 1) || tm_work_ask(work);
}

/* The steps of reading or copying n bytes. */
static inline size_t tm_work_bytes(size_t n)
{
    return n / TM_WORK_BYTES + 1;
}

/* Steps taken since the count was zeroed. */
static inline uint64_t tm_work_steps(const tm_work *work)
{
    return work->granted - (uint64_t)work->left;
}

/* Ends the work at the next charge, as if the budget were spent (memory has grown too large). */
static inline void tm_work_end(tm_work *work)
{
    work->over = true;
    work->granted -= (uint64_t)(work->left + 1);
    work->left = -1;
}

/* Begins anew, with the steps of one grant: also what ended or was refused goes on. */
static inline void tm_work_resume(tm_work *work)
{
    work->over = false;
    work->granted += (uint64_t)(TM_WORK_GRANT - work->left);
    work->left = TM_WORK_GRANT;
}

#endif
