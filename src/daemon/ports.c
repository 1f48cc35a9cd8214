/* Ports: what the daemon listens on, by the kinds of receivers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "daemon/parts.h"

#include "base/duration.h"

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

int tm_daemon_encrypt(tm_daemon *d, const tm_receiver_settings *receiver,
                      const tm_tls_settings *settings, tm_listener_options *options)
{
    char error[512] = "";
    if (!settings)
        return TM_EXIT_OK;
    tm_encryption *made =
        tm_encryption_new(&(tm_encryption_options){.home = d->home,
                                                   .log = d->log,
                                                   .id = receiver->id,
                                                   .settings = settings,
                                                   .server = true,
                                                   .http1 = options->kind == TM_PORT_HTTP},
                          error, sizeof error);
    if (!made)
        return tm_daemon_fail(error);
    d->encryption[d->encryptions++] = made;
    options->transport = tm_encryption_maker(made);
    options->handshake_ms = tm_duration_ms(settings->handshake_timeout_ns);
    return TM_EXIT_OK;
}

int tm_daemon_listen_at(tm_daemon *d, const tm_listener_options *options)
{
    char error[512] = "";
    tm_listener *listener = tm_listener_open(d->server, options, error, sizeof error);
    if (!listener)
        return tm_daemon_fail(error);
    d->listener[d->listeners++] = listener;
    tm_log_info(d->log, "listening", TM_LOG_OWN("address", options->address),
                TM_LOG_WORD("protocol", options->kind == TM_PORT_GRPC ? "grpc" : "http"),
                TM_LOG_WORD("tls", options->transport.make ? "true" : "false"));
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
    int code = tm_daemon_listen_at(d, &o);
    if (code == TM_EXIT_OK)
        d->metrics_listener = d->listener[d->listeners - 1];
    return code;
}

/* ---- extensions with pages --------------------------------------------------------------------
 */

typedef int listen_fn(tm_daemon *d, const tm_extension_settings *extension);

static listen_fn *const PAGES[] = {
#define PAGE_NONE(MEMBER) NULL
#define PAGE_AUTH(MEMBER) NULL
#define PAGE_PAGES(MEMBER) tm_daemon_listen_##MEMBER
#define EXTENSION(ID, MEMBER, NAME, STATE, USE, MANUAL) [TM_EXTENSION_##ID] = PAGE_##USE(MEMBER),
#include "config/keys/extensions.def"
#undef EXTENSION
#undef PAGE_NONE
#undef PAGE_AUTH
#undef PAGE_PAGES
};

static int listen_extensions(tm_daemon *d)
{
    int code = TM_EXIT_OK;
    for (size_t i = 0; i < d->settings->active_count && code == TM_EXIT_OK; i++) {
        const tm_extension_settings *extension = d->settings->active[i];
        if (PAGES[extension->type])
            code = PAGES[extension->type](d, extension);
    }
    return code;
}

int tm_daemon_listen(tm_daemon *d)
{
    int code = TM_EXIT_OK;
    size_t most = 0;
    for (uint32_t i = 0; i < d->receivers; i++)
        most += d->receiver[i].kind->ports;
    d->listener = TM_NEW_ARRAY(d->arena, most + 1 + d->settings->active_count, tm_listener *);
    d->encryption = TM_NEW_ARRAY(d->arena, most, tm_encryption *);
    d->auth = TM_NEW_ARRAY(d->arena, most, tm_daemon_auth);
    for (uint32_t i = 0; i < d->receivers && code == TM_EXIT_OK; i++)
        code = d->receiver[i].kind->listen(d, d->receiver[i].self, d->receiver[i].settings);
    d->otlp_listeners = d->listeners;
    tm_daemon_watch_auth(d);
    if (code == TM_EXIT_OK)
        code = listen_extensions(d);
    return code == TM_EXIT_OK ? listen_metrics(d) : code;
}
