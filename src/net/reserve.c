/* Reserve: each worker's lists of bodies that hold and of bodies that wait.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/reserve.h"

#include "net/listener.h"

enum {
    FIRST_ROOM = 4096,
    STEP = 64 * 1024,      /* the least by which a large body grows */
    ARRIVED_STEP = 16384,  /* the same for bytes that have come unasked */
    LEAST_PROGRESS = 4096, /* bytes; of a large body a 64th of it */
    LOOK_AT = 64,          /* bodies, of those that made no progress for longest */
};

static tm_budget *budget_of(const tm_server_call *call)
{
    return tm_server_budget(call->worker->server);
}

/* Of the whole body, as its sender says; SIZE_MAX: it does not. */
static size_t expected_of(const tm_server_call *call)
{
    if (call->exchange.grpc)
        return call->messages ? call->frame.length : SIZE_MAX;
    return call->declared < SIZE_MAX ? (size_t)call->declared : SIZE_MAX;
}

/* The most that is still to come. */
static size_t left_of(const tm_server_call *call)
{
    size_t whole = expected_of(call);
    whole = whole < call->max_bytes ? whole : call->max_bytes;
    return whole > call->body.n ? whole - call->body.n : 0;
}

/* ---- who holds, and who gives way ------------------------------------------------------------ */

static void mark(tm_server_call *call, uint64_t now_ms)
{
    call->mark_ms = now_ms;
    call->mark_n = call->body.n;
    if (call->holds)
        TAILQ_REMOVE(&call->worker->holders, call, holding);
    TAILQ_INSERT_TAIL(&call->worker->holders, call, holding);
    call->holds = true;
}

/* Large bodies move as long as they do not wait: then bytes will come back. */
static void count_moving(tm_server_call *call)
{
    bool moves = call->charged > TM_RESERVE_SMALL && !call->waits;
    if (moves == call->moves)
        return;
    call->moves = moves;
    atomic_fetch_add(&budget_of(call)->moving, moves ? 1 : -1u);
}

/* Reserves up to so many bytes for it, all in all. */
static bool charge(tm_server_call *call, tm_budget_use use, size_t bytes)
{
    if (bytes <= call->charged)
        return true;
    if (!tm_budget_reserve(budget_of(call), use, bytes - call->charged))
        return false;
    call->charged = bytes;
    count_moving(call);
    return true;
}

/* The same for one that is not complete, and may have to give way. */
static bool take(tm_server_call *call, tm_budget_use use, size_t bytes)
{
    if (bytes <= call->charged)
        return true;
    if (!charge(call, use, bytes))
        return false;
    if (!call->holds)
        mark(call, tm_loop_now_ms(call->worker->loop));
    return true;
}

/* The same for as much as can be had between the two: how much it has now; 0: not even the least.
 */
static size_t take_between(tm_server_call *call, size_t least, size_t most)
{
    bool small = least <= TM_RESERVE_SMALL;
    tm_budget_use use = small ? TM_BUDGET_FIRST : TM_BUDGET_MORE;
    most = small && most > TM_RESERVE_SMALL ? TM_RESERVE_SMALL : most;
    size_t extra = most > least ? most - least : 0;
    if (least <= call->charged)
        return call->charged;
    while (!take(call, use, least + extra)) {
        if (!extra)
            return 0;
        extra = extra > STEP ? extra / 2 : 0;
    }
    return call->charged;
}

bool tm_reserve_refuse(tm_server_call *call)
{
    atomic_fetch_add_explicit(&budget_of(call)->refused, 1, memory_order_relaxed);
    return tm_call_fail_as(call, TM_REFUSAL_MEMORY, TM_STATUS_UNAVAILABLE, 0,
                           "too many bytes are being received");
}

/* Whether a gives way before b: a sender that could send does before one that waits for us; then
 * most bytes and longest pause. */
