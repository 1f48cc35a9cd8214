/* Call: the life of an exchange, and its reply.
 * SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* memrchr */
#include "net/server_call.h"

#include "net/listener.h"

#include <assert.h>

enum { SLOW_AFTER_MS = 10000, LEAST_BYTES_A_SECOND = 1024 };

/* ---- lists ---------------------------------------------------------------------------------- */

static void link_call(tm_server_call **list, tm_server_call *call)
{
    call->previous = NULL;
    call->next = *list;
    if (call->next)
        call->next->previous = call;
    *list = call;
}

static void unlink_call(tm_server_call **list, tm_server_call *call)
{
    if (call->next)
        call->next->previous = call->previous;
    if (call->previous)
        call->previous->next = call->next;
    else
        *list = call->next;
}

/* A zeroed call that keeps the blocks of its last use. */
static tm_server_call *fresh_call(tm_worker *worker)
{
    tm_server_call *call = worker->idle_calls;
    if (call) {
        unlink_call(&worker->idle_calls, call);
        tm_bytes head = call->head, headers = call->headers, out = call->out;
        head.n = headers.n = out.n = 0;
        memset(call, 0, sizeof *call);
        call->head = head;
        call->headers = headers;
        call->out = out;
        return call;
    }
    call = tm_heap_alloc(worker->heap, sizeof *call);
    if (!call)
        return NULL;
    memset(call, 0, sizeof *call);
    call->head.heap = call->headers.heap = call->out.heap = worker->heap;
    return call;
}

/* "[::1]:50432" as "::1". */
static tm_text address_of(tm_text peer)
{
    const char *colon = memrchr(peer.p, ':', peer.n);
    if (colon)
        peer.n = (size_t)(colon - peer.p);
    bool brackets = peer.n > 1 && peer.p[0] == '[';
    return brackets ? tm_text_slice(peer.p + 1, peer.n - 2) : peer;
}

tm_server_call *tm_call_new(tm_conn *conn, bool http2)
{
    tm_worker *worker = conn->worker;
    tm_server_call *call = fresh_call(worker);
    if (!call)
        return NULL;
    call->worker = worker;
    call->conn = conn;
    call->http2 = http2;
    call->declared = UINT64_MAX;
    call->body.heap = worker->heap;
    memcpy(call->peer, conn->peer, sizeof call->peer);
    call->exchange.peer = tm_text_of(call->peer);
    call->exchange.address = address_of(call->exchange.peer);
    call->exchange.loop = worker->loop;
    call->exchange.worker = worker->index;
    call->first_ms = call->moved_ms = tm_loop_now_ms(worker->loop);
    conn->active_ms = call->moved_ms;
    link_call(&conn->calls, call);
    return call;
}

void tm_call_free(tm_server_call *call)
{
    tm_call_drop_head(call);
    tm_bytes_free(&call->head);
    tm_bytes_free(&call->headers);
    tm_bytes_free(&call->out);
    tm_call_drop_body(call);
    tm_heap_free(call->worker->heap, call);
}

/* Out of its list already. */
static void retire(tm_server_call *call)
{
    tm_call_drop_body(call);
    tm_call_drop_head(call);
    link_call(&call->worker->idle_calls, call);
}

static void cancel(tm_server_call *call)
{
    tm_exchange *exchange = &call->exchange;
    exchange->cancelled = true;
    tm_listener_tell(call->conn->listener, cancelled);
    void (*gone)(tm_exchange *) = exchange->gone;
    exchange->gone = NULL;
    unlink_call(&call->conn->calls, call);
    call->conn = NULL;
    link_call(&call->worker->orphans, call);
    if (gone)
        gone(exchange);
}

