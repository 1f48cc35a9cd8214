/* Context, inside: what the files of the context share.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TLS_CONTEXT_INSIDE_H
#define TM_TLS_CONTEXT_INSIDE_H

#include "tls/context.h"

#include <openssl/ssl.h>
#include <stdatomic.h>

struct tm_tls_context {
    const tm_heap *heap;
    _Atomic uint32_t references;
    SSL_CTX *ctx;
    bool server, http1;
    char name[256];   /* that a client sends; empty: none */
    char curves[128]; /* OpenSSL's names of them, "X25519:P-256" */
};

#define TM_TLS_OPTIONS                                                                             \
    (SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |                          \
     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF)
#define TM_TLS_SUITES_OF_1_3                                                                       \
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"

#endif
