/* Receive: what is answered when there is no memory for a request.
 * SPDX-License-Identifier: Apache-2.0 */
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
    tm_server *server;
    tm_listener *listener;
    tm_receiver *receiver;
    tm_registry *registry;
    tm_health *health;
    pthread_t thread;
    _Atomic long left; /* allocations for requests until all of them fail */
    tm_heap heap;
} receiving;

static void *try_alloc(void *owner, size_t n)
{
    receiving *r = owner;
    return r->left-- > 0 ? malloc(n) : NULL;
}

static void *try_grow(void *owner, void *block, size_t n)
{
    receiving *r = owner;
    return r->left-- > 0 ? realloc(block, n) : NULL;
}

static void drop(void *owner, void *block)
{
    (void)owner;
    free(block);
}

static void *run(void *loop)
{
    tm_loop_run(loop);
    return NULL;
}

/* A receiver without pipelines: it reads requests, and that is all. */
static void open_receiving(receiving *r)
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
}

static void close_receiving(receiving *r)
{
    tm_loop_stop(r->loop);
    pthread_join(r->thread, NULL);
    tm_server_free(r->server);
    tm_receiver_free(r->receiver);
    tm_health_free(r->health);
    tm_registry_free(r->registry);
    tm_loop_free(r->loop);
}

/* Posts JSON; the start of the answer. */
static const char *post(const receiving *r, tm_text body)
{
    static _Thread_local char answer[2000];
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(tm_listener_port(r->listener)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_sec = PATIENCE_S};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    int n = snprintf(answer, sizeof answer,
                     "POST /v1/traces HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: "
                     "application/json\r\nContent-Length: %zu\r\n\r\n",
                     body.n);
    assert_int_equal(send(fd, answer, (size_t)n, MSG_NOSIGNAL), n);
    assert_int_equal(send(fd, body.p, body.n, MSG_NOSIGNAL), body.n);
    size_t got = 0;
    for (ssize_t more; (more = recv(fd, answer + got, sizeof answer - 1 - got, 0)) > 0;)
        got += (size_t)more;
    answer[got] = 0;
    close(fd);
    return answer;
}

/* However many allocations succeed before: the client may send it again, until it is taken. */
static void out_of_memory_is_retryable(void **state)
{
    (void)state;
    enum { NAME = 200000 };
    static char body[NAME + 200];
    receiving r = {.loop = NULL};
    open_receiving(&r);
    int n = snprintf(body, sizeof body,
                     "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"name\":\"%0*d\"}]}]}]}",
                     NAME, 0);
    tm_text t = tm_text_slice(body, (size_t)n);
    bool taken = false;
    unsigned refused = 0;
    for (long left = 0; !taken; left++) {
        r.left = left;
        const char *answer = post(&r, t);
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
    assert_non_null(strstr(post(&r, TM_TEXT("{")), "HTTP/1.1 400")); /* which it is not otherwise */
    close_receiving(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(out_of_memory_is_retryable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
