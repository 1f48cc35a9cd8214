/* Dial: from a host name to a connected socket, one address after the other.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_CLIENT_DIAL_H
#define TM_NET_CLIENT_DIAL_H

#include "base/clock.h"
#include "net/resolve.h"
#include "net/retry.h"

typedef struct tm_dial tm_dial;

/* Looks the host up anew and tries its addresses, in order or beginning at random, until one
 * accepts: done gets a socket that does not block (TCP_NODELAY, TCP_USER_TIMEOUT), which it then
 * owns, or -1 and why. Never called before it returns. An address that keeps silent is given up for
 * the next one after some seconds; the last one never is: the caller has a limit. NULL when out of
 * memory. */
tm_dial *tm_dial_start(const tm_heap *heap, const tm_clock *clock, tm_loop *loop, tm_text host,
                       uint16_t port, bool in_order,
                       void (*done)(void *owner, int fd, const char *why), void *owner);

/* Done will not be called. Not after done was called. */
void tm_dial_cancel(tm_dial *dial);

#endif
