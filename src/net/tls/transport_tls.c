/* Transport of TLS: what OpenSSL wants and gives, in the words of transports.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/tls/transport_tls.h"

#include "net/loop.h"
#include "net/tls/tls_socket.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RECORD = SSL3_RT_MAX_PLAIN_LENGTH };

struct tm_tls {
    const tm_heap *heap;
    tm_tls_context *context;
    BIO_METHOD *method;
};

typedef struct stream {
    tm_transport transport; /* first */
    tm_tls_context *context;
    BIO_METHOD *method;
    tm_tls_socket socket;
    SSL *ssl;    /* from the first step of the handshake on */
    size_t owed; /* bytes of a record that was made and has not left */
    bool shaken; /* the handshake is over */
    bool dry;    /* there is no whole record to be opened */
    bool over, told;
    int outcome; /* once `over`: TM_IO_END or TM_IO_FAILED; whether the reader was told */
    bool said_bye;
    char why[200];
} stream;

/* ---- what went wrong ------------------------------------------------------------------------- */

/* OpenSSL's words for what happens to everybody, in ours. */
static const char *plain_reason(const stream *s, unsigned long error)
{
    switch (ERR_GET_REASON(error)) {
    case SSL_R_HTTP_REQUEST:
        return "the peer speaks HTTP without TLS";
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
        return "the peer does not speak TLS";
    case SSL_R_UNSUPPORTED_PROTOCOL:
        return "the peer knows no version of TLS that may be spoken here";
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
        return "the peer has no certificate";
    default:
        return s->socket.hung_up && !error ? "the peer hung up" : ERR_reason_error_string(error);
    }
}

/* A peer that has hung up may have said why before. */
static unsigned long last_words(stream *s)
{
    char some[256];
    size_t n;
    tm_tls_socket_begin(&s->socket);
    if (s->shaken)
        (void)SSL_read_ex(s->ssl, some, sizeof some, &n);
    return ERR_peek_error();
}

static void explain(stream *s)
{
    unsigned long error = ERR_peek_error();
    if (!error)
        error = last_words(s);
    long verified = s->ssl ? SSL_get_verify_result(s->ssl) : X509_V_OK;
    if (ERR_GET_REASON(error) == SSL_R_CERTIFICATE_VERIFY_FAILED)
        snprintf(s->why, sizeof s->why, "the peer's certificate is refused: %s",
                 X509_verify_cert_error_string(verified));
    else
        snprintf(s->why, sizeof s->why, "%s%s", s->shaken ? "" : "no TLS: ",
                 plain_reason(s, error) ? plain_reason(s, error) : "reset");
    s->transport.why = s->why;
    ERR_clear_error();
}

/* Who only looked whether the port is open, and said nothing. */
static bool only_looked(const stream *s)
{
    return s->ssl && SSL_is_server(s->ssl) && s->socket.hung_up && !s->socket.heard;
}

/* From now on there is nothing more to be had. */
static int end(stream *s, int outcome)
{
    s->over = true;
    s->outcome = outcome;
    if (outcome == TM_IO_FAILED && !s->transport.why && !only_looked(s))
        explain(s);
    return outcome;
}

