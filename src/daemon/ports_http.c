/* Ports, HTTP: a listener as the settings of a receiver want it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "daemon/parts.h"

#include "base/ascii.h"
#include "base/duration.h"
#include "io/coding.h"

uint64_t tm_daemon_bound_ms(int64_t ns)
{
    return ns ? tm_duration_ms(ns) : TM_NEVER_MS;
}

/* "x-one" as "X-One", which is how Go writes names of headers. */
static void add_name(tm_buf *out, tm_text name)
{
    for (size_t i = 0; i < name.n; i++) {
        bool first = i == 0 || name.p[i - 1] == '-';
        char c = name.p[i];
        tm_buf_add_char(out, first ? tm_ascii_upper(c) : tm_ascii_lower(c));
    }
}

static tm_text joined_names(tm_arena *arena, const tm_texts *names)
{
    tm_buf out = {.arena = arena};
    for (size_t i = 0; i < names->count; i++) {
        tm_buf_print(&out, "%s", i ? ", " : "");
        add_name(&out, names->items[i]);
    }
    return tm_buf_text(&out);
}

static const tm_cors *cors_of(tm_arena *arena, const tm_cors_settings *settings)
{
    if (!settings || !settings->allowed_origins.count)
        return NULL;
    tm_cors *cors = TM_NEW(arena, tm_cors);
    *cors = (tm_cors){.origins = settings->allowed_origins,
                      .headers = settings->allowed_headers,
                      .exposed = joined_names(arena, &settings->exposed_headers)};
    int64_t max_age_s = settings->max_age_s;
    if (max_age_s)
        cors->max_age = tm_arena_print(arena, "%lld", max_age_s > 0 ? (long long)max_age_s : 0LL);
    return cors;
}

static tm_text lowered(tm_arena *arena, tm_text text)
{
    char *p = tm_arena_alloc(arena, text.n);
    tm_ascii_lower_to(p, text);
    return tm_text_slice(p, text.n);
}

/* A name that comes twice is told once, with its last value. */
static void set_headers(tm_arena *arena, const tm_headers *headers, tm_listener_options *o)
{
    tm_answer_header *out = TM_NEW_ARRAY(arena, headers->count, tm_answer_header);
    for (size_t i = 0; i < headers->count; i++) {
        tm_text name = lowered(arena, headers->items[i].key);
        size_t at = 0;
        while (at < o->header_count && !tm_text_equal(out[at].name, name))
            at++;
        out[at] = (tm_answer_header){name, headers->items[i].value};
        o->header_count += at == o->header_count;
    }
    o->headers = out;
}

static unsigned codings_of(const tm_http_server_settings *http)
{
    static const tm_coding codings[] = {
#define NAME(id, name) [TM_REQUEST_##id] = TM_CODING_##id,
        TM_REQUEST_CODINGS(NAME)
#undef NAME
    };
    unsigned out = 0;
    for (unsigned i = 0; i < sizeof codings / sizeof *codings; i++)
        if (http->codings & 1u << i)
            out |= 1u << codings[i];
    return out;
}

tm_listener_options tm_daemon_http_options(tm_arena *arena, const tm_http_server_settings *http)
{
    int64_t head_ns = http->read_header_timeout_ns, idle_ns = http->alive.idle_timeout_ns;
    tm_listener_options o = {
        .kind = TM_PORT_HTTP,
        .address = http->endpoint.text,
        .max_body_bytes = (size_t)http->max_request_body_bytes,
        .header_ms = tm_daemon_bound_ms(head_ns ? head_ns : http->read_timeout_ns),
        .request_ms = tm_daemon_bound_ms(http->read_timeout_ns),
        .write_ms = tm_daemon_bound_ms(http->write_timeout_ns),
        .idle_ms = tm_daemon_bound_ms(idle_ns ? idle_ns : http->read_timeout_ns),
        .one_request = !http->alive.enabled,
        .codings = codings_of(http),
        .cors = cors_of(arena, http->cors),
    };
    set_headers(arena, &http->response_headers, &o);
    return o;
}

int tm_daemon_listen_http(tm_daemon_receiver *r, const tm_http_server_settings *http,
                          const tm_service *services, size_t service_count)
{
    tm_listener_options o = tm_daemon_http_options(r->arena, http);
    int code = tm_daemon_open_auth(r, http->auth, &o.auth);
    if (code == TM_EXIT_OK)
        code = tm_daemon_encrypt(r, http->tls, &o);
    if (code != TM_EXIT_OK)
        return code;
    o.services = services;
    o.service_count = service_count;
    o.refused = tm_receiver_tell;
    o.refused_owner = r->self;
    return tm_daemon_listen_at(r, &o);
}
