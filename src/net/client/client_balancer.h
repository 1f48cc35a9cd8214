/* Balancer: the addresses of a channel's target, and which connection a call takes.
 * SPDX-License-Identifier: Apache-2.0
 *
 * round_robin has a subchannel for each address that was found and gives calls to those that are
 * connected in turn; otherwise one subchannel tries the addresses in order. What was found is asked
 * for anew when a connection is lost or cannot be made. */
#ifndef TM_NET_CLIENT_CLIENT_BALANCER_H
#define TM_NET_CLIENT_CLIENT_BALANCER_H

#include "base/clock.h"
#include "net/client/client_dial.h"
#include "net/retry.h"

#include <stdatomic.h>

struct tm_channel;
struct tm_link;
struct tm_unary;

enum { TM_WHY_BYTES = 512 };

typedef enum tm_subchannel_state {
    TM_SUBCHANNEL_IDLE,     /* no connection, and none on its way */
    TM_SUBCHANNEL_DIALING,  /* until a socket is connected */
    TM_SUBCHANNEL_GREETING, /* until the server's SETTINGS */
    TM_SUBCHANNEL_READY,
    TM_SUBCHANNEL_RESTING, /* between two attempts */
} tm_subchannel_state;

/* One connection at a time to one of its addresses. */
typedef struct tm_subchannel {
    struct tm_channel *channel;
    tm_subchannel_state state;
    tm_address *address; /* in the order in which they are tried */
    size_t count;
    struct tm_link *link; /* GREETING, READY */
    tm_dial *dial;        /* DIALING */
    tm_timer *clock;      /* ends DIALING, GREETING and RESTING */
    tm_retry backoff;
    uint64_t rest_ms;       /* when RESTING ends, by tm_loop_now_ms */
    unsigned barren;        /* connections in a row that were lost before any answer */
    bool down;              /* an attempt has failed since it was READY */
    bool untold;            /* ... of which nobody was told */
    char why[TM_WHY_BYTES]; /* the last attempt failed, with addresses */
} tm_subchannel;

typedef struct tm_balancer {
    tm_subchannel *sub[TM_ADDRESSES_MOST];
    size_t subs;
    size_t turn;       /* where the search for the next call's connection begins */
    bool active;       /* there was a call: connections are kept up from now on */
    bool fixed;        /* the target needs no lookup */
    tm_lookup *lookup; /* under way */
    tm_timer *again;   /* begins the next one */
    bool asked;        /* ... which somebody waits for */
    tm_timer *soon;    /* tells of failures although other attempts are still under way */
    bool telling;      /* ... and runs */
    uint64_t look_ms;  /* when it may begin at the earliest, by tm_loop_now_ms */
    tm_retry backoff;  /* of lookups that fail */
    bool down;         /* a lookup failed, and nothing has connected since */
    bool untold;       /* ... of which nobody was told */
    char why[400];     /* the last lookup failed; empty: it did not */
    atomic_uint ready; /* subchannels that are READY; for any thread to read */
} tm_balancer;

/* False when out of memory; tm_balancer_reset is then still due. */
bool tm_balancer_init(struct tm_channel *channel);
void tm_balancer_reset(struct tm_channel *channel);

/* Cancels what is under way and retires all links. */
void tm_balancer_stop(struct tm_channel *channel);

/* Moves everything on by a step: lookups, connections, calls that wait. */
void tm_balancer_advance(struct tm_channel *channel);

/* Asks for a new lookup, as soon as one may be. */
void tm_balancer_look(struct tm_channel *channel);

/* Why there is no connection: every address that was tried, and what was wrong with it. */
void tm_balancer_why(const struct tm_channel *channel, char *out, size_t room);

/* Ends a call that waits and has no deadline, or one before the next attempt, while there is none
 * under way. */
void tm_balancer_admit(struct tm_channel *channel, struct tm_unary *call);

/* Tells what has failed since, soon when other attempts are still under way; else at once, and
 * admits the calls that wait anew. */
void tm_balancer_tell(struct tm_channel *channel);

/* ---- subchannels: client_subchannel.c -------------------------------------------------------- */

/* A new one; the addresses are copied. NULL when out of memory. */
tm_subchannel *tm_subchannel_new(struct tm_channel *channel, const tm_address *addresses,
                                 size_t count);

/* Its calls end with its link, which is retired. */
void tm_subchannel_free(tm_subchannel *sub);

/* Other addresses for the old ones: a connection to one that is not among them is retired. */
void tm_subchannel_readdress(tm_subchannel *sub, const tm_address *addresses, size_t count);

/* Moves on: greeted links become ready, lost ones are retired, and it connects when `wanted`. */
void tm_subchannel_advance(tm_subchannel *sub, bool wanted);

/* Takes the connection out of use, or stops making one; IDLE then. */
void tm_subchannel_stop(tm_subchannel *sub);

#endif
