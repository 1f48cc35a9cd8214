/* Visitor: a client whose answer waits until its spans have found their place.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_VISITOR_H
#define TM_PIPE_VISITOR_H

#include "net/server.h"
#include "pipe/partial.h"
#include "pipe/pipeline.h"

enum { TM_REASON_BYTES = 512 };

typedef struct tm_visitor {
    tm_waiter waiter; /* first: it is found by it */
    struct tm_visitor *next, **back;
    tm_exchange *exchange;
    tm_loop *loop;
    tm_pipeline **pipelines;
    uint32_t pipeline_count;
    tm_partial partial; /* of a success */
    int http_status;    /* of a refusal; 0: the code's */
    tm_status refusal;  /* ours, which comes before any of the backends'; OK: none */
    char reason[TM_REASON_BYTES];
} tm_visitor;

/* Held once, and in the list until it is answered, which happens in the thread of the exchange's
 * loop. NULL when out of memory. The pipelines outlive it. */
tm_visitor *tm_visitor_new(tm_visitor **list, tm_exchange *exchange, tm_pipeline **pipelines,
                           uint32_t pipeline_count);

/* Lets go with an answer of our own. Parts may be on their way: it is told when the last of them
 * has ended. */
void tm_visitor_refuse(tm_visitor *visitor, const tm_status *status);

/* Frees those that were never answered. When no loop runs any more. */
void tm_visitors_free(tm_visitor *first);

#endif
