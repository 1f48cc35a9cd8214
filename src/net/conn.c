/* Conn: the pump between a transport and a protocol.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/conn.h"

#include "net/server_call.h"
#include "net/listener.h"
#include "net/reserve.h"

enum {
    READS = 4,                 /* of one connection that brings bodies before others' turn; */
    SERVED = 8,                /* ... if one read completes no more of them than that */
    LINGER_MS = 5000,          /* OH-13: how long, and ... */
    LINGER_BYTES = 1024 * 1024 /* ... how much of a request is drained after its early answer */
};

/* Whether it would take what may come in now. */
static bool wants_input(const tm_conn *conn)
{
    return !conn->hold && !conn->waits && conn->out.n - conn->sent <= TM_CONN_BACKLOG &&
           !tm_listener_paused(conn->listener);
}

static void update_watch(tm_conn *conn)
{
    bool writes = conn->sent < conn->out.n || conn->blocked, reads = wants_input(conn);
    bool shakes = conn->shaking && !conn->step;
    int what = conn->shaking ? (shakes ? TM_WATCH_READ : 0)
                             : (writes ? TM_WATCH_WRITE : 0) | (reads ? TM_WATCH_READ : 0);
    if (!tm_watch_want(conn->watch, tm_transport_watch(conn->transport, what)))
        conn->doomed = true;
    if (reads && !conn->shaking && tm_transport_pending(conn->transport))
        tm_worker_read_later(conn->worker, conn);
}

/* All is written: FIN, and wait for the peer's while what it still sends is thrown away, because a
 * close with unread bytes would reset the connection and take the answer with it. */
static void finish(tm_conn *conn)
{
    int n = conn->transport->kind->finish(conn->transport);
    conn->blocked = n == TM_IO_AGAIN;
    conn->doomed |= n == TM_IO_FAILED;
    if (n != TM_IO_DONE)
        return;
    conn->finished = true;
    conn->finish_ms = tm_loop_now_ms(conn->worker->loop);
    conn->hold = conn->waits = false;
}

/* Writes until the transport has enough or nothing is left. */
static void write_out(tm_conn *conn)
{
    if (!conn->blocked)
        conn->wrote_ms = tm_loop_now_ms(conn->worker->loop);
    for (;;) {
        if (conn->sent == conn->out.n) {
            conn->sent = conn->out.n = 0;
            if (conn->session)
                conn->protocol->output(conn);
            if (conn->out.n == 0)
                return;
        }
        ptrdiff_t n =
            tm_transport_write(conn->transport, conn->out.p + conn->sent, conn->out.n - conn->sent);
        conn->blocked = n == TM_IO_AGAIN;
        if (n == TM_IO_FAILED)
            conn->doomed = true;
        if (n <= 0)
            return;
        conn->sent += (size_t)n;
        conn->wrote_ms = tm_loop_now_ms(conn->worker->loop);
    }
}

void tm_conn_flush(tm_conn *conn)
{
    if (!conn->doomed && !conn->finished && !conn->shaking) {
        write_out(conn);
        if (conn->closing && conn->sent == conn->out.n && !conn->doomed)
            finish(conn);
    }
    if (!conn->doomed)
        update_watch(conn);
    if (conn->doomed)
        tm_conn_close(conn);
}

void tm_conn_touch(tm_conn *conn)
{
    if (!conn->busy)
        tm_worker_flush_later(conn->worker, conn);
}

void tm_conn_resume(tm_conn *conn)
{
    conn->busy = true;
    if (!conn->closing && !conn->finished && !conn->doomed && !conn->shaking)
        conn->protocol->input(conn, tm_text_slice("", 0));
    conn->busy = false;
    tm_conn_flush(conn);
}

static void throw_away(tm_conn *conn, size_t n)
{
    conn->lingered += n;
    if (conn->lingered > LINGER_BYTES)
        conn->doomed = true;
}

static void take(tm_conn *conn, tm_text bytes)
{
    if (conn->finished || conn->closing)
        throw_away(conn, bytes.n);
    else if (!conn->doomed)
        conn->protocol->input(conn, bytes);
}

/* Hands over the first n bytes of the parts. */
static void take_parts(tm_conn *conn, const struct iovec *part, size_t n)
{
    conn->guard.total_bytes += n;
    for (; n; part++) {
        size_t turn = part->iov_len < n ? part->iov_len : n;
        if (turn)
            take(conn, tm_text_slice(part->iov_base, turn));
        n -= turn;
    }
}

