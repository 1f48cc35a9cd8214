/* A server in a thread and plain sockets to it, for the tests of this folder.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TESTS_NET_FIXTURE_H
#define TM_TESTS_NET_FIXTURE_H

#define _GNU_SOURCE /* memmem; pthread_timedjoin_np in bridge.h */
#include "net/server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#ifdef TM_TEST_TLS
#define TM_TEST_RECORDS
#endif
#ifdef TM_TEST_RECORDS /* the same tests over a transport that behaves as TLS does, or is it */
#include "bridge.h"
#endif

/* The machine may stall: nothing here measures how fast something is, this is when it hangs. */
enum { TM_PATIENCE_S = 300 };

typedef struct fixture {
    tm_loop *loop; /* home and worker at once */
    tm_server *server;
    tm_listener *listener;
    _Atomic(tm_exchange *) pending;
    pthread_t thread;
    tm_heap heap;
    tm_budget budget; /* 64 MiB */
    atomic_long allocations;
    atomic_long failing; /* the number of the allocation that fails; 0: none */
    atomic_bool lasting; /* all behind it fail, too */
    int closed;
    tm_service services[5];
    char error[256];
} fixture;

static inline bool fails(fixture *f)
{
    const long number = atomic_fetch_add(&f->allocations, 1) + 1,
               failing = atomic_load(&f->failing);
    return number == failing || (failing && number > failing && atomic_load(&f->lasting));
}

static inline void *count_alloc(void *owner, size_t n)
{
    return fails(owner) ? NULL : malloc(n);
}

static inline void *count_grow(void *owner, void *block, size_t n)
{
    return fails(owner) ? NULL : realloc(block, n);
}

static inline void drop(void *owner, void *block)
{
    (void)owner;
    free(block);
}

/* Says what it got: "protobuf 5 hello". */
static inline void serve_report(void *owner, tm_exchange *exchange)
{
    (void)owner;
    char text[128];
    const char *type = exchange->type == TM_BODY_PROTOBUF ? "protobuf"
                       : exchange->type == TM_BODY_JSON   ? "json"
                                                          : "other";
    tm_text header = TM_TEXT("");
    tm_exchange_header(exchange, "x-tenant", &header);
    int n = snprintf(text, sizeof text, "%s %zu %.*s%.*s%.*s", type, exchange->body.n,
                     exchange->body.n < 20 ? (int)exchange->body.n : 3,
                     exchange->body.n < 20 ? exchange->body.p : "...", TM_PRI(header),
                     TM_PRI(exchange->query));
    tm_exchange_reply(exchange, &(tm_reply){.body = tm_text_slice(text, (size_t)n)});
}

static inline void serve_busy(void *owner, tm_exchange *exchange)
{
    (void)owner;
    tm_reply reply = {.status = {TM_STATUS_UNAVAILABLE, TM_TEXT("full"), 1001}};
    tm_exchange_reply(exchange, &reply);
}

static inline void serve_never(void *owner, tm_exchange *exchange)
{
    ((fixture *)owner)->pending = exchange;
}

static inline void serve_page(void *owner, tm_exchange *exchange)
{
    (void)owner;
    tm_reply reply = {.body = TM_TEXT("page"), .content_type = TM_TEXT("text/plain")};
    tm_exchange_reply(exchange, &reply);
}

static inline void *run(void *loop)
{
    tm_loop_run(loop);
    return NULL;
}

static inline void fill_services(fixture *f)
{
    f->services[0] = (tm_service){
        .kind = TM_SERVICE_POST,
        .path = TM_TEXT("/v1/traces"),
        .types = TM_BODY_PROTOBUF | TM_BODY_JSON,
        .keep_headers = true,
        .serve = serve_report,
    };
    f->services[1] = (tm_service){
        .kind = TM_SERVICE_POST, .path = TM_TEXT("/busy"), .types = 7, .serve = serve_busy};
    f->services[2] = (tm_service){.kind = TM_SERVICE_POST,
                                  .path = TM_TEXT("/never"),
                                  .types = 7,
                                  .serve = serve_never,
                                  .owner = f};
    f->services[3] =
        (tm_service){.kind = TM_SERVICE_PAGE, .path = TM_TEXT("/"), .serve = serve_page};
    f->services[4] = (tm_service){.kind = TM_SERVICE_POST,
                                  .path = TM_TEXT("/small"),
                                  .types = 7,
                                  .max_bytes = 10,
                                  .serve = serve_report};
}

