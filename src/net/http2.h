/* HTTP/2: tm_http2_protocol, a server's end of a session on libnghttp2.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_HTTP2_H
#define TM_NET_HTTP2_H

#include "net/conn.h"

enum {
    TM_HTTP2_STREAM_WINDOW = 1 << 20,
    TM_HTTP2_CONNECTION_WINDOW = 4 << 20,
    TM_HTTP2_FIELDS_FATAL = 1000, /* A04: more fields in one block end the connection */
};

/* The client's preface, up to the end of what looks like an HTTP/1.1 head. */
#define TM_HTTP2_PREFACE TM_TEXT("PRI * HTTP/2.0\r\n\r\n")

#endif
