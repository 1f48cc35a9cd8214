/* HTTP client, inside: what its files share.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_HTTP_CLIENT_HTTP_CLIENT_INSIDE_H
#define TM_NET_HTTP_CLIENT_HTTP_CLIENT_INSIDE_H

#include "net/http_client/http_client.h"

#include <curl/curl.h>
#include <stdatomic.h>

/* One request and its answer; kept for the next one when it is over. */
typedef struct tm_http_transfer {
    struct tm_http_transfer *next; /* of those under way, or of those to be used again */
    struct tm_http_transfer **at;  /* where the former name it */
    tm_http_client *client;
    CURL *easy;
    struct curl_slist *fields, *connect_to;
    CURLU *url; /* NULL: the URL is as it was asked for */
    const tm_text *pieces;
    size_t piece_count, piece, piece_done; /* what has been read of them */
    tm_bytes body, content_type, retry_after;
    size_t head_bytes;
    bool too_large, no_memory;
    void (*done)(void *owner, const tm_http_answer *answer);
    void *owner;
    char why[CURL_ERROR_SIZE];
} tm_http_transfer;

/* A socket that libcurl waits for. */
typedef struct tm_http_socket {
    tm_http_client *client;
    curl_socket_t fd;
    tm_watch *watch;
} tm_http_socket;

struct tm_http_client {
    tm_http_client_options options;
    tm_bytes proxy, server_name; /* with a NUL behind them */
    CURLM *multi;
    tm_timer *timer;
    tm_http_transfer *active, *idle;
    _Atomic unsigned connections;
};

/* A transfer with its options but for the request's. NULL when out of memory. */
tm_http_transfer *tm_http_transfer_new(tm_http_client *client);

/* Makes it that request. False when out of memory or when the URL is none. */
bool tm_http_transfer_set(tm_http_transfer *transfer, const tm_http_request *request);

/* It is over, and libcurl has let go of it: tells the answer, or why there is none. */
void tm_http_transfer_tell(tm_http_transfer *transfer, CURLcode result);

/* Forgets the request. */
void tm_http_transfer_reset(tm_http_transfer *transfer);
void tm_http_transfer_free(tm_http_transfer *transfer);

#endif
