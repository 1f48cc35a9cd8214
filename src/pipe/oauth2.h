/* OAuth 2.0: a token by client credentials (RFC 6749, 4.4), kept until it ends and fetched anew
 * before, in the background.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_OAUTH2_H
#define TM_PIPE_OAUTH2_H

#include "base/buf.h"
#include "pipe/call_credentials.h"

typedef struct tm_oauth2 tm_oauth2;

/* Fetches nothing yet. NULL with a sentence in `error` when something is wrong with its files. */
tm_oauth2 *tm_oauth2_new(const tm_call_credentials_options *options, char *error,
                         size_t error_bytes);

/* Who still waits is told that there is none. NULL is fine. */
void tm_oauth2_free(tm_oauth2 *oauth2);

/* Calls wait->ready once, with the header Authorization. In the home thread. */
void tm_oauth2_get(tm_oauth2 *oauth2, tm_token_wait *wait);

/* What an answer to the question for a token says. */
typedef struct tm_oauth2_token {
    tm_text token, type; /* "Bearer"; empty texts: there is none */
    int64_t expires_s;   /* from now on; 0: it was not said */
    tm_text error;       /* the server's word and description, when it refuses */
} tm_oauth2_token;

/* Reads the JSON of an answer; for tests, too. Texts are in the arena or slices. */
tm_oauth2_token tm_oauth2_read(tm_arena *arena, tm_text body);

/* Adds the text as it stands in a form (application/x-www-form-urlencoded). */
void tm_oauth2_add_encoded(tm_buf *out, tm_text text);

#endif
