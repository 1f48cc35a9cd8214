/* Receiving: a receiver of OTLP over HTTP behind a port, and a client of it.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TESTS_PIPE_RECEIVING_H
#define TM_TESTS_PIPE_RECEIVING_H

#include "pipe/receive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { PATIENCE_S = 300 };

typedef struct receiving {
    tm_loop *loop;
    tm_bulk_worker bulk; /* without a loop: there is none */
    tm_server *server;
    tm_listener *listener;
    tm_receiver *receiver;
    tm_registry *registry;
    tm_health *health;
    pthread_t thread, bulk_thread;
    _Atomic long left; /* allocations for requests until all of them fail */
    tm_heap heap;
} receiving;

static inline void *try_alloc(void *owner, size_t n)
{
    receiving *r = owner;
    return r->left-- > 0 ? malloc(n) : NULL;
}

static inline void *try_grow(void *owner, void *block, size_t n)
{
    receiving *r = owner;
    return r->left-- > 0 ? realloc(block, n) : NULL;
}

static inline void drop(void *owner, void *block)
{
    (void)owner;
    free(block);
}

static inline void *run(void *loop)
{
    tm_loop_run(loop);
    return NULL;
}

/* A receiver without pipelines: it reads requests, and that is all. */
static inline void open_receiving(receiving *r)
{
    static const tm_http_server_settings http = {.traces_url_path = TM_TEXT("/v1/traces")};
    static tm_receiver_settings settings = {.id = TM_TEXT("otlp")};
    char error[256] = "";
    settings.otlp.protocols.http = (tm_http_server_settings *)&http;
    r->left = 1000;
    r->heap = (tm_heap){try_alloc, try_grow, drop, r};
    r->loop = tm_loop_new();
    r->registry = tm_registry_new(NULL);
    r->health = tm_health_new(NULL);
    r->receiver =
        tm_receiver_new(&tm_receive_otlp, &(tm_receiver_options){.heap = &r->heap,
                                                                 .settings = &settings,
                                                                 .workers = 1,
                                                                 .bulk_worker = &r->bulk,
                                                                 .bulk_workers = !!r->bulk.loop,
                                                                 .health = r->health,
                                                                 .clock = tm_clock_real(),
                                                                 .registry = r->registry});
    r->server =
        tm_server_new(&(tm_server_options){.home = r->loop, .loops = &r->loop, .loop_count = 1});
    tm_listener_options options = {.kind = TM_PORT_HTTP,
                                   .address = TM_TEXT("127.0.0.1:0"),
                                   .refused = tm_receiver_tell,
                                   .refused_owner = r->receiver};
    options.services = tm_receiver_http_services(r->receiver, &options.service_count);
    r->listener = tm_listener_open(r->server, &options, error, sizeof error);
    assert_non_null(r->listener);
    pthread_create(&r->thread, NULL, run, r->loop);
    if (r->bulk.loop)
        pthread_create(&r->bulk_thread, NULL, run, r->bulk.loop);
}

static inline void close_receiving(receiving *r)
{
    tm_loop_stop(r->loop);
    pthread_join(r->thread, NULL);
    if (r->bulk.loop) {
        tm_loop_stop(r->bulk.loop);
        pthread_join(r->bulk_thread, NULL);
    }
    tm_server_free(r->server);
    tm_receiver_free(r->receiver);
    tm_health_free(r->health);
    tm_registry_free(r->registry);
    tm_loop_free(r->loop);
    if (r->bulk.loop)
        tm_loop_free(r->bulk.loop);
}

/* Posts JSON on a connection of its own, which is then the caller's. */
static inline int begin_post(const receiving *r, tm_text body)
{
    char head[300];
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(tm_listener_port(r->listener)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_sec = PATIENCE_S};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    int n = snprintf(head, sizeof head,
                     "POST /v1/traces HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                     "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
                     body.n);
    assert_int_equal(send(fd, head, (size_t)n, MSG_NOSIGNAL), n);
    assert_int_equal(send(fd, body.p, body.n, MSG_NOSIGNAL), body.n);
    return fd;
}

/* The start of the answer. */
static inline const char *end_post(int fd)
{
    static _Thread_local char answer[2000];
    size_t got = 0;
    for (ssize_t more; (more = recv(fd, answer + got, sizeof answer - 1 - got, 0)) > 0;)
        got += (size_t)more;
    answer[got] = 0;
    close(fd);
    return answer;
}

static inline const char *post(const receiving *r, tm_text body)
{
    return end_post(begin_post(r, body));
}

/* A request of one span whose name has so many bytes, in `room`. */
static inline tm_text long_name(char *room, size_t size, int n)
{
    int all = snprintf(room, size,
                       "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"name\":\"%0*d\"}]}]}]}",
                       n, 0);
    return tm_text_slice(room, (size_t)all);
}

/* However many allocations succeed before: the client may send it again, until it is taken. */
static inline void is_retryable_without_memory(receiving *r, tm_text body)
{
    bool taken = false;
    unsigned refused = 0;
    for (long left = 0; !taken; left++) {
        r->left = left;
        const char *answer = post(r, body);
        taken = strstr(answer, "HTTP/1.1 200");
        if (taken)
            break;
        refused++;
        assert_non_null(strstr(answer, "HTTP/1.1 503"));
        assert_non_null(strstr(answer, "\"code\":14"));
        assert_non_null(strstr(answer, "Retry-After: 1\r\n"));
        assert_true(left < 1000);
    }
    assert_true(refused > 0);
}

#endif
