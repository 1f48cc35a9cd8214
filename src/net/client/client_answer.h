/* Answer: what a server said to a unary call, collected from headers, data and trailers. Sans I/O.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_CLIENT_CLIENT_ANSWER_H
#define TM_NET_CLIENT_CLIENT_ANSWER_H

#include "io/inflate.h"
#include "net/client/client.h"
#include "net/grpc.h"

enum {
    TM_ANSWER_FIELD_MOST = 200,            /* header and trailer fields together */
    TM_ANSWER_FIELD_BYTES_MOST = 64 << 10, /* of names and values, 32 more for each field */
};

/* Zero-initialise but for the heaps of the bytes; _reset between calls keeps their room. */
typedef struct tm_client_answer {
    int http_status; /* 0: none has come */
    int grpc_status; /* -1: none has come */
    bool is_grpc;    /* by its content type */
    bool bad_coding;
    tm_coding coding;
    unsigned fields;
    size_t field_bytes;
    tm_grpc_frame frame;
    unsigned messages;    /* begun */
    tm_status_code fault; /* not OK: the answer breaks a rule, `message` tells which */
    tm_bytes message;     /* decoded */
    tm_bytes details;     /* decoded */
    tm_bytes body;        /* as it came */
    tm_bytes plain;       /* decompressed */
} tm_client_answer;

void tm_answer_init(tm_client_answer *answer, const tm_heap *heap);
void tm_answer_reset(tm_client_answer *answer);
void tm_answer_free(tm_client_answer *answer);

/* Takes a header field; `last` in the frame that ends the stream, where the status is. False when
 * the answer is at fault: nothing more of it is wanted. */
bool tm_answer_field(tm_client_answer *answer, tm_text name, tm_text value, bool last);

/* Takes a piece of the body. Likewise. */
bool tm_answer_data(tm_client_answer *answer, tm_text bytes);

/* What came of it, when the stream has ended or the answer is at fault. The texts are the answer's.
 * `inflater` is made when it is needed. */
tm_call_result tm_answer_result(tm_client_answer *answer, tm_inflater **inflater);

#endif
