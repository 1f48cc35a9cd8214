/* HTTP/1.1 on the wire, sans I/O: strict request heads and chunked bodies (RFC 9112).
 * What two readers could read in two ways is refused, so that nothing can be smuggled past a proxy.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_HTTP1_HTTP1_HEAD_H
#define TM_NET_HTTP1_HTTP1_HEAD_H

#include "base/text.h"

enum {
    TM_HTTP1_HEAD_MAX = 1024 * 1024, /* bytes of a head, as in Go */
    TM_HTTP1_FIELDS_MAX = 1000,      /* fields of a head */
    TM_HTTP1_EXTENSION_MAX = 256,    /* bytes of extensions of a chunk */
    TM_HTTP1_TRAILER_MAX = 4 * 1024, /* bytes of all trailers */
};

typedef struct tm_http1_field {
    tm_text name; /* as sent */
    tm_text value;
} tm_http1_field;

/* A request head; all texts are slices of it. */
typedef struct tm_http1_head {
    tm_text method;
    tm_text path;  /* "/v1/traces", "*" */
    tm_text query; /* behind '?', may be empty */
    int minor;     /* HTTP/1.minor: 0 or 1 */
    bool keep_alive;
    bool chunked;
    bool expect_continue;
    bool has_length;
    uint64_t length; /* Content-Length, up to 19 digits */
    tm_text content_type;
    tm_text content_encoding;
    unsigned content_encodings; /* how often the field came */
    size_t field_count;
    tm_http1_field fields[TM_HTTP1_FIELDS_MAX];
} tm_http1_head;

/* Why a head was refused: status 0 when it was not. The reason is a constant. */
typedef struct tm_http1_fault {
    int status;
    const char *reason;
} tm_http1_fault;

/* Length of the head at the start of `bytes`, its empty line included; 0 while that has not
 * come, -1 when a line ends in a bare LF. *seen, 0 at first, keeps what has been searched
 * already. */
ptrdiff_t tm_http1_head_find(tm_text bytes, size_t *seen);

/* Reads a head that tm_http1_head_find has measured. */
tm_http1_fault tm_http1_head_read(tm_text bytes, tm_http1_head *head);

/* What the lexer knows by name. */
typedef enum tm_http1_name {
    TM_HTTP1_OTHER,
    TM_HTTP1_HOST,
    TM_HTTP1_CONTENT_LENGTH,
    TM_HTTP1_TRANSFER_ENCODING,
    TM_HTTP1_CONNECTION,
    TM_HTTP1_EXPECT,
    TM_HTTP1_CONTENT_TYPE,
    TM_HTTP1_CONTENT_ENCODING,
} tm_http1_name;

/* The lexer: each takes one line off the front of *in, which ends in an empty line. */
tm_http1_fault tm_http1_lex_request(tm_text *in, tm_http1_head *head);
bool tm_http1_lex_field(tm_text *in, tm_http1_field *field, tm_http1_name *name);
bool tm_http1_lex_host(tm_text value); /* is it a host, perhaps with a port, or empty? */

/* A chunked body. Zero-initialise. */
typedef struct tm_http1_chunks {
    int state;
    unsigned digits; /* of the size being read */
    unsigned line;   /* bytes of extensions or trailers so far */
    bool named;      /* the trailer line being read has its colon */
    uint64_t left;   /* of the chunk */
} tm_http1_chunks;

typedef enum tm_http1_step {
    TM_HTTP1_MORE, /* the input is used up */
    TM_HTTP1_PART, /* *part is the next piece of the body */
    TM_HTTP1_DONE, /* the body and its trailers are over; *in starts behind them */
    TM_HTTP1_BAD,
} tm_http1_step;

tm_http1_step tm_http1_chunk_next(tm_http1_chunks *chunks, tm_text *in, tm_text *part);

#endif
