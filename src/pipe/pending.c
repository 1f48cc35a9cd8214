/* Pending: from the last answer, in whatever thread it came, back to the client's loop.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/pending.h"

static void unlink_pending(tm_pending_reply *p)
{
    *p->back = p->next;
    if (p->next)
        p->next->back = p->back;
}

static void settle(void *argument)
{
    tm_pending_reply *p = argument;
    tm_status_code answer = (tm_status_code)p->waiter.worst;
    if (tm_is_worse(answer, p->verdict.status.code)) {
        p->verdict.why = TM_REFUSAL_EXPORTER;
        p->verdict.http_status = 0;
        p->verdict.status =
            (tm_status){.code = answer, .message = TM_TEXT("the backend did not take the spans")};
    }
    unlink_pending(p);
    p->settled(p);
    tm_heap_free(p->heap, p);
}

static void told(tm_waiter *waiter)
{
    tm_pending_reply *p = (tm_pending_reply *)waiter;
    p->letter = (tm_letter){.call = settle, .argument = p};
    tm_loop_send(p->loop, &p->letter);
}

tm_pending_reply *tm_pending_reply_new(tm_pending_reply **list, const tm_heap *heap,
                                       const tm_intake_request *request,
                                       void (*settled)(const tm_pending_reply *pending))
{
    tm_pending_reply *p = tm_heap_alloc(heap, sizeof *p);
    if (!p)
        return NULL;
    *p = (tm_pending_reply){.next = *list,
                            .back = list,
                            .heap = heap,
                            .loop = request->loop,
                            .transport = request->transport,
                            .settled = settled,
                            .done = request->done,
                            .owner = request->owner};
    tm_waiter_init(&p->waiter, told);
    if (p->next)
        p->next->back = &p->next;
    *list = p;
    return p;
}

void tm_pending_reply_note(tm_pending_reply *p, const tm_verdict *verdict)
{
    const tm_text said = verdict->status.message;
    size_t n = said.n < TM_REASON_BYTES ? said.n : TM_REASON_BYTES;
    if (n)
        memcpy(p->reason, said.p, n);
    p->verdict = *verdict;
    p->verdict.status.message = tm_text_slice(p->reason, n);
}

void tm_pending_reply_let_go(tm_pending_reply *p)
{
    tm_waiter_let_go(&p->waiter, p->verdict.status.code);
}

void tm_pending_replies_free(tm_pending_reply *first)
{
    for (tm_pending_reply *next; first; first = next) {
        next = first->next;
        tm_heap_free(first->heap, first);
    }
}
