/* Auth: who may send, by one header of a request.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_AUTH_H
#define TM_NET_AUTH_H

#include "base/arena.h"

/* One authenticator; any thread may ask it. */
typedef struct tm_auth tm_auth;
struct tm_auth {
    char *header; /* its name, in lower case */
    /* Is this value, which was `given` or not, one that lets the client in? If not, *why (which
     * lives as long as the authenticator) tells it the reason, without any secret. */
    bool (*admits)(tm_auth *auth, bool given, tm_text value, const char **why);
    void (*free)(tm_auth *auth);
};

/* Lets in who sends one of these values in the header, each with "SCHEME " before it unless the
 * scheme is empty. Everything is copied. NULL when out of memory. */
tm_auth *tm_auth_bearer(tm_text header, tm_text scheme, const tm_texts *tokens);

/* Other tokens for one that tm_auth_bearer made, from any thread. False when out of memory: the old
 * ones stay. */
bool tm_auth_bearer_set(tm_auth *auth, tm_text scheme, const tm_texts *tokens);

/* Lets in whom a file of lines "USER:HASH" knows; of lines of one user the last one counts. NULL
 * with a sentence in `error`. */
tm_auth *tm_auth_basic(tm_text htpasswd, char *error, size_t error_bytes);

/* Takes as long for any two texts of the same sizes. */
bool tm_auth_equal(tm_text a, tm_text b);

#endif
