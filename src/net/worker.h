/* Worker: what a thread of the server has: a loop, connections, and memory that goes round.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_WORKER_H
#define TM_NET_WORKER_H

#include "base/clock.h"
#include "io/inflate.h"
#include "net/http1/http1_head.h"
#include "net/server.h"

#include <stdatomic.h>
#include <sys/queue.h>

typedef struct tm_worker tm_worker;
typedef struct tm_conn tm_conn;
typedef struct tm_server_call tm_server_call;
typedef TAILQ_HEAD(tm_call_list, tm_server_call) tm_call_list;

enum {
    TM_WORKER_INPUT = 64 * 1024,      /* bytes of one read; measured: larger leaves the cache */
    TM_WORKER_SPARES = 64,            /* body blocks kept for the next requests */
    TM_WORKER_SPARE_BYTES = 64 << 20, /* of all of them together */
    TM_WORKER_TICK_MS = 250,          /* how late a timeout may be */
    TM_WORKER_SHAKING = 1024,         /* handshakes under way; for a newer one the oldest ends */
    TM_WORKER_STEPS = 2, /* of handshakes, which take a millisecond each, before others' turn */
};

struct tm_worker {
    tm_server *server;
    tm_loop *loop;
    const tm_heap *heap;
    unsigned index;
    atomic_uint load;         /* connections given to it */
    char *input;              /* what is being read; nothing in it outlives a callback */
    tm_server_call *landing;  /* into whose body it is read instead, or NULL */
    tm_bytes left_behind;     /* that body, when the call is over before all was looked at */
    tm_http1_head *head;      /* likewise: the HTTP/1.1 head being read */
    tm_inflater *inflater;    /* of bodies that are decompressed at once */
    tm_inflater *stepper;     /* of the first of ... */
    tm_call_list unpackers;   /* ... those that take long, */
    tm_server_call *stepping; /* which this is, once begun, */
    tm_timer *unpack;         /* goes on with it */
    tm_conn *conns;
    tm_conn *dirty; /* have something to say that was decided outside of their callbacks */
    TAILQ_HEAD(tm_unread_list, tm_conn) unread;   /* their transports have bytes to be read */
    unsigned unread_turn;                         /* numbers the rounds over them */
    tm_timer *again;                              /* begins the next one */
    TAILQ_HEAD(tm_shaking_list, tm_conn) shaking; /* handshakes under way; oldest first */
    unsigned shaking_count;
    TAILQ_HEAD(tm_step_list, tm_conn) steps; /* those among them that can go on */
    tm_timer *step;                          /* lets some of them do so */
    tm_server_call *orphans;                 /* served, but their connection is gone */
    tm_server_call *idle_calls;              /* for the next requests */
    tm_call_list holders; /* whose bodies come in; longest without progress first */
    tm_call_list waiters; /* those among them that wait for room */
    tm_letter letter;     /* that makes it attend to them, */
    atomic_bool called;   /* and whether it is on its way */
    tm_bytes spares[TM_WORKER_SPARES];
    unsigned spare_count;
    unsigned spare_low; /* least count since the last trim: what nobody needed */
    size_t spare_bytes;
    tm_timer *tick;
    bool ticking;
    unsigned ticks;
    tm_timer *flush;
    uint64_t stored_bytes; /* of bodies, so far, */
    uint64_t served;       /* and how many of them were served */
    char date[32];         /* of HTTP, and the second that it is for */
    uint64_t date_s;
};

/* False when out of memory; tm_worker_close is then still due. */
bool tm_worker_open(tm_worker *worker, tm_server *server, const tm_heap *heap, tm_loop *loop,
                    unsigned index);
void tm_worker_close(tm_worker *worker);

/* A block for a body of about n bytes, empty, perhaps with room from its last use, but none that is
 * much too large: what little bodies keep from others would have no bound. And its way back. */
tm_bytes tm_worker_take_block(tm_worker *worker, size_t n);
void tm_worker_give_block(tm_worker *worker, tm_bytes block);

/* Starts the tick when it stands still. */
void tm_worker_wake(tm_worker *worker);

/* From any thread: the tick comes at once, so that pauses and shutdowns are seen. */
void tm_worker_nudge(tm_worker *worker);

/* The connection is flushed when the loop comes round. */
void tm_worker_flush_later(tm_worker *worker, tm_conn *conn);

/* The connection is read when the loop comes round, although its descriptor may not say so; others
 * get their turn first. */
void tm_worker_read_later(tm_worker *worker, tm_conn *conn);

/* The connection's handshake goes on when it is its turn: a flood of them takes no more than its
 * share of the time. Before that, the oldest ends when there are too many. */
void tm_worker_shake_later(tm_worker *worker, tm_conn *conn);
void tm_worker_forget_shaking(tm_worker *worker, tm_conn *conn); /* it is over, or left */

/* "Sun, 06 Nov 1994 08:49:37 GMT" */
tm_text tm_worker_date(tm_worker *worker);

/* From any thread: the worker looks at who waits for room when its loop comes round. */
void tm_worker_attend(tm_worker *worker);

uint64_t tm_server_pause_ms(const tm_server *server);

tm_budget *tm_server_budget(const tm_server *server);
void tm_server_attend(tm_server *server);              /* all workers */
size_t tm_server_spare_bytes(const tm_server *server); /* that each worker may keep in blocks */

/* Bytes of a head in memory of which more than TM_HEAD_FREE are charged to the whole server: raises
 * *charged, what this head has been charged so far, to what `bytes` take. False when over the
 * server's limit: then nothing more is charged. */
enum { TM_HEAD_FREE = 16 * 1024 };
bool tm_server_charge_head(tm_server *server, size_t bytes, size_t *charged);
void tm_server_discharge_head(tm_server *server, size_t bytes);

#endif
