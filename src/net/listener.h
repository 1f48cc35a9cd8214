/* Listener: what connections know of the port they came in by.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_LISTENER_H
#define TM_NET_LISTENER_H

#include "net/server.h"

#include <pthread.h>
#include <stdatomic.h>

typedef enum tm_listener_stage {
    TM_LISTENER_OPEN,
    TM_LISTENER_DRAINING, /* requests finish, connections close as they can */
    TM_LISTENER_OVER,     /* the grace is over: connections close now */
} tm_listener_stage;

/* Connections by address, so that one peer cannot take them all. Guarded by the listener's lock. */
typedef struct tm_peer_row {
    uint8_t address[16];
    unsigned count; /* 0: a free row */
} tm_peer_row;

struct tm_listener {
    tm_server *server;
    tm_listener *next;           /* of the server's */
    tm_listener_options options; /* with the defaults filled in */
    int fd;
    int spare_fd; /* given up for a moment when there are no others left */
    uint16_t port;
    tm_watch *watch;
    tm_timer *timer;   /* ends a pause of accepting; looks whether all is closed */
    bool keep_headers; /* some service asks for them */
    bool crowded;      /* connections wait, which was told; home thread */
    unsigned turn;     /* where the search for the least loaded worker begins */
    atomic_bool paused;
    _Atomic uint64_t grace_end_ms; /* 0: open */
    _Atomic uint64_t counts[sizeof(tm_listener_counts) / sizeof(uint64_t)];
    pthread_mutex_t lock;
    tm_peer_row *peers;
    size_t peer_rooms; /* a power of two, at least twice the connections that may be open */
    uint64_t seed;     /* of the hash of addresses */
    void (*closed)(void *argument);
    void *closed_argument;
};

/* Index of a number in counts. */
#define TM_LISTENER_INDEX(name) (offsetof(tm_listener_counts, name) / sizeof(uint64_t))

/* One more, or one less, of a number of tm_listener_counts. */
#define tm_listener_tell(listener, name)                                                           \
    atomic_fetch_add_explicit(&(listener)->counts[TM_LISTENER_INDEX(name)], 1, memory_order_relaxed)

static inline bool tm_listener_paused(const tm_listener *listener)
{
    return atomic_load_explicit(&listener->paused, memory_order_relaxed);
}

static inline tm_listener_stage tm_listener_phase(const tm_listener *listener, uint64_t now_ms)
{
    uint64_t end_ms = atomic_load_explicit(&listener->grace_end_ms, memory_order_relaxed);
    return !end_ms ? TM_LISTENER_OPEN : now_ms < end_ms ? TM_LISTENER_DRAINING : TM_LISTENER_OVER;
}

static inline const tm_listener_options *tm_listener_settings(const tm_listener *listener)
{
    return &listener->options;
}

/* A connection from that address has closed; the listener may be gone afterwards. Any thread. */
void tm_listener_lose(tm_listener *listener, const uint8_t address[16]);

/* Frees it at once; its connections are gone. */
void tm_listener_free(tm_listener *listener);

/* The server's side of a connection on its way to a worker. */
typedef struct tm_conn tm_conn;
void tm_server_hand(tm_server *server, tm_conn *conn, unsigned turn);
const tm_heap *tm_server_heap(const tm_server *server);
tm_loop *tm_server_home(const tm_server *server);
void tm_server_nudge(tm_server *server); /* all workers look at their listeners */
void tm_server_add(tm_server *server, tm_listener *listener);
void tm_server_remove(tm_server *server, tm_listener *listener);

#endif
