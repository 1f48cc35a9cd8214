/* A fast OTLP/gRPC backend for benchmarks: takes every Export call, counts, answers grpc-status 0.
 *
 *     sink [CERT KEY]    prints its port; then for every line on stdin "REQUESTS BYTES SPANS"
 *
 * One thread, epoll, cleartext HTTP/2 with prior knowledge, or TLS with ALPN. Bytes are those of
 * gRPC messages as they came (compressed ones too); spans are counted by walking lengths, so that a
 * test can wait for the last of them. SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "sink_count.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    WINDOW_BYTES = 1 << 30,
    READ_BYTES = 1 << 16,
    GRPC_PREFIX_BYTES = 5,
    EVENTS = 64,
};

typedef struct {
    uint64_t requests, bytes, spans;
} counters;

typedef struct {
    uint8_t *bytes;
    size_t used, room;
} body;

typedef struct {
    int fd;
    SSL *ssl; /* NULL: cleartext */
    nghttp2_session *session;
    const uint8_t *unsent; /* nghttp2 owns it until the next mem_send */
    size_t unsent_bytes;
    counters *count;
} connection;

static void count_request(counters *count, const body *b)
{
    count->requests++;
    if (b->used < GRPC_PREFIX_BYTES)
        return;
    slice message = {b->bytes + GRPC_PREFIX_BYTES, b->bytes + b->used};
    count->bytes += (uint64_t)(message.end - message.p);
    count->spans += b->bytes[0] ? count_compressed(message) : count_spans(message);
}

/* ---- one call ----------------------------------------------------------------------------------
 */

#define HEADER(name, value)                                                                        \
    {                                                                                              \
        (uint8_t *)(name), (uint8_t *)(value), sizeof(name) - 1, sizeof(value) - 1, 0              \
    }

static ssize_t read_answer(nghttp2_session *session, int32_t stream, uint8_t *to, size_t room,
                           uint32_t *flags, nghttp2_data_source *source, void *user)
{
    static const nghttp2_nv trailers[] = {HEADER("grpc-status", "0")};
    (void)source, (void)user;
    if (room < GRPC_PREFIX_BYTES)
        return NGHTTP2_ERR_DEFERRED;
    memset(to, 0, GRPC_PREFIX_BYTES);
    *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
    nghttp2_submit_trailer(session, stream, trailers, 1);
    return GRPC_PREFIX_BYTES;
}

static int begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
    (void)user;
    if (frame->headers.cat == NGHTTP2_HCAT_REQUEST)
        nghttp2_session_set_stream_user_data(session, frame->hd.stream_id,
                                             must(calloc(1, sizeof(body))));
    return 0;
}

static int take_data(nghttp2_session *session, uint8_t flags, int32_t stream, const uint8_t *data,
                     size_t n, void *user)
{
    body *b = nghttp2_session_get_stream_user_data(session, stream);
    (void)flags, (void)user;
    if (!b)
        return 0;
    if (b->used + n > b->room) {
        b->room = 2 * b->room + n;
        b->bytes = must(realloc(b->bytes, b->room));
    }
    memcpy(b->bytes + b->used, data, n);
    b->used += n;
    return 0;
}

static int take_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
    static const nghttp2_nv headers[] = {HEADER(":status", "200"),
                                         HEADER("content-type", "application/grpc")};
    connection *c = user;
    bool last = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;
    if (!last || (frame->hd.type != NGHTTP2_DATA && frame->hd.type != NGHTTP2_HEADERS))
        return 0;
    body *b = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    if (!b)
        return 0;
    count_request(c->count, b);
    nghttp2_data_provider answer = {.read_callback = read_answer};
    return nghttp2_submit_response(session, frame->hd.stream_id, headers, 2, &answer);
}

static int close_stream(nghttp2_session *session, int32_t stream, uint32_t error, void *user)
{
    body *b = nghttp2_session_get_stream_user_data(session, stream);
    (void)error, (void)user;
    if (b)
        free(b->bytes);
    free(b);
    return 0;
}

/* ---- connections -------------------------------------------------------------------------------
 */

static nghttp2_session *new_session(connection *c)
{
    nghttp2_session_callbacks *callbacks;
    nghttp2_session *session;
    if (nghttp2_session_callbacks_new(&callbacks))
        fail("nghttp2");
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, begin_headers);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, take_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, take_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, close_stream);
    if (nghttp2_session_server_new(&session, callbacks, c))
        fail("nghttp2");
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW_BYTES},
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 100},
    };
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings, 2);
    nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, WINDOW_BYTES);
    return session;
}

