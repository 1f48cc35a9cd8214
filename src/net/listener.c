/* Listener: binds, accepts within limits, hands over, winds down.
 * SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* accept4 */
#include "net/listener.h"

#include "net/bind.h"
#include "net/conn.h"
#include "net/inherited.h"
#include "net/peers.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    ACCEPTS = 64, /* in a row, before the loop does other things */
    RETRY_MS = 100,
    LOOK_MS = 20, /* at whether all connections have closed */
};

/* ---- options -------------------------------------------------------------------------------- */

static void fill_defaults(tm_listener_options *options)
{
#define DEFAULT(field, value) options->field = options->field ? options->field : (value)
    DEFAULT(max_body_bytes, options->kind == TM_PORT_GRPC ? 4u << 20 : 20u << 20);
    DEFAULT(max_concurrent_streams, 100);
    DEFAULT(max_connections, 4096);
    DEFAULT(max_connections_per_ip, 512);
    DEFAULT(handshake_ms, 10000);
    DEFAULT(header_ms, 10000);
    DEFAULT(request_ms, TM_NEVER_MS);
    DEFAULT(body_ms, 30000);
    DEFAULT(write_ms, 10000);
    DEFAULT(idle_ms, 120000);
    DEFAULT(ping_ms, 10000);
    DEFAULT(age_ms, TM_NEVER_MS);
    DEFAULT(age_grace_ms, TM_NEVER_MS);
    DEFAULT(quiet_ms, 7200000);
    DEFAULT(pong_ms, 20000);
#undef DEFAULT
}

/* ---- accepting ------------------------------------------------------------------------------ */

static void describe_peer(tm_conn *conn, const struct sockaddr_storage *from)
{
    char text[INET6_ADDRSTRLEN] = "?";
    unsigned port = 0;
    bool six = from->ss_family == AF_INET6;
    if (six) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)from;
        memcpy(conn->address, &in6->sin6_addr, 16);
        port = ntohs(in6->sin6_port);
        six = !IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr);
    } else {
        const struct sockaddr_in *in4 = (const struct sockaddr_in *)from;
        memcpy(conn->address, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
        memcpy(conn->address + 12, &in4->sin_addr, 4);
        port = ntohs(in4->sin_port);
    }
    if (six)
        inet_ntop(AF_INET6, conn->address, text, sizeof text);
    else
        inet_ntop(AF_INET, conn->address + 12, text, sizeof text);
    snprintf(conn->peer, sizeof conn->peer, six ? "[%s]:%u" : "%s:%u", text, port);
}

/* Whether the client has closed already and said nothing. While descriptors are scarce such ones
 * may fill the kernel's queue, and each that was handed on would keep one from a client that is
 * there. */
