/* Pending: a reply that waits until its spans have found their place.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_PENDING_H
#define TM_PIPE_PENDING_H

#include "net/server.h"
#include "pipe/partial.h"
#include "pipe/pipeline.h"

enum { TM_REASON_BYTES = 512 };

typedef struct tm_pending_reply {
    tm_waiter waiter; /* first: it is found by it */
    struct tm_pending_reply *next, **back;
    tm_exchange *exchange;
    tm_loop *loop;
    tm_letter letter; /* to it: needs no memory, so no client is left without an answer */
    tm_pipeline **pipelines;
    uint32_t pipeline_count;
    tm_partial partial; /* of a success */
    int http_status;    /* of a refusal; 0: the code's */
    tm_status refusal;  /* ours; OK: none */
    char reason[TM_REASON_BYTES];
} tm_pending_reply;

/* Held once, and in the list until it is answered, which happens in the thread of the exchange's
 * loop. NULL when out of memory. The pipelines outlive it. */
tm_pending_reply *tm_pending_reply_new(tm_pending_reply **list, tm_exchange *exchange,
                                       tm_pipeline **pipelines, uint32_t pipeline_count);

/* Lets go with an answer of our own, which comes before a backend's that is no worse. It is given
 * when the last part that is on its way has ended. */
void tm_pending_reply_refuse(tm_pending_reply *pending, const tm_status *status);

/* Frees those that were never answered. When no loop runs any more. */
void tm_pending_replies_free(tm_pending_reply *first);

#endif
