/* Socket of TLS: how OpenSSL reads and writes one.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_TLS_SOCKET_H
#define TM_NET_TLS_SOCKET_H

#include <openssl/bio.h>
#include <stdbool.h>
#include <stdint.h>

/* Bytes that are read together with those before them: the head of the next record. */
enum { TM_TLS_AHEAD = 5 };

/* The data of a BIO. */
typedef struct tm_tls_socket {
    int fd;
    bool more;      /* more is to be written at once behind what is written now */
    unsigned turns; /* reads that are left; then, ... */
    bool drained;   /* or when one gave less than was asked for, it is as if nothing were there */
    bool hung_up;   /* it has ended */
    bool heard;     /* something has come */
    unsigned char ahead[TM_TLS_AHEAD];
    uint8_t ahead_at, ahead_end; /* which of it was not given out yet */
} tm_tls_socket;

/* Lets OpenSSL read again: so often only, for it would go on as long as there are records that are
 * no data, which a peer can send without end. */
void tm_tls_socket_begin(tm_tls_socket *socket);

/* A new kind of BIO, which outlives its BIOs. It raises no signals. NULL when out of memory. */
BIO_METHOD *tm_tls_socket_method(void);

#endif
