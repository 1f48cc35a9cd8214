/* Visitor: from the last answer, in whatever thread it came, back to the client's loop.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/visitor.h"

static void unlink_visitor(tm_visitor *v)
{
    *v->back = v->next;
    if (v->next)
        v->next->back = v->back;
}

static void answer(void *argument)
{
    tm_visitor *v = argument;
    tm_status status = v->refusal;
    if (status.code == TM_STATUS_OK && v->waiter.worst != TM_STATUS_OK)
        status = (tm_status){.code = (tm_status_code)v->waiter.worst,
                             .message = TM_TEXT("the backend did not take the spans")};
    unlink_visitor(v);
    tm_reply reply = {.status = status, .http_status = v->http_status};
    char room[TM_PARTIAL_BODY_BYTES];
    if (status.code == TM_STATUS_OK)
        reply = tm_partial_reply(&v->partial, v->exchange, room);
    tm_exchange_reply(v->exchange, &reply);
    tm_heap_free(NULL, v);
}

static void told(tm_waiter *waiter)
{
    tm_visitor *v = (tm_visitor *)waiter;
    tm_loop_post(v->loop, answer, v);
}

static void stop_waiting(tm_visitor *v)
{
    for (uint32_t i = 0; i < v->pipeline_count; i++)
        tm_pipeline_forget(v->pipelines[i], &v->waiter);
}

static void gone(tm_exchange *exchange)
{
    stop_waiting(exchange->note);
}

tm_visitor *tm_visitor_new(tm_visitor **list, tm_exchange *exchange, tm_pipeline **pipelines,
                           uint32_t pipeline_count)
{
    tm_visitor *v = tm_heap_alloc(NULL, sizeof *v);
    if (!v)
        return NULL;
    *v = (tm_visitor){.next = *list,
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

void tm_visitor_refuse(tm_visitor *v, const tm_status *status)
{
    size_t n = status->message.n < TM_REASON_BYTES ? status->message.n : TM_REASON_BYTES;
    memcpy(v->reason, status->message.p, n);
    v->refusal = *status;
    v->refusal.message = tm_text_slice(v->reason, n);
    stop_waiting(v);
    tm_waiter_let_go(&v->waiter, status->code);
}

void tm_visitors_free(tm_visitor *first)
{
    for (tm_visitor *next; first; first = next) {
        next = first->next;
        tm_heap_free(NULL, first);
    }
}