/* One read; false when there is nothing more to be had for now. */
static bool read_some(tm_conn *conn)
{
    struct iovec part[TM_CONN_PARTS];
    const tm_protocol *protocol = conn->protocol;
    bool awake = !conn->finished && !conn->closing;
    unsigned landing = awake && protocol->land ? protocol->land(conn, part) : 0, parts = landing;
    if (!parts)
        part[parts++] = (struct iovec){conn->worker->input, TM_WORKER_INPUT};
    ptrdiff_t n = conn->transport->kind->read(conn->transport, part, parts);
    if (n == TM_IO_FAILED)
        conn->doomed = true;
    if (n == TM_IO_END) {
        if (conn->finished)
            conn->doomed = true;
        else
            conn->protocol->end_of_input(conn);
    }
    if (n > 0)
        take_parts(conn, part, (size_t)n);
    if (landing)
        protocol->landed(conn);
    return n >= TM_WORKER_INPUT || (n > 0 && tm_transport_pending(conn->transport));
}

/* As read_some; but others have their turn behind a read that brought much else than bodies, or
 * many small ones: heads and empty frames take many times as long as bytes of a body. */
static bool read_more(tm_conn *conn)
{
    const tm_worker *worker = conn->worker;
    const uint64_t total = conn->guard.total_bytes, stored = worker->stored_bytes,
                   served = worker->served;
    return read_some(conn) &&
           worker->stored_bytes - stored >= (conn->guard.total_bytes - total) / 2 &&
           worker->served - served <= SERVED;
}

void tm_conn_read(tm_conn *conn)
{
    conn->busy = true;
    if (!conn->shaking && !tm_listener_paused(conn->listener))
        for (int i = 0; i < READS && !conn->hold && !conn->waits && !conn->doomed; i++)
            if (!read_more(conn))
                break;
    conn->busy = false;
    tm_conn_flush(conn);
}

static void begin_clocks(tm_conn *conn)
{
    conn->begin_ms = conn->active_ms = conn->wrote_ms = tm_loop_now_ms(conn->worker->loop);
}

static void tell(const tm_conn *conn, const tm_refused *refused)
{
    const tm_listener_options *options = tm_listener_settings(conn->listener);
    if (options->refused)
        options->refused(options->refused_owner, refused);
}

void tm_conn_tell(const tm_conn *conn, const tm_refused *refused)
{
    tm_listener_tell(conn->listener, rejected);
    tell(conn, refused);
}

void tm_conn_refuse_shaking(tm_conn *conn, tm_refusal why, const char *reason)
{
    tm_listener_tell(conn->listener, unshaken);
    if (!reason)
        return;
    tell(conn, &(tm_refused){.why = why,
                             .grpc = conn->protocol == &tm_http2_protocol,
                             .peer = tm_text_of(conn->peer),
                             .reason = tm_text_of(reason)});
}

/* Starts the protocol once the handshake is over. */
void tm_conn_shake(tm_conn *conn)
{
    const tm_transport *transport = conn->transport;
    int n = tm_transport_shake(conn->transport);
    if (n != TM_IO_AGAIN) {
        tm_worker_forget_shaking(conn->worker, conn);
        begin_clocks(conn);
    }
    conn->shaking = n == TM_IO_AGAIN;
    if (n == TM_IO_FAILED)
        tm_conn_refuse_shaking(conn, TM_REFUSAL_TLS, transport->why);
    if (n == TM_IO_FAILED || (n == TM_IO_DONE && !conn->protocol->start(conn)))
        conn->doomed = true;
    tm_conn_flush(conn);
}

static void make_ready(void *argument, int what)
{
    tm_conn *conn = argument;
    int able = tm_transport_able(conn->transport, what);
    if (conn->shaking) {
        tm_worker_shake_later(conn->worker, conn);
        tm_conn_flush(conn);
    } else if (able & TM_WATCH_READ) {
        tm_conn_read(conn);
    } else {
        tm_conn_flush(conn);
    }
}

void tm_conn_switch(tm_conn *conn, const tm_protocol *protocol, tm_text bytes)
{
    conn->protocol->free(conn);
    conn->session = NULL;
    conn->protocol = protocol;
    if (protocol->start(conn))
        protocol->input(conn, bytes);
    else
        conn->doomed = true;
}

