/* URL read: takes URLs apart and writes them again, as Go's net/url does (RFC 3986 with its
 * leniences). SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_STDLIB_GO_URL_READ_H
#define TM_STDLIB_GO_URL_READ_H

#include "base/arena.h"

typedef struct tm_url {
    tm_text scheme;   /* in lower case; empty: none */
    tm_text opaque;   /* what follows a scheme without a slash; path and host are empty then */
    tm_text host;     /* with port and brackets, decoded */
    tm_text path;     /* decoded */
    tm_text raw_path; /* as it was written */
    tm_text query;    /* as it was written, without the question mark */
    tm_text fragment; /* decoded */
    tm_text raw_fragment;
    tm_text username, password; /* decoded */
    bool has_user, has_password;
    bool empty_query; /* it ends in the question mark */
    bool rooted;      /* a scheme and a path with one slash: nothing is written for the host */
} tm_url;

/* False when the text is no URL: *error says why. */
bool tm_url_read(tm_arena *arena, tm_text text, tm_url *url, const char **error);

tm_text tm_url_print(tm_arena *arena, const tm_url *url);
tm_text tm_url_user_print(tm_arena *arena, const tm_url *url); /* "user:password", encoded */

/* The host without brackets and port, and the port's digits (empty: none). */
tm_text tm_url_host_name(const tm_url *url, tm_text *port);

/* Decodes a key or value of a query: %41 and plus signs. False for a bad escape. */
bool tm_url_decode_query(tm_arena *arena, tm_text text, tm_text *decoded);

#endif
