/* Ports: what the daemon listens on, by the kinds of receivers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "daemon/parts.h"

static const tm_receiver_kind *const KINDS[] = {
#define KIND_BUILT(MEMBER) &tm_receiver_kind_##MEMBER
#define KIND_SOON(MEMBER) NULL /* which the configuration refuses */
#define RECEIVER(ID, MEMBER, NAME, STATE, MANUAL) [TM_RECEIVER_##ID] = KIND_##STATE(MEMBER),
#include "config/keys/receivers.def"
#undef RECEIVER
};

const tm_receiver_kind *tm_daemon_receiver_kind(const tm_receiver_settings *settings)
{
    return KINDS[settings->type];
}

int tm_daemon_listen_at(tm_daemon *d, const tm_listener_options *options)
{
    char error[512] = "";
    tm_listener *listener = tm_listener_open(d->server, options, error, sizeof error);
    if (!listener)
        return tm_daemon_fail(error);
    d->listener[d->listeners++] = listener;
    tm_log_info(d->log, "listening", TM_LOG_OWN("address", options->address),
                TM_LOG_WORD("protocol", options->kind == TM_PORT_GRPC ? "grpc" : "http"));
    return TM_EXIT_OK;
}

static int listen_metrics(tm_daemon *d)
{
    const tm_metrics_settings *m = &d->settings->service.telemetry.metrics;
    if (m->level == TM_METRICS_NONE)
        return TM_EXIT_OK;
    tm_listener_options o = {.kind = TM_PORT_HTTP, .services = d->page, .service_count = d->pages};
    o.address = tm_arena_print(d->arena, "%.*s:%lld", TM_PRI(m->prometheus.host),
                               (long long)m->prometheus.port);
    return tm_daemon_listen_at(d, &o);
}

int tm_daemon_listen(tm_daemon *d)
{
    int code = TM_EXIT_OK;
    size_t most = 0;
    for (uint32_t i = 0; i < d->receivers; i++)
        most += d->receiver[i].kind->ports;
    d->listener = TM_NEW_ARRAY(d->arena, most + 1, tm_listener *);
    d->auth = TM_NEW_ARRAY(d->arena, most, tm_daemon_auth);
    for (uint32_t i = 0; i < d->receivers && code == TM_EXIT_OK; i++)
        code = d->receiver[i].kind->listen(d, d->receiver[i].self, d->receiver[i].settings);
    d->otlp_listeners = d->listeners;
    tm_daemon_watch_auth(d);
    return code == TM_EXIT_OK ? listen_metrics(d) : code;
}
