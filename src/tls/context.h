/* Context: one end of TLS - certificate and key, whom it trusts, what it may speak - checked and
 * ready for connections, which share it. SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TLS_CONTEXT_H
#define TM_TLS_CONTEXT_H

#include "base/arena.h"

typedef struct tm_tls_context tm_tls_context;

struct ssl_st;     /* OpenSSL's SSL */
struct ssl_ctx_st; /* and SSL_CTX */

typedef enum tm_tls_version { TM_TLS_1_0, TM_TLS_1_1, TM_TLS_1_2, TM_TLS_1_3 } tm_tls_version;

/* Zero-initialised but for the versions. Certificates and keys are texts in PEM, and may be empty:
 * there is none. Nothing of it is needed any longer than the call. */
typedef struct tm_tls_options {
    bool server;
    tm_text cert, key; /* its own, with those between it and an authority behind it */
    tm_text ca;        /* clients: who may sign servers; none: those whom the system trusts */
    bool system_ca;    /* ... and these besides `ca` */
    tm_text client_ca; /* servers: who may sign clients, which then need a certificate */
    bool skip_verify;  /* clients: whatever server is there will do */
    tm_text name;      /* clients: the server's, a host or an address, which it has to prove */
    bool http1; /* servers: HTTP/1.1 may be spoken besides HTTP/2, which clients may ask for */
    tm_tls_version min_version, max_version; /* 1.2 at least */
    tm_texts suites, curves;                 /* see tls/suites.h; none: the usual ones */
} tm_tls_options;

typedef enum tm_tls_item {
    TM_TLS_NOTHING, /* memory, or OpenSSL itself */
    TM_TLS_CERT,
    TM_TLS_KEY,
    TM_TLS_CA,
    TM_TLS_CLIENT_CA,
    TM_TLS_SUITES,
    TM_TLS_CURVES,
} tm_tls_item;

/* What is wrong, and with what; never any part of it. */
typedef struct tm_tls_fault {
    tm_tls_item item;
    const char *why; /* in the arena, or constant: "it has no certificate in PEM" */
    bool expired;    /* no fault, but nobody will take this certificate: it is over, ... */
    bool early;      /* ... or has not begun */
} tm_tls_fault;

/* One reference is the caller's. NULL, and *fault, when something is wrong. `arena` is for the work
 * and for what is said; what is made is of `heap` and OpenSSL's own. */
tm_tls_context *tm_tls_context_new(const tm_heap *heap, tm_arena *arena,
                                   const tm_tls_options *options, tm_tls_fault *fault);
tm_tls_context *tm_tls_context_ref(tm_tls_context *context); /* from any thread; context itself */
void tm_tls_context_unref(tm_tls_context *context);          /* NULL is fine */

/* A connection's end, which knows its side and, of a client, the server's name; it has no
 * transport yet. NULL when out of memory. It keeps what it needs of the context. From any thread.
 */
struct ssl_st *tm_tls_context_session(const tm_tls_context *context);

/* Makes the SSL_CTX of another library (libcurl's, for each connection) such an end, too: whom it
 * trusts, as whom it comes, what it may speak; which protocols are offered (ALPN) stays its own.
 * False when out of memory. */
bool tm_tls_context_lend(const tm_tls_context *context, struct ssl_ctx_st *to);

/* Whether a connection may go on without a protocol that was agreed on (ALPN). */
bool tm_tls_context_may_choose_none(const tm_tls_context *context);

#endif
