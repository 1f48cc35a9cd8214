/* Unary calls: lists of them, what is left to send, and how they end.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/client/client_inside.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

void tm_unary_push(tm_unary_list *list, tm_unary *call)
{
    assert(!call->in);
    call->in = list;
    call->before = list->last;
    call->after = NULL;
    *(list->last ? &list->last->after : &list->first) = call;
    list->last = call;
    list->n++;
}

void tm_unary_push_front(tm_unary_list *list, tm_unary *call)
{
    assert(!call->in);
    call->in = list;
    call->before = NULL;
    call->after = list->first;
    *(list->first ? &list->first->before : &list->last) = call;
    list->first = call;
    list->n++;
}

void tm_unary_pull(tm_unary *call)
{
    tm_unary_list *list = call->in;
    assert(list);
    *(call->before ? &call->before->after : &list->first) = call->after;
    *(call->after ? &call->after->before : &list->last) = call->before;
    list->n--;
    call->in = NULL;
}

void tm_unary_rewind(tm_unary *call)
{
    call->link = NULL;
    call->stream = 0;
    call->left = call->bytes;
    call->piece = call->at = 0;
    tm_answer_reset(&call->answer);
}

/* The next piece that was not given yet; empty when there is none. */
static tm_text rest(const tm_unary *call, size_t piece, size_t at)
{
    if (piece == 0)
        return tm_text_skip(tm_text_slice(call->head, sizeof call->head), at);
    if (piece <= call->request.piece_count)
        return tm_text_skip(call->request.pieces[piece - 1], at);
    return tm_text_slice("", 0);
}

size_t tm_unary_measure(const tm_unary *call, size_t n)
{
    size_t sum = 0, piece = call->piece, at = call->at;
    for (unsigned i = 0; i < TM_FRAME_PIECES && sum < n && sum < call->left; i++) {
        sum += rest(call, piece, at).n;
        piece++;
        at = 0;
    }
    return sum < n ? sum : n;
}

void tm_unary_give(tm_unary *call, size_t n, tm_out *out)
{
    call->left -= n;
    while (n > 0) {
        tm_text next = rest(call, call->piece, call->at);
        size_t part = n < next.n ? n : next.n;
        tm_out_borrow(out, next.p, part);
        n -= part;
        call->at += part;
        if (part == next.n) {
            call->piece++;
            call->at = 0;
        }
    }
    /* The next frame begins with a byte. */
    while (call->left > 0 && rest(call, call->piece, call->at).n == 0)
        call->piece++;
    call->mark = out->added;
}

bool tm_unary_put_back(tm_unary *call)
{
    if (call->resent)
        return false;
    if (call->in)
        tm_unary_pull(call);
    call->resent = true;
    tm_unary_rewind(call);
    tm_unary_push_front(&call->channel->waiting, call);
    return true;
}

void tm_unary_end(tm_unary *call, tm_call_result result)
{
    tm_channel *channel = call->channel;
    if (call->in)
        tm_unary_pull(call);
    call->link = NULL;
    tm_timer_stop(call->timer);
    call->result = result;
    tm_unary_push(&channel->ended, call);
}

void tm_unary_fail(tm_unary *call, tm_status_code code, bool unprocessed, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(call->why, sizeof call->why, format, args);
    va_end(args);
    tm_unary_end(call, (tm_call_result){.code = code,
                                        .message = tm_text_of(call->why),
                                        .retry_delay_ms = -1,
                                        .transport = true,
                                        .unprocessed = unprocessed,
                                        .again = true});
}

void tm_unary_free(tm_unary *call)
{
    tm_timer_free(call->timer);
    tm_answer_free(&call->answer);
    tm_heap_free(call->channel->options.heap, call);
}

void tm_unary_spare(tm_unary *call)
{
    tm_channel *channel = call->channel;
    if (channel->spare.n < TM_CHANNEL_SPARES)
        tm_unary_push(&channel->spare, call);
    else
        tm_unary_free(call);
}

static void pass_deadline(void *argument)
{
    tm_unary *call = argument;
    tm_channel *channel = call->channel;
    bool sent = call->link;
    char last[TM_WHY_BYTES] = "";
    if (sent)
        tm_link_drop(call->link, call);
    else
        tm_balancer_why(channel, last, sizeof last);
    tm_unary_fail(call, TM_STATUS_DEADLINE_EXCEEDED, !sent, "no %s %.*s within %llu ms%s%s",
                  sent ? "answer from" : "connection to", TM_PRI(channel->authority),
                  (unsigned long long)call->request.timeout_ms, last[0] ? ": " : "", last);
    tm_channel_settle(channel);
}

tm_unary *tm_unary_take(tm_channel *channel)
{
    tm_unary *call = channel->spare.first;
    if (call) {
        tm_unary_pull(call);
        return call;
    }
    call = tm_heap_alloc(channel->options.heap, sizeof *call);
    if (!call)
        return NULL;
    memset(call, 0, sizeof *call);
    call->channel = channel;
    call->timer = tm_timer_new(channel->options.loop, pass_deadline, call);
    tm_answer_init(&call->answer, channel->options.heap);
    if (call->timer)
        return call;
    tm_unary_free(call);
    return NULL;
}
