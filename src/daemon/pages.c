/* Pages: what Prometheus scrapes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "daemon/parts.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

typedef enum tm_daemon_metric {
#define METRIC(id, ...) TM_DAEMON_##id,
#include "daemon/metrics.def"
#undef METRIC
    TM_DAEMON_METRICS
} tm_daemon_metric;

static const tm_metric_row rows[TM_DAEMON_METRICS] = {
#define METRIC(id, ...) TM_METRIC_ROW(__VA_ARGS__),
#include "daemon/metrics.def"
#undef METRIC
};

static double read_uptime(void *owner)
{
    const tm_daemon *d = owner;
    return (double)(tm_clock_monotonic_ns(d->clock) / 1000000 - d->start_ms) / 1e3;
}

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static double read_cpu(void *owner)
{
    struct rusage usage;
    (void)owner;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? seconds(usage.ru_utime) + seconds(usage.ru_stime)
                                               : 0;
}

static double read_rss(void *owner)
{
    long pages = 0;
    (void)owner;
    FILE *f = fopen("/proc/self/statm", "re");
    if (!f)
        return 0;
    if (fscanf(f, "%*s %ld", &pages) != 1)
        pages = 0;
    fclose(f);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static double read_dropped_lines(void *owner)
{
    const tm_daemon *d = owner;
    return (double)tm_spools_dropped(&d->spools);
}

static double read_held(void *owner)
{
    const tm_daemon *d = owner;
    return (double)atomic_load(&d->budget.held);
}

static double read_held_most(void *owner)
{
    const tm_daemon *d = owner;
    return (double)atomic_load(&d->budget.limit);
}

static double read_held_refused(void *owner)
{
    const tm_daemon *d = owner;
    return (double)atomic_load(&d->budget.refused);
}

static void serve_metrics(void *owner, tm_exchange *x)
{
    tm_daemon *d = owner;
    tm_arena *arena = tm_arena_new(NULL);
    jmp_buf escape;
    if (!arena || setjmp(escape)) {
        tm_arena_free(arena);
        tm_exchange_reply(x, &(tm_reply){.status = {.code = TM_STATUS_UNAVAILABLE,
                                                    .message = TM_TEXT("out of memory")}});
        return;
    }
    tm_arena_escape(arena, &escape);
    tm_buf out = {.arena = arena};
    tm_registry_print(d->registry,
                      !d->settings.service.telemetry.metrics.prometheus.without_type_suffix, &out);
    tm_exchange_reply(x, &(tm_reply){.body = tm_buf_text(&out),
                                     .content_type = TM_TEXT("text/plain; version=0.0.4")});
    tm_arena_free(arena);
}

static void bind(tm_daemon *d, tm_daemon_metric id, double (*read)(void *owner))
{
    tm_metric *metric = tm_metric_register(d->registry, &rows[id]);
    if (metric)
        tm_series_bind(tm_metric_series(metric, NULL), read, d);
}

void tm_daemon_open_page(tm_daemon *d)
{
    bind(d, TM_DAEMON_UPTIME, read_uptime);
    bind(d, TM_DAEMON_CPU, read_cpu);
    bind(d, TM_DAEMON_RSS, read_rss);
    bind(d, TM_DAEMON_DROPPED_LINES, read_dropped_lines);
    bind(d, TM_DAEMON_HELD, read_held);
    bind(d, TM_DAEMON_HELD_MOST, read_held_most);
    bind(d, TM_DAEMON_HELD_REFUSED, read_held_refused);
    d->page = (tm_service){
        .kind = TM_SERVICE_PAGE, .path = TM_TEXT("/metrics"), .serve = serve_metrics, .owner = d};
}
