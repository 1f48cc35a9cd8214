/* Receivers: each with its ports, from opening to its last answer.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_DAEMON_RECEIVERS_H
#define TM_DAEMON_RECEIVERS_H

#include "pipe/encryption.h"
#include "pipe/receive.h"

enum { TM_RECEIVER_PORTS = 2 }; /* that one receiver listens on at most */

struct tm_daemon;
struct tm_receiver_kind;
struct tm_receiver_turn;

/* Who may send to a port. */
typedef struct tm_daemon_auth {
    const tm_extension_settings *extension;
    tm_auth *auth; /* one for all ports of a receiver that name the extension */
} tm_daemon_auth;

/* A receiver, with settings of its own: it outlives the configuration that it was made from. */
typedef struct tm_daemon_receiver {
    struct tm_daemon_receiver *next;
    struct tm_daemon *daemon;
    tm_arena *arena; /* of what follows, but for `self` and what the ports need */
    const tm_receiver_settings *settings;
    const struct tm_receiver_kind *kind;
    tm_receiver *self;
    tm_pipeline **pipeline; /* that it gives requests to */
    uint32_t pipelines;
    bool metadata; /* it keeps headers of gRPC for their rules */
    tm_listener *listener[TM_RECEIVER_PORTS];
    tm_text address[TM_RECEIVER_PORTS];
    uint32_t listeners, open; /* how many there are, and how many have not closed yet */
    tm_encryption *encryption[TM_RECEIVER_PORTS];
    uint32_t encryptions;
    tm_daemon_auth auth[TM_RECEIVER_PORTS];
    uint32_t auths;
    bool fresh;                    /* of a configuration that is not in force yet */
    bool replaced;                 /* it leaves once the next configuration is in force */
    bool leaving;                  /* its ports close, its last requests are answered */
    struct tm_receiver_turn *turn; /* one a worker: whether something still waits there */
    uint32_t turns;
    bool busy;       /* it does */
    tm_timer *timer; /* until it is looked again */
    char error[512]; /* why a port cannot be opened */
} tm_daemon_receiver;

/* Makes it, without its ports, for the pipelines of these settings that name it, which the daemon
 * has by then. NULL when out of memory. In the home thread, as all that follows. */
tm_daemon_receiver *tm_daemon_receiver_new(struct tm_daemon *d, const tm_settings *settings,
                                           const tm_receiver_settings *from, bool metadata);

/* Opens its ports. TM_EXIT_OK, or the code to exit with and a sentence in `error`. */
int tm_daemon_receiver_listen(tm_daemon_receiver *receiver);

/* Lets its requests finish and its ports close; then it is gone. */
void tm_daemon_receiver_leave(tm_daemon_receiver *receiver);

/* Puts the sentence into `error`. Returns TM_EXIT_USAGE always. */
int tm_daemon_receiver_fail(tm_daemon_receiver *receiver, const char *sentence);

/* Whether some pipeline of these settings names it. */
bool tm_daemon_receiver_is_used(const tm_settings *settings, const tm_receiver_settings *receiver);

/* Frees all. When no loop runs any more. */
void tm_daemon_drop_receivers(struct tm_daemon *d);

#endif
