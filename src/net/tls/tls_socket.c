/* Socket of TLS: how OpenSSL reads and writes one.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/tls/tls_socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { TURNS = 64 }; /* two for each record */

void tm_tls_socket_begin(tm_tls_socket *socket)
{
    socket->turns = TURNS;
    socket->drained = false;
    socket->more = false;
}

static size_t give_ahead(tm_tls_socket *s, char *out, size_t room)
{
    size_t n = (size_t)(s->ahead_end - s->ahead_at);
    n = n < room ? n : room;
    memcpy(out, s->ahead + s->ahead_at, n);
    s->ahead_at = (uint8_t)(s->ahead_at + n);
    return n;
}

/* OpenSSL asks for the head of a record, then for the rest of it, which is known by then: behind
 * that the head of the next one comes along, so that a record takes one call and its bytes go to
 * their place. */
static ssize_t receive(tm_tls_socket *s, char *out, size_t room)
{
    const bool head = room <= TM_TLS_AHEAD;
    struct iovec part[] = {{out, room}, {s->ahead, head ? 0 : TM_TLS_AHEAD}};
    struct msghdr message = {.msg_iov = part, .msg_iovlen = head ? 1 : 2};
    ssize_t n;
    do
        n = recvmsg(s->fd, &message, 0);
    while (n < 0 && errno == EINTR);
    s->drained = n > 0 && (size_t)n < room + part[1].iov_len;
    s->ahead_at = 0;
    s->ahead_end = (uint8_t)(n > 0 && (size_t)n > room ? (size_t)n - room : 0);
    return n > 0 && (size_t)n > room ? (ssize_t)room : n;
}

static int socket_read(BIO *bio, char *out, size_t room, size_t *got)
{
    tm_tls_socket *s = BIO_get_data(bio);
    ssize_t n;
    BIO_clear_retry_flags(bio);
    *got = s->turns ? give_ahead(s, out, room) : 0;
    if (*got) {
        s->turns--;
        return 1;
    }
    if (s->drained || !s->turns) {
        BIO_set_retry_read(bio);
        return 0;
    }
    s->turns--;
    n = receive(s, out, room);
    s->hung_up |= n == 0;
    s->heard |= n > 0;
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
        sent = send(s->fd, p, n, MSG_NOSIGNAL | (s->more ? MSG_MORE : 0));
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
