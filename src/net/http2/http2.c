/* HTTP/2: nghttp2's callbacks on one side, calls on the other.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/http2/http2.h"

#include "net/server_call.h"
#include "net/http2/http2_memory.h"
#include "net/listener.h"

#include <nghttp2/nghttp2.h>

static uint64_t clock_of(const tm_http2 *h)
{
    return tm_loop_now_ms(h->conn->worker->loop);
}

static tm_server_call *call_of(tm_http2 *h, int32_t stream_id)
{
    return nghttp2_session_get_stream_user_data(h->session, stream_id);
}

static int reset(const tm_http2 *h, int32_t stream_id, uint32_t code)
{
    return nghttp2_submit_rst_stream(h->session, NGHTTP2_FLAG_NONE, stream_id, code);
}

void tm_http2_give_up(tm_http2 *h, uint32_t code, const char *why)
{
    if (h->last_goaway)
        return;
    h->last_goaway = h->conn->closing = true;
    if (code == NGHTTP2_ENHANCE_YOUR_CALM)
        tm_listener_tell(h->conn->listener, floods);
    nghttp2_submit_goaway(h->session, NGHTTP2_FLAG_NONE,
                          nghttp2_session_get_last_proc_stream_id(h->session), code,
                          (const uint8_t *)why, strlen(why));
    tm_conn_touch(h->conn);
}

/* What a callback of the receiving side returns: after the end nothing more is looked at. */
static int go_on(const tm_http2 *h)
{
    return h->conn->closing ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

/* ---- coming in ------------------------------------------------------------------------------ */

/* A client may not go back to an id that it has skipped (A25); nghttp2 does not look. */
static void watch_id(tm_http2 *h, int32_t id)
{
    if (id > h->highest_id) {
        if (id > h->highest_id + 2 && id > 1)
            h->gaps[h->gap_count++ % TM_HTTP2_GAPS] = (tm_http2_gap){h->highest_id + 1, id - 1};
        h->highest_id = id;
        return;
    }
    for (unsigned i = 0; i < TM_HTTP2_GAPS; i++)
        if (id >= h->gaps[i].from && id <= h->gaps[i].to)
            tm_http2_give_up(h, NGHTTP2_PROTOCOL_ERROR, "stream id goes backwards");
}

static int begin_frame(nghttp2_session *session, const nghttp2_frame_hd *head, void *argument)
{
    (void)session;
    tm_http2 *h = argument;
    if (head->type == NGHTTP2_HEADERS && head->stream_id % 2 == 1)
        watch_id(h, head->stream_id);
    bool plain = head->type == NGHTTP2_DATA && !(head->flags & NGHTTP2_FLAG_PADDED);
    h->frame_left = plain ? head->length : 0;
    h->frame_call = plain ? call_of(h, head->stream_id) : NULL;
    return go_on(h);
}

static int begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *argument)
{
    tm_http2 *h = argument;
    h->block_ms = clock_of(h);
    h->block_fields = 0;
    h->block_bytes = 0;
    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) {
        tm_server_call *begun = call_of(h, frame->hd.stream_id);
        if (begun)
            begun->message.trailers = true;
        return 0;
    }
    /* nghttp2 refuses requests from when the last GOAWAY is sent, which says that this one, read
     * together with what brought it about, does not count. */
    const bool counts = !h->last_goaway || frame->hd.stream_id <= h->last_id;
    tm_server_call *call = counts ? tm_call_new(h->conn, true) : NULL;
    if (!call) {         /* nothing was done: the client may send it again, as UNAVAILABLE */
        h->block_ms = 0; /* nghttp2 does not tell when the block ends */
        return reset(h, frame->hd.stream_id, NGHTTP2_REFUSED_STREAM) == 0
                   ? 0
                   : NGHTTP2_ERR_CALLBACK_FAILURE;
    }
    call->stream_id = frame->hd.stream_id;
    nghttp2_session_set_stream_user_data(session, call->stream_id, call);
    return 0;
}

static int take_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                       size_t name_n, const uint8_t *value, size_t value_n, uint8_t flags,
                       void *argument)
{
    (void)session, (void)flags;
    tm_http2 *h = argument;
    tm_server_call *call = call_of(h, frame->hd.stream_id);
    tm_text n = tm_text_slice(name, name_n), v = tm_text_slice(value, value_n);
    h->block_bytes += name_n + value_n;
    if (++h->block_fields > TM_HTTP2_FIELDS_FATAL || h->block_bytes > TM_HTTP2_BYTES_FATAL)
        tm_http2_give_up(h, NGHTTP2_ENHANCE_YOUR_CALM, "too many header fields");
    if (h->conn->closing)
        return go_on(h);
    if (!call || call->message.malformed)
        return 0;
    const tm_http2_name which = tm_http2_message_field(&call->message, n, &v);
    if (which == TM_HTTP2_MALFORMED)
        tm_http2_refuse_field(h, call, n);
    else if (call->stage != TM_CALL_HEAD)
        return 0; /* trailers say nothing that we ask */
    else if (which == TM_HTTP2_METHOD)
        tm_call_method(call, v);
    else if (which == TM_HTTP2_PATH)
        tm_call_target(call, v);
    else
        tm_call_field(call, n, v);
    return 0;
}

