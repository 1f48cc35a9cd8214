/* Route: from the head of a request to its service, or to the reason why there is none.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/server_call.h"
#include "net/listener.h"

#include <stdarg.h>
#include <stdio.h>

/* Of a text that a client has sent, at most, and of a whole reason. */
enum { QUOTED_BYTES = 64, REASON_BYTES = 320 };

/* ---- the search ----------------------------------------------------------------------------- */

static void split_target(tm_server_call *call)
{
    tm_exchange *exchange = &call->exchange;
    tm_text target = tm_call_text(call, call->target);
    const char *mark = target.n ? memchr(target.p, '?', target.n) : NULL;
    exchange->method = tm_call_text(call, call->method);
    exchange->path = mark ? tm_text_slice(target.p, (size_t)(mark - target.p)) : target;
    exchange->query = mark ? tm_text_skip(target, exchange->path.n + 1) : tm_text_slice("", 0);
}

static bool fits_method(const tm_service *service, const tm_server_call *call)
{
    tm_text method = call->exchange.method;
    if (service->kind == TM_SERVICE_PAGE)
        return tm_text_is(method, "GET") || call->head_method;
    return tm_text_is(method, "POST");
}

static bool fits_path(const tm_service *service, const tm_server_call *call, bool below)
{
    if ((service->kind == TM_SERVICE_GRPC) != call->exchange.grpc)
        return false;
    return below ? service->below && tm_text_starts(call->exchange.path, service->path)
                 : tm_text_equal(service->path, call->exchange.path);
}

/* The service of that path, or above it, and method; *near is one that wants another method. */
static const tm_service *find_fitting(const tm_server_call *call, bool below,
                                      const tm_service **near)
{
    const tm_listener_options *options = tm_listener_settings(call->conn->listener);
    *near = NULL;
    for (size_t i = 0; i < options->service_count; i++) {
        const tm_service *service = &options->services[i];
        if (!fits_path(service, call, below))
            continue;
        if (fits_method(service, call))
            return service;
        if (!*near)
            *near = service;
    }
    return NULL;
}

static const tm_service *find_service(const tm_server_call *call, const tm_service **near)
{
    const tm_service *found = find_fitting(call, false, near);
    return found || *near ? found : find_fitting(call, true, near);
}

/* ---- refusals: each says what was found and what is taken ---------------------------------------
 */