static bool gives_way_before(const tm_server_call *a, const tm_server_call *b, uint64_t now_ms)
{
    if (a->waits != b->waits)
        return b->waits;
    return a->charged * (tm_elapsed(a->mark_ms, now_ms) + 1) >
           b->charged * (tm_elapsed(b->mark_ms, now_ms) + 1);
}

/* Of the bodies that made no progress for so long. NULL: there is none. */
static tm_server_call *pick(tm_worker *worker, const tm_server_call *except, uint64_t pause_ms)
{
    uint64_t now_ms = tm_loop_now_ms(worker->loop);
    tm_server_call *best = NULL, *call;
    int seen = 0;
    TAILQ_FOREACH(call, &worker->holders, holding)
    {
        if (tm_elapsed(call->mark_ms, now_ms) < pause_ms || seen++ == LOOK_AT)
            break;
        if (call != except && (!best || gives_way_before(call, best, now_ms)))
            best = call;
    }
    return best;
}

/* ---- who waits ------------------------------------------------------------------------------- */

static void wait_for_more(tm_server_call *call)
{
    if (call->waits)
        return;
    call->waits = true;
    TAILQ_INSERT_TAIL(&call->worker->waiters, call, waiting);
    atomic_fetch_add(&budget_of(call)->waiting, 1);
    count_moving(call);
    tm_call_hold(call);
    /* Also for itself: something may have come back just before it counted as one that waits. */
    tm_server_attend(call->worker->server);
}

static void stop_waiting(tm_server_call *call)
{
    if (!call->waits)
        return;
    call->waits = false;
    TAILQ_REMOVE(&call->worker->waiters, call, waiting);
    atomic_fetch_sub(&budget_of(call)->waiting, 1);
    count_moving(call);
    tm_call_hold(call);
}

/* Of those that wait the one that needs least, or most, to be complete. */
static tm_server_call *waiter_with(tm_worker *worker, bool least)
{
    tm_server_call *best = NULL, *call;
    TAILQ_FOREACH(call, &worker->waiters, waiting)
    {
        if (!best || (left_of(call) < left_of(best)) == least)
            best = call;
    }
    return best;
}

static void feed(tm_worker *worker)
{
    for (tm_server_call *call; (call = waiter_with(worker, true)) != NULL;) {
        size_t n = call->body.n, left = left_of(call);
        if (!take_between(call, n + (left < STEP ? left : STEP), n + left))
            return;
        stop_waiting(call);
        call->conn->protocol->go_on(call);
    }
}

void tm_reserve_attend(tm_worker *worker)
{
    tm_budget *budget = tm_server_budget(worker->server);
    if (!atomic_load(&budget->waiting))
        return;
    feed(worker);
    if (!atomic_load(&budget->waiting) || tm_budget_is_relieved(budget))
        return;
    tm_server_call *slowest = pick(worker, NULL, tm_server_pause_ms(worker->server));
    if (!slowest && atomic_load(&budget->moving) == 0 && tm_budget_is_full_of_bodies(budget))
        slowest = waiter_with(worker, false);
    if (slowest)
        tm_reserve_refuse(slowest); /* what it gives back calls all workers, this one, too */
}

/* ---- bodies ---------------------------------------------------------------------------------- */

/* The block of an earlier request, if there is one that suits and the budget has room for it. */
static void take_spare(tm_server_call *call, size_t n)
{
    size_t expected = expected_of(call);
    tm_bytes block = tm_worker_take_block(call->worker, expected == SIZE_MAX ? n : expected);
    bool small = block.room <= TM_RESERVE_SMALL;
    if (block.room && take(call, small ? TM_BUDGET_FIRST : TM_BUDGET_MORE, block.room))
        call->body = block;
    else
        tm_worker_give_block(call->worker, block);
}

/* The room for n bytes: it doubles, but not beyond what is expected. */
static size_t room_for(const tm_server_call *call, size_t n)
{
    size_t room = 2 * call->body.room, expected = expected_of(call);
    room = room < FIRST_ROOM ? FIRST_ROOM : room;
    if (room > TM_RESERVE_SMALL) /* small blocks are of use to others */
        room = room < expected ? room : expected;
    return room < n ? n : room;
}

