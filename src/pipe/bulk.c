/* Bulk: from the thread of the connection to another one, and back with the verdict.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/bulk.h"

#include "pipe/pending.h"
#include "pipe/receiver.h"

/* One on its way, in an arena of its own with what is known of its client. */
struct tm_bulk_request {
    LIST_ENTRY(tm_bulk_request) entry;
    tm_arena *arena;
    tm_receiver_request request;
    tm_receiver *receiver;
    tm_exchange *exchange;
    tm_pending_reply *pending;
    tm_bulk_worker *worker;
    unsigned index; /* of that, among the receiver's threads */
    atomic_bool gone;
    tm_letter letter;
};

/* ---- which ones ------------------------------------------------------------------------------ */

/* As many bytes of protobuf take as long. */
static size_t bytes_of(const tm_receiver *r, const tm_exchange *x)
{
    return x->body.n * r->protocol->weight(x);
}

bool tm_bulk_is(const tm_receiver *r, const tm_exchange *x)
{
    const size_t least = atomic_load_explicit(&r->bulk.least_bytes, memory_order_relaxed);
    return bytes_of(r, x) >= (least ? least : TM_BULK_BYTES);
}

static void set_least(tm_receiver *r, size_t bytes)
{
    atomic_store_explicit(&r->bulk.least_bytes, bytes < TM_BULK_BYTES ? bytes : TM_BULK_BYTES,
                          memory_order_relaxed);
}

void tm_bulk_note_long(tm_receiver *r, const tm_exchange *x)
{
    const size_t bytes = bytes_of(r, x);
    set_least(r, bytes ? bytes : 1);
}

/* It took less than half of a turn: those up to twice its size need not be bulk. */
static void note_time(tm_receiver *r, const tm_exchange *x, uint64_t took_ns)
{
    if (took_ns < TM_BULK_TURN_NS / 2 && tm_bulk_is(r, x))
        set_least(r, 2 * bytes_of(r, x) + 1);
}

/* ---- in the thread of the connection --------------------------------------------------------- */

static void end(tm_bulk_request *b)
{
    LIST_REMOVE(b, entry);
    tm_arena_free(b->arena);
}

static void answer(void *owner, const tm_verdict *verdict)
{
    tm_bulk_request *b = owner;
    b->receiver->protocol->answer(b->exchange, verdict);
    end(b);
}

/* The verdict is noted, and the bytes are of no use any more. */
static void judged(void *argument)
{
    tm_bulk_request *b = argument;
    tm_exchange_drop_body(b->exchange);
    tm_pending_reply_let_go(b->pending);
}

static void gone(tm_exchange *x)
{
    tm_bulk_request *b = x->note;
    atomic_store(&b->gone, true);
    tm_intake_forget(b->pending);
}

/* ---- in a bulk worker's ---------------------------------------------------------------------- */

static const tm_verdict client_gone = {
    .status = {TM_STATUS_UNAVAILABLE, TM_TEXT("the client has gone"), .retry_after_ms = 1000},
    .why = TM_REFUSAL_BUSY};

static void judge(tm_bulk_request *b)
{
    tm_verdict verdict;
    tm_receiver *r = b->receiver;
    b->request.arena = r->reading[b->index];
    tm_arena_reset(b->request.arena);
    if (!tm_receiver_read(&b->request, &verdict)) {
        tm_pending_reply_note(b->pending, &verdict);
        return;
    }
    const tm_intake_request request = tm_receiver_intake(&b->request, b->index, answer, b);
    b->worker->freed |= tm_intake_judge(r->intake, &request, b->pending);
    b->worker->freed |= tm_receiver_trim(r, b->index);
}

/* What many requests took goes back to the system once, when none is left. */
static void rest(tm_bulk_worker *worker, const tm_heap *heap)
{
    if (worker->freed)
        tm_heap_trim(heap);
    worker->freed = false;
}

static void run(void *argument)
{
    tm_bulk_request *b = argument;
    const tm_clock *clock = b->receiver->options.clock;
    const uint64_t begin_ns = tm_clock_thread_ns(clock);
    if (atomic_load(&b->gone)) {
        tm_pending_reply_note(b->pending, &client_gone);
    } else {
        judge(b);
        note_time(b->receiver, b->exchange, tm_clock_thread_ns(clock) - begin_ns);
    }
    tm_bulk_worker *worker = b->worker;
    const tm_heap *heap = b->receiver->options.heap;
    const bool last = atomic_fetch_sub(&worker->waiting, 1) == 1;
    b->letter.call = judged;
    tm_loop_send(b->exchange->loop, &b->letter); /* from here on it may be gone */
    if (last)
        rest(worker, heap);
}

/* ---- from the one to the other --------------------------------------------------------------- */

static unsigned least_busy(const tm_receiver_options *o)
{
    unsigned best = 0;
    for (unsigned i = 1; i < o->bulk_workers; i++)
        if (atomic_load(&o->bulk_worker[i].waiting) < atomic_load(&o->bulk_worker[best].waiting))
            best = i;
    return best;
}

typedef struct making {
    tm_receiver *receiver;
    tm_exchange *exchange;
    tm_arena *arena;
    tm_bulk_request *made;
} making;

static void make(void *argument)
{
    making *m = argument;
    const tm_receiver_options *o = &m->receiver->options;
    const unsigned chosen = least_busy(o);
    m->made = TM_NEW(m->arena, tm_bulk_request);
    *m->made = (tm_bulk_request){.arena = m->arena,
                                 .request = {.receiver = m->receiver,
                                             .exchange = m->exchange,
                                             .arena = m->arena,
                                             .bytes = m->exchange->body},
                                 .receiver = m->receiver,
                                 .exchange = m->exchange,
                                 .worker = &o->bulk_worker[chosen],
                                 .index = o->workers + chosen};
    m->receiver->protocol->read_client(&m->made->request);
}

bool tm_bulk_give(tm_receiver *r, tm_exchange *x)
{
    if (!r->options.bulk_workers)
        return false;
    making m = {r, x, tm_arena_new(tm_intake_heap(r->intake)), NULL};
    if (!m.arena || !tm_arena_try(m.arena, make, &m)) {
        tm_arena_free(m.arena);
        return false;
    }
    tm_bulk_request *b = m.made;
    const tm_intake_request request = tm_receiver_intake(&b->request, x->worker, answer, b);
    b->pending = tm_intake_open(r->intake, &request);
    if (!b->pending) {
        tm_arena_free(m.arena);
        return false;
    }
    LIST_INSERT_HEAD(&r->bulk.worker[x->worker], b, entry);
    tm_exchange_keep_body(x);
    x->note = b;
    x->gone = gone;
    atomic_fetch_add(&b->worker->waiting, 1);
    b->letter = (tm_letter){.call = run, .argument = b};
    tm_loop_send(b->worker->loop, &b->letter);
    return true;
}

void tm_bulk_drop(tm_receiver *r)
{
    for (uint32_t i = 0; r->bulk.worker && i < r->options.workers; i++)
        while (!LIST_EMPTY(&r->bulk.worker[i]))
            end(LIST_FIRST(&r->bulk.worker[i]));
}
