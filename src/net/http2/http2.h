/* HTTP/2: tm_http2_protocol, a server's end of a session on libnghttp2.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_HTTP2_HTTP2_H
#define TM_NET_HTTP2_HTTP2_H

#include "net/conn.h"

enum {
    TM_HTTP2_STREAM_WINDOW = 65535, /* until it is its turn, */
    TM_HTTP2_WIDE_WINDOW = 1 << 20, /* and then */
    TM_HTTP2_CONNECTION_WINDOW = 4 << 20,
    TM_HTTP2_GAPS = 8,              /* runs of skipped stream ids that are remembered */
    TM_HTTP2_FIELDS_FATAL = 2000,   /* A04: more fields in one block end the connection, or ... */
    TM_HTTP2_BYTES_FATAL = 2 << 20, /* ... more bytes of them, which nghttp2 checks one by one */
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
    size_t block_bytes;
    bool greeted;      /* the client's SETTINGS have come */
    uint64_t begin_ms; /* behind the handshake of TLS */
    uint64_t drain_ms; /* when the first GOAWAY of a shutdown went out; 0: not yet */
    bool last_goaway;
    int32_t last_id;     /* of the requests that count after it */
    uint64_t age_ms;     /* how old the connection may grow */
    bool aged;           /* it has */
    uint64_t seen_bytes; /* of what came in, ... */
    uint64_t seen_ms;    /* ... when more of it was seen last */
    uint64_t pinged_ms;  /* when a PING of ours went out without a byte since; 0: none did */
    int32_t highest_id;  /* of the client's streams */
    tm_http2_gap gaps[TM_HTTP2_GAPS];
    unsigned gap_count;
    tm_server_call *frame_call; /* whose DATA frame is being read, or NULL */
    size_t frame_left;          /* of its payload; 0 as well when some of that is padding */
    tm_server_call *turn;       /* the body whose window was opened last, or NULL */
    uint64_t turn_ms;           /* since when */
    uint64_t turns_from_ms;     /* until then all windows are wide; 0: turns are taken */
} tm_http2;

/* Ends the session with a GOAWAY; for abuse (ENHANCE_YOUR_CALM) it says so. */
void tm_http2_give_up(tm_http2 *h, uint32_t code, const char *why);

/* Tells log and counters of a client whose first bytes are no preface: it took the port for that of
 * OTLP/HTTP, or for a secure one (http2_refuse.c). */
void tm_http2_tell_stranger(const tm_conn *conn, tm_text bytes);

/* Malformed requests, of which is told, too: nothing more of one counts, and its stream is reset
 * (RFC 9113, 8.1.1) when the frame that shows it has ended. Checks of so many bytes of DATA, and at
 * the end of a block of fields or a DATA frame, which ends the request or not: false, if it is
 * malformed. Of a field the name is told alone: its value may be a secret. */
void tm_http2_refuse_field(tm_http2 *h, tm_server_call *call, tm_text name);
bool tm_http2_check_data(tm_http2 *h, tm_server_call *call, size_t n);
bool tm_http2_check_part(tm_http2 *h, tm_server_call *call, bool fields, bool end);

/* Life: http2_life.c. */
void tm_http2_life_begin(tm_http2 *h);
void tm_http2_take_ping(tm_http2 *h, bool ack);
void tm_http2_drain(tm_conn *conn);
void tm_http2_life_tick(tm_http2 *h, uint64_t now_ms); /* idle, old or dead: ends it */

/* n bytes went into the body of the call, or there is room for more: opens windows, its own or
 * another's. */
void tm_http2_took(tm_http2 *h, tm_server_call *call, size_t n);

/* The body is complete, or given up: the turn passes on. */
void tm_http2_ended(tm_http2 *h, const tm_server_call *call);

/* From time to time: ends the turns for a while when one takes long. */
void tm_http2_watch_turns(tm_http2 *h, uint64_t now_ms);

/* Hands the answer of that call to nghttp2. */
void tm_http2_answer(tm_server_call *call, const tm_answer *answer);

/* Reads into the body that is coming in: land and landed of tm_protocol. */
unsigned tm_http2_land(tm_conn *conn, struct iovec *part);
void tm_http2_landed(tm_conn *conn);

/* The client's preface, up to the end of what looks like an HTTP/1.1 head. */
#define TM_HTTP2_PREFACE TM_TEXT("PRI * HTTP/2.0\r\n\r\n")

#endif
