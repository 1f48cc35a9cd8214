/* Peers: how many connections each address holds at a listener.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_PEERS_H
#define TM_NET_PEERS_H

#include "net/listener.h"

/* Room for the listener's most connections. False when out of memory. */
bool tm_peers_open(tm_listener *listener);

/* One more, or one less, of that address (an IPv6 /64 counts as one). False: it has too many. */
bool tm_peers_add(tm_listener *listener, const uint8_t address[16]);
void tm_peers_remove(tm_listener *listener, const uint8_t address[16]);

#endif
