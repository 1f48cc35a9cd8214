/* HTTP/2 landing: the socket is read to where the bytes belong.
 * SPDX-License-Identifier: Apache-2.0
 *
 * In the middle of a large message most of what comes next is more of it, in DATA frames of the
 * largest size. So the payloads are read into the message's body at once, and the frames' heads
 * beside it. A guess that fails costs a copy and no more: a frame may be shorter than was guessed
 * but never longer, so whatever belongs to the body then moves towards its front, and never over
 * bytes that were not looked at yet. */
#include "net/server_call.h"
#include "net/http2/http2.h"
#include "net/reserve.h"

enum {
    TM_FRAME_HEAD = 9,
    TM_FRAME_PAYLOAD = 16384, /* SETTINGS_MAX_FRAME_SIZE, which we leave at its default */
    TM_LANDING_LEAST = 4096,  /* below it a copy is cheaper */
};

/* The call whose message the frame that is being read belongs to, or NULL. */
static tm_server_call *landing_call(const tm_http2 *h)
{
    tm_server_call *call = h->frame_call;
    if (!call || call->stage != TM_CALL_BODY || !call->exchange.grpc || call->frame.have == 0 ||
        call->frame.left < TM_LANDING_LEAST || call->body.room == 0)
        return NULL;
    return call;
}

unsigned tm_http2_land(tm_conn *conn, struct iovec *part)
{
    tm_http2 *h = conn->session;
    tm_worker *worker = conn->worker;
    tm_server_call *call = h->frame_left ? landing_call(h) : NULL;
    size_t room = TM_WORKER_INPUT;
    size_t ahead = call ? call->frame.left : 0;
    if (ahead > room)
        ahead = room;
    if (!call || !tm_reserve_try(call, call->body.n + ahead))
        return 0;
    char *at = call->body.p + call->body.n, *head = worker->input;
    size_t payload = h->frame_left;
    unsigned n = 0;
    while (ahead && n + 3 <= TM_CONN_PARTS) {
        size_t turn = payload < ahead ? payload : ahead;
        part[n++] = (struct iovec){at, turn};
        at += turn;
        ahead -= turn;
        room -= turn;
        part[n++] = (struct iovec){head, TM_FRAME_HEAD};
        head += TM_FRAME_HEAD;
        payload = TM_FRAME_PAYLOAD;
    }
    /* What follows the message, its own head included. */
    part[n - 1].iov_len = room;
    worker->landing = call;
    return n;
}

void tm_http2_landed(tm_conn *conn)
{
    tm_worker *worker = conn->worker;
    worker->landing = NULL;
    tm_worker_give_block(worker, worker->left_behind);
    worker->left_behind = (tm_bytes){0};
}
