/* Resolve: the addresses of a host, without ever blocking the loop.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_RESOLVE_H
#define TM_NET_RESOLVE_H

#include "base/arena.h"
#include "net/loop.h"

#include <sys/socket.h>

enum { TM_ADDRESSES_MOST = 16 };

typedef struct tm_address {
    struct sockaddr_storage at; /* IPv4 or IPv6, with its port */
    socklen_t n;
} tm_address;

typedef struct tm_addresses {
    tm_address items[TM_ADDRESSES_MOST];
    size_t count;
} tm_addresses;

/* Addresses that need no lookup: a literal ("10.0.0.1", "::1", "fe80::1%eth0"), "localhost" and
 * names under it (RFC 6761). False for all other hosts; *out is then empty. */
bool tm_resolve_literal(tm_text host, uint16_t port, tm_addresses *out);

/* "10.0.0.1:4317", "[::1]:4317". */
void tm_resolve_print(const tm_address *address, char *out, size_t room);

typedef struct tm_lookup tm_lookup;

/* Looks the host up: literals at once, then /etc/hosts, then the servers of /etc/resolv.conf, both
 * read anew each time. Calls done once, in the loop, never before it returns: with at least one
 * address, or with a reason why there is none. NULL when out of memory. */
tm_lookup *tm_resolve_start(const tm_heap *heap, tm_loop *loop, tm_text host, uint16_t port,
                            void (*done)(void *owner, const tm_addresses *found, const char *why),
                            void *owner);

/* Done will not be called. Not after done was called. What evdns holds goes in the loop's next
 * turns. */
void tm_resolve_cancel(tm_lookup *lookup);

#endif