void tm_call_leave(tm_server_call *call)
{
    call->conn->active_ms = tm_loop_now_ms(call->worker->loop);
    if (call->stage == TM_CALL_SERVED) {
        cancel(call);
        return;
    }
    if (call->stage != TM_CALL_ANSWERED)
        tm_listener_tell(call->conn->listener, cancelled);
    unlink_call(&call->conn->calls, call);
    call->conn = NULL;
    if (!call->asked) {
        retire(call);
        return;
    }
    tm_call_drop_body(call);
    link_call(&call->worker->orphans, call);
}

void tm_call_forget(tm_server_call *call)
{
    unlink_call(&call->worker->orphans, call);
    retire(call);
}

/* ---- time ----------------------------------------------------------------------------------- */

static bool is_slow(const tm_server_call *call, uint64_t now_ms)
{
    uint64_t age_ms = tm_elapsed(call->begin_ms, now_ms);
    if (tm_elapsed(call->moved_ms, now_ms) > tm_listener_settings(call->conn->listener)->body_ms)
        return true;
    if (age_ms <= SLOW_AFTER_MS)
        return false;
    return call->body.n < (age_ms - SLOW_AFTER_MS) / 1000 * LEAST_BYTES_A_SECOND;
}

void tm_call_tick(tm_server_call *call, uint64_t now_ms)
{
    uint64_t deadline_ms = call->exchange.deadline_ms;
    switch (call->stage) {
    case TM_CALL_HEAD: /* the protocol's own business */
        break;
    case TM_CALL_REFUSED:
        if (tm_elapsed(call->moved_ms, now_ms) >
            tm_listener_settings(call->conn->listener)->body_ms)
            tm_call_refuse(call);
        break;
    case TM_CALL_BODY:
        if (call->waits)
            tm_call_forgive(call, now_ms); /* it is we who are slow */
        if (deadline_ms && now_ms >= deadline_ms)
            call->conn->protocol->cancel(call);
        else if (tm_elapsed(call->first_ms, now_ms) >
                 tm_listener_settings(call->conn->listener)->request_ms)
            tm_call_fail(call, TM_STATUS_DEADLINE_EXCEEDED, 0, "the request came too slowly");
        else if (is_slow(call, now_ms))
            tm_call_fail(call, TM_STATUS_DEADLINE_EXCEEDED, 0, "the body came too slowly");
        break;
    case TM_CALL_CHECKED: /* its deadline is read when it is routed */
        break;
    case TM_CALL_SERVED:
        if (deadline_ms && now_ms >= deadline_ms)
            call->conn->protocol->cancel(call);
        break;
    case TM_CALL_ANSWERED: /* a window that stays shut */
        if (tm_elapsed(call->moved_ms, now_ms) >
            tm_listener_settings(call->conn->listener)->write_ms)
            call->conn->protocol->cancel(call);
        break;
    }
}

void tm_call_hold(tm_server_call *call)
{
    if (call->conn && !call->http2)
        call->conn->waits = call->waits || call->stage == TM_CALL_CHECKED;
}

void tm_call_forgive(tm_server_call *call, uint64_t now_ms)
{
    call->moved_ms = call->begin_ms = call->first_ms = now_ms;
}

/* ---- answers -------------------------------------------------------------------------------- */

void tm_call_answer(tm_server_call *call, const tm_answer *answer)
{
    assert(call->stage != TM_CALL_ANSWERED);
    tm_conn *conn = call->conn;
    call->stage = TM_CALL_ANSWERED;
    call->moved_ms = conn->active_ms = tm_loop_now_ms(call->worker->loop);
    tm_call_drop_body(call);
    tm_call_hold(call);
    conn->protocol->answer(call, answer); /* may be the call's end */
    tm_conn_touch(conn);
}

static tm_text media_type(tm_body_type type)
{
    return type == TM_BODY_PROTOBUF ? TM_TEXT("application/x-protobuf")
                                    : TM_TEXT("application/json");
}

