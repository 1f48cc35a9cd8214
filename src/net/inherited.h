/* Inherited: listening sockets that a supervisor has opened already (LISTEN_FDS).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_INHERITED_H
#define TM_NET_INHERITED_H

#include "base/text.h"

enum { TM_INHERITED_MOST = 64 };

typedef struct tm_inherited_socket {
    int fd;       /* -1: it was taken */
    tm_text name; /* FileDescriptorName of systemd; may be empty */
} tm_inherited_socket;

typedef struct tm_inherited {
    tm_inherited_socket socket[TM_INHERITED_MOST];
    unsigned count;
} tm_inherited;

/* Reads what LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES say; `names` outlives it. Each of them NULL:
 * not set. Those that are meant for another process, and what does not listen for TCP, are left
 * alone. */
void tm_inherited_read(tm_inherited *inherited, const char *pid, const char *count,
                       const char *names);

/* The socket of that name, or else one that listens at that address ("localhost:4317"); it is the
 * caller's then, and does not block. -1: there is none. NULL is none, too. */
int tm_inherited_take(tm_inherited *inherited, tm_text name, tm_text address);

#endif