bool tm_reserve_try(tm_server_call *call, size_t n)
{
    if (n <= call->body.room)
        return true;
    size_t room = take_between(call, n, room_for(call, n));
    return room && tm_bytes_fit(&call->body, room);
}

/* For the first bytes, which others must give way to. */
static bool take_from_others(tm_server_call *call, size_t n)
{
    while (!charge(call, TM_BUDGET_FIRST, n)) {
        tm_server_call *other = pick(call->worker, call, 0);
        if (!other)
            return false;
        tm_reserve_refuse(other);
    }
    return true;
}

bool tm_reserve_room(tm_server_call *call, size_t n)
{
    if (call->body.room == 0 && call->charged == 0)
        take_spare(call, n);
    if (n <= call->body.room)
        return true;
    size_t room = take_between(call, n, room_for(call, n));
    if (!room && n <= TM_RESERVE_SMALL && take_from_others(call, n) &&
        take(call, TM_BUDGET_FIRST, n))
        room = n;
    if (!room && n > TM_RESERVE_SMALL) {
        size_t whole = n + ARRIVED_STEP - n % ARRIVED_STEP;
        room = take(call, TM_BUDGET_ARRIVED, whole) ? whole : 0;
        if (room)
            wait_for_more(call);
    }
    if (!room)
        return tm_reserve_refuse(call);
    return tm_bytes_fit(&call->body, room) ||
           tm_call_fail(call, TM_STATUS_UNAVAILABLE, 0, "out of memory");
}

bool tm_reserve_ahead(tm_server_call *call)
{
    size_t left = left_of(call), n = call->body.n + (left < STEP ? left : STEP);
    if (n > TM_RESERVE_SMALL && n > call->charged && !take_between(call, n, room_for(call, n)))
        wait_for_more(call);
    return !call->waits;
}

void tm_reserve_moved(tm_server_call *call)
{
    size_t n = call->body.n, least = n / 64 > LEAST_PROGRESS ? n / 64 : LEAST_PROGRESS;
    if (call->holds && n - call->mark_n >= least)
        mark(call, tm_loop_now_ms(call->worker->loop));
}

void tm_reserve_forgive(tm_server_call *call, uint64_t now_ms)
{
    if (call->holds)
        mark(call, now_ms);
}

void tm_reserve_settle(tm_server_call *call)
{
    stop_waiting(call);
    if (call->holds)
        TAILQ_REMOVE(&call->worker->holders, call, holding);
    call->holds = false;
}

/* ---- what they unpack to --------------------------------------------------------------------- */

/* A complete body goes on before those that come in. */
static void *grow_unpacked(void *owner, void *block, size_t size_bytes)
{
    tm_server_call *call = owner;
    return take_from_others(call, size_bytes) ? tm_heap_grow(call->worker->heap, block, size_bytes)
                                              : NULL;
}

static void *alloc_unpacked(void *owner, size_t size_bytes)
{
    return grow_unpacked(owner, NULL, size_bytes);
}

static void drop_unpacked(void *owner, void *block)
{
    tm_heap_free(((tm_server_call *)owner)->worker->heap, block);
}

tm_bytes tm_reserve_unpacked(tm_server_call *call, size_t n, tm_heap *heap)
{
    tm_bytes block = tm_worker_take_block(call->worker, n);
    if (block.room && !charge(call, TM_BUDGET_FIRST, block.room)) {
        tm_worker_give_block(call->worker, block);
        block = (tm_bytes){0};
    }
    *heap = (tm_heap){alloc_unpacked, grow_unpacked, drop_unpacked, call};
    block.heap = heap;
    return block;
}

/* ---- the end --------------------------------------------------------------------------------- */

void tm_reserve_drop(tm_server_call *call)
{
    tm_reserve_settle(call);
    size_t bytes = call->charged;
    call->charged = 0;
    count_moving(call);
    tm_budget_return(budget_of(call), TM_PART_RECEIVED, bytes);
}
