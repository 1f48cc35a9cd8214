/* Ports: what the daemon listens on, by the kinds of receivers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "daemon/parts.h"

#include "base/duration.h"
#include "config/kinds.h"
#include "net/bind.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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

/* Both outlive it. NULL with a sentence in `error`. */
static tm_encryption *encrypt(const tm_daemon *d, tm_text id, const tm_tls_settings *settings,
                              tm_listener_options *options, char *error, size_t error_bytes)
{
    tm_encryption *made =
        tm_encryption_new(&(tm_encryption_options){.home = d->home,
                                                   .log = d->log,
                                                   .id = id,
                                                   .settings = settings,
                                                   .server = true,
                                                   .http1 = options->kind == TM_PORT_HTTP},
                          error, error_bytes);
    if (!made)
        return NULL;
    options->transport = tm_encryption_maker(made);
    options->handshake_ms = tm_duration_ms(settings->handshake_timeout_ns);
    return made;
}

int tm_daemon_encrypt(tm_daemon_receiver *r, const tm_tls_settings *settings,
                      tm_listener_options *options)
{
    char error[512] = "";
    if (!settings)
        return TM_EXIT_OK;
    tm_encryption *made =
        encrypt(r->daemon, r->settings->id, settings, options, error, sizeof error);
    if (!made)
        return tm_daemon_receiver_fail(r, error);
    r->encryption[r->encryptions++] = made;
    return TM_EXIT_OK;
}

/* What clients see is a connection that ends without an answer, or none: only the log says why. */
static void tell_crowd(void *owner, const tm_crowded *crowded)
{
    tm_log *log = owner;
    if (crowded->peer.n)
        tm_log_some(log, TM_LOG_WARN, "a connection was closed at once",
                    TM_LOG_OWN("port", crowded->port), TM_LOG_OWN("peer", crowded->peer),
                    TM_LOG_OWN("reason", tm_text_of(crowded->why)));
    else
        tm_log_some(log, TM_LOG_WARN, "connections wait", TM_LOG_OWN("port", crowded->port),
                    TM_LOG_OWN("reason", tm_text_of(crowded->why)));
}

static tm_listener *open_port(tm_daemon *d, tm_listener_options *options, char *error,
                              size_t error_bytes)
{
    options->inherited = &d->inherited;
    options->crowded = tell_crowd;
    options->crowded_owner = d->log;
    tm_listener *listener = tm_listener_open(d->server, options, error, error_bytes);
    tm_text address = options->address;
    char told[256];
    if (listener && tm_text_ends(address, TM_TEXT(":0"))) { /* the system has picked one */
        snprintf(told, sizeof told, "%.*s:%u", (int)(address.n - 2), address.p,
                 tm_listener_port(listener));
        address = tm_text_of(told);
    }
    if (listener)
        tm_log_info(d->log, "listening", TM_LOG_OWN("address", address),
                    TM_LOG_WORD("protocol", options->kind == TM_PORT_GRPC ? "grpc" : "http"),
                    TM_LOG_WORD("tls", options->transport.make ? "true" : "false"));
    return listener;
}

/* The listener that is open at this address, and whose receiver is to leave. */
static const tm_listener *find_predecessor(const tm_daemon *d, tm_text address)
{
    for (const tm_daemon_receiver *r = d->receiver; r; r = r->next)
        for (uint32_t i = 0; r->replaced && !r->leaving && i < r->listeners; i++)
            if (tm_text_equal(r->address[i], address))
                return r->listener[i];
    return NULL;
}

int tm_daemon_listen_at(tm_daemon_receiver *r, tm_listener_options *options)
{
    char error[512] = "";
    tm_daemon *d = r->daemon;
    options->predecessor = find_predecessor(d, options->address);
    options->name = tm_arena_print(r->arena, "%.*s/%s", TM_PRI(r->settings->id),
                                   options->kind == TM_PORT_GRPC ? "grpc" : "http");
    tm_listener *listener = open_port(d, options, error, sizeof error);
    if (!listener)
        return tm_daemon_receiver_fail(r, error);
    r->address[r->listeners] = options->address;
    r->listener[r->listeners++] = listener;
    if (d->back_pressure)
        tm_listener_pause(listener, true);
    return TM_EXIT_OK;
}

