/* Ends of TLS for the tests of this folder: a server and a client that trust each other.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TESTS_NET_TLS_ENDS_H
#define TM_TESTS_NET_TLS_ENDS_H

#include "net/tls/transport_tls.h"
#include "tests/unit/identity.h"

#include <pthread.h>

/* One for each side, made when it is needed first and freed with the program. */
static tm_tls *tls_end[2];
static pthread_once_t tls_ends_once = PTHREAD_ONCE_INIT;

static inline tm_tls_context *tls_context(tm_tls_options options)
{
    tm_tls_fault fault;
    tm_arena *arena = tm_arena_new(NULL);
    options.min_version = options.min_version ? options.min_version : TM_TLS_1_2;
    options.max_version = options.max_version ? options.max_version : TM_TLS_1_3;
    tm_tls_context *context = tm_tls_context_new(NULL, arena, &options, &fault);
    if (!context)
        fprintf(stderr, "%d: %s\n", fault.item, fault.why);
    assert(context);
    tm_arena_free(arena);
    return context;
}

static void tls_ends_drop(void)
{
    tm_tls_free(tls_end[0]);
    tm_tls_free(tls_end[1]);
}

static void tls_ends_make(void)
{
    identity authority = identity_new((identity_wish){.name = "authority", .authority = true});
    identity server = identity_new((identity_wish){
        .name = "server", .san = "IP:127.0.0.1,IP:::1,DNS:localhost", .issuer = &authority});
    identity client = identity_new((identity_wish){.name = "client", .issuer = &authority});
    tm_text ca = tm_text_of(authority.cert);
    tls_end[1] = tm_tls_new(NULL, tls_context((tm_tls_options){.server = true,
                                                               .http1 = true,
                                                               .cert = tm_text_of(server.cert),
                                                               .key = tm_text_of(server.key),
                                                               .client_ca = ca}));
    tls_end[0] = tm_tls_new(NULL, tls_context((tm_tls_options){.ca = ca,
                                                               .name = TM_TEXT("localhost"),
                                                               .cert = tm_text_of(client.cert),
                                                               .key = tm_text_of(client.key)}));
    identity_free(&authority);
    identity_free(&server);
    identity_free(&client);
    atexit(tls_ends_drop);
}

static inline tm_transport *tls_end_new(const tm_heap *heap, int fd, bool server)
{
    pthread_once(&tls_ends_once, tls_ends_make);
    tm_transport_maker maker = tm_tls_maker(tls_end[server]);
    return tm_transport_make(&maker, heap, fd);
}

static inline tm_transport *tls_end_accept(void *owner, const tm_heap *heap, int fd)
{
    (void)owner;
    return tls_end_new(heap, fd, true);
}

static inline tm_transport *tls_end_connect(void *owner, const tm_heap *heap, int fd)
{
    (void)owner;
    return tls_end_new(heap, fd, false);
}

#endif
