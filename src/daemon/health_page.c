/* Health page: the extension health_check, and /ready beside it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/duration.h"
#include "base/json_write.h"
#include "daemon/parts.h"
#include "pipe/metrics.h"
#include "pipe/page.h"

#include <stdio.h>

/* Outlives the configuration that it was made from. */
typedef struct health_page {
    tm_daemon *daemon;
    tm_text healthy, unhealthy; /* bodies; empty: the Collector's */
    tm_service service[2];      /* the path of the settings, /ready */
} health_page;

/* An answer in the making. */
typedef struct answer {
    const health_page *page;
    tm_buf out;
    bool fine;
} answer;

static void print_health(void *argument)
{
    answer *a = argument;
    const tm_daemon *d = a->page->daemon;
    const tm_text own = a->fine ? a->page->healthy : a->page->unhealthy;
    const uint64_t up_ns = tm_clock_monotonic_ns(d->clock) - d->start_ms * 1000000;
    if (own.n) {
        tm_buf_add(&a->out, own);
    } else if (a->fine) {
        tm_buf_print(&a->out, "{\"status\":\"Server available\",\"upSince\":\"");
        tm_page_time_ns(&a->out, tm_clock_realtime_ns(d->clock) - up_ns);
        tm_buf_print(&a->out, "\",\"uptime\":\"");
        tm_duration_print_whole((int64_t)up_ns, &a->out);
        tm_buf_print(&a->out, "\"}");
    } else {
        tm_buf_print(&a->out, "{\"status\":\"Server not available\","
                              "\"upSince\":\"0001-01-01T00:00:00Z\",\"uptime\":\"\"}");
    }
}

static void print_ready(void *argument)
{
    enum { ROOM = 1024 };
    answer *a = argument;
    const tm_daemon *d = a->page->daemon;
    char why[ROOM] = "tamis is about to end";
    if (a->fine)
        tm_pipe_obstacles(d->registry, why, sizeof why);
    if (!why[0] && tm_budget_is_short(&d->memory.budget))
        snprintf(why, sizeof why, "memory is above the soft limit");
    a->fine = !why[0];
    tm_buf_print(&a->out, "{\"status\":\"%s\"", a->fine ? "ready" : "not ready");
    if (!a->fine) {
        tm_buf_print(&a->out, ",\"reason\":");
        tm_json_write_string(&a->out, tm_text_of(why), TM_JSON_ESCAPE_HARMFUL);
    }
    tm_buf_add_char(&a->out, '}');
}

static void serve(const health_page *page, tm_exchange *x, void (*print)(void *argument),
                  tm_text content_type)
{
    tm_arena *arena = tm_arena_new(NULL);
    answer a = {page, {.arena = arena}, tm_health_serving(page->daemon->health)};
    tm_reply reply = {
        .status = {.code = TM_STATUS_UNAVAILABLE, .message = TM_TEXT("out of memory")}};
    if (arena && tm_arena_try(arena, print, &a))
        reply = (tm_reply){.body = tm_buf_text(&a.out),
                           .http_status = a.fine ? 200 : 503,
                           .content_type = content_type};
    tm_exchange_reply(x, &reply);
    tm_arena_free(arena);
}

static void serve_health(void *owner, tm_exchange *x)
{
    const health_page *page = owner;
    const bool fine = tm_health_serving(page->daemon->health);
    const tm_text own = fine ? page->healthy : page->unhealthy;
    serve(page, x, print_health, own.n ? TM_TEXT("text/plain") : TM_TEXT("application/json"));
}

static void serve_ready(void *owner, tm_exchange *x)
{
    serve(owner, x, print_ready, TM_TEXT("application/json"));
}

static tm_service page_at(health_page *page, tm_text path,
                          void (*serve_it)(void *owner, tm_exchange *x))
{
    return (tm_service){.kind = TM_SERVICE_PAGE, .path = path, .serve = serve_it, .owner = page};
}

int tm_daemon_listen_health(tm_daemon *d, const tm_extension_settings *extension)
{
    const tm_health_settings *settings = &extension->health;
    const tm_text path = settings->path.n ? settings->path : TM_TEXT("/");
    health_page *page = TM_NEW(d->arena, health_page);
    page->daemon = d;
    page->healthy = settings->response.healthy;
    page->unhealthy = settings->response.unhealthy;
    page->service[0] = page_at(page, path, serve_health);
    page->service[0].below = tm_text_ends(path, TM_TEXT("/"));
    page->service[1] = page_at(page, TM_TEXT("/ready"), serve_ready);
    return tm_daemon_listen_page(d, extension->id, &settings->http, page->service,
                                 tm_text_is(path, "/ready") ? 1 : 2);
}