static int listen_metrics(tm_daemon *d)
{
    char error[512] = "";
    const tm_metrics_settings *m = &d->settings->service.telemetry.metrics;
    if (m->level == TM_METRICS_NONE)
        return TM_EXIT_OK;
    tm_listener_options o = {.kind = TM_PORT_HTTP,
                             .name = TM_TEXT("metrics"),
                             .services = d->page,
                             .service_count = d->pages};
    o.address = tm_arena_print(d->arena, "%.*s:%lld", TM_PRI(m->prometheus.host),
                               (long long)m->prometheus.port);
    d->metrics_listener = open_port(d, &o, error, sizeof error);
    return d->metrics_listener ? TM_EXIT_OK : tm_daemon_fail(error);
}

/* ---- extensions with pages ------------------------------------------------------------------- */

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

int tm_daemon_listen_page(tm_daemon *d, tm_text id, const tm_http_server_settings *http,
                          const tm_service *services, size_t service_count)
{
    char error[512] = "";
    tm_listener_options o = tm_daemon_http_options(d->arena, http);
    tm_daemon_page *page = TM_NEW(d->arena, tm_daemon_page);
    page->next = d->extension_page;
    d->extension_page = page;
    o.name = id;
    o.services = services;
    o.service_count = service_count;
    if (http->tls) {
        page->encryption = encrypt(d, id, http->tls, &o, error, sizeof error);
        if (!page->encryption)
            return tm_daemon_fail(error);
    }
    if (http->auth) {
        if (!tm_daemon_open_page_auth(d, http->auth, &page->auth, error, sizeof error))
            return tm_daemon_fail(error);
        o.auth = page->auth.auth;
    }
    tm_listener *listener = open_port(d, &o, error, sizeof error);
    d->page_listeners += listener != NULL;
    return listener ? TM_EXIT_OK : tm_daemon_fail(error);
}

/* Pages outlive the configuration that they were made from. */
static int listen_extensions(tm_daemon *d)
{
    int code = TM_EXIT_OK;
    for (size_t i = 0; i < d->settings->active_count && code == TM_EXIT_OK; i++) {
        const tm_extension_settings *extension = d->settings->active[i];
        if (tm_extension_listens(extension))
            code = PAGES[extension->type](d, tm_extension_copy(d->arena, extension));
    }
    return code;
}

void tm_daemon_drop_pages(tm_daemon *d)
{
    for (tm_daemon_page *page = d->extension_page; page; page = page->next)
        tm_encryption_free(page->encryption);
}

/* Sockets that were inherited for nothing would keep clients waiting for ever. */
static void close_inherited(tm_daemon *d)
{
    for (unsigned i = 0; i < d->inherited.count; i++) {
        const tm_inherited_socket *s = &d->inherited.socket[i];
        if (s->fd < 0)
            continue;
        tm_log_warn(d->log, "an inherited socket is closed: nothing is to listen there",
                    TM_LOG_INT("fd", s->fd), TM_LOG_OWN("name", s->name),
                    TM_LOG_UINT("port", tm_bind_port(s->fd)));
        close(s->fd);
    }
    d->inherited.count = 0;
}

static int listen_all(tm_daemon *d)
{
    for (tm_daemon_receiver *r = d->receiver; r; r = r->next)
        if (tm_daemon_receiver_listen(r) != TM_EXIT_OK)
            return tm_daemon_fail(r->error);
    const int code = listen_extensions(d);
    tm_daemon_watch_auth(d);
    return code == TM_EXIT_OK ? listen_metrics(d) : code;
}

int tm_daemon_listen(tm_daemon *d)
{
    tm_inherited_read(&d->inherited, getenv("LISTEN_PID"), getenv("LISTEN_FDS"),
                      getenv("LISTEN_FDNAMES"));
    const int code = listen_all(d);
    if (code == TM_EXIT_OK)
        close_inherited(d);
    return code;
}