__attribute__((format(printf, 5, 6))) static bool fail(tm_server_call *call, tm_refusal why,
                                                       tm_status_code code, int http_status,
                                                       const char *format, ...)
{
    char reason[REASON_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    return tm_call_fail_as(call, why, code, http_status, reason);
}

/* The start of what a client has sent, for a message. */
static tm_text quoted(tm_text text)
{
    return tm_text_slice(text.p, text.n < QUOTED_BYTES ? text.n : QUOTED_BYTES);
}

static bool refuse_method(tm_server_call *call, bool post)
{
    char reason[REASON_BYTES];
    snprintf(reason, sizeof reason, "%.*s is not allowed here: the method must be %s",
             TM_PRI(quoted(call->exchange.method)), post ? "POST" : "GET");
    tm_status status = {.code = TM_STATUS_UNIMPLEMENTED, .message = tm_text_of(reason)};
    tm_bytes body = {.heap = call->worker->heap};
    tm_status_json(&status, &body);
    tm_answer answer = {
        .http_status = 405,
        .allow = post ? TM_TEXT("POST") : TM_TEXT("GET, HEAD"),
        .content_type = TM_TEXT("application/json"),
        .body = tm_bytes_text(&body),
    };
    tm_call_tell(call, TM_REFUSAL_METHOD, answer.http_status, status.message);
    tm_call_answer(call, &answer);
    tm_bytes_free(&body);
    return false;
}

static bool refuse_headers(tm_server_call *call, tm_status_code code, int http_status)
{
    if (call->no_room)
        return fail(call, TM_REFUSAL_BUSY, TM_STATUS_UNAVAILABLE, 0,
                    "no room for the headers at present");
    return fail(call, TM_REFUSAL_HEADERS, code, http_status,
                "the headers are over the limit of %d bytes or %d fields", TM_HTTP1_HEAD_MAX,
                TM_HTTP1_FIELDS_MAX);
}

/* "/a, /b": the pages of a port, as many as there is room for. False: it has none. */
static bool list_pages(const tm_listener_options *options, char *list, size_t room)
{
    size_t n = 0;
    list[0] = 0;
    for (size_t i = 0; i < options->service_count; i++) {
        const tm_service *s = &options->services[i];
        if (s->kind != TM_SERVICE_PAGE || s->absent || n + s->path.n + sizeof ", " > room)
            continue;
        n += (size_t)snprintf(list + n, room - n, "%s%.*s", n ? ", " : "", TM_PRI(s->path));
    }
    return n > 0;
}

/* Names a path where something is taken, or those of pages. */
static bool refuse_path(tm_server_call *call)
{
    const tm_listener_options *options = tm_listener_settings(call->conn->listener);
    tm_text path = quoted(call->exchange.path);
    char pages[REASON_BYTES / 2];
    if (call->exchange.grpc)
        return fail(call, TM_REFUSAL_PATH, TM_STATUS_UNIMPLEMENTED, 0,
                    "unknown service or method %.*s", TM_PRI(path));
    if (list_pages(options, pages, sizeof pages))
        return fail(call, TM_REFUSAL_PATH, TM_STATUS_NOT_FOUND, 404,
                    "there is nothing at %.*s: pages are %s", TM_PRI(path), pages);
    for (size_t i = 0; i < options->service_count; i++)
        if (options->services[i].kind == TM_SERVICE_POST && !options->services[i].absent)
            return fail(call, TM_REFUSAL_PATH, TM_STATUS_NOT_FOUND, 404,
                        "there is nothing at %.*s: requests are taken at %.*s", TM_PRI(path),
                        TM_PRI(quoted(options->services[i].path)));
    return fail(call, TM_REFUSAL_PATH, TM_STATUS_NOT_FOUND, 404, "there is nothing at %.*s",
                TM_PRI(path));
}

static bool refuse_absent(tm_server_call *call, const tm_service *service)
{
    if (call->exchange.grpc)
        return tm_call_fail_as(call, TM_REFUSAL_PATH, TM_STATUS_UNIMPLEMENTED, 0, service->absent);
    return tm_call_fail_as(call, TM_REFUSAL_PATH, TM_STATUS_NOT_FOUND, 404, service->absent);
}

static bool refuse_type(tm_server_call *call, const tm_service *service)
{
    static const char *const taken[] = {[0] = "others are",
                                        [TM_BODY_PROTOBUF] = "application/x-protobuf is",
                                        [TM_BODY_JSON] = "application/json is",
                                        [TM_BODY_PROTOBUF | TM_BODY_JSON] =
                                            "application/json and application/x-protobuf are"};
    return fail(call, TM_REFUSAL_CONTENT_TYPE, TM_STATUS_INVALID_ARGUMENT, 415,
                "unsupported Content-Type \"%.*s\": %s taken",
                TM_PRI(quoted(tm_call_text(call, call->type_name))),
                taken[service->types & (TM_BODY_PROTOBUF | TM_BODY_JSON)]);
}

static bool begin_body(tm_server_call *call, const tm_service *service)
{
    const tm_listener_options *options = tm_listener_settings(call->conn->listener);
    uint64_t now_ms = tm_loop_now_ms(call->worker->loop);
    call->exchange.service = service;
    call->exchange.start_ms = call->begin_ms = call->moved_ms = now_ms;
    call->max_bytes = service->max_bytes ? service->max_bytes : options->max_body_bytes;
    if (service->kind == TM_SERVICE_PAGE)
        call->max_bytes = 0;
    if (call->timeout_ms)
        call->exchange.deadline_ms = now_ms + call->timeout_ms;
    call->stage = TM_CALL_BODY;
    return true;
}

static bool route_grpc(tm_server_call *call)
{
    const tm_service *near, *service = find_service(call, &near);
    call->exchange.type = TM_BODY_PROTOBUF;
    if (!tm_text_is(call->exchange.method, "POST"))
        return refuse_method(call, true);
    if (call->no_room || call->too_many)
        return refuse_headers(call, TM_STATUS_RESOURCE_EXHAUSTED, 0);
    if (call->grpc_type == TM_GRPC_TYPE_OTHER)
        return fail(call, TM_REFUSAL_CONTENT_TYPE, TM_STATUS_UNIMPLEMENTED, 0,
                    "unsupported content-type \"%.*s\": messages must be protobuf",
                    TM_PRI(quoted(tm_call_text(call, call->type_name))));
    if (!service)
        return refuse_path(call);
    if (service->absent)
        return refuse_absent(call, service);
    return (service->for_all || tm_call_admit(call)) && tm_call_route_admitted(call);
}

static bool route_grpc_admitted(tm_server_call *call, const tm_service *service)
{
    if (call->bad_timeout)
        return tm_call_fail(call, TM_STATUS_INTERNAL, 0, "malformed grpc-timeout");
    if (call->bad_coding)
        return fail(call, TM_REFUSAL_CODING, TM_STATUS_UNIMPLEMENTED, 0,
                    "unsupported grpc-encoding \"%.*s\": %s are taken",
                    TM_PRI(quoted(tm_call_text(call, call->coding_name))),
                    tm_coding_list(TM_NAMES_GRPC));
    return begin_body(call, service);
}

/* Where the configuration lists codings status and text are the Collector's, else OH-11 holds. */
static bool knows_coding(tm_server_call *call)
{
    unsigned codings = tm_listener_settings(call->conn->listener)->codings;
    tm_text name = quoted(tm_call_text(call, call->coding_name));
    if (codings ? !call->bad_coding && codings & 1u << call->coding : !call->bad_coding)
        return true;
    if (codings)
        return fail(call, TM_REFUSAL_CODING, TM_STATUS_INVALID_ARGUMENT, 400,
                    "unsupported Content-Encoding: %.*s", TM_PRI(name));
    return fail(call, TM_REFUSAL_CODING, TM_STATUS_INVALID_ARGUMENT, 415,
                "unsupported Content-Encoding \"%.*s\": %s are taken", TM_PRI(name),
                tm_coding_list(TM_NAMES_HTTP));
}

static bool route_http(tm_server_call *call)
{
    if (call->no_room) /* which CORS cannot do without */
        return refuse_headers(call, TM_STATUS_UNAVAILABLE, 0);
    if (tm_call_preflight(call))
        return false;
    if (call->too_many)
        return refuse_headers(call, TM_STATUS_INVALID_ARGUMENT, 431);
    /* Before it hears what there is at which path. */
    return tm_call_admit(call) && tm_call_route_admitted(call);
}

static bool route_http_admitted(tm_server_call *call, const tm_service *service,
                                const tm_service *near)
{
    if (near && near->absent)
        return refuse_absent(call, near);
    if (!service && near)
        return refuse_method(call, near->kind != TM_SERVICE_PAGE);
    if (!service)
        return refuse_path(call);
    if (service->absent)
        return refuse_absent(call, service);
    if (service->kind == TM_SERVICE_POST && !(service->types & call->exchange.type))
        return refuse_type(call, service);
    if (!knows_coding(call))
        return false;
    begin_body(call, service);
    if (call->declared != UINT64_MAX && call->declared > call->max_bytes)
        return fail(call, TM_REFUSAL_SIZE, TM_STATUS_RESOURCE_EXHAUSTED, 413,
                    "the body of %llu bytes is over the limit of %zu",
                    (unsigned long long)call->declared, call->max_bytes);
    return true;
}

bool tm_call_route_admitted(tm_server_call *call)
{
    const tm_service *near, *service = find_service(call, &near);
    return call->exchange.grpc ? route_grpc_admitted(call, service)
                               : route_http_admitted(call, service, near);
}

bool tm_call_route(tm_server_call *call)
{
    tm_port_kind port = tm_listener_settings(call->conn->listener)->kind;
    if (!call->exchange.type)
        call->exchange.type = TM_BODY_OTHER;
    split_target(call);
    call->exchange.grpc = call->grpc_type != TM_GRPC_TYPE_NONE && call->http2;
    if (call->exchange.grpc)
        return route_grpc(call);
    if (port == TM_PORT_HTTP)
        return route_http(call);
    call->stage = TM_CALL_REFUSED;
    call->begin_ms = call->moved_ms = tm_loop_now_ms(call->worker->loop);
    return false;
}

/* The gRPC port has one language; who speaks another gets a word that people understand. */
bool tm_call_refuse(tm_server_call *call)
{
    tm_answer answer = {
        .http_status = 415,
        .content_type = TM_TEXT("text/plain; charset=utf-8"),
        .body = TM_TEXT("this port speaks gRPC only: content-type must be application/grpc\n"),
    };
    tm_call_tell(call, TM_REFUSAL_CONTENT_TYPE, answer.http_status,
                 TM_TEXT("this port speaks gRPC only"));
    tm_call_answer(call, &answer);
    return false;
}
