/* Client: unary gRPC calls to one endpoint, over HTTP/2 with prior knowledge.
 * A channel connects when the first call needs it, to each address of the endpoint, and again when
 * a connection is lost; calls take the connections in turn, and many share one. Everything happens
 * in the thread of the channel's loop.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_CLIENT_CLIENT_H
#define TM_NET_CLIENT_CLIENT_H

#include "io/coding.h"
#include "net/loop.h"
#include "net/retry.h"
#include "net/status.h"
#include "net/transport.h"

typedef struct tm_channel tm_channel;
typedef struct tm_unary tm_unary; /* a call that is under way */

enum {
    TM_CLIENT_ANSWER_MAX = 4 << 20, /* bytes of an answer, compressed or not (OC-01) */
    TM_CALL_HEADERS_MOST = 32,
};

typedef struct tm_client_header {
    tm_text name; /* any case; a name in "-bin" has its value sent in base64 */
    tm_text value;
} tm_client_header;

/* What became of attempts to connect; valid while it is told. */
typedef struct tm_channel_news {
    const char *why; /* attempts failed: every address tried, and what was wrong with it; or ... */
    tm_text address; /* ... NULL, and this one is connected, ... */
    bool again;      /* ... after attempts had failed */
    unsigned connections; /* that stand now */
} tm_channel_news;

/* Zero means the default in brackets. */
typedef struct tm_channel_options {
    const tm_heap *heap;   /* [libc] */
    const tm_clock *clock; /* [the machine's] */
    tm_loop *loop;
    tm_text endpoint;                /* see tm_target_read */
    tm_text version;                 /* of tamis, for the user agent ["0"] */
    tm_transport_maker transport;    /* [plain] of connections; outlives the channel */
    tm_text authority;               /* [the endpoint's] value of :authority */
    tm_text user_agent;              /* [tamis's] value of user-agent */
    const tm_client_header *headers; /* what gRPC sets itself is left out; copied */
    size_t header_count;
    uint64_t connect_ms;        /* [20000] until the server's SETTINGS are there */
    tm_retry_policy reconnect;  /* [GC-06] pauses between failed attempts */
    uint64_t keepalive_ms;      /* [none] silence while calls are under way, then a PING */
    uint64_t keepalive_wait_ms; /* [20000] for its answer, then the connection counts as lost */
    bool keepalive_idle;        /* PINGs also while no call is under way */
    bool wait_for_ready; /* calls wait for a connection until their deadlines, whatever it takes */
    bool pick_first;     /* one connection to the first address that takes it, not one to each */
    uint64_t lookup_ms;  /* [30000] between two lookups of the target, at least */
    /* May be NULL. Told when attempts to connect have failed, and when a connection stands. It
     * must leave the channel alone. */
    void (*tell)(void *owner, const tm_channel_news *news);
    void *owner;
} tm_channel_options;

/* Connects to nothing yet. NULL with a sentence in `error` when the endpoint or a header is wrong,
 * or when out of memory. */
tm_channel *tm_channel_new(const tm_channel_options *options, char *error, size_t error_bytes);

/* Whether a call may carry it: a name in small letters that gRPC does not set itself. */
bool tm_client_sends(tm_text name, tm_text value);

/* Calls that have not ended end now, CANCELLED, before it returns. Also from within `done`. */
void tm_channel_free(tm_channel *channel);

/* No more calls; those under way go on. closed(owner) comes once, after the last one's end, never
 * before this returns; only tm_channel_free is left to do then. */
void tm_channel_close(tm_channel *channel, void (*closed)(void *owner), void *owner);

/* How a call ended; valid during `done`. */
typedef struct tm_call_result {
    tm_status_code code;
    tm_text message;        /* the server's, decoded, or our own */
    int64_t retry_delay_ms; /* of the server's RetryInfo; -1: there is none */
    tm_text body;           /* the decompressed message; empty unless the code is OK */
    bool transport;         /* no server said so: refused, reset, lost, too late. Worth a retry */
    bool unprocessed;       /* no server has seen the whole request: a new try repeats nothing */
    bool again;             /* a retry makes sense: `transport`, or the code (OC-03) */
} tm_call_result;

typedef struct tm_call_request {
    tm_text path; /* "/package.Service/Method"; a constant, or valid until done */
    /* Besides the channel's, as tm_client_sends wants them, at most TM_CALL_HEADERS_MOST; valid
     * until done. */
    const tm_client_header *headers;
    size_t header_count;
    const tm_text *pieces; /* the message; not copied, pieces and bytes stay until done */
    size_t piece_count;
    tm_coding coding;    /* what the pieces were compressed with, as one message */
    uint64_t timeout_ms; /* all in all, connecting included; 0: none */
    /* Called once, never before tm_channel_call returns, unless that is NULL. It may do anything
     * with the channel. */
    void (*done)(void *owner, const tm_call_result *result);
    void *owner;
} tm_call_request;

/* Begins a call. It waits for a connection and for a free stream, and is sent once more by itself
 * when the server refused to look at it. While the channel pauses between attempts to connect, a
 * call that would not live to the next one ends at once with the last reason, unless
 * wait_for_ready. NULL when out of
 * memory, or after tm_channel_close; the request itself must be below 4 GiB. */
tm_unary *tm_channel_call(tm_channel *channel, const tm_call_request *request);

/* Ends a call before its time; done is not called. Not after done was called. */
void tm_unary_cancel(tm_unary *call);

/* How many connections take calls. From any thread. */
unsigned tm_channel_connections(const tm_channel *channel);

/* How many calls have not ended. */
size_t tm_channel_load(const tm_channel *channel);

#endif
