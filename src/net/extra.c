/* Extra: headers of answers that no single answer is about: those of the configuration, and CORS.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/server_call.h"
#include "net/listener.h"

bool tm_call_header_find(const tm_server_call *call, const char *name, tm_text *value)
{
    tm_text found, of_it;
    for (size_t i = 0; tm_call_header_at(call, i, &found, &of_it); i++)
        if (tm_text_is(found, name)) {
            *value = of_it;
            return true;
        }
    return false;
}

static const tm_cors *cors_of(const tm_server_call *call)
{
    return tm_listener_settings(call->conn->listener)->cors;
}

static bool is_preflight(const tm_server_call *call)
{
    tm_text method;
    return tm_text_is(call->exchange.method, "OPTIONS") &&
           tm_call_header_find(call, "access-control-request-method", &method) && method.n;
}

static bool is_simple(tm_text method)
{
    return tm_text_is(method, "GET") || tm_text_is(method, "HEAD") || tm_text_is(method, "POST");
}

static bool takes_origin(const tm_server_call *call)
{
    tm_text origin;
    return tm_call_header_find(call, "origin", &origin) && origin.n &&
           tm_cors_takes_origin(cors_of(call), origin);
}

static bool takes_preflight(const tm_server_call *call)
{
    tm_text method, list;
    tm_call_header_find(call, "access-control-request-method", &method);
    return takes_origin(call) && (is_simple(method) || tm_text_is(method, "OPTIONS")) &&
           (!tm_call_header_find(call, "access-control-request-headers", &list) ||
            tm_cors_takes_headers(cors_of(call), list));
}

bool tm_call_preflight(tm_server_call *call)
{
    if (!cors_of(call))
        return false;
    if (!is_preflight(call)) {
        tm_text method = call->exchange.method;
        call->welcome = (is_simple(method) || tm_text_is(method, "OPTIONS")) && takes_origin(call);
        return false;
    }
    call->welcome = takes_preflight(call);
    tm_call_answer(call, &(tm_answer){.http_status = 204});
    return true;
}

static void add_preflight(const tm_server_call *call, tm_call_extra *add, void *owner)
{
    tm_text value;
    if (tm_call_header_find(call, "access-control-request-method", &value))
        add(owner, TM_TEXT("access-control-allow-methods"), value);
    if (tm_call_header_find(call, "access-control-request-headers", &value) && value.n)
        add(owner, TM_TEXT("access-control-allow-headers"), value);
    if (cors_of(call)->max_age.n)
        add(owner, TM_TEXT("access-control-max-age"), cors_of(call)->max_age);
}

static void add_cors(const tm_server_call *call, tm_call_extra *add, void *owner)
{
    const tm_cors *cors = cors_of(call);
    bool preflight = is_preflight(call);
    tm_text origin = TM_TEXT("*");
    add(owner, TM_TEXT("vary"),
        preflight ? TM_TEXT("Origin, Access-Control-Request-Method, Access-Control-Request-Headers")
                  : TM_TEXT("Origin"));
    if (!call->welcome)
        return;
    if (!tm_cors_takes_every_origin(cors))
        tm_call_header_find(call, "origin", &origin);
    add(owner, TM_TEXT("access-control-allow-origin"), origin);
    if (preflight)
        add_preflight(call, add, owner);
    else if (cors->exposed.n)
        add(owner, TM_TEXT("access-control-expose-headers"), cors->exposed);
    add(owner, TM_TEXT("access-control-allow-credentials"), TM_TEXT("true"));
}

void tm_call_extras(const tm_server_call *call, tm_call_extra *add, void *owner)
{
    const tm_listener_options *options = tm_listener_settings(call->conn->listener);
    for (size_t i = 0; i < options->header_count; i++)
        add(owner, options->headers[i].name, options->headers[i].value);
    if (options->cors)
        add_cors(call, add, owner);
}
