/* Pending: from the last answer, in whatever thread it came, back to the client's loop.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/pending.h"

static void unlink_pending(tm_pending_reply *v)
{
    *v->back = v->next;
    if (v->next)
        v->next->back = v->back;
}

static void answer(void *argument)
{
    tm_pending_reply *v = argument;
    tm_status status = v->refusal;
    if (tm_is_worse((tm_status_code)v->waiter.worst, status.code))
        status = (tm_status){.code = (tm_status_code)v->waiter.worst,
                             .message = TM_TEXT("the backend did not take the spans")};
    unlink_pending(v);
    tm_reply reply = {.status = status, .http_status = v->http_status};
    char room[TM_PARTIAL_BODY_BYTES];
    if (status.code == TM_STATUS_OK)
        reply = tm_partial_reply(&v->partial, v->exchange, room);
    tm_exchange_reply(v->exchange, &reply);
    tm_heap_free(NULL, v);
}

static void told(tm_waiter *waiter)
{
    tm_pending_reply *v = (tm_pending_reply *)waiter;
    v->letter = (tm_letter){.call = answer, .argument = v};
    tm_loop_send(v->loop, &v->letter);
}

static void gone(tm_exchange *exchange)
{
    tm_pending_reply *v = exchange->note;
    for (uint32_t i = 0; i < v->pipeline_count; i++)
        tm_pipeline_forget(v->pipelines[i], &v->waiter);
}

tm_pending_reply *tm_pending_reply_new(tm_pending_reply **list, tm_exchange *exchange,
                                       tm_pipeline **pipelines, uint32_t pipeline_count)
{
    tm_pending_reply *v = tm_heap_alloc(NULL, sizeof *v);
    if (!v)
        return NULL;
    *v = (tm_pending_reply){.next = *list,
                            .back = list,
                            .exchange = exchange,
                            .loop = exchange->loop,
                            .pipelines = pipelines,
                            .pipeline_count = pipeline_count};
    tm_waiter_init(&v->waiter, told);
    if (v->next)
        v->next->back = &v->next;
    *list = v;
    exchange->note = v;
    exchange->gone = gone;
    return v;
}

void tm_pending_reply_refuse(tm_pending_reply *v, const tm_status *status)
{
    size_t n = status->message.n < TM_REASON_BYTES ? status->message.n : TM_REASON_BYTES;
    memcpy(v->reason, status->message.p, n);
    v->refusal = *status;
    v->refusal.message = tm_text_slice(v->reason, n);
    tm_waiter_let_go(&v->waiter, status->code);
}

void tm_pending_replies_free(tm_pending_reply *first)
{
    for (tm_pending_reply *next; first; first = next) {
        next = first->next;
        tm_heap_free(NULL, first);
    }
}