static bool has_left(int fd)
{
    char byte;
    ssize_t n = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

static void tell_crowd(tm_listener *listener, const char *why, tm_text peer)
{
    const tm_listener_options *o = &listener->options;
    if (o->crowded)
        o->crowded(o->crowded_owner, &(tm_crowded){.port = o->name, .peer = peer, .why = why});
}

/* Takes the descriptor. */
static void take_socket(tm_listener *listener, int fd, const struct sockaddr_storage *from)
{
    int on = 1;
    const tm_heap *heap = tm_server_heap(listener->server);
    tm_conn *conn = tm_heap_alloc(heap, sizeof *conn);
    tm_transport *transport =
        conn ? tm_transport_make(&listener->options.transport, heap, fd) : NULL;
    if (!transport) {
        tm_heap_free(heap, conn);
        close(fd);
        tm_listener_tell(listener, refused);
        return;
    }
    memset(conn, 0, sizeof *conn);
    conn->listener = listener;
    conn->transport = transport;
    conn->protocol =
        listener->options.kind == TM_PORT_GRPC ? &tm_http2_protocol : &tm_http1_protocol;
    describe_peer(conn, from);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (tm_peers_add(listener, conn->address)) {
        tm_listener_tell(listener, accepted);
        tm_listener_tell(listener, open);
        tm_server_hand(listener->server, conn, listener->turn++);
        return;
    }
    tm_listener_tell(listener, refused);
    char why[64];
    snprintf(why, sizeof why, "%u connections of its address are open",
             listener->options.max_connections_per_ip);
    tell_crowd(listener, why, tm_text_of(conn->peer));
    transport->kind->close(transport);
    tm_heap_free(heap, conn);
}

/* Gives up the spare descriptor to take connections out of the queue and close them: all that their
 * clients have left, and one whose client is there, so that it hears at once and the loop does not
 * spin. Then the listener waits a little. */
static void shed(tm_listener *listener)
{
    bool left = true;
    close(listener->spare_fd);
    for (int i = 0; i < TM_BACKLOG && left; i++) {
        int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            break;
        left = has_left(fd);
        close(fd);
        if (!left)
            tm_listener_tell(listener, refused);
    }
    listener->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* `why` others wait; NULL: it is not known whether any does. */
static void pause_accepting(tm_listener *listener, const char *why)
{
    if (why && !listener->crowded)
        tell_crowd(listener, why, TM_TEXT(""));
    listener->crowded |= why != NULL;
    tm_watch_want(listener->watch, 0);
    tm_timer_start(listener->timer, RETRY_MS);
}

static bool is_full(const tm_listener *listener)
{
    return tm_listener_count(listener).open >= listener->options.max_connections;
}

static void accept_some(void *argument, int what)
{
    tm_listener *listener = argument;
    (void)what;
    for (int i = 0; i < ACCEPTS; i++) {
        if (is_full(listener)) {
            char why[64];
            snprintf(why, sizeof why, "%u connections are open", listener->options.max_connections);
            pause_accepting(listener, i ? NULL : why);
            return;
        }
        struct sockaddr_storage from = {0};
        socklen_t n = sizeof from;
        int fd = accept4(listener->fd, (struct sockaddr *)&from, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0 && has_left(fd)) {
            close(fd);
        } else if (fd >= 0) {
            listener->crowded = false;
            take_socket(listener, fd, &from);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            const char *why = strerror(errno);
            shed(listener);
            pause_accepting(listener, why);
            return;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return;
        } /* else the one connection failed: ECONNABORTED and the like */
    }
}

/* ---- opening and closing -------------------------------------------------------------------- */

void tm_listener_lose(tm_listener *listener, const uint8_t address[16])
{
    tm_peers_remove(listener, address);
    atomic_fetch_sub(&listener->counts[TM_LISTENER_INDEX(open)], 1); /* the last touch */
}

static void close_socket(tm_listener *listener)
{
    tm_watch_free(listener->watch);
    listener->watch = NULL;
    if (listener->fd >= 0)
        close(listener->fd);
    if (listener->spare_fd >= 0)
        close(listener->spare_fd);
    listener->fd = listener->spare_fd = -1;
}

void tm_listener_free(tm_listener *listener)
{
    close_socket(listener);
    tm_timer_free(listener->timer);
    pthread_mutex_destroy(&listener->lock);
    const tm_heap *heap = tm_server_heap(listener->server);
    tm_heap_free(heap, listener->peers);
    tm_heap_free(heap, listener);
}

static void look_again(void *argument)
{
    tm_listener *listener = argument;
    if (!atomic_load(&listener->grace_end_ms)) {
        tm_watch_want(listener->watch, TM_WATCH_READ);
        return;
    }
    if (atomic_load(&listener->counts[TM_LISTENER_INDEX(open)])) {
        tm_timer_start(listener->timer, LOOK_MS);
        return;
    }
    void (*closed)(void *) = listener->closed;
    void *closed_argument = listener->closed_argument;
    tm_server_remove(listener->server, listener);
    tm_listener_free(listener);
    if (closed)
        closed(closed_argument);
}

static tm_listener *new_listener(tm_server *server, const tm_listener_options *options)
{
    const tm_heap *heap = tm_server_heap(server);
    tm_listener *listener = tm_heap_alloc(heap, sizeof *listener);
    if (!listener)
        return NULL;
    memset(listener, 0, sizeof *listener);
    listener->server = server;
    listener->options = *options;
    listener->fd = listener->spare_fd = -1;
    fill_defaults(&listener->options);
    for (size_t i = 0; i < options->service_count; i++)
        listener->keep_headers |= options->services[i].keep_headers;
    listener->keep_headers |= options->cors || options->auth;
    pthread_mutex_init(&listener->lock, NULL);
    listener->timer = tm_timer_new(tm_server_home(server), look_again, listener);
    if (listener->timer && tm_peers_open(listener))
        return listener;
    tm_listener_free(listener);
    return NULL;
}

static int open_socket(const tm_listener_options *options, const char **reason)
{
    int fd = -1;
    if (!options->predecessor)
        fd = tm_inherited_take(options->inherited, options->name, options->address);
    if (!options->predecessor)
        return fd >= 0 ? fd : tm_bind(options->address, reason);
    fd = fcntl(options->predecessor->fd, F_DUPFD_CLOEXEC, 0);
    *reason = strerror(errno);
    return fd;
}

tm_listener *tm_listener_open(tm_server *server, const tm_listener_options *options, char *error,
                              size_t error_bytes)
{
    const char *reason = "out of memory";
    tm_listener *listener = new_listener(server, options);
    if (!listener)
        goto fail;
    listener->fd = open_socket(options, &reason);
    listener->options.predecessor = NULL;
    listener->options.inherited = NULL;
    if (listener->fd < 0)
        goto fail;
    listener->port = tm_bind_port(listener->fd);
    listener->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    listener->watch = tm_watch_new(tm_server_home(server), listener->fd, accept_some, listener);
    reason = "out of memory";
    if (!listener->watch || !tm_watch_want(listener->watch, TM_WATCH_READ))
        goto fail;
    tm_server_add(server, listener);
    return listener;
fail:
    snprintf(error, error_bytes, "%.*s%scannot listen at %.*s: %s", TM_PRI(options->name),
             options->name.n ? " " : "", TM_PRI(options->address), reason);
    if (listener)
        tm_listener_free(listener);
    return NULL;
}

uint16_t tm_listener_port(const tm_listener *listener)
{
    return listener->port;
}

void tm_listener_pause(tm_listener *listener, bool paused)
{
    atomic_store(&listener->paused, paused);
    tm_server_nudge(listener->server);
}

void tm_listener_close(tm_listener *listener, uint64_t grace_ms, void (*closed)(void *argument),
                       void *argument)
{
    assert(!atomic_load(&listener->grace_end_ms));
    uint64_t now_ms = tm_loop_now_ms(tm_server_home(listener->server));
    listener->closed = closed;
    listener->closed_argument = argument;
    close_socket(listener);
    atomic_store(&listener->paused, false);
    atomic_store(&listener->grace_end_ms, now_ms + grace_ms + 1);
    tm_server_nudge(listener->server);
    tm_timer_start(listener->timer, 0);
}

tm_listener_counts tm_listener_count(const tm_listener *listener)
{
#define COUNT(name, manual) .name = atomic_load(&listener->counts[TM_LISTENER_INDEX(name)]),
    return (tm_listener_counts){TM_LISTENER_COUNTS(COUNT)};
#undef COUNT
}