static int take_data(nghttp2_session *session, uint8_t flags, int32_t stream_id,
                     const uint8_t *data, size_t n, void *argument)
{
    (void)flags;
    tm_http2 *h = argument;
    tm_server_call *call = call_of(h, stream_id);
    h->frame_left -= n < h->frame_left ? n : h->frame_left;
    if (call && tm_http2_check_data(h, call, n) && call->stage <= TM_CALL_BODY &&
        tm_call_data(call, tm_text_slice(data, n))) {
        tm_http2_took(h, call, n);
        return 0;
    }
    nghttp2_session_consume_connection(session, n); /* answered already: its window stays shut */
    if (call)
        tm_http2_ended(h, call);
    return 0;
}

static void end_request(tm_http2 *h, tm_server_call *call)
{
    if (!call || call->ended)
        return;
    call->ended = true;
    tm_http2_ended(h, call);
    if (call->stage <= TM_CALL_BODY)
        tm_call_end(call);
}

static void take_part(tm_http2 *h, const nghttp2_frame *frame)
{
    tm_server_call *call = call_of(h, frame->hd.stream_id);
    const bool end = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;
    if (!call)
        return;
    if (!tm_http2_check_part(h, call, frame->hd.type == NGHTTP2_HEADERS, end)) {
        reset(h, call->stream_id, NGHTTP2_PROTOCOL_ERROR);
        return;
    }
    if (call->stage == TM_CALL_HEAD)
        tm_call_route(call);
    if (end)
        end_request(h, call_of(h, frame->hd.stream_id));
}

static int take_frame(nghttp2_session *session, const nghttp2_frame *frame, void *argument)
{
    (void)session;
    tm_http2 *h = argument;
    bool ack = frame->hd.flags & NGHTTP2_FLAG_ACK;
    switch (frame->hd.type) {
    case NGHTTP2_HEADERS:
        h->block_ms = 0;
        break;
    case NGHTTP2_DATA:
        break;
    case NGHTTP2_SETTINGS:
        h->greeted = true;
        if (!ack && !tm_guard_settings(&h->conn->guard, clock_of(h)))
            tm_http2_give_up(h, NGHTTP2_ENHANCE_YOUR_CALM, "too many SETTINGS");
        return go_on(h);
    case NGHTTP2_PING:
        tm_http2_take_ping(h, ack);
        return go_on(h);
    default:
        return 0;
    }
    take_part(h, frame);
    return 0;
}

static int take_invalid_frame(nghttp2_session *session, const nghttp2_frame *frame, int error,
                              void *argument)
{
    (void)session, (void)frame, (void)error;
    tm_http2 *h = argument;
    if (!tm_guard_reset(&h->conn->guard, clock_of(h)))
        tm_http2_give_up(h, NGHTTP2_ENHANCE_YOUR_CALM, "too many errors");
    return go_on(h);
}

/* ---- going out ------------------------------------------------------------------------------ */

