/* Reserve: the part of the budget that the body of each call takes, who waits for more of it, and
 * who gives way.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Room for a body is reserved before it grows. When there is none its sender is kept from sending:
 * an HTTP/2 window stays shut, an HTTP/1 connection is not read. Room that comes back goes to the
 * body that needs least of it to be complete. While any body waits, those whose senders send little
 * or nothing for a while are refused (UNAVAILABLE, 503), most bytes and longest pause first. Where
 * all bodies wait for each other, the one that needs most to be complete is refused at once. Only
 * the first bytes of a body never wait: for them another request is refused. */
#ifndef TM_NET_RESERVE_H
#define TM_NET_RESERVE_H

#include "net/server_call.h"

enum { TM_RESERVE_SMALL = 64 * 1024 }; /* the first bytes of a body */

/* Makes room for n bytes of the body, those that it has among them. False: it has been answered. */
bool tm_reserve_room(tm_server_call *call, size_t n);

/* The same, but false, and nothing else, when the budget or memory have no room. */
bool tm_reserve_try(tm_server_call *call, size_t n);

/* Before its sender is let send more of it: makes room for that, or lets it wait. False: it waits.
 */
bool tm_reserve_ahead(tm_server_call *call);

/* The body has got bytes. */
void tm_reserve_moved(tm_server_call *call);

/* The body is complete: it waits no more, nor gives way. */
void tm_reserve_settle(tm_server_call *call);

/* A block for what its body of n bytes unpacks to, perhaps with room already, that takes more from
 * `heap`, which this makes; the budget has the bytes before they are there. What the call was
 * charged for the body as it came is the caller's. */
tm_bytes tm_reserve_unpacked(tm_server_call *call, size_t n, tm_heap *heap);

/* Answers that there is no room for it; false, for its callers. */
bool tm_reserve_refuse(tm_server_call *call);

/* Gives its part of the budget back. */
void tm_reserve_drop(tm_server_call *call);

/* We have read nothing from its connection: a pause is not its sender's. */
void tm_reserve_forgive(tm_server_call *call, uint64_t now_ms);

/* Refuses who must give way, and lets those go on for whom there is room. */
void tm_reserve_attend(tm_worker *worker);

#endif
