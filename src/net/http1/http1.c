/* HTTP/1.1: a state machine between heads, bodies and calls.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/http1/http1.h"

#include "net/server_call.h"
#include "net/http2/http2.h"
#include "net/listener.h"

typedef enum http1_state {
    HEAD,   /* a head comes in */
    LENGTH, /* a body with Content-Length */
    CHUNKS, /* a chunked body */
    WAIT,   /* the service owes the reply */
} http1_state;

typedef struct http1 {
    http1_state state;
    tm_server_call *call;
    tm_bytes in;       /* what came before it could be used */
    size_t seen;       /* of it, in search of the end of the head */
    uint64_t since_ms; /* when the first byte of the head came; 0: none yet */
    uint64_t left;     /* of the body */
    size_t charged;    /* for `in`: of the server's budget of heads */
    tm_http1_chunks chunks;
    int minor;
    bool keep_alive;
    bool again;      /* not the connection's first request */
    bool empty_line; /* one before the request line has been let pass */
    bool bare;       /* the answer has no body: HEAD */
} http1;

/* ---- answers -------------------------------------------------------------------------------- */

/* Adds the whole answer to what is to be written; `call` is NULL when no call was made. */
static void write_answer(tm_conn *conn, const tm_server_call *call, const tm_answer *answer)
{
    http1 *h = conn->session;
    tm_http1_form form = {.bare = h->bare, .keep_alive = h->keep_alive, .minor = h->minor};
    if (!tm_http1_write(conn, call, answer, form))
        conn->doomed = true;
}

/* The next request may come, or the connection closes. */
static void end_exchange(tm_conn *conn)
{
    http1 *h = conn->session;
    h->state = HEAD;
    h->call = NULL;
    h->again = true;
    h->since_ms = 0;
    h->seen = 0;
    h->empty_line = false;
    conn->hold = false;
    if (!h->keep_alive)
        conn->closing = true;
}

static void answer_call(tm_server_call *call, const tm_answer *answer)
{
    tm_conn *conn = call->conn;
    http1 *h = conn->session;
    if (!call->ended || tm_listener_phase(conn->listener, 0) != TM_LISTENER_OPEN)
        h->keep_alive = false; /* OH-13: what still comes of the body is drained and thrown away */
    write_answer(conn, call, answer);
    end_exchange(conn);
    tm_call_leave(call);
}

static void resume_call(tm_server_call *call)
{
    tm_conn_touch(call->conn);
}

/* The deadline passed, or the body came too slowly to be answered. */
static void cancel_call(tm_server_call *call)
{
    call->conn->doomed = true;
    tm_conn_touch(call->conn);
}

static tm_refusal refusal_of(int http_status)
{
    return http_status == 431   ? TM_REFUSAL_HEADERS
           : http_status == 408 ? TM_REFUSAL_SLOW
           : http_status == 503 ? TM_REFUSAL_BUSY
                                : TM_REFUSAL_MALFORMED;
}

/* A request that no call was made of. */
static void refuse(tm_conn *conn, int http_status, const char *reason)
{
    http1 *h = conn->session;
    tm_bytes body = {.heap = conn->worker->heap};
    bool later = http_status == 503;
    tm_status status = {.code = later ? TM_STATUS_UNAVAILABLE : TM_STATUS_INVALID_ARGUMENT,
                        .message = tm_text_of(reason),
                        .retry_after_ms = later ? 1000 : 0};
    tm_status_json(&status, &body);
    tm_answer answer = {
        .http_status = http_status,
        .content_type = TM_TEXT("application/json"),
        .body = tm_bytes_text(&body),
        .retry_after_s = later,
    };
    tm_conn_tell(conn, &(tm_refused){.why = refusal_of(http_status),
                                     .status = http_status,
                                     .peer = tm_text_of(conn->peer),
                                     .reason = status.message});
    h->keep_alive = h->bare = false;
    write_answer(conn, NULL, &answer);
    end_exchange(conn);
    tm_bytes_free(&body);
}

/* ---- requests ------------------------------------------------------------------------------- */

static void fill_call(tm_server_call *call, const tm_http1_head *head)
{
    size_t n = head->query.p > head->path.p ? (size_t)(head->query.p + head->query.n - head->path.p)
                                            : head->path.n;
    tm_call_method(call, head->method);
    tm_call_target(call, tm_text_slice(head->path.p, n));
    for (size_t i = 0; i < head->field_count; i++)
        tm_call_field(call, head->fields[i].name, head->fields[i].value);
}

