/* Session: a link's HTTP/2, on nghttp2.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/client/client_session.h"

#include "net/http2/http2_memory.h"

#include <assert.h>
#include <nghttp2/nghttp2.h>
#include <stdio.h>

enum {
    TM_LINK_FIELDS = 10,            /* at most, of gRPC itself */
    TM_LINK_FRAME_BYTES = 64 << 10, /* of DATA, where the server takes so much */
};

/* ---- what nghttp2 sends ---------------------------------------------------------------------- */

static ssize_t send_bytes(nghttp2_session *session, const uint8_t *p, size_t n, int flags,
                          void *user)
{
    tm_link *link = user;
    (void)session;
    (void)flags;
    size_t taken = tm_out_copy(&link->out, p, n);
    return taken ? (ssize_t)taken : NGHTTP2_ERR_WOULDBLOCK;
}

/* Tells the size of the next DATA frame; send_data fills it. */
static ssize_t size_data(nghttp2_session *session, int32_t stream, uint8_t *buffer, size_t n,
                         uint32_t *flags, nghttp2_data_source *source, void *user)
{
    const tm_unary *call = nghttp2_session_get_stream_user_data(session, stream);
    (void)buffer;
    (void)source;
    (void)user;
    if (!call)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE; /* it has ended meanwhile */
    size_t size = tm_unary_measure(call, n);
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (size == call->left)
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    return (ssize_t)size;
}

static int send_data(nghttp2_session *session, nghttp2_frame *frame, const uint8_t *head, size_t n,
                     nghttp2_data_source *source, void *user)
{
    tm_link *link = user;
    tm_unary *call = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    (void)source;
    if (!call)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    if (!tm_out_has_room(&link->out, TM_FRAME_PIECES + 1))
        return NGHTTP2_ERR_WOULDBLOCK;
    size_t taken = tm_out_copy(&link->out, head, 9);
    assert(taken == 9 && frame->data.padlen == 0);
    tm_unary_give(call, n, &link->out);
    return 0;
}

static ssize_t frame_size(nghttp2_session *session, uint8_t type, int32_t stream,
                          int32_t session_window, int32_t stream_window, uint32_t most, void *user)
{
    ssize_t n = session_window < stream_window ? session_window : stream_window;
    (void)session;
    (void)type;
    (void)stream;
    (void)user;
    if (n > (ssize_t)most)
        n = (ssize_t)most;
    return n < TM_LINK_FRAME_BYTES ? n : TM_LINK_FRAME_BYTES;
}

/* ---- what nghttp2 received ------------------------------------------------------------------- */

/* Nothing of the call is needed any more once it has left the link. */
static void leave(tm_link *link, tm_unary *call)
{
    if (!link->dead && tm_out_holds(&link->out, call->mark) && !tm_out_own(&link->out))
        tm_link_kill(link, "out of memory");
    if (link->dead)
        tm_out_free(&link->out);
    tm_unary_pull(call);
    call->link = NULL;
}

static void reset(tm_link *link, tm_unary *call)
{
    nghttp2_session_set_stream_user_data(link->session, call->stream, NULL);
    nghttp2_submit_rst_stream(link->session, NGHTTP2_FLAG_NONE, call->stream, NGHTTP2_CANCEL);
}

/* The call's answer is complete, or at fault: the stream is of no more use. A server that has
 * answered before it has read everything gets no more. */
static void end_call(tm_link *link, tm_unary *call, bool complete)
{
    tm_call_result result = tm_answer_result(&call->answer, &link->channel->inflater);
    link->answered = true;
    if (!complete || !nghttp2_session_get_stream_local_close(link->session, call->stream))
        reset(link, call);
    else
        nghttp2_session_set_stream_user_data(link->session, call->stream, NULL);
    leave(link, call);
    tm_unary_end(call, result);
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_bytes, const uint8_t *value, size_t value_bytes, uint8_t flags,
                     void *user)
{
    tm_unary *call = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    (void)flags;
    bool last = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;
    if (call && !tm_answer_field(&call->answer, tm_text_slice(name, name_bytes),
                                 tm_text_slice(value, value_bytes), last))
        end_call(user, call, false);
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t stream, const uint8_t *p,
                   size_t n, void *user)
{
    tm_unary *call = nghttp2_session_get_stream_user_data(session, stream);
    (void)flags;
    if (call && !tm_answer_data(&call->answer, tm_text_slice(p, n)))
        end_call(user, call, false);
    return 0;
}

