/* A fast OTLP/gRPC backend for benchmarks: takes every Export call, counts, answers grpc-status 0.
 *
 *     sink            prints its port; then for every line on stdin "REQUESTS BYTES SPANS"
 *
 * One thread, epoll, cleartext HTTP/2 with prior knowledge. Bytes are those of gRPC messages as
 * they came (compressed ones too); spans are counted by walking lengths, so that a test can wait
 * for the last of them. SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

enum {
    WINDOW_BYTES = 1 << 30,
    READ_BYTES = 1 << 16,
    GRPC_PREFIX_BYTES = 5,
    EVENTS = 64,
    /* Field numbers of ExportTraceServiceRequest, ResourceSpans and ScopeSpans. */
    RESOURCE_SPANS = 1,
    SCOPE_SPANS = 2,
    SPANS = 2,
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
    nghttp2_session *session;
    const uint8_t *unsent; /* nghttp2 owns it until the next mem_send */
    size_t unsent_bytes;
    counters *count;
} connection;

typedef struct {
    const uint8_t *p, *end;
} slice;

static _Noreturn void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void *must(void *p)
{
    if (!p)
        fail("sink");
    return p;
}

/* ---- counting ----------------------------------------------------------------------------------
 */

/* Reads a varint; false at the end of the slice. */
static bool varint(slice *in, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; in->p < in->end && shift < 64; shift += 7) {
        *value |= (uint64_t)(*in->p & 0x7f) << shift;
        if (*in->p++ < 0x80)
            return true;
    }
    return false;
}

/* Takes the next length-delimited field of that number, stepping over all others; false when there
 * is none. */
static bool next_field(slice *in, uint64_t number, slice *field)
{
    uint64_t tag, size;
    while (varint(in, &tag)) {
        switch (tag & 7) {
        case 0:
            if (!varint(in, &size))
                return false;
            continue;
        case 1:
            size = 8;
            break;
        case 5:
            size = 4;
            break;
        case 2:
            if (!varint(in, &size))
                return false;
            break;
        default:
            return false;
        }
        if (size > (uint64_t)(in->end - in->p))
            return false;
        *field = (slice){in->p, in->p + size};
        in->p += size;
        if ((tag & 7) == 2 && tag >> 3 == number)
            return true;
    }
    return false;
}

static uint64_t count_spans(slice request)
{
    uint64_t n = 0;
    slice resource, scope, span;
    while (next_field(&request, RESOURCE_SPANS, &resource))
        while (next_field(&resource, SCOPE_SPANS, &scope))
            while (next_field(&scope, SPANS, &span))
                n++;
    return n;
}

/* Counts the spans of a gzip'd message; 0 when it is broken. */
static uint64_t count_compressed(slice message)
{
    static const size_t step = 1 << 20;
    z_stream z = {.next_in = (Bytef *)message.p, .avail_in = (uInt)(message.end - message.p)};
    uint8_t *out = NULL;
    size_t room = 0;
    int state = inflateInit2(&z, 15 + 16);
    while (state == Z_OK) {
        if (z.total_out == room)
            out = must(realloc(out, room += step + room / 2));
        z.next_out = out + z.total_out;
        z.avail_out = (uInt)(room - z.total_out);
        state = inflate(&z, Z_NO_FLUSH);
    }
    uint64_t n = state == Z_STREAM_END ? count_spans((slice){out, out + z.total_out}) : 0;
    inflateEnd(&z);
    free(out);
    return n;
}

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

static void open_connection(int epoll, int listener, counters *count)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), one = 1;
    if (fd < 0)
        return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    connection *c = must(calloc(1, sizeof *c));
    c->fd = fd;
    c->count = count;
    c->session = new_session(c);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
        fail("epoll_ctl");
}

static void close_connection(connection *c)
{
    nghttp2_session_del(c->session);
    close(c->fd);
    free(c);
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
        ssize_t n = send(c->fd, c->unsent, c->unsent_bytes, MSG_NOSIGNAL);
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
        ssize_t n = recv(c->fd, buffer, sizeof buffer, 0);
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

int main(void)
{
    counters count = {0};
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
                open_connection(epoll, listener, &count);
            else if (who == &count)
                answer_stdin(&count);
            else if (!drain(who) || !flush(who))
                close_connection(who);
        }
    }
}
