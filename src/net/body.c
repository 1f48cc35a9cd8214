/* Body: the bytes of a request on their way to a service - framed, capped, decompressed.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/server_call.h"
#include "net/listener.h"
#include "net/reserve.h"

#include <assert.h>
#include <stdio.h>

enum {
    REASON_BYTES = 96,
    PACKED = 8,                /* how many times as large a body usually gets */
    REFUSED_BYTES = 64 * 1024, /* of a refused body before its sender is told at once */
};

/* ---- storage --------------------------------------------------------------------------------- */

void tm_call_drop_body(tm_server_call *call)
{
    tm_reserve_drop(call);
    if (call->worker->landing == call) {
        call->worker->landing = NULL;
        call->worker->left_behind = call->body;
    } else {
        tm_worker_give_block(call->worker, call->body);
    }
    call->body = (tm_bytes){.heap = call->worker->heap};
    call->exchange.body = tm_text_slice("", 0);
}

/* Adds to the body, whose room grows with what has really come. The bytes may stand in that room
 * already, there or further on. False: answered. */
bool tm_call_store(tm_server_call *call, tm_text bytes)
{
    tm_bytes *body = &call->body;
    assert(call->worker->landing != call || body->room - body->n >= bytes.n);
    if (!tm_reserve_room(call, body->n + bytes.n))
        return false;
    if (bytes.p != body->p + body->n)
        memmove(body->p + body->n, bytes.p, bytes.n);
    body->n += bytes.n;
    call->worker->stored_bytes += bytes.n;
    tm_reserve_moved(call);
    return true;
}

/* ---- coming in ------------------------------------------------------------------------------- */

/* `bytes` is how long it would be; 0: nobody knows. */
static bool too_large(tm_server_call *call, size_t bytes)
{
    char reason[REASON_BYTES];
    const char *what = call->exchange.grpc ? "the message" : "the body";
    if (bytes > 0)
        snprintf(reason, sizeof reason, "%s of %zu bytes is over the limit of %zu", what, bytes,
                 call->max_bytes);
    else
        snprintf(reason, sizeof reason, "%s is over the limit of %zu bytes", what, call->max_bytes);
    return tm_call_fail(call, TM_STATUS_RESOURCE_EXHAUSTED, 413, reason);
}

static bool begin_message(tm_server_call *call)
{
    if (++call->messages > 1)
        return tm_call_fail(call, TM_STATUS_INTERNAL, 0, "more than one message in a unary call");
    if (call->frame.compressed && call->coding == TM_CODING_IDENTITY)
        return tm_call_fail(call, TM_STATUS_INTERNAL, 0, "compressed, but no grpc-encoding");
    return call->frame.length <= call->max_bytes || too_large(call, call->frame.length);
}

static bool take_frames(tm_server_call *call, tm_text bytes)
{
    for (tm_text part;;) {
        switch (tm_grpc_next(&call->frame, &bytes, &part)) {
        case TM_GRPC_MORE:
            return true;
        case TM_GRPC_BEGIN:
            if (!begin_message(call))
                return false;
            break;
        case TM_GRPC_PART:
            if (!tm_call_store(call, part))
                return false;
            break;
        case TM_GRPC_BAD:
            return tm_call_fail(call, TM_STATUS_INTERNAL, 0, "malformed frame: bad flag");
        }
    }
}

bool tm_call_data(tm_server_call *call, tm_text bytes)
{
    call->moved_ms = tm_loop_now_ms(call->worker->loop);
    if (call->stage == TM_CALL_CHECKED)
        return tm_call_store(call, bytes); /* a window or a read at most */
    call->exchange.wire_bytes += bytes.n;
    if (call->stage == TM_CALL_REFUSED)
        return call->exchange.wire_bytes <= REFUSED_BYTES || tm_call_refuse(call);
    if (call->exchange.grpc)
        return take_frames(call, bytes);
    if (bytes.n > call->max_bytes - call->body.n)
        return too_large(call, 0);
    if (!tm_call_store(call, bytes))
        return false;
    if (!call->http2)
        tm_reserve_ahead(call);
    return true;
}

/* ---- the end --------------------------------------------------------------------------------- */

static bool check_frames(tm_server_call *call)
{
    if (call->frame.have)
        return tm_call_fail(call, TM_STATUS_INTERNAL, 0, "the message is cut short");
    if (call->messages == 0)
        return tm_call_fail(call, TM_STATUS_INTERNAL, 0, "no message in a unary call");
    return true;
}

/* Replaces the body by what it decompresses to. */
static bool decompress(tm_server_call *call)
{
    tm_bytes packed = call->body;
    size_t packed_charge = call->charged;
    tm_heap reserved;
    call->charged = 0;
    call->body = tm_reserve_unpacked(call, PACKED * packed.n, &reserved);
    tm_inflate_result result = tm_inflate(call->worker->inflater, call->coding,
                                          tm_bytes_text(&packed), call->max_bytes, &call->body);
    call->body.heap = call->worker->heap;
    tm_worker_give_block(call->worker, packed);
    tm_budget_return(tm_server_budget(call->worker->server), TM_PART_RECEIVED, packed_charge);
    bool grpc = call->exchange.grpc;
    switch (result) {
    case TM_INFLATE_OK:
        return true;
    case TM_INFLATE_CORRUPT:
        return tm_call_fail(call, grpc ? TM_STATUS_INTERNAL : TM_STATUS_INVALID_ARGUMENT, 0,
                            "the body cannot be decompressed");
    case TM_INFLATE_TOO_LARGE:
        return too_large(call, 0);
    case TM_INFLATE_MEMORY:
        break;
    }
    return tm_reserve_refuse(call);
}

static void serve(tm_server_call *call)
{
    tm_exchange *exchange = &call->exchange;
    const tm_service *service = exchange->service;
    exchange->body = tm_bytes_text(&call->body);
    call->stage = TM_CALL_SERVED;
    call->worker->served++;
    tm_listener_tell(call->conn->listener, served);
    service->serve(service->owner, exchange);
    /* A call that was answered may be idle by now, but never freed or in use again. */
    if (call->stage == TM_CALL_SERVED && !call->keeps_body)
        tm_call_drop_body(call);
}

void tm_exchange_keep_body(tm_exchange *exchange)
{
    ((tm_server_call *)exchange)->keeps_body = true;
}

void tm_exchange_drop_body(tm_exchange *exchange)
{
    tm_call_drop_body((tm_server_call *)exchange);
}

void tm_call_end(tm_server_call *call)
{
    if (call->stage == TM_CALL_REFUSED) {
        tm_call_refuse(call);
        return;
    }
    if (call->stage == TM_CALL_CHECKED)
        return; /* it is called again */
    assert(call->stage == TM_CALL_BODY);
    tm_reserve_settle(call);
    if (call->exchange.grpc && !check_frames(call))
        return;
    bool packed = call->exchange.grpc ? call->frame.compressed : call->coding != TM_CODING_IDENTITY;
    if (packed && !decompress(call))
        return;
    serve(call);
}
