/* HTTP/2: telling of requests that are refused before there is a call.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/http2/http2.h"

#include <stdio.h>

enum { NAME_SHOWN_MOST = 64 };

static void tell(const tm_conn *conn, tm_text reason)
{
    tm_conn_tell(conn, &(tm_refused){.why = TM_REFUSAL_MALFORMED,
                                     .grpc = true,
                                     .status = TM_STATUS_INTERNAL,
                                     .peer = tm_text_of(conn->peer),
                                     .reason = reason});
}

void tm_http2_tell_stranger(const tm_conn *conn, tm_text bytes)
{
    tell(conn, tm_conn_speaks_tls(bytes)
                   ? TM_TEXT(TM_CONN_TLS)
                   : TM_TEXT("this port speaks gRPC only, the client does not speak HTTP/2"));
}

/* The value is not told: it may be a secret. */
void tm_http2_tell_field(const tm_conn *conn, tm_text complaint)
{
    const tm_text before = TM_TEXT("name: ["), behind = TM_TEXT("], value: [");
    const ptrdiff_t at = tm_text_find(complaint, before);
    tm_text name = tm_text_skip(complaint, at < 0 ? complaint.n : (size_t)at + before.n);
    const ptrdiff_t end = tm_text_find(name, behind);
    char reason[128];
    name.n = end < 0 ? 0 : (size_t)end;
    if (name.n > NAME_SHOWN_MOST)
        name.n = NAME_SHOWN_MOST;
    snprintf(reason, sizeof reason, "HTTP/2 does not allow the header field \"%.*s\" as it is",
             TM_PRI(name));
    tell(conn, tm_text_of(reason));
}

void tm_http2_tell_fields(const tm_conn *conn)
{
    tell(conn, TM_TEXT("its header fields are not those of a request over HTTP/2"));
}
