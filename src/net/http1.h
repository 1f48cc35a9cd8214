/* HTTP/1.1: tm_http1_protocol, one request after the other on a connection.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_HTTP1_H
#define TM_NET_HTTP1_H

#include "net/conn.h"

/* "Not Found"; "Unknown" for a status that we never send. */
const char *tm_http1_reason(int status);

#endif
