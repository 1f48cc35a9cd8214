/* gRPC: what it lays over HTTP/2 - message frames, timeouts, percent-encoded messages.
 * Sans I/O, for both ends.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_GRPC_H
#define TM_NET_GRPC_H

#include "io/bytes.h"

enum { TM_GRPC_HEAD_BYTES = 5, TM_GRPC_MESSAGE_MAX = 1024 };

/* Reads length-prefixed messages from bytes that are split anywhere. Zero-initialise. */
typedef struct tm_grpc_frame {
    uint8_t head[TM_GRPC_HEAD_BYTES];
    uint8_t have;    /* bytes of the head; 5 while the message comes in; 0 between messages */
    bool compressed; /* of the message that was begun last */
    uint32_t length; /* likewise; as declared, never to be allocated from */
    uint32_t left;   /* of it to come */
} tm_grpc_frame;

typedef enum tm_grpc_step {
    TM_GRPC_MORE,  /* the input is used up */
    TM_GRPC_BEGIN, /* a head is complete: frame->compressed and ->length are known */
    TM_GRPC_PART,  /* *part is the next piece of the message */
    TM_GRPC_BAD,   /* the flag is neither 0 nor 1 */
} tm_grpc_step;

/* Takes one step's worth off the front of *in. The message is whole when frame->have is 0 again. */
tm_grpc_step tm_grpc_next(tm_grpc_frame *frame, tm_text *in, tm_text *part);

/* The head of a message of n bytes. */
void tm_grpc_head(uint8_t head[TM_GRPC_HEAD_BYTES], bool compressed, uint32_t n);

/* Milliseconds, rounded up, of a grpc-timeout: 1 to 8 digits and one of H M S m u n. False:
 * malformed. */
bool tm_grpc_timeout(tm_text value, uint64_t *ms);

/* Adds a grpc-timeout for that many milliseconds. False when out of memory. */
bool tm_grpc_timeout_add(uint64_t ms, tm_bytes *out);

/* Adds the message as grpc-message wants it: percent-encoded, at most TM_GRPC_MESSAGE_MAX bytes,
 * cut between characters; U+FFFD for bytes that are not UTF-8. False when out of memory. */
bool tm_grpc_message_add(tm_text message, tm_bytes *out);

/* Adds what a grpc-message says; bad escapes stand for themselves. False when out of memory. */
bool tm_grpc_message_read(tm_text value, tm_bytes *out);

typedef enum tm_grpc_type {
    TM_GRPC_TYPE_NONE,  /* no gRPC: absent, application/grpc-web, anything else */
    TM_GRPC_TYPE_PROTO, /* application/grpc, application/grpc+proto, with or without parameters */
    TM_GRPC_TYPE_OTHER, /* application/grpc+json and the like */
} tm_grpc_type;

tm_grpc_type tm_grpc_type_of(tm_text content_type);

#endif