static void end_body(http1 *h)
{
    tm_server_call *call = h->call;
    h->state = WAIT;
    call->ended = true;
    call->conn->hold = true;
    tm_call_end(call); /* which may answer: then the state is HEAD again and nothing is held */
}

static void begin_request(tm_conn *conn, const tm_http1_head *head, bool more)
{
    http1 *h = conn->session;
    bool body = head->chunked || head->length > 0;
    tm_server_call *call = h->call = tm_call_new(conn, false);
    if (!call) {
        refuse(conn, 503, "out of memory");
        return;
    }
    h->minor = head->minor;
    h->keep_alive = head->keep_alive && !tm_listener_settings(conn->listener)->one_request;
    h->bare = tm_text_is(head->method, "HEAD");
    h->left = head->length;
    h->chunks = (tm_http1_chunks){.state = 0};
    call->ended = !body;
    call->first_ms = h->since_ms;
    fill_call(call, head);
    if (!tm_call_route(call) && call->stage != TM_CALL_CHECKED)
        return;
    if (!body) {
        end_body(h);
        return;
    }
    h->state = head->chunked ? CHUNKS : LENGTH;
    if (head->expect_continue && !more &&
        !tm_bytes_add(&conn->out, TM_TEXT("HTTP/1.1 100 Continue\r\n\r\n")))
        conn->doomed = true;
}

static bool skip_empty_line(http1 *h, tm_text *bytes)
{
    if (h->empty_line || !tm_text_starts(*bytes, TM_TEXT("\r\n")))
        return false;
    h->empty_line = true;
    h->seen = 0;
    *bytes = tm_text_skip(*bytes, 2);
    return true;
}

/* Takes a head off the front of *bytes. False when it is not complete. */
static bool take_head(tm_conn *conn, tm_text *bytes)
{
    http1 *h = conn->session;
    if (skip_empty_line(h, bytes))
        return bytes->n > 0;
    if (tm_conn_speaks_tls(*bytes)) {
        refuse(conn, 400, TM_CONN_TLS);
        return false;
    }
    ptrdiff_t n = tm_http1_head_find(*bytes, &h->seen);
    if (!h->since_ms)
        h->since_ms = tm_loop_now_ms(conn->worker->loop);
    if (n < 0 || (n == 0 && bytes->n <= TM_HTTP1_HEAD_MAX)) {
        if (n < 0)
            refuse(conn, 400, "a line ends in a bare LF");
        return false;
    }
    if (n == 0 || n > TM_HTTP1_HEAD_MAX) {
        refuse(conn, 431, "the head is over the limit of 1 MiB");
        return false;
    }
    tm_text text = tm_text_slice(bytes->p, (size_t)n);
    if (!h->again && tm_text_equal(text, TM_HTTP2_PREFACE)) {
        tm_bytes in = h->in; /* *bytes may lie in it */
        h->in = (tm_bytes){.heap = in.heap};
        tm_conn_switch(conn, &tm_http2_protocol, *bytes);
        tm_bytes_free(&in);
        return false;
    }
    tm_http1_fault fault = tm_http1_head_read(text, conn->worker->head);
    *bytes = tm_text_skip(*bytes, (size_t)n);
    if (fault.status)
        refuse(conn, fault.status, fault.reason);
    else
        begin_request(conn, conn->worker->head, bytes->n > 0);
    return true;
}

static bool take_length(http1 *h, tm_text *bytes)
{
    size_t n = bytes->n < h->left ? bytes->n : (size_t)h->left;
    tm_text part = tm_text_slice(bytes->p, n);
    *bytes = tm_text_skip(*bytes, n);
    h->left -= n;
    if (h->left == 0)
        h->call->ended = true;
    if (tm_call_data(h->call, part) && h->left == 0)
        end_body(h);
    return true;
}

static bool take_chunks(http1 *h, tm_text *bytes)
{
    tm_text part;
    switch (tm_http1_chunk_next(&h->chunks, bytes, &part)) {
    case TM_HTTP1_MORE:
        return false;
    case TM_HTTP1_PART:
        tm_call_data(h->call, part);
        return true;
    case TM_HTTP1_DONE:
        end_body(h);
        return true;
    case TM_HTTP1_BAD:
        break;
    }
    tm_call_fail(h->call, TM_STATUS_INVALID_ARGUMENT, 400, "malformed chunk");
    return false;
}