static void take_goaway(tm_link *link, const nghttp2_goaway *goaway)
{
    tm_text debug = tm_text_slice(goaway->opaque_data, goaway->opaque_data_len);
    link->leaving = true;
    snprintf(link->why, sizeof link->why, "the server is going away (%s)",
             nghttp2_http2_strerror(goaway->error_code));
    if (goaway->error_code == NGHTTP2_ENHANCE_YOUR_CALM && tm_text_is(debug, "too_many_pings"))
        link->channel->options.keepalive_ms *= 2;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
    tm_link *link = user;
    switch (frame->hd.type) {
    case NGHTTP2_SETTINGS:
        link->ready = true;
        return 0;
    case NGHTTP2_PING:
        if (frame->hd.flags & NGHTTP2_FLAG_ACK)
            tm_link_feel_pulse(link);
        return 0;
    case NGHTTP2_GOAWAY:
        take_goaway(link, &frame->goaway);
        return 0;
    case NGHTTP2_HEADERS:
    case NGHTTP2_DATA:
        break;
    default:
        return 0;
    }
    tm_unary *call = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    if (call && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
        end_call(link, call, true);
    return 0;
}

static tm_status_code code_of_reset(uint32_t error)
{
    switch (error) {
    case NGHTTP2_REFUSED_STREAM:
        return TM_STATUS_UNAVAILABLE;
    case NGHTTP2_CANCEL:
        return TM_STATUS_CANCELLED;
    case NGHTTP2_ENHANCE_YOUR_CALM:
        return TM_STATUS_RESOURCE_EXHAUSTED;
    case NGHTTP2_INADEQUATE_SECURITY:
        return TM_STATUS_PERMISSION_DENIED;
    default:
        return TM_STATUS_INTERNAL;
    }
}

/* A stream that ends before its answer was reset, or stands above a GOAWAY's last one. */
static int on_close(nghttp2_session *session, int32_t stream, uint32_t error, void *user)
{
    tm_link *link = user;
    tm_unary *call = nghttp2_session_get_stream_user_data(session, stream);
    if (!call)
        return 0;
    bool unprocessed = error == NGHTTP2_REFUSED_STREAM || call->left == call->bytes;
    nghttp2_session_set_stream_user_data(session, stream, NULL);
    leave(link, call);
    if (unprocessed && tm_unary_put_back(call))
        return 0;
    tm_unary_fail(call, code_of_reset(error), unprocessed, "%.*s reset the stream: %s",
                  TM_PRI(link->channel->authority), nghttp2_http2_strerror(error));
    return 0;
}

/* ---- the session ----------------------------------------------------------------------------- */

static nghttp2_session_callbacks *new_callbacks(void)
{
    nghttp2_session_callbacks *c;
    if (nghttp2_session_callbacks_new(&c) != 0)
        return NULL;
    nghttp2_session_callbacks_set_send_callback(c, send_bytes);
    nghttp2_session_callbacks_set_send_data_callback(c, send_data);
    nghttp2_session_callbacks_set_data_source_read_length_callback(c, frame_size);
    nghttp2_session_callbacks_set_on_header_callback(c, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(c, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(c, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(c, on_close);
    return c;
}

bool tm_session_open(tm_link *link)
{
    const tm_heap *heap = link->channel->options.heap;
    size_t fields = TM_LINK_FIELDS + link->channel->field_count + TM_CALL_HEADERS_MOST;
    link->timeout.heap = heap;
    link->fields = tm_heap_alloc(heap, fields * sizeof(nghttp2_nv));
    nghttp2_mem mem = tm_http2_memory(heap);
    nghttp2_session_callbacks *callbacks = new_callbacks();
    if (!callbacks || !link->fields) {
        nghttp2_session_callbacks_del(callbacks);
        return false;
    }
    int failed = nghttp2_session_client_new3(&link->session, callbacks, link, NULL, &mem);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, TM_ANSWER_FIELD_BYTES_MOST},
    };
    return failed == 0 &&
           nghttp2_submit_settings(link->session, NGHTTP2_FLAG_NONE, settings, 2) == 0;
}

void tm_session_close(tm_link *link)
{
    nghttp2_session_del(link->session);
    tm_bytes_free(&link->timeout);
    if (link->fields)
        tm_heap_free(link->channel->options.heap, link->fields);
}

const char *tm_session_take(tm_link *link, tm_text bytes)
{
    ssize_t n = nghttp2_session_mem_recv(link->session, (const uint8_t *)bytes.p, bytes.n);
    return n < 0 ? nghttp2_strerror((int)n) : NULL;
}

const char *tm_session_send(tm_link *link)
{
    int error = nghttp2_session_send(link->session);
    return error ? nghttp2_strerror(error) : NULL;
}

bool tm_session_is_over(const tm_link *link)
{
    return !nghttp2_session_want_read(link->session) && !nghttp2_session_want_write(link->session);
}

bool tm_session_ping(tm_link *link)
{
    return nghttp2_submit_ping(link->session, NGHTTP2_FLAG_NONE, NULL) == 0;
}

void tm_session_goodbye(tm_link *link)
{
    nghttp2_session_terminate_session(link->session, NGHTTP2_NO_ERROR);
}

uint32_t tm_session_most_calls(const tm_link *link)
{
    return nghttp2_session_get_remote_settings(link->session,
                                               NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
}

/* ---- calls ----------------------------------------------------------------------------------- */

/* Adds a field whose texts live as long as the channel or the call, so nghttp2 need not copy. */
static void add_field(nghttp2_nv *fields, size_t *n, tm_text name, tm_text value)
{
    fields[(*n)++] = (nghttp2_nv){
        .name = (uint8_t *)name.p,
        .value = (uint8_t *)value.p,
        .namelen = name.n,
        .valuelen = value.n,
        .flags = NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE,
    };
}

/* The order of GC-01. `timeout` is empty when there is none. */
static size_t write_fields(nghttp2_nv *out, const tm_link *link, const tm_unary *call,
                           tm_text timeout)
{
    const tm_channel *channel = call->channel;
    tm_coding coding = call->request.coding;
    size_t n = 0;
    add_field(out, &n, TM_TEXT(":method"), TM_TEXT("POST"));
    add_field(out, &n, TM_TEXT(":scheme"),
              link->transport->secure ? TM_TEXT("https") : TM_TEXT("http"));
    add_field(out, &n, TM_TEXT(":path"), call->request.path);
    add_field(out, &n, TM_TEXT(":authority"), channel->authority_sent);
    if (timeout.n) {
        add_field(out, &n, TM_TEXT("grpc-timeout"), timeout);
        out[n - 1].flags = NGHTTP2_NV_FLAG_NO_COPY_NAME;
    }
    add_field(out, &n, TM_TEXT("te"), TM_TEXT("trailers"));
    add_field(out, &n, TM_TEXT("content-type"), TM_TEXT("application/grpc"));
    if (coding != TM_CODING_IDENTITY)
        add_field(out, &n, TM_TEXT("grpc-encoding"), tm_text_of(tm_coding_name(coding)));
    add_field(out, &n, TM_TEXT("grpc-accept-encoding"), TM_TEXT("identity,gzip"));
    add_field(out, &n, TM_TEXT("user-agent"), channel->user_agent);
    assert(n <= TM_LINK_FIELDS);
    for (size_t i = 0; i < channel->field_count; i++)
        add_field(out, &n, channel->fields[i].name, channel->fields[i].value);
    for (size_t i = 0; i < call->request.header_count; i++) {
        add_field(out, &n, call->request.headers[i].name, call->request.headers[i].value);
        out[n - 1].flags = NGHTTP2_NV_FLAG_NONE; /* the call may end before they are sent */
    }
    return n;
}

/* What is left of the call's time; what it was given when hardly any has passed, so that the value
 * is the same from call to call and HPACK sends an index. */
static bool write_timeout(tm_link *link, const tm_unary *call)
{
    uint64_t now = tm_loop_now_ms(link->channel->options.loop);
    uint64_t left = call->deadline_ms > now ? call->deadline_ms - now : 1;
    link->timeout.n = 0;
    if (!call->deadline_ms)
        return true;
    if (left + 10 > call->request.timeout_ms)
        left = call->request.timeout_ms;
    return tm_grpc_timeout_add(left, &link->timeout);
}

bool tm_link_begin(tm_link *link, tm_unary *call)
{
    nghttp2_data_provider data = {.read_callback = size_data};
    if (!write_timeout(link, call)) {
        tm_link_kill(link, "out of memory");
        return false;
    }
    size_t n = write_fields(link->fields, link, call, tm_bytes_text(&link->timeout));
    call->stream = nghttp2_submit_request(link->session, NULL, link->fields, n, &data, call);
    if (call->stream < 0) {
        link->leaving = true;
        if (call->stream != NGHTTP2_ERR_STREAM_ID_NOT_AVAILABLE)
            tm_link_kill(link, nghttp2_strerror(call->stream));
        return false;
    }
    call->link = link;
    call->mark = 0;
    tm_unary_push(&link->running, call);
    return true;
}

void tm_link_drop(tm_link *link, tm_unary *call)
{
    if (!link->dead)
        reset(link, call);
    leave(link, call);
}
