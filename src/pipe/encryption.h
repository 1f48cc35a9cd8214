/* Encryption: TLS of a port or an exporter by its settings, whose files may change while it runs.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PIPE_ENCRYPTION_H
#define TM_PIPE_ENCRYPTION_H

#include "base/log.h"
#include "config/settings.h"
#include "net/loop.h"
#include "net/transport.h"

struct ssl_ctx_st; /* OpenSSL's SSL_CTX */

typedef struct tm_encryption tm_encryption;

typedef struct tm_encryption_options {
    tm_loop *home; /* in whose thread transports are made, and files are looked at */
    tm_log *log;
    tm_text id;                      /* of the component; like the settings it outlives this */
    const tm_tls_settings *settings; /* those of reload_interval and of client_ca_file_reload */
    bool server;
    bool http1;   /* servers: HTTP/1.1 may be spoken */
    tm_text name; /* clients: of the server */
} tm_encryption_options;

/* Reads the files. NULL with a sentence in `error` when something is wrong with them. */
tm_encryption *tm_encryption_new(const tm_encryption_options *options, char *error,
                                 size_t error_bytes);

/* Only when nothing that it made is left. NULL is fine. */
void tm_encryption_free(tm_encryption *encryption);

tm_transport_maker tm_encryption_maker(const tm_encryption *encryption);

/* Makes the SSL_CTX of another library what is in use now, see tm_tls_context_lend. */
bool tm_encryption_lend(void *encryption, struct ssl_ctx_st *to);

#endif