static inline fixture *open_fixture_with_pause(tm_listener_options options, uint64_t pause_ms)
{
    fixture *f = calloc(1, sizeof *f);
    f->heap = (tm_heap){count_alloc, count_grow, drop, f};
    f->loop = tm_loop_new();
    tm_budget_init(&f->budget, 64 << 20);
    tm_server_options server = {.heap = &f->heap,
                                .home = f->loop,
                                .loops = &f->loop,
                                .loop_count = 1,
                                .max_head_bytes = 256 << 10,
                                .budget = &f->budget,
                                .pause_ms = pause_ms};
    f->server = tm_server_new(&server);
    fill_services(f);
#ifdef TM_TEST_RECORDS
    options.transport = (tm_transport_maker){.make = BRIDGE_ACCEPT};
#endif
    options.kind = TM_PORT_HTTP;
    options.address = TM_TEXT("127.0.0.1:0");
    options.services = f->services;
    options.service_count = 5;
    f->listener = tm_listener_open(f->server, &options, f->error, sizeof f->error);
    assert_non_null(f->listener);
    pthread_create(&f->thread, NULL, run, f->loop);
    return f;
}

static inline fixture *open_fixture(tm_listener_options options)
{
    return open_fixture_with_pause(options, 0);
}

static inline void close_fixture(fixture *f)
{
    tm_loop_stop(f->loop);
    pthread_join(f->thread, NULL);
    tm_server_free(f->server);
    tm_loop_free(f->loop);
    free(f);
}

static inline int dial_plainly(const fixture *f)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(tm_listener_port(f->listener)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_sec = TM_PATIENCE_S};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static inline int dial(const fixture *f)
{
    int fd = dial_plainly(f);
#ifdef TM_TEST_RECORDS
    struct timeval patience = {.tv_sec = TM_PATIENCE_S};
    fd = bridge_open(fd, false);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
#endif
    return fd;
}

/* Waits until it holds. */
#define EVENTUALLY(condition)                                                                      \
    do {                                                                                           \
        for (long i_ = 0; !(condition) && i_ < TM_PATIENCE_S * 1000L; i_++)                        \
            usleep(1000);                                                                          \
        assert_true(condition);                                                                    \
    } while (0)

static inline void see_passed(void *argument)
{
    atomic_store((atomic_bool *)argument, true);
}

/* Returns when the loop has done what was posted before. */
static inline void pass_loop(fixture *f)
{
    atomic_bool passed = false;
    tm_loop_post(f->loop, see_passed, &passed);
    EVENTUALLY(atomic_load(&passed));
}

static inline void say(int fd, tm_text t)
{
    ssize_t n = send(fd, t.p, t.n, MSG_NOSIGNAL);
#ifdef TM_TEST_RECORDS
    if (n < 0 && errno == EPIPE) /* the bridge has heard already that the server hung up */
        return;
#endif
    assert_int_equal(n, t.n);
}

/* Reads until the text has come, or to the end of the stream when it is NULL. */
static inline char *hear(int fd, const char *until)
{
    static _Thread_local char text[65536]; /* of the test, not of the product */
    size_t n = 0;
    text[0] = 0;
    while (!until || !memmem(text, n, until, strlen(until))) {
        ssize_t got = recv(fd, text + n, sizeof text - n - 1, 0);
        if (got <= 0)
            break;
        n += (size_t)got;
        text[n] = 0;
    }
    return text;
}

#define POST_(path, more)                                                                          \
    "POST " path " HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\n" more
#define CHUNKED "Transfer-Encoding: chunked\r\n"
#define CLOSE "Connection: close\r\n"

#endif
