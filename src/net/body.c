/* Body: the bytes of a request on their way to a service - framed, capped, decompressed.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/server_call.h"
#include "net/listener.h"
#include "net/reserve.h"

#include <assert.h>
#include <stdio.h>

enum {
    REASON_BYTES = 96,
    PACKED = 8,                       /* how many times as large a body usually gets */
    REFUSED_BYTES = 64 * 1024,        /* of a refused body before its sender is told at once */
    PACKED_AT_ONCE_BYTES = 32 * 1024, /* a larger body is decompressed step by step, ... */
    AT_ONCE_BYTES = 1024 * 1024,      /* ... and one that gets larger than this, too */
    STEP_BYTES = 256 * 1024,          /* that a step reads and writes: a millisecond at most */
};

static void end_unpacking(tm_server_call *call);

/* ---- storage --------------------------------------------------------------------------------- */

void tm_call_drop_body(tm_server_call *call)
{
    if (call->unpacks)
        end_unpacking(call);
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

/* ---- decompression --------------------------------------------------------------------------- */

static void begin_unpacking(tm_server_call *call)
{
    call->begun = true;
    call->packed = call->body;
    call->packed_charge = call->charged;
    call->charged = 0;
    call->body = tm_reserve_unpacked(call, PACKED * call->packed.n, &call->unpacked);
}

/* What came is needed no more. */
static void end_unpacking(tm_server_call *call)
{
    tm_worker *worker = call->worker;
    if (call->unpacks)
        TAILQ_REMOVE(&worker->unpackers, call, unpacking);
    if (worker->stepping == call)
        worker->stepping = NULL;
    call->unpacks = false;
    if (!call->begun)
        return;
    call->begun = false;
    call->body.heap = worker->heap;
    tm_worker_give_block(worker, call->packed);
    call->packed = (tm_bytes){0};
    tm_budget_return(tm_server_budget(worker->server), TM_PART_RECEIVED, call->packed_charge);
    call->packed_charge = 0;
}

/* False: it has been answered. */
static bool take_unpacked(tm_server_call *call, tm_inflate_result result)
{
    bool grpc = call->exchange.grpc;
    end_unpacking(call);
    switch (result) {
    case TM_INFLATE_OK:
        return true;
    case TM_INFLATE_CORRUPT:
        return tm_call_fail(call, grpc ? TM_STATUS_INTERNAL : TM_STATUS_INVALID_ARGUMENT, 0,
                            "the body cannot be decompressed");
    case TM_INFLATE_TOO_LARGE:
        return too_large(call, 0);
    case TM_INFLATE_MEMORY:
    case TM_INFLATE_MORE:
        break;
    }
    return tm_reserve_refuse(call);
}

/* Its next steps are taken by the loop, after those of others before it. */
static void unpack_later(tm_server_call *call)
{
    tm_worker *worker = call->worker;
    if (TAILQ_EMPTY(&worker->unpackers))
        tm_timer_start(worker->unpack, 0);
    call->unpacks = true;
    TAILQ_INSERT_TAIL(&worker->unpackers, call, unpacking);
}

/* Replaces the body by what it decompresses to. False: it has been answered, or takes long. */
static bool unpack(tm_server_call *call)
{
    const size_t most = call->max_bytes < AT_ONCE_BYTES ? call->max_bytes : AT_ONCE_BYTES;
    if (call->body.n > PACKED_AT_ONCE_BYTES) {
        unpack_later(call);
        return false;
    }
    begin_unpacking(call);
    tm_inflate_result result = tm_inflate(call->worker->inflater, call->coding,
                                          tm_bytes_text(&call->packed), most, &call->body);
    if (result != TM_INFLATE_TOO_LARGE || most == call->max_bytes)
        return take_unpacked(call, result);
    call->body.n = 0;
    unpack_later(call);
    return false;
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
    if (packed && !unpack(call))
        return;
    serve(call);
}

void tm_call_unpack_more(void *argument)
{
    tm_worker *worker = argument;
    tm_server_call *call = TAILQ_FIRST(&worker->unpackers);
    if (!call)
        return;
    if (worker->stepping != call) {
        if (!call->begun)
            begin_unpacking(call);
        tm_inflate_begin(worker->stepper, call->coding, tm_bytes_text(&call->packed),
                         call->max_bytes, &call->body);
        worker->stepping = call;
    }
    tm_inflate_result result = tm_inflate_more(worker->stepper, STEP_BYTES);
    if (result != TM_INFLATE_MORE && take_unpacked(call, result))
        serve(call);
    if (!TAILQ_EMPTY(&worker->unpackers))
        tm_timer_start(worker->unpack, 0);
}

void tm_call_forgive_unpackers(tm_worker *worker, uint64_t now_ms)
{
    tm_server_call *call;
    TAILQ_FOREACH(call, &worker->unpackers, unpacking)
    tm_call_forgive(call, now_ms);
}
