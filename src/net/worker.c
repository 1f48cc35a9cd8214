/* Worker: ticks, flushes, and the blocks that bodies are read into.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/worker.h"

#include "net/server_call.h"
#include "net/conn.h"
#include "net/reserve.h"

#include <stdio.h>
#include <time.h>

enum { TRIM_TICKS = 40 };
#define LARGEST_ROOM (SIZE_MAX / 2)

static void tick(void *argument)
{
    tm_worker *worker = argument;
    uint64_t now_ms = tm_loop_now_ms(worker->loop);
    tm_call_forgive_unpackers(worker, now_ms);
    for (tm_conn *next, *conn = worker->conns; conn; conn = next) {
        next = conn->next;
        tm_conn_tick(conn, now_ms);
    }
    tm_reserve_attend(worker); /* pauses grow longer, and the limit may be another */
    if (++worker->ticks % TRIM_TICKS == 0) {
        /* Half of what nobody needed since the last time goes back to the heap. */
        for (unsigned n = (worker->spare_low + 1) / 2; n > 0; n--) {
            tm_bytes block = worker->spares[--worker->spare_count];
            worker->spare_bytes -= block.room;
            tm_bytes_free(&block);
        }
        worker->spare_low = worker->spare_count;
    }
    worker->ticking = worker->conns || worker->spare_count;
    if (worker->ticking)
        tm_timer_start(worker->tick, TM_WORKER_TICK_MS);
}

void tm_worker_wake(tm_worker *worker)
{
    if (!worker->ticking)
        tm_timer_start(worker->tick, TM_WORKER_TICK_MS);
    worker->ticking = true;
}

void tm_worker_nudge(tm_worker *worker)
{
    tm_loop_post(worker->loop, tick, worker); /* out of memory: the next tick comes anyway */
}

static void attend(void *argument)
{
    tm_worker *worker = argument;
    atomic_store(&worker->called, false);
    tm_reserve_attend(worker);
}

void tm_worker_attend(tm_worker *worker)
{
    if (!atomic_exchange(&worker->called, true))
        tm_loop_send(worker->loop, &worker->letter);
}

static void flush_dirty(void *argument)
{
    tm_worker *worker = argument;
    while (worker->dirty) {
        tm_conn *conn = worker->dirty;
        worker->dirty = conn->next_dirty;
        conn->dirty = false;
        tm_conn_resume(conn);
    }
}

void tm_worker_flush_later(tm_worker *worker, tm_conn *conn)
{
    if (conn->dirty)
        return;
    if (!worker->dirty)
        tm_timer_start(worker->flush, 0);
    conn->dirty = true;
    conn->next_dirty = worker->dirty;
    worker->dirty = conn;
}

/* One round: those that want to be read again are in the next one. */
static void read_unread(void *argument)
{
    tm_worker *worker = argument;
    tm_conn *conn;
    worker->unread_turn++;
    while ((conn = TAILQ_FIRST(&worker->unread)) && conn->unread_turn != worker->unread_turn) {
        TAILQ_REMOVE(&worker->unread, conn, unread_entry);
        conn->unread = false;
        tm_conn_read(conn);
    }
}

void tm_worker_read_later(tm_worker *worker, tm_conn *conn)
{
    if (conn->unread)
        return;
    tm_timer_start(worker->again, 0);
    conn->unread = true;
    conn->unread_turn = worker->unread_turn;
    TAILQ_INSERT_TAIL(&worker->unread, conn, unread_entry);
}

/* ---- handshakes ------------------------------------------------------------------------------ */

static void step(void *argument)
{
    tm_worker *worker = argument;
    tm_conn *conn;
    for (int i = 0; i < TM_WORKER_STEPS && (conn = TAILQ_FIRST(&worker->steps)); i++) {
        TAILQ_REMOVE(&worker->steps, conn, step_entry);
        conn->step = false;
        tm_conn_shake(conn);
    }
    if (!TAILQ_EMPTY(&worker->steps))
        tm_timer_start(worker->step, 0);
}

static void begin(tm_worker *worker, tm_conn *conn)
{
    if (worker->shaking_count == TM_WORKER_SHAKING) {
        tm_conn *oldest = TAILQ_FIRST(&worker->shaking);
        tm_conn_refuse_shaking(oldest, TM_REFUSAL_BUSY,
                               "the handshake is given up: there are too many newer ones");
        tm_conn_close(oldest);
    }
    worker->shaking_count++;
    TAILQ_INSERT_TAIL(&worker->shaking, conn, shaking_entry);
    conn->begun = true;
}

void tm_worker_shake_later(tm_worker *worker, tm_conn *conn)
{
    if (!conn->begun)
        begin(worker, conn);
    if (conn->step)
        return;
    if (TAILQ_EMPTY(&worker->steps))
        tm_timer_start(worker->step, 0);
    TAILQ_INSERT_TAIL(&worker->steps, conn, step_entry);
    conn->step = true;
}

