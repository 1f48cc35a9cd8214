/* Ports of the receiver otlp: listeners as its settings want them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "daemon/parts.h"

#include "base/duration.h"

/* ---- gRPC ------------------------------------------------------------------------------------ */

/* A time of the configuration, where 0 is gRPC's own. */
static uint64_t time_ms(int64_t ns, uint64_t usual_ms)
{
    return ns ? tm_daemon_bound_ms(ns) : usual_ms;
}

static void set_keepalive(const tm_grpc_keepalive_settings *keepalive, tm_listener_options *o)
{
    const tm_server_parameters *p = &keepalive->server_parameters;
    const tm_enforcement_policy *e = &keepalive->enforcement_policy;
    enum { SECOND = 1000, LEAST_TIME = SECOND };
    o->idle_ms = tm_daemon_bound_ms(p->max_connection_idle_ns);
    o->age_ms = tm_daemon_bound_ms(p->max_connection_age_ns);
    o->age_grace_ms = tm_daemon_bound_ms(p->max_connection_age_grace_ns);
    o->quiet_ms = time_ms(p->time_ns, 7200 * SECOND);
    if (o->quiet_ms < LEAST_TIME)
        o->quiet_ms = LEAST_TIME;
    o->pong_ms = time_ms(p->timeout_ns, 20 * SECOND);
    o->ping_ms = time_ms(e->min_time_ns, 300 * SECOND);
    o->pings_need_calls = !e->permit_without_stream;
}

static int listen_grpc(tm_daemon_receiver *r, const tm_grpc_server_settings *grpc)
{
    tm_listener_options o = {.kind = TM_PORT_GRPC,
                             .address = grpc->endpoint.text,
                             .max_body_bytes = (size_t)grpc->max_recv_msg_size_mib << 20,
                             .max_concurrent_streams = (uint32_t)grpc->max_concurrent_streams};
    set_keepalive(&grpc->keepalive, &o);
    int code = tm_daemon_open_auth(r, grpc->auth, &o.auth);
    if (code == TM_EXIT_OK)
        code = tm_daemon_encrypt(r, grpc->tls, &o);
    if (code != TM_EXIT_OK)
        return code;
    o.services = tm_receiver_grpc_services(r->self, &o.service_count);
    o.refused = tm_receiver_tell;
    o.refused_owner = r->self;
    return tm_daemon_listen_at(r, &o);
}

/* ---- HTTP ------------------------------------------------------------------------------------ */

static int listen_http(tm_daemon_receiver *r, const tm_http_server_settings *http)
{
    size_t count;
    const tm_service *services = tm_receiver_http_services(r->self, &count);
    return tm_daemon_listen_http(r, http, services, count);
}

/* ---- both ------------------------------------------------------------------------------------ */

static int listen_otlp(tm_daemon_receiver *r)
{
    const tm_otlp_protocols *p = &r->settings->otlp.protocols;
    int code = p->grpc ? listen_grpc(r, p->grpc) : TM_EXIT_OK;
    return p->http && code == TM_EXIT_OK ? listen_http(r, p->http) : code;
}

const tm_receiver_kind tm_receiver_kind_otlp = {.protocol = &tm_receive_otlp,
                                                .listen = listen_otlp};
