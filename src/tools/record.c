/* record: spans of live clients into a file.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/server.h"
#include "tools/complain.h"
#include "tools/record_sink.h"

#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { MOST_PORTS = 8, GRACE_MS = 5000, MEMORY_BYTES = 256 << 20 };

typedef struct recorder {
    tm_record_sink sink;
    tm_loop *loop;
    tm_budget budget;
    tm_server *server;
    tm_service services[2];
    tm_listener *listener[MOST_PORTS];
    unsigned ports, open;
    bool stopping;
    tm_watch *watch;
} recorder;

/* ---- the end --------------------------------------------------------------------------------- */

static void closed(void *argument)
{
    recorder *r = argument;
    if (--r->open == 0)
        tm_loop_stop(r->loop);
}

static void stop(recorder *r)
{
    if (r->stopping)
        return;
    r->stopping = true;
    for (unsigned i = 0; i < r->ports; i++)
        tm_listener_close(r->listener[i], GRACE_MS, closed, r);
}

static void signalled(void *argument, int what)
{
    struct signalfd_siginfo info;
    recorder *r = argument;
    (void)what;
    if (read(r->sink.signals, &info, sizeof info) == sizeof info)
        stop(r);
}

/* ---- a request ------------------------------------------------------------------------------- */

static void serve(void *owner, tm_exchange *x)
{
    recorder *r = owner;
    const tm_status status = tm_record_take(&r->sink, x->body, x->type == TM_BODY_JSON);
    tm_exchange_reply(x, &(tm_reply){.status = status});
    if (tm_record_is_full(&r->sink) || r->sink.broken)
        stop(r);
}

/* ---- starting -------------------------------------------------------------------------------- */

static bool open_server(recorder *r)
{
    r->loop = tm_loop_new();
    tm_budget_init(&r->budget, MEMORY_BYTES);
    if (r->loop)
        r->server = tm_server_new(&(tm_server_options){
            .home = r->loop, .loops = &r->loop, .loop_count = 1, .budget = &r->budget});
    r->services[0] =
        (tm_service){.kind = TM_SERVICE_GRPC,
                     .path = TM_TEXT("/opentelemetry.proto.collector.trace.v1.TraceService/Export"),
                     .serve = serve,
                     .owner = r};
    r->services[1] = (tm_service){.kind = TM_SERVICE_POST,
                                  .path = TM_TEXT("/v1/traces"),
                                  .types = TM_BODY_PROTOBUF | TM_BODY_JSON,
                                  .serve = serve,
                                  .owner = r};
    if (r->server)
        r->watch = tm_watch_new(r->loop, r->sink.signals, signalled, r);
    return (r->watch && tm_watch_want(r->watch, TM_WATCH_READ)) ||
           tm_complain("out of memory or file descriptors");
}

/* A port takes gRPC and HTTP. */
static bool listen_at(recorder *r, tm_text address)
{
    char error[512] = "";
    r->listener[r->ports] = tm_listener_open(
        r->server,
        &(tm_listener_options){
            .kind = TM_PORT_HTTP, .address = address, .services = r->services, .service_count = 2},
        error, sizeof error);
    if (!r->listener[r->ports])
        return tm_complain("%s", error);
    fprintf(stderr, "tamis: listening at %.*s, port %u\n", TM_PRI(address),
            tm_listener_port(r->listener[r->ports]));
    r->ports++;
    r->open++;
    return true;
}

static bool listen_at_all(recorder *r, const tm_texts *addresses)
{
    if (addresses->count > MOST_PORTS)
        return tm_complain("--listen takes %d addresses at most", MOST_PORTS);
    for (size_t i = 0; i < addresses->count; i++)
        if (!listen_at(r, addresses->items[i]))
            return false;
    return true;
}

static void close_server(recorder *r)
{
    if (r->server)
        tm_server_free(r->server);
    if (r->watch)
        tm_watch_free(r->watch);
    if (r->loop)
        tm_loop_free(r->loop);
}

static int listen_and_record(recorder *r, const tm_arguments *a)
{
    int code = TM_EXIT_USAGE;
    if (open_server(r) && listen_at_all(r, tm_arguments_list(a, "listen")) &&
        tm_record_begin(&r->sink)) {
        tm_loop_run(r->loop);
        code = tm_record_end(&r->sink);
    }
    close_server(r);
    return code;
}

static int record(const tm_arguments *a)
{
    recorder *r = TM_NEW(a->arena, recorder);
    const bool from = tm_arguments_text(a, "from", "").n;
    int code = TM_EXIT_USAGE;
    if (from && tm_arguments_list(a, "listen")->count) {
        tm_complain("--listen and --from are two ways to record: one at a time");
        return code;
    }
    if (!from && !tm_arguments_list(a, "listen")->count) {
        tm_complain("--listen is to name an address, as in --listen=:4317, or --from one of a "
                    "running tamis, as in --from=localhost:8888");
        return code;
    }
    if (!from && (tm_arguments_text(a, "of", "").n || tm_arguments_text(a, "pipeline", "").n)) {
        tm_complain("--of and --pipeline go with --from");
        return code;
    }
    if (tm_record_open(&r->sink, a))
        code = from ? tm_record_from(&r->sink, a) : listen_and_record(r, a);
    tm_record_close(&r->sink);
    return code;
}

static const tm_option options[] = {
    {"listen", 'l', TM_OPTION_LIST, "ADDRESS", NULL,
     "where clients send to, by OTLP/gRPC or OTLP/HTTP: :4317, 127.0.0.1:4318, 127.0.0.1:0"},
    {"from", 0, TM_OPTION_TEXT, "ADDRESS", NULL,
     "a running tamis whose spans are copied as they pass: the address of its metrics, on the same "
     "machine"},
    {"of", 0, TM_OPTION_TEXT, NULL, "kept|all",
     "with --from: what the rules keep, the default, or spans as they came"},
    {"pipeline", 0, TM_OPTION_TEXT, "NAME", NULL, "with --from: of one pipeline alone"},
    {"output", 'o', TM_OPTION_TEXT, "FILE", NULL,
     "the recording, or - for stdout, the default; its end tells the format: .json .pb, .gz .zst "
     "behind"},
    {"format", 0, TM_OPTION_TEXT, NULL, "json|proto",
     "OTLP/JSON a line, or protobuf behind its length as a varint, whatever the file's end"},
    {"max", 'n', TM_OPTION_TEXT, "N", NULL, "stops with the request that brings so many spans"},
    {0}};

const tm_command tm_command_record = {
    .name = "record",
    .operands = "",
    .manual =
        "Listens for OTLP, or copies from a running tamis, and writes the spans that come to a "
        "file, until it is interrupted",
    .options = options,
    .run = record};
