/* Socket of TLS: how OpenSSL reads and writes one.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_NET_TLS_SOCKET_H
#define TM_NET_TLS_SOCKET_H

#include <openssl/bio.h>
#include <stdbool.h>

/* The data of a BIO. */
typedef struct tm_tls_socket {
    int fd;
    bool drained; /* the last read gave less than was asked for: until it is reset none is tried */
    bool hung_up; /* it has ended */
    bool heard;   /* something has come */
} tm_tls_socket;

/* A new kind of BIO, which outlives its BIOs. It raises no signals. NULL when out of memory. */
BIO_METHOD *tm_tls_socket_method(void);

#endif
