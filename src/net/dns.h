/* Resolve: the addresses of a target, without ever blocking the loop.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_DNS_H
#define TM_NET_DNS_H

#include "base/arena.h"
#include "base/target.h"
#include "net/loop.h"

#include <sys/socket.h>

enum {
    TM_ADDRESSES_MOST = 128, /* of a name; more are left out */
    TM_ADDRESS_TEXT = 128,   /* bytes of one as text, NUL included */
};

typedef struct tm_address {
    struct sockaddr_storage at; /* IPv4 or IPv6, with its port, or a Unix socket */
    socklen_t n;
} tm_address;

typedef struct tm_addresses {
    tm_address items[TM_ADDRESSES_MOST]; /* no two are the same */
    size_t count;
} tm_addresses;

/* Addresses that need no lookup: a literal ("10.0.0.1", "::1", "fe80::1%eth0"), "localhost" and
 * names under it (RFC 6761), sockets of Unix. False for all others; *out is then empty. */
bool tm_resolve_literal(const tm_dial_target *target, tm_addresses *out);

/* "10.0.0.1:4317", "[::1]:4317", "unix:/run/tempo". */
void tm_resolve_print(const tm_address *address, char out[TM_ADDRESS_TEXT]);

bool tm_address_equal(const tm_address *a, const tm_address *b);

typedef struct tm_lookup tm_lookup;

/* Looks the target up: literals at once, others as /etc/nsswitch.conf says, in /etc/hosts and by
 * the servers of /etc/resolv.conf or the target's own; all files are read anew each time. Calls
 * done once, in the loop, never before it returns: with at least one address, or with a reason why
 * there is none. The target stays until then. NULL when out of memory. */
tm_lookup *tm_resolve_start(const tm_heap *heap, tm_loop *loop, const tm_dial_target *target,
                            void (*done)(void *owner, const tm_addresses *found, const char *why),
                            void *owner);

/* Done will not be called. Not after done was called. */
void tm_resolve_cancel(tm_lookup *lookup);

#endif
