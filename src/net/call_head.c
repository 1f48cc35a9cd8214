/* Call head: the request line and the headers as they come in, and what is kept of them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/server_call.h"
#include "base/ascii.h"
#include "net/listener.h"

enum {
    FIELD_OVERHEAD = 32, /* of each, as HTTP/2 counts them (GS-12), whatever the protocol */
    COMING = 32          /* rows of headers that are kept, at once */
};

/* ---- what is kept of the head ---------------------------------------------------------------- */

tm_text tm_call_text(const tm_server_call *call, tm_call_slice slice)
{
    return tm_text_slice(call->head.p ? call->head.p + slice.at : "", slice.n);
}

bool tm_call_header_at(const tm_server_call *call, size_t index, tm_text *name, tm_text *value)
{
    const tm_call_header *header = (const tm_call_header *)(const void *)call->headers.p + index;
    if (index >= call->headers.n / sizeof *header)
        return false;
    *name = tm_call_text(call, header->name);
    *value = tm_call_text(call, header->value);
    return true;
}

void tm_call_drop_head(tm_server_call *call)
{
    tm_server_discharge_head(call->worker->server, call->head_charged);
    call->head_charged = 0;
    if (call->head.room > TM_HEAD_FREE)
        tm_bytes_free(&call->head);
    if (call->headers.room > TM_HEAD_FREE)
        tm_bytes_free(&call->headers);
}

/* Copies a text of the request. */
static tm_call_slice keep_text(tm_server_call *call, tm_text text)
{
    tm_call_slice slice = {(uint32_t)call->head.n, (uint32_t)text.n};
    size_t bytes = call->head.n + text.n + call->headers.n;
    if (tm_server_charge_head(call->worker->server, bytes, &call->head_charged) &&
        tm_bytes_add(&call->head, text))
        return slice;
    call->no_room = true;
    return (tm_call_slice){0, 0};
}

static void keep_header(tm_server_call *call, tm_text name, tm_text value)
{
    tm_call_header header = {.name = keep_text(call, name), .value = keep_text(call, value)};
    char *kept = call->head.p + header.name.at;
    if (header.name.n)
        tm_ascii_lower_to(kept, tm_text_slice(kept, header.name.n));
    size_t bytes = call->headers.room == call->headers.n ? COMING * sizeof header : sizeof header;
    if (call->no_room || !tm_bytes_reserve(&call->headers, bytes)) {
        call->no_room = true;
        return;
    }
    memcpy(call->headers.p + call->headers.n, &header, sizeof header);
    call->headers.n += sizeof header;
}

/* False when the request has too many headers, or there is no room for them: it is not looked at
 * further. */
static bool count_field(tm_server_call *call, tm_text name, tm_text value)
{
    call->conn->guard.payload_bytes += name.n + value.n;
    call->head_bytes += name.n + value.n + FIELD_OVERHEAD;
    call->fields++;
    if (call->head_bytes > TM_HTTP1_HEAD_MAX || call->fields > TM_HTTP1_FIELDS_MAX)
        call->too_many = true;
    return !call->too_many && !call->no_room;
}

void tm_call_method(tm_server_call *call, tm_text method)
{
    if (!count_field(call, TM_TEXT(":method"), method))
        return;
    call->head_method = tm_text_is(method, "HEAD");
    call->method = keep_text(call, method);
}

void tm_call_target(tm_server_call *call, tm_text path_and_query)
{
    if (count_field(call, TM_TEXT(":path"), path_and_query))
        call->target = keep_text(call, path_and_query);
}

static void read_type(tm_server_call *call, tm_text value)
{
    tm_text media, sent = value;
    call->grpc_type = tm_grpc_type_of(value);
    tm_text_next(&value, ';', &media);
    media = tm_text_trim(media);
    call->exchange.type = TM_BODY_OTHER;
    if (tm_text_same_word(media, TM_TEXT("application/x-protobuf")))
        call->exchange.type = TM_BODY_PROTOBUF;
    if (tm_text_same_word(media, TM_TEXT("application/json")))
        call->exchange.type = TM_BODY_JSON;
    if (call->exchange.type == TM_BODY_OTHER &&
        !(call->http2 && call->grpc_type == TM_GRPC_TYPE_PROTO))
        call->type_name = keep_text(call, sent);
}

static void read_length(tm_server_call *call, tm_text value)
{
    uint64_t length = 0;
    for (size_t i = 0; i < value.n && i < 19; i++)
        length = length * 10 + (uint64_t)(value.p[i] - '0');
    call->declared = value.n > 19 ? UINT64_MAX - 1 : length;
}

static void read_field(tm_server_call *call, tm_text name, tm_text value)
{
    if (tm_text_same_word(name, TM_TEXT("content-type")))
        read_type(call, value);
    else if (tm_text_same_word(name, TM_TEXT("content-length")))
        read_length(call, value); /* digits: the protocol has seen to it */
    else if (tm_text_same_word(name, TM_TEXT("grpc-timeout")))
        call->bad_timeout |= !tm_grpc_timeout(value, &call->timeout_ms) || call->timeout_ms == 0;
    else if (tm_text_same_word(name, TM_TEXT("grpc-encoding")) ||
             tm_text_same_word(name, TM_TEXT("content-encoding"))) {
        /* The other one of the two is of no concern, but is not sent either. */
        call->codings++;
        tm_coding_names names = (name.p[0] | 0x20) == 'g' ? TM_NAMES_GRPC : TM_NAMES_HTTP;
        call->bad_coding |= call->codings > 1 || !tm_coding_find(names, value, &call->coding);
        if (call->bad_coding || tm_listener_settings(call->conn->listener)->codings)
            call->coding_name = keep_text(call, value);
    }
}

void tm_call_field(tm_server_call *call, tm_text name, tm_text value)
{
    if (!count_field(call, name, value))
        return;
    read_field(call, name, value);
    bool pseudo = name.n > 0 && name.p[0] == ':' && !tm_text_is(name, ":authority");
    if (!call->conn->listener->keep_headers || name.n == 0 || pseudo)
        return;
    keep_header(call, name, value);
}

/* ---- what a service may ask ----------------------------------------------------------------- */

bool tm_exchange_header_at(const tm_exchange *exchange, size_t index, tm_text *name, tm_text *value)
{
    return exchange->service->keep_headers &&
           tm_call_header_at((const tm_server_call *)exchange, index, name, value);
}

bool tm_exchange_header(const tm_exchange *exchange, const char *name, tm_text *value)
{
    return exchange->service->keep_headers &&
           tm_call_header_find((const tm_server_call *)exchange, name, value);
}