/* An HTTP error: a google.rpc.Status in the request's encoding (OH-05). */
static void answer_error(tm_server_call *call, tm_answer *answer, const tm_status *status)
{
    tm_bytes body = {.heap = call->worker->heap};
    bool protobuf = call->exchange.type == TM_BODY_PROTOBUF;
    if (!answer->http_status)
        answer->http_status = tm_status_http(status->code);
    answer->retry_after_s = (status->retry_after_ms + 999) / 1000;
    answer->content_type = media_type(call->exchange.type);
    if (!(protobuf ? tm_status_protobuf : tm_status_json)(status, &body))
        body.n = 0; /* out of memory: the HTTP status must do */
    answer->body = tm_bytes_text(&body);
    tm_call_answer(call, answer);
    tm_bytes_free(&body);
}

static void answer_status(tm_server_call *call, tm_answer *answer, const tm_status *status)
{
    if (!call->exchange.grpc) {
        answer_error(call, answer, status);
        return;
    }
    answer->grpc = true;
    answer->status = *status;
    tm_call_answer(call, answer);
}

void tm_call_tell(const tm_server_call *call, tm_refusal why, int status, tm_text reason)
{
    tm_conn_tell(call->conn, &(tm_refused){.why = why,
                                           .grpc = call->exchange.grpc,
                                           .status = status,
                                           .peer = call->exchange.peer,
                                           .reason = reason});
}

/* What an error comes down to that only its code tells. */
static tm_refusal refusal_of(tm_status_code code)
{
    switch (code) {
    case TM_STATUS_RESOURCE_EXHAUSTED:
        return TM_REFUSAL_SIZE;
    case TM_STATUS_DEADLINE_EXCEEDED:
        return TM_REFUSAL_SLOW;
    case TM_STATUS_UNAUTHENTICATED:
        return TM_REFUSAL_AUTH;
    case TM_STATUS_UNAVAILABLE:
        return TM_REFUSAL_BUSY;
    default:
        return TM_REFUSAL_MALFORMED;
    }
}

bool tm_call_fail(tm_server_call *call, tm_status_code code, int http_status, const char *message)
{
    return tm_call_fail_as(call, refusal_of(code), code, http_status, message);
}

bool tm_call_fail_as(tm_server_call *call, tm_refusal why, tm_status_code code, int http_status,
                     const char *message)
{
    tm_status status = {.code = code, .message = tm_text_of(message)};
    tm_answer answer = {
        .http_status = http_status,
        .list_codings = http_status == 415 || code == TM_STATUS_UNIMPLEMENTED,
    };
    int shown = call->exchange.grpc ? (int)code : http_status ? http_status : tm_status_http(code);
    if (code == TM_STATUS_UNAVAILABLE)
        status.retry_after_ms = 1000;
    tm_call_tell(call, why, shown, status.message);
    answer_status(call, &answer, &status);
    return false;
}

static void answer_success(tm_server_call *call, const tm_reply *reply)
{
    tm_answer answer = {
        .grpc = call->exchange.grpc,
        .http_status = reply->http_status ? reply->http_status : 200,
        .body = reply->body,
        .content_type = reply->content_type,
    };
    if (answer.content_type.n == 0)
        answer.content_type = media_type(call->exchange.type);
    if (!answer.grpc && !reply->http_status && reply->body.n == 0 &&
        call->exchange.type == TM_BODY_JSON)
        answer.body = TM_TEXT("{}");
    tm_call_answer(call, &answer);
}

void tm_exchange_reply(tm_exchange *exchange, const tm_reply *reply)
{
    tm_server_call *call = (tm_server_call *)exchange;
    assert(call->stage == TM_CALL_SERVED);
    if (!call->conn) {
        tm_call_forget(call);
        return;
    }
    exchange->gone = NULL;
    if (reply->status.code == TM_STATUS_OK) {
        answer_success(call, reply);
        return;
    }
    tm_answer answer = {.http_status = reply->http_status};
    answer_status(call, &answer, &reply->status);
}
