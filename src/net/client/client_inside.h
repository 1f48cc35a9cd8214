/* The inside of a channel: its calls, its links, and who moves them.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A call waits in channel->waiting, runs in a link, then stands in channel->ended until its `done`
 * was called; then it is spare. Only tm_channel_settle calls `done`, so nothing below it is ever
 * surprised. */
#ifndef TM_NET_CLIENT_CLIENT_INSIDE_H
#define TM_NET_CLIENT_CLIENT_INSIDE_H

#include "base/target.h"
#include "net/client/client.h"
#include "net/client/client_answer.h"
#include "net/client/client_balancer.h"
#include "net/client/client_out.h"

typedef struct tm_link tm_link;

enum { TM_CHANNEL_SPARES = 64, TM_FRAME_PIECES = 128 };

typedef struct tm_unary_list {
    tm_unary *first, *last;
    size_t n;
} tm_unary_list;

struct tm_unary {
    tm_channel *channel;
    tm_unary_list *in; /* NULL: spare */
    tm_unary *before, *after;
    tm_link *link; /* that it runs in; NULL: none */
    int32_t stream;
    tm_call_request request;
    uint64_t deadline_ms; /* by tm_loop_now_ms; 0: none */
    tm_timer *timer;
    uint8_t head[TM_GRPC_HEAD_BYTES];
    bool resent;    /* has been sent again by itself */
    uint64_t bytes; /* of the head and all pieces */
    uint64_t left;  /* of them, not yet given to the link */
    uint64_t mark;  /* link->out.added when some were given last */
    size_t piece;   /* the next one; 0 is the head */
    size_t at;      /* what of it was given */
    tm_client_answer answer;
    tm_call_result result; /* once it has ended */
    char why[TM_WHY_BYTES];
};

/* A spare call or a new one, in no list. NULL when out of memory. */
tm_unary *tm_unary_take(tm_channel *channel);
void tm_unary_spare(tm_unary *call);
void tm_unary_free(tm_unary *call);

void tm_unary_push(tm_unary_list *list, tm_unary *call); /* at the end */
void tm_unary_push_front(tm_unary_list *list, tm_unary *call);
void tm_unary_pull(tm_unary *call); /* out of its list */

/* Back to the start: nothing sent, nothing answered. */
void tm_unary_rewind(tm_unary *call);

/* How much of it goes into the next frame: at most n bytes in TM_FRAME_PIECES pieces. */
size_t tm_unary_measure(const tm_unary *call, size_t n);

/* Gives the next n bytes to be written; the pieces stay where they are. */
void tm_unary_give(tm_unary *call, size_t n, tm_out *out);

/* Lets it wait again, in front, when no server has seen the whole of it. False the second time. */
bool tm_unary_put_back(tm_unary *call);

/* Ends it: with what the server said, or with what happened on the way. */
void tm_unary_end(tm_unary *call, tm_call_result result);
void tm_unary_fail(tm_unary *call, tm_status_code code, bool unprocessed, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

struct tm_channel {
    tm_channel_options options;
    tm_arena *arena;                /* texts and fields of the channel */
    tm_dial_target target;          /* of the endpoint */
    tm_text authority;              /* of the target, in messages */
    tm_text authority_sent;         /* :authority */
    const tm_client_header *fields; /* that follow those of gRPC itself, in lower case */
    size_t field_count;
    tm_text user_agent;
    tm_unary_list waiting, ended, spare;
    tm_balancer balancer;
    tm_link *leaving; /* those that take no more calls */
    tm_timer *soon;   /* settles from the loop */
    tm_inflater *inflater;
    bool settling, doomed, closing;
    void (*closed)(void *owner);
    void *closed_owner;
};

/* Does what there is to do: connects, sends, buries, and calls `done` of calls that have ended. */
void tm_channel_settle(tm_channel *channel);

/* ---- fields: client_fields.c ----------------------------------------------------------------- */

/* Copies names in lower case, encodes values of "-bin"; leaves out what gRPC sets. False with a
 * sentence in `error`. */
bool tm_client_fields_read(tm_channel *channel, char *error, size_t error_bytes);

/* ---- links: client_link.c -------------------------------------------------------------------- */

/* One HTTP/2 connection. */
struct tm_link {
    tm_channel *channel;
    struct nghttp2_session *session;
    tm_transport *transport;
    tm_watch *watch;
    bool blocked;  /* waits until it can write */
    bool ready;    /* the server's SETTINGS came */
    bool leaving;  /* GOAWAY came, or stream numbers are used up */
    bool dead;     /* `why` says why */
    bool pinged;   /* waits for the answer to a PING */
    bool answered; /* a call */
    tm_address address;
    tm_timer *pulse;
    tm_timer *again;   /* reads what the transport has and its descriptor does not tell of */
    uint64_t heard_ms; /* when something came last */
    tm_unary_list running;
    tm_link *next;
    void *fields;     /* nghttp2's, with room for those of a call */
    tm_bytes timeout; /* of the call that begins */
    tm_out out;
    char why[TM_WHY_BYTES];
    char input[16 * 1024];
};

/* A link over a connected transport, which it takes. NULL when out of memory (it is closed then).
 */
tm_link *tm_link_new(tm_channel *channel, tm_transport *transport, const tm_address *address);

/* Says goodbye and closes; no call runs in it any more. */
void tm_link_free(tm_link *link);

/* May one more call be begun? */
bool tm_link_has_room(const tm_link *link);

/* Begins a call, which is in no list. False: the link is dead or leaving, and the call is as
 * before. */
bool tm_link_begin(tm_link *link, tm_unary *call);

/* Takes the call out, resets its stream, and lets go of its bytes. */
void tm_link_drop(tm_link *link, tm_unary *call);

/* Begins to listen for silence when a first call has begun, or the link is ready. */
void tm_link_watch_pulse(tm_link *link);

/* The answer to its PING is there: listens for the next silence. */
void tm_link_feel_pulse(tm_link *link);

/* Sends what can be sent. */
void tm_link_flush(tm_link *link);

/* Marks it as dead; its calls are the channel's to end. */
void tm_link_kill(tm_link *link, const char *why);

#endif
