/* HTTP client: POST requests by HTTP/1.1, and by HTTP/2 where a server offers it over TLS; libcurl,
 * driven by the loop. Connections stay open and are used again, as many as there are requests at
 * once. Everything happens in the loop's thread.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_HTTP_CLIENT_HTTP_CLIENT_H
#define TM_NET_HTTP_CLIENT_HTTP_CLIENT_H

#include "io/bytes.h"
#include "net/loop.h"

typedef struct tm_http_client tm_http_client;

struct ssl_ctx_st; /* OpenSSL's SSL_CTX */

enum {
    TM_HTTP_ANSWER_MAX = 4 << 20,       /* bytes of an answer's body (OC-01) */
    TM_HTTP_ANSWER_HEAD_MAX = 64 << 10, /* of its header fields */
};

/* Texts are copied. */
typedef struct tm_http_client_options {
    tm_loop *loop;
    /* Makes what libcurl has made ready for a connection over TLS ours; false ends the connection.
     * NULL: https:// is not spoken. */
    bool (*secure)(void *owner, struct ssl_ctx_st *context);
    void *secure_owner;
    bool skip_verify;    /* whoever answers is the server */
    tm_text server_name; /* that the server has to prove; empty: the host of the URL */
    tm_text proxy;       /* URL of a proxy for all requests; empty: none */
    bool http1;          /* never HTTP/2 */
    bool close_after;    /* each connection takes one request */
    uint64_t idle_ms;    /* a connection that was idle for so long is not used again; 0: no bound */
    unsigned most_idle;  /* connections that are kept; 0: no bound of ours */
    unsigned most_connections; /* to the server; requests wait for them; 0: no bound */
} tm_http_client_options;

/* NULL when out of memory. */
tm_http_client *tm_http_client_new(const tm_http_client_options *options);

/* Requests that have not ended end now, without an answer, before it returns. Not from within
 * `done`. NULL is fine. */
void tm_http_client_free(tm_http_client *client);

typedef struct tm_http_field {
    tm_text name, value; /* without line breaks */
} tm_http_field;

/* How a request ended; valid during `done`. */
typedef struct tm_http_answer {
    int status;      /* 0: there is no answer, ... */
    const char *why; /* ... for this reason */
    bool too_large;  /* the server answered more than is read: it may have taken the request */
    tm_text body, content_type, retry_after;
} tm_http_answer;

typedef struct tm_http_request {
    tm_text url;
    const tm_http_field *fields; /* Content-Type among them; copied */
    size_t field_count;
    const tm_text *pieces; /* of the body; not copied, pieces and bytes stay until done */
    size_t piece_count;
    uint64_t timeout_ms; /* all in all, connecting included; 0: none */
    /* Called once, never before tm_http_client_post returns. Redirects are answers as any other. */
    void (*done)(void *owner, const tm_http_answer *answer);
    void *owner;
} tm_http_request;

/* Begins a request. False when out of memory or when the URL is none: done is not called then. */
bool tm_http_client_post(tm_http_client *client, const tm_http_request *request);

/* How many connections there are. From any thread. */
unsigned tm_http_client_connections(const tm_http_client *client);

#endif
