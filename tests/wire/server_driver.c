/* A server with null services, to be prodded by h2spec, h2load, curl and the scripts of tests/wire.
 *
 *   server_driver GRPC_ADDRESS HTTP_ADDRESS [WORKERS]
 *
 * prints "grpc PORT http PORT" and runs until stdin ends; then it prints the counts of both ports
 * and drains for up to 30 s. The query (HTTP) or the header x-behave chooses the answer:
 *   busy: UNAVAILABLE with RetryInfo of 1500 ms; bad: INVALID_ARGUMENT; later: OK after 50 ms;
 *   never: OK after 30 s; echo: the body comes back.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/health.h"
#include "net/server.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MAX_WORKERS = 16 };

typedef struct driver {
    tm_loop *home;
    tm_loop *loops[MAX_WORKERS];
    tm_server *server;
    tm_listener *ports[2];
    tm_watch *input;
    int open;
} driver;

typedef struct late {
    tm_exchange *exchange;
    tm_timer *timer;
} late;

static void reply_late(void *argument)
{
    late *l = argument;
    tm_exchange_reply(l->exchange, &(tm_reply){0});
    tm_timer_free(l->timer);
    free(l);
}

static void stop_waiting(tm_exchange *exchange)
{
    reply_late(exchange->note);
}

static void reply_after(tm_exchange *exchange, uint64_t ms)
{
    late *l = malloc(sizeof *l);
    *l = (late){exchange, tm_timer_new(exchange->loop, reply_late, l)};
    tm_timer_start(l->timer, ms);
    exchange->note = l;
    exchange->gone = stop_waiting;
}

static void serve_null(void *owner, tm_exchange *exchange)
{
    (void)owner;
    tm_exchange_reply(exchange, &(tm_reply){.status.code = TM_STATUS_OK});
}

static void serve_as_asked(void *owner, tm_exchange *exchange)
{
    (void)owner;
    tm_text how = exchange->query;
    tm_exchange_header(exchange, "x-behave", &how);
    tm_reply reply = {.status.code = TM_STATUS_OK};
    if (tm_text_is(how, "busy"))
        reply.status = (tm_status){TM_STATUS_UNAVAILABLE, TM_TEXT("the queue is full"), 1500};
    else if (tm_text_is(how, "bad"))
        reply.status = (tm_status){.code = TM_STATUS_INVALID_ARGUMENT,
                                   .message = TM_TEXT("100 % d\xc3\xa9j\xc3\xa0 vu")};
    else if (tm_text_is(how, "echo"))
        reply.body = exchange->body;
    else if (tm_text_is(how, "later") || tm_text_is(how, "never")) {
        reply_after(exchange, tm_text_is(how, "later") ? 50 : 30000);
        return;
    }
    tm_exchange_reply(exchange, &reply);
}

static void serve_page(void *owner, tm_exchange *exchange)
{
    tm_exchange_reply(exchange, &(tm_reply){.body = tm_text_of(owner),
                                            .content_type = TM_TEXT("text/plain; charset=utf-8")});
}

static void *run(void *loop)
{
    tm_loop_run(loop);
    return NULL;
}

static void report(const char *name, const tm_listener *listener)
{
    tm_listener_counts counts = tm_listener_count(listener);
    printf("%s:", name);
#define COUNT(field, manual) printf(" " #field "=%llu", (unsigned long long)counts.field);
    TM_LISTENER_COUNTS(COUNT)
#undef COUNT
    printf("\n");
    fflush(stdout);
}

static void see_closed(void *argument)
{
    driver *d = argument;
    if (--d->open == 0)
        tm_loop_stop(d->home);
}

static void read_stdin(void *argument, int what)
{
    driver *d = argument;
    char line[64];
    (void)what;
    ssize_t n = read(0, line, sizeof line);
    if (n > 0 && line[0] == 'c') {
        report("grpc", d->ports[0]);
        report("http", d->ports[1]);
    }
    if (n > 0 && (line[0] == 'p' || line[0] == 'r'))
        tm_listener_pause(d->ports[0], line[0] == 'p');
    if (n > 0)
        return;
    tm_watch_want(d->input, 0);
    report("grpc", d->ports[0]);
    report("http", d->ports[1]);
    for (int i = 0; i < 2; i++)
        tm_listener_close(d->ports[i], 30000, see_closed, d);
}

int main(int argc, char **argv)
{
    driver d = {.home = tm_loop_new(), .open = 2};
    int workers = argc > 3 ? atoi(argv[3]) : 1;
    pthread_t threads[MAX_WORKERS];
    char error[256];
    char page[] = "tamis\n";
    tm_health *health = tm_health_new(NULL);
    const tm_service services[] = {
        {.kind = TM_SERVICE_GRPC,
         .path = TM_TEXT("/opentelemetry.proto.collector.trace.v1.TraceService/Export"),
         .serve = serve_null},
        {.kind = TM_SERVICE_GRPC,
         .path = TM_TEXT("/test/Behave"),
         .keep_headers = getenv("KEEP_HEADERS") != NULL,
         .serve = serve_as_asked},
        tm_health_service(health),
        {.kind = TM_SERVICE_POST,
         .path = TM_TEXT("/v1/traces"),
         .types = TM_BODY_PROTOBUF | TM_BODY_JSON,
         .serve = serve_as_asked},
        {.kind = TM_SERVICE_PAGE, .path = TM_TEXT("/"), .serve = serve_page, .owner = page},
    };
    for (int i = 0; i < workers; i++)
        d.loops[i] = tm_loop_new();
    tm_server_options options = {.home = d.home, .loops = d.loops, .loop_count = (size_t)workers};
    d.server = tm_server_new(&options);
    for (int i = 0; i < 2; i++) {
        tm_listener_options port = {
            .kind = i ? TM_PORT_HTTP : TM_PORT_GRPC,
            .address = tm_text_of(argc > 1 + i ? argv[1 + i] : "127.0.0.1:0"),
            .services = services,
            .service_count = sizeof services / sizeof *services,
            .header_ms = getenv("HURRY") ? 4000 : 0,
            .idle_ms = getenv("HURRY") ? 5000 : 0,
            .write_ms = getenv("HURRY") ? 4500 : 0,
            .body_ms = getenv("HURRY") ? 4500 : 0,
        };
        d.ports[i] = tm_listener_open(d.server, &port, error, sizeof error);
        if (!d.ports[i]) {
            fprintf(stderr, "%s\n", error);
            return 2;
        }
    }
    printf("grpc %u http %u\n", tm_listener_port(d.ports[0]), tm_listener_port(d.ports[1]));
    fflush(stdout);
    for (int i = 0; i < workers; i++)
        pthread_create(&threads[i], NULL, run, d.loops[i]);
    d.input = tm_watch_new(d.home, 0, read_stdin, &d);
    if (!tm_watch_want(d.input, TM_WATCH_READ)) /* stdin is a file or /dev/null: run until killed */
        pause();
    tm_loop_run(d.home);
    for (int i = 0; i < workers; i++)
        tm_loop_stop(d.loops[i]);
    for (int i = 0; i < workers; i++)
        pthread_join(threads[i], NULL);
    tm_watch_free(d.input);
    tm_server_free(d.server);
    tm_health_free(health);
    for (int i = 0; i < workers; i++)
        tm_loop_free(d.loops[i]);
    tm_loop_free(d.home);
    return 0;
}
