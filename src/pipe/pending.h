/* Pending: a verdict that waits until the request's spans have found their place.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_PENDING_H
#define TM_PIPE_PENDING_H

#include "pipe/intake.h"

enum { TM_REASON_BYTES = 512 };

struct tm_pending_reply {
    tm_waiter waiter; /* first: it is found by it */
    tm_pending_reply *next, **back;
    const tm_heap *heap;
    tm_intake *intake;
    tm_loop *loop;
    tm_letter letter;   /* to it: needs no memory, so no client is left without an answer */
    tm_verdict verdict; /* ours */
    unsigned transport;
    uint64_t start_ns; /* when the request had come in, monotonic */
    void (*settled)(const tm_pending_reply *pending);
    void (*done)(void *owner, const tm_verdict *verdict);
    void *owner;
    char reason[TM_REASON_BYTES];
};

/* Held once, and in the list until it is settled, which happens in the thread of the request's
 * loop: settled(it) with the final verdict, and it is gone. NULL when out of memory. */
tm_pending_reply *tm_pending_reply_new(tm_pending_reply **list, const tm_heap *heap,
                                       const tm_intake_request *request,
                                       void (*settled)(const tm_pending_reply *pending));

/* Notes a verdict of our own, which comes before an exporter's that is no worse. In any thread. */
void tm_pending_reply_note(tm_pending_reply *pending, const tm_verdict *verdict);

/* Lets go, when it was noted: it is told when the last part that is on its way has ended. */
void tm_pending_reply_let_go(tm_pending_reply *pending);

/* Frees those that were never settled. When no loop runs any more. */
void tm_pending_replies_free(tm_pending_reply *first);

#endif