/* One step on. False when more bytes, or the reply, must come first. */
static bool step(tm_conn *conn, tm_text *bytes)
{
    http1 *h = conn->session;
    if (bytes->n == 0 || conn->closing || conn->doomed)
        return false;
    switch (h->state) {
    case HEAD:
        return take_head(conn, bytes);
    case LENGTH:
        return take_length(h, bytes);
    case CHUNKS:
        return take_chunks(h, bytes);
    case WAIT:
        break;
    }
    return false;
}

/* Large heads that wait for their rest count, and their blocks do not stay. */
static void settle_input(tm_conn *conn)
{
    http1 *h = conn->session;
    tm_server *server = conn->worker->server;
    if (h->in.n <= TM_HEAD_FREE) {
        tm_server_discharge_head(server, h->charged);
        h->charged = 0;
        if (h->in.n == 0 && h->in.room > TM_HEAD_FREE)
            tm_bytes_free(&h->in);
    } else if (!tm_server_charge_head(server, h->in.n, &h->charged) && h->state == HEAD) {
        refuse(conn, 503, "no room for the headers at present");
    }
}

static void take_input(tm_conn *conn, tm_text bytes)
{
    http1 *h = conn->session;
    size_t stored = h->in.n;
    if (stored && !tm_bytes_add(&h->in, bytes)) {
        conn->doomed = true;
        return;
    }
    if (stored)
        bytes = tm_bytes_text(&h->in);
    size_t n = bytes.n;
    while (step(conn, &bytes))
        ;
    if (conn->protocol != &tm_http1_protocol || conn->closing || conn->doomed)
        return; /* switched, or the rest is of no use */
    if (stored)
        tm_bytes_skip(&h->in, n - bytes.n);
    else if (!tm_bytes_add(&h->in, bytes))
        conn->doomed = true;
    settle_input(conn);
}

/* ---- the rest of the protocol --------------------------------------------------------------- */

static void give_output(tm_conn *conn)
{
    (void)conn; /* answers are written as they are made */
}

/* The client has nothing more to say, but may still wait for its answer. */
static void end_input(tm_conn *conn)
{
    http1 *h = conn->session;
    if (h->state != WAIT) {
        conn->doomed = true;
        return;
    }
    h->keep_alive = false;
    conn->hold = true;
}

static void tick(tm_conn *conn, uint64_t now_ms)
{
    http1 *h = conn->session;
    const tm_listener_options *options = tm_listener_settings(conn->listener);
    if (h->state != HEAD)
        return;
    bool fresh = !h->again && !h->since_ms;
    uint64_t since_ms = fresh ? conn->begin_ms : h->since_ms ? h->since_ms : conn->active_ms;
    uint64_t limit_ms = fresh || h->since_ms ? options->header_ms : options->idle_ms;
    if (tm_elapsed(since_ms, now_ms) <= limit_ms)
        return;
    tm_listener_tell(conn->listener, timeouts);
    if (h->since_ms)
        refuse(conn, 408, "the head came too slowly");
    else
        conn->closing = true;
}

static void drain(tm_conn *conn)
{
    http1 *h = conn->session;
    if (!h->call && !h->since_ms)
        conn->closing = true;
    h->keep_alive = false;
}

static bool start(tm_conn *conn)
{
    http1 *h = tm_heap_alloc(conn->worker->heap, sizeof *h);
    if (!h)
        return false;
    *h = (http1){.in.heap = conn->worker->heap};
    conn->session = h;
    return true;
}

static void free_session(tm_conn *conn)
{
    http1 *h = conn->session;
    tm_server_discharge_head(conn->worker->server, h->charged);
    tm_bytes_free(&h->in);
    tm_heap_free(conn->worker->heap, h);
    conn->session = NULL;
}

const tm_protocol tm_http1_protocol = {
    .start = start,
    .input = take_input,
    .output = give_output,
    .end_of_input = end_input,
    .tick = tick,
    .drain = drain,
    .answer = answer_call,
    .go_on = resume_call,
    .cancel = cancel_call,
    .free = free_session,
};
