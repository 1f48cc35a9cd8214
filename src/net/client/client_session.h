/* Session: what a link knows of HTTP/2. Only client_session.c speaks nghttp2.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_CLIENT_CLIENT_SESSION_H
#define TM_NET_CLIENT_CLIENT_SESSION_H

#include "net/client/client_inside.h"

/* False when out of memory; tm_session_close is then still due. */
bool tm_session_open(tm_link *link);
void tm_session_close(tm_link *link);

/* Takes what came in, or fills link->out with what is to go out. NULL, or why the connection is
 * over. */
const char *tm_session_take(tm_link *link, tm_text bytes);
const char *tm_session_send(tm_link *link);

/* Neither side has more to say. */
bool tm_session_is_over(const tm_link *link);

bool tm_session_ping(tm_link *link);
void tm_session_goodbye(tm_link *link); /* a GOAWAY */

/* How many calls the server lets run at once. */
uint32_t tm_session_most_calls(const tm_link *link);

#endif
