/* Bind: listening sockets from the addresses of a configuration.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_BIND_H
#define TM_NET_BIND_H

#include "base/text.h"

enum { TM_BACKLOG = 1024 }; /* connections that wait to be accepted */

/* Binds "host:port" or "[host]:port" and listens: a descriptor that does not block, or -1 and why
 * in *reason. No host, 0.0.0.0 and [::] all mean every address of both families, or of IPv4 where
 * the machine has no IPv6; any other address stays with its family. A name is looked up here and
 * now, which blocks. */
int tm_bind(tm_text address, const char **reason);

/* Does the socket listen at what the address stands for? */
bool tm_bind_is_at(int fd, tm_text address);

/* The port that it listens at. */
uint16_t tm_bind_port(int fd);

#endif
