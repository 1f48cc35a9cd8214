/* Transport of TLS: OpenSSL over a socket that does not block.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A handshake is over when the peer has proved who it is, as far as the context wants it, and
 * HTTP/2 (or HTTP/1.1, where it may be) was agreed on. What TLS is made of may be exchanged while
 * connections stand: they go on with what they have begun with, new ones take the new. */
#ifndef TM_NET_TRANSPORT_TLS_H
#define TM_NET_TRANSPORT_TLS_H

#include "net/transport.h"
#include "tls/context.h"

typedef struct tm_tls tm_tls;

/* Of a listener or a channel; takes over the reference to the context. It outlives what it makes.
 * NULL when out of memory (then the reference stays the caller's). */
tm_tls *tm_tls_new(const tm_heap *heap, tm_tls_context *context);
void tm_tls_free(tm_tls *tls); /* NULL is fine */

/* For connections from now on; takes over the reference. In the thread that makes transports. */
void tm_tls_set(tm_tls *tls, tm_tls_context *context);

tm_transport_maker tm_tls_maker(tm_tls *tls);

/* For libraries that bring their own transport, see tm_tls_context_lend. */
bool tm_tls_lend(const tm_tls *tls, struct ssl_ctx_st *to);

#endif
