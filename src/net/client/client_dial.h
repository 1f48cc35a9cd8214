/* Dial: from addresses to a connected transport, one address after the other.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_CLIENT_CLIENT_DIAL_H
#define TM_NET_CLIENT_CLIENT_DIAL_H

#include "net/dns.h"
#include "net/transport.h"

typedef struct tm_dial tm_dial;

/* How it ended: a transport that carries bytes, which the owner then has, and its address; or NULL,
 * and why each address failed ("10.0.0.1:4317: Connection refused, ..."). */
typedef void (*tm_dial_done)(void *owner, tm_transport *transport, const tm_address *address,
                             const char *why);

/* Tries the addresses (copied, at least one) in order until one accepts (TCP_NODELAY,
 * TCP_USER_TIMEOUT) and the handshake of the maker's transport is over. `done` is never called
 * before it returns. An address that keeps silent is given up for the next one after some seconds;
 * the last one never is: the caller has a limit. NULL when out of memory. */
tm_dial *tm_dial_start(const tm_heap *heap, tm_loop *loop, const tm_transport_maker *maker,
                       const tm_address *addresses, size_t count, tm_dial_done done, void *owner);

/* Why each address failed so far, and `reason` for the one that is being tried. */
const char *tm_dial_why(tm_dial *dial, const char *reason);

/* Done will not be called. Not after done was called. */
void tm_dial_cancel(tm_dial *dial);

#endif
