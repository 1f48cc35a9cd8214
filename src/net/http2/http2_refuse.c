/* HTTP/2: requests that end without an answer, of which log and counters are told.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/http2/http2.h"

#include "net/server_call.h"

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

/* False, for its callers. */
static bool refuse(tm_http2 *h, tm_server_call *call, tm_text reason)
{
    if (!call->message.malformed)
        tell(h->conn, reason);
    call->message.malformed = true;
    return false;
}

void tm_http2_refuse_field(tm_http2 *h, tm_server_call *call, tm_text name)
{
    char reason[128];
    name.n = name.n < NAME_SHOWN_MOST ? name.n : NAME_SHOWN_MOST;
    snprintf(reason, sizeof reason, "HTTP/2 does not allow the header field \"%.*s\" as it is",
             TM_PRI(name));
    refuse(h, call, tm_text_of(reason));
}

static bool refuse_length(tm_http2 *h, tm_server_call *call)
{
    return refuse(h, call, TM_TEXT("its body is not as long as its Content-Length says"));
}

bool tm_http2_check_data(tm_http2 *h, tm_server_call *call, size_t n)
{
    return tm_http2_message_data(&call->message, n) || refuse_length(h, call);
}

bool tm_http2_check_part(tm_http2 *h, tm_server_call *call, bool fields, bool end)
{
    const tm_http2_message *message = &call->message;
    if (message->malformed)
        return false;
    if (fields && !(message->trailers ? end : tm_http2_message_head(message)))
        return refuse(h, call, TM_TEXT("its header fields are not those of a request over HTTP/2"));
    return !end || tm_http2_message_end(message) || refuse_length(h, call);
}
