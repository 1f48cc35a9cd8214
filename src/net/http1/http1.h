/* HTTP/1.1: tm_http1_protocol, one request after the other on a connection.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_HTTP1_HTTP1_H
#define TM_NET_HTTP1_HTTP1_H

#include "net/conn.h"

/* What an answer depends on besides itself. */
typedef struct tm_http1_form {
    bool bare;       /* without its body: of a HEAD */
    bool keep_alive; /* the connection goes on */
    int minor;       /* of the request's version */
} tm_http1_form;

/* Adds the answer to conn->out; `call` may be NULL. False when out of memory. */
bool tm_http1_write(tm_conn *conn, const tm_server_call *call, const tm_answer *answer,
                    tm_http1_form form);

#endif