static int choose_h2(SSL *ssl, const unsigned char **out, unsigned char *out_n,
                     const unsigned char *in, unsigned in_n, void *user)
{
    static const unsigned char h2[] = "\2h2";
    (void)ssl, (void)user;
    return SSL_select_next_proto((unsigned char **)out, out_n, h2, sizeof h2 - 1, in, in_n) ==
                   OPENSSL_NPN_NEGOTIATED
               ? SSL_TLSEXT_ERR_OK
               : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static SSL_CTX *new_context(const char *cert, const char *key)
{
    SSL_CTX *tls = must(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_set_alpn_select_cb(tls, choose_h2, NULL);
    SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (SSL_CTX_use_certificate_file(tls, cert, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1)
        fail("certificate");
    return tls;
}

static void open_connection(int epoll, int listener, SSL_CTX *tls, counters *count)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), one = 1;
    if (fd < 0)
        return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    connection *c = must(calloc(1, sizeof *c));
    c->fd = fd;
    c->count = count;
    c->session = new_session(c);
    if (tls) {
        c->ssl = must(SSL_new(tls));
        SSL_set_fd(c->ssl, fd);
        SSL_set_accept_state(c->ssl);
    }
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
        fail("epoll_ctl");
}

static void close_connection(connection *c)
{
    nghttp2_session_del(c->session);
    SSL_free(c->ssl);
    close(c->fd);
    free(c);
}

/* As send and recv, TLS or not. */
static ssize_t io(connection *c, int result, const size_t *n)
{
    if (result == 1)
        return (ssize_t)*n;
    int error = SSL_get_error(c->ssl, result);
    errno = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? EAGAIN : EIO;
    return -1;
}

static ssize_t put(connection *c, const uint8_t *p, size_t n)
{
    size_t done = 0;
    ERR_clear_error();
    return c->ssl ? io(c, SSL_write_ex(c->ssl, p, n, &done), &done)
                  : send(c->fd, p, n, MSG_NOSIGNAL);
}

static ssize_t get(connection *c, uint8_t *p, size_t n)
{
    size_t done = 0;
    ERR_clear_error();
    return c->ssl ? io(c, SSL_read_ex(c->ssl, p, n, &done), &done) : recv(c->fd, p, n, 0);
}

/* Writes until nothing is left or the socket is full; false when the connection is over. */
static bool flush(connection *c)
{
    for (;;) {
        if (!c->unsent_bytes) {
            ssize_t n = nghttp2_session_mem_send(c->session, &c->unsent);
            if (n <= 0)
                return n == 0;
            c->unsent_bytes = (size_t)n;
        }
        ssize_t n = put(c, c->unsent, c->unsent_bytes);
        if (n < 0)
            return errno == EAGAIN;
        c->unsent += n;
        c->unsent_bytes -= (size_t)n;
    }
}

/* Reads until the socket is empty; false when the connection is over. */
static bool drain(connection *c)
{
    uint8_t buffer[READ_BYTES];
    for (;;) {
        ssize_t n = get(c, buffer, sizeof buffer);
        if (n < 0)
            return errno == EAGAIN;
        if (n == 0 || nghttp2_session_mem_recv(c->session, buffer, (size_t)n) != n)
            return false;
        if (!flush(c))
            return false;
    }
}

static int listen_anywhere(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) || listen(fd, 64) ||
        getsockname(fd, (struct sockaddr *)&address, &size))
        fail("listen");
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

/* Prints the counters for every line on stdin; ends with it. */
static void answer_stdin(const counters *count)
{
    char line[64];
    ssize_t n = read(STDIN_FILENO, line, sizeof line);
    if (n <= 0)
        exit(0);
    printf("%llu %llu %llu\n", (unsigned long long)count->requests,
           (unsigned long long)count->bytes, (unsigned long long)count->spans);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    counters count = {0};
    SSL_CTX *tls = argc > 2 ? new_context(argv[1], argv[2]) : NULL;
    int listener = listen_anywhere(), epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event on_listener = {.events = EPOLLIN, .data.ptr = &listener};
    struct epoll_event on_stdin = {.events = EPOLLIN, .data.ptr = &count};
    if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &on_listener) ||
        epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &on_stdin))
        fail("epoll");
    for (;;) {
        struct epoll_event events[EVENTS];
        int n = epoll_wait(epoll, events, EVENTS, -1);
        for (int i = 0; i < n; i++) {
            void *who = events[i].data.ptr;
            if (who == &listener)
                open_connection(epoll, listener, tls, &count);
            else if (who == &count)
                answer_stdin(&count);
            else if (!drain(who) || !flush(who))
                close_connection(who);
        }
    }
}
