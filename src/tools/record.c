/* record: spans of live clients into a file.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/number.h"
#include "engine/judge.h"
#include "net/server.h"
#include "otlp/otlp_json_read.h"
#include "tools/arguments.h"
#include "tools/complain.h"
#include "tools/progress.h"
#include "tools/run_output.h"

#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { MOST_PORTS = 8, GRACE_MS = 5000, MEMORY_BYTES = 256 << 20 };

typedef struct recorder {
    tm_arena *arena; /* of one request */
    tm_loop *loop;
    tm_budget budget;
    tm_server *server;
    tm_service services[2];
    tm_listener *listener[MOST_PORTS];
    unsigned ports, open;
    bool stopping;
    int signals; /* a descriptor */
    tm_watch *watch;
    tm_judge *judge;
    tm_ruleset *ruleset; /* of no rules: requests are checked, and bad UTF-8 is mended */
    tm_deflater *deflater;
    tm_output_form form;
    tm_output output;
    tm_bytes added, packed;
    uint64_t most, spans, requests, bytes;
    tm_progress progress;
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
    if (read(r->signals, &info, sizeof info) == sizeof info)
        stop(r);
}

/* ---- a request ------------------------------------------------------------------------------- */

/* One request on its way to the file. */
typedef struct recording_of {
    recorder *recorder;
    tm_exchange *exchange;
    tm_status status;
} recording_of;

static void refuse(recording_of *of, tm_status_code code, tm_text why)
{
    of->status = (tm_status){.code = code, .message = why};
}

static bool write_request(recorder *r, const tm_outcome *o)
{
    char *at = tm_arena_alloc(r->arena, o->out->bytes);
    tm_pieces_copy(o->out, at);
    r->added.n = r->packed.n = 0;
    return tm_output_add(r->arena, r->form, tm_text_slice(at, o->out->bytes), &r->added) &&
           tm_output_pack(r->deflater, r->form, &r->added, &r->packed) &&
           tm_output_write(&r->output, tm_bytes_text(&r->packed));
}

static void record_request(void *argument)
{
    recording_of *of = argument;
    recorder *r = of->recorder;
    tm_text request = of->exchange->body, why;
    tm_outcome o;
    if (of->exchange->type == TM_BODY_JSON &&
        !tm_otlp_from_json(r->arena, request, &request, &why)) {
        refuse(of, TM_STATUS_INVALID_ARGUMENT, why);
        return;
    }
    if (!tm_judge_request(r->judge, r->ruleset, request, NULL, TM_UTF8_MEND, &o)) {
        refuse(of, TM_STATUS_UNAVAILABLE, TM_TEXT("out of memory"));
        return;
    }
    if (o.status != TM_JUDGED) {
        refuse(of, TM_STATUS_INVALID_ARGUMENT, o.reason);
        return;
    }
    if (o.out->bytes && !write_request(r, &o)) {
        refuse(of, TM_STATUS_UNAVAILABLE, TM_TEXT("the recording cannot be written"));
        stop(r);
        return;
    }
    r->requests++;
    r->spans += o.spans_out;
    r->bytes += request.n;
}

static void serve(void *owner, tm_exchange *x)
{
    recorder *r = owner;
    recording_of of = {.recorder = r, .exchange = x};
    char text[64];
    tm_arena_reset(r->arena);
    if (r->spans >= r->most)
        refuse(&of, TM_STATUS_UNAVAILABLE, TM_TEXT("the recording is complete"));
    else if (!tm_arena_try(r->arena, record_request, &of))
        refuse(&of, TM_STATUS_UNAVAILABLE, TM_TEXT("out of memory"));
    tm_exchange_reply(x, &(tm_reply){.status = of.status});
    snprintf(text, sizeof text, "%llu spans", (unsigned long long)r->spans);
    tm_progress_draw(&r->progress, r->bytes, 0, text);
    if (r->spans >= r->most)
        stop(r);
}

/* ---- starting -------------------------------------------------------------------------------- */

static bool open_parts(recorder *r)
{
    tm_diags diags = {.arena = r->arena};
    r->loop = tm_loop_new();
    r->judge = tm_judge_new(NULL, tm_clock_real(), NULL, NULL);
    r->ruleset = tm_ruleset_new(NULL, NULL, 0, &diags);
    r->deflater = tm_deflater_new(NULL);
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
    return (r->judge && r->ruleset && r->deflater && r->server) ||
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
    return r->ports || tm_complain("--listen is to name an address, as in --listen=:4317");
}

static bool watch_signals(recorder *r)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    r->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    r->watch = r->signals < 0 ? NULL : tm_watch_new(r->loop, r->signals, signalled, r);
    return (r->watch && tm_watch_want(r->watch, TM_WATCH_READ)) ||
           tm_complain("out of memory or file descriptors");
}

static void close_parts(recorder *r)
{
    if (r->server)
        tm_server_free(r->server);
    if (r->watch)
        tm_watch_free(r->watch);
    if (r->signals > 0)
        close(r->signals);
    if (r->loop)
        tm_loop_free(r->loop);
    tm_judge_free(r->judge);
    tm_ruleset_unref(r->ruleset);
    tm_deflater_free(r->deflater);
    tm_bytes_free(&r->added);
    tm_bytes_free(&r->packed);
    tm_arena_free(r->arena);
}

static int record_all(recorder *r, const tm_arguments *a)
{
    tm_text name = tm_arguments_text(a, "output", "-");
    r->form = tm_output_form_of(name, tm_arguments_text(a, "format", ""));
    if (!open_parts(r) || !watch_signals(r) || !tm_output_open(&r->output, name))
        return TM_EXIT_USAGE;
    if (!listen_at_all(r, tm_arguments_list(a, "listen")))
        return TM_EXIT_USAGE;
    tm_progress_start(&r->progress);
    tm_loop_run(r->loop);
    tm_progress_end(&r->progress);
    fprintf(stderr, "%llu spans in %llu requests\n", (unsigned long long)r->spans,
            (unsigned long long)r->requests);
    if (!tm_output_close(&r->output))
        return TM_EXIT_USAGE;
    return r->spans ? TM_EXIT_OK : TM_EXIT_NO_INPUT;
}

static int record(const tm_arguments *a)
{
    recorder *r = TM_NEW(a->arena, recorder);
    tm_text most = tm_arguments_text(a, "max", "");
    int code = TM_EXIT_USAGE;
    r->most = UINT64_MAX;
    r->arena = tm_arena_new(NULL);
    if (most.n && (!tm_number_uint(most, &r->most) || !r->most))
        tm_complain("--max takes a number above 0, not %.*s", TM_PRI(most));
    else if (!r->arena)
        tm_complain("out of memory");
    else
        code = record_all(r, a);
    close_parts(r);
    return code;
}

static const tm_option options[] = {
    {"listen", 'l', TM_OPTION_LIST, "ADDRESS", NULL,
     "where clients send to, by OTLP/gRPC or OTLP/HTTP: :4317, 127.0.0.1:4318, 127.0.0.1:0"},
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
    .manual = "Listens for OTLP and writes the spans that come to a file, until it is interrupted",
    .options = options,
    .run = record};