/* What to do after OpenSSL did not do what it was asked for; *needs is what it waits for. */
static int go_on(stream *s, int result, uint8_t *needs)
{
    switch (SSL_get_error(s->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        *needs = TM_WATCH_READ;
        return TM_IO_AGAIN;
    case SSL_ERROR_WANT_WRITE:
        *needs = TM_WATCH_WRITE;
        return TM_IO_AGAIN;
    case SSL_ERROR_ZERO_RETURN:
        return end(s, s->shaken ? TM_IO_END : TM_IO_FAILED);
    default:
        return end(s, TM_IO_FAILED);
    }
}

/* ---- handshakes ------------------------------------------------------------------------------ */

/* An answer that HTTP without TLS can read. */
static void answer_plainly(const stream *s)
{
    static const char answer[] = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n"
                                 "Connection: close\r\nContent-Length: 31\r\n\r\n"
                                 "this port speaks TLS: https://\n";
    (void)!send(s->transport.fd, answer, sizeof answer - 1, MSG_NOSIGNAL);
}

static int refuse(stream *s, const char *why)
{
    snprintf(s->why, sizeof s->why, "no TLS: %s", why);
    s->transport.why = s->why;
    return end(s, TM_IO_FAILED);
}

static bool begin(stream *s)
{
    BIO *bio = BIO_new(s->method);
    s->ssl = bio ? tm_tls_context_session(s->context) : NULL;
    if (!s->ssl) {
        BIO_free(bio);
        return false;
    }
    BIO_set_data(bio, &s->socket);
    SSL_set_bio(s->ssl, bio, bio);
    return true;
}

static int agree(stream *s)
{
    const unsigned char *protocol;
    unsigned n;
    SSL_get0_alpn_selected(s->ssl, &protocol, &n);
    if (!n && !tm_tls_context_may_choose_none(s->context))
        return refuse(s, "HTTP/2 was not agreed on (ALPN)");
    s->shaken = true;
    s->transport.read_needs = TM_WATCH_READ;
    s->transport.write_needs = TM_WATCH_WRITE;
    return TM_IO_DONE;
}

static int shake(tm_transport *transport)
{
    stream *s = (stream *)transport;
    if (s->over)
        return s->outcome;
    if (!s->ssl && !begin(s))
        return refuse(s, "out of memory");
    ERR_clear_error();
    tm_tls_socket_begin(&s->socket);
    int result = SSL_do_handshake(s->ssl);
    if (result == 1)
        return agree(s);
    bool http = ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST;
    if (http && tm_tls_context_may_choose_none(s->context))
        answer_plainly(s);
    return go_on(s, result, &transport->read_needs);
}

/* ---- reading --------------------------------------------------------------------------------- */

static ptrdiff_t read_tls(tm_transport *transport, const struct iovec *part, unsigned parts)
{
    stream *s = (stream *)transport;
    size_t given = 0;
    ERR_clear_error();
    s->dry = false;
    tm_tls_socket_begin(&s->socket);
    for (; parts && !s->over && !s->dry; part++, parts--) {
        for (size_t at = 0, n; at < part->iov_len && !s->over; at += n, given += n) {
            int result = SSL_read_ex(s->ssl, (char *)part->iov_base + at, part->iov_len - at, &n);
            if (result == 1)
                continue;
            s->dry = go_on(s, result, &transport->read_needs) == TM_IO_AGAIN;
            break;
        }
    }
    if (!s->dry)
        transport->read_needs = TM_WATCH_READ;
    if (given)
        return (ptrdiff_t)given;
    s->told |= s->over;
    return s->over ? s->outcome : TM_IO_AGAIN;
}

/* A record that is there in part is none: its descriptor tells of the rest. */
static bool pending(const tm_transport *transport)
{
    const stream *s = (const stream *)transport;
    return s->over ? !s->told : s->shaken && !s->dry && SSL_has_pending(s->ssl);
}

/* ---- writing --------------------------------------------------------------------------------- */

/* The bytes of the next record, from `skip` on: at most `most`. They stay where they are when they
 * lie together, else are copied to `room`. */
static const char *gather(const struct iovec *part, unsigned parts, size_t skip, size_t most,
                          char *room, size_t *n)
{
    while (parts && skip >= part->iov_len) {
        skip -= part->iov_len;
        part++, parts--;
    }
    *n = 0;
    if (!parts)
        return NULL;
    const char *p = (const char *)part->iov_base + skip;
    size_t rest = part->iov_len - skip;
    if (rest >= most || parts == 1) {
        *n = rest < most ? rest : most;
        return p;
    }
    for (; parts && *n < most; part++, parts--, skip = 0) {
        size_t turn = part->iov_len - skip;
        turn = turn < most - *n ? turn : most - *n;
        memcpy(room + *n, (const char *)part->iov_base + skip, turn);
        *n += turn;
    }
    return room;
}

static ptrdiff_t write_tls(tm_transport *transport, const struct iovec *part, unsigned parts)
{
    stream *s = (stream *)transport;
    char room[RECORD];
    size_t all = 0, written = 0, n, put;
    if (s->over && s->outcome == TM_IO_FAILED)
        return TM_IO_FAILED;
    ERR_clear_error();
    for (unsigned i = 0; i < parts; i++)
        all += part[i].iov_len;
    for (;;) {
        const char *p = gather(part, parts, written, s->owed ? s->owed : RECORD, room, &n);
        if (!n)
            return (ptrdiff_t)written;
        s->socket.more = written + n < all; /* larger segments */
        int result = SSL_write_ex(s->ssl, p, n, &put);
        if (result != 1) {
            s->owed = n;
            int outcome = go_on(s, result, &transport->write_needs);
            return written && outcome == TM_IO_AGAIN ? (ptrdiff_t)written : outcome;
        }
        transport->write_needs = TM_WATCH_WRITE;
        s->owed = 0;
        written += put;
    }
}

/* ---- the end --------------------------------------------------------------------------------- */

/* Tells the peer that no more comes. */
static int say_bye(stream *s)
{
    if (!s->shaken || s->owed || s->said_bye || (s->over && s->outcome == TM_IO_FAILED))
        return TM_IO_DONE;
    ERR_clear_error();
    tm_tls_socket_begin(&s->socket);
    int result = SSL_shutdown(s->ssl);
    if (result < 0)
        return go_on(s, result, &s->transport.write_needs);
    s->said_bye = true;
    return TM_IO_DONE;
}

static int finish(tm_transport *transport)
{
    int n = say_bye((stream *)transport);
    if (n == TM_IO_DONE)
        shutdown(transport->fd, SHUT_WR);
    return n;
}

/* What is unread would reset the connection and take the last words with it. */
static void drain(const stream *s)
{
    enum { READS = 4 };
    char some[4096];
    shutdown(s->transport.fd, SHUT_WR);
    for (int i = 0; i < READS; i++)
        if (recv(s->transport.fd, some, sizeof some, MSG_DONTWAIT) <= 0)
            return;
}

static void close_tls(tm_transport *transport)
{
    stream *s = (stream *)transport;
    say_bye(s);
    if (s->over && s->outcome == TM_IO_FAILED)
        drain(s);
    SSL_free(s->ssl);
    ERR_clear_error();
    tm_tls_context_unref(s->context);
    close(transport->fd);
    tm_heap_free(transport->heap, s);
}

static const tm_transport_kind tls_kind = {
    .shake = shake,
    .read = read_tls,
    .write = write_tls,
    .pending = pending,
    .finish = finish,
    .close = close_tls,
};

/* ---- makers ---------------------------------------------------------------------------------- */

static tm_transport *make(void *owner, const tm_heap *heap, int fd)
{
    const tm_tls *tls = owner;
    stream *s = tm_heap_alloc(heap, sizeof *s);
    if (!s)
        return NULL;
    *s = (stream){.transport = {.kind = &tls_kind,
                                .heap = heap,
                                .fd = fd,
                                .secure = true,
                                .read_needs = TM_WATCH_READ,
                                .write_needs = TM_WATCH_WRITE},
                  .context = tm_tls_context_ref(tls->context),
                  .method = tls->method,
                  .socket = {.fd = fd}};
    return &s->transport;
}

tm_tls *tm_tls_new(const tm_heap *heap, tm_tls_context *context)
{
    tm_tls *tls = tm_heap_alloc(heap, sizeof *tls);
    BIO_METHOD *method = tls ? tm_tls_socket_method() : NULL;
    if (!method) {
        tm_heap_free(heap, tls);
        return NULL;
    }
    *tls = (tm_tls){.heap = heap, .context = context, .method = method};
    return tls;
}

void tm_tls_free(tm_tls *tls)
{
    if (!tls)
        return;
    tm_tls_context_unref(tls->context);
    BIO_meth_free(tls->method);
    tm_heap_free(tls->heap, tls);
}

void tm_tls_set(tm_tls *tls, tm_tls_context *context)
{
    tm_tls_context_unref(tls->context);
    tls->context = context;
}

tm_transport_maker tm_tls_maker(tm_tls *tls)
{
    return (tm_transport_maker){.make = make, .owner = tls};
}

bool tm_tls_lend(const tm_tls *tls, SSL_CTX *to)
{
    return tm_tls_context_lend(tls->context, to);
}
