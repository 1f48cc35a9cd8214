/* Socket of TLS: how OpenSSL reads and writes one.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/tls/tls_socket.h"

#include <errno.h>
#include <sys/socket.h>

enum { TURNS = 64 }; /* two for each record */

void tm_tls_socket_begin(tm_tls_socket *socket)
{
    socket->turns = TURNS;
    socket->drained = false;
}

static int socket_read(BIO *bio, char *out, size_t room, size_t *got)
{
    tm_tls_socket *s = BIO_get_data(bio);
    ssize_t n;
    BIO_clear_retry_flags(bio);
    *got = 0;
    if (s->drained || !s->turns) {
        BIO_set_retry_read(bio);
        return 0;
    }
    s->turns--;
    do
        n = recv(s->fd, out, room, 0);
    while (n < 0 && errno == EINTR);
    s->hung_up |= n == 0;
    s->heard |= n > 0;
    s->drained = n > 0 && (size_t)n < room;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        BIO_set_retry_read(bio);
    *got = n > 0 ? (size_t)n : 0;
    return n > 0;
}

static int socket_write(BIO *bio, const char *p, size_t n, size_t *put)
{
    const tm_tls_socket *s = BIO_get_data(bio);
    ssize_t sent;
    BIO_clear_retry_flags(bio);
    *put = 0;
    do
        sent = send(s->fd, p, n, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        BIO_set_retry_write(bio);
    *put = sent > 0 ? (size_t)sent : 0;
    return sent > 0;
}

static long socket_control(BIO *bio, int what, long number, void *pointer)
{
    (void)number, (void)pointer;
    if (what == BIO_CTRL_EOF)
        return ((const tm_tls_socket *)BIO_get_data(bio))->hung_up;
    return what == BIO_CTRL_FLUSH; /* nothing is kept back */
}

static int socket_create(BIO *bio)
{
    BIO_set_init(bio, 1);
    return 1;
}

BIO_METHOD *tm_tls_socket_method(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "socket");
    if (method && BIO_meth_set_read_ex(method, socket_read) &&
        BIO_meth_set_write_ex(method, socket_write) && BIO_meth_set_ctrl(method, socket_control) &&
        BIO_meth_set_create(method, socket_create))
        return method;
    BIO_meth_free(method);
    return NULL;
}
