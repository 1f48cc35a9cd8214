/* HTTP/2: tm_http2_protocol, a server's end of a session on libnghttp2.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_HTTP2_H
#define TM_NET_HTTP2_H

#include "net/conn.h"

enum {
    TM_HTTP2_STREAM_WINDOW = 1 << 20,
    TM_HTTP2_CONNECTION_WINDOW = 4 << 20,
    TM_HTTP2_GAPS = 8,            /* runs of skipped stream ids that are remembered */
    TM_HTTP2_FIELDS_FATAL = 1000, /* A04: more fields in one block end the connection */
};

/* Stream ids that the client has skipped: from, to and all between. */
typedef struct tm_http2_gap {
    int32_t from;
    int32_t to;
} tm_http2_gap;

typedef struct tm_http2 {
    struct nghttp2_session *session;
    tm_conn *conn;
    uint64_t block_ms; /* when the header block that is open began; 0: none is */
    unsigned block_fields;
    bool greeted;      /* the client's SETTINGS have come */
    uint64_t drain_ms; /* when the first GOAWAY of a shutdown went out; 0: not yet */
    bool last_goaway;
    int32_t highest_id; /* of the client's streams */
    tm_http2_gap gaps[TM_HTTP2_GAPS];
    unsigned gap_count;
} tm_http2;

/* Hands the answer of that call to nghttp2. */
void tm_http2_answer(tm_call *call, const tm_answer *answer);

/* The client's preface, up to the end of what looks like an HTTP/1.1 head. */
#define TM_HTTP2_PREFACE TM_TEXT("PRI * HTTP/2.0\r\n\r\n")

#endif
