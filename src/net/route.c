/* Route: from the head of a request to its service, or to the reason why there is none.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/call.h"
#include "net/listener.h"

#include <stdio.h>

/* Both as HTTP/2 would count them (GS-12); over either a request is refused. */
enum { FIELD_OVERHEAD = 32 };

tm_text tm_call_text(const tm_call *call, tm_call_slice slice)
{
    return tm_text_slice(call->head.p ? call->head.p + slice.at : "", slice.n);
}

/* Copies a text of the request; out of memory counts as too much of it. */
static tm_call_slice keep_text(tm_call *call, tm_text text)
{
    tm_call_slice slice = {(uint32_t)call->head.n, (uint32_t)text.n};
    if (tm_bytes_add(&call->head, text))
        return slice;
    call->too_many = true;
    return (tm_call_slice){0, 0};
}

/* False when the request has too many headers to be looked at further. */
static bool count_field(tm_call *call, tm_text name, tm_text value)
{
    call->conn->guard.payload_bytes += name.n + value.n;
    call->head_bytes += name.n + value.n + FIELD_OVERHEAD;
    call->fields++;
    if (call->head_bytes > TM_HTTP1_HEAD_MAX || call->fields > TM_HTTP1_FIELDS_MAX)
        call->too_many = true;
    return !call->too_many;
}

void tm_call_method(tm_call *call, tm_text method)
{
    if (!count_field(call, TM_TEXT(":method"), method))
        return;
    call->head_method = tm_text_is(method, "HEAD");
    call->method = keep_text(call, method);
}

void tm_call_target(tm_call *call, tm_text path_and_query)
{
    if (count_field(call, TM_TEXT(":path"), path_and_query))
        call->target = keep_text(call, path_and_query);
}

static void read_type(tm_call *call, tm_text value)
{
    tm_text media;
    call->grpc_type = tm_grpc_type_of(value);
    tm_text_next(&value, ';', &media);
    media = tm_text_trim(media);
    call->exchange.type = TM_BODY_OTHER;
    if (tm_text_same_word(media, TM_TEXT("application/x-protobuf")))
        call->exchange.type = TM_BODY_PROTOBUF;
    if (tm_text_same_word(media, TM_TEXT("application/json")))
        call->exchange.type = TM_BODY_JSON;
}

static void read_length(tm_call *call, tm_text value)
{
    uint64_t length = 0;
    for (size_t i = 0; i < value.n && i < 19; i++)
        length = length * 10 + (uint64_t)(value.p[i] - '0');
    call->declared = value.n > 19 ? UINT64_MAX - 1 : length;
}

static void read_field(tm_call *call, tm_text name, tm_text value)
{
    if (tm_text_is(name, "content-type"))
        read_type(call, value);
    else if (tm_text_is(name, "content-length"))
        read_length(call, value); /* digits: the protocol has seen to it */
    else if (tm_text_is(name, "grpc-timeout"))
        call->bad_timeout |= !tm_grpc_timeout(value, &call->timeout_ms) || call->timeout_ms == 0;
    else if (tm_text_is(name, "grpc-encoding") || tm_text_is(name, "content-encoding")) {
        /* The other one of the two is of no concern, but is not sent either. */
        call->codings++;
        if (tm_listener_settings(call->conn->listener)->codings)
            call->coding_name = keep_text(call, value);
        call->bad_coding |= call->codings > 1 || !tm_coding_find(value, &call->coding);
    }
}

void tm_call_field(tm_call *call, tm_text name, tm_text value)
{
    if (!count_field(call, name, value))
        return;
    read_field(call, name, value);
    if (!call->conn->listener->keep_headers || name.n == 0 || name.p[0] == ':')
        return;
    tm_call_header *header = &call->headers[call->header_count++];
    header->name = keep_text(call, name);
    header->value = keep_text(call, value);
}

/* ---- the search ----------------------------------------------------------------------------- */

static void split_target(tm_call *call)
{
    tm_exchange *exchange = &call->exchange;
    tm_text target = tm_call_text(call, call->target);
    const char *mark = target.n ? memchr(target.p, '?', target.n) : NULL;
    exchange->method = tm_call_text(call, call->method);
    exchange->path = mark ? tm_text_slice(target.p, (size_t)(mark - target.p)) : target;
    exchange->query = mark ? tm_text_skip(target, exchange->path.n + 1) : tm_text_slice("", 0);
}

static bool fits_method(const tm_service *service, const tm_call *call)
{
    tm_text method = call->exchange.method;
    if (service->kind == TM_SERVICE_PAGE)
        return tm_text_is(method, "GET") || call->head_method;
    return tm_text_is(method, "POST");
}

/* The service of that path and method; *near is one of that path that wants another method. */
static const tm_service *find_service(const tm_call *call, const tm_service **near)
{
    const tm_listener_options *options = tm_listener_settings(call->conn->listener);
    *near = NULL;
    for (size_t i = 0; i < options->service_count; i++) {
        const tm_service *service = &options->services[i];
        if ((service->kind == TM_SERVICE_GRPC) != call->exchange.grpc ||
            !tm_text_equal(service->path, call->exchange.path))
            continue;
        if (fits_method(service, call))
            return service;
        *near = service;
    }
    return NULL;
}