static int see_sent(nghttp2_session *session, const nghttp2_frame *frame, void *argument)
{
    (void)session;
    tm_http2 *h = argument;
    uint8_t type = frame->hd.type;
    if (type == NGHTTP2_RST_STREAM) {
        uint32_t code = frame->rst_stream.error_code;
        if (code != NGHTTP2_NO_ERROR && code != NGHTTP2_CANCEL &&
            !tm_guard_reset(&h->conn->guard, clock_of(h)))
            tm_http2_give_up(h, NGHTTP2_ENHANCE_YOUR_CALM, "too many resets");
    }
    if (type != NGHTTP2_HEADERS && type != NGHTTP2_DATA)
        return 0;
    tm_guard_answered(&h->conn->guard);
    if (!(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
        return 0;
    tm_server_call *call = call_of(h, frame->hd.stream_id);
    if (call && !call->ended) /* GS-23: no need to send the rest */
        reset(h, call->stream_id, NGHTTP2_NO_ERROR);
    return 0;
}

static int see_closed(nghttp2_session *session, int32_t stream_id, uint32_t code, void *argument)
{
    (void)session, (void)code;
    tm_server_call *call = call_of(argument, stream_id);
    if (!call)
        return 0;
    call->ended = true;
    tm_http2_ended(argument, call);
    tm_call_leave(call);
    return 0;
}

static void cancel_call(tm_server_call *call)
{
    tm_http2 *h = call->conn->session;
    reset(h, call->stream_id, NGHTTP2_CANCEL);
    nghttp2_session_set_stream_user_data(h->session, call->stream_id, NULL);
    call->ended = true;
    tm_http2_ended(h, call);
    tm_conn_touch(h->conn);
    tm_call_leave(call);
}

static void resume_call(tm_server_call *call)
{
    tm_http2_took(call->conn->session, call, 0);
    tm_conn_touch(call->conn);
}

/* ---- the protocol --------------------------------------------------------------------------- */

static void take_input(tm_conn *conn, tm_text bytes)
{
    tm_http2 *h = conn->session;
    tm_guard_read(&conn->guard, bytes);
    ssize_t n = nghttp2_session_mem_recv(h->session, (const uint8_t *)bytes.p, bytes.n);
    if (n == NGHTTP2_ERR_FLOODED)
        tm_listener_tell(conn->listener, floods);
    if (n == NGHTTP2_ERR_BAD_CLIENT_MAGIC)
        tm_http2_tell_stranger(conn, bytes);
    if (n < 0)
        conn->closing = true; /* given up, flooded, out of memory, or no HTTP/2 at all */
    else if (!tm_guard_traffic(&conn->guard))
        tm_http2_give_up(h, NGHTTP2_ENHANCE_YOUR_CALM, "more overhead than requests");
}

static void give_output(tm_conn *conn)
{
    tm_http2 *h = conn->session;
    while (conn->out.n < TM_CONN_BACKLOG) {
        const uint8_t *p;
        ssize_t n = nghttp2_session_mem_send(h->session, &p);
        if (n < 0 || !tm_bytes_add(&conn->out, tm_text_slice(p, n > 0 ? (size_t)n : 0)))
            conn->doomed = true;
        if (n <= 0 || conn->doomed)
            break;
    }
    bool over = h->last_goaway ? !conn->calls
                               : !nghttp2_session_want_read(h->session) &&
                                     !nghttp2_session_want_write(h->session);
    if (conn->out.n == 0 && over)
        conn->closing = true;
}

static void end_input(tm_conn *conn)
{
    conn->doomed = true; /* half an HTTP/2 connection is none */
}

static void tick(tm_conn *conn, uint64_t now_ms)
{
    tm_http2 *h = conn->session;
    const tm_listener_options *options = tm_listener_settings(conn->listener);
    uint64_t waiting_ms = h->block_ms ? h->block_ms : h->greeted ? now_ms : conn->begin_ms;
    if (tm_elapsed(waiting_ms, now_ms) > options->header_ms) {
        tm_listener_tell(conn->listener, timeouts);
        conn->doomed = true;
        return;
    }
    tm_http2_life_tick(h, now_ms);
    tm_http2_watch_turns(h, now_ms);
}

static int new_session(tm_http2 *h, nghttp2_session_callbacks *callbacks, nghttp2_option *options)
{
    nghttp2_mem memory = tm_http2_memory(h->conn->worker->heap);
    nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, begin_frame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, take_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, take_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, take_frame);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, take_invalid_frame);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, see_sent);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, see_closed);
    nghttp2_option_set_no_http_messaging(options, 1); /* http2_message.h has what we ask */
    nghttp2_option_set_no_auto_window_update(options, 1);
    nghttp2_option_set_max_outbound_ack(options, 100);
    nghttp2_option_set_stream_reset_rate_limit(options, 200, 20);
    nghttp2_option_set_max_continuations(options, TM_HTTP1_HEAD_MAX >> 14); /* frames of 16 KiB */
    return nghttp2_session_server_new3(&h->session, callbacks, h, options, &memory);
}

/* Not NO_RFC7540_PRIORITIES: nghttp2 would then no longer check PRIORITY frames, nor remember
 * closed streams to tell an error from a late frame. */
static bool greet(tm_http2 *h)
{
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS,
         tm_listener_settings(h->conn->listener)->max_concurrent_streams},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, TM_HTTP2_STREAM_WINDOW},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, TM_HTTP1_HEAD_MAX},
    };
    return nghttp2_submit_settings(h->session, NGHTTP2_FLAG_NONE, settings,
                                   sizeof settings / sizeof *settings) == 0 &&
           nghttp2_session_set_local_window_size(h->session, NGHTTP2_FLAG_NONE, 0,
                                                 TM_HTTP2_CONNECTION_WINDOW) == 0;
}

static void free_session(tm_conn *conn)
{
    tm_http2 *h = conn->session;
    nghttp2_session_del(h->session);
    tm_heap_free(conn->worker->heap, h);
    conn->session = NULL;
}

static bool start(tm_conn *conn)
{
    const tm_heap *heap = conn->worker->heap;
    nghttp2_session_callbacks *callbacks = NULL;
    nghttp2_option *options = NULL;
    tm_http2 *h = tm_heap_alloc(heap, sizeof *h);
    if (!h)
        return false;
    *h = (tm_http2){.conn = conn, .highest_id = -1};
    conn->guard.skip_bytes = NGHTTP2_CLIENT_MAGIC_LEN;
    if (nghttp2_session_callbacks_new(&callbacks) == 0 && nghttp2_option_new(&options) == 0)
        new_session(h, callbacks, options);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_option_del(options);
    conn->session = h;
    tm_http2_life_begin(h);
    if (h->session && greet(h))
        return true;
    free_session(conn);
    return false;
}

const tm_protocol tm_http2_protocol = {
    .start = start,
    .land = tm_http2_land,
    .landed = tm_http2_landed,
    .input = take_input,
    .output = give_output,
    .end_of_input = end_input,
    .tick = tick,
    .drain = tm_http2_drain,
    .answer = tm_http2_answer,
    .go_on = resume_call,
    .cancel = cancel_call,
    .free = free_session,
};
