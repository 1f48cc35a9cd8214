/* HTTP/2 turns: of the bodies on one connection, which one's window is opened wide.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Clients send what they may of all their requests side by side. If all of them may send all, a
 * connection holds many unfinished bodies, and each byte has left the processor's cache before its
 * request is complete. So a stream's window is narrow until it is its turn: the oldest body that
 * does not fit through is opened, and the next one when that has nearly come. A client that does
 * not use its turn (a proxy, behind which somebody is slow) ends this: from then on all windows of
 * its connection are wide. */
#include "net/call.h"
#include "net/http2.h"

#include <nghttp2/nghttp2.h>

enum {
    TM_NEARLY_BYTES = 128 * 1024, /* what is under way while the next client's turn reaches it */
    TM_IDLE_TURN_MS = 250,
};

/* Bytes of the body to come; SIZE_MAX: nobody knows. */
static size_t left_of(const tm_call *call)
{
    if (call->messages)
        return call->frame.left;
    if (call->declared == UINT64_MAX)
        return SIZE_MAX;
    return call->declared > call->exchange.wire_bytes
               ? (size_t)(call->declared - call->exchange.wire_bytes)
               : 0;
}

static void widen(tm_http2 *h, tm_call *call)
{
    call->wide = true;
    nghttp2_session_set_local_window_size(h->session, NGHTTP2_FLAG_NONE, call->stream_id,
                                          TM_HTTP2_WIDE_WINDOW);
    nghttp2_session_consume_stream(h->session, call->stream_id, call->owed);
    call->owed = 0;
}

/* Whether its sender waits, or will, for the window to open. */
static bool wants_turn(const tm_call *call)
{
    return call->stage == TM_CALL_BODY && !call->ended && !call->wide && call->owed &&
           left_of(call) > TM_HTTP2_STREAM_WINDOW - call->owed;
}

static tm_call *oldest_that_wants(const tm_http2 *h)
{
    tm_call *oldest = NULL;
    for (tm_call *call = h->conn->calls; call; call = call->next)
        if (wants_turn(call) && (!oldest || call->stream_id < oldest->stream_id))
            oldest = call;
    return oldest;
}

static void next_turn(tm_http2 *h)
{
    h->turn = oldest_that_wants(h);
    if (h->turn)
        widen(h, h->turn);
}

void tm_http2_took(tm_http2 *h, tm_call *call, size_t n)
{
    nghttp2_session_consume_connection(h->session, n);
    call->owed += n;
    if (call->wide) {
        nghttp2_session_consume_stream(h->session, call->stream_id, call->owed);
        call->owed = 0;
        if (call == h->turn && left_of(call) <= TM_NEARLY_BYTES)
            next_turn(h);
    } else if (h->no_turns) {
        widen(h, call);
    } else if (!h->turn && wants_turn(call)) {
        h->turn = call;
        widen(h, call);
    }
}

void tm_http2_ended(tm_http2 *h, const tm_call *call)
{
    if (call == h->frame_call)
        h->frame_call = NULL;
    if (call == h->turn)
        next_turn(h);
}

void tm_http2_watch_turn(tm_http2 *h, uint64_t now_ms)
{
    if (!h->turn || now_ms - h->turn->moved_ms < TM_IDLE_TURN_MS || !oldest_that_wants(h))
        return;
    h->no_turns = true;
    h->turn = NULL;
    for (tm_call *call = h->conn->calls; call; call = call->next)
        if (call->stage == TM_CALL_BODY && !call->ended && !call->wide)
            widen(h, call);
    tm_conn_touch(h->conn);
}