static bool refuse_method(tm_call *call, bool post)
{
    tm_status status = {
        .code = TM_STATUS_UNIMPLEMENTED,
        .message = post ? TM_TEXT("the method must be POST") : TM_TEXT("the method must be GET"),
    };
    tm_bytes body = {.heap = call->worker->heap};
    tm_status_json(&status, &body);
    tm_answer answer = {
        .http_status = 405,
        .allow = post ? TM_TEXT("POST") : TM_TEXT("GET, HEAD"),
        .content_type = TM_TEXT("application/json"),
        .body = tm_bytes_text(&body),
    };
    tm_listener_tell(call->conn->listener, rejected);
    tm_call_answer(call, &answer);
    tm_bytes_free(&body);
    return false;
}

static bool begin_body(tm_call *call, const tm_service *service)
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

static bool route_grpc(tm_call *call)
{
    const tm_service *near, *service = find_service(call, &near);
    call->exchange.type = TM_BODY_PROTOBUF;
    if (!tm_text_is(call->exchange.method, "POST"))
        return refuse_method(call, true);
    if (call->too_many)
        return tm_call_fail(call, TM_STATUS_RESOURCE_EXHAUSTED, 0, "too many or too long headers");
    if (call->grpc_type == TM_GRPC_TYPE_OTHER)
        return tm_call_fail(call, TM_STATUS_UNIMPLEMENTED, 0, "messages must be protobuf");
    if (!service)
        return tm_call_fail(call, TM_STATUS_UNIMPLEMENTED, 0, "unknown service or method");
    return (service->for_all || tm_call_admit(call)) && tm_call_route_admitted(call);
}

static bool route_grpc_admitted(tm_call *call, const tm_service *service)
{
    if (call->bad_timeout)
        return tm_call_fail(call, TM_STATUS_INTERNAL, 0, "malformed grpc-timeout");
    if (call->bad_coding)
        return tm_call_fail(call, TM_STATUS_UNIMPLEMENTED, 0, "unknown grpc-encoding");
    return begin_body(call, service);
}

/* Where the configuration lists codings status and text are the Collector's, else OH-11 holds. */
static bool knows_coding(tm_call *call)
{
    unsigned codings = tm_listener_settings(call->conn->listener)->codings;
    tm_text name = tm_call_text(call, call->coding_name);
    char reason[96];
    if (!codings && call->bad_coding)
        return tm_call_fail(call, TM_STATUS_INVALID_ARGUMENT, 415, "unsupported Content-Encoding");
    if (!codings || (!call->bad_coding && codings & 1u << call->coding))
        return true;
    name.n = name.n < 32 ? name.n : 32;
    snprintf(reason, sizeof reason, "unsupported Content-Encoding: %.*s", TM_PRI(name));
    return tm_call_fail(call, TM_STATUS_INVALID_ARGUMENT, 400, reason);
}

static bool route_http(tm_call *call)
{
    if (tm_call_preflight(call))
        return false;
    if (call->too_many)
        return tm_call_fail(call, TM_STATUS_INVALID_ARGUMENT, 431, "too many or too long headers");
    /* Before it hears what there is at which path. */
    return tm_call_admit(call) && tm_call_route_admitted(call);
}

static bool route_http_admitted(tm_call *call, const tm_service *service, const tm_service *near)
{
    if (!service && near)
        return refuse_method(call, near->kind != TM_SERVICE_PAGE);
    if (!service)
        return tm_call_fail(call, TM_STATUS_NOT_FOUND, 404, "there is nothing at this path");
    if (service->kind == TM_SERVICE_POST && !(service->types & call->exchange.type))
        return tm_call_fail(call, TM_STATUS_INVALID_ARGUMENT, 415, "unsupported Content-Type");
    if (!knows_coding(call))
        return false;
    begin_body(call, service);
    if (call->declared != UINT64_MAX && call->declared > call->max_bytes)
        return tm_call_fail(call, TM_STATUS_RESOURCE_EXHAUSTED, 413, "the body is over the limit");
    return true;
}

bool tm_call_route_admitted(tm_call *call)
{
    const tm_service *near, *service = find_service(call, &near);
    return call->exchange.grpc ? route_grpc_admitted(call, service)
                               : route_http_admitted(call, service, near);
}

bool tm_call_route(tm_call *call)
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
bool tm_call_refuse(tm_call *call)
{
    tm_answer answer = {
        .http_status = 415,
        .content_type = TM_TEXT("text/plain; charset=utf-8"),
        .body = TM_TEXT("this port speaks gRPC only: content-type must be application/grpc\n"),
    };
    tm_listener_tell(call->conn->listener, rejected);
    tm_call_answer(call, &answer);
    return false;
}

/* ---- what a service may ask ----------------------------------------------------------------- */

bool tm_exchange_header_at(const tm_exchange *exchange, size_t index, tm_text *name, tm_text *value)
{
    const tm_call *call = (const tm_call *)exchange;
    if (index >= call->header_count || !exchange->service->keep_headers)
        return false;
    *name = tm_call_text(call, call->headers[index].name);
    *value = tm_call_text(call, call->headers[index].value);
    return true;
}

bool tm_exchange_header(const tm_exchange *exchange, const char *name, tm_text *value)
{
    tm_text wanted = tm_text_of(name), found;
    for (size_t i = 0; tm_exchange_header_at(exchange, i, &found, value); i++)
        if (tm_text_equal(found, wanted))
            return true;
    return false;
}