static void link_conn(tm_conn *conn)
{
    tm_worker *worker = conn->worker;
    conn->next = worker->conns;
    if (conn->next)
        conn->next->previous = conn;
    worker->conns = conn;
}

static void unlink_conn(tm_conn *conn)
{
    if (conn->next)
        conn->next->previous = conn->previous;
    if (conn->previous)
        conn->previous->next = conn->next;
    else
        conn->worker->conns = conn->next;
    if (conn->unread)
        TAILQ_REMOVE(&conn->worker->unread, conn, unread_entry);
    if (!conn->dirty)
        return;
    tm_conn **at = &conn->worker->dirty;
    while (*at != conn)
        at = &(*at)->next_dirty;
    *at = conn->next_dirty;
}

void tm_conn_adopt(tm_conn *conn)
{
    link_conn(conn);
    conn->out.heap = conn->worker->heap;
    begin_clocks(conn);
    conn->watch = tm_watch_new(conn->worker->loop, conn->transport->fd, make_ready, conn);
    conn->shaking = conn->transport->kind->shake != NULL; /* which the client begins */
    if (!conn->watch || (!conn->shaking && !conn->protocol->start(conn))) {
        tm_conn_close(conn);
        return;
    }
    tm_worker_wake(conn->worker);
    tm_conn_flush(conn);
}

void tm_conn_close(tm_conn *conn)
{
    tm_listener *listener = conn->listener;
    while (conn->calls)
        tm_call_leave(conn->calls);
    unlink_conn(conn);
    tm_worker_forget_shaking(conn->worker, conn);
    if (conn->session)
        conn->protocol->free(conn);
    tm_watch_free(conn->watch);
    conn->transport->kind->close(conn->transport);
    tm_bytes_free(&conn->out);
    atomic_fetch_sub(&conn->worker->load, 1);
    uint8_t address[16];
    memcpy(address, conn->address, sizeof address);
    tm_heap_free(conn->worker->heap, conn);
    tm_listener_lose(listener, address);
}

static void time_out(tm_conn *conn)
{
    tm_listener_tell(conn->listener, timeouts);
    conn->doomed = true;
}

/* A paused connection is not slow: its clocks stand still. */
static void forgive(tm_conn *conn, uint64_t now_ms)
{
    conn->active_ms = conn->wrote_ms = now_ms;
    for (tm_server_call *call = conn->calls; call; call = call->next) {
        tm_call_forgive(call, now_ms);
        tm_reserve_forgive(call, now_ms);
    }
}

static void tick_calls(tm_conn *conn, uint64_t now_ms)
{
    for (tm_server_call *next, *call = conn->calls; call; call = next) {
        next = call->next;
        tm_call_tick(call, now_ms);
    }
}

void tm_conn_tick(tm_conn *conn, uint64_t now_ms)
{
    const tm_listener_options *options = tm_listener_settings(conn->listener);
    conn->busy = true;
    if (conn->finished) {
        if (tm_elapsed(conn->finish_ms, now_ms) > LINGER_MS)
            conn->doomed = true;
    } else if (conn->shaking) {
        if (tm_elapsed(conn->begin_ms, now_ms) > options->handshake_ms) {
            tm_conn_refuse_shaking(conn, TM_REFUSAL_SLOW, "the handshake took too long");
            time_out(conn);
        }
    } else if (tm_listener_paused(conn->listener)) {
        forgive(conn, now_ms);
    } else if (conn->blocked && tm_elapsed(conn->wrote_ms, now_ms) > options->write_ms) {
        time_out(conn);
    } else {
        tick_calls(conn, now_ms);
        if (!conn->closing)
            conn->protocol->tick(conn, now_ms);
    }
    switch (tm_listener_phase(conn->listener, now_ms)) {
    case TM_LISTENER_OPEN:
        break;
    case TM_LISTENER_DRAINING:
        if (conn->shaking)
            conn->doomed |= tm_elapsed(conn->begin_ms, now_ms) > TM_CONN_NEW_MS;
        else if (!conn->closing)
            conn->protocol->drain(conn);
        break;
    case TM_LISTENER_OVER:
        conn->doomed = true;
        break;
    }
    conn->busy = false;
    tm_conn_flush(conn);
}