void tm_worker_forget_shaking(tm_worker *worker, tm_conn *conn)
{
    if (conn->step)
        TAILQ_REMOVE(&worker->steps, conn, step_entry);
    if (conn->begun) {
        TAILQ_REMOVE(&worker->shaking, conn, shaking_entry);
        worker->shaking_count--;
    }
    conn->step = conn->begun = false;
}

/* ---- life ------------------------------------------------------------------------------------ */

bool tm_worker_open(tm_worker *worker, tm_server *server, const tm_heap *heap, tm_loop *loop,
                    unsigned index)
{
    worker->server = server;
    worker->heap = heap;
    worker->loop = loop;
    worker->index = index;
    TAILQ_INIT(&worker->holders);
    TAILQ_INIT(&worker->waiters);
    TAILQ_INIT(&worker->unpackers);
    TAILQ_INIT(&worker->unread);
    TAILQ_INIT(&worker->shaking);
    TAILQ_INIT(&worker->steps);
    worker->letter = (tm_letter){.call = attend, .argument = worker};
    worker->input = tm_heap_alloc(heap, TM_WORKER_INPUT);
    worker->head = tm_heap_alloc(heap, sizeof *worker->head);
    worker->inflater = tm_inflater_new(heap);
    worker->stepper = tm_inflater_new(heap);
    worker->unpack = tm_timer_new(loop, tm_call_unpack_more, worker);
    worker->tick = tm_timer_new(loop, tick, worker);
    worker->flush = tm_timer_new(loop, flush_dirty, worker);
    worker->again = tm_timer_new(loop, read_unread, worker);
    worker->step = tm_timer_new(loop, step, worker);
    return worker->input && worker->head && worker->inflater && worker->stepper && worker->unpack &&
           worker->tick && worker->flush && worker->again && worker->step;
}

void tm_worker_close(tm_worker *worker)
{
    while (worker->conns)
        tm_conn_close(worker->conns);
    for (tm_server_call *next, *call = worker->orphans; call; call = next) {
        next = call->next;
        tm_call_free(call);
    }
    for (tm_server_call *next, *call = worker->idle_calls; call; call = next) {
        next = call->next;
        tm_call_free(call);
    }
    while (worker->spare_count)
        tm_bytes_free(&worker->spares[--worker->spare_count]);
    tm_timer_free(worker->tick);
    tm_timer_free(worker->flush);
    tm_timer_free(worker->again);
    tm_timer_free(worker->step);
    tm_timer_free(worker->unpack);
    tm_inflater_free(worker->stepper);
    tm_inflater_free(worker->inflater);
    tm_heap_free(worker->heap, worker->head);
    tm_heap_free(worker->heap, worker->input);
}

tm_bytes tm_worker_take_block(tm_worker *worker, size_t n)
{
    size_t most = n < LARGEST_ROOM / 4 ? 4 * n : LARGEST_ROOM;
    most = most < TM_RESERVE_SMALL ? TM_RESERVE_SMALL : most;
    unsigned at = worker->spare_count;
    while (at > 0 && worker->spares[at - 1].room > most)
        at--;
    if (!at)
        return (tm_bytes){.heap = worker->heap};
    tm_bytes block = worker->spares[--at];
    worker->spares[at] = worker->spares[--worker->spare_count];
    worker->spare_bytes -= block.room;
    if (worker->spare_count < worker->spare_low)
        worker->spare_low = worker->spare_count;
    return block;
}

void tm_worker_give_block(tm_worker *worker, tm_bytes block)
{
    if (block.room == 0)
        return;
    if (worker->spare_count == TM_WORKER_SPARES ||
        block.room + worker->spare_bytes > tm_server_spare_bytes(worker->server)) {
        tm_bytes_free(&block);
        return;
    }
    block.n = 0;
    worker->spares[worker->spare_count++] = block;
    worker->spare_bytes += block.room;
    tm_worker_wake(worker);
}

tm_text tm_worker_date(tm_worker *worker)
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct timespec now;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    if (worker->date_s != (uint64_t)now.tv_sec) {
        struct tm t;
        gmtime_r(&now.tv_sec, &t);
        snprintf(worker->date, sizeof worker->date, "%.3s, %02u %.3s %04u %02u:%02u:%02u GMT",
                 days + 3 * t.tm_wday, (unsigned)t.tm_mday % 100, months + 3 * t.tm_mon,
                 (unsigned)(t.tm_year + 1900) % 10000, (unsigned)t.tm_hour % 100,
                 (unsigned)t.tm_min % 100, (unsigned)t.tm_sec % 100);
        worker->date_s = (uint64_t)now.tv_sec;
    }
    return tm_text_of(worker->date);
}
