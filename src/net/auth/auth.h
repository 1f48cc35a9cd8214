/* Auth: who may send, by one header of a request.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_AUTH_AUTH_H
#define TM_NET_AUTH_AUTH_H

#include "base/arena.h"
#include "base/clock.h"
#include "net/loop.h"

typedef enum tm_auth_verdict {
    TM_AUTH_NO,
    TM_AUTH_YES,
    TM_AUTH_LATER,  /* the question will be answered */
    TM_AUTH_UNABLE, /* nobody knows now: too many questions, or out of memory */
} tm_auth_verdict;

/* Of whoever asks; it lives until it is answered or the authenticator is freed. */
typedef struct tm_auth_question tm_auth_question;
struct tm_auth_question {
    tm_loop *loop; /* in whose thread `answer` is called */
    void (*answer)(tm_auth_question *question);
    tm_auth_verdict verdict; /* YES, NO or UNABLE */
    const char *why;         /* not YES: as in `admits` */
    tm_letter letter;        /* the authenticator's, like what follows */
    tm_auth_question *next;
};

/* What an authenticator tells of a client that it let in. The name is a constant. */
typedef struct tm_auth_attribute {
    tm_text name, value;
} tm_auth_attribute;

enum { TM_AUTH_ATTRIBUTES = 2 }; /* that one of them has at most */

/* One authenticator; any thread may ask it. */
typedef struct tm_auth tm_auth;
struct tm_auth {
    char *header; /* its name, in lower case */
    /* Is this value, which was `given` or not, one that lets the client in? If not, *why (which
     * lives as long as the authenticator) tells it the reason, without any secret. It may take as
     * long as a password's hash. */
    bool (*admits)(tm_auth *auth, bool given, tm_text value, const char **why);
    /* The same without taking long: the answer may come LATER. NULL: `admits` never takes long. */
    tm_auth_verdict (*ask)(tm_auth *auth, bool given, tm_text value, tm_auth_question *question,
                           const char **why);
    /* Finds the attributes in the value that let a client in; how many there are. Their values are
     * slices of it or in the arena. Out of memory escapes. NULL: there are none. */
    unsigned (*attributes)(tm_arena *arena, tm_text value,
                           tm_auth_attribute attributes[TM_AUTH_ATTRIBUTES]);
    /* Questions that were not answered never are. Before those who ask are gone. */
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
tm_auth *tm_auth_basic(tm_text htpasswd, const tm_clock *clock, char *error, size_t error_bytes);

/* Other lines for one that tm_auth_basic made, from any thread. False with a sentence in `error`:
 * the old ones stay. */
bool tm_auth_basic_set(tm_auth *auth, tm_text htpasswd, char *error, size_t error_bytes);

/* Takes as long for any two texts of the same sizes. */
bool tm_auth_equal(tm_text a, tm_text b);

#endif
