/* Bulk: requests that would hold up the loop of their connection, which other threads judge.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Large requests are bulk from the start. Smaller ones become it when they have taken more than a
 * turn of their worker's loop: what was done for them is forgotten and begins anew. From then on
 * requests of that size are bulk, too, until some of them show that they take less. */
#ifndef TM_PIPE_BULK_H
#define TM_PIPE_BULK_H

#include "net/loop.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

enum {
    TM_BULK_BYTES = 1 << 20,      /* of protobuf, from which on it is bulk whatever it takes */
    TM_BULK_TURN_NS = 2 * 1000000 /* of processor time: what others may have to wait */
};

typedef struct tm_exchange tm_exchange;
typedef struct tm_receiver tm_receiver;
typedef struct tm_bulk_request tm_bulk_request;

/* A thread without connections. Outlives the receivers. */
typedef struct tm_bulk_worker {
    tm_loop *loop;
    atomic_uint waiting; /* requests given to it and not ended */
    bool freed;          /* much, which the heap still holds; in its thread */
} tm_bulk_worker;

/* What a receiver has for it. Zero-initialise. */
typedef struct tm_bulk {
    _Atomic size_t least_bytes; /* of protobuf that is bulk; 0: TM_BULK_BYTES */
    LIST_HEAD(tm_bulk_list, tm_bulk_request) * worker; /* those under way, by the worker that has
                                                        * their connection, in its thread */
} tm_bulk;

/* Whether the exchange is bulk by the size of its body. */
bool tm_bulk_is(const tm_receiver *receiver, const tm_exchange *exchange);

/* Gives the exchange to the bulk worker with least to do; its answer comes by itself. False, and it
 * is still the caller's: there is none, or out of memory. */
bool tm_bulk_give(tm_receiver *receiver, tm_exchange *exchange);

/* It has taken more than a turn. */
void tm_bulk_note_long(tm_receiver *receiver, const tm_exchange *exchange);

/* What is under way is never told. When no loop runs any more. */
void tm_bulk_drop(tm_receiver *receiver);

#endif
