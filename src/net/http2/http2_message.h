/* HTTP/2 messages: whether the header fields and the DATA of a stream make a request (RFC 9113, 8).
 * SPDX-License-Identifier: Apache-2.0
 *
 * nghttp2 has checks of its own, which are switched off: they end a request whose :authority has
 * other characters than RFC 3986 gives it, before any callback. Envoy sends the name of its cluster
 * there ("extension/tracing/otel", "outbound|4317||otel.svc"), and gRPC's servers in Go take that.
 */
#ifndef TM_NET_HTTP2_HTTP2_MESSAGE_H
#define TM_NET_HTTP2_HTTP2_MESSAGE_H

#include "base/text.h"

/* The fields that mean something to HTTP/2, from the shortest name to the longest. */
typedef enum tm_http2_name {
    TM_HTTP2_TE,
    TM_HTTP2_HOST,
    TM_HTTP2_PATH,
    TM_HTTP2_METHOD,
    TM_HTTP2_SCHEME,
    TM_HTTP2_UPGRADE,
    TM_HTTP2_AUTHORITY,
    TM_HTTP2_CONNECTION,
    TM_HTTP2_KEEP_ALIVE,
    TM_HTTP2_CONTENT_LENGTH,
    TM_HTTP2_PROXY_CONNECTION,
    TM_HTTP2_TRANSFER_ENCODING,
    TM_HTTP2_OTHER, /* any other field */
    TM_HTTP2_MALFORMED,
} tm_http2_name;

/* All zeros: nothing has come. */
typedef struct tm_http2_message {
    uint32_t seen;     /* bits of tm_http2_name, and what else was seen */
    bool trailers;     /* the fields that come now are */
    bool malformed;    /* nothing more of it counts: for its owner */
    uint64_t declared; /* Content-Length, if that was seen */
    uint64_t taken;    /* bytes of DATA */
} tm_http2_message;

/* A field as it was sent. MALFORMED: the message is; else *value is the field's, blanks at its ends
 * are none of it (RFC 9110, 5.5). */
tm_http2_name tm_http2_message_field(tm_http2_message *message, tm_text name, tm_text *value);

/* The last field of the head has come. False: these are not the fields of a request. */
bool tm_http2_message_head(const tm_http2_message *message);

/* So many bytes of DATA have come; the message is complete. False: that is not what Content-Length
 * says. */
bool tm_http2_message_data(tm_http2_message *message, size_t n);
bool tm_http2_message_end(const tm_http2_message *message);

#endif
