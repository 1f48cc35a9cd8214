/* Call credentials: the headers by which an extension authenticates an exporter's requests. They
 * may come from files, which are looked at again. SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_CALL_CREDENTIALS_H
#define TM_PIPE_CALL_CREDENTIALS_H

#include "base/log.h"
#include "config/settings.h"
#include "net/loop.h"
#include "pipe/partition.h"

typedef struct tm_call_credentials tm_call_credentials;

typedef struct tm_call_credentials_options {
    tm_loop *home;
    tm_log *log;
    const tm_extension_settings *extension; /* outlives this */
    tm_text version;                        /* of tamis */
    bool additional_wins; /* the headers of additional_auth, as over HTTP in the Collector; else
                             those of headers_setter that names it, as over gRPC */
} tm_call_credentials_options;

/* Reads the files. NULL with a sentence in `error` when that fails. */
tm_call_credentials *tm_call_credentials_new(const tm_call_credentials_options *options,
                                             char *error, size_t error_bytes);

/* Who still waits is told that there are none. NULL is fine. */
void tm_call_credentials_free(tm_call_credentials *credentials);

/* Somebody who needs a token that is fetched. */
typedef struct tm_token_wait {
    struct tm_token_wait *next; /* of those who wait */
    /* The header that has it, valid during the call; or NULL, and why there is none now. */
    void (*ready)(struct tm_token_wait *wait, const tm_headers *headers, const char *why);
} tm_token_wait;

/* Somebody who needs credentials; a part of whatever it is about. */
typedef struct tm_call_credentials_wait {
    tm_token_wait token; /* this and the next two are theirs */
    tm_call_credentials *credentials;
    tm_text partition;
    /* The headers, valid during the call; or NULL, and why there are none now. */
    void (*ready)(struct tm_call_credentials_wait *wait, const tm_headers *headers,
                  const char *why);
} tm_call_credentials_wait;

/* Calls wait->ready once, with those for a request of that partition (tm_partition_key): at once,
 * or later when they have to be fetched, until when the partition's text lives. No credentials
 * (NULL) are no headers. In the home thread. */
void tm_call_credentials_get(tm_call_credentials *credentials, tm_text partition,
                             tm_call_credentials_wait *wait);

/* What of clients the exporter's extension sends on. */
tm_partition_names tm_call_credentials_wanted(tm_arena *arena,
                                              const tm_exporter_settings *exporter);

#endif
