/* Target: what HOST:PORT and gRPC's names of servers mean.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_BASE_TARGET_H
#define TM_BASE_TARGET_H

#include "base/text.h"

typedef enum tm_target_kind {
    TM_TARGET_DNS,         /* all addresses that are found for the host */
    TM_TARGET_PASSTHROUGH, /* the host as one thing: whichever of its addresses takes it */
    TM_TARGET_UNIX,        /* a socket in the file system */
    TM_TARGET_ABSTRACT,    /* a socket in Linux's abstract name space */
} tm_target_kind;

/* Slices of the text that was read, or constants. */
typedef struct tm_dial_target {
    tm_target_kind kind;
    bool http, https;     /* was written with that scheme */
    tm_text authority;    /* host and port as written, "localhost" of a socket; empty for :PORT */
    tm_text host;         /* name or address, without brackets; "localhost" where none is written */
    uint16_t port;        /* at least 1 */
    tm_text server;       /* name server to ask, without brackets; empty: those of the system */
    uint16_t server_port; /* of it */
    tm_text path;         /* of a socket, or its abstract name; at most 107 bytes */
} tm_dial_target;

enum { TM_TARGET_PATH_MOST = 107 };

/* Splits "host:port" and "[v6]:port". The host comes without brackets and may be empty; *port is -1
 * where there is none. NULL, or what is wrong, to be said of the text: "has no valid host". */
const char *tm_target_split(tm_text text, tm_text *host, int *port);

/* Reads HOST:PORT, :PORT (this machine), http://HOST:PORT, https://HOST:PORT, dns:///HOST:PORT,
 * dns://SERVER[:PORT]/HOST:PORT, passthrough:///HOST:PORT, unix:PATH, unix:///PATH and
 * unix-abstract:NAME. NULL, or what is wrong, to be said of the text. */
const char *tm_target_read(tm_text text, tm_dial_target *out);

#endif
