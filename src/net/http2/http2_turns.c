/* HTTP/2 turns: of the bodies on one connection, which one's window is opened wide.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Clients send what they may of all their requests side by side. If all of them may send all, a
 * connection holds many unfinished bodies, and each byte has left the processor's cache before its
 * request is complete. So a stream's window is narrow until it is its turn: the oldest body that
 * does not fit through is opened, and the next one when that has nearly come. A turn that takes
 * long while others wait (a slow network; a proxy, behind which somebody is slow) ends this for a
 * while: all windows of the connection are wide then. */
#include "net/server_call.h"
#include "net/http2/http2.h"
#include "net/reserve.h"

#include <nghttp2/nghttp2.h>

enum {
    TM_NEARLY_BYTES = 128 * 1024, /* what is under way while the next client's turn reaches it */
    TM_LONG_TURN_MS = 200,
    TM_WITHOUT_TURNS_MS = 10000,
};

/* Bytes of the body to come; SIZE_MAX: nobody knows. */
static size_t left_of(const tm_server_call *call)
{
    if (call->messages)
        return call->frame.left;
    if (call->declared == UINT64_MAX)
        return SIZE_MAX;
    return call->declared > call->exchange.wire_bytes
               ? (size_t)(call->declared - call->exchange.wire_bytes)
               : 0;
}

/* Unless it must wait for room. */
static void widen(tm_http2 *h, tm_server_call *call)
{
    if (!tm_reserve_ahead(call))
        return;
    call->wide = true;
    nghttp2_session_set_local_window_size(h->session, NGHTTP2_FLAG_NONE, call->stream_id,
                                          TM_HTTP2_WIDE_WINDOW);
    nghttp2_session_consume_stream(h->session, call->stream_id, call->owed);
    call->owed = 0;
}

/* Whether its sender waits, or will, for the window to open. */
static bool wants_turn(const tm_server_call *call)
{
    return call->stage == TM_CALL_BODY && !call->ended && !call->waits && !call->wide &&
           call->owed && left_of(call) > TM_HTTP2_STREAM_WINDOW - call->owed;
}

static tm_server_call *oldest_that_wants(const tm_http2 *h)
{
    tm_server_call *oldest = NULL;
    for (tm_server_call *call = h->conn->calls; call; call = call->next)
        if (wants_turn(call) && (!oldest || call->stream_id < oldest->stream_id))
            oldest = call;
    return oldest;
}

static void give_turn(tm_http2 *h, tm_server_call *call)
{
    h->turn = call;
    if (!call)
        return;
    h->turn_ms = tm_loop_now_ms(h->conn->worker->loop);
    widen(h, call);
}

static void next_turn(tm_http2 *h)
{
    give_turn(h, oldest_that_wants(h));
}

void tm_http2_took(tm_http2 *h, tm_server_call *call, size_t n)
{
    if (n)
        nghttp2_session_consume_connection(h->session, n);
    call->owed += n;
    if (call->stage == TM_CALL_CHECKED || call->waits || (call->wide && !tm_reserve_ahead(call)))
        return; /* its window stays shut until there is room */
    if (call->wide) {
        nghttp2_session_consume_stream(h->session, call->stream_id, call->owed);
        call->owed = 0;
        if (call == h->turn && left_of(call) <= TM_NEARLY_BYTES)
            next_turn(h);
    } else if (h->turns_from_ms || call == h->turn) {
        widen(h, call);
    } else if (!h->turn && wants_turn(call)) {
        give_turn(h, call);
    }
}

void tm_http2_ended(tm_http2 *h, const tm_server_call *call)
{
    if (call == h->frame_call)
        h->frame_call = NULL;
    if (call == h->turn)
        next_turn(h);
}

static void end_turns(tm_http2 *h, uint64_t now_ms)
{
    h->turn = NULL;
    h->turns_from_ms = now_ms + TM_WITHOUT_TURNS_MS;
    for (tm_server_call *call = h->conn->calls; call; call = call->next)
        if (call->stage == TM_CALL_BODY && !call->ended && !call->waits && !call->wide)
            widen(h, call);
    tm_conn_touch(h->conn);
}

void tm_http2_watch_turns(tm_http2 *h, uint64_t now_ms)
{
    if (now_ms >= h->turns_from_ms)
        h->turns_from_ms = 0;
    if (!h->turn)
        return;
    bool waiting = false;
    for (tm_server_call *call = h->conn->calls; call; call = call->next) {
        if (!wants_turn(call))
            continue;
        waiting = true;
        tm_call_forgive(call, now_ms); /* it is we who are slow */
    }
    if (waiting && tm_elapsed(h->turn_ms, now_ms) >= TM_LONG_TURN_MS)
        end_turns(h, now_ms);
}
