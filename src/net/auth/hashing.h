/* Hashing: threads that do what is meant to be slow, so that no loop has to; and what they found.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_AUTH_HASHING_H
#define TM_NET_AUTH_HASHING_H

#include "net/auth/auth.h"

enum {
    TM_HASHING_THREADS = 2,
    TM_HASHING_QUEUE = 64,    /* passwords that may wait for them */
    TM_HASHING_KEY = 32,      /* bytes by which a name and its password are known */
    TM_HASHING_KNOWN = 256,   /* good ones that are remembered, */
    TM_HASHING_KNOWN_S = 300, /* and for how long */
};

typedef struct tm_hashing tm_hashing;

/* Is this the password of the hash? NO or YES; UNABLE when out of memory. In any thread. */
typedef tm_auth_verdict tm_hashing_fits(tm_text password, tm_text hash);

/* No thread runs before the first question. NULL when out of memory. */
tm_hashing *tm_hashing_new(const tm_clock *clock, tm_hashing_fits *fits);

/* No question is answered from now on. A thread that is at work ends when its hash is made, which
 * may take long, and frees what it needs itself. */
void tm_hashing_free(tm_hashing *hashing);

/* YES when it was good some time ago, else LATER, or UNABLE when too many wait; `refusal` is what a
 * question is told where the verdict is NO, a constant. Any thread. */
tm_auth_verdict tm_hashing_ask(tm_hashing *hashing, const unsigned char key[TM_HASHING_KEY],
                               tm_text password, tm_text hash, const char *refusal,
                               tm_auth_question *question);

/* The same for callers that have the time: never LATER. */
tm_auth_verdict tm_hashing_wait(tm_hashing *hashing, const unsigned char key[TM_HASHING_KEY],
                                tm_text password, tm_text hash);

#endif
